package convlstm.layer;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Keras' {@code Rescaling}: {@code y = scale · x + offset}; {@code new Rescaling(1 / 255.0, 0)} for bytes. */
public final class Rescaling extends Layer {
    private final float scale;
    private final float offset;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** A layer with the given constants. */
    public Rescaling(double scale, double offset) {
        this.scale = (float) scale;
        this.offset = (float) offset;
        require(Float.isFinite(this.scale) && Float.isFinite(this.offset), "scale, offset", "finite numbers",
                scale + ", " + offset, "1 / 255.0 and 0 bring bytes into [0, 1]");
    }

    @Override
    protected Shape build(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        y = K.reuse(y, x.shape());
        K.fill(y, offset);
        K.addScaled(y, x, scale);
        return y;
    }

    @Override
    public Tensor backward(Tensor dy) {
        dx = K.reuse(dx, dy.shape());
        K.fill(dx, 0);
        K.addScaled(dx, dy, scale);
        return dx;
    }
}
