package convlstm.backend.cuda;

import convlstm.backend.Window;
import convlstm.tensor.Tensor;

/**
 * The sizes of one convolution or pooling, in the order in which the kernels take them: images {@code (N, H, W, C)} to
 * {@code (N, Ho, Wo, F)} by a window of {@code kh x kw}, its strides and dilation, and the padding before the image.
 */
record ConvShape(int N, int H, int W, int C, int Ho, int Wo, int F, int kh, int kw, int sh, int sw, int dh, int dw,
        int top, int left) {

    static ConvShape of(Tensor x, Tensor out, Window w) {
        int H = x.dim(-3);
        int W = x.dim(-2);
        int C = x.dim(-1);
        ConvShape s = new ConvShape(x.size() / (H * W * C), H, W, C, out.dim(-3), out.dim(-2), out.dim(-1), w.height(),
                w.width(), w.strideH(), w.strideW(), w.dilationH(), w.dilationW(), w.padTop(H), w.padLeft(W));
        return s.isProduct() ? dot(s.outputs(), s.C, s.F) : s;
    }

    /** A matrix product (N, D) x (D, U): an image of one row with N pixels, and a window of one pixel. */
    static ConvShape dot(int N, int D, int U) {
        return new ConvShape(1, 1, N, D, 1, N, U, 1, 1, 1, 1, 1, 1, 0, 0);
    }

    /** The convolution from dOut to dx, with the kernel flipped, where the window stops at every pixel. */
    ConvShape back() {
        return new ConvShape(N, Ho, Wo, F, H, W, C, kh, kw, sh, sw, dh, dw, (kh - 1) * dh - top, (kw - 1) * dw - left);
    }

    /** A window of one pixel that stops at every pixel. */
    private boolean isProduct() {
        return kh == 1 && kw == 1 && sh == 1 && sw == 1;
    }

    /** The pixels of the window. */
    int taps() {
        return kh * kw;
    }

    /** The pixels of all outputs. */
    int outputs() {
        return N * Ho * Wo;
    }

    /** The input pixels (y + sh i, x + sw j) of all images. */
    int inputs(int y, int x) {
        return N * ((H - y + sh - 1) / sh) * ((W - x + sw - 1) / sw);
    }

    /** How many pixels of the window reach the input pixels (y + sh i, x + sw j). */
    int tapsThatReach(int y, int x) {
        return ((kh - (y + top) % sh + sh - 1) / sh) * ((kw - (x + left) % sw + sw - 1) / sw);
    }

    /** True if the kernels may fetch four channels at once from these addresses. */
    boolean inFours(long... addresses) {
        long all = C | F;
        for (long address : addresses) {
            all |= address / Float.BYTES;
        }
        return all % 4 == 0;
    }

    /** As the convolution kernels take them. */
    long[] arguments() {
        return new long[] {N, H, W, C, Ho, Wo, F, kh, kw, sh, sw, dh, dw, top, left};
    }

    /** As the pooling kernels take them: there are as many channels out as in. */
    long[] poolingArguments() {
        return new long[] {N, H, W, C, Ho, Wo, kh, kw, sh, sw, dh, dw, top, left};
    }
}
