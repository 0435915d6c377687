package convlstm.backend.reference;

import convlstm.tensor.Tensor;

/**
 * The sizes of one convolution or pooling: input (N, H, W, C), output (N, Ho, Wo, F).
 *
 * @param N images
 * @param H input rows
 * @param W input columns
 * @param C input channels
 * @param Ho output rows
 * @param Wo output columns
 * @param F output channels
 */
public record ConvSizes(int N, int H, int W, int C, int Ho, int Wo, int F) {
    /** The sizes of the convolution or pooling from x to out. */
    public static ConvSizes of(Tensor x, Tensor out) {
        int H = x.dim(-3);
        int W = x.dim(-2);
        int C = x.dim(-1);
        return new ConvSizes(x.size() / (H * W * C), H, W, C, out.dim(-3), out.dim(-2), out.dim(-1));
    }

    /** The index of the first channel of an input pixel. */
    int x(int n, int iy, int ix) {
        return ((n * H + iy) * W + ix) * C;
    }

    /** The index of the first channel of an output pixel. */
    int out(int n, int y, int x) {
        return ((n * Ho + y) * Wo + x) * F;
    }
}
