package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.Digits;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PixelWorldTest {
    /** A digit without an empty border, so that its place can be read from its ink. */
    private static final Digits BLOCK = new Digits(ones(4), new int[] {1});

    private static HostArray ones(int size) {
        HostArray ink = HostArray.zeros(1, size, size);
        Arrays.fill(ink.values(), 1);
        return ink;
    }

    /** Row and column of the first ink of a frame. */
    private static int[] corner(HostArray sequences, int n, int t) {
        int W = sequences.dim(3);
        HostArray frame = sequences.at(n).at(t);
        int first = IntStream.range(0, frame.size()).filter(p -> frame.values()[p] > 0).findFirst().orElseThrow();
        return new int[] {first / W, first % W};
    }

    @Test
    void everyDigitMovesByItsVelocityAndTouchesNoWall() {
        PixelWorld world = PixelWorld.of(4, 11, 9, 8, new Velocity(1, 0), new Velocity(-1, 0));
        HostArray sequences = world.sequences(BLOCK, 3, 200);
        Set<String> starts = new HashSet<>();
        for (int n = 0; n < 200; n++) {
            int[] start = corner(sequences, n, 0);
            int step = corner(sequences, n, 1)[0] - start[0];
            assertEquals(1, Math.abs(step));
            starts.add(step + " " + Arrays.toString(start));
            for (int t = 0; t < 8; t++) {
                int[] at = corner(sequences, n, t);
                assertEquals(start[0] + step * t, at[0], "row of frame " + t + ": a bounce would turn it");
                assertEquals(start[1], at[1]);
                double ink = 0;
                for (float v : sequences.at(n).at(t).values()) {
                    ink += v;
                }
                assertEquals(16, ink, "the whole digit is in the frame");
            }
        }
        assertEquals(2 * 1 * 6, starts.size(), "every start and direction occurs");
    }

    @Test
    void halfAPixelPerFrameIsOnePixelInTwoFrames() {
        HostArray sequences = PixelWorld.of(4, 4, 12, 7, new Velocity(0, 0.5)).sequences(BLOCK, 1, 50);
        for (int n = 0; n < 50; n++) {
            int first = corner(sequences, n, 0)[1];
            assertEquals(first + 3, corner(sequences, n, 6)[1]);
            for (int t = 1; t < 7; t++) {
                int moved = corner(sequences, n, t)[1] - corner(sequences, n, t - 1)[1];
                assertTrue(moved == 0 || moved == 1);
            }
        }
    }

    @Test
    void aHalfIsNeverLeft() throws IOException {
        HostArray left = Place.LEFT.sequences(Digits.heldOut(), 1, 100);
        HostArray right = Place.RIGHT.sequences(Digits.heldOut(), 1, 100);
        for (int k = 0; k < left.size(); k++) {
            int column = k % left.dim(3);
            assertTrue(left.values()[k] == 0 || column < 7);
            assertTrue(right.values()[k] == 0 || column >= 7);
        }
    }

    @Test
    void theSameSeedGivesTheSameBitsAndAnotherOthers() throws IOException {
        PixelWorld world = Operator.WORLD;
        Digits digits = Digits.heldOut();
        assertEquals(world.sequences(digits, 5, 9), world.sequences(digits, 5, 9));
        assertEquals(world.sequences(digits, 5, 9).range(0, 4), world.sequences(digits, 5, 4));
        assertTrue(!world.sequences(digits, 5, 9).equals(world.sequences(digits, 6, 9)));
    }

    @Test
    void aWorldWithoutRoomIsRefused() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> PixelWorld.of(5, 11, 8, 8, new Velocity(1, 0)));
        assertTrue(e.getMessage().contains("needs 12 x 5 pixels, got 11 x 8"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> PixelWorld.of(5, 11, 8, 8));
        assertThrows(IllegalArgumentException.class, () -> Operator.WORLD.columns(0, 99));
    }

    @Test
    void noDigitIsInTwoSets() throws IOException {
        DigitSets sets = DigitSets.shipped();
        assertEquals(400, sets.train().count());
        assertEquals(100, sets.validation().count());
        Set<HostArray> different = new HashSet<>();
        for (Digits digits : new Digits[] {sets.train(), sets.validation(), sets.test()}) {
            for (int k = 0; k < digits.count(); k++) {
                different.add(digits.images().at(k));
            }
        }
        assertEquals(400 + 100 + 200, different.size());
    }
}
