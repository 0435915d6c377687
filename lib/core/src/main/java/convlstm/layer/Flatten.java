package convlstm.layer;

import convlstm.tensor.Shape;

/** Keras' {@code Flatten}: {@code (H, W, C) -> (H·W·C)}. What was a neighbour is now just another index. */
public final class Flatten extends Reshape {
    @Override
    Shape target(Shape input) {
        return Shape.of(input.size());
    }
}
