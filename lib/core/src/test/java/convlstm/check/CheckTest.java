package convlstm.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tools of proof, held to figures that can be derived by hand. */
class CheckTest {
    private static final Backend K = Backends.byName("reference");

    @Test
    void aConvLstmStateDependsOnNeighboursOnly() {
        int H = 8;
        ConvLstm2d layer = new ConvLstm2d(1, 3).padding(Padding.SAME).build(K, Shape.of(1, H, H, 1), 1);
        double expected = (3.0 * H - 2) * (3 * H - 2) / Math.pow(H * H, 2);
        assertEquals(expected, jacobian(layer).density(), 1e-12);
        assertEquals(0.1182, expected, 5e-5);
    }

    @Test
    void anLstmStateDependsOnAllOfIt() {
        assertEquals(1, jacobian(new Lstm(16).build(K, Shape.of(1, 4), 1)).density());
    }

    @Test
    void theJacobianIsTheDerivative() {
        Lstm layer = new Lstm(3).build(K, Shape.of(1, 2), 1);
        Tensor x = random(Shape.of(1, 1, 2), 1);
        Tensor h = random(Shape.of(1, 3), 2);
        Tensor c = random(Shape.of(1, 3), 3);
        Jacobian j = Jacobian.ofState(K, layer, x, h, c);
        float step = 1e-2f;
        for (int column = 0; column < 3; column++) {
            float[][] y = new float[2][];
            for (int side = 0; side < 2; side++) {
                float[] moved = K.toArray(h);
                moved[column] += side == 0 ? step : -step;
                layer.initialState(K.tensor(h.shape(), moved), c);
                y[side] = K.toArray(layer.forward(x, false));
            }
            for (int row = 0; row < 3; row++) {
                assertEquals((y[0][row] - y[1][row]) / (2 * step), j.matrix().get(row, column), 2e-4);
            }
        }
    }

    private static Jacobian jacobian(Recurrent<?> layer) {
        Shape state = layer.stateShape().prepend(1);
        return Jacobian.ofState(K, layer, random(layer.inputShape().drop(1).prepend(1).prepend(1), 1), random(state, 2),
                random(state, 3));
    }

    @ParameterizedTest(name = "W {0}x{0}, U {1}x{1}, {2} steps back")
    @CsvSource({"3, 3, 0", "3, 3, 1", "3, 3, 2", "3, 5, 2", "5, 3, 3", "3, 1, 4"})
    void theReceptiveFieldGrowsThroughTime(int kx, int kh, int steps) {
        ConvLstm2d layer = new ConvLstm2d(2, kx).recurrentKernelSize(kh, kh).padding(Padding.SAME)
                .build(K, Shape.of(5, 17, 17, 1), 1);
        ReceptiveField field = ReceptiveField.of(K, layer, steps);
        assertEquals(kx + steps * (kh - 1), field.width());
        assertEquals(kx + steps * (kh - 1), field.height());
    }

    @Test
    void aWrongGradientIsSeen() {
        Tensor w = random(Shape.of(5), 4);
        float[] right = K.toArray(w); // of Σ w²/2
        float[] wrong = right.clone();
        wrong[2] *= -1;
        java.util.function.DoubleSupplier loss = () -> {
            double sum = 0;
            for (float v : K.toArray(w)) {
                sum += v * v / 2.0;
            }
            return sum;
        };
        assertTrue(GradientCheck.check(K, "w", w, right, loss).relativeError() < 1e-4);
        assertTrue(GradientCheck.check(K, "w", w, wrong, loss).relativeError() > 0.1);
    }

    @Test
    void checkingLeavesTheWeightsAsTheyWere() {
        Lstm layer = new Lstm(3).build(K, Shape.of(2, 2), 1);
        Parameter kernel = layer.parameter("kernel");
        float[] before = K.toArray(kernel.value());
        GradientCheck.layer(K, layer, random(Shape.of(2, 1, 2), 1), true);
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, K.toArray(kernel.value()), 0);
    }

    @Test
    void wrongQuestionsAreNamed() {
        ConvLstm2d valid = new ConvLstm2d(2, 3).build(K, Shape.of(5, 9, 9, 1), 1);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> ReceptiveField.of(K, valid, 1)).getMessage()
                .contains("padding(SAME)"));
        Lstm lstm = new Lstm(3).build(K, Shape.of(2, 2), 1);
        Tensor state = K.allocate(Shape.of(1, 3));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> Jacobian.ofState(K, lstm, K.allocate(Shape.of(2, 1, 2)), state, state)).getMessage()
                .contains("x.range(t, t + 1)"));
    }

    private static Tensor random(Shape shape, long seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return K.tensor(shape, values);
    }
}
