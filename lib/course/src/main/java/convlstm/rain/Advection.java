package convlstm.rain;

import static convlstm.tensor.Arguments.require;

import convlstm.data.Dataset;
import convlstm.tensor.HostArray;

/**
 * The forecast that everything moves on as it did, and nothing grows, decays or turns: one wind for each sequence is
 * estimated from the frames seen, then the last of them is carried on. What the optical flow methods of weather services
 * do, in its simplest form.
 */
public final class Advection {
    private static final double COARSE = 0.5;
    private static final double FINE = 0.125;

    private Advection() {}

    /**
     * The displacement from frame to frame under which frames are most alike: the least mean squared difference between
     * each frame and the one before it, moved; over a grid of half pixels, then eighths of a pixel around the best.
     *
     * @param seen {@code (N, T, H, W, 1)}, T at least 2
     * @param maxSpeed the most rows and columns that are tried, in pixels per frame
     * @return {@code (N, 2)}, rows then columns in pixels per frame
     */
    public static HostArray winds(HostArray seen, double maxSpeed) {
        requireSeen(seen);
        require(maxSpeed >= COARSE && maxSpeed < Math.min(seen.dim(2), seen.dim(3)) - 1, "maxSpeed",
                COARSE + " pixels per frame or more, and less than the frame", maxSpeed);
        HostArray winds = HostArray.zeros(seen.dim(0), 2);
        for (int n = 0; n < seen.dim(0); n++) {
            HostArray sequence = seen.at(n);
            double[] wind = best(sequence, 0, 0, maxSpeed, COARSE);
            wind = best(sequence, wind[0], wind[1], COARSE, FINE);
            winds.set((float) wind[0], n, 0);
            winds.set((float) wind[1], n, 1);
        }
        return winds;
    }

    /**
     * The last frame carried on; what comes in from outside repeats the nearest pixel.
     *
     * @param seen {@code (N, T, H, W, 1)}, T at least 2
     * @param steps the frames to forecast
     * @param winds {@code (N, 2)} from {@link #winds}, or the true ones
     * @return {@code (N, steps, H, W, 1)}
     */
    public static HostArray forecast(HostArray seen, int steps, HostArray winds) {
        requireSeen(seen);
        require(steps >= 1, "steps", "1 frame or more", steps);
        require(winds.shape().rank() == 2 && winds.dim(0) == seen.dim(0) && winds.dim(1) == 2, "winds",
                "(" + seen.dim(0) + ", 2), rows then columns", winds.shape());
        int T = seen.dim(1);
        int H = seen.dim(2);
        int W = seen.dim(3);
        HostArray last = Dataset.frames(seen, T - 1, T);
        HostArray forecast = HostArray.zeros(seen.dim(0), steps, H, W, 1);
        int to = 0;
        for (int n = 0; n < seen.dim(0); n++) {
            for (int k = 1; k <= steps; k++) {
                for (int y = 0; y < H; y++) {
                    for (int x = 0; x < W; x++) {
                        forecast.values()[to++] = between(last, n, y - k * winds.get(n, 0), x - k * winds.get(n, 1));
                    }
                }
            }
        }
        return forecast;
    }

    private static double[] best(HostArray frames, double aroundY, double aroundX, double reach, double step) {
        int tried = (int) Math.floor(reach / step);
        double least = Double.POSITIVE_INFINITY;
        double[] best = {aroundY, aroundX};
        for (int i = -tried; i <= tried; i++) {
            for (int j = -tried; j <= tried; j++) {
                double dy = aroundY + i * step;
                double dx = aroundX + j * step;
                double difference = difference(frames, dy, dx);
                if (difference < least) {
                    least = difference;
                    best = new double[] {dy, dx};
                }
            }
        }
        return best;
    }

    /** The mean over all pixels whose origin is inside the frame. */
    private static double difference(HostArray frames, double dy, double dx) {
        int H = frames.dim(1);
        int W = frames.dim(2);
        double sum = 0;
        int pixels = 0;
        for (int t = 1; t < frames.dim(0); t++) {
            for (int y = (int) Math.ceil(Math.max(0, dy)); y < H && y - dy <= H - 1; y++) {
                for (int x = (int) Math.ceil(Math.max(0, dx)); x < W && x - dx <= W - 1; x++) {
                    double d = frames.values()[(t * H + y) * W + x] - between(frames, t - 1, y - dy, x - dx);
                    sum += d * d;
                    pixels++;
                }
            }
        }
        return sum / pixels;
    }

    private static float between(HostArray frames, int t, double y, double x) {
        int H = frames.dim(-3);
        int W = frames.dim(-2);
        return between(frames.values(), t * H * W, H, W, y, x);
    }

    /** The frame that begins at {@code from}, at a place between pixels; outside, the nearest pixel. */
    static float between(float[] v, int from, int H, int W, double y, double x) {
        double row = Math.clamp(y, 0, H - 1);
        double column = Math.clamp(x, 0, W - 1);
        int y0 = Math.min((int) row, H - 2);
        int x0 = Math.min((int) column, W - 2);
        double fy = row - y0;
        double fx = column - x0;
        int at = from + y0 * W + x0;
        return (float) ((1 - fy) * ((1 - fx) * v[at] + fx * v[at + 1])
                + fy * ((1 - fx) * v[at + W] + fx * v[at + W + 1]));
    }

    private static void requireSeen(HostArray seen) {
        if (seen.shape().rank() != 5 || seen.dim(1) < 2 || seen.dim(2) < 2 || seen.dim(3) < 2 || seen.dim(4) != 1) {
            throw new IllegalArgumentException("seen: expected (N, T, H, W, 1) with T, H and W at least 2, got "
                    + seen.shape() + ". Hint: motion shows only between two frames");
        }
    }
}
