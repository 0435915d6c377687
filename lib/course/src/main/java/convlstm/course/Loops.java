package convlstm.course;

/**
 * A convolution with stride 1 as plain loops in double, right or with a known mistake: what {@link ErrorExplainer}
 * compares with. Images are {@code [H][W][C]}, kernels {@code [kh][kw][C][F]}.
 *
 * @param same whether the output is as large as the input, or only where the kernel fits
 */
record Loops(boolean same, Slip slip) {
    /** Told of each pair of an output pixel and an input pixel that meet, and of the kernel's element between them. */
    private interface Tap {
        void at(double[] out, double[] in, double[][] kernel);
    }

    double[][][] forward(double[][][] x, double[][][][] kernel, double[] bias) {
        int F = bias.length;
        double[][][] y = image(x, kernel, F);
        if (!slip.is(Mistake.BIAS_MISSING)) {
            for (double[][] row : y) {
                for (double[] pixel : row) {
                    System.arraycopy(bias, 0, pixel, 0, F);
                }
            }
        }
        visit(y, x, kernel, (out, in, k) -> {
            for (int c = 0; c < in.length; c++) {
                for (int f = 0; f < F; f++) {
                    out[f] += in[c] * k[c][f];
                }
            }
        });
        return y;
    }

    /** Adds the gradient of the kernel. */
    void addKernelGradient(double[][][][] dKernel, double[][][] x, double[][][] dy) {
        visit(dy, x, dKernel, (out, in, k) -> {
            for (int c = 0; c < in.length; c++) {
                for (int f = 0; f < out.length; f++) {
                    k[c][f] += in[c] * out[f];
                }
            }
        });
    }

    /** Adds the gradient of the input. */
    void addInputGradient(double[][][] dx, double[][][] dy, double[][][][] kernel) {
        visit(dy, dx, kernel, (out, in, k) -> {
            for (int c = 0; c < in.length; c++) {
                for (int f = 0; f < out.length; f++) {
                    in[c] += out[f] * k[c][f];
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
                boolean counts = slip.is(Mistake.BIAS_GRADIENT_NOT_SUMMED, 0)
                        ? y == 0 && x == 0
                        : !slip.is(Mistake.BIAS_GRADIENT_NOT_SUMMED, 1) || y == H - 1 && x == W - 1;
                double share = slip.is(Mistake.BIAS_GRADIENT_NOT_SUMMED, 2) ? 1.0 / (H * W) : 1;
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

    private void visit(double[][][] out, double[][][] in, double[][][][] kernel, Tap tap) {
        int H = in.length;
        int W = in[0].length;
        int kh = kernel.length;
        int kw = kernel[0].length;
        int top = (same ? (kh - 1) / 2 : 0) + (slip.is(Mistake.PADDING_SHIFTED, 0, 2) ? 1 : 0)
                - (slip.is(Mistake.PADDING_SHIFTED, 1, 3) ? 1 : 0);
        int left = (same ? (kw - 1) / 2 : 0) + (slip.is(Mistake.PADDING_SHIFTED, 0) ? 1 : 0)
                - (slip.is(Mistake.PADDING_SHIFTED, 1) ? 1 : 0);
        for (int y = 0; y < out.length; y++) {
            for (int x = 0; x < out[0].length; x++) {
                for (int a = 0; a < kh; a++) {
                    for (int b = 0; b < kw; b++) {
                        int row = y + a - top;
                        int column = x + b - left;
                        if (slip.is(Mistake.GRID_FLATTENED, 0)) { // neighbours in the flat list
                            int at = row * W + column;
                            row = Math.floorDiv(at, W);
                            column = Math.floorMod(at, W);
                        } else if (slip.is(Mistake.GRID_FLATTENED, 1) && row >= 0 && column >= 0 && column < W) {
                            int at = row * H + column; // rows as long as the image is high
                            row = at / W;
                            column = at % W;
                        }
                        if (row >= 0 && row < H && column >= 0 && column < W) {
                            tap.at(out[y][x], in[row][column], element(kernel, a, b));
                        }
                    }
                }
            }
        }
    }

    private double[][] element(double[][][][] kernel, int a, int b) {
        if (slip.is(Mistake.KERNEL_FLIPPED)) {
            return kernel[kernel.length - 1 - a][kernel[0].length - 1 - b];
        }
        if (slip.is(Mistake.KERNEL_TRANSPOSED) && kernel.length == kernel[0].length) {
            return kernel[b][a];
        }
        return kernel[a][b];
    }
}
