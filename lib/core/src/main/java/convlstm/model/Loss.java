package convlstm.model;

import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.tensor.Tensor;

/**
 * What training makes small: a function of prediction and target, and what its sum is divided by.
 *
 * @param function the function of one element (or, for softmax, of one row)
 * @param reduction what the sum is divided by
 */
public record Loss(LossFunction function, Reduction reduction) {
    /** What a batch's sum is divided by. */
    public enum Reduction {
        /** The number of elements (of rows, for softmax): Keras' default. */
        MEAN,
        /** The number of samples: the paper's cross-entropy per sequence, summed over pixels and frames. */
        PER_SAMPLE
    }

    /** Mean squared error. */
    public static Loss meanSquaredError() {
        return new Loss(LossFunction.SQUARED_ERROR, Reduction.MEAN);
    }

    /** Mean absolute error. */
    public static Loss meanAbsoluteError() {
        return new Loss(LossFunction.ABSOLUTE_ERROR, Reduction.MEAN);
    }

    /** Binary cross-entropy from logits, mean over all elements: Keras' {@code BinaryCrossentropy(from_logits=True)}. */
    public static Loss binaryCrossEntropy() {
        return new Loss(LossFunction.BINARY_CROSS_ENTROPY, Reduction.MEAN);
    }

    /** Binary cross-entropy from logits, summed over a sequence: the paper's measure on Moving MNIST. */
    public static Loss crossEntropyPerSequence() {
        return new Loss(LossFunction.BINARY_CROSS_ENTROPY, Reduction.PER_SAMPLE);
    }

    /** Cross-entropy of a softmax over the last axis, from logits and one-hot targets, mean over all rows. */
    public static Loss softmaxCrossEntropy() {
        return new Loss(LossFunction.SOFTMAX_CROSS_ENTROPY, Reduction.MEAN);
    }

    /** Adds the loss of a batch of B samples to {@code value (1)} and writes its gradient. */
    public void apply(Backend K, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, int B) {
        K.loss(function, value, dPrediction, prediction, target, 1f / divisor(prediction, B));
    }

    private int divisor(Tensor prediction, int B) {
        if (reduction == Reduction.PER_SAMPLE) {
            return B;
        }
        return prediction.size() / (function == LossFunction.SOFTMAX_CROSS_ENTROPY ? prediction.dim(-1) : 1);
    }
}
