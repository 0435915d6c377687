package convlstm.backend;

/** What a model is trained to make small. Each is a sum over elements; the caller's scale turns it into a mean. */
public enum LossFunction {
    /** Σ (p - t)². */
    SQUARED_ERROR,
    /** Σ |p - t|, with gradient 0 where p = t. */
    ABSOLUTE_ERROR,
    /** -Σ t log σ(p) + (1 - t) log (1 - σ(p)), from logits p, computed as max(p, 0) - p t + log(1 + exp(-|p|)). */
    BINARY_CROSS_ENTROPY,
    /** -Σ t log softmax(p) with the softmax over the last axis, from logits p; t sums to one over that axis. */
    SOFTMAX_CROSS_ENTROPY
}
