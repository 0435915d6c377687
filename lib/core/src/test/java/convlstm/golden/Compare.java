package convlstm.golden;

import static org.junit.jupiter.api.Assertions.fail;

import convlstm.tensor.HostArray;

/** How close is close enough, and what to say when it is not. */
final class Compare {
    /** Forward values, absolute where they are below 1, relative above. */
    static final float FORWARD = 1e-5f;

    /** Gradients, relative to the largest element of the expected gradient. */
    static final float GRADIENT = 1e-4f;

    /** Losses and weights over a short training, absolute. */
    static final float TRAINING = 1e-4f;

    private Compare() {}

    static void assertForward(String what, HostArray expected, HostArray actual) {
        assertClose(what, expected, actual, FORWARD * Math.max(1, largest(expected)));
    }

    static void assertGradient(String what, HostArray expected, HostArray actual) {
        assertClose(what, expected, actual, GRADIENT * Math.max(1e-2f, largest(expected)));
    }

    /** Fails unless every element is within {@code tolerance}; NaN never is. */
    static void assertClose(String what, HostArray expected, HostArray actual, float tolerance) {
        if (!expected.shape().equals(actual.shape())) {
            fail(what + ": expected shape " + expected.shape() + ", got " + actual.shape());
        }
        float[] e = expected.values();
        float[] a = actual.values();
        int worst = -1;
        float difference = 0;
        for (int k = 0; k < e.length; k++) {
            float d = Math.abs(e[k] - a[k]);
            if (!(d <= tolerance) && !(d <= difference)) {
                worst = k;
                difference = d;
            }
        }
        if (worst >= 0) {
            fail(what + ": expected " + e[worst] + ", got " + a[worst] + " at flat index " + worst + " of "
                    + expected.shape() + ", more than " + tolerance + " apart");
        }
    }

    private static float largest(HostArray a) {
        float m = 0;
        for (float v : a.values()) {
            m = Math.max(m, Math.abs(v));
        }
        return m;
    }
}
