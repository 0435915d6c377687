package convlstm.course;

/**
 * An LSTM's weights, or the gradient of a loss with respect to each of them; gates i, f, c, o side by side, as in Keras.
 *
 * @param kernel {@code [D][4n]}, from the input to the gates
 * @param recurrentKernel {@code [n][4n]}, from the old output to the gates
 * @param bias {@code [4n]}
 */
public record LstmWeights(double[][] kernel, double[][] recurrentKernel, double[] bias) {
    /** Checks that the three fit together. */
    public LstmWeights {
        int gates = bias.length;
        if (gates == 0 || gates % 4 != 0 || Nested.columns(kernel) != gates || recurrentKernel.length != gates / 4
                || Nested.columns(recurrentKernel) != gates) {
            throw new IllegalArgumentException(
                    "weights: expected kernel [D][4n], recurrentKernel [n][4n], bias [4n], got "
                            + Nested.of(kernel) + ", " + Nested.of(recurrentKernel) + ", " + Nested.of(bias));
        }
    }

    /** Weights of zero: where a gradient begins. */
    public static LstmWeights zeros(int D, int n) {
        return new LstmWeights(new double[D][4 * n], new double[n][4 * n], new double[4 * n]);
    }

    /** A student's weights: between -1 and 1, and 1 more in the bias of gate f, as Keras' {@code unit_forget_bias}. */
    public static LstmWeights of(Variant variant, String name, int D, int n) {
        double[] bias = variant.array(name + " bias", 4 * n);
        for (int u = n; u < 2 * n; u++) {
            bias[u] += 1;
        }
        return new LstmWeights(variant.array(name + " kernel", D, 4 * n),
                variant.array(name + " recurrentKernel", n, 4 * n), bias);
    }

    /** The number of units n. */
    public int units() {
        return bias.length / 4;
    }

    /** The number of inputs D. */
    public int inputs() {
        return kernel.length;
    }
}
