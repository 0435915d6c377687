package convlstm.course;

import convlstm.backend.Backend;
import convlstm.tensor.HostArray;
import convlstm.tensor.Tensor;

/** Square images moved by one pixel, to find out whether a layer treats all places alike (notebooks 04 and 05). */
public final class Shift {
    private Shift() {}

    /**
     * Images shifted one pixel down and right; what leaves comes back on the other side.
     *
     * @param images {@code (..., side, side, channels)}, or the same numbers flattened
     */
    public static HostArray roll(HostArray images, int side, int channels) {
        HostArray rolled = HostArray.zeros(images.shape().toArray());
        for (int k = 0; k < images.size(); k++) {
            int pixel = k / channels;
            int x = (pixel % side + 1) % side;
            int y = (pixel / side % side + 1) % side;
            int image = pixel / side / side;
            rolled.values()[((image * side + y) * side + x) * channels + k % channels] = images.values()[k];
        }
        return rolled;
    }

    /** The same for images of one channel on a backend. */
    public static Tensor roll(Backend K, Tensor images, int side) {
        return K.tensor(images.shape(), roll(new HostArray(images.shape(), K.toArray(images)), side, 1).values());
    }

    /** The largest difference of images of one channel at pixels that are {@code margin} or more away from the border. */
    public static double inside(Backend K, Tensor a, Tensor b, int side, int margin) {
        float[] p = K.toArray(a);
        float[] q = K.toArray(b);
        double largest = 0;
        for (int k = 0; k < p.length; k++) {
            int y = k / side % side;
            int x = k % side;
            if (Math.min(Math.min(y, x), side - 1 - Math.max(y, x)) >= margin) {
                largest = Math.max(largest, Math.abs(p[k] - q[k]));
            }
        }
        return largest;
    }
}
