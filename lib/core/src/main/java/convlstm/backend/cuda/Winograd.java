package convlstm.backend.cuda;

import org.jspecify.annotations.Nullable;

/**
 * Convolutions with fewer multiplications, by the kernels of that name: 3x3 and 5x5 kernels of stride 1, where enough
 * channels share each transform. The images are worked through some tiles of 4x4 output pixels at a time, so that what
 * lies between a convolution's launches is read back from the L2 cache, and memory is bounded.
 *
 * <p>The transform of a kernel is kept until somebody else asks for the kernel's address, who may write to it: a recurrent
 * kernel is transformed once a pass, not once a time step.
 */
final class Winograd {
    /** The system property that says whether Winograd's way is taken; where it is false, every convolution is a plain sum. */
    static final String PROPERTY = "convlstm.cuda.winograd";

    /** Output pixels of a tile in each direction. */
    private static final int OUTPUTS = 4;

    /** Threads in a block of a transform: the kernels' WINOGRAD_THREADS. */
    private static final int THREADS = 64;

    /** Floats between the launches of one convolution: 48 MB, the L2 cache of an H100 or H200 being 50. */
    static final int ROOM = 12 << 20;

    /**
     * Multiplications that a GPU does in the time in which a transformed element is written and read again: 8 bytes at
     * 3 TB/s, against 37 TFLOP/s, the figures of an H200.
     */
    private static final int ELEMENT = 50;

    /** Floats that a transformed kernel may have: 1 GB. */
    private static final long LARGEST_KERNEL = 1 << 28;

    /** Fewer channels would leave most of a product's tile empty. */
    private static final int LEAST_CHANNELS = 32;

    private final Device device;
    private final int most;
    private @Nullable CudaBuffer room;
    private @Nullable CudaBuffer dU;

    /** With room for about {@code most} floats between the launches of a convolution. */
    Winograd(Device device, int most) {
        this.device = device;
        this.most = most;
    }

    /** Whether the property says so, which is true unless it is set. */
    static boolean wanted() {
        return Boolean.parseBoolean(System.getProperty(PROPERTY, "true"));
    }

    /**
     * One convolution as it is done here.
     *
     * @param s its sizes; those of the convolution from dOut to dx, where that is asked for
     * @param tiles of 4x4 output pixels, in all images
     * @param positions of a tile's transform
     */
    private record Plan(ConvShape s, int tiles, int positions) {
        static Plan of(ConvShape s) {
            int across = (s.Wo() + OUTPUTS - 1) / OUTPUTS;
            int down = (s.Ho() + OUTPUTS - 1) / OUTPUTS;
            int n = s.kh() + OUTPUTS - 1;
            return new Plan(s, s.N() * down * across, n * n);
        }

        /** Tiles to work on at a time: as many as so many floats hold, and each time about the same. */
        int chunk(int floats) {
            long most = Math.max(1, floats / ((long) positions * (s.C() + s.F())));
            long times = (tiles + most - 1) / most;
            return (int) ((tiles + times - 1) / times);
        }

        /** Multiplications, and the time of the transforms counted as such. */
        double cost() {
            double channels = (double) s.C() * s.F() + (double) ELEMENT * (s.C() + s.F());
            return (double) tiles * positions * channels;
        }

        Product.Tile tile(int M) {
            return Product.Tile.SMALL_BY_4.cost(M, s.F()) < Product.Tile.LARGE_BY_4.cost(M, s.F())
                    ? Product.Tile.SMALL_BY_4
                    : Product.Tile.LARGE_BY_4;
        }
    }

    /** Whether a convolution can be done here, and should be. */
    static boolean suits(ConvShape s) {
        boolean square = s.kh() == s.kw() && (s.kh() == 3 || s.kh() == 5);
        boolean dense = s.sh() == 1 && s.sw() == 1 && s.dh() == 1 && s.dw() == 1;
        boolean channels = s.C() >= LEAST_CHANNELS && s.F() >= LEAST_CHANNELS && s.C() % 4 == 0 && s.F() % 4 == 0;
        return square && dense && channels
                && (long) Plan.of(s).positions * s.C() * s.F() <= LARGEST_KERNEL
                && Plan.of(s).cost() < (double) s.outputs() * s.taps() * s.C() * s.F();
    }

    /** out = or += x convolved with the kernel, plus the bias; flipped: dx from dOut, with the sizes of that. */
    void convolve(
            long out, long x, CudaBuffer kernel, int kernelAt, boolean flipped, long bias, long accumulate,
            ConvShape s) {
        Plan p = Plan.of(s);
        long U = kernel.derived(new Form(kernelAt, flipped, s.kh(), s.C(), s.F()), p.positions * s.C() * s.F(),
                to -> transform("winogradKernel", s, s.C() * s.F(), to, kernel.address(kernelAt), flipped ? 1 : 0,
                        s.C(), s.F()))
                .address(0);
        int chunk = p.chunk(most);
        long V = room(p, chunk);
        long M = V + (long) Float.BYTES * p.positions * chunk * s.C();
        Product.Tile tile = p.tile(chunk);
        for (int first = 0; first < p.tiles; first += chunk) {
            int tiles = Math.min(chunk, p.tiles - first);
            input(V, x, first, tiles, s);
            device.launch("winogradProduct" + tile.suffix(), tile.down(tiles), tile.across(s.F()), p.positions,
                    CudaBackend.THREADS, 1, 0, M, V, U, tiles, s.C(), s.F());
            transform("winogradOutput", s, tiles * s.F(), out, M, bias, accumulate, first, tiles, s.Ho(), s.Wo(),
                    s.F());
        }
    }

    /** dKernel += the gradient. */
    void gradKernel(long dKernel, long x, long dOut, ConvShape s) {
        Plan p = Plan.of(s);
        int chunk = p.chunk(most);
        long V = room(p, chunk);
        long dM = V + (long) Float.BYTES * p.positions * chunk * s.C();
        dU = device.atLeast(p.positions * s.C() * s.F(), dU);
        long sum = dU.address(0);
        Product.Tile tile = p.tile(s.C());
        for (int first = 0; first < p.tiles; first += chunk) {
            int tiles = Math.min(chunk, p.tiles - first);
            input(V, x, first, tiles, s);
            transform("winogradOutputGrad", s, tiles * s.F(), dM, dOut, first, tiles, s.Ho(), s.Wo(), s.F());
            device.launch("winogradProductGrad" + tile.suffix(), tile.down(s.C()), tile.across(s.F()), p.positions,
                    CudaBackend.THREADS, 1, 0, sum, V, dM, first > 0 ? 1 : 0, tiles, s.C(), s.F());
        }
        transform("winogradKernelGrad", s, s.C() * s.F(), dKernel, sum, s.C(), s.F());
    }

    private void input(long V, long x, int first, int tiles, ConvShape s) {
        transform("winogradInput", s, tiles * s.C(), V, x, first, tiles, s.H(), s.W(), s.C(), s.Ho(), s.Wo(), s.top(),
                s.left());
    }

    /** A transform with a thread for each of n. */
    private void transform(String kernel, ConvShape s, int n, long... arguments) {
        device.launch(kernel + s.kh(), (n + THREADS - 1) / THREADS, 1, 1, THREADS, 1, 0, arguments);
    }

    private long room(Plan p, int chunk) {
        room = device.atLeast(p.positions * chunk * (p.s.C() + p.s.F()), room);
        return room.address(0);
    }

    /** Which transform of which kernel: elements may be seen as kernels of several shapes. */
    record Form(int at, boolean flipped, int r, int C, int F) {}
}
