package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every wrong use is refused with the layer, the argument, what was expected, what came, and a hint. */
class LayerErrorsTest {
    private static final Backend K = Backends.byName("reference");

    private static void backwardFirst(Layer layer) {
        Shape sample = layer instanceof MaxPool2d ? Shape.of(4, 4, 1) : Shape.of(2);
        layer.build(K, sample, 0);
        layer.backward(K.allocate(sample.prepend(1)));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("units: expected 1 or more, got 0", () -> new Lstm(0)),
                mistake("filters: expected 1 or more, got -3", () -> new ConvLstm2d(-3, 3)),
                mistake("kernelSize: expected 1 or more, got 0 x 0", () -> new ConvLstm2d(3, 0)),
                mistake("strides, dilationRate", () -> new ConvLstm2d(3, 3).strides(2, 2).dilationRate(3, 3)),
                mistake("dropout: expected a fraction in [0, 1), got 1.0", () -> new Lstm(2).dropout(1)),
                mistake("recurrentDropout: expected a fraction", () -> new Lstm(2).recurrentDropout(-0.1)),
                mistake("rate: expected a fraction", () -> new Dropout(1.5)),
                mistake("l1, l2: expected finite factors", () -> new Regularizer(-1, 0)),
                mistake("momentum: expected a number in [0, 1]", () -> new BatchNorm(2, 1e-3)),
                mistake("epsilon: expected a number above 0", () -> new BatchNorm(0.9, 0)),
                mistake("inputShape: expected (T, D), a sequence of vectors, got (3, 8, 8, 1)",
                        () -> new Lstm(2).build(K, Shape.of(3, 8, 8, 1), 0)),
                mistake("inputShape: expected (T, H, W, C), a sequence of images, got (3, 8). Hint: a sequence of vectors",
                        () -> new ConvLstm2d(2, 3).build(K, Shape.of(3, 8), 0)),
                mistake("a sequence of images, got (28, 28, 1). Hint: one image (H, W, C) has no time axis T",
                        () -> new ConvLstm2d(2, 3).build(K, Shape.of(28, 28, 1), 0)),
                mistake("a sequence of images, got (10, 28, 28). Hint: a sequence (T, H, W) has no channels",
                        () -> new ConvLstm2d(2, 3).build(K, Shape.of(10, 28, 28), 0)),
                mistake("a sequence of images, got (4, 10, 28, 28, 1). Hint: the batch axis is not part of",
                        () -> new ConvLstm2d(2, 3).build(K, Shape.of(4, 10, 28, 28, 1), 0)),
                mistake("a sequence of images, got (28, 28, 1). Hint: one image (H, W, C) has no time axis T",
                        () -> new Hybrid(2, new Transform.FlatDot(), new Transform.FlatDot()).build(K,
                                Shape.of(28, 28, 1), 0)),
                mistake("inputShape: expected (H, W, C), one image, got (3, 8, 8, 1)",
                        () -> new Conv2d(2, 3).build(K, Shape.of(3, 8, 8, 1), 0)),
                mistake("kernelSize: the window spans 5 pixels of height but the input has only 4",
                        () -> new ConvLstm2d(2, 5).build(K, Shape.of(3, 4, 9, 1), 0)),
                mistake("target: expected 6 elements as in (2, 3), got (4)",
                        () -> new Reshape(4).build(K, Shape.of(2, 3), 0)),
                mistake("layer: expected a layer for one time step, got LSTM", () -> new TimeDistributed(new Lstm(2))),
                mistake("x: expected (T, B) and then (3), got (4, 2, 5)",
                        () -> built(new Lstm(2)).forward(K.allocate(Shape.of(4, 2, 5)), false)),
                mistake("dy: expected the shape of the last output", () -> {
                    Lstm lstm = built(new Lstm(2));
                    lstm.forward(K.allocate(Shape.of(4, 2, 3)), false);
                    lstm.backward(K.allocate(Shape.of(4, 2, 2)));
                }),
                mistake("options: expected to be set before build", () -> built(new Lstm(2)).returnSequences(true)),
                mistake("options: expected to be set before build",
                        () -> new ConvLstm2d(2, 3).<ConvLstm2d>build(K, Shape.of(3, 4, 4, 1), 0).padding(Padding.SAME)),
                mistake("options: expected to be set before build",
                        () -> new Conv2d(2, 3).<Conv2d>build(K, Shape.of(4, 4, 1), 0).padding(Padding.SAME)),
                mistake("options: expected to be set before build",
                        () -> new Dense(2).<Dense>build(K, Shape.of(4), 0).useBias(false)),
                mistake("options: expected to be set before build",
                        () -> new BatchNorm().<BatchNorm>build(K, Shape.of(4), 0).scale(false)),
                mistake("state: expected h and c", () -> new Recurrent.State(K.allocate(Shape.of(1, 2)), null)),
                mistake("initialState: expected (2, 2), got (1, 2)", () -> {
                    Lstm lstm = built(new Lstm(2));
                    Recurrent.State one = new Recurrent.State(K.allocate(Shape.of(1, 2)), K.allocate(Shape.of(1, 2)));
                    lstm.forward(K.allocate(Shape.of(4, 2, 3)), one, false);
                }),
                mistake("initialState: expected (2, 2), got (2, 3)", () -> {
                    Recurrent.State other = new Recurrent.State(K.allocate(Shape.of(2, 2)), K.allocate(Shape.of(2, 3)));
                    built(new Lstm(2)).forward(K.allocate(Shape.of(4, 2, 3)), other, false);
                }),
                mistake("dFinal: expected (2, 2), got (1, 2)", () -> {
                    Lstm lstm = built(new Lstm(2));
                    lstm.forward(K.allocate(Shape.of(4, 2, 3)), false);
                    lstm.backward(K.allocate(Shape.of(2, 2)),
                            new Recurrent.State(K.allocate(Shape.of(1, 2)), K.allocate(Shape.of(1, 2))));
                }),
                mistake("mask: expected (B, T)", () -> built(new Lstm(2)).mask(HostArray.zeros(3))),
                mistake("x: expected (T, B) of the mask, (4, 3), got (4, 2, 3)", () -> {
                    Lstm lstm = built(new Lstm(2));
                    lstm.mask(HostArray.zeros(3, 4));
                    lstm.forward(K.allocate(Shape.of(4, 2, 3)), false);
                }),
                mistake("layer: expected tanh, sigmoid, a bias and nothing else",
                        () -> new LstmCell(K, built(new Lstm(2).useBias(false)))),
                mistake("name: LSTM has [kernel(3, 8), recurrent_kernel(2, 8), bias(8)], not 'weights'",
                        () -> built(new Lstm(2)).parameter("weights")));
    }

    private static Lstm built(Lstm layer) {
        return layer.build(K, Shape.of(4, 3), 0);
    }

    private static Arguments mistake(String message, Executable code) {
        return Arguments.of(message, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void areNamed(String message, Executable code) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, code);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    static Stream<Arguments> tooEarly() {
        return Stream.of(
                mistake("LSTM: is not built", () -> new Lstm(2).inputShape()),
                mistake("ConvLSTM2D: is not built", () -> new ConvLstm2d(2, 3).padding(Padding.SAME).stateShape()),
                mistake("was built before", () -> built(built(new Lstm(2)))),
                mistake("has no gradient yet", () -> {
                    Lstm lstm = built(new Lstm(2));
                    lstm.forward(K.allocate(Shape.of(4, 2, 3)), false);
                    lstm.backward(K.allocate(Shape.of(2, 2)));
                    lstm.initialStateGradient(); // from zeros that were not given
                }),
                mistake("has no forward pass to look back on", () -> built(new Lstm(2)).finalState()),
                mistake("has no forward pass to look back on",
                        () -> built(new Lstm(2)).backward(K.allocate(Shape.of(2, 2)))),
                mistake("Dense: has no forward pass to look back on", () -> backwardFirst(new Dense(2))),
                mistake("Activation: has no forward pass to look back on",
                        () -> backwardFirst(new Activation(ActivationFunction.TANH))),
                mistake("BatchNormalization: has no forward pass to look back on",
                        () -> backwardFirst(new BatchNorm())),
                mistake("MaxPooling2D: has no forward pass to look back on", () -> backwardFirst(new MaxPool2d(1))),
                mistake("is not trained and has no gradient", () -> {
                    BatchNorm norm = new BatchNorm().build(K, Shape.of(3), 0);
                    norm.parameter("moving_mean").gradient();
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tooEarly")
    void callsAtTheWrongTimeAreNamed(String message, Executable code) {
        IllegalStateException e = assertThrows(IllegalStateException.class, code);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}
