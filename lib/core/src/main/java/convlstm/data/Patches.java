package convlstm.data;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;

/**
 * Moves patches of pixels into channels and back: with patches of 4 a 64x64x1 frame is 16x16x16, the paper's input,
 * with sixteen times fewer places to convolve at.
 *
 * <p>{@code split(x)[.., i, j, (a p + b) C + c] = x[.., i p + a, j p + b, c]}
 */
public final class Patches {
    private Patches() {}

    /**
     * Pixels to channels.
     *
     * @param x {@code (.., H, W, C)}
     * @param p the height and width of a patch; divides H and W
     * @return {@code (.., H/p, W/p, p*p*C)}
     */
    public static HostArray split(HostArray x, int p) {
        requireImages(x, p);
        int H = x.dim(-3);
        int W = x.dim(-2);
        int C = x.dim(-1);
        require(H % p == 0 && W % p == 0, "p", "a patch that divides the height and width of " + x.shape(), p);
        Shape to = x.shape().with(-3, H / p).with(-2, W / p).with(-1, p * p * C);
        return new HostArray(to, move(x.values(), W, C, p, true));
    }

    /**
     * Channels to pixels, the inverse of {@link #split}.
     *
     * @param x {@code (.., H, W, p*p*C)}
     * @param p the height and width of a patch
     * @return {@code (.., H*p, W*p, C)}
     */
    public static HostArray merge(HostArray x, int p) {
        requireImages(x, p);
        int channels = x.dim(-1);
        require(channels % (p * p) == 0, "p",
                "a patch whose " + p + "x" + p + " pixels divide the channels of " + x.shape(), p);
        int H = x.dim(-3) * p;
        int W = x.dim(-2) * p;
        int C = channels / (p * p);
        Shape to = x.shape().with(-3, H).with(-2, W).with(-1, C);
        return new HostArray(to, move(x.values(), W, C, p, false));
    }

    private static void requireImages(HostArray x, int p) {
        require(x.shape().rank() >= 3, "x", "images (.., H, W, C)", "shape " + x.shape());
        require(p >= 1, "p", "a patch of 1 pixel or more", p);
    }

    /** W and C are those of the pixels. A row of a patch, p*C numbers, stays together. */
    private static float[] move(float[] from, int W, int C, int p, boolean split) {
        float[] to = new float[from.length];
        int run = p * C;
        int rows = from.length / Math.max(1, W * C);
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < W / p; j++) {
                int pixel = (row * W + j * p) * C;
                int patch = ((row / p * (W / p) + j) * p + row % p) * run;
                System.arraycopy(from, split ? pixel : patch, to, split ? patch : pixel, run);
            }
        }
        return to;
    }
}
