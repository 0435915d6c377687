package convlstm.model;

import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.data.RainScale;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What training makes small: a function of prediction and target, and what its sum is divided by.
 *
 * @param function the function of one element (or, for softmax, of one row)
 * @param reduction what the sum is divided by
 * @param rain weighs each element by the rain that its target says, where it is given
 */
public record Loss(LossFunction function, Reduction reduction, @Nullable RainScale rain) {
    /** What a batch's sum is divided by. */
    public enum Reduction {
        /** The number of elements (of rows, for softmax): Keras' default. */
        MEAN,
        /** The number of samples: the paper's cross-entropy per sequence, summed over pixels and frames. */
        PER_SAMPLE
    }

    /** Mean squared error. */
    public static Loss meanSquaredError() {
        return new Loss(LossFunction.SQUARED_ERROR, Reduction.MEAN, null);
    }

    /** Mean absolute error. */
    public static Loss meanAbsoluteError() {
        return new Loss(LossFunction.ABSOLUTE_ERROR, Reduction.MEAN, null);
    }

    /** Binary cross-entropy from logits, mean over all elements: Keras' {@code BinaryCrossentropy(from_logits=True)}. */
    public static Loss binaryCrossEntropy() {
        return new Loss(LossFunction.BINARY_CROSS_ENTROPY, Reduction.MEAN, null);
    }

    /** Binary cross-entropy from logits, summed over a sequence: the paper's measure on Moving MNIST. */
    public static Loss crossEntropyPerSequence() {
        return new Loss(LossFunction.BINARY_CROSS_ENTROPY, Reduction.PER_SAMPLE, null);
    }

    /** Cross-entropy of a softmax over the last axis, from logits and one-hot targets, mean over all rows. */
    public static Loss softmaxCrossEntropy() {
        return new Loss(LossFunction.SOFTMAX_CROSS_ENTROPY, Reduction.MEAN, null);
    }

    /**
     * Squared error, each pixel weighed by the rain that came, {@link RainScale#weights}: the B-MSE of Shi et al. 2017. It
     * is computed here, not by the backend, since only rain needs it.
     */
    public static Loss balancedSquaredError(RainScale rain) {
        return new Loss(LossFunction.SQUARED_ERROR, Reduction.MEAN, rain);
    }

    /** Adds the loss of a batch of B samples to {@code value (1)} and writes its gradient. */
    public void apply(Backend K, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, int B) {
        float scale = 1f / divisor(prediction, B);
        if (rain == null) {
            K.loss(function, value, dPrediction, prediction, target, scale);
            return;
        }
        float[] d = K.toArray(prediction);
        float[] truth = K.toArray(target);
        float[] weights = rain.weights(truth);
        double sum = K.toArray(value)[0];
        for (int i = 0; i < d.length; i++) {
            float error = d[i] - truth[i];
            sum += (double) scale * weights[i] * error * error;
            d[i] = 2 * scale * weights[i] * error;
        }
        K.write(dPrediction, d);
        K.write(value, new float[] {(float) sum});
    }

    private int divisor(Tensor prediction, int B) {
        if (reduction == Reduction.PER_SAMPLE) {
            return B;
        }
        return prediction.size() / (function == LossFunction.SOFTMAX_CROSS_ENTROPY ? prediction.dim(-1) : 1);
    }
}
