package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class RainScoresTest {
    private static final RainScale SCALE = RainScale.PAPER;

    private static HostArray pixels(float... values) {
        return new HostArray(Shape.of(1, values.length), values);
    }

    @Test
    void countsHitsMissesAndFalseAlarms() {
        // 3 hits, 1 miss, 2 false alarms, 1 dry pixel
        RainScores scores = RainScores.of(pixels(0.9f, 0.8f, 0.7f, 0, 0.9f, 0.8f, 0),
                pixels(0.9f, 0.9f, 0.9f, 0.9f, 0, 0, 0),
                SCALE, 0.5);
        assertEquals(3 / 6.0, scores.csi(), 1e-12);
        assertEquals(2 / 5.0, scores.far(), 1e-12);
        assertEquals(3 / 4.0, scores.pod(), 1e-12);
    }

    @Test
    void theThresholdIsARainRateAndBelongsToTheRain() {
        float half = (float) SCALE.pixel(0.5);
        assertEquals(1, RainScores.of(pixels(half), pixels(half), SCALE, 0.5).csi());
        assertTrue(Double.isNaN(RainScores.of(pixels(half), pixels(half), SCALE, 0.51).csi()));
    }

    @Test
    void errorsAreThoseOfTheRate() {
        float two = (float) SCALE.pixel(2);
        float five = (float) SCALE.pixel(5);
        RainScores scores = RainScores.of(pixels(two, five), pixels(five, five), SCALE, 0.5);
        assertEquals(9 / 2.0, scores.rainfallMse(), 1e-4);
    }

    @Test
    void correlationIsThePapersAndPerfectOnlyForWhatCame() {
        HostArray truth = pixels(0.2f, 0.4f, 0.6f);
        assertEquals(1, RainScores.of(truth, truth, SCALE, 0.5).correlation(), 1e-6);
        assertEquals(0, RainScores.of(pixels(0, 0, 0), truth, SCALE, 0.5).correlation());
        double byHand = (0.5 * 0.2 + 0.5 * 0.4) / Math.sqrt(0.5 * (0.04 + 0.16 + 0.36));
        assertEquals(byHand, RainScores.of(pixels(0.5f, 0.5f, 0), truth, SCALE, 0.5).correlation(), 1e-6);
    }

    @Test
    void otherShapesAndNoThresholdAreRefused() {
        var shapes = assertThrows(IllegalArgumentException.class,
                () -> RainScores.of(pixels(1), pixels(1, 1), SCALE, 0.5));
        assertTrue(shapes.getMessage().contains("(1, 1)") && shapes.getMessage().contains("(1, 2)"),
                shapes.getMessage());
        assertThrows(IllegalArgumentException.class, () -> RainScores.of(pixels(1), pixels(1), SCALE, 0));
    }
}
