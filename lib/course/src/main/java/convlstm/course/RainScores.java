package convlstm.course;

import convlstm.data.RainScale;
import convlstm.tensor.HostArray;

/**
 * How good forecasts of rain are: the five columns of Table 2 in Shi et al. 2015, over all pixels and frames given.
 * "Rain" is a rate at or above a threshold, 0.5 mm/h in the paper. A hit is rain that was forecast, a miss rain that was
 * not, a false alarm rain that was forecast and did not come.
 *
 * @param rainfallMse the mean squared error of the rain rate in (mm/h)²
 * @param csi critical success index, hits / (hits + misses + false alarms): 1 is best; NaN where it never rains
 * @param far false alarm ratio, false alarms / (hits + false alarms): 0 is best; NaN where no rain is forecast
 * @param pod probability of detection, hits / (hits + misses): 1 is best; NaN where there is no rain
 * @param correlation {@code sum(P T) / (sqrt(sum(P^2) sum(T^2)) + 1e-9)} of pixels P and T, the paper's: no mean is
 *     taken off, so that it is 0 for a forecast of no rain
 */
public record RainScores(double rainfallMse, double csi, double far, double pod, double correlation) {
    /** The threshold of the paper in mm/h. */
    public static final double PAPER_RATE = 0.5;

    /**
     * Compares forecasts with what came.
     *
     * @param forecast pixels in [0, 1] of any shape
     * @param truth pixels of the same shape
     * @param scale what a pixel says about rain
     * @param rate the threshold in mm/h, above 0
     */
    public static RainScores of(HostArray forecast, HostArray truth, RainScale scale, double rate) {
        if (!forecast.shape().equals(truth.shape()) || forecast.size() == 0) {
            throw new IllegalArgumentException("forecast, truth: expected the same shape, got " + forecast.shape()
                    + " and " + truth.shape() + ". Hint: cut the forecast frames out of both with Dataset.frames");
        }
        if (!(rate > 0)) {
            throw new IllegalArgumentException("rate: expected a threshold above 0 mm/h, got " + rate
                    + ". Hint: at 0 every pixel would count as rain; the paper takes 0.5");
        }
        float threshold = (float) scale.pixel(rate);
        long hits = 0;
        long misses = 0;
        long falseAlarms = 0;
        double squares = 0;
        double pt = 0;
        double pp = 0;
        double tt = 0;
        for (int i = 0; i < forecast.size(); i++) {
            double p = forecast.values()[i];
            double t = truth.values()[i];
            hits += p >= threshold && t >= threshold ? 1 : 0;
            misses += p < threshold && t >= threshold ? 1 : 0;
            falseAlarms += p >= threshold && t < threshold ? 1 : 0;
            double error = scale.rate(p) - scale.rate(t);
            squares += error * error;
            pt += p * t;
            pp += p * p;
            tt += t * t;
        }
        return new RainScores(squares / forecast.size(), share(hits, misses + falseAlarms), share(falseAlarms, hits),
                share(hits, misses), pt / (Math.sqrt(pp * tt) + 1e-9));
    }

    private static double share(long part, long others) {
        return part / (double) (part + others);
    }
}
