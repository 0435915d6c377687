package convlstm.layer;

/**
 * A penalty on a weight that joins the loss: {@code l1 Σ|w| + l2 Σw²}, as Keras' L1L2 (no factor 1/2).
 *
 * @param l1 factor of the sum of magnitudes, 0 or more
 * @param l2 factor of the sum of squares, 0 or more
 */
public record Regularizer(float l1, float l2) {
    /** No penalty. */
    public static final Regularizer NONE = new Regularizer(0, 0);

    /** Refuses negative and non-finite factors. */
    public Regularizer {
        if (!(l1 >= 0 && l2 >= 0 && Float.isFinite(l1 + l2))) {
            throw new IllegalArgumentException("l1, l2: expected finite factors of 0 or more, got " + l1 + ", " + l2);
        }
    }
}
