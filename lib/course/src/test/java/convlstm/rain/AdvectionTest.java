package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.Dataset;
import convlstm.data.RainField;
import convlstm.model.Metrics;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class AdvectionTest {
    private static final int FRAMES = 8;
    private static final int SIZE = 16;

    /** A smooth hill that moves from (y, x) by (dy, dx) a frame. */
    private static HostArray hill(double y, double x, double dy, double dx) {
        HostArray frames = HostArray.zeros(1, FRAMES, SIZE, SIZE, 1);
        for (int t = 0; t < FRAMES; t++) {
            for (int i = 0; i < SIZE; i++) {
                for (int j = 0; j < SIZE; j++) {
                    double distance = Math.pow(i - y - dy * t, 2) + Math.pow(j - x - dx * t, 2);
                    frames.set((float) Math.exp(-distance / 8), 0, t, i, j, 0);
                }
            }
        }
        return frames;
    }

    @Test
    void findsTheWindOfWhatOnlyMoves() {
        HostArray winds = Advection.winds(hill(11, 4, -0.75, 0.5), 2);
        assertEquals(Shape.of(1, 2), winds.shape());
        assertArrayEquals(new float[] {-0.75f, 0.5f}, winds.values(), 0.126f);
    }

    @Test
    void whatOnlyMovesIsForecastWhereItWillBe() {
        HostArray frames = hill(10, 4, -0.5, 1);
        HostArray seen = Dataset.frames(frames, 0, 5);
        HostArray truth = Dataset.frames(frames, 5, FRAMES);
        HostArray wind = new HostArray(Shape.of(1, 2), new float[] {-0.5f, 1});
        // two steps of half a row make a whole one; between pixels the hill is only a little lower than drawn.
        // What is left of it at the edge, 3e-3, comes in again.
        double[] errors = Metrics.squaredError(Advection.forecast(seen, 3, wind), truth);
        assertEquals(0, errors[1], 1e-4);
        assertTrue(errors[0] < 0.05, "" + errors[0]);
    }

    @Test
    void fromOutsideComesTheNearestPixel() {
        HostArray seen = HostArray.zeros(1, 2, 2, 2, 1);
        seen.set(0.25f, 0, 1, 0, 0, 0);
        HostArray east = Advection.forecast(seen, 1, new HostArray(Shape.of(1, 2), new float[] {0, 1}));
        assertArrayEquals(new float[] {0.25f, 0.25f, 0, 0}, east.values());
    }

    @Test
    void onMadeUpRainItFindsTheWindAndBeatsStandingStill() {
        var rain = new RainField(8, 24, 0.5, 1.2).generate(3, 0, 10);
        HostArray seen = Dataset.frames(rain.frames(), 0, 5);
        HostArray truth = Dataset.frames(rain.frames(), 5, 8);
        HostArray winds = Advection.winds(seen, 2);
        double off = 0;
        for (int n = 0; n < 10; n++) {
            off += Math.hypot(winds.get(n, 0) - rain.wind().get(n, 0), winds.get(n, 1) - rain.wind().get(n, 1)) / 10;
        }
        assertTrue(off < 0.25, "the estimated wind is off by " + off + " pixels per frame");
        double moved = Metrics.mean(Metrics.squaredError(Advection.forecast(seen, 3, winds), truth));
        double still = Metrics.mean(Metrics.squaredError(Metrics.copyLast(seen, 3), truth));
        assertTrue(moved < still / 2, moved + " against " + still);
    }

    @Test
    void wrongArgumentsAreRefused() {
        HostArray one = HostArray.zeros(1, 1, 4, 4, 1);
        var e = assertThrows(IllegalArgumentException.class, () -> Advection.winds(one, 1));
        assertTrue(e.getMessage().contains("(1, 1, 4, 4, 1)"), e.getMessage());
        HostArray two = HostArray.zeros(1, 2, 4, 4, 1);
        assertThrows(IllegalArgumentException.class, () -> Advection.winds(two, 3));
        assertThrows(IllegalArgumentException.class, () -> Advection.forecast(two, 0, HostArray.zeros(1, 2)));
        assertThrows(IllegalArgumentException.class, () -> Advection.forecast(two, 1, HostArray.zeros(2, 2)));
    }
}
