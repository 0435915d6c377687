package convlstm.check;

import convlstm.backend.Backend;
import convlstm.layer.Recurrent;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;

/**
 * How each element of a state depends on each element of the state before, {@code J[k, j] = ∂h_t[k] / ∂h_tm1[j]}: dense for
 * LSTM, banded for ConvLSTM2D.
 *
 * @param matrix {@code (n, n)}, n elements in a state, row-major
 * @param state the shape of a state
 */
public record Jacobian(HostArray matrix, Shape state) {
    /**
     * The Jacobian of one step of a recurrent layer at a point: n backward passes, each with a single one in dh.
     *
     * @param layer a built layer, without dropout and masks
     * @param x_t the input of the step, {@code (1, 1, input)}: one step, one sample
     * @param h_tm1 the output before, {@code (1, state)}
     * @param c_tm1 the cell state before, {@code (1, state)}
     */
    public static Jacobian ofState(Backend K, Recurrent<?> layer, Tensor x_t, Tensor h_tm1, Tensor c_tm1) {
        if (x_t.dim(0) != 1 || x_t.dim(1) != 1) {
            throw new IllegalArgumentException("x_t: expected one step of one sample, (1, 1, ...), got " + x_t.shape()
                    + ". Hint: x.range(t, t + 1) is one step");
        }
        layer.initialState(h_tm1, c_tm1);
        Tensor y = layer.forward(x_t, false);
        int n = layer.stateShape().size();
        HostArray matrix = HostArray.zeros(n, n);
        Tensor dy = K.allocate(y.shape());
        for (int k = 0; k < n; k++) {
            float[] one = new float[n];
            one[k] = 1;
            K.write(dy, one);
            layer.backward(dy);
            System.arraycopy(K.toArray(layer.initialHGradient()), 0, matrix.values(), k * n, n);
        }
        layer.initialState(null, null);
        return new Jacobian(matrix, layer.stateShape());
    }

    /** The share of elements that are not zero: 1 where every element of a state depends on every one before. */
    public double density() {
        int nonZero = 0;
        for (float d : matrix.values()) {
            nonZero += d != 0 ? 1 : 0;
        }
        return nonZero / (double) matrix.size();
    }
}
