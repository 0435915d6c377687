package convlstm.data;

import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MovingDigitsTest {
    static MovingDigits paper;
    static MovingDigits small;

    @BeforeAll
    static void load() throws IOException {
        paper = MovingDigits.paper(Digits.train());
        small = MovingDigits.scaled(Digits.train(), 32);
    }

    @Test
    void theShapesAreThePapers() {
        TrackedSequences s = paper.generate(1, 0, 3);
        assertEquals(Shape.of(3, 20, 64, 64, 1), s.frames().shape());
        assertEquals(Shape.of(3, 20, 2, 2), s.positions().shape());
        assertEquals(Shape.of(3, 20, 2, 2), s.velocities().shape());
        assertEquals(14, small.digits().size());
        assertEquals(Shape.of(2, 20, 32, 32, 1), small.sequences(1, 2).shape());
        for (float v : small.sequences(1, 2).values()) {
            assertTrue(v >= 0 && v <= 1);
        }
    }

    @Test
    void theFirstSequenceIsAlwaysTheSame() {
        // Recorded: the promise is that these bits never change, on any machine.
        TrackedSequences s = paper.generate(2015, 0, 1);
        assertEquals(GOLDEN_LABELS, s.labels()[0][0] + " " + s.labels()[0][1]);
        assertEquals(GOLDEN_POSITIONS, s.positions().hashCode());
        assertEquals(GOLDEN_FRAMES, s.frames().hashCode());
    }

    private static final String GOLDEN_LABELS = "9 2";
    private static final int GOLDEN_POSITIONS = -1667516581;
    private static final int GOLDEN_FRAMES = -435422389;

    @Test
    void sequencesDependOnSeedAndNumberOnly() {
        HostArray many = paper.sequences(5, 6);
        assertEquals(many, paper.sequences(5, 6));
        assertEquals(many.range(0, 2), paper.sequences(5, 2));
        assertEquals(many.range(3, 5), paper.generate(5, 3, 5).frames());
        Set<HostArray> all = new HashSet<>();
        for (long seed = 0; seed < 4; seed++) {
            HostArray sequences = paper.sequences(seed, 6);
            for (int n = 0; n < 6; n++) {
                all.add(sequences.at(n));
            }
        }
        assertEquals(24, all.size(), "nearby seeds and numbers give different sequences");
    }

    @Test
    void wholePixelFramesAreTheDigitsAtTheirPositions() throws IOException {
        // One digit, so that the frame tells where it is: the brightest match must be at the rounded position.
        Digits digits = Digits.train();
        MovingDigits one = paper.withCount(1);
        TrackedSequences s = one.generate(7, 0, 20);
        for (int n = 0; n < 20; n++) {
            for (int t = 0; t < 20; t++) {
                int y = Math.round(s.positions().get(n, t, 0, 0));
                int x = Math.round(s.positions().get(n, t, 0, 1));
                boolean found = false;
                for (int d = 0; d < digits.count() && !found; d++) {
                    found = digits.labels()[d] == s.labels()[n][0] && isDigitAt(s.frames(), n, t, digits, d, y, x);
                }
                assertTrue(found, "a " + s.labels()[n][0] + " at " + y + ", " + x + " and black around it");
            }
        }
    }

    private static boolean isDigitAt(HostArray frames, int n, int t, Digits digits, int d, int y, int x) {
        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < 64; j++) {
                boolean inside = i >= y && i < y + 28 && j >= x && j < x + 28;
                float expected = inside ? digits.images().get(d, i - y, j - x) : 0;
                if (frames.get(n, t, i, j, 0) != expected) {
                    return false;
                }
            }
        }
        return true;
    }

    @Test
    void overlapsShowTheBrighterPixel() {
        // The first digit is the same with and without a second one, so both together are the brighter of the two.
        HostArray both = paper.sequences(3, 5);
        HostArray first = paper.withCount(1).sequences(3, 5);
        int brighter = 0;
        for (int i = 0; i < both.size(); i++) {
            assertTrue(both.values()[i] >= first.values()[i]);
            brighter += both.values()[i] > first.values()[i] ? 1 : 0;
        }
        assertTrue(brighter > 5 * 20 * 30, "the second digit shows");

        float[] grey = new float[36];
        Arrays.fill(grey, .4f);
        Digits square = new Digits(new HostArray(Shape.of(1, 6, 6), grey), new int[] {0});
        for (float v : new MovingDigits(square, 20, 9, 3, 1, 2, false).sequences(1, 5).values()) {
            assertTrue(v == 0 || v == .4f, "squares that overlap do not add up: " + v);
        }
    }

    @Test
    void betweenPixelsTheInkIsWhereTheTruthSays() {
        // Bilinear drawing keeps the ink and moves its centre exactly: the centre's path is the position's.
        TrackedSequences s = small.withCount(1).generate(11, 0, 20);
        for (int n = 0; n < 20; n++) {
            double[] start = centre(s.frames(), n, 0);
            for (int t = 1; t < 20; t++) {
                double[] now = centre(s.frames(), n, t);
                assertEquals(start[2], now[2], 1e-3 * start[2], "ink");
                for (int a = 0; a < 2; a++) {
                    double moved = s.positions().get(n, t, 0, a) - s.positions().get(n, 0, 0, a);
                    assertEquals(moved, now[a] - start[a], 1e-4);
                }
            }
        }
    }

    private static double[] centre(HostArray frames, int n, int t) {
        double y = 0;
        double x = 0;
        double ink = 0;
        for (int i = 0; i < 32; i++) {
            for (int j = 0; j < 32; j++) {
                double v = frames.get(n, t, i, j, 0);
                y += i * v;
                x += j * v;
                ink += v;
            }
        }
        return new double[] {y / ink, x / ink, ink};
    }

    @Test
    void speedsStayInTheirRangeAndDigitsInside() {
        check(paper, 3, 5, 36);
        check(small, 1.5, 2.5, 18);
        check(paper.withSpeed(0, 0), 0, 0, 36);
        check(paper.withSpeed(100, 300), 100, 300, 36);
    }

    private static void check(MovingDigits moving, double least, double most, float wall) {
        TrackedSequences s = moving.generate(9, 0, 200);
        double slowest = Double.MAX_VALUE;
        double fastest = 0;
        for (int n = 0; n < 200; n++) {
            for (int t = 0; t < 20; t++) {
                for (int d = 0; d < 2; d++) {
                    double speed = Math.hypot(s.velocities().get(n, t, d, 0), s.velocities().get(n, t, d, 1));
                    slowest = Math.min(slowest, speed);
                    fastest = Math.max(fastest, speed);
                    for (int a = 0; a < 2; a++) {
                        float p = s.positions().get(n, t, d, a);
                        assertTrue(p >= 0 && p <= wall, "inside: " + p);
                        assertEquals(Math.abs(s.velocities().get(n, 0, d, a)),
                                Math.abs(s.velocities().get(n, t, d, a)), "walls turn the velocity only");
                    }
                }
            }
        }
        assertTrue(slowest >= least - 1e-5 && fastest <= most + 1e-5, slowest + " to " + fastest);
        assertTrue(slowest <= least + .02 * (most - least) && fastest >= most - .02 * (most - least),
                "fills the range");
    }

    @Test
    void positionsFollowTheVelocitiesAndReflectAtWalls() {
        TrackedSequences s = paper.generate(13, 0, 100);
        int bounces = 0;
        for (int n = 0; n < 100; n++) {
            for (int t = 1; t < 20; t++) {
                for (int d = 0; d < 2; d++) {
                    for (int a = 0; a < 2; a++) {
                        double before = s.positions().get(n, t - 1, d, a);
                        double v = s.velocities().get(n, t - 1, d, a);
                        double expected = before + v;
                        boolean bounce = expected < 0 || expected > 36;
                        expected = expected < 0 ? -expected : expected > 36 ? 72 - expected : expected;
                        assertEquals(expected, s.positions().get(n, t, d, a), 1e-4);
                        assertEquals(bounce ? -v : v, s.velocities().get(n, t, d, a));
                        bounces += bounce ? 1 : 0;
                    }
                }
            }
        }
        assertTrue(bounces > 300, "some do bounce: " + bounces);
    }

    @Test
    void startsDirectionsAndDigitsAreSpreadEvenly() {
        TrackedSequences s = paper.withFrames(1).generate(17, 0, 2000);
        int[] quadrant = new int[4];
        int[] labels = new int[10];
        double meanY = 0;
        for (int n = 0; n < 2000; n++) {
            quadrant[(s.velocities().get(n, 0, 0, 0) > 0 ? 2 : 0) + (s.velocities().get(n, 0, 0, 1) > 0 ? 1 : 0)]++;
            labels[s.labels()[n][1]]++;
            meanY += s.positions().get(n, 0, 0, 0) / 2000;
        }
        for (int q : quadrant) {
            assertEquals(500, q, 80);
        }
        for (int l : labels) {
            assertEquals(200, l, 55);
        }
        assertEquals(18, meanY, 1);
    }

    @Test
    void aDigitAsLargeAsItsFrameStaysPut() throws IOException {
        MovingDigits full = new MovingDigits(Digits.train(), 3, 28, 1, 3, 5, true);
        HostArray frames = full.sequences(1, 1).at(0);
        assertEquals(frames.at(0), frames.at(2));
        assertNotEquals(HostArray.zeros(28, 28, 1), frames.at(0));
    }

    @Test
    void wrongArgumentsAreNamed() throws IOException {
        Digits digits = Digits.train();
        refuses(() -> new MovingDigits(digits, 20, 27, 2, 3, 5, false), "size", "28", "27", "shrink");
        refuses(() -> paper.withFrames(0), "frames", "0");
        refuses(() -> paper.withCount(0), "count", "0");
        refuses(() -> paper.withSpeed(5, 3), "minSpeed, maxSpeed", "5.0, 3.0");
        refuses(() -> paper.withSpeed(Double.NaN, 3), "minSpeed");
        refuses(() -> paper.generate(1, 3, 2), "from, to", "3, 2");
        refuses(() -> MovingDigits.scaled(digits, 128), "size", "8 to 64", "128");
    }

    private static void refuses(Runnable call, String... words) {
        assertSays(assertThrows(IllegalArgumentException.class, call::run), words);
    }
}
