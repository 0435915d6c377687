package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class RainScoresTest {
    private static final RainScale SCALE = RainScale.PAPER;

    /** One sequence of one frame of one row. */
    private static HostArray pixels(float... values) {
        return new HostArray(Shape.of(1, 1, 1, values.length, 1), values);
    }

    private static RainScores scores(HostArray forecast, HostArray truth) {
        return new RainScores(forecast, truth, SCALE);
    }

    /** A frame of 9 x 9 with rain at one pixel. */
    private static HostArray drop(int y, int x) {
        HostArray frame = HostArray.zeros(1, 1, 9, 9, 1);
        frame.set(0.9f, 0, 0, y, x, 0);
        return frame;
    }

    @Test
    void countsHitsMissesAndFalseAlarms() {
        // 3 hits, 1 miss, 2 false alarms, 1 dry pixel
        RainScores scores = scores(pixels(0.9f, 0.8f, 0.7f, 0, 0.9f, 0.8f, 0),
                pixels(0.9f, 0.9f, 0.9f, 0.9f, 0, 0, 0));
        assertEquals(3 / 6.0, scores.csi(0.5).value(), 1e-12);
        assertEquals(2 / 5.0, scores.far(0.5).value(), 1e-12);
        assertEquals(3 / 4.0, scores.pod(0.5).value(), 1e-12);
        assertEquals(5 / 4.0, scores.bias(0.5).value(), 1e-12);
        assertEquals(scores.csi(0.5).value() * 2 / (1 + scores.csi(0.5).value()), scores.fss(0.5, 1).value(), 1e-12,
                "1x1: 2 hits / (forecast + observed)");
    }

    @Test
    void theThresholdIsARainRateAndBelongsToTheRain() {
        float half = (float) SCALE.pixel(0.5);
        assertEquals(1, scores(pixels(half), pixels(half)).csi(0.5).value());
        assertTrue(Double.isNaN(scores(pixels(half), pixels(half)).csi(0.51).value()));
    }

    @Test
    void errorsAreThoseOfTheRate() {
        float two = (float) SCALE.pixel(2);
        float five = (float) SCALE.pixel(5);
        RainScores scores = scores(pixels(two, five), pixels(five, five));
        assertEquals(9 / 2.0, scores.rainfallMse().value(), 1e-4);
        assertEquals((five - two) * (five - two) / 2.0, scores.pixelMse().value(), 1e-6);
    }

    @Test
    void aDropOnePixelOffIsForgivenInLargerSquares() {
        RainScores near = scores(drop(4, 4), drop(4, 5));
        assertEquals(0, near.csi(0.5).value());
        assertEquals(0, near.fss(0.5, 1).value());
        // Squares of 3: 9 pixels each, 6 shared, all shares 1/9: 2 * 6 / (9 + 9)
        assertEquals(6 / 9.0, near.fss(0.5, 3).value(), 1e-12);
        assertTrue(near.fss(0.5, 5).value() > near.fss(0.5, 3).value());
        assertEquals(0, scores(drop(0, 0), drop(8, 8)).fss(0.5, 3).value());
        assertEquals(1, scores(drop(0, 0), drop(0, 0)).fss(0.5, 3).value(), 1e-12);
    }

    @Test
    void squaresAreCutAtTheEdge() {
        // In the corner the square of 3 has 4 pixels, at (0, 1) and (1, 0) 6, at (1, 1) 9; against a drop at (0, 1):
        // (0,0) 4, (0,1) 6, (0,2) 6, (1,0) 6, (1,1) 9, (1,2) 9 pixels.
        double corner = 1 / 16.0 + 2 / 36.0 + 1 / 81.0;
        double beside = 1 / 16.0 + 2 / 36.0 + 1 / 36.0 + 2 / 81.0;
        assertEquals(2 * corner / (corner + beside), scores(drop(0, 0), drop(0, 1)).fss(0.5, 3).value(), 1e-9);
    }

    @Test
    void eachSequenceHasItsPart() {
        HostArray truth = new HostArray(Shape.of(2, 1, 1, 2, 1), new float[] {0.9f, 0.9f, 0.9f, 0});
        HostArray forecast = new HostArray(Shape.of(2, 1, 1, 2, 1), new float[] {0.9f, 0, 0.9f, 0.9f});
        SumRatio csi = scores(forecast, truth).csi(0.5);
        assertArrayEquals(new double[] {1, 1}, csi.above());
        assertArrayEquals(new double[] {2, 2}, csi.below());
    }

    @Test
    void theCentreIsTheMiddle() {
        HostArray frames = HostArray.zeros(2, 3, 4, 6, 1);
        for (int i = 0; i < frames.size(); i++) {
            frames.values()[i] = i;
        }
        HostArray centre = RainScores.centre(frames, 1);
        assertEquals(Shape.of(2, 3, 2, 4, 1), centre.shape());
        assertEquals(frames.get(1, 2, 1, 1, 0), centre.get(1, 2, 0, 0, 0));
        assertEquals(frames.get(0, 1, 2, 4, 0), centre.get(0, 1, 1, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> RainScores.centre(frames, 2));
    }

    @Test
    void otherShapesAndNoThresholdAreRefused() {
        var shapes = assertThrows(IllegalArgumentException.class, () -> scores(pixels(1), pixels(1, 1)));
        assertTrue(shapes.getMessage().contains("(1, 1, 1, 1, 1)"), shapes.getMessage());
        assertThrows(IllegalArgumentException.class, () -> scores(pixels(1), pixels(1)).csi(0));
        assertThrows(IllegalArgumentException.class, () -> scores(pixels(1), pixels(1)).fss(1, 2));
    }
}
