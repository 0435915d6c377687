package convlstm.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Comparison of float32 results whose sums may have been taken in another order. */
final class Close {
    /** About 60 roundings of float32: Winograd's 5x5 convolution, of which 3e-6 is the root mean square, needs them. */
    private static final double TOLERANCE = 8e-6;

    private Close() {}

    /**
     * Fails unless all elements agree. A sum of {@code terms} numbers of size one has a rounding error that grows with
     * the root of their number, and with the result itself; NaN must meet NaN, and infinity the same infinity.
     */
    static void assertClose(String what, float[] expected, float[] actual, int terms) {
        assertEquals(expected.length, actual.length, what + ": number of elements");
        for (int k = 0; k < expected.length; k++) {
            double tolerance = TOLERANCE * (Math.sqrt(terms) + Math.abs(expected[k]));
            boolean same = Float.compare(expected[k], actual[k]) == 0;
            if (!same && !(Math.abs((double) expected[k] - actual[k]) <= tolerance && Float.isFinite(expected[k]))) {
                fail(what + ": element " + k + " of " + expected.length + ": expected " + expected[k] + ", got "
                        + actual[k] + ", tolerance " + tolerance);
            }
        }
    }
}
