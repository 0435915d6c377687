package convlstm.model;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.data.Dataset;
import convlstm.data.RainScale;
import convlstm.layer.Dropout;
import convlstm.layer.GlobalAveragePool2d;
import convlstm.layer.Layer;
import convlstm.layer.Masking;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Recurrent;
import convlstm.layer.RepeatVector;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What training makes small: a function of prediction and target, and what its sum is divided by. No loss is negative for
 * the targets that it is made for; {@link Trainer} checks them before the first step.
 *
 * @param function the function of one element (or, for softmax, of one row)
 * @param reduction what the sum is divided by
 * @param probabilities whether predictions are probabilities and not logits; for binary cross-entropy only
 * @param rain where given, weighs each squared error by the rain of its target
 */
public record Loss(LossFunction function, Reduction reduction, boolean probabilities, @Nullable RainScale rain) {
    /** What a batch's sum is divided by. */
    public enum Reduction {
        /** The number of elements (of rows, for softmax): Keras' default. */
        MEAN,
        /** The number of samples: the paper's cross-entropy per sequence, summed over pixels and frames. */
        PER_SAMPLE
    }

    /** How far Keras keeps probabilities away from 0 and 1. */
    private static final float EPSILON = 1e-7f;

    /** Refuses probabilities for any function but binary cross-entropy. */
    public Loss {
        if (probabilities && function != LossFunction.BINARY_CROSS_ENTROPY) {
            throw new IllegalArgumentException(
                    "probabilities: expected false for " + function + ", got true. Hint: end the model LINEAR");
        }
    }

    /** A loss without weights; for cross-entropies, of logits. */
    public Loss(LossFunction function, Reduction reduction) {
        this(function, reduction, false, null);
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

    /**
     * The same for a model that ends in a sigmoid, as Keras models do: Keras' default, {@code from_logits=False}. Logits are
     * better where you build the model: where a sigmoid has reached 0 or 1, its gradient is gone.
     */
    public Loss fromProbabilities() {
        return new Loss(function, reduction, true, null);
    }

    /**
     * Squared error in which each pixel is weighted by its true rain, {@link RainScale#weights}: the B-MSE of Shi et al.
     * 2017. It is computed here and not by the backend, since only rain needs it.
     */
    public static Loss balancedSquaredError(RainScale rain) {
        return new Loss(LossFunction.SQUARED_ERROR, Reduction.MEAN, false, rain);
    }

    /** Adds the loss of a batch of B samples to {@code value (1)} and writes its gradient. */
    public void apply(Backend K, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, int B) {
        apply(K, value, dPrediction, prediction, target, B, null);
    }

    /**
     * The same over only some steps of {@code (T, B, ...)}; the mean is over these, as in Keras.
     *
     * @param steps {@code (B, T)} of ones and zeros; null for all steps, or for outputs that are not sequences
     */
    void apply(Backend K, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, int B,
            @Nullable HostArray steps) {
        int terms = prediction.size() / (function == LossFunction.SOFTMAX_CROSS_ENTROPY ? prediction.dim(-1) : 1);
        if (steps == null) {
            sum(K, value, dPrediction, prediction, target, 1f / (reduction == Reduction.PER_SAMPLE ? B : terms));
            return;
        }
        int used = 0;
        for (float use : steps.values()) {
            used += use != 0 ? 1 : 0;
        }
        float scale = 1f / (reduction == Reduction.PER_SAMPLE ? B : Math.max(1, terms / steps.size() * used));
        K.fill(dPrediction, 0);
        for (int t = 0; t < steps.dim(1); t++) {
            for (int b = 0; b < B; b++) {
                if (steps.get(b, t) != 0) {
                    sum(K, value, dPrediction.at(t).range(b, b + 1), prediction.at(t).range(b, b + 1),
                            target.at(t).range(b, b + 1), scale);
                }
            }
        }
    }

    private void sum(Backend K, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        if (rain != null) {
            balanced(K, rain, value, dPrediction, prediction, target, scale);
            return;
        }
        if (!probabilities) {
            K.loss(function, value, dPrediction, prediction, target, scale);
            return;
        }
        float[] p = K.toArray(prediction);
        float[] t = K.toArray(target);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] < 0 || p[i] > 1) {
                throw new IllegalArgumentException("prediction: expected probabilities in [0, 1], got " + p[i]
                        + ". Hint: end the model in SIGMOID, or use the loss without fromProbabilities()");
            }
            float q = Math.clamp(p[i], EPSILON, 1 - EPSILON);
            sum -= t[i] * Math.log(q) + (1 - t[i]) * Math.log(1 - q);
            p[i] = q == p[i] ? scale * ((1 - t[i]) / (1 - q) - t[i] / q) : q * 0; // 0, or NaN as it came
        }
        K.write(dPrediction, p);
        K.write(value, new float[] {(float) (K.toArray(value)[0] + scale * sum)});
    }

    private static void balanced(
            Backend K, RainScale rain, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target,
            float scale) {
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

    /**
     * Refuses data and models that do not fit this loss.
     *
     * @throws IllegalArgumentException with what to do about it
     */
    void require(Model model, Dataset data) {
        Layer last = model.layers().reversed().stream().filter(l -> !passes(l)).findFirst()
                .orElse(model.layers().getFirst());
        ActivationFunction end = last.end();
        boolean logits = function == LossFunction.SOFTMAX_CROSS_ENTROPY
                || function == LossFunction.BINARY_CROSS_ENTROPY && !probabilities;
        boolean squashed = end == ActivationFunction.SIGMOID || end == ActivationFunction.HARD_SIGMOID
                || end == ActivationFunction.HARD_SIGMOID_KERAS2;
        if (logits && end != null && end != ActivationFunction.LINEAR
                && !(end == ActivationFunction.TANH && last instanceof Recurrent)) {
            throw new IllegalArgumentException("model: expected logits for " + function + ", any numbers, got "
                    + last.kind() + ", which ends in " + end + ". Hint: " + (squashed
                            ? "the loss applies the sigmoid itself; end LINEAR, or use fromProbabilities()"
                            : "end LINEAR: the loss turns logits into probabilities itself"));
        }
        if (probabilities && end != null && !squashed) {
            throw new IllegalArgumentException("model: expected probabilities, got " + last.kind() + ", which ends in "
                    + end + ". Hint: end it in SIGMOID, or use the loss without fromProbabilities()");
        }
        double[] range = range(data, model.sequenceOut());
        if (function == LossFunction.BINARY_CROSS_ENTROPY && (range[0] < 0 || range[1] > 1)) {
            throw new IllegalArgumentException("y: expected targets in [0, 1] for " + function + ", got " + range[0]
                    + " to " + range[1] + ". Hint: " + (range[0] >= 0
                            ? "divide x and y by 255 (or their largest value)"
                            : "scale them to [0, 1], or use meanSquaredError()"));
        }
        double bound = squashed ? 2 : end == ActivationFunction.TANH ? 3 : Double.POSITIVE_INFINITY;
        boolean positive = squashed || end == ActivationFunction.RELU;
        if (range[1] > bound || range[0] <= (positive ? -0.5 : -bound)) { // a little beyond is noise
            throw new IllegalArgumentException("y: expected targets that " + last.kind() + " can reach, which ends in "
                    + end + " and stays " + (squashed ? "within 0 and 1" : positive ? "above 0" : "within -1 and 1")
                    + ", got " + range[0] + " to " + range[1] + ". Hint: " + (positive && range[0] < 0
                            ? "end LINEAR, or scale the targets to [0, 1]"
                            : "divide the targets by their largest value, or end LINEAR"));
        }
    }

    /** Whether a layer's outputs lie in the range of its inputs. */
    private static boolean passes(Layer layer) {
        return layer instanceof Reshape || layer instanceof Dropout || layer instanceof MaxPool2d
                || layer instanceof GlobalAveragePool2d || layer instanceof RepeatVector || layer instanceof Masking
                || layer instanceof TimeDistributed each && passes(each.layer());
    }

    /** The smallest and the largest target that counts; for softmax, refuses rows that are not a distribution. */
    private double[] range(Dataset data, boolean sequence) {
        HostArray y = data.y();
        HostArray mask = sequence && data.mask() != null && data.mask().dim(1) == y.dim(1) ? data.mask() : null;
        int row = mask == null ? y.size() : y.size() / mask.size();
        double[] range = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        int classes = function == LossFunction.SOFTMAX_CROSS_ENTROPY ? y.dim(-1) : 0;
        double sum = 0;
        for (int i = 0; i < y.size(); i++) {
            float v = y.values()[i];
            sum = classes == 0 || i % classes == 0 ? v : sum + v;
            boolean counts = Float.isFinite(v); // of others the first step says more
            if (counts && (mask == null || mask.values()[i / row] != 0)) {
                range[0] = v < range[0] ? v : range[0];
                range[1] = v > range[1] ? v : range[1];
                if (classes > 0 && (v < 0 || i % classes == classes - 1 && Math.abs(sum - 1) > 1e-3)) {
                    throw new IllegalArgumentException("y: expected rows of " + classes
                            + " numbers from 0 that sum to 1 for " + function + ", got "
                            + (v < 0 ? "" + v : "sum " + sum)
                            + ". Hint: one-hot rows, 1 for the class and 0 elsewhere, not the class' number");
                }
            }
        }
        return range;
    }

    /** The form in which checkpoints store it among their settings. */
    @Override
    public String toString() {
        return "Loss[function=" + function + ", reduction=" + reduction + (probabilities ? ", probabilities" : "")
                + (rain == null ? "" : ", rain=" + rain) + "]";
    }
}
