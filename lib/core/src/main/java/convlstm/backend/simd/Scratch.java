package convlstm.backend.simd;

import java.util.Arrays;

/** A buffer that is kept and only ever grows, so that a training step after the first allocates nothing large. */
final class Scratch {
    private float[] floats = {};

    /** An array of at least n elements with whatever content the last use left. */
    float[] atLeast(int n) {
        if (floats.length < n) {
            floats = new float[n];
        }
        return floats;
    }

    /** One for each worker. */
    static Scratch[] array(int workers) {
        Scratch[] all = new Scratch[workers];
        Arrays.setAll(all, w -> new Scratch());
        return all;
    }
}
