package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.RainScale;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.junit.jupiter.api.Test;

class BalancedLossTest {
    private static final RainScale SCALE = RainScale.PAPER;
    private static final Loss LOSS = Loss.balancedSquaredError(SCALE);

    /** The value, and the gradient in {@code d}. */
    private static double loss(Backend K, float[] prediction, float[] target, float[] d) {
        Shape shape = Shape.of(1, 2, prediction.length / 2);
        Tensor p = K.allocate(shape);
        Tensor t = K.allocate(shape);
        Tensor gradient = K.allocate(shape);
        Tensor value = K.allocate(Shape.of(1));
        K.write(p, prediction);
        K.write(t, target);
        LOSS.apply(K, value, gradient, p, t, 2);
        K.read(gradient, d);
        return K.toArray(value)[0];
    }

    @Test
    void weightsAreThoseOfThePaperAtItsRates() {
        float[] pixels = {0, at(1.9), at(2.1), at(4.9), at(5.1), at(9.9), at(10.1), at(29), at(31), 1};
        assertArrayEquals(new float[] {1, 1, 2, 2, 5, 5, 10, 10, 30, 30}, SCALE.weights(pixels));
    }

    private static float at(double rate) {
        return (float) SCALE.pixel(rate);
    }

    @Test
    void theRainThatCameWeighsNotTheRainThatWasForecast() {
        try (Backend K = Backends.byName("reference")) {
            float heavy = at(12);
            float[] d = new float[2];
            assertEquals(10 * heavy * heavy / 2, loss(K, new float[] {0, 0}, new float[] {heavy, 0}, d), 1e-6);
            assertArrayEquals(new float[] {-10 * heavy, 0}, d, 1e-6f);
            assertEquals(heavy * heavy / 2, loss(K, new float[] {heavy, 0}, new float[] {0, 0}, d), 1e-6);
        }
    }

    @Test
    void theGradientIsThatOfTheValue() {
        float[] p = {0.1f, -0.2f, 0.45f, 0.7f, 1.3f, 0.3f};
        float[] t = {0, at(1), at(3), at(7), at(20), at(50)};
        try (Backend K = Backends.byName("reference")) {
            float[] d = new float[p.length];
            double value = loss(K, p, t, d);
            assertTrue(value > 0);
            for (int i = 0; i < p.length; i++) {
                float[] up = p.clone();
                float[] down = p.clone();
                up[i] += 0.01f;
                down[i] -= 0.01f;
                float[] ignored = new float[p.length];
                double slope = (loss(K, up, t, ignored) - loss(K, down, t, ignored)) / (up[i] - down[i]);
                assertEquals(slope, d[i], 1e-3 * Math.abs(slope) + 1e-4, "element " + i);
            }
        }
    }

    @Test
    void itIsAddedToTheValueAsOtherLossesAre() {
        try (Backend K = Backends.byName("reference")) {
            Tensor one = K.allocate(Shape.of(1, 1, 1));
            Tensor target = K.allocate(Shape.of(1, 1, 1));
            Tensor gradient = K.allocate(Shape.of(1, 1, 1));
            Tensor value = K.allocate(Shape.of(1));
            K.fill(one, 0.5f);
            K.fill(value, 3);
            LOSS.apply(K, value, gradient, one, target, 1);
            assertEquals(3.25, K.toArray(value)[0], 1e-6);
        }
    }
}
