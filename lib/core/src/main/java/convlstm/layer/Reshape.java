package convlstm.layer;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;

/** Keras' {@code Reshape}: the same elements of each sample under another shape; nothing moves. */
public sealed class Reshape extends Layer permits Flatten {
    private Shape target;
    private Shape seen = Shape.of();

    /** A layer whose samples have the given shape. */
    public Reshape(int... target) {
        this.target = Shape.of(target);
    }

    /** The shape given to the input's samples. */
    Shape target(Shape input) {
        return target;
    }

    @Override
    protected Shape build(Shape input) {
        target = target(input);
        require(target.size() == input.size(), "target", input.size() + " elements as in " + input, target,
                "a reshape neither adds nor drops anything; for sequences wrap it in TimeDistributed");
        return target;
    }

    @Override
    public boolean takesSequence() {
        return false;
    }

    @Override
    public long activationElements() {
        return 0;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 1);
        seen = x.shape();
        return x.reshape(target.prepend(x.dim(0)));
    }

    @Override
    public Tensor backward(Tensor dy) {
        return dy.reshape(seen);
    }
}
