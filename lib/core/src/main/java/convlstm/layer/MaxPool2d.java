package convlstm.layer;

import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Keras' {@code MaxPooling2D}: the largest element under each window, {@code (H, W, C) -> (H', W', C)}. */
public final class MaxPool2d extends Layer {
    private final Window window;
    private @Nullable Tensor x;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** Square windows that do not overlap, padding VALID. */
    public MaxPool2d(int poolSize) {
        this(poolSize, poolSize, poolSize, poolSize, Padding.VALID);
    }

    /** Windows of the given size and steps. */
    public MaxPool2d(int poolHeight, int poolWidth, int strideH, int strideW, Padding padding) {
        window = new Window(poolHeight, poolWidth, strideH, strideW, 1, 1, padding);
    }

    @Override
    public boolean takesSequence() {
        return false;
    }

    @Override
    public String kind() {
        return "MaxPooling2D";
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() == 3, "inputShape", "(H, W, C), one image", input,
                "for a sequence of images wrap the layer: new TimeDistributed(new MaxPool2d(...))");
        return window.outputShape(input, input.dim(-1));
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 1);
        this.x = x;
        y = K.reuse(y, outputShape().prepend(x.dim(0)));
        K.maxPool2d(y, x, window);
        return y;
    }

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        if (!inputGradient()) {
            return null;
        }
        dx = K.reuse(dx, left(x).shape());
        K.maxPool2dGrad(dx, dy, left(x), window);
        return dx;
    }
}
