package convlstm.rain;

import convlstm.tensor.HostArray;

/** Frames smoothed by a Gaussian bell: a forecast that bets less on each pixel. */
public final class Blur {
    private Blur() {}

    /**
     * Each pixel becomes the weighted mean of those around it; beyond the edge there are none.
     *
     * @param frames {@code (N, T, H, W, 1)}
     * @param sigma the bell's standard deviation in pixels; 0 changes nothing
     */
    public static HostArray gaussian(HostArray frames, double sigma) {
        if (frames.shape().rank() != 5 || frames.dim(4) != 1 || !(sigma >= 0 && sigma < 1000)) {
            throw new IllegalArgumentException("frames, sigma: expected (N, T, H, W, 1) and 0 pixels or more, got "
                    + frames.shape() + ", " + sigma);
        }
        int H = frames.dim(2);
        int W = frames.dim(3);
        HostArray blurred = HostArray.zeros(frames.shape().toArray());
        float[] image = new float[H * W];
        for (int frame = 0; frame < frames.size(); frame += H * W) {
            System.arraycopy(frames.values(), frame, image, 0, H * W);
            System.arraycopy(image(image, H, W, sigma), 0, blurred.values(), frame, H * W);
        }
        return blurred;
    }

    /** One image of H rows: along the columns, then along the rows. */
    static float[] image(float[] image, int H, int W, double sigma) {
        return sigma == 0 ? image.clone() : along(along(image, H, W, W, sigma), W, H, 1, sigma);
    }

    /** Smooths {@code lines} lines of {@code n} pixels, {@code step} apart, that begin where the other axis counts. */
    private static float[] along(float[] image, int n, int lines, int step, double sigma) {
        int reach = (int) Math.ceil(3 * sigma);
        double[] bell = new double[reach + 1];
        for (int d = 0; d <= reach; d++) {
            bell[d] = Math.exp(-d * d / (2 * sigma * sigma));
        }
        float[] out = new float[image.length];
        for (int line = 0; line < lines; line++) {
            int start = step == 1 ? line * n : line;
            for (int i = 0; i < n; i++) {
                double sum = 0;
                double weights = 0;
                for (int j = Math.max(0, i - reach); j <= Math.min(n - 1, i + reach); j++) {
                    sum += bell[Math.abs(i - j)] * image[start + j * step];
                    weights += bell[Math.abs(i - j)];
                }
                out[start + i * step] = (float) (sum / weights);
            }
        }
        return out;
    }
}
