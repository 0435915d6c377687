package convlstm.backend.reference;

import convlstm.backend.LossFunction;

/** Losses and their gradients, one row at a time; a row is one element except for the softmax. */
final class LossLoops {
    private LossLoops() {}

    /** Writes dPrediction = scale · ∂loss/∂prediction for one row of n elements and returns the row's unscaled loss. */
    static double lossOfRow(
            LossFunction f, float[] dp, int dpAt, float[] p, int pAt, float[] t, int tAt, int n, float scale) {
        float p0 = p[pAt];
        float t0 = t[tAt];
        return switch (f) {
            case SQUARED_ERROR -> {
                dp[dpAt] = scale * 2 * (p0 - t0);
                yield (double) (p0 - t0) * (p0 - t0);
            }
            case ABSOLUTE_ERROR -> {
                dp[dpAt] = scale * Math.signum(p0 - t0);
                yield Math.abs(p0 - t0);
            }
            case BINARY_CROSS_ENTROPY -> {
                double sigmoid = 1 / (1 + Math.exp(-p0));
                dp[dpAt] = (float) (scale * (sigmoid - t0));
                yield Math.max(p0, 0) - (double) p0 * t0 + Math.log1p(Math.exp(-Math.abs(p0)));
            }
            case SOFTMAX_CROSS_ENTROPY -> softmaxCrossEntropy(dp, dpAt, p, pAt, t, tAt, n, scale);
        };
    }

    private static double softmaxCrossEntropy(
            float[] dp, int dpAt, float[] p, int pAt, float[] t, int tAt, int n, float scale) {
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < n; k++) {
            max = Math.max(max, p[pAt + k]);
        }
        double sum = 0;
        double targets = 0;
        for (int k = 0; k < n; k++) {
            sum += Math.exp(p[pAt + k] - max);
            targets += t[tAt + k];
        }
        double logSum = max + Math.log(sum);
        double loss = 0;
        for (int k = 0; k < n; k++) {
            double logSoftmax = p[pAt + k] - logSum;
            loss -= t[tAt + k] * logSoftmax;
            dp[dpAt + k] = (float) (scale * (targets * Math.exp(logSoftmax) - t[tAt + k]));
        }
        return loss;
    }
}
