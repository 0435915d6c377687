package convlstm.course;

import static convlstm.course.Mistake.*;

import java.util.Arrays;

/**
 * A convolution with stride 1 as plain loops in double, right or with a known mistake: what {@link ErrorExplainer}
 * compares with. Images are {@code [H][W][C]}, kernels {@code [kh][kw][C][F]}.
 *
 * @param same whether the output is as large as the input, or only where the kernel fits
 */
record Loops(boolean same, Slip slip) {
    /** Told of each pair of an output pixel and an input pixel that meet, and of the kernel's element between them. */
    interface Tap {
        void at(double[] out, double[] in, double[][] kernel);
    }

    double[][][] forward(double[][][] x, double[][][][] kernel, double[] bias) {
        int F = bias.length;
        double[][][] y = image(x, kernel, F);
        if (!slip.is(BIAS_MISSING) && !slip.is(BIAS_AT_EVERY_TAP, 0, 1)) {
            for (double[][] row : y) {
                for (double[] pixel : row) {
                    System.arraycopy(bias, 0, pixel, 0, F);
                }
            }
        }
        boolean replaces = slip.is(NOT_SUMMED);
        visit(y, x, kernel, (out, in, k) -> {
            for (int c = from(in.length); c < to(in.length); c++) {
                for (int f = 0; f < F; f++) {
                    out[f] = in[c] * k[c][f] + (replaces ? 0 : out[f])
                            + (slip.is(BIAS_AT_EVERY_TAP, 0) ? bias[f] : 0);
                }
            }
            for (int f = 0; slip.is(BIAS_AT_EVERY_TAP, 1) && f < F; f++) {
                out[f] += bias[f];
            }
        });
        int more = slip.is(BIAS_AT_EVERY_TAP, 2)
                ? kernel.length * kernel[0].length
                : slip.is(BIAS_AT_EVERY_TAP, 3) ? x[0][0].length : 1;
        for (double[][] row : y) {
            for (double[] pixel : row) {
                Arrays.setAll(pixel, f -> pixel[f] + (more - 1) * bias[f]);
            }
        }
        return y;
    }

    /** Of n channels or filters all are summed, or with a mistake the first or the last only. */
    private int from(int n) {
        return slip.is(SUM_TOO_SHORT, 1) ? n - 1 : 0;
    }

    private int to(int n) {
        return slip.is(SUM_TOO_SHORT, 0) ? 1 : n;
    }

    void addKernelGradient(double[][][][] dKernel, double[][][] x, double[][][] dy) {
        boolean replaces = slip.is(NOT_SUMMED);
        double share = slip.is(GRADIENT_AVERAGED) ? 1.0 / (dy.length * dy[0].length) : 1;
        visit(dy, x, dKernel, (out, in, k) -> {
            for (int c = 0; c < in.length; c++) {
                for (int f = 0; f < out.length; f++) {
                    k[c][f] = share * in[c] * out[f] + (replaces ? 0 : k[c][f]);
                }
            }
        });
    }

    void addInputGradient(double[][][] dx, double[][][] dy, double[][][][] kernel) {
        boolean replaces = slip.is(NOT_SUMMED);
        visit(dy, dx, kernel, (out, in, k) -> {
            for (int c = 0; c < in.length; c++) {
                for (int f = from(out.length); f < to(out.length); f++) {
                    in[c] = out[f] * k[c][f] + (replaces ? 0 : in[c]);
                }
            }
        });
    }

    /** Adds the gradient of the bias: the sum over all pixels. */
    void addBiasGradient(double[] dBias, double[][][] dy) {
        int H = dy.length;
        int W = dy[0].length;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                boolean counts = slip.is(BIAS_GRADIENT_NOT_SUMMED, 0)
                        ? y == 0 && x == 0
                        : !slip.is(BIAS_GRADIENT_NOT_SUMMED, 1) || y == H - 1 && x == W - 1;
                double share = slip.is(BIAS_GRADIENT_NOT_SUMMED, 2) ? 1.0 / (H * W) : 1;
                for (int f = 0; counts && f < dBias.length; f++) {
                    dBias[f] += share * dy[y][x][f];
                }
            }
        }
    }

    /** An image of zeros of the output's size. */
    private double[][][] image(double[][][] x, double[][][][] kernel, int F) {
        return new double[same ? x.length : x.length - kernel.length + 1][same
                ? x[0].length
                : x[0].length - kernel[0].length + 1][F];
    }

    /**
     * How many of k rows are above: one more or less with a mistake, none, always one, or rounded up; or as with "same"
     * where there is no padding.
     */
    private int shifted(int k, int oneMore, int alsoMore, int oneLess, int alsoLess) {
        if (!same) {
            return slip.is(PADDING_SHIFTED, 10) ? (k - 1) / 2 : 0;
        }
        if (slip.is(PADDING_SHIFTED, 4, 5, 6)) {
            return slip.form() == 6 ? k / 2 : slip.form() - 4;
        }
        return (k - 1) / 2 + (slip.is(PADDING_SHIFTED, oneMore, alsoMore) ? 1 : 0)
                - (slip.is(PADDING_SHIFTED, oneLess, alsoLess) ? 1 : 0);
    }

    void visit(double[][][] out, double[][][] in, double[][][][] kernel, Tap tap) {
        int H = in.length;
        int W = in[0].length;
        int kh = kernel.length;
        int kw = kernel[0].length;
        int top = shifted(slip.is(PADDING_SHIFTED, 8) ? kw : kh, 0, 2, 1, 3);
        int left = shifted(slip.is(PADDING_SHIFTED, 7) ? kh : kw, 0, 9, 1, 1);
        int sign = slip.is(BACKWARDS) ? -1 : 1;
        boolean backwards = slip.is(NOT_SUMMED, 1); // of products that replace each other the first is left
        int pixels = out.length * out[0].length;
        for (int k = 0; k < pixels; k++) {
            int y = (backwards ? pixels - 1 - k : k) / out[0].length;
            int x = (backwards ? pixels - 1 - k : k) % out[0].length;
            for (int a = 0; a < kh; a++) {
                for (int b = 0; b < kw; b++) {
                    int row = y + sign * (a - top);
                    int column = x + sign * (b - left);
                    if (slip.is(PADDING_NOT_ZERO)) {
                        row = inside(row, H);
                        column = inside(column, W);
                    } else if (slip.is(GRID_FLATTENED, 0)) { // neighbours in the flat list
                        int at = row * W + column;
                        row = Math.floorDiv(at, W);
                        column = Math.floorMod(at, W);
                    } else if (slip.is(GRID_FLATTENED, 1) && row >= 0 && column >= 0 && column < W) {
                        int at = row * H + column; // rows as long as the image is high
                        row = at / W;
                        column = at % W;
                    } else if (slip.is(GRID_FLATTENED, 2) && row >= 0 && row < H) {
                        int at = row * W + column; // the row is tested, the column is not
                        row = Math.floorDiv(at, W);
                        column = Math.floorMod(at, W);
                    }
                    int first = slip.is(BORDER_LEFT_OUT, 0, 2) ? 1 : 0;
                    int last = slip.is(BORDER_LEFT_OUT, 1, 2) ? 1 : 0;
                    boolean outside = row < first || row >= H - last || column < first || column >= W - last;
                    if (outside && slip.is(LOOP_LEFT)) {
                        break;
                    }
                    if (!outside) {
                        tap.at(out[y][x], in[row][column], element(kernel, a, b));
                    }
                }
            }
        }
    }

    /** What a mistake puts in the place of padding: the nearest pixel, one of the other side, or the mirrored one. */
    private int inside(int at, int n) {
        return switch (slip.form()) {
            case 0 -> Math.clamp(at, 0, n - 1);
            case 1 -> Math.floorMod(at, n);
            default -> Math.clamp(at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at, 0, n - 1);
        };
    }

    private double[][] element(double[][][][] kernel, int a, int b) {
        if (slip.is(KERNEL_FLIPPED) || slip.is(GRADIENT_TURNED)) {
            return kernel[kernel.length - 1 - a][kernel[0].length - 1 - b];
        }
        if (slip.is(KERNEL_TRANSPOSED) && kernel.length == kernel[0].length) {
            return kernel[b][a];
        }
        return kernel[a][b];
    }
}
