package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A weight of a layer: its value, and its gradient if training changes it. */
public final class Parameter {
    private final String name;
    private final Tensor value;
    private final @Nullable Tensor gradient;
    private final Regularizer regularizer;
    private boolean frozen;

    Parameter(String name, Tensor value, @Nullable Tensor gradient, Regularizer regularizer) {
        this.name = name;
        this.value = value;
        this.gradient = gradient;
        this.regularizer = regularizer;
    }

    /** A kernel for an input without channels: no elements, and a gradient that takes none. */
    static Parameter empty(Backend K, String name, Shape shape) {
        Tensor nothing = new Tensor(shape, K.allocate(Shape.of(1)).buffer(), 0);
        return new Parameter(name, nothing, nothing, Regularizer.NONE);
    }

    /** Its name within the layer, as Keras has it: {@code kernel}, {@code recurrent_kernel}, {@code bias}, ... */
    public String name() {
        return name;
    }

    /** The weight itself; write to it to load other values. */
    public Tensor value() {
        return value;
    }

    /** Whether training changes it: not if frozen, nor if a statistic, such as BatchNorm's moving mean. */
    public boolean trainable() {
        return gradient != null && !frozen;
    }

    void trainable(boolean train) {
        frozen = !train;
    }

    /**
     * Where backward passes add up dLoss/dvalue.
     *
     * @throws IllegalStateException if it has none, being a statistic
     */
    public Tensor gradient() {
        if (gradient == null) {
            throw new IllegalStateException(
                    "parameter " + name + " is not trained and has no gradient. Hint: ask trainable()");
        }
        return gradient;
    }

    /** The penalty on this weight; {@link Regularizer#NONE} for most. */
    public Regularizer regularizer() {
        return regularizer;
    }

    /** Sets the gradient to zero; passes add to it. */
    public void zeroGradient(Backend K) {
        if (gradient != null) {
            K.fill(gradient, 0);
        }
    }

    @Override
    public String toString() {
        return name + value.shape();
    }
}
