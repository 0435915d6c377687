package convlstm.layer;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Keras' {@code GlobalAveragePooling2D}: the mean of each channel over the image, {@code (H, W, C) -> (C)}. */
public final class GlobalAveragePool2d extends Layer {
    private final boolean keepDims;
    private @Nullable Tensor sums;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;
    private @Nullable Tensor scaled;

    /** A layer whose samples are vectors. */
    public GlobalAveragePool2d() {
        this(false);
    }

    /** A layer whose samples are vectors, or with {@code keepDims} images of one pixel, {@code (1, 1, C)}. */
    public GlobalAveragePool2d(boolean keepDims) {
        this.keepDims = keepDims;
    }

    @Override
    public String kind() {
        return "GlobalAveragePooling2D";
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() == 3, "inputShape", "(H, W, C), one image", input,
                "for a sequence of images wrap the layer: new TimeDistributed(new GlobalAveragePool2d())");
        return keepDims ? input.with(0, 1).with(1, 1) : input.drop(2);
    }

    @Override
    public boolean takesSequence() {
        return false;
    }

    private float share() {
        return 1f / (inputShape().dim(0) * inputShape().dim(1));
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 1);
        Tensor sum = sums = K.reuse(sums, Shape.of(x.dim(0), x.dim(-1)));
        y = K.reuse(y, sum.shape());
        K.fill(sum, 0);
        for (int b = 0; b < x.dim(0); b++) {
            K.sumRows(sum.at(b), x.at(b));
        }
        K.fill(y, 0);
        K.addScaled(y, sum, share());
        return y.reshape(outputShape().prepend(x.dim(0)));
    }

    @Override
    public Tensor backward(Tensor dy) {
        int B = dy.dim(0);
        Tensor each = scaled = K.reuse(scaled, Shape.of(B, dy.dim(-1)));
        dx = K.reuse(dx, inputShape().prepend(B));
        K.fill(each, 0);
        K.addScaled(each, dy.reshape(each.shape()), share());
        for (int b = 0; b < B; b++) {
            K.copy(dx.at(b), each.at(b)); // to every pixel
        }
        return dx;
    }
}
