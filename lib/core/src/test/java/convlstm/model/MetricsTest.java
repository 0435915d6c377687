package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class MetricsTest {
    // two sequences of two frames of 1x2 pixels
    private final HostArray truth = array(1, 0, 1, 1, 0, 0, 0, 1);
    private final HostArray forecast = array(0.5f, 0, 1, 0, 0, 0.5f, 0, 0.75f);

    private static HostArray array(float... values) {
        return new HostArray(Shape.of(2, 2, 1, 2), values);
    }

    @Test
    void errorsAreSummedOverPixelsAndAveragedOverSequences() {
        assertArrayEquals(new double[] {(0.25 + 0.25) / 2, (1 + 0.0625) / 2}, Metrics.squaredError(forecast, truth),
                1e-12);
        assertArrayEquals(new double[] {(0.5 + 0.5) / 2, (1 + 0.25) / 2}, Metrics.absoluteError(forecast, truth),
                1e-12);
    }

    @Test
    void crossEntropyIsTheFormulaAndFiniteAtCertainty() {
        double[] bits = Metrics.crossEntropy(forecast, truth);
        assertEquals((Math.log(2) + Math.log(2)) / 2, bits[0], 1e-5);
        assertEquals((-Math.log(1e-7) - Math.log(0.75)) / 2, bits[1], 1e-5);
    }

    @Test
    void criticalSuccessCountsHitsAmongEvents() {
        double[] index = Metrics.criticalSuccess(forecast, truth, 0.5);
        assertEquals(1 / 2.0, index[0], 1e-12); // a hit and a false alarm
        assertEquals(2 / 3.0, index[1], 1e-12); // two hits and a miss
    }

    @Test
    void criticalSuccessIsUndefinedWithoutEvents() {
        assertTrue(Double.isNaN(Metrics.criticalSuccess(array(new float[8]), array(new float[8]), 0.5)[0]));
    }

    @Test
    void copyLastRepeatsTheLastFrameOfEachSequence() {
        HostArray copies = Metrics.copyLast(truth, 3);
        assertEquals(Shape.of(2, 3, 1, 2), copies.shape());
        assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1}, copies.values());
    }

    @Test
    void copyLastIsPerfectForWhatStandsStill() {
        HostArray still = Metrics.copyLast(truth, 2);
        assertArrayEquals(new double[2], Metrics.squaredError(Metrics.copyLast(still, 2), still));
    }

    @Test
    void otherShapesAreRefused() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> Metrics.squaredError(forecast, HostArray.zeros(2, 3, 1, 2)));
        assertTrue(e.getMessage().contains("(2, 2, 1, 2)") && e.getMessage().contains("(2, 3, 1, 2)"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Metrics.copyLast(truth, 0));
    }
}
