package convlstm.backend;

import convlstm.tensor.Shape;

/**
 * The geometry of a sliding window over an image, for convolution and pooling: the window's size in pixels, the step
 * between two windows, the spacing of the pixels inside one, and what happens at the border.
 *
 * <p>The output size and the position of the padding are TensorFlow's and Keras': with {@code n} input pixels,
 * {@code k} window pixels, stride {@code s} and dilation {@code d}, VALID gives {@code (n - d(k-1) - 1) / s + 1} and
 * SAME gives {@code ceil(n / s)} windows; SAME pads {@code max((out-1)s + d(k-1) + 1 - n, 0)} zeros in all, the smaller
 * half of them before the first pixel.
 *
 * @param height window height kh
 * @param width window width kw
 * @param strideH vertical step between windows
 * @param strideW horizontal step between windows
 * @param dilationH vertical distance between neighbouring pixels of one window
 * @param dilationW horizontal distance between neighbouring pixels of one window
 * @param padding what happens at the border
 */
public record Window(int height, int width, int strideH, int strideW, int dilationH, int dilationW, Padding padding) {
    /** Refuses sizes below one, and strides together with dilation, as Keras does. */
    public Window {
        atLeastOne("height", height);
        atLeastOne("width", width);
        atLeastOne("strideH", strideH);
        atLeastOne("strideW", strideW);
        atLeastOne("dilationH", dilationH);
        atLeastOne("dilationW", dilationW);
        if ((strideH > 1 || strideW > 1) && (dilationH > 1 || dilationW > 1)) {
            throw new IllegalArgumentException(
                    "strides, dilationRate: expected at most one of them above 1, got strides ("
                            + strideH + ", " + strideW + ") and dilationRate (" + dilationH + ", " + dilationW
                            + "). Hint: Keras refuses the pair too; stack two layers instead");
        }
    }

    /** A dense window of stride 1 that keeps the image size: the window of {@code recurrent_conv}. */
    public static Window same(int height, int width) {
        return new Window(height, width, 1, 1, 1, 1, Padding.SAME);
    }

    /** The same with another padding. */
    public Window withPadding(Padding other) {
        return new Window(height, width, strideH, strideW, dilationH, dilationW, other);
    }

    /** The same with other strides. */
    public Window withStrides(int vertical, int horizontal) {
        return new Window(height, width, vertical, horizontal, dilationH, dilationW, padding);
    }

    /** The same with another dilation. */
    public Window withDilation(int vertical, int horizontal) {
        return new Window(height, width, strideH, strideW, vertical, horizontal, padding);
    }

    /** The number of windows that fit an image of height H. */
    public int outH(int H) {
        return out("height", H, height, strideH, dilationH);
    }

    /** The number of windows that fit an image of width W. */
    public int outW(int W) {
        return out("width", W, width, strideW, dilationW);
    }

    /** The rows of zeros above the image. */
    public int padTop(int H) {
        return before(H, outH(H), height, strideH, dilationH);
    }

    /** The columns of zeros left of the image. */
    public int padLeft(int W) {
        return before(W, outW(W), width, strideW, dilationW);
    }

    /** The output shape {@code (..., H', W', channels)} for an input shape {@code (..., H, W, C)}. */
    public Shape outputShape(Shape input, int channels) {
        return input.with(-3, outH(input.dim(-3))).with(-2, outW(input.dim(-2))).with(-1, channels);
    }

    private int out(String axis, int n, int k, int s, int d) {
        if (padding == Padding.SAME) {
            return Math.ceilDiv(n, s);
        }
        int span = d * (k - 1) + 1;
        if (n < span) {
            throw new IllegalArgumentException("kernelSize: the window spans " + span + " pixels of " + axis
                    + " but the input has only " + n + ". Hint: use padding SAME or a smaller kernel");
        }
        return (n - span) / s + 1;
    }

    private int before(int n, int out, int k, int s, int d) {
        return padding == Padding.VALID ? 0 : Math.max((out - 1) * s + d * (k - 1) + 1 - n, 0) / 2;
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": expected 1 or more, got " + value);
        }
    }
}
