package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.check.GradientCheck;
import convlstm.layer.Recurrent.Peephole;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layer, over its options: backward against central differences of forward. */
class LayerGradientTest {
    private static final Backend K = Backends.byName("reference");

    static Stream<Arguments> layers() {
        Shape vectors = Shape.of(4, 3);
        Shape images = Shape.of(3, 5, 4, 2);
        Shape image = Shape.of(5, 4, 2);
        return Stream.of(
                arguments("LSTM, last output", vectors, () -> new Lstm(5)),
                arguments("LSTM, sequences", vectors, () -> new Lstm(5).returnSequences(true)),
                arguments("LSTM, backwards", vectors, () -> new Lstm(5).returnSequences(true).goBackwards(true)),
                arguments("LSTM, no bias", vectors, () -> new Lstm(5).useBias(false)),
                arguments("LSTM, peepholes", vectors, () -> new Lstm(5).peephole(Peephole.PER_CHANNEL)),
                arguments("LSTM, hard sigmoid", vectors,
                        () -> new Lstm(5).recurrentActivation(ActivationFunction.HARD_SIGMOID_KERAS2)),
                arguments("LSTM, penalties do not enter", vectors, () -> new Lstm(5)
                        .regularizers(new Regularizer(1, 1), Regularizer.NONE, Regularizer.NONE)),
                arguments("ConvLSTM2D, valid", images, () -> new ConvLstm2d(3, 3)),
                arguments("ConvLSTM2D, same, sequences", images,
                        () -> new ConvLstm2d(3, 3).padding(Padding.SAME).returnSequences(true)),
                arguments("ConvLSTM2D, 2x3 kernel", images, () -> new ConvLstm2d(3, 2, 3).returnSequences(true)),
                arguments("ConvLSTM2D, strides", images,
                        () -> new ConvLstm2d(3, 3).strides(2, 1).padding(Padding.SAME).returnSequences(true)),
                arguments("ConvLSTM2D, dilation", images,
                        () -> new ConvLstm2d(3, 2).dilationRate(2, 1).returnSequences(true)),
                arguments("ConvLSTM2D, 3x3 and 1x1 recurrent", images,
                        () -> new ConvLstm2d(3, 3).recurrentKernelSize(1, 1).padding(Padding.SAME)),
                arguments("ConvLSTM2D, peepholes per channel", images, () -> new ConvLstm2d(3, 3)
                        .peephole(Peephole.PER_CHANNEL).padding(Padding.SAME).returnSequences(true)),
                arguments("ConvLSTM2D, peepholes per pixel", images,
                        () -> new ConvLstm2d(3, 3).peephole(Peephole.PER_PIXEL).returnSequences(true)),
                arguments("ConvLSTM2D, backwards", images, () -> new ConvLstm2d(3, 3).goBackwards(true)),
                arguments("ConvLSTM2D, no input", Shape.of(3, 5, 4, 0),
                        () -> new ConvLstm2d(3, 3).padding(Padding.SAME).returnSequences(true)),
                arguments("Dense", Shape.of(6), () -> new Dense(4)),
                arguments("Dense on images, sigmoid", image, () -> new Dense(4).activation(ActivationFunction.SIGMOID)),
                arguments("Conv2D", image, () -> new Conv2d(3, 3)),
                arguments("Conv2D, same, strides, tanh", image,
                        () -> new Conv2d(3, 3, 2).padding(Padding.SAME).strides(2, 1)
                                .activation(ActivationFunction.TANH)),
                arguments("MaxPooling2D", image, () -> new MaxPool2d(2)),
                arguments("MaxPooling2D, overlapping, same", image, () -> new MaxPool2d(3, 2, 2, 1, Padding.SAME)),
                arguments("BatchNormalization", image, () -> new BatchNorm()),
                arguments("TimeDistributed(BatchNormalization)", images, () -> new TimeDistributed(new BatchNorm())),
                arguments("TimeDistributed(Conv2D)", images, () -> new TimeDistributed(new Conv2d(3, 3))),
                arguments("TimeDistributed(Flatten)", images, () -> new TimeDistributed(new Flatten())),
                arguments("Reshape", image, () -> new Reshape(4, 10)),
                arguments("Activation", image, () -> new Activation(ActivationFunction.TANH)));
    }

    private static Arguments arguments(String name, Shape shape, Supplier<Layer> layer) {
        return Arguments.of(name, shape, layer);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void backwardEqualsCentralDifferences(String name, Shape sample, Supplier<Layer> make) {
        Layer layer = make.get().build(K, sample, 7);
        for (Parameter p : layer.parameters()) {
            if (p.name().equals("peephole") || p.name().equals("bias")) { // start at zero, where mistakes hide
                K.write(p.value(), random(p.value().size(), 5));
            }
        }
        int B = 3;
        Shape batch = layer.needsSequence() ? sample.drop(1).prepend(B).prepend(sample.dim(0)) : sample.prepend(B);
        Tensor x = batch.size() > 0
                ? K.tensor(batch, random(batch.size(), 6))
                : new Tensor(batch, K.allocate(Shape.of(1)).buffer(), 0);
        List<GradientCheck.Result> results = GradientCheck.layer(K, layer, x, true);
        long expected = layer.parameters().stream().filter(Parameter::trainable).count() + (x.size() > 0 ? 1 : 0);
        assertTrue(results.size() == expected, name + ": checked " + results);
        for (GradientCheck.Result r : results) {
            assertTrue(r.relativeError() < 1e-3, name + ": " + r);
        }
    }

    @ParameterizedTest(name = "masked, zero output {0}")
    @MethodSource("trueFalse")
    void maskedGradients(boolean zeroOutput) {
        Lstm lstm = new Lstm(4).returnSequences(true).zeroOutputForMask(zeroOutput).build(K, Shape.of(4, 3), 1);
        lstm.mask(new HostArray(Shape.of(2, 4), new float[] {0, 1, 0, 1, 1, 1, 0, 0}));
        lstm.initialState(K.tensor(Shape.of(2, 4), random(8, 3)), K.tensor(Shape.of(2, 4), random(8, 4)));
        for (GradientCheck.Result r : GradientCheck.layer(K, lstm, K.tensor(Shape.of(4, 2, 3), random(24, 2)), true)) {
            assertTrue(r.relativeError() < 1e-3, r.toString());
        }
    }

    static Stream<Boolean> trueFalse() {
        return Stream.of(true, false);
    }

    @ParameterizedTest(name = "fixed dropout masks, {0}")
    @MethodSource("dropped")
    void dropoutGradients(String name, Shape sample, Supplier<Recurrent<?>> make) {
        Recurrent<?> layer = make.get().build(K, sample, 1);
        int B = 2;
        Shape input = sample.drop(1).prepend(B);
        Shape state = layer.stateShape().prepend(B);
        layer.fixDropoutMasks(mask(input.prepend(4)), mask(state.prepend(4)));
        Shape batch = input.prepend(sample.dim(0));
        for (GradientCheck.Result r : GradientCheck.layer(K, layer, K.tensor(batch, random(batch.size(), 2)), true)) {
            assertTrue(r.relativeError() < 1e-3, name + ": " + r);
        }
    }

    static Stream<Arguments> dropped() {
        return Stream.of(
                Arguments.of("LSTM dropout", Shape.of(3, 4), (Supplier<Layer>) () -> new Lstm(3).dropout(0.5)),
                Arguments.of("LSTM both", Shape.of(3, 4),
                        (Supplier<Layer>) () -> new Lstm(3).dropout(0.5).recurrentDropout(0.5)),
                Arguments.of("ConvLSTM2D both", Shape.of(3, 4, 5, 2),
                        (Supplier<Layer>) () -> new ConvLstm2d(3, 3).dropout(0.5).recurrentDropout(0.5)));
    }

    private static HostArray mask(Shape shape) {
        return new HostArray(shape, Dropout.mask(shape.size(), 0.5f, new Random(9)));
    }

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int k = 0; k < n; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return values;
    }
}
