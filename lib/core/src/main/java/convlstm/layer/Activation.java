package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Keras' {@code Activation}: {@code y = f(x)}, element by element. */
public final class Activation extends Layer {
    private final ActivationFunction f;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** A layer that applies the given function. */
    public Activation(ActivationFunction f) {
        this.f = f;
    }

    @Override
    public ActivationFunction end() {
        return f;
    }

    @Override
    protected Shape build(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        y = K.reuse(y, x.shape());
        K.activate(y, x, f);
        return y;
    }

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        dx = K.reuse(dx, dy.shape());
        K.activateGrad(dx, left(y), dy, f);
        return dx;
    }
}
