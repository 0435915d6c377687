package convlstm.rain;

import static convlstm.tensor.Arguments.require;

import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How good forecasts of rain are, over all pixels and frames given: {@code (N, T, H, W, 1)} in [0, 1]. "Rain" is a rate at
 * or above a threshold. A hit is rain that was forecast, a miss rain that was not, a false alarm rain that was forecast
 * and did not come.
 *
 * <p>Each score is a {@link SumRatio}: its parts are kept for each sequence, so that it has an interval.
 *
 * <p>Sources: Shi et al. 2015, Table 2 (all but bias and FSS); Roberts and Lean 2008 (FSS).
 */
public final class RainScores {
    private final HostArray forecast;
    private final HostArray truth;
    private final RainScale scale;
    private final int perSequence;

    /**
     * Forecasts and what came.
     *
     * @param forecast {@code (N, T, H, W, 1)}, pixels in [0, 1]
     * @param truth of the same shape
     * @param scale what a pixel says about rain
     */
    public RainScores(HostArray forecast, HostArray truth, RainScale scale) {
        require(forecast.shape().equals(truth.shape()) && forecast.shape().rank() == 5 && forecast.dim(4) == 1
                && forecast.size() != 0,
                "forecast, truth", "one shape (N, T, H, W, 1)", forecast.shape() + " and " + truth.shape(),
                "cut the forecast frames out of both with Dataset.frames");
        this.forecast = forecast;
        this.truth = truth;
        this.scale = scale;
        this.perSequence = forecast.size() / forecast.dim(0);
    }

    /**
     * The middle of each frame, where the wind has not yet brought in what no forecast can have seen.
     *
     * @param frames {@code (N, T, H, W, 1)}
     * @param margin the pixels left out on each side
     */
    public static HostArray centre(HostArray frames, int margin) {
        int H = frames.dim(2) - 2 * margin;
        int W = frames.dim(3) - 2 * margin;
        require(margin >= 0 && H >= 1 && W >= 1, "margin", "0 or more, less than half of a frame of " + frames.shape(),
                margin);
        HostArray cut = HostArray.zeros(frames.dim(0), frames.dim(1), H, W, 1);
        for (int row = 0; row < frames.dim(0) * frames.dim(1) * H; row++) {
            int from = (row / H * frames.dim(2) + row % H + margin) * frames.dim(3) + margin;
            System.arraycopy(frames.values(), from, cut.values(), row * W, W);
        }
        return cut;
    }

    /** Critical success index, hits / (hits + misses + false alarms): 1 is best; NaN where it never rains. */
    public SumRatio csi(double rate) {
        float cut = cut(rate);
        return ratio(i -> rains(forecast, i, cut) && rains(truth, i, cut) ? 1 : 0,
                i -> rains(forecast, i, cut) || rains(truth, i, cut) ? 1 : 0);
    }

    /** Probability of detection, hits / (hits + misses): 1 is best. */
    public SumRatio pod(double rate) {
        float cut = cut(rate);
        return ratio(i -> rains(forecast, i, cut) && rains(truth, i, cut) ? 1 : 0, i -> rains(truth, i, cut) ? 1 : 0);
    }

    /** False alarm ratio, false alarms / (hits + false alarms): 0 is best. */
    public SumRatio far(double rate) {
        float cut = cut(rate);
        return ratio(i -> rains(forecast, i, cut) && !rains(truth, i, cut) ? 1 : 0,
                i -> rains(forecast, i, cut) ? 1 : 0);
    }

    /** Frequency bias, pixels forecast to have rain over pixels that had it: 1 is best, below 1 it rains too little. */
    public SumRatio bias(double rate) {
        float cut = cut(rate);
        return ratio(i -> rains(forecast, i, cut) ? 1 : 0, i -> rains(truth, i, cut) ? 1 : 0);
    }

    /** The mean squared error of the rain rate in (mm/h)², the paper's Rainfall-MSE. */
    public SumRatio rainfallMse() {
        return ratio(i -> {
            double error = scale.rate(forecast.values()[i]) - scale.rate(truth.values()[i]);
            return error * error;
        }, i -> 1);
    }

    /** The mean squared error of the pixels, that is of reflectivity. */
    public SumRatio pixelMse() {
        return ratio(i -> {
            double error = forecast.values()[i] - truth.values()[i];
            return error * error;
        }, i -> 1);
    }

    /**
     * Fractions skill score: how alike the shares of rain are in squares of {@code window} pixels around each pixel, so
     * that a core one pixel off is no longer a miss and a false alarm. 1 is best, 0 is no overlap. Squares are cut at the
     * frame's edge.
     *
     * @param window the squares' side, odd; 1 compares pixels
     */
    public SumRatio fss(double rate, int window) {
        require(window >= 1 && window % 2 != 0, "window", "an odd number of pixels", window);
        double[] forecastShare = shares(forecast, cut(rate), window / 2);
        double[] truthShare = shares(truth, cut(rate), window / 2);
        return ratio(i -> 2 * forecastShare[i] * truthShare[i], // p² + t² - (p - t)²
                i -> forecastShare[i] * forecastShare[i] + truthShare[i] * truthShare[i]);
    }

    /** The share of pixels with rain in the square of each pixel. */
    private static double[] shares(HostArray frames, float cut, int reach) {
        int H = frames.dim(2);
        int W = frames.dim(3);
        double[] shares = new double[frames.size()];
        int[] sums = new int[(H + 1) * (W + 1)]; // of all pixels above and to the left
        for (int frame = 0; frame < frames.size(); frame += H * W) {
            for (int i = 0; i < H * W; i++) {
                int y = i / W;
                int x = i % W;
                sums[(y + 1) * (W + 1) + x + 1] = (rains(frames, frame + i, cut) ? 1 : 0) + sums[y * (W + 1) + x + 1]
                        + sums[(y + 1) * (W + 1) + x] - sums[y * (W + 1) + x];
            }
            for (int i = 0; i < H * W; i++) {
                int top = Math.max(0, i / W - reach) * (W + 1);
                int bottom = Math.min(H, i / W + reach + 1) * (W + 1);
                int left = Math.max(0, i % W - reach);
                int right = Math.min(W, i % W + reach + 1);
                int rain = sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left];
                shares[frame + i] = rain / (double) ((bottom - top) / (W + 1) * (right - left));
            }
        }
        return shares;
    }

    private float cut(double rate) {
        if (!(rate > 0)) {
            throw new IllegalArgumentException("rate: expected a threshold above 0 mm/h, got " + rate
                    + ". Hint: at 0 every pixel would count as rain; the paper takes 0.5");
        }
        return (float) scale.pixel(rate);
    }

    private static boolean rains(HostArray frames, int i, float cut) {
        return frames.values()[i] >= cut;
    }

    private SumRatio ratio(IntToDoubleFunction above, IntToDoubleFunction below) {
        return new SumRatio(sums(above), sums(below));
    }

    /** The sum over each sequence's pixels. */
    private double[] sums(IntToDoubleFunction part) {
        return IntStream.range(0, forecast.dim(0))
                .mapToDouble(n -> IntStream.range(n * perSequence, (n + 1) * perSequence).mapToDouble(part).sum())
                .toArray();
    }
}
