package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.ActivationFunction;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The LSTM cell after its pre-activations are summed up. Everything that happens to an element happens while it is in a
 * register: each array is read once and written once. Scalar twin: {@code reference.GateLoops}.
 */
final class VectorGates {
    private VectorGates() {}

    /** An array and its first element; the array is null where an optional tensor was not given. */
    record View(float @Nullable [] a, int at) {}

    /** The functions s and a of the cell. */
    record Functions(ActivationFunction activation, ActivationFunction recurrent) {}

    /** Rows {@code from} to {@code to} of {@link convlstm.backend.Backend#lstmGates}; R rows of peephole weights. */
    static void forward(
            int from, int to, int F, Functions functions, float[] h, int hAt, float[] c, int cAt,
            float[] gates, int gatesAt, float[] c_tm1, int c_tm1At, View peephole, int R) {
        ActivationFunction a = functions.activation;
        ActivationFunction s = functions.recurrent;
        float[] peeps = peephole.a;
        for (int n = from; n < to; n++) {
            int row = n * F;
            for (int k = 0; k < F; k += L) {
                int lanes = F - k;
                int at = gatesAt + 4 * row + k;
                FloatVector c_prev = load(c_tm1, c_tm1At + row + k, lanes);
                FloatVector i = load(gates, at, lanes);
                FloatVector f = load(gates, at + F, lanes);
                FloatVector g = apply(a, load(gates, at + 2 * F, lanes));
                FloatVector o = load(gates, at + 3 * F, lanes);
                int p = peephole.at + n % R * F + k;
                if (peeps != null) {
                    i = c_prev.fma(load(peeps, p, lanes), i);
                    f = c_prev.fma(load(peeps, p + R * F, lanes), f);
                }
                i = apply(s, i);
                f = apply(s, f);
                FloatVector c_new = f.fma(c_prev, i.mul(g));
                if (peeps != null) {
                    o = c_new.fma(load(peeps, p + 2 * R * F, lanes), o);
                }
                o = apply(s, o);
                store(i, gates, at, lanes);
                store(f, gates, at + F, lanes);
                store(g, gates, at + 2 * F, lanes);
                store(o, gates, at + 3 * F, lanes);
                store(c_new, c, cAt + row + k, lanes);
                store(o.mul(apply(a, c_new)), h, hAt + row + k, lanes);
            }
        }
    }

    /** Rows {@code from} to {@code to} of {@link convlstm.backend.Backend#lstmGatesGrad}, all but dPeephole. */
    static void backward(
            int from, int to, int F, Functions functions, float[] dGates, int dGatesAt, float[] dc, int dcAt,
            float[] dh, int dhAt, float[] gates, int gatesAt, float[] c, int cAt, float[] c_tm1, int c_tm1At,
            View peephole, int R) {
        ActivationFunction a = functions.activation;
        ActivationFunction s = functions.recurrent;
        float[] peeps = peephole.a;
        for (int n = from; n < to; n++) {
            int row = n * F;
            for (int k = 0; k < F; k += L) {
                int lanes = F - k;
                int at = gatesAt + 4 * row + k;
                FloatVector i = load(gates, at, lanes);
                FloatVector f = load(gates, at + F, lanes);
                FloatVector g = load(gates, at + 2 * F, lanes);
                FloatVector o = load(gates, at + 3 * F, lanes);
                FloatVector a_c = apply(a, load(c, cAt + row + k, lanes));
                FloatVector dh_t = load(dh, dhAt + row + k, lanes);

                FloatVector d_o = dh_t.mul(a_c).mul(gradient(s, o));
                FloatVector dc_t = dh_t.mul(o).fma(gradient(a, a_c), load(dc, dcAt + row + k, lanes));
                int p = peephole.at + n % R * F + k;
                if (peeps != null) {
                    dc_t = d_o.fma(load(peeps, p + 2 * R * F, lanes), dc_t);
                }
                FloatVector d_i = dc_t.mul(g).mul(gradient(s, i));
                FloatVector d_f = dc_t.mul(load(c_tm1, c_tm1At + row + k, lanes)).mul(gradient(s, f));
                FloatVector d_g = dc_t.mul(i).mul(gradient(a, g));
                FloatVector dc_prev = dc_t.mul(f);
                if (peeps != null) {
                    dc_prev = d_i.fma(load(peeps, p, lanes), dc_prev);
                    dc_prev = d_f.fma(load(peeps, p + R * F, lanes), dc_prev);
                }
                int d = dGatesAt + 4 * row + k;
                store(d_i, dGates, d, lanes);
                store(d_f, dGates, d + F, lanes);
                store(d_g, dGates, d + 2 * F, lanes);
                store(d_o, dGates, d + 3 * F, lanes);
                store(dc_prev, dc, dcAt + row + k, lanes);
            }
        }
    }

    /**
     * Peephole row r of one gate: {@code dp[r] (F) += Σ dgate[n] ∘ state[n]} over the rows n = r, r + R, r + 2R, ... < N.
     */
    static void peepholeGrad(
            float[] dp, int dpAt, int r, int R, int N, int F, float[] dGate, int dGateAt, float[] state, int stateAt) {
        for (int k = 0; k < F; k += L) {
            FloatVector sum = load(dp, dpAt + r * F + k, F - k);
            for (int n = r; n < N; n += R) {
                FloatVector d = load(dGate, dGateAt + 4 * n * F + k, F - k);
                sum = d.fma(load(state, stateAt + n * F + k, F - k), sum);
            }
            store(sum, dp, dpAt + r * F + k, F - k);
        }
    }

    private static FloatVector apply(ActivationFunction f, FloatVector x) {
        return VectorMath.apply(f, x);
    }

    private static FloatVector gradient(ActivationFunction f, FloatVector y) {
        return VectorMath.gradient(f, y);
    }

    /** A vector, or what is left of one at the end of a row: only the first {@code lanes} are read. */
    private static FloatVector load(float[] a, int at, int lanes) {
        return lanes >= L ? FloatVector.fromArray(S, a, at) : FloatVector.fromArray(S, a, at, S.indexInRange(0, lanes));
    }

    private static void store(FloatVector v, float[] a, int at, int lanes) {
        if (lanes >= L) {
            v.intoArray(a, at);
        } else {
            v.intoArray(a, at, S.indexInRange(0, lanes));
        }
    }
}
