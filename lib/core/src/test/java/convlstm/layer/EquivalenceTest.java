package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The equalities that the course proves: fused and gate by gate, ConvLSTM2D and LSTM where they coincide. */
class EquivalenceTest {
    private static final Backend K = Backends.byName("reference");
    private static final float CLOSE = 2e-6f;

    @Test
    void lstmEqualsItsCell() {
        Lstm layer = new Lstm(5).returnSequences(true).biasInitializer(EquivalenceTest::gaussian)
                .build(K, Shape.of(6, 3), 1);
        cellEqualsLayer(layer, new LstmCell(K, layer), Shape.of(6, 2, 3));
    }

    @Test
    void convLstmEqualsItsCell() {
        ConvLstm2d layer = new ConvLstm2d(3, 3, 2).returnSequences(true).strides(1, 2).padding(Padding.SAME)
                .recurrentKernelSize(5, 3).biasInitializer(EquivalenceTest::gaussian).build(K, Shape.of(4, 5, 6, 2), 1);
        cellEqualsLayer(layer, new ConvLstm2dCell(K, layer), Shape.of(4, 2, 5, 6, 2));
    }

    private static void cellEqualsLayer(Recurrent<?> layer, Cell cell, Shape input) {
        Tensor x = random(input, 2);
        Tensor y = layer.forward(x, true);
        List<Cell.Step> steps = cell.forward(x);
        for (int t = 0; t < steps.size(); t++) {
            assertArrayEquals(K.toArray(y.at(t)), K.toArray(steps.get(t).h()), CLOSE, "h at step " + t);
        }
        assertArrayEquals(K.toArray(layer.finalC()), K.toArray(steps.getLast().c()), CLOSE, "c");

        Tensor dy = random(y.shape(), 3);
        Tensor dx = layer.backward(dy);
        List<Tensor> dxSteps = cell.backward(steps, dy);
        for (int t = 0; t < steps.size(); t++) {
            assertArrayEquals(K.toArray(dx.at(t)), K.toArray(dxSteps.get(t)), 5e-6f, "dx at step " + t);
        }
        for (String name : List.of("kernel", "recurrent_kernel", "bias")) {
            assertArrayEquals(K.toArray(layer.parameter(name).gradient()), K.toArray(cell.gradient(name)), 2e-5f, name);
        }
    }

    @Test
    void onOnePixelConvLstmIsLstm() {
        Lstm lstm = new Lstm(4).returnSequences(true).build(K, Shape.of(5, 3), 1);
        ConvLstm2d conv = new ConvLstm2d(4, 1).returnSequences(true).build(K, Shape.of(5, 1, 1, 3), 2);
        copyWeights(lstm, conv);
        Tensor x = random(Shape.of(5, 2, 3), 4);
        assertArrayEquals(K.toArray(lstm.forward(x, false)),
                K.toArray(conv.forward(x.reshape(5, 2, 1, 1, 3), false)), CLOSE);
    }

    @Test
    void withOneByOneKernelsItIsOneLstmSharedByAllPixels() {
        Lstm lstm = new Lstm(4).returnSequences(true).build(K, Shape.of(5, 3), 1);
        ConvLstm2d conv = new ConvLstm2d(4, 1).returnSequences(true).build(K, Shape.of(5, 3, 2, 3), 2);
        copyWeights(lstm, conv);
        Tensor x = random(Shape.of(5, 2, 3, 2, 3), 4);
        assertArrayEquals(K.toArray(lstm.forward(x.reshape(5, 2 * 3 * 2, 3), false)), K.toArray(conv.forward(x, false)),
                CLOSE);
    }

    private static void copyWeights(Layer from, Layer to) {
        for (Parameter p : from.parameters()) {
            K.copy(to.parameter(p.name()).value().reshape(p.value().shape()), p.value());
        }
    }

    @Test
    void statesGoOnWhereTheyEnded() {
        Lstm whole = new Lstm(3).returnSequences(true).build(K, Shape.of(6, 2), 1);
        Lstm parts = new Lstm(3).returnSequences(true).stateful(true).build(K, Shape.of(6, 2), 1);
        Tensor x = random(Shape.of(6, 2, 2), 5);
        float[] y = K.toArray(whole.forward(x, false).range(4, 6));
        parts.forward(x.range(0, 4), false);
        assertArrayEquals(y, K.toArray(parts.forward(x.range(4, 6), false)), 0);
        parts.resetState();
        assertArrayEquals(K.toArray(whole.forward(x, false)), K.toArray(parts.forward(x, false)), 0);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> parts.forward(random(Shape.of(6, 1, 2), 5), false));
        assertTrue(e.getMessage().contains("batch size of the last call, 2"), e.getMessage());
    }

    @Test
    void handedOverStatesCarryTheirGradient() {
        Lstm whole = new Lstm(3).returnSequences(true).build(K, Shape.of(6, 2), 1);
        Lstm first = new Lstm(3).returnSequences(true).build(K, Shape.of(4, 2), 1);
        Lstm second = new Lstm(3).returnSequences(true).build(K, Shape.of(2, 2), 1);
        Tensor x = random(Shape.of(6, 2, 2), 5);
        Tensor dy = random(Shape.of(6, 2, 3), 6);
        whole.forward(x, true);
        float[] dx = K.toArray(whole.backward(dy));

        first.forward(x.range(0, 4), true);
        second.initialState(first.finalH(), first.finalC());
        second.forward(x.range(4, 6), true);
        float[] dxSecond = K.toArray(second.backward(dy.range(4, 6)));
        first.finalStateGradient(second.initialHGradient(), second.initialCGradient());
        float[] dxFirst = K.toArray(first.backward(dy.range(0, 4)));
        for (int k = 0; k < dx.length; k++) {
            assertEquals(dx[k], k < dxFirst.length ? dxFirst[k] : dxSecond[k - dxFirst.length], CLOSE, "dx " + k);
        }
        float[] whole_dU = K.toArray(whole.parameter("recurrent_kernel").gradient());
        float[] first_dU = K.toArray(first.parameter("recurrent_kernel").gradient());
        float[] second_dU = K.toArray(second.parameter("recurrent_kernel").gradient());
        for (int k = 0; k < whole_dU.length; k++) {
            assertEquals(whole_dU[k], first_dU[k] + second_dU[k], 1e-5f, "dU " + k);
        }
    }

    private static float[] gaussian(Shape shape, Random random) {
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Tensor random(Shape shape, long seed) {
        return K.tensor(shape, gaussian(shape, new Random(seed)));
    }
}
