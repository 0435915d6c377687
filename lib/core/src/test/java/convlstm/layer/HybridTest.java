package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.check.GradientCheck;
import convlstm.layer.Recurrent.Peephole;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HybridTest {
    private static final Backend K = Backends.byName("reference");
    private static final Shape SAMPLE = Shape.of(3, 4, 3, 2);
    private static final Transform CONVOLUTION = new Transform.Convolution(Window.same(3, 3));
    private static final Transform DOT = new Transform.FlatDot();

    static Stream<Arguments> pairs() {
        return Stream.of(Arguments.of(CONVOLUTION, CONVOLUTION), Arguments.of(CONVOLUTION, DOT),
                Arguments.of(DOT, CONVOLUTION), Arguments.of(DOT, DOT));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void backwardEqualsCentralDifferences(Transform input, Transform recurrent) {
        Hybrid layer = new Hybrid(2, input, recurrent).returnSequences(true).peephole(Peephole.PER_CHANNEL)
                .build(K, SAMPLE, 1);
        for (Parameter p : layer.parameters()) {
            K.write(p.value(), random(p.value().size(), p.value().size()));
        }
        for (GradientCheck.Result r : GradientCheck.layer(K, layer, random(Shape.of(3, 2, 4, 3, 2), 3), true)) {
            assertTrue(r.relativeError() < 2e-3, r.toString());
        }
    }

    @Test
    void withTwoConvolutionsItIsConvLstm2d() {
        Hybrid hybrid = new Hybrid(2, CONVOLUTION, CONVOLUTION).build(K, SAMPLE, 1);
        ConvLstm2d conv = new ConvLstm2d(2, 3).padding(Padding.SAME).build(K, SAMPLE, 2);
        copyWeights(hybrid, conv);
        Tensor x = random(Shape.of(3, 2, 4, 3, 2), 4);
        assertArrayEquals(K.toArray(conv.forward(x, false)), K.toArray(hybrid.forward(x, false)));
        assertEquals(conv.multiplyAdds(), hybrid.multiplyAdds());
    }

    /** Gates lie pixel by pixel in the hybrid and side by side in LSTM, so columns change places. */
    @Test
    void withTwoDotsItIsLstmOnFlattenedImages() {
        Hybrid hybrid = new Hybrid(2, DOT, DOT).build(K, SAMPLE, 1);
        Lstm lstm = new Lstm(4 * 3 * 2).build(K, Shape.of(3, 4 * 3 * 2), 2);
        for (String name : new String[] {"kernel", "recurrent_kernel", "bias"}) {
            float[] from = random(hybrid.parameter(name).value().size(), 5);
            K.write(hybrid.parameter(name).value(), from);
            float[] to = new float[lstm.parameter(name).value().size()];
            int units = 24;
            for (int i = 0; i < to.length; i++) {
                int gate = i % (4 * units) / units;
                int pixel = i % units / 2;
                int filter = i % 2;
                int column = name.equals("bias") ? gate * 2 + filter : (pixel * 4 + gate) * 2 + filter;
                to[i] = from[name.equals("bias") ? column : i / (4 * units) * 4 * units + column];
            }
            K.write(lstm.parameter(name).value(), to);
        }
        Tensor x = random(Shape.of(3, 2, 4, 3, 2), 4);
        float[] expected = K.toArray(lstm.forward(x.reshape(3, 2, 24), false));
        assertArrayEquals(expected, K.toArray(hybrid.forward(x, false)), 1e-6f);
        assertEquals(lstm.multiplyAdds(), hybrid.multiplyAdds());
    }

    @Test
    void flatDotAddsToWhatIsThere() {
        Tensor x = random(Shape.of(2, 2, 2, 3), 1);
        Tensor kernel = random(Shape.of(12, 4), 2);
        Tensor bias = random(Shape.of(1), 3);
        Tensor once = K.allocate(Shape.of(2, 2, 2, 1));
        DOT.apply(K, once, x, kernel, bias, Write.SET);
        Tensor twice = K.allocate(once.shape());
        DOT.apply(K, twice, x, kernel, bias, Write.ADD);
        DOT.apply(K, twice, x, kernel, bias, Write.ADD);
        K.addScaled(twice, once, -2);
        assertArrayEquals(new float[8], K.toArray(twice), 1e-6f);
    }

    @Test
    void aRecurrentTransformThatShrinksTheStateIsRefused() {
        Hybrid layer = new Hybrid(2, DOT, new Transform.Convolution(new Window(3, 3, 1, 1, 1, 1, Padding.VALID)));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> layer.build(K, SAMPLE, 1));
        assertTrue(e.getMessage().contains("(4, 3, 2)") && e.getMessage().contains("(2, 1, 2)"), e.getMessage());
    }

    @Test
    void dropoutIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Hybrid(2, DOT, DOT).dropout(0.5));
        assertThrows(IllegalArgumentException.class, () -> new Hybrid(2, DOT, DOT).recurrentDropout(0.5));
    }

    private static void copyWeights(Layer from, Layer to) {
        for (int p = 0; p < from.parameters().size(); p++) {
            K.copy(to.parameters().get(p).value(), from.parameters().get(p).value());
        }
    }

    private static Tensor random(Shape shape, long seed) {
        return K.tensor(shape, random(shape.size(), seed));
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
