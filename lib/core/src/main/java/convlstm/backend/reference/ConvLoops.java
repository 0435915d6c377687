package convlstm.backend.reference;

import convlstm.backend.Window;
import java.util.stream.IntStream;

/**
 * Matrix product, convolution and pooling as loops. Arrays are passed with the index of their first element, so that a
 * view of a larger array needs no copy. Work is spread over threads by whole output images or kernel rows only: no sum
 * is ever split, so the number of threads cannot change a bit.
 */
final class ConvLoops {
    private ConvLoops() {}

    /** out (N, U) += x (N, D) · w (D, U). */
    static void dot(float[] out, int outAt, float[] x, int xAt, float[] w, int wAt, int N, int D, int U) {
        parallel(N, n -> {
            for (int d = 0; d < D; d++) {
                float x_nd = x[xAt + n * D + d];
                for (int u = 0; u < U; u++) {
                    out[outAt + n * U + u] += x_nd * w[wAt + d * U + u];
                }
            }
        });
    }

    /** dx (N, D) += dOut (N, U) · wᵀ. */
    static void dotGradInput(float[] dx, int dxAt, float[] dOut, int dOutAt, float[] w, int wAt, int N, int D, int U) {
        parallel(N, n -> {
            for (int d = 0; d < D; d++) {
                float sum = 0;
                for (int u = 0; u < U; u++) {
                    sum += dOut[dOutAt + n * U + u] * w[wAt + d * U + u];
                }
                dx[dxAt + n * D + d] += sum;
            }
        });
    }

    /** dw (D, U) += xᵀ · dOut (N, U). */
    static void dotGradKernel(float[] dw, int dwAt, float[] x, int xAt, float[] dOut, int dOutAt, int N, int D, int U) {
        parallel(D, d -> {
            for (int n = 0; n < N; n++) {
                float x_nd = x[xAt + n * D + d];
                for (int u = 0; u < U; u++) {
                    dw[dwAt + d * U + u] += x_nd * dOut[dOutAt + n * U + u];
                }
            }
        });
    }

    /** What a convolution loop does with one pair of an input pixel and an output pixel that a kernel pixel connects. */
    @FunctionalInterface
    private interface Tap {
        /** The three arguments are the index of the first channel of the input pixel, output pixel and kernel pixel. */
        void at(int xAt, int outAt, int kernelAt);
    }

    /** Walks over every pair that kernel pixel (i, j) connects in image n; zeros outside the image are skipped. */
    private static void forEachPair(ConvSizes s, Window w, int n, int i, int j, Tap tap) {
        int top = w.padTop(s.H());
        int left = w.padLeft(s.W());
        for (int y = 0; y < s.Ho(); y++) {
            int iy = y * w.strideH() + i * w.dilationH() - top;
            if (iy < 0 || iy >= s.H()) {
                continue;
            }
            for (int x = 0; x < s.Wo(); x++) {
                int ix = x * w.strideW() + j * w.dilationW() - left;
                if (ix >= 0 && ix < s.W()) {
                    tap.at(s.x(n, iy, ix), s.out(n, y, x), (i * w.width() + j) * s.C() * s.F());
                }
            }
        }
    }

    /** out += x ⋆ kernel: each input pixel (C) times a kernel pixel's matrix (C, F) joins an output pixel (F). */
    static void conv2d(
            float[] out, int outAt, float[] x, int xAt, float[] kernel, int kernelAt, ConvSizes s, Window w) {
        parallel(s.N(), n -> forEachKernelPixel(w, (i, j) -> forEachPair(s, w, n, i, j, (xp, op, kp) -> {
            for (int c = 0; c < s.C(); c++) {
                float x_c = x[xAt + xp + c];
                for (int f = 0; f < s.F(); f++) {
                    out[outAt + op + f] += x_c * kernel[kernelAt + kp + c * s.F() + f];
                }
            }
        })));
    }

    /** dx += the transpose of conv2d: each output pixel's gradient (F) times the matrix transposed joins dx (C). */
    static void conv2dGradInput(
            float[] dx, int dxAt, float[] dOut, int dOutAt, float[] kernel, int kernelAt, ConvSizes s, Window w) {
        parallel(s.N(), n -> forEachKernelPixel(w, (i, j) -> forEachPair(s, w, n, i, j, (xp, op, kp) -> {
            for (int c = 0; c < s.C(); c++) {
                float sum = 0;
                for (int f = 0; f < s.F(); f++) {
                    sum += dOut[dOutAt + op + f] * kernel[kernelAt + kp + c * s.F() + f];
                }
                dx[dxAt + xp + c] += sum;
            }
        })));
    }

    /** dKernel[i, j] (C, F) += Σ x (C) outer dOut (F), over every pair the kernel pixel connects. */
    static void conv2dGradKernel(
            float[] dKernel, int dKernelAt, float[] x, int xAt, float[] dOut, int dOutAt, ConvSizes s, Window w) {
        parallel(w.height() * w.width(), ij -> {
            for (int n = 0; n < s.N(); n++) {
                forEachPair(s, w, n, ij / w.width(), ij % w.width(), (xp, op, kp) -> {
                    for (int c = 0; c < s.C(); c++) {
                        float x_c = x[xAt + xp + c];
                        for (int f = 0; f < s.F(); f++) {
                            dKernel[dKernelAt + kp + c * s.F() + f] += x_c * dOut[dOutAt + op + f];
                        }
                    }
                });
            }
        });
    }

    /** out = the largest element under each window. */
    static void maxPool2d(float[] out, int outAt, float[] x, int xAt, ConvSizes s, Window w) {
        forEachMaximum(x, xAt, s, w, (xp, op) -> out[outAt + op] = x[xAt + xp]);
    }

    /** dx += dOut, where the maximum was. */
    static void maxPool2dGrad(float[] dx, int dxAt, float[] dOut, int dOutAt, float[] x, int xAt, ConvSizes s,
            Window w) {
        forEachMaximum(x, xAt, s, w, (xp, op) -> dx[dxAt + xp] += dOut[dOutAt + op]);
    }

    /** What pooling does with one output element and the input element that is the first largest under its window. */
    @FunctionalInterface
    private interface Maximum {
        void at(int xAt, int outAt);
    }

    private static void forEachMaximum(float[] x, int xAt, ConvSizes s, Window w, Maximum body) {
        parallel(s.N(), n -> {
            for (int y = 0; y < s.Ho(); y++) {
                for (int xo = 0; xo < s.Wo(); xo++) {
                    for (int c = 0; c < s.C(); c++) {
                        body.at(maximum(x, xAt, s, w, n, y, xo, c), s.out(n, y, xo) + c);
                    }
                }
            }
        });
    }

    /** The index of the first largest element under window (y, xo) in channel c; a NaN wins, so that it passes through. */
    private static int maximum(float[] x, int xAt, ConvSizes s, Window w, int n, int y, int xo, int c) {
        int best = -1;
        for (int i = 0; i < w.height(); i++) {
            for (int j = 0; j < w.width(); j++) {
                int iy = y * w.strideH() + i * w.dilationH() - w.padTop(s.H());
                int ix = xo * w.strideW() + j * w.dilationW() - w.padLeft(s.W());
                if (iy >= 0 && iy < s.H() && ix >= 0 && ix < s.W()) {
                    int at = s.x(n, iy, ix) + c;
                    if (best < 0 || x[xAt + at] > x[xAt + best] || Float.isNaN(x[xAt + at])) {
                        best = at;
                    }
                }
            }
        }
        return best;
    }

    @FunctionalInterface
    private interface KernelPixel {
        void at(int i, int j);
    }

    private static void forEachKernelPixel(Window w, KernelPixel body) {
        for (int i = 0; i < w.height(); i++) {
            for (int j = 0; j < w.width(); j++) {
                body.at(i, j);
            }
        }
    }

    @FunctionalInterface
    private interface Body {
        void at(int index);
    }

    private static void parallel(int n, Body body) {
        IntStream.range(0, n).parallel().forEach(body::at);
    }
}
