package convlstm.model;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/**
 * How good forecasts are, frame by frame. Each measure takes forecasts and truth {@code (N, T, ...)} and returns T numbers:
 * for each step into the future, the mean over the N sequences.
 */
public final class Metrics {
    private Metrics() {}

    /** The squared error summed over a frame's pixels: what the literature on Moving MNIST calls MSE. */
    public static double[] squaredError(HostArray forecast, HostArray truth) {
        return frameSums(forecast, truth, (y, z) -> (y - z) * (y - z));
    }

    /** The absolute error summed over a frame's pixels. */
    public static double[] absoluteError(HostArray forecast, HostArray truth) {
        return frameSums(forecast, truth, (y, z) -> Math.abs(y - z));
    }

    /**
     * The binary cross-entropy in nats, summed over a frame's pixels.
     *
     * @param probabilities of ink; kept away from 0 and 1 by 1e-7, as Keras does
     */
    public static double[] crossEntropy(HostArray probabilities, HostArray truth) {
        return frameSums(probabilities, truth, (y, z) -> {
            double p = Math.clamp(y, 1e-7, 1 - 1e-7);
            return -z * Math.log(p) - (1 - z) * Math.log(1 - p);
        });
    }

    /**
     * The critical success index, hits / (hits + misses + false alarms), counted over all sequences of a step: 1 where
     * exactly the pixels above the threshold were forecast above it, 0 where none of them was.
     *
     * @return T numbers; NaN for a step where neither forecast nor truth is ever above the threshold
     */
    public static double[] criticalSuccess(HostArray forecast, HostArray truth, double threshold) {
        double[] hits = frameSums(forecast, truth, (y, z) -> y >= threshold && z >= threshold ? 1 : 0);
        double[] events = frameSums(forecast, truth, (y, z) -> y >= threshold || z >= threshold ? 1 : 0);
        Arrays.setAll(hits, t -> hits[t] / events[t]);
        return hits;
    }

    /**
     * The forecast that nothing will move: the last frame seen, repeated. A forecast that is no better has not learnt
     * motion.
     *
     * @param seen {@code (N, T, ...)}
     * @param steps the frames to forecast
     * @return {@code (N, steps, ...)}
     */
    public static HostArray copyLast(HostArray seen, int steps) {
        require(seen.shape().rank() >= 2 && seen.dim(1) >= 1 && steps >= 1, "seen, steps",
                "(N, T, ...) with T at least 1 and 1 step or more", seen.shape() + " and " + steps);
        int N = seen.dim(0);
        int T = seen.dim(1);
        Shape frame = seen.shape().drop(2);
        HostArray copies = new HostArray(seen.shape().with(1, steps), new float[N * steps * frame.size()]);
        for (int n = 0; n < N; n++) {
            for (int t = 0; t < steps; t++) {
                System.arraycopy(seen.values(), (n * T + T - 1) * frame.size(), copies.values(),
                        (n * steps + t) * frame.size(), frame.size());
            }
        }
        return copies;
    }

    /** The probabilities that a model's logits stand for: 1 / (1 + exp(-logit)). */
    public static HostArray probabilities(HostArray logits) {
        float[] p = new float[logits.size()];
        for (int i = 0; i < p.length; i++) {
            p[i] = (float) (1 / (1 + Math.exp(-logits.values()[i])));
        }
        return new HostArray(logits.shape(), p);
    }

    /** The mean, for one number for a whole forecast. */
    public static double mean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum / values.length;
    }

    private static double[] frameSums(HostArray forecast, HostArray truth, DoubleBinaryOperator error) {
        require(forecast.shape().equals(truth.shape()) && forecast.shape().rank() >= 2 && forecast.size() != 0,
                "forecast, truth", "the same shape (N, T, ...)", forecast.shape() + " and " + truth.shape(),
                "cut the forecast frames out of both with Dataset.frames(x, from, to)");
        int N = forecast.dim(0);
        int T = forecast.dim(1);
        int frame = forecast.size() / (N * T);
        double[] mean = new double[T];
        for (int n = 0; n < N; n++) {
            for (int t = 0; t < T; t++) {
                double sum = 0;
                for (int i = (n * T + t) * frame; i < (n * T + t + 1) * frame; i++) {
                    sum += error.applyAsDouble(forecast.values()[i], truth.values()[i]);
                }
                mean[t] += sum / N;
            }
        }
        return mean;
    }
}
