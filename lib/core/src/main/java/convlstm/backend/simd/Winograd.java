package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;
import static convlstm.backend.simd.WinogradLines.OUTPUTS;

import convlstm.backend.Window;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.simd.VectorElements.At;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Convolution with fewer multiplications, for square kernels from 3x3 to 9x9 (but 6x6), stride 1 and many channels. A
 * tile of 4x4 output pixels is computed from n x n transformed input pixels, n = 6 or 8, by n² products of channels: 36
 * instead of 144 for a 3x3 kernel, 64 instead of 400 for a 5x5 one. The products of all tiles for one of the n² positions
 * form a matrix product. All that the transforms add are sums, few where there are many channels.
 *
 * <p>A kernel above 5x5 is cut after its fourth row and column into four pieces, each a kernel of its own. What a piece
 * sees is shifted by four pixels, that is by one tile: it multiplies the transformed input of the next tile. So each
 * tile is transformed once, and a 9x9 kernel takes 256 products instead of 1296.
 *
 * <p>The price is accuracy: the transforms subtract numbers of similar size. Against the plain loops the largest error,
 * relative to the largest output, is about 2e-6 (3x3) and 1e-5 (all others); a NaN or an infinity spreads to the whole
 * tile that it is in. Scalar twin: {@code reference.ConvLoops}, which computes the same sums directly.
 */
final class Winograd {
    /** Tiles that one task works on at a time at most: their transforms and products should fit the second cache. */
    private static final int BLOCK = 24;

    /** Output channels that one task works on at a time. */
    private static final int CHANNELS = COLUMNS;

    /** Transformed elements that a task of the gradient of a kernel works on at a time: they should fit its cache. */
    private static final int GROUP = 160_000;

    /** Output channels of such a task. */
    private static final int STRIPE = 128;

    /** Such tasks to aim for, so that the threads finish at about the same time, */
    private static final int TASKS = 16;

    /** and the elements that all their sums together may have. */
    private static final int SUMS = 1 << 22;

    /** So few channels are not worth the transforms. */
    private static final int FEW = 8;

    /** Rows of the largest kernel that is not cut, and of the largest that is. */
    private static final int MOST_TAPS = 5;

    private static final int LARGEST = MOST_TAPS + OUTPUTS;

    /** Pieces of four and two rows save little here, and lose the most accuracy. */
    private static final int UNFIT = 6;

    private static final float[] ZEROS = new float[COLUMNS];

    private final Parallel parallel;
    private final Scratch flip = new Scratch();
    private final Scratch wide = new Scratch();
    private final Scratch filters = new Scratch();
    private final Scratch[] blocks;
    private final Scratch[] products;
    private final Scratch[] lines;

    Winograd(Parallel parallel) {
        this.parallel = parallel;
        blocks = Scratch.array(parallel.workers());
        products = Scratch.array(parallel.workers());
        lines = Scratch.array(parallel.workers());
    }

    /** Whether a convolution from C to F channels can and should be done here. */
    static boolean suits(Window w, ConvSizes s) {
        int r = w.height();
        boolean square = r == w.width() && r >= 3 && r <= LARGEST && r != UNFIT;
        boolean dense = w.strideH() == 1 && w.strideW() == 1 && w.dilationH() == 1 && w.dilationW() == 1;
        boolean many = s.C() > FEW && s.F() > FEW;
        return square && dense && many && s.Ho() >= OUTPUTS && s.Wo() >= OUTPUTS;
    }

    /**
     * The tiles of a convolution.
     *
     * @param s the sizes of the convolution
     * @param r width and height of the kernel
     * @param top rows of zeros above the image
     * @param left columns of zeros left of it
     */
    private record Grid(ConvSizes s, int r, int top, int left) {
        /** Points in each direction; position p = i n + j of n². */
        int n() {
            return WinogradLines.points(Math.min(r, MOST_TAPS));
        }

        /** How often the kernel is cut in each direction. */
        int cuts() {
            return (r - 1) / MOST_TAPS;
        }

        /** Rows of the kernel in a piece that has so many cuts above it; columns likewise. */
        int taps(int cut) {
            return cut < cuts() ? OUTPUTS : r - cut * OUTPUTS;
        }

        int pieces() {
            return (cuts() + 1) * (cuts() + 1);
        }

        /** Rows of the matrices in the transformed kernel: those of one piece after the other. */
        int depth() {
            return pieces() * s.C();
        }

        /** Elements of a transformed kernel. */
        int elements() {
            return n() * n() * depth() * columns();
        }

        /** The tiles of transformed input: more than those of the output, where pieces look at the tiles behind. */
        Grid inputs() {
            int more = cuts() * OUTPUTS;
            return new Grid(
                    new ConvSizes(s.N(), s.H(), s.W(), s.C(), s.Ho() + more, s.Wo() + more, s.F()), r, top, left);
        }

        /** The tile of {@link #inputs} that the first piece multiplies for this tile of the output. */
        int input(int tile) {
            int row = tile / across();
            return (row + row / down() * cuts()) * (across() + cuts()) + tile % across();
        }

        /** How many tiles further the one is that a piece multiplies, for each piece. */
        int[] shifts() {
            int[] shifts = new int[pieces()];
            Arrays.setAll(shifts, p -> p / (cuts() + 1) * (across() + cuts()) + p % (cuts() + 1));
            return shifts;
        }

        int down() {
            return Math.ceilDiv(s.Ho(), OUTPUTS);
        }

        int across() {
            return Math.ceilDiv(s.Wo(), OUTPUTS);
        }

        int tilesOfImage() {
            return down() * across();
        }

        int image(int tile) {
            return tile / tilesOfImage();
        }

        /** The first output row of a tile. */
        int y0(int tile) {
            return tile / across() % down() * OUTPUTS;
        }

        int x0(int tile) {
            return tile % across() * OUTPUTS;
        }

        /** Output rows of a tile that lie inside the image. */
        int high(int tile) {
            return Math.min(OUTPUTS, s.Ho() - y0(tile));
        }

        int wide(int tile) {
            return Math.min(OUTPUTS, s.Wo() - x0(tile));
        }

        /** The output channels, and zeros that fill the last vector of them. */
        int columns() {
            return columnsOf(s.F());
        }

        boolean isWhole(int tile) {
            return high(tile) == OUTPUTS && wide(tile) == OUTPUTS;
        }

        /** The number of the first output pixel of a tile, counted through all images. */
        int firstPixel(int tile) {
            return (image(tile) * s.Ho() + y0(tile)) * s.Wo() + x0(tile);
        }
    }

    /** From one position (in M, one tile) to the next, for so many elements; not a power of two, or the caches' sets would collide. */
    private static int step(int elements) {
        return elements + L;
    }

    private static int columnsOf(int F) {
        return Math.ceilDiv(F, L) * L;
    }

    /** out = start + x ⋆ kernel (r, r, C, F). */
    void forward(
            float[] out, int outAt, float[] x, int xAt, Kernel kernel, ConvSizes s, int r, int top, int left,
            Products.Start start) {
        Grid g = new Grid(s, r, top, left);
        float[] U = kernel.form(Kernel.Kind.WINOGRAD, r * r * s.C(), s.F(), g.elements(), filters,
                to -> transformKernel(kernel.a(), kernel.at(), g, to));
        convolve(out, outAt, x, xAt, U, g, start);
    }

    /**
     * dx = start + dOut ⋆ the kernel flipped. Here {@code s} are the sizes of that convolution, from dOut to dx, so that
     * kernel is (r, r, s.F(), s.C()).
     */
    void gradInput(
            float[] dx, int dxAt, float[] dOut, int dOutAt, Kernel kernel, ConvSizes s, int r, int top, int left,
            Products.Start start) {
        Grid g = new Grid(s, r, top, left);
        float[] U = kernel.form(Kernel.Kind.WINOGRAD_OF_FLIPPED, r * r * s.C(), s.F(), g.elements(), filters, to -> {
            float[] flipped = Convolution.flip(parallel, flip, kernel.a(), kernel.at(), r * r, s.F(), s.C());
            transformKernel(flipped, 0, g, to);
        });
        convolve(dx, dxAt, dOut, dOutAt, U, g, start);
    }

    /**
     * out = start + x ⋆ the kernel with the transform U. Each task takes some tiles from the input to the output, so that
     * what lies between stays in its processor's cache.
     */
    private void convolve(float[] out, int outAt, float[] x, int xAt, float[] U, Grid g, Products.Start start) {
        ConvSizes s = g.s;
        int tiles = s.N() * g.tilesOfImage();
        int rounds = (tiles + BLOCK * parallel.workers() - 1) / (BLOCK * parallel.workers());
        int even = (tiles + rounds * parallel.workers() - 1) / (rounds * parallel.workers());
        int block = Math.ceilDiv(even, Tiles.FEW_ROWS) * Tiles.FEW_ROWS;
        Grid inputs = g.inputs();
        int[] shifts = g.shifts();
        parallel.forEach(Math.ceilDiv(tiles, block), (task, worker) -> {
            int first = task * block;
            int count = Math.min(block, tiles - first);
            int[] row = rows(g, first, count, count + Tiles.NARROW_ROWS);
            int seen = row[count - 1] / s.C() + shifts[shifts.length - 1] + 1;
            float[] V = blocks[worker].atLeast(g.n() * g.n() * step(seen * s.C()));
            float[] room = lines[worker].atLeast(2 * g.n() * g.n() * L);
            for (int k = 0; k < seen; k++) {
                transformInput(x, xAt, inputs, g.input(first) + k, V, k * s.C(), step(seen * s.C()), room);
            }
            for (int f = 0; f < g.columns(); f += CHANNELS) {
                int width = Math.min(CHANNELS, g.columns() - f);
                int step = step(g.n() * g.n() * width);
                float[] M = products[worker].atLeast((count + Tiles.NARROW_ROWS) * step);
                multiply(V, row, shifts, step(seen * s.C()), U, g, count, f, width, M, step);
                for (int k = 0; k < count; k++) {
                    for (int v = 0; v < width; v += L) {
                        transformOutput(M, k * step + v, width, out, outAt, g, first + k, f + v, start, room);
                    }
                }
            }
        });
    }

    /** Where the rows of V begin that the first piece multiplies, for {@code count} tiles; those that follow repeat the last. */
    private static int[] rows(Grid g, int first, int count, int length) {
        int[] row = new int[length];
        Arrays.setAll(row, k -> (g.input(first + Math.min(k, count - 1)) - g.input(first)) * g.s.C());
        return row;
    }

    /**
     * U = G piece Gᵀ for each piece of the kernel: n² matrices ({@link Grid#depth}, {@link Grid#columns}), each cut into
     * panels of COLUMNS columns that lie one behind the other.
     */
    private void transformKernel(float[] kernel, int kernelAt, Grid g, float[] U) {
        int n = g.n();
        int r = g.r;
        int C = g.s.C();
        int F = g.columns();
        int K = g.depth();
        boolean whole = F == g.s.F();
        float[] k = whole ? kernel : widened(kernel, kernelAt, r * r * C, g.s.F(), F);
        int kAt = whole ? kernelAt : 0;
        float[][][] G = filters(g);
        parallel.forEach(K, (row, worker) -> {
            int c = row % C;
            int below = row / C / G.length;
            int right = row / C % G.length;
            int taps = g.taps(right);
            float[] half = lines[worker].atLeast(n * taps * L);
            for (int f = 0; f < F; f += L) {
                for (int b = 0; b < taps; b++) {
                    int tap = below * OUTPUTS * r + right * OUTPUTS + b;
                    WinogradLines.matrix(
                            G[below], k, kAt + (tap * C + c) * F + f, r * C * F, half, b * L, taps * L);
                }
                int panel = f / COLUMNS * COLUMNS;
                int width = Math.min(COLUMNS, F - panel);
                int to = panel * K + row * width + f - panel;
                for (int i = 0; i < n; i++) {
                    WinogradLines.matrix(G[right], half, i * taps * L, L, U, to + i * n * K * F, K * F);
                }
            }
        });
    }

    /** The filter's transform for the pieces before the first cut, and for those behind it. */
    private static float[][][] filters(Grid g) {
        float[][][] G = new float[g.cuts() + 1][][];
        Arrays.setAll(G, cut -> WinogradLines.filter(g.n(), g.taps(cut)));
        return G;
    }

    /** A matrix with zeros to the right of its rows. */
    private float[] widened(float[] matrix, int at, int rows, int columns, int wider) {
        float[] to = wide.atLeast(rows * wider);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(matrix, at + row * columns, to, row * wider, columns);
            Arrays.fill(to, row * wider + columns, (row + 1) * wider, 0);
        }
        return to;
    }

    /**
     * V = Bᵀ tile B for one tile and all channels, those of position p at {@code to + p step}. Where the channels do not
     * fill their last vector, it begins earlier; if they do not fill one at all, the rest of it is anything, and what comes
     * behind it in V is not written yet.
     *
     * @param room for 2 n lines of n vectors
     */
    private static void transformInput(
            float[] x, int xAt, Grid g, int tile, float[] V, int to, int step, float[] room) {
        int n = g.n();
        int C = g.s.C();
        int W = g.s.W();
        int y0 = g.y0(tile) - g.top;
        int x0 = g.x0(tile) - g.left;
        int first = xAt + ((g.image(tile) * g.s.H() + y0) * W + x0) * C;
        int above = Math.max(0, -y0); // lines above the image, and those down to its last
        int down = Math.clamp(g.s.H() - y0, above, n);
        boolean insideX = x0 >= 0 && x0 + n <= W && C >= L;
        for (int from = 0; from < C; from += L) {
            int c = Math.clamp(C - L, 0, from);
            Arrays.fill(room, 0, above * n * L, 0);
            int at = first + above * W * C + c;
            if (insideX) {
                WinogradLines.input(n, down - above, x, at, C, W * C, room, above * n * L, L, n * L);
            } else {
                copyLines(x, at, g, x0, down - above, room, n * n * L);
                WinogradLines.input(n, down - above, room, n * n * L, L, n * L, room, above * n * L, L, n * L);
            }
            Arrays.fill(room, down * n * L, n * n * L, 0);
            WinogradLines.input(n, n, room, 0, n * L, L, V, to + c, n * step, step);
        }
    }

    /** Lines of n vectors, with zeros where they reach over the image's left or right border. */
    private static void copyLines(float[] x, int at, Grid g, int x0, int lines, float[] room, int to) {
        int n = g.n();
        int C = g.s.C();
        int left = Math.max(0, -x0);
        int right = Math.min(n, g.s.W() - x0);
        for (int i = 0; i < lines; i++) {
            for (int j = 0; j < left; j++) {
                FloatVector.zero(S).intoArray(room, to + (i * n + j) * L);
            }
            for (int j = Math.max(left, right); j < n; j++) {
                FloatVector.zero(S).intoArray(room, to + (i * n + j) * L);
            }
            for (int j = left; j < right; j++) {
                int pixel = at + (i * g.s.W() + j) * C;
                if (C < L) {
                    System.arraycopy(x, pixel, room, to + (i * n + j) * L, C);
                } else {
                    FloatVector.fromArray(S, x, pixel).intoArray(room, to + (i * n + j) * L);
                }
            }
        }
    }

    /** M = V · U for each of the positions: {@code count} tiles, and {@code width} output channels from f on. */
    private static void multiply(
            float[] V, int[] row, int[] shifts, int stepV, float[] U, Grid g, int count, int f, int width, float[] M,
            int step) {
        int C = g.s.C();
        int K = g.depth();
        int[] tap = new int[shifts.length];
        for (int p = 0; p < g.n() * g.n(); p++) {
            for (int t = 0; t < tap.length; t++) {
                tap[t] = p * stepV + shifts[t] * C;
            }
            for (int j = 0; j < width; j += COLUMNS) {
                int panel = p * K * g.columns() + (f + j) * K;
                int to = p * width + j;
                if (width - j >= COLUMNS) {
                    int rows;
                    for (int m = 0; m < count; m += rows) {
                        rows = Tiles.rows(count - m);
                        Tiles.gather(rows, V, row, m, tap, C, U, panel, ZEROS, 0, 0, M, to + m * step, step);
                    }
                } else {
                    for (int m = 0; m < count; m += Tiles.NARROW_ROWS) {
                        TallTiles.gatherNarrow(V, row, m, tap, C, U, panel, ZEROS, 0, 0, M, to + m * step, step);
                    }
                }
            }
        }
    }

    /**
     * out = start + Aᵀ M A for one tile and one vector of output channels, from f on.
     *
     * @param room for n + 4 lines of 4 vectors
     */
    private static void transformOutput(
            float[] M, int at, int step, float[] out, int outAt, Grid g, int tile, int f, Products.Start start,
            float[] room) {
        int n = g.n();
        int F = g.s.F();
        int pixel = g.firstPixel(tile);
        int channels = Math.min(L, F - f);
        WinogradLines.output(n, n, M, at, n * step, step, ZEROS, 0, 0, 0, room, 0, n * L, L);
        if (g.isWhole(tile) && channels == L) {
            WinogradLines.output(
                    n, OUTPUTS, room, 0, L, n * L,
                    start.a(), start.at() + pixel * start.step() + f, start.step(), g.s.Wo() * start.step(),
                    out, outAt + pixel * F + f, F, g.s.Wo() * F);
            return;
        }
        int Y = OUTPUTS * n * L;
        WinogradLines.output(n, OUTPUTS, room, 0, L, n * L, ZEROS, 0, 0, 0, room, Y, L, OUTPUTS * L);
        for (int i = 0; i < g.high(tile); i++) {
            for (int j = 0; j < g.wide(tile); j++) {
                int k = pixel + i * g.s.Wo() + j;
                int y = Y + (i * OUTPUTS + j) * L;
                int from = start.at() + k * start.step() + f;
                if (channels == L) {
                    FloatVector.fromArray(S, room, y).add(FloatVector.fromArray(S, start.a(), from))
                            .intoArray(out, outAt + k * F + f);
                } else {
                    for (int c = 0; c < channels; c++) {
                        out[outAt + k * F + f + c] = room[y + c] + start.a()[from + c];
                    }
                }
            }
        }
    }

    /**
     * dKernel += Gᵀ (Σ over tiles of Vᵀ · A dTile Aᵀ) G: the transposes of the steps of {@link #convolve}. A task takes a
     * part of the tiles and some output channels, and has a sum of its own, so that it transforms and multiplies a few
     * tiles at a time while they are in its processor's cache; then the sums of the parts are added up, in order.
     */
    void gradKernel(
            float[] dKernel, int dKernelAt, float[] x, int xAt, float[] dOut, int dOutAt, ConvSizes s, int r,
            int top, int left) {
        Grid g = new Grid(s, r, top, left);
        int F = g.columns();
        int size = g.elements();
        int tiles = s.N() * g.tilesOfImage();
        int stripes = Math.ceilDiv(F, STRIPE);
        int parts = Math.clamp(Math.min(tiles / 64, SUMS / size), 1, Math.max(1, TASKS / stripes));
        int share = Math.ceilDiv(tiles, parts);
        float[] dU = filters.atLeast(parts * size);
        parallel.forEach(parts * stripes, (task, worker) -> {
            int part = task / stripes;
            int f = task % stripes * STRIPE;
            gradOfPart(dU, part * size + size / F * f, x, xAt, dOut, dOutAt, g, part * share,
                    Math.min(tiles, (part + 1) * share), f, Math.min(STRIPE, F - f), worker);
        });
        int chunk = size / g.depth();
        parallel.forEach(g.depth(), (task, worker) -> {
            for (int part = 1; part < parts; part++) {
                VectorElements.add(new At(dU, task * chunk), new At(dU, part * size + task * chunk), chunk);
            }
        });
        transformKernelGrad(dKernel, dKernelAt, dU, g);
    }

    /** dU (n², depth, width) = the sum over the tiles from {@code from} to {@code to} for the output channels from f on. */
    private void gradOfPart(
            float[] dU, int dUAt, float[] x, int xAt, float[] dOut, int dOutAt, Grid g, int from, int to, int f,
            int width, int worker) {
        int C = g.s.C();
        int K = g.depth();
        int positions = g.n() * g.n();
        int panels = Math.ceilDiv(width, COLUMNS);
        int block = Math.clamp(GROUP / (positions * (C + width)), 32, 64);
        int stepM = step(block * panels * COLUMNS);
        float[] dM = products[worker].atLeast(positions * stepM);
        float[] room = lines[worker].atLeast(Math.max(2 * positions * L, Tiles.ROWS * COLUMNS));
        Grid inputs = g.inputs();
        int[] shifts = g.shifts();
        Arrays.fill(dU, dUAt, dUAt + positions * K * width, 0);
        for (int first = from; first < to; first += block) {
            int count = Math.min(block, to - first);
            int[] row = rows(g, first, count, count);
            int seen = row[count - 1] / C + shifts[shifts.length - 1] + 1;
            int stepV = step(seen * C);
            float[] V = blocks[worker].atLeast(positions * stepV);
            for (int k = 0; k < seen; k++) {
                transformInput(x, xAt, inputs, g.input(first) + k, V, k * C, stepV, room);
            }
            for (int k = 0; k < count; k++) {
                for (int v = 0; v < width; v += L) { // in panels, whose rows follow one another
                    int panel = v / COLUMNS * block * COLUMNS + v % COLUMNS;
                    transformOutputGrad(dOut, dOutAt, g, first + k, f + v, dM, panel + k * COLUMNS, stepM, room);
                }
            }
            for (int p = 0; p < positions; p++) {
                for (int v = 0; v < width; v += COLUMNS) {
                    for (int piece = 0; piece < shifts.length; piece++) {
                        Products.outerStrip(
                                dU, dUAt + (p * K + piece * C) * width + v, width, C, Math.min(COLUMNS, width - v), V,
                                row, p * stepV + shifts[piece] * C, count, dM, p * stepM + v * block, room);
                    }
                }
            }
        }
    }

    /**
     * A dTile Aᵀ for one tile and one vector of channels of the output's gradient, from f on, those of position p at
     * {@code to + p step}.
     *
     * @param room for n + 4 lines of 4 vectors
     */
    private static void transformOutputGrad(
            float[] dOut, int dOutAt, Grid g, int tile, int f, float[] dM, int to, int step, float[] room) {
        int n = g.n();
        int F = g.s.F();
        int first = dOutAt + g.firstPixel(tile) * F + f;
        int channels = Math.min(L, F - f);
        if (g.isWhole(tile) && channels == L) {
            WinogradLines.outputGrad(n, OUTPUTS, dOut, first, g.s.Wo() * F, F, room, 0, OUTPUTS * L, L);
        } else {
            int Y = OUTPUTS * n * L;
            copyTile(dOut, first, g, tile, channels, room, Y);
            WinogradLines.outputGrad(n, OUTPUTS, room, Y, OUTPUTS * L, L, room, 0, OUTPUTS * L, L);
        }
        WinogradLines.outputGrad(n, n, room, 0, L, OUTPUTS * L, dM, to, step, n * step);
    }

    /** One tile of the output's gradient as 4x4 vectors, with zeros outside the image and behind the last channel. */
    private static void copyTile(float[] dOut, int at, Grid g, int tile, int channels, float[] room, int to) {
        Arrays.fill(room, to, to + OUTPUTS * OUTPUTS * L, 0);
        for (int i = 0; i < g.high(tile); i++) {
            for (int j = 0; j < g.wide(tile); j++) {
                System.arraycopy(dOut, at + (i * g.s.Wo() + j) * g.s.F(), room, to + (i * OUTPUTS + j) * L, channels);
            }
        }
    }

    /** dKernel += Gᵀ dU G, where dU is (n², depth, STRIPE) for each stripe of output channels, which fill their vectors. */
    private void transformKernelGrad(float[] dKernel, int dKernelAt, float[] dU, Grid g) {
        int n = g.n();
        int C = g.s.C();
        int F = g.columns();
        int K = g.depth();
        float[][][] GT = filters(g);
        Arrays.setAll(GT, cut -> WinogradLines.transpose(GT[cut]));
        parallel.forEach(K, (row, worker) -> {
            int c = row % C;
            int below = row / C / GT.length;
            int right = row / C % GT.length;
            float[] room = lines[worker].atLeast((MOST_TAPS * n + MOST_TAPS) * L);
            int half = MOST_TAPS * L;
            for (int f = 0; f < F; f += L) {
                int stripe = f / STRIPE * STRIPE;
                int width = Math.min(STRIPE, F - stripe);
                int at = n * n * K * stripe + row * width + f - stripe;
                for (int j = 0; j < n; j++) {
                    WinogradLines.matrix(GT[below], dU, at + j * K * width, n * K * width, room, half + j * L, n * L);
                }
                for (int a = 0; a < g.taps(below); a++) {
                    WinogradLines.matrix(GT[right], room, half + a * n * L, L, room, 0, L);
                    for (int b = 0; b < g.taps(right); b++) {
                        int tap = (below * OUTPUTS + a) * g.r + right * OUTPUTS + b;
                        int to = dKernelAt + (tap * C + c) * g.s.F() + f;
                        VectorElements.add(new At(dKernel, to), new At(room, b * L), Math.min(L, g.s.F() - f));
                    }
                }
            }
        });
    }
}
