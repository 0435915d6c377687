package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.CheckedBackend;
import convlstm.backend.Padding;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence worked through in pieces of time gives what it gives at once, whether or not the pieces divide it. */
class RecurrentPiecesTest {
    private static final int T = 5;
    private static final int B = 2;
    private static final Shape SAMPLE = Shape.of(T, 6, 6, 2);
    private static final int GATES = B * 6 * 6 * 4;
    private static final float CLOSE = 2e-6f;

    private static Backend inPiecesOf(int steps) {
        return new CheckedBackend(new ReferenceBackend() {
            @Override
            public int pieceSize() {
                return steps * GATES;
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void piecesChangeNothing(int steps) {
        same(steps, layer -> {});
        same(steps, layer -> layer.goBackwards(true));
        same(steps, layer -> layer.peephole(Recurrent.Peephole.PER_PIXEL));
        same(steps, layer -> layer.dropout(0.3).recurrentDropout(0.3));
        same(steps, layer -> layer.useBias(false));
    }

    private static void same(int steps, Consumer<ConvLstm2d> options) {
        List<float[]> whole = run(inPiecesOf(T), options);
        List<float[]> pieces = run(inPiecesOf(steps), options);
        assertEquals(whole.size(), pieces.size());
        assertArrayEquals(whole.getFirst(), pieces.getFirst(), "outputs");
        for (int k = 1; k < whole.size(); k++) {
            assertArrayEquals(whole.get(k), pieces.get(k), CLOSE * largest(whole.get(k)), "gradient " + k);
        }
    }

    /** The output, the gradient of the input, and those of the weights. */
    private static List<float[]> run(Backend K, Consumer<ConvLstm2d> options) {
        ConvLstm2d layer = new ConvLstm2d(1, 1).padding(Padding.SAME).returnSequences(true);
        options.accept(layer);
        layer.build(K, SAMPLE, 1);
        HostArray steps = new HostArray(Shape.of(B, T), new float[] {1, 1, 0, 1, 1, 1, 1, 1, 0, 0});
        layer.mask(steps);
        Tensor x = random(K, SAMPLE.with(0, B).prepend(T), 2);
        Tensor y = layer.forward(x, true);
        List<float[]> results = new ArrayList<>();
        results.add(K.toArray(y));
        results.add(K.toArray(layer.backward(random(K, y.shape(), 3))));
        layer.parameters().forEach(p -> results.add(K.toArray(p.gradient())));
        return results;
    }

    @Test
    void zerosThatAreGivenChangeNothingButHaveAGradient() {
        try (Backend K = inPiecesOf(2)) {
            ConvLstm2d layer = new ConvLstm2d(1, 3).padding(Padding.SAME).returnSequences(true);
            layer.build(K, SAMPLE, 1);
            Tensor x = random(K, SAMPLE.with(0, B).prepend(T), 2);
            float[] y = K.toArray(layer.forward(x, false));
            Tensor dy = random(K, Shape.of(T, B, 6, 6, 1), 3);
            layer.backward(dy);
            float[] dU = K.toArray(layer.parameter("recurrent_kernel").gradient());
            IllegalStateException e = assertThrows(IllegalStateException.class, layer::initialStateGradient);
            assertTrue(e.getMessage().contains("initial state"), e.getMessage());

            Recurrent.State zeros = new Recurrent.State(K.allocate(Shape.of(B, 6, 6, 1)),
                    K.allocate(Shape.of(B, 6, 6, 1)));
            K.fill(layer.parameter("recurrent_kernel").gradient(), 0);
            assertArrayEquals(y, K.toArray(layer.forward(x, zeros, false)), "outputs");
            layer.backward(dy);
            assertArrayEquals(dU, K.toArray(layer.parameter("recurrent_kernel").gradient()), CLOSE * largest(dU));
            assertTrue(largest(K.toArray(layer.initialStateGradient().h())) > 0);
        }
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float v : values) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }

    private static Tensor random(Backend K, Shape shape, long seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return K.tensor(shape, values);
    }
}
