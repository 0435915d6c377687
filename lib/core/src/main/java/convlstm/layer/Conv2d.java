package convlstm.layer;

import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.tensor.Shape;

/**
 * Keras' {@code Conv2D}: {@code y = x ⋆ kernel + bias}, {@code (H, W, C) -> (H', W', filters)} with a kernel {@code (kh, kw,
 * C, filters)}. Wrap it in {@link TimeDistributed} for sequences.
 */
public final class Conv2d extends Linear<Conv2d> {
    private Window window;

    /** A layer with the given number of output channels and a square kernel. */
    public Conv2d(int filters, int kernelSize) {
        this(filters, kernelSize, kernelSize);
    }

    /** A layer with the given number of output channels and kernel height and width. */
    public Conv2d(int filters, int kernelHeight, int kernelWidth) {
        super("filters", filters);
        window = new Window(kernelHeight, kernelWidth, 1, 1, 1, 1, Padding.VALID);
    }

    /** What happens at the border; default VALID. */
    public Conv2d padding(Padding p) {
        window = window.withPadding(p);
        return self();
    }

    /** The steps between windows; default 1. */
    public Conv2d strides(int vertical, int horizontal) {
        window = window.withStrides(vertical, horizontal);
        return self();
    }

    /** The distance between the kernel's pixels on the image; default 1. */
    public Conv2d dilationRate(int vertical, int horizontal) {
        window = window.withDilation(vertical, horizontal);
        return self();
    }

    /** Whether strides meet as much padding before the image as behind it, once the layer is built. */
    public boolean padsEvenly() {
        Shape x = inputShape();
        Window w = window;
        return w.padding() == Padding.VALID || w.strideH() * w.strideW() == 1
                || even(x.dim(0), w.outH(x.dim(0)), w.height(), w.strideH())
                        && even(x.dim(1), w.outW(x.dim(1)), w.width(), w.strideW());
    }

    private static boolean even(int n, int out, int k, int stride) {
        return Math.max((out - 1) * stride + k - n, 0) % 2 == 0;
    }

    @Override
    public boolean takesSequence() {
        return false;
    }

    @Override
    public String kind() {
        return "Conv2D";
    }

    @Override
    Transform transform(Shape input) {
        require(input.rank() == 3, "inputShape", "(H, W, C), one image", input,
                "for a sequence of images wrap the layer: new TimeDistributed(new Conv2d(...))");
        return new Transform.Convolution(window);
    }
}
