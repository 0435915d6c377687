package convlstm.model;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Recurrent;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The paper's model (Shi et al. 2015, section 3.2) but for the forecaster's order: an <em>encoder</em> reads the frames
 * seen, and a <em>forecaster</em> goes on from its states.
 *
 * <pre>
 * frames seen (T, H, W, C)                         forecast (T', H, W, C)
 *     |                                                ^  1x1 convolution over the states of every forecaster layer
 * encoder layer 1    -- h, c after the last step -->  forecaster layer n
 *     |                                                ^
 * encoder layer n    -- h, c after the last step -->  forecaster layer 1, without input
 * </pre>
 *
 * <p>The forecaster's layers come in reversed order, the deepest state first, as in Shi et al. 2017 (section 3); the 2015
 * paper does not reverse them, and its models have as many weights either way. The forecaster's first layer has no
 * input: all it knows is the state. No forecast frame is fed back, so errors do not feed on themselves, and no true frame
 * is fed in either.
 *
 * <p>The output is the last convolution's sum: logits. Sigmoid makes pixels of it; {@link Loss#crossEntropyPerSequence}
 * takes it as it is. Tensors are time-major, {@code (T, B, ...)} in and {@code (T', B, ...)} out.
 */
public final class EncoderForecaster implements Model {
    /** Which of the forecaster's layers the output is computed from. */
    public enum Readout {
        /** All of them, side by side: the paper's ConvLSTM. */
        ALL_LAYERS,
        /** The last one: what the parameter count of the paper's FC-LSTM implies. */
        LAST_LAYER
    }

    private final Backend K;
    private final Shape inputShape;
    private final int steps;
    private final List<Recurrent<?>> encoder = new ArrayList<>();
    private final List<Recurrent<?>> forecaster = new ArrayList<>();
    private final List<Recurrent<?>> read;
    private final Layer output;
    private final Pass pass = new Pass();

    private @Nullable Tensor states; // what the output is computed from, (T', B, ..., channels of all layers read)
    private @Nullable Tensor dLayer;
    private @Nullable Tensor noGradient;

    /**
     * Builds both halves.
     *
     * @param inputShape the frames seen: {@code (T, H, W, C)} for ConvLSTM2D, {@code (T, D)} for LSTM
     * @param steps T', the frames to forecast
     * @param seed decides all initial weights
     * @param readout which states the output sees
     * @param layers make the encoder's layers, from the input on; each is called twice, once for the encoder and once
     *     for the forecaster
     * @throws IllegalArgumentException if the layers cannot be joined; the message says why
     */
    public EncoderForecaster(Backend K, Shape inputShape, int steps, long seed, Readout readout,
            List<? extends Supplier<? extends Recurrent<?>>> layers) {
        require(!layers.isEmpty(), "layers", "one or more", "none");
        require(steps >= 1, "steps", "1 frame or more to forecast", steps);
        this.K = K;
        this.inputShape = inputShape;
        this.steps = steps;
        Random seeds = new Random(seed);

        Shape shape = inputShape;
        for (Supplier<? extends Recurrent<?>> make : layers) {
            encoder.add(build(make, shape, seeds.nextLong()));
            shape = encoder.getLast().outputShape();
        }
        shape = shape.with(0, steps).with(-1, 0); // no input: no channels
        for (int k = layers.size() - 1; k >= 0; k--) {
            Recurrent<?> layer = build(layers.get(k), shape, seeds.nextLong());
            requireSameState(encoder.get(k), layer);
            forecaster.add(layer);
            shape = layer.outputShape();
        }
        encoder.getFirst().inputGradient(false);

        read = readout == Readout.ALL_LAYERS ? forecaster : List.of(forecaster.getLast());
        int channels = read.stream().mapToInt(layer -> layer.outputShape().dim(-1)).sum();
        output = new Dense(inputShape.dim(-1)); // on the last axis: for images, the 1x1 convolution
        output.build(K, shape.with(-1, channels), seeds.nextLong());
    }

    private Recurrent<?> build(Supplier<? extends Recurrent<?>> make, Shape input, long seed) {
        return make.get().returnSequences(true).build(K, input, seed);
    }

    private static void requireSameState(Recurrent<?> from, Recurrent<?> to) {
        if (!from.stateShape().equals(to.stateShape())) {
            throw new IllegalArgumentException(
                    "layers: the forecaster's " + to.kind() + " has a state " + to.stateShape()
                            + " and cannot take over the encoder's " + from.stateShape()
                            + ". Hint: padding(Padding.SAME) and strides of 1 keep all states on one grid");
        }
    }

    @Override
    public Backend backend() {
        return K;
    }

    /** The encoder's layers, the forecaster's, and the output's. */
    @Override
    public List<Layer> layers() {
        return Stream.of(encoder, forecaster, List.of(output)).<Layer>flatMap(List::stream).toList();
    }

    /** The encoder's layers, from the input on. */
    public List<Recurrent<?>> encoder() {
        return List.copyOf(encoder);
    }

    /** The forecaster's layers, from the one without input on: layer k goes on from encoder layer n - 1 - k. */
    public List<Recurrent<?>> forecaster() {
        return List.copyOf(forecaster);
    }

    @Override
    public Shape inputShape() {
        return inputShape;
    }

    @Override
    public Shape outputShape() {
        return output.outputShape();
    }

    @Override
    public boolean sequenceIn() {
        return true;
    }

    @Override
    public boolean sequenceOut() {
        return true;
    }

    @Override
    public Pass pass() {
        return pass;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        if (x.dim(0) != inputShape.dim(0)) {
            throw new IllegalArgumentException("x: expected " + inputShape.dim(0) + " frames, got " + x.dim(0) + " in "
                    + x.shape() + ". Hint: build the model for the frames it is to see; tensors are time-major");
        }
        Tensor y = x;
        for (Recurrent<?> layer : encoder) {
            y = pass.forward(layer, y, training);
        }

        int B = x.dim(1);
        Shape nothing = forecaster.getFirst().inputShape().drop(1); // no channels
        y = new Tensor(nothing.prepend(B).prepend(steps), x.buffer(), 0);
        states = K.reuse(states, output.inputShape().drop(1).prepend(B).prepend(steps));
        int at = 0;
        for (int k = 0; k < forecaster.size(); k++) {
            Recurrent<?> layer = forecaster.get(k);
            Recurrent<?> from = encoder.get(encoder.size() - 1 - k);
            Tensor input = y;
            y = pass.forward(layer, () -> layer.forward(input, from.finalState(), training));
            if (read.contains(layer)) {
                K.copyChannels(states, at, y, 0, y.dim(-1), Write.SET);
                at += y.dim(-1);
            }
        }
        return pass.forward(output, states, training);
    }

    @Override
    public void backward(Tensor dy) {
        Tensor dStates = pass.backward(output, dy);
        if (dStates == null) {
            throw new IllegalStateException("output: has no gradient for its input. Hint: leave inputGradient on");
        }
        int B = dy.dim(1);
        int at = dStates.dim(-1);
        @Nullable
        Tensor dNext = null; // what reaches a layer's output from the layer after it
        for (Recurrent<?> layer : forecaster.reversed()) {
            Shape step = layer.outputShape().drop(1);
            dLayer = K.reuse(dLayer, step.prepend(B).prepend(steps));
            if (read.contains(layer)) {
                at -= step.dim(-1);
                K.copyChannels(dLayer, 0, dStates, at, step.dim(-1), Write.SET);
            } else {
                K.fill(dLayer, 0);
            }
            if (dNext != null) {
                K.addScaled(dLayer, dNext, 1);
            }
            dNext = pass.backward(layer, dLayer);
        }

        Shape last = encoder.getLast().outputShape();
        noGradient = K.reuse(noGradient, last.drop(1).prepend(B).prepend(last.dim(0)));
        K.fill(noGradient, 0);
        @Nullable
        Tensor d = noGradient; // only its state left the encoder's last layer, no output
        for (int k = encoder.size() - 1; k >= 0 && d != null; k--) {
            Recurrent<?> to = forecaster.get(encoder.size() - 1 - k);
            Recurrent<?> layer = encoder.get(k);
            Tensor dOutputs = d;
            d = pass.backward(layer, () -> layer.backward(dOutputs, to.initialStateGradient()));
        }
    }
}
