package convlstm.layer;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;

/** Keras' {@code Reshape}: the same elements of each sample, a sequence too, under another shape; nothing moves. */
public sealed class Reshape extends Layer permits Flatten {
    private final int[] sizes;
    private Shape target = Shape.of();
    private Shape seen = Shape.of();

    /** A layer whose samples have the given shape; one size may be -1, and is computed from the others. */
    public Reshape(int... target) {
        sizes = target.clone();
        require(Arrays.stream(target).allMatch(d -> d > 0 || d == -1)
                && Arrays.stream(target).filter(d -> d == -1).count() < 2, "target", "sizes above 0 and at most one -1",
                Arrays.toString(target), "-1 stands for what is left");
    }

    /** The shape given to the input's samples. */
    Shape target(Shape input) {
        int left = input.size();
        for (int d : sizes) {
            left /= d > 0 ? d : 1;
        }
        int rest = left;
        return Shape.of(Arrays.stream(sizes).map(d -> d > 0 ? d : rest).toArray());
    }

    @Override
    protected Shape build(Shape input) {
        target = target(input);
        require(target.size() == input.size(), "target", input.size() + " elements as in " + input, target,
                "a reshape neither adds nor drops anything; for each step of a sequence wrap it in TimeDistributed");
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
