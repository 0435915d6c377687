package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One layer: built once for an input shape, then run forward and backward.
 *
 * <p><b>Shapes.</b> {@link #inputShape()} and {@link #outputShape()} describe one sample, as Keras prints them without the
 * batch: {@code (T, H, W, C)} for a sequence of images. The tensors that flow have the batch axis B too. Sequences are
 * <em>time-major</em>, {@code (T, B, H, W, C)}, so that one time step is a view; everything else is {@code (B, ...)}.
 *
 * <p><b>Memory.</b> What {@code forward} and {@code backward} return is the layer's own and holds until its next call;
 * copy it with {@code K.toArray} to keep it. Buffers are reused from call to call.
 *
 * <p><b>Gradients.</b> {@code backward} follows the last {@code forward}, returns dLoss/dx and <em>adds</em> to the
 * gradients of the parameters.
 */
public abstract class Layer {
    /** The backend, under the name that Keras' code gives it; there once the layer is built. */
    protected Backend K;

    private final List<Parameter> parameters = new ArrayList<>();
    private @Nullable Shape inputShape;
    private @Nullable Shape outputShape;
    private ResumableRandom random = new ResumableRandom(0);
    private boolean inputGradient = true;
    private boolean trainable = true;

    /** The layer's kind, as Keras names it: {@code ConvLSTM2D}. */
    public String kind() {
        return getClass().getSimpleName();
    }

    /**
     * Makes the weights for inputs of the given shape.
     *
     * @param K the backend that computes
     * @param inputShape the shape of one sample
     * @param seed decides the initial weights and the dropout masks
     * @return this layer
     * @throws IllegalStateException if it was built before
     * @throws IllegalArgumentException if the layer cannot take such an input; the message says what it takes
     */
    @SuppressWarnings("unchecked")
    public final <L extends Layer> L build(Backend K, Shape inputShape, long seed) {
        if (this.inputShape != null) {
            throw new IllegalStateException(kind() + ": was built before, for input " + this.inputShape
                    + ". Hint: make a new layer; weights belong to one shape");
        }
        this.K = K;
        this.random = new ResumableRandom(seed);
        this.outputShape = build(inputShape);
        this.inputShape = inputShape;
        return (L) this;
    }

    /** Makes the weights with {@link #parameter} and returns the output's shape. */
    protected abstract Shape build(Shape inputShape);

    /** The output for a batch; {@code training} turns on dropout and batch statistics. */
    public abstract Tensor forward(Tensor x, boolean training);

    /**
     * The gradient of the loss with respect to the last input, from that with respect to the last output; null if
     * {@link #inputGradient} is off.
     */
    public abstract @Nullable Tensor backward(Tensor dy);

    /** Multiplications (each with its addition) in one forward pass of one sample; element-wise work is not counted. */
    public long multiplyAdds() {
        return 0;
    }

    /** Numbers that a training pass of one sample keeps for this layer: by default an output and its gradient. */
    public long activationElements() {
        return 2L * outputShape().size();
    }

    /** Whether samples must be sequences, as for layers that go through time step by step. */
    public boolean needsSequence() {
        return false;
    }

    /** Whether the layer can take sequences, whose batches are time-major; false if T would be mistaken for B. */
    public boolean takesSequence() {
        return true;
    }

    /** Whether the output for a sequence is a sequence. */
    public boolean keepsSequence() {
        return true;
    }

    /** Whether the output is a sequence although the input is not. */
    public boolean makesSequence() {
        return false;
    }

    /** Whether a mask of steps holds for its output as for its input: false where Keras drops it. */
    public boolean passesMask() {
        return takesSequence() && keepsSequence();
    }

    /**
     * Whether training changes its weights; default true. A frozen BatchNorm normalises by its moving statistics in
     * training too, as in Keras.
     */
    public Layer trainable(boolean train) {
        trainable = train;
        parameters().forEach(p -> p.trainable(train));
        return this;
    }

    /** See {@link #trainable(boolean)}. */
    public final boolean trainable() {
        return trainable;
    }

    /** The activation that the output comes from and that bounds its values; null if there is none. */
    public @Nullable ActivationFunction end() {
        return null;
    }

    /** The weights, in Keras' order. */
    public List<Parameter> parameters() {
        return Collections.unmodifiableList(parameters);
    }

    /** The weight of the given name. */
    public final Parameter parameter(String name) {
        return parameters().stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "name: " + kind() + " has " + parameters() + ", not '" + name + "'"));
    }

    /** The shape of one input sample. */
    public final Shape inputShape() {
        return built(inputShape);
    }

    /** The shape of one output sample. */
    public final Shape outputShape() {
        return built(outputShape);
    }

    /** Whether {@code backward} computes dx; the first layer of a model has no use for it. */
    public final void inputGradient(boolean wanted) {
        inputGradient = wanted;
    }

    /** See {@link #inputGradient(boolean)}. */
    protected final boolean inputGradient() {
        return inputGradient;
    }

    /** The state of its random numbers: saved with a checkpoint, so that a resumed training drops the same units. */
    public long randomState() {
        return random.state();
    }

    /** Restores what {@link #randomState()} gave. */
    public void randomState(long state) {
        random.state(state);
    }

    /** The layer's random numbers, for dropout masks. */
    protected final Random random() {
        return random;
    }

    /** What the last forward pass left for backward. */
    protected final <T> T left(@Nullable T left) {
        if (left == null) {
            throw new IllegalStateException(kind() + ": has no forward pass to look back on. Hint: call forward first");
        }
        return left;
    }

    private Shape built(@Nullable Shape shape) {
        if (shape == null) {
            throw new IllegalStateException(
                    kind() + ": is not built. Hint: call build(K, inputShape, seed), or put it into a model");
        }
        return shape;
    }

    /** Makes a trained weight. */
    protected final Parameter parameter(String name, Shape shape, Init init, Regularizer regularizer) {
        Tensor value = K.tensor(shape, () -> init.values(shape, random));
        return add(new Parameter(name, value, K.allocate(shape), regularizer));
    }

    /** Makes a weight that training carries along but does not change by its gradient. */
    protected final Parameter statistic(String name, Shape shape, Init init) {
        return add(new Parameter(name, K.tensor(shape, () -> init.values(shape, random)), null, Regularizer.NONE));
    }

    private Parameter add(Parameter p) {
        p.trainable(trainable);
        parameters.add(p);
        return p;
    }

    static @Nullable Tensor value(@Nullable Parameter p) {
        return p == null ? null : p.value();
    }

    static @Nullable Tensor gradient(@Nullable Parameter p) {
        return p == null ? null : p.gradient();
    }

    /** Refuses options of a layer that is built: they would come too late. */
    final void requireUnbuilt() {
        require(K == null, "options", "to be set before build", "a built layer", "set them where the layer is made");
    }

    /** Refuses an argument: names the layer and the argument, what was expected, what came, and a hint. */
    protected final void require(boolean ok, String argument, String expected, Object got, String hint) {
        if (!ok) {
            throw new IllegalArgumentException(
                    kind() + ": " + argument + ": expected " + expected + ", got " + got + ". Hint: " + hint);
        }
    }

    /** Refuses an input whose last axes are not those the layer was built for. */
    protected final void requireInput(Tensor x, int leadingAxes) {
        Shape sample = inputShape();
        Shape step = sample.drop(leadingAxes - 1);
        boolean ok = x.shape().rank() == step.rank() + leadingAxes && x.shape().endsWith(step);
        if (!ok) {
            require(false, "x", (leadingAxes == 2 ? "(T, B) and then " : "(B) and then ") + step, x.shape(),
                    leadingAxes == 2
                            ? "sequences are time-major inside layers; Sequential does the swap"
                            : "B is the batch");
        }
    }
}
