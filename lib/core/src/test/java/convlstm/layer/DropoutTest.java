package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DropoutTest {
    private static final Backend K = Backends.byName("reference");

    @Test
    void dropsItsShareKeepsTheMeanAndSendsTheGradientTheSameWay() {
        Dropout layer = new Dropout(0.25).build(K, Shape.of(10_000), 1);
        Tensor x = K.allocate(Shape.of(1, 10_000));
        K.fill(x, 1);
        float[] y = K.toArray(layer.forward(x, true));
        long dropped = 0;
        double sum = 0;
        for (float v : y) {
            dropped += v == 0 ? 1 : 0;
            sum += v;
        }
        assertEquals(0.25, dropped / 10_000.0, 0.02);
        assertEquals(1, sum / 10_000, 0.03);
        assertArrayEquals(y, K.toArray(layer.backward(x)), 0, "dx = dy ∘ mask");
        assertSame(x, layer.forward(x, false), "nothing happens outside training");
        assertSame(x, layer.backward(x));
    }

    @Test
    void masksDifferFromCallToCallAndRepeatWithTheSeed() {
        float[][] runs = new float[3][];
        for (int run = 0; run < 2; run++) {
            ConvLstm2d layer = new ConvLstm2d(2, 3).dropout(0.5).recurrentDropout(0.5).build(K, Shape.of(3, 4, 4, 1),
                    9);
            Tensor x = K.allocate(Shape.of(3, 2, 4, 4, 1));
            K.fill(x, 1);
            runs[run] = K.toArray(layer.forward(x, true));
            runs[2] = K.toArray(layer.forward(x, true));
        }
        assertArrayEquals(runs[0], runs[1], 0, "the same seed, the same masks");
        assertFalse(Arrays.equals(runs[0], runs[2]), "another call, other masks");
    }
}
