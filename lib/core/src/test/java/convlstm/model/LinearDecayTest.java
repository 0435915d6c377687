package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LinearDecayTest {
    @Test
    void theRateFallsOnAStraightLineToItsShare() {
        Optimizer optimizer = Optimizer.sgd(0.8);
        LinearDecay decay = new LinearDecay(optimizer, 0.25);
        double[] expected = {0.65, 0.5, 0.35, 0.2};
        for (int b = 0; b < 4; b++) {
            decay.batch(1 + b / 2, 2, 1 + b % 2, 2, 1);
            assertEquals(expected[b], optimizer.learningRate(), 1e-6);
        }
    }

    @Test
    void aShareOfZeroIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new LinearDecay(Optimizer.sgd(1), 0));
    }
}
