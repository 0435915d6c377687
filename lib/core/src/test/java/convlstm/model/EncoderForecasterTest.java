package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.check.GradientCheck;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.layer.Recurrent.Peephole;
import convlstm.model.EncoderForecaster.Readout;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EncoderForecasterTest {
    private static final Backend K = Backends.byName("reference");

    private static Supplier<Recurrent<?>> conv(int filters) {
        return () -> new ConvLstm2d(filters, 3).padding(Padding.SAME).peephole(Peephole.PER_CHANNEL);
    }

    private static Supplier<Recurrent<?>> dense(int units) {
        return () -> new Lstm(units).peephole(Peephole.PER_CHANNEL);
    }

    @ParameterizedTest
    @EnumSource
    void convolutionalGradientsEqualCentralDifferences(Readout readout) {
        check(new EncoderForecaster(K, Shape.of(2, 3, 2, 2), 2, 5, readout, List.of(conv(3), conv(1), conv(2))));
    }

    @ParameterizedTest
    @EnumSource
    void denseGradientsEqualCentralDifferences(Readout readout) {
        check(new EncoderForecaster(K, Shape.of(2, 12), 3, 5, readout, List.of(dense(5), dense(7))));
    }

    @Test
    void oneLayerGradientsEqualCentralDifferences() {
        check(new EncoderForecaster(K, Shape.of(3, 4, 3, 2), 4, 5, Readout.ALL_LAYERS, List.of(conv(3))));
    }

    /** With two batch sizes, so that memory used again shows. */
    private static void check(EncoderForecaster model) {
        for (Parameter p : model.parameters()) { // large weights: small states would drown in float32's rounding
            K.write(p.value(), random(p.value().size(), p.value().size()));
        }
        for (int B : new int[] {1, 2}) {
            Tensor x = random(model.inputShape(), B);
            Tensor r = random(model.outputShape(), B);
            model.parameters().forEach(p -> p.zeroGradient(K));
            model.forward(x, true);
            model.backward(r);
            for (Parameter p : model.parameters()) { // for the loss Σ r ∘ y, summed in double
                GradientCheck.Result result = GradientCheck.check(K, p.name(), p.value(), K.toArray(p.gradient()),
                        () -> dot(K.toArray(r), K.toArray(model.forward(x, true))));
                assertTrue(result.relativeError() < 3e-3, result.toString()); // float32; a missing term gives 0.1
            }
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** The forecast written out with the layers themselves, state by state. */
    @Test
    void forwardIsWhatTheDrawingSays() {
        EncoderForecaster model = new EncoderForecaster(K, Shape.of(3, 4, 3, 2), 2, 5, Readout.ALL_LAYERS,
                List.of(conv(3), conv(1)));
        Tensor x = random(model.inputShape(), 2);
        float[] y = K.toArray(model.forward(x, false));

        Recurrent<?> first = model.encoder().get(0);
        Recurrent<?> second = model.encoder().get(1);
        second.forward(first.forward(x, false), false);
        Recurrent<?> third = model.forecaster().get(0);
        Recurrent<?> fourth = model.forecaster().get(1);
        assertEquals(List.of(3, 1, 1, 3), List.of(first, second, third, fourth).stream()
                .map(layer -> layer.stateShape().dim(-1)).toList());
        third.initialState(second.finalH(), second.finalC());
        Tensor nothing = new Tensor(Shape.of(2, 2, 4, 3, 0), x.buffer(), 0);
        Tensor thirdOut = third.forward(nothing, false);
        fourth.initialState(first.finalH(), first.finalC());
        float[] h1 = K.toArray(thirdOut);
        float[] h3 = K.toArray(fourth.forward(thirdOut, false));

        List<Parameter> output = model.layers().getLast().parameters();
        float[] kernel = K.toArray(output.get(0).value()); // (1 + 3, 2)
        float[] bias = K.toArray(output.get(1).value());
        float[] expected = new float[y.length];
        for (int row = 0; row < expected.length / 2; row++) {
            for (int channel = 0; channel < 2; channel++) {
                float sum = bias[channel] + h1[row] * kernel[channel];
                for (int j = 0; j < 3; j++) {
                    sum += h3[row * 3 + j] * kernel[(1 + j) * 2 + channel];
                }
                expected[row * 2 + channel] = sum;
            }
        }
        assertArrayEquals(expected, y, 1e-5f);
    }

    @Test
    void forecasterHasNoInputKernelInItsFirstLayer() {
        EncoderForecaster model = new EncoderForecaster(K, Shape.of(3, 4, 3, 2), 2, 5, Readout.ALL_LAYERS,
                List.of(conv(3), conv(1)));
        assertEquals(List.of("recurrent_kernel", "bias", "peephole"),
                model.forecaster().getFirst().parameters().stream().map(Parameter::name).toList());
    }

    @Test
    void layersThatShrinkTheFrameAreRefused() {
        Supplier<Recurrent<?>> valid = () -> new ConvLstm2d(2, 3);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new EncoderForecaster(
                K, Shape.of(3, 9, 9, 1), 2, 5, Readout.ALL_LAYERS, List.of(valid, valid)));
        assertTrue(e.getMessage().contains("(3, 3, 2)") && e.getMessage().contains("(5, 5, 2)")
                && e.getMessage().contains("SAME"), e.getMessage());
    }

    @Test
    void anotherNumberOfFramesIsRefused() {
        EncoderForecaster model = new EncoderForecaster(K, Shape.of(2, 6), 3, 5, Readout.LAST_LAYER, List.of(dense(4)));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> model.forward(K.allocate(Shape.of(4, 1, 6)), false));
        assertTrue(e.getMessage().contains("expected 2 frames, got 4"), e.getMessage());
    }

    private static Tensor random(Shape sample, int B) {
        Shape batch = sample.drop(1).prepend(B).prepend(sample.dim(0));
        return K.tensor(batch, random(batch.size(), 6));
    }

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian() / 2;
        }
        return values;
    }
}
