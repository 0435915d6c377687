package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.Dataset;
import convlstm.model.Metrics;
import convlstm.tensor.HostArray;
import org.junit.jupiter.api.Test;

class OpticalFlowTest {
    private static final int SIZE = 48;
    private static final int FRAMES = 8;

    /** Where in the first frame a frame's pixel was, seen from the middle: y, x, t to y, x. */
    private interface Motion {
        double[] origin(double y, double x, int t);
    }

    /** A smooth pattern without a period in the frame, moved. */
    private static HostArray pattern(Motion motion) {
        HostArray frames = HostArray.zeros(1, FRAMES, SIZE, SIZE, 1);
        for (int t = 0; t < FRAMES; t++) {
            for (int i = 0; i < SIZE; i++) {
                for (int j = 0; j < SIZE; j++) {
                    double[] at = motion.origin(i - SIZE / 2.0, j - SIZE / 2.0, t);
                    double v = 0.5 + 0.2 * Math.sin(0.37 * at[0] + 0.11 * at[1]) + 0.2 * Math.sin(0.41 * at[1] - 1)
                            * Math.cos(0.23 * at[0] + 0.19 * at[1]);
                    frames.set((float) v, 0, t, i, j, 0);
                }
            }
        }
        return frames;
    }

    private static double error(HostArray forecast, HostArray frames) {
        return Metrics.mean(Metrics.squaredError(RainScores.centre(forecast, 12),
                RainScores.centre(Dataset.frames(frames, 5, FRAMES), 12)));
    }

    @Test
    void recoversAShift() {
        HostArray frames = pattern((y, x, t) -> new double[] {y - 1.3 * t, x + 0.7 * t});
        HostArray seen = Dataset.frames(frames, 0, 5);
        HostArray winds = OpticalFlow.winds(seen, 3);
        for (int i = 12; i < SIZE - 12; i++) {
            for (int j = 12; j < SIZE - 12; j++) {
                assertEquals(1.3, winds.get(0, i, j, 0), 0.1);
                assertEquals(-0.7, winds.get(0, i, j, 1), 0.1);
            }
        }
        double still = error(Metrics.copyLast(seen, 3), frames);
        assertTrue(error(OpticalFlow.forecast(seen, 3, winds), frames) < 0.01 * still);
    }

    @Test
    void recoversARotationThatOneWindCannotDescribe() {
        double turn = 0.05;
        HostArray frames = pattern((y, x, t) -> new double[] {Math.cos(turn * t) * y + Math.sin(turn * t) * x,
            -Math.sin(turn * t) * y + Math.cos(turn * t) * x});
        HostArray seen = Dataset.frames(frames, 0, 5);
        HostArray winds = OpticalFlow.winds(seen, 3);
        double off = 0;
        double speed = 0;
        int pixels = 0;
        for (int i = 12; i < SIZE - 12; i++) {
            for (int j = 12; j < SIZE - 12; j++) {
                double y = i - SIZE / 2.0;
                double x = j - SIZE / 2.0;
                off += Math.hypot(winds.get(0, i, j, 0) + turn * x, winds.get(0, i, j, 1) - turn * y);
                speed += turn * Math.hypot(y, x);
                pixels++;
            }
        }
        assertTrue(off < 0.3 * speed, "off by " + off / pixels + " of " + speed / pixels + " pixels per frame");
        double one = error(Advection.forecast(seen, 3, Advection.winds(seen, 3)), frames);
        assertTrue(error(OpticalFlow.forecast(seen, 3, winds), frames) < 0.3 * one);
    }

    @Test
    void whereNothingIsSeenTheOneWindHolds() {
        HostArray dry = HostArray.zeros(1, 3, 16, 16, 1);
        HostArray winds = OpticalFlow.winds(dry, 2);
        HostArray one = Advection.winds(dry, 2);
        for (int i = 0; i < winds.size(); i++) {
            assertEquals(one.get(0, i % 2), winds.values()[i], 1e-5);
        }
    }

    @Test
    void carriesBackwardsAlongTheWinds() {
        HostArray seen = HostArray.zeros(1, 1, 4, 8, 1);
        seen.set(1, 0, 0, 1, 2, 0);
        HostArray winds = HostArray.zeros(1, 4, 8, 2);
        for (int i = 0; i < 32; i++) {
            winds.values()[2 * i + 1] = 2; // two columns to the right
        }
        HostArray forecast = OpticalFlow.forecast(seen, 2, winds);
        assertEquals(1, forecast.get(0, 0, 1, 4, 0));
        assertEquals(1, forecast.get(0, 1, 1, 6, 0));
        assertEquals(0, forecast.get(0, 1, 1, 4, 0));
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> OpticalFlow.winds(HostArray.zeros(1, 1, 8, 8, 1), 2));
        HostArray seen = HostArray.zeros(1, 2, 8, 8, 1);
        assertThrows(IllegalArgumentException.class,
                () -> OpticalFlow.forecast(seen, 0, HostArray.zeros(1, 8, 8, 2)));
        var wrong = assertThrows(IllegalArgumentException.class,
                () -> OpticalFlow.forecast(seen, 1, HostArray.zeros(1, 2)));
        assertTrue(wrong.getMessage().contains("(1, 8, 8, 2)"), wrong.getMessage());
    }
}
