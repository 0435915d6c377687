package convlstm.layer;

import convlstm.tensor.Shape;

/**
 * Keras' {@code Dense}: {@code y = x · kernel + bias} on the last axis, {@code (..., D) -> (..., units)}. Sequences and
 * images pass through row by row.
 */
public final class Dense extends Linear<Dense> {
    /** A layer with the given number of outputs for each row. */
    public Dense(int units) {
        super("units", units);
    }

    @Override
    Transform transform(Shape input) {
        require(input.rank() >= 1, "inputShape", "(..., D)", input, "the last axis is what is multiplied");
        return new Transform.Dot();
    }
}
