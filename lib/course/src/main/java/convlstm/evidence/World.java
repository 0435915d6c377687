package convlstm.evidence;

import convlstm.data.Digits;
import convlstm.tensor.HostArray;

/** Where digits move, and how. */
public interface World {
    /** The height of a frame in pixels. */
    int height();

    /** The width of a frame in pixels. */
    int width();

    /** T, the frames of a sequence. */
    int frames();

    /**
     * The first n sequences of a seed.
     *
     * @param digits the pictures to draw from, of any size; they are shrunk
     * @return {@code (n, T, H, W, 1)} in [0, 1]
     */
    HostArray sequences(Digits digits, long seed, int n);
}
