package convlstm.backend.cuda;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Locale;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Every primitive as launches of the kernels in {@code kernels.cu}. Nothing here waits for the GPU but {@link #read} and
 * {@link #close}; tensors stay on the device.
 *
 * <p>A time step of ConvLSTM2D with N pixels and F filters is two launches forward: the recurrent convolution, which adds
 * to the gates (it reads NF + 4NF floats and writes 4NF), and the cell (reads 5NF, writes 6NF). Backward it is two again:
 * the cell (reads 8NF, writes 5NF) and the convolution's gradient (reads 4NF, writes NF). Everything else of the layer is
 * one call for all time steps. Where a product has too few tiles for the whole GPU, one more launch adds up its pieces;
 * where {@link Winograd} does a convolution, it takes three launches or more.
 *
 * <p>How a sum is cut into pieces depends on its size only, never on the GPU, and the same run gives the same bits.
 */
final class CudaBackend implements Backend {
    /** Threads in a block: the kernels' THREADS. */
    static final int THREADS = 256;

    private final Device device;

    /** Null where it is not wanted, and where products are on tensor cores. */
    private final @Nullable Winograd winograd;

    /** The pieces of sums that were cut, on their way to {@code addPartials}. */
    private @Nullable CudaBuffer partials;

    /** The sums that batchNormGrad needs in the middle. */
    private @Nullable CudaBuffer sums;

    CudaBackend(Device device) {
        this(device, Winograd.wanted() && !device.tensorCores() ? new Winograd(device, Winograd.ROOM) : null);
    }

    /** With Winograd's convolutions, or with plain sums only. */
    CudaBackend(Device device, @Nullable Winograd winograd) {
        this.device = device;
        this.winograd = winograd;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        return String.format(Locale.ROOT, "%s, compute capability %.1f, %d multiprocessors, float32%s",
                device.name(), device.computeCapability() / 10.0, device.multiprocessors(),
                device.tensorCores() ? ", large products from TF32" : "");
    }

    @Override
    public void close() {
        device.close();
    }

    // ---- memory

    @Override
    public boolean owns(Buffer buffer) {
        return buffer instanceof CudaBuffer b && b.device() == device;
    }

    @Override
    public Tensor allocate(Shape shape) {
        return new Tensor(shape, device.buffer(shape.size()), 0);
    }

    @Override
    public void write(Tensor dst, float[] src) {
        device.write(at(dst), src, 0, dst.size());
    }

    @Override
    public void read(Tensor src, float[] dst) {
        device.read(at(src), dst, 0, src.size());
    }

    @Override
    public void fill(Tensor dst, float value) {
        forEach("fill", dst.size(), at(dst), bits(value), dst.size());
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        forEach("copy", dst.size(), at(dst), at(src), src.size(), dst.size());
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        int n = rows(dst) * count;
        forEach("copyChannels", n, at(dst), dst.dim(-1), dstFrom, at(src), src.dim(-1), srcFrom, count, flag(write), n);
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        int I = src.dim(0);
        int J = src.dim(1);
        forEach("swap01", dst.size(), at(dst), at(src), I, J, src.size() / I / J, dst.size());
    }

    // ---- K.dot: the convolution of one image row of N pixels with a window of one pixel

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        forward(out, x, kernel, bias, write, ConvShape.dot(rows(x), x.dim(-1), out.dim(-1)));
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        gradInput(dx, dOut, kernel, write, ConvShape.dot(rows(dx), dx.dim(-1), dOut.dim(-1)));
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        gradKernel(dKernel, x, dOut, ConvShape.dot(rows(x), x.dim(-1), dOut.dim(-1)));
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        forward(out, x, kernel, bias, write, ConvShape.of(x, out, window));
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        gradInput(dx, dOut, kernel, write, ConvShape.of(dx, dOut, window));
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        gradKernel(dKernel, x, dOut, ConvShape.of(x, dOut, window));
    }

    private void forward(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write, ConvShape s) {
        if (winograd != null && Winograd.suits(s)) {
            winograd.convolve(at(out), from(x), buffer(kernel), kernel.offset(), false, from(bias), flag(write), s);
            return;
        }
        Product p = Product.of(s.outputs(), s.F(), s.taps() * s.C(), s.inFours(from(x), from(kernel)),
                device.tensorCores());
        long partial = partials(p.partials());
        launch(p, "conv2d", s, at(out), from(x), from(kernel), from(bias), partial, flag(write), p.depth());
        addPartials(p, at(out), partial, from(bias), flag(write));
    }

    /** One product for each phase of the strides: see the kernel. */
    private void gradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write, ConvShape s) {
        if (winograd != null && Winograd.suits(s.back())) {
            winograd.convolve(at(dx), from(dOut), buffer(kernel), kernel.offset(), true, 0, flag(write), s.back());
            return;
        }
        boolean strided = s.sh() > 1 || s.sw() > 1;
        for (int y = 0; y < Math.min(s.sh(), s.H()); y++) {
            for (int x = 0; x < Math.min(s.sw(), s.W()); x++) {
                Product p = Product.of(
                        s.inputs(y, x), s.C(), s.tapsThatReach(y, x) * s.F(), s.inFours(from(dOut), from(kernel)),
                        device.tensorCores());
                if (strided) {
                    p = p.whole(); // pieces are put together as if their rows were neighbours, and these are not
                }
                long partial = partials(p.partials());
                launch(p, "conv2dGradInput", s, at(dx), from(dOut), from(kernel), partial, flag(write), p.depth(), y,
                        x);
                addPartials(p, at(dx), partial, 0, flag(write));
            }
        }
    }

    private void gradKernel(Tensor dKernel, Tensor x, Tensor dOut, ConvShape s) {
        if (winograd != null && Winograd.suits(s)) {
            winograd.gradKernel(at(dKernel), from(x), from(dOut), s);
            return;
        }
        Product p = Product.of(s.taps() * s.C(), s.F(), s.outputs(), s.inFours(from(x), from(dOut)),
                device.tensorCores());
        long partial = partials(p.partials());
        launch(p, "conv2dGradKernel", s, at(dKernel), from(x), from(dOut), partial, p.depth());
        addPartials(p, at(dKernel), partial, 0, 1);
    }

    private void launch(Product p, String kernel, ConvShape s, long... arguments) {
        device.launch(kernel + p.tile().suffix(), p.tilesDown(), p.tilesAcross(), p.pieces(), THREADS, 1, 0,
                LongStream.concat(LongStream.of(arguments), LongStream.of(s.arguments())).toArray());
    }

    private void addPartials(Product p, long dst, long partial, long bias, long accumulate) {
        if (p.pieces() > 1) {
            int n = p.M() * p.N();
            forEach("addPartials", n, dst, partial, bias, p.N(), accumulate, p.pieces(), n);
        }
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        sumColumns("sumRows", at(dst), true, rows(x), x.dim(-1), 1, at(x), rows(x), x.dim(-1));
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole, ActivationFunction activation,
            ActivationFunction recurrentActivation) {
        forEach("lstmGates", c.size(), at(h), at(c), at(gates), at(c_tm1), at(peephole), peepholeRows(peephole),
                rows(c), c.dim(-1), activation.ordinal(), recurrentActivation.ordinal());
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        int N = rows(c);
        int F = c.dim(-1);
        forEach("lstmGatesGrad", c.size(), at(dGates), at(dc), at(dh), at(gates), at(c), at(c_tm1), at(peephole),
                peepholeRows(peephole), N, F, activation.ordinal(), recurrentActivation.ordinal());
        if (dPeephole != null) {
            int R = peepholeRows(dPeephole);
            sumColumns("peepholeGrad", at(dPeephole), true, N / R, R * F, 3, at(dGates), at(c), at(c_tm1), R, N, F);
        }
    }

    /** R of peephole weights (3, R, F), where R may be several axes, (3, H, W, F). */
    private static int peepholeRows(@Nullable Tensor peephole) {
        return peephole == null ? 1 : peephole.size() / 3 / peephole.dim(-1);
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        forEach("activate", y.size(), at(y), at(x), f.ordinal(), y.size());
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        forEach("activateGrad", dx.size(), at(dx), at(y), at(dy), f.ordinal(), dx.size());
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        forEach("multiply", dst.size(), at(dst), at(a), at(b), b.size(), flag(write), dst.size());
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        forEach("scaleRows", dst.size(), at(dst), at(src), at(rows), src.size() / rows.size(), flag(write), dst.size());
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        forEach("addScaled", dst.size(), at(dst), at(src), bits(scale), dst.size());
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        ConvShape s = ConvShape.of(x, out, window);
        forEach("maxPool2d", out.size(), LongStream.concat(
                LongStream.of(at(out), at(x)), LongStream.of(s.poolingArguments())).toArray());
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        ConvShape s = ConvShape.of(x, dOut, window);
        forEach("maxPool2dGrad", dx.size(), LongStream.concat(
                LongStream.of(at(dx), at(dOut), at(x)), LongStream.of(s.poolingArguments())).toArray());
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        if (training) {
            sumColumns("batchMean", at(mean), false, M, C, G, at(x), M, C);
            sumColumns("batchVariance", at(variance), false, M, C, G, at(x), at(mean), M, C);
        }
        forEach("batchNorm", x.size(), at(y), at(x), at(gamma), at(beta), at(mean), at(variance), bits(epsilon), M, C,
                x.size());
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        sums = device.atLeast(2 * G * C, sums);
        long sum_dy = sums.address(0);
        long sum_dy_xhat = sums.address(G * C);
        sumColumns("batchSumDy", sum_dy, false, M, C, G, at(dy), M, C);
        sumColumns("batchSumDyXhat", sum_dy_xhat, false, M, C, G, at(dy), at(x), at(mean), at(variance), bits(epsilon),
                M, C);
        forEach("batchNormGrad", x.size(), at(dx), at(dy), at(x), at(gamma), at(mean), at(variance), sum_dy,
                sum_dy_xhat, bits(epsilon), training ? 1 : 0, M, C, x.size());
        if (dGamma != null) {
            forEach("addPartials", C, at(dGamma), sum_dy_xhat, 0, C, 1, G, C);
        }
        if (dBeta != null) {
            forEach("addPartials", C, at(dBeta), sum_dy, 0, C, 1, G, C);
        }
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        int n = prediction.size();
        if (f == LossFunction.SOFTMAX_CROSS_ENTROPY) {
            int row = prediction.dim(-1);
            sumColumns("softmaxCrossEntropy", at(value), true, n / row, 1, 1, at(dPrediction), at(prediction),
                    at(target), bits(scale), n / row, row);
        } else {
            sumColumns("lossOfElements", at(value), true, n, 1, 1, at(dPrediction), at(prediction), at(target),
                    f.ordinal(), bits(scale), n);
        }
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        sumColumns("regularize", at(value), true, w.size(), 1, 1, at(dw), at(w), bits(l1), bits(l2), w.size());
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        sumColumns("sumSquares", at(value), true, x.size(), 1, 1, at(x), x.size());
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        forEach("clipByNorm", x.size(), at(x), at(sumSquares), bits(maxNorm), x.size());
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        forEach("sgd", w.size(), at(w), at(dw), at(velocity), bits(rate), bits(momentum), nesterov ? 1 : 0, w.size());
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        forEach("rmsProp", w.size(), at(w), at(dw), at(v), bits(rate), bits(rho), bits(epsilon), w.size());
    }

    @Override
    public void adam(Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        forEach("adam", w.size(), at(w), at(dw), at(m), at(v), bits(rate), bits(beta1), bits(beta2), bits(epsilon),
                w.size());
    }

    // ---- launches

    /** A kernel with a thread for each of n elements. */
    private void forEach(String kernel, int n, long... arguments) {
        device.launch(kernel, (int) ((n + THREADS - 1L) / THREADS), 1, 1, THREADS, 1, 0, arguments);
    }

    /**
     * A kernel that adds up rows, {@code groups} times: its threads stand on up to 32 columns side by side, and on as
     * many rows as there are threads for. Few columns and many rows are cut into pieces, for else there were few blocks.
     */
    private void sumColumns(
            String kernel, long dst, boolean accumulate, int rows, int columns, int groups, long... arguments) {
        int across = Math.min(32, Integer.highestOneBit(2 * columns - 1)); // the next power of two
        int down = THREADS / across;
        int blocks = (columns + across - 1) / across;
        int pieces = Math.clamp(Product.ENOUGH_BLOCKS / ((long) blocks * groups), 1, Math.max(1, rows / (8 * down)));
        long partial = partials(pieces > 1 ? (long) pieces * groups * columns : 0);
        device.launch(kernel, blocks, pieces, groups, across, down, 0, LongStream
                .concat(LongStream.of(dst, partial), LongStream.of(arguments)).toArray());
        if (pieces > 1) {
            int n = groups * columns;
            forEach("addPartials", n, dst, partial, 0, columns, accumulate ? 1 : 0, pieces, n);
        }
    }

    /** Memory for pieces of sums, used again and again: the GPU works in the order of the launches. */
    private long partials(long floats) {
        if (floats == 0) {
            return 0;
        }
        partials = device.atLeast(Math.toIntExact(floats), partials);
        return partials.address(0);
    }

    // ---- arguments

    /** The device address of a tensor's first element, for who may write there; 0 for none. */
    private static long at(@Nullable Tensor t) {
        if (t != null) {
            buffer(t).changes();
        }
        return from(t);
    }

    /** The same for who only reads. */
    private static long from(@Nullable Tensor t) {
        return t == null ? 0 : buffer(t).address(t.offset());
    }

    private static CudaBuffer buffer(Tensor t) {
        return (CudaBuffer) t.buffer();
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    private static long flag(Write write) {
        return write == Write.ADD ? 1 : 0;
    }

    private static int rows(Tensor t) {
        return t.size() / t.dim(-1);
    }
}
