package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;
import static convlstm.backend.simd.WinogradLines.OUTPUTS;

import convlstm.backend.Window;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Convolution with fewer multiplications, for 3x3 and 5x5 kernels of stride 1 and many channels. A tile of 4x4 output
 * pixels is computed from n x n transformed input pixels, n = 6 or 8, by n² products of channels: 36 instead of 144 for a
 * 3x3 kernel, 64 instead of 400 for a 5x5 one. The products of all tiles for one of the n² positions form a matrix product.
 * All that the transforms add are sums, few where there are many channels.
 *
 * <p>The price is accuracy: the transforms subtract numbers of similar size. Against the plain loops the largest error,
 * relative to the largest output, is about 4e-6 (3x3) and 1e-5 (5x5); a NaN or an infinity spreads to the whole tile that
 * it is in. Scalar twin: {@code reference.ConvLoops}, which computes the same sums directly.
 */
final class Winograd {
    /** Tiles that one task works on at a time: their products must fit the second cache. */
    private static final int BLOCK = 24;

    /** Output channels that one task works on at a time. */
    private static final int CHANNELS = Math.max(64, COLUMNS);

    /** Images are taken in groups whose transforms have about so many elements. */
    private static final int GROUP = 5 << 19;

    /** Fewer channels than this are not worth the transforms. */
    private static final int FEW = 16;

    private final Parallel parallel;
    private final Scratch padded = new Scratch();
    private final Scratch inputs = new Scratch();
    private final Scratch filters = new Scratch();
    private final Scratch gradients = new Scratch();
    private final Scratch[] products;
    private final Scratch[] lines;

    Winograd(Parallel parallel) {
        this.parallel = parallel;
        products = Scratch.array(parallel.workers());
        lines = Scratch.array(parallel.workers());
    }

    /** Whether a convolution from C to F channels can and should be done here. */
    static boolean suits(Window w, Convolution.Sizes s) {
        boolean square = w.height() == w.width() && (w.height() == 3 || w.height() == 5);
        boolean dense = w.strideH() == 1 && w.strideW() == 1 && w.dilationH() == 1 && w.dilationW() == 1;
        boolean many = s.C() >= FEW && s.F() >= FEW && s.C() % L == 0 && s.F() % L == 0;
        return square && dense && many && s.Ho() >= OUTPUTS && s.Wo() >= OUTPUTS;
    }

    /**
     * The tiles of a group of images, and where their transforms are.
     *
     * @param n points in each direction; position p = i n + j of n²
     * @param down tiles of an image from top to bottom
     * @param across tiles from left to right
     * @param images images in the group
     * @param C channels of a transformed tile
     */
    private record Grid(int n, int down, int across, int images, int C) {
        int tiles() {
            return images * down * across;
        }

        /** From one position to the next; not a power of two, which would make the caches' sets collide. */
        int step() {
            return tiles() * C + L;
        }

        int size() {
            return n * n * step();
        }
    }

    /** out = start + x ⋆ kernel (r, r, C, F), with the image's first pixel at (top, left) of the padded image. */
    void convolve(
            float[] out, int outAt, float[] x, int xAt, float[] kernel, int kernelAt, Convolution.Sizes s, int r,
            int top, int left, Products.Start start) {
        float[] U = transformKernel(kernel, kernelAt, r, s.C(), s.F());
        Grid all = grid(s, r, s.N(), s.C());
        int group = Math.max(1, Math.min(s.N(), GROUP / (all.size() / s.N())));
        for (int from = 0; from < s.N(); from += group) {
            Grid g = grid(s, r, Math.min(group, s.N() - from), s.C());
            float[] V = transformInput(x, xAt + from * s.H() * s.W() * s.C(), s, g, top, left);
            multiply(out, outAt, V, U, s, g, from, start);
        }
    }

    private static Grid grid(Convolution.Sizes s, int r, int images, int channels) {
        int down = (s.Ho() + OUTPUTS - 1) / OUTPUTS;
        int across = (s.Wo() + OUTPUTS - 1) / OUTPUTS;
        return new Grid(r + OUTPUTS - 1, down, across, images, channels);
    }

    /** U = G kernel Gᵀ: n² matrices (C, F), each cut into panels of COLUMNS columns that lie one behind the other. */
    private float[] transformKernel(float[] kernel, int kernelAt, int r, int C, int F) {
        int n = r + OUTPUTS - 1;
        float[][] G = WinogradLines.filter(n);
        float[] U = filters.atLeast(n * n * C * F);
        parallel.forEach(C, (c, worker) -> {
            float[] half = lines[worker].atLeast(n * r * L);
            for (int f = 0; f < F; f += L) {
                for (int b = 0; b < r; b++) {
                    int at = kernelAt + (b * C + c) * F + f;
                    WinogradLines.matrix(G, kernel, at, r * C * F, half, b * L, r * L);
                }
                int panel = f / COLUMNS * COLUMNS;
                int width = Math.min(COLUMNS, F - panel);
                int to = panel * C + c * width + f - panel;
                for (int i = 0; i < n; i++) {
                    WinogradLines.matrix(G, half, i * r * L, L, U, to + i * n * C * F, C * F);
                }
            }
        });
        return U;
    }

    /** V = Bᵀ tile B for every tile: n² matrices (tiles, C). */
    private float[] transformInput(float[] x, int xAt, Convolution.Sizes s, Grid g, int top, int left) {
        int n = g.n;
        int C = s.C();
        int Hp = g.down * OUTPUTS + n - OUTPUTS;
        int Wp = g.across * OUTPUTS + n - OUTPUTS;
        float[] copy = padded.atLeast(g.images * Hp * Wp * C);
        float[] V = inputs.atLeast(g.size() + Tiles.ROWS * C);
        parallel.forEach(g.images, (image, worker) -> Convolution.pad(
                x, xAt + image * s.H() * s.W() * C, copy, image * Hp * Wp * C, Hp, Wp, s, Convolution.at(top, left)));
        parallel.forEach(g.images * g.down, (line, worker) -> {
            float[] half = lines[worker].atLeast(n * n * L);
            int first = (line / g.down * Hp + line % g.down * OUTPUTS) * Wp * C;
            for (int tx = 0; tx < g.across; tx++) {
                for (int c = 0; c < C; c += L) {
                    int at = first + tx * OUTPUTS * C + c;
                    int to = (line * g.across + tx) * C + c;
                    for (int i = 0; i < n; i++) {
                        WinogradLines.input(n, copy, at + i * Wp * C, C, half, i * n * L, L);
                    }
                    for (int j = 0; j < n; j++) {
                        WinogradLines.input(n, half, j * L, n * L, V, to + j * g.step(), n * g.step());
                    }
                }
            }
        });
        return V;
    }

    /** The n² products V · U, and the tiles' outputs from them, some tiles and output channels at a time. */
    private void multiply(
            float[] out, int outAt, float[] V, float[] U, Convolution.Sizes s, Grid g, int firstImage,
            Products.Start start) {
        int C = s.C();
        int F = s.F();
        int blocks = (g.tiles() + BLOCK - 1) / BLOCK;
        int parts = (F + CHANNELS - 1) / CHANNELS;
        float[] zeros = new float[COLUMNS];
        int[][] tap = new int[g.n * g.n][1];
        for (int p = 0; p < tap.length; p++) {
            tap[p][0] = p * g.step();
        }
        parallel.forEach(blocks * parts, (task, worker) -> {
            int tile = task % blocks * BLOCK;
            int tiles = Math.min(BLOCK, g.tiles() - tile);
            int f0 = task / blocks * CHANNELS;
            int width = Math.min(CHANNELS, F - f0);
            int step = (BLOCK + Tiles.NARROW_ROWS) * width + L;
            float[] M = products[worker].atLeast(g.n * g.n * step);
            int[] row = new int[BLOCK + Tiles.NARROW_ROWS];
            for (int k = 0; k < row.length; k++) {
                row[k] = (tile + Math.min(k, tiles - 1)) * C; // missing rows repeat the last: their sums go unused
            }
            for (int p = 0; p < g.n * g.n; p++) {
                for (int f = 0; f < width; f += COLUMNS) {
                    int panel = p * C * F + (f0 + f) * C;
                    int to = p * step + f;
                    if (width - f >= COLUMNS) {
                        int rows;
                        for (int m = 0; m < tiles; m += rows) {
                            rows = Tiles.rows(tiles - m);
                            Tiles.gather(rows, V, row, m, tap[p], C, U, panel, COLUMNS, zeros, 0, 0, M, to + m * width, width);
                        }
                    } else {
                        for (int m = 0; m < tiles; m += Tiles.NARROW_ROWS) {
                            Tiles.gatherNarrow(V, row, m, tap[p], C, U, panel, L, zeros, 0, 0, M, to + m * width, width);
                        }
                    }
                }
            }
            float[] room = lines[worker].atLeast((g.n * OUTPUTS + OUTPUTS * OUTPUTS) * L);
            for (int m = 0; m < tiles; m++) {
                for (int f = 0; f < width; f += L) {
                    transformOutput(M, m * width + f, step, room, g.n);
                    writeTile(out, outAt + f0 + f, s, g, firstImage, tile + m, room, start, f0 + f);
                }
            }
        });
    }

    /** Y = Aᵀ M A of one tile and one vector of channels: 4x4 vectors at the start of {@code room}. */
    private static void transformOutput(float[] M, int at, int step, float[] room, int n) {
        int half = OUTPUTS * OUTPUTS * L;
        for (int j = 0; j < n; j++) {
            WinogradLines.output(n, M, at + j * step, n * step, room, half + j * L, n * L);
        }
        for (int i = 0; i < OUTPUTS; i++) {
            WinogradLines.output(n, room, half + i * n * L, L, room, i * OUTPUTS * L, L);
        }
    }

    /** The pixels of a tile that lie inside the image: out = start + Y. */
    private static void writeTile(
            float[] out, int outAt, Convolution.Sizes s, Grid g, int firstImage, int tile, float[] Y,
            Products.Start start, int f) {
        int y0 = tile / g.across % g.down * OUTPUTS;
        int x0 = tile % g.across * OUTPUTS;
        int image = firstImage + tile / (g.across * g.down);
        for (int i = 0; i < Math.min(OUTPUTS, s.Ho() - y0); i++) {
            int pixel = (image * s.Ho() + y0 + i) * s.Wo() + x0;
            for (int j = 0; j < Math.min(OUTPUTS, s.Wo() - x0); j++) {
                FloatVector y = FloatVector.fromArray(S, Y, (i * OUTPUTS + j) * L);
                y.add(FloatVector.fromArray(S, start.a(), start.at() + (pixel + j) * start.step() + f))
                        .intoArray(out, outAt + (pixel + j) * s.F());
            }
        }
    }

    /** dKernel += Gᵀ (Σ over tiles of Vᵀ · A dTile Aᵀ) G: the transposes of the steps of {@link #convolve}. */
    void gradKernel(
            float[] dKernel, int dKernelAt, float[] x, int xAt, float[] dOut, int dOutAt, Convolution.Sizes s, int r,
            int top, int left) {
        int n = r + OUTPUTS - 1;
        int C = s.C();
        int F = s.F();
        float[] dU = filters.atLeast(n * n * C * F);
        Arrays.fill(dU, 0, n * n * C * F, 0);
        int imageSize = grid(s, r, 1, C + F).size();
        int group = Math.max(1, Math.min(s.N(), GROUP / imageSize));
        int panels = (F + COLUMNS - 1) / COLUMNS;
        for (int from = 0; from < s.N(); from += group) {
            Grid g = grid(s, r, Math.min(group, s.N() - from), C);
            Grid gOut = grid(s, r, g.images, F);
            float[] V = transformInput(x, xAt + from * s.H() * s.W() * C, s, g, top, left);
            float[] dM = transformOutputGrad(dOut, dOutAt + from * s.Ho() * s.Wo() * F, s, gOut);
            int[] row = new int[g.tiles()];
            Arrays.setAll(row, k -> k * C);
            parallel.forEach(n * n * panels, (task, worker) -> {
                int p = task / panels;
                int f = task % panels * COLUMNS;
                Products.outerStrip(
                        dU, p * C * F + f, F, C, Math.min(COLUMNS, F - f), V, row, p * g.step(), g.tiles(),
                        dM, p * gOut.step() + f, F, products[worker].atLeast((Tiles.ROWS + g.tiles()) * COLUMNS));
            });
        }
        transformKernelGrad(dKernel, dKernelAt, dU, r, C, F);
    }

    /** A dTile Aᵀ for every tile of the output's gradient: n² matrices (tiles, F). */
    private float[] transformOutputGrad(float[] dOut, int dOutAt, Convolution.Sizes s, Grid g) {
        int n = g.n;
        int F = s.F();
        float[] dM = gradients.atLeast(g.size());
        parallel.forEach(g.images * g.down, (line, worker) -> {
            int half = OUTPUTS * OUTPUTS * L;
            float[] room = lines[worker].atLeast(half + n * OUTPUTS * L);
            for (int tx = 0; tx < g.across; tx++) {
                for (int f = 0; f < F; f += L) {
                    readTile(dOut, dOutAt + f, s, g, line, tx, room);
                    for (int j = 0; j < OUTPUTS; j++) {
                        WinogradLines.outputGrad(n, room, j * L, OUTPUTS * L, room, half + j * L, OUTPUTS * L);
                    }
                    int to = (line * g.across + tx) * F + f;
                    for (int i = 0; i < n; i++) {
                        int at = half + i * OUTPUTS * L;
                        WinogradLines.outputGrad(n, room, at, L, dM, to + i * n * g.step(), g.step());
                    }
                }
            }
        });
        return dM;
    }

    /** One tile of the output's gradient as 4x4 vectors, with zeros outside the image. */
    private static void readTile(
            float[] dOut, int dOutAt, Convolution.Sizes s, Grid g, int line, int tx, float[] room) {
        int y0 = line % g.down * OUTPUTS;
        int x0 = tx * OUTPUTS;
        for (int i = 0; i < OUTPUTS; i++) {
            for (int j = 0; j < OUTPUTS; j++) {
                boolean inside = y0 + i < s.Ho() && x0 + j < s.Wo();
                int pixel = (line / g.down * s.Ho() + y0 + i) * s.Wo() + x0 + j;
                FloatVector d = inside ? FloatVector.fromArray(S, dOut, dOutAt + pixel * s.F()) : FloatVector.zero(S);
                d.intoArray(room, (i * OUTPUTS + j) * L);
            }
        }
    }

    /** dKernel += Gᵀ dU G. */
    private void transformKernelGrad(float[] dKernel, int dKernelAt, float[] dU, int r, int C, int F) {
        int n = r + OUTPUTS - 1;
        float[][] GT = WinogradLines.transpose(WinogradLines.filter(n));
        parallel.forEach(C, (c, worker) -> {
            float[] room = lines[worker].atLeast((r * n + r) * L);
            int half = r * L;
            for (int f = 0; f < F; f += L) {
                for (int j = 0; j < n; j++) {
                    WinogradLines.matrix(GT, dU, (j * C + c) * F + f, n * C * F, room, half + j * L, n * L);
                }
                for (int a = 0; a < r; a++) {
                    WinogradLines.matrix(GT, room, half + a * n * L, L, room, 0, L);
                    for (int b = 0; b < r; b++) {
                        int to = dKernelAt + ((a * r + b) * C + c) * F + f;
                        FloatVector.fromArray(S, room, b * L)
                                .add(FloatVector.fromArray(S, dKernel, to))
                                .intoArray(dKernel, to);
                    }
                }
            }
        });
    }
}
