package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keras' {@code TimeDistributed}: the same layer, with the same weights, at every time step: {@code (T, ...) -> (T, ...)}.
 * Nothing passes from one step to the next. The layer sees a sequence as one large batch of T·B samples; only {@link BatchNorm}
 * would mix the steps then, so it normalises each step alone, as Keras does.
 */
public final class TimeDistributed extends Layer {
    private final Layer layer;

    /** Applies the given layer, not yet built, to every step. */
    public TimeDistributed(Layer layer) {
        this.layer = layer;
        require(!layer.needsSequence() && !layer.makesSequence(), "layer", "a layer for one time step", layer.kind(),
                "it walks through time itself, or makes time");
    }

    /** The layer applied at every step. */
    public Layer layer() {
        return layer;
    }

    @Override
    public @Nullable ActivationFunction end() {
        return layer.end();
    }

    @Override
    public String kind() {
        return "TimeDistributed(" + layer.kind() + ")";
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() >= 2, "inputShape", "(T, ...), a sequence", input,
                "use the layer without TimeDistributed");
        layer.build(K, input.drop(1), random().nextLong());
        return layer.outputShape().prepend(input.dim(0));
    }

    @Override
    public List<Parameter> parameters() {
        return layer.parameters();
    }

    @Override
    public Layer trainable(boolean train) {
        layer.trainable(train);
        return super.trainable(train);
    }

    @Override
    public long randomState() {
        return layer.randomState();
    }

    @Override
    public void randomState(long state) {
        layer.randomState(state);
    }

    @Override
    public long multiplyAdds() {
        return inputShape().dim(0) * layer.multiplyAdds();
    }

    @Override
    public long activationElements() {
        return inputShape().dim(0) * layer.activationElements();
    }

    @Override
    public boolean needsSequence() {
        return true;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 2);
        layer.inputGradient(inputGradient());
        Tensor steps = merge(x, layer.inputShape());
        Tensor y = layer instanceof BatchNorm norm
                ? norm.forward(steps, x.dim(0), training)
                : layer.forward(steps, training);
        return y.reshape(layer.outputShape().prepend(x.dim(1)).prepend(x.dim(0)));
    }

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        Tensor dx = layer.backward(merge(dy, layer.outputShape()));
        return dx == null ? null : dx.reshape(layer.inputShape().prepend(dy.dim(1)).prepend(dy.dim(0)));
    }

    /** (T, B, ...) as (T·B, ...). */
    private static Tensor merge(Tensor x, Shape sample) {
        return x.reshape(sample.prepend(x.dim(0) * x.dim(1)));
    }
}
