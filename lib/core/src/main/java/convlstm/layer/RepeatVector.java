package convlstm.layer;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Keras' {@code RepeatVector}: a sequence of n times the same vector, {@code (D) -> (n, D)}. */
public final class RepeatVector extends Layer {
    private final int n;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** A layer that makes n time steps. */
    public RepeatVector(int n) {
        require(n > 0, "n", "1 or more", n, "it is the length of the sequence");
        this.n = n;
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() == 1, "inputShape", "(D), a vector", input,
                "returnSequences(false) on the layer before, or a Flatten between");
        return input.prepend(n);
    }

    @Override
    public boolean takesSequence() {
        return false;
    }

    @Override
    public boolean makesSequence() {
        return true;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 1);
        Tensor steps = y = K.reuse(y, x.shape().prepend(n));
        for (int t = 0; t < n; t++) {
            K.copy(steps.at(t), x);
        }
        return steps;
    }

    @Override
    public Tensor backward(Tensor dy) {
        Tensor sum = dx = K.reuse(dx, dy.at(0).shape());
        K.copy(sum, dy.at(0));
        for (int t = 1; t < n; t++) {
            K.addScaled(sum, dy.at(t), 1);
        }
        return sum;
    }
}
