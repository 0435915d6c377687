package convlstm.data;

import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class RainFieldTest {
    private final RainField field = RainField.of(32);

    @Test
    void sequencesDependOnSeedAndNumberOnly() {
        HostArray many = field.sequences(5, 4);
        assertEquals(Shape.of(4, 20, 32, 32, 1), many.shape());
        assertEquals(many, field.sequences(5, 4));
        assertEquals(many.range(2, 4), field.generate(5, 2, 4).frames());
        assertNotEquals(many.at(0), many.at(1));
        assertNotEquals(many, field.sequences(6, 4));
        assertEquals(Dataset.frames(many, 0, 6), field.withFrames(6).sequences(5, 4));
    }

    @Test
    void theWindCarriesTheRain() {
        // Over sequences, moving the last frame by the wind must explain the next one better than leaving it, and
        // better than moving it the other way.
        RainSequences rain = RainField.of(64).withFrames(6).generate(3, 0, 30);
        double moved = 0;
        double left = 0;
        double against = 0;
        for (int n = 0; n < 30; n++) {
            float dy = rain.wind().get(n, 0) * 3;
            float dx = rain.wind().get(n, 1) * 3;
            assertTrue(Math.hypot(dy, dx) >= 1.5 && Math.hypot(dy, dx) < 7.8);
            moved += difference(rain.frames(), n, dy, dx);
            left += difference(rain.frames(), n, 0, 0);
            against += difference(rain.frames(), n, -dy, -dx);
        }
        assertTrue(moved < .5 * left && left < against, moved + " " + left + " " + against);
    }

    /** The squared difference of frame 4 and frame 1 moved by (dy, dx), away from the edges. */
    private static double difference(HostArray frames, int n, float dy, float dx) {
        double sum = 0;
        for (int i = 8; i < 56; i++) {
            for (int j = 8; j < 56; j++) {
                double d = frames.get(n, 4, i, j, 0) - frames.get(n, 1, Math.round(i - dy), Math.round(j - dx), 0);
                sum += d * d;
            }
        }
        return sum;
    }

    @Test
    void smallDetailIsWeakerAndShorterLivedThanLarge() {
        RainSequences rain = new RainField(9, 64, 0, 0).generate(4, 0, 30);
        double fine = 0;
        double coarse = 0;
        double fineLater = 0;
        double coarseLater = 0;
        for (int n = 0; n < 30; n++) {
            for (int i = 0; i < 64; i += 8) {
                for (int j = 0; j + 16 < 64; j += 8) {
                    double d1 = step(rain.frames(), n, 0, i, j, 1);
                    double d16 = step(rain.frames(), n, 0, i, j, 16);
                    fine += d1 * d1;
                    coarse += d16 * d16;
                    fineLater += d1 * step(rain.frames(), n, 8, i, j, 1);
                    coarseLater += d16 * step(rain.frames(), n, 8, i, j, 16);
                }
            }
        }
        assertTrue(fine < .4 * coarse, "spectrum: " + fine + " " + coarse);
        assertTrue(fineLater / fine < .45 * coarseLater / coarse,
                "memory: " + fineLater / fine + " " + coarseLater / coarse);
    }

    private static double step(HostArray frames, int n, int t, int i, int j, int distance) {
        return frames.get(n, t, i, j + distance, 0) - frames.get(n, t, i, j, 0);
    }

    @Test
    void theScaleIsThePapers() {
        RainScale scale = RainScale.PAPER;
        assertEquals(1, scale.rate(10 * Math.log10(118.239) / 60), 1e-9, "Z = a at 1 mm/h");
        assertEquals(0, scale.rate(0));
        assertEquals(30, scale.dbz(.5));
        for (double rate : new double[] {.1, .5, 2, 10, 50}) {
            assertEquals(rate, scale.rate(scale.pixel(rate)), 1e-9 * rate);
        }
        assertEquals(0, scale.pixel(0));
        assertEquals(1, scale.pixel(1e6), "more than the scale holds");
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertSays(assertThrows(IllegalArgumentException.class, () -> new RainField(0, 32, 1, 2)), "frames, size");
        assertSays(assertThrows(IllegalArgumentException.class, () -> new RainField(5, 32, 2, 1)), "minSpeed");
        assertSays(assertThrows(IllegalArgumentException.class, () -> field.generate(1, -1, 2)), "from, to");
        assertSays(assertThrows(IllegalArgumentException.class, () -> new RainScale(0, 1, 60)), "a, b, maxDbz");
    }
}
