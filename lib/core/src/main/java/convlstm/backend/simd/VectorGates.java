package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.ActivationFunction;
import convlstm.backend.simd.VectorActivations.Block;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The LSTM cell after its pre-activations are summed up. The caller hands over a few rows at a time, so that what one
 * loop below writes is still in the nearest cache when the next reads it. Scalar twin: {@code reference.GateLoops}.
 */
final class VectorGates {
    private VectorGates() {}

    /** The functions s and a of the cell. */
    record Functions(ActivationFunction activation, ActivationFunction recurrent) {}

    /** Peephole weights (3, R, F): row n of the states uses row n mod R. */
    record Peephole(float[] a, int at, int R) {
        /** Where gate i, f or o (0, 1, 2) has the weights for row n. */
        int row(int gate, int n, int F) {
            return at + (gate * R + n % R) * F;
        }
    }

    /** Rows {@code from} to {@code to} of {@link convlstm.backend.Backend#lstmGates}. */
    static void forward(
            int from, int to, int F, Functions functions, float[] h, int hAt, float[] c, int cAt,
            float[] gates, int gatesAt, float[] c_tm1, int c_tm1At, @Nullable Peephole peephole) {
        int N = to - from;
        int first = gatesAt + from * 4 * F;
        Block i_f = new Block(gates, first, 4 * F);
        Block g = new Block(gates, first + 2 * F, 4 * F);
        Block o = new Block(gates, first + 3 * F, 4 * F);
        Block c_t = new Block(c, cAt + from * F, F);
        Block h_t = new Block(h, hAt + from * F, F);
        if (peephole != null) {
            look(from, to, F, gates, gatesAt, c_tm1, c_tm1At, peephole, 0);
            look(from, to, F, gates, gatesAt + F, c_tm1, c_tm1At, peephole, 1);
        }
        VectorActivations.apply(functions.recurrent, i_f, i_f, N, 2 * F);
        VectorActivations.apply(functions.activation, g, g, N, F);
        cell(from, to, F, gates, gatesAt, c, cAt, c_tm1, c_tm1At);
        if (peephole != null) {
            look(from, to, F, gates, gatesAt + 3 * F, c, cAt, peephole, 2);
        }
        VectorActivations.apply(functions.recurrent, o, o, N, F);
        VectorActivations.apply(functions.activation, h_t, c_t, N, F);
        open(from, to, F, gates, gatesAt, h, hAt);
    }

    /** gate += peephole ∘ state. */
    private static void look(
            int from, int to, int F, float[] gates, int gateAt, float[] state, int stateAt, Peephole peephole,
            int gate) {
        for (int n = from; n < to; n++) {
            int p = peephole.row(gate, n, F);
            for (int k = 0; k < F; k += L) {
                FloatVector sum = load(state, stateAt + n * F + k, F - k)
                        .fma(load(peephole.a, p + k, F - k), load(gates, gateAt + 4 * n * F + k, F - k));
                store(sum, gates, gateAt + 4 * n * F + k, F - k);
            }
        }
    }

    /** c = f ∘ c_tm1 + i ∘ g. */
    private static void cell(
            int from, int to, int F, float[] gates, int gatesAt, float[] c, int cAt, float[] c_tm1, int c_tm1At) {
        int whole = F - F % L;
        for (int n = from; n < to; n++) {
            int at = gatesAt + 4 * n * F;
            for (int k = 0; k < whole; k += L) {
                FloatVector i = FloatVector.fromArray(S, gates, at + k);
                FloatVector f = FloatVector.fromArray(S, gates, at + F + k);
                FloatVector g = FloatVector.fromArray(S, gates, at + 2 * F + k);
                f.fma(FloatVector.fromArray(S, c_tm1, c_tm1At + n * F + k), i.mul(g)).intoArray(c, cAt + n * F + k);
            }
            for (int k = whole; k < F; k++) { // what is left of the row
                c[cAt + n * F + k] = gates[at + F + k] * c_tm1[c_tm1At + n * F + k]
                        + gates[at + k] * gates[at + 2 * F + k];
            }
        }
    }

    /** h = o ∘ h, where h holds a(c) already. */
    private static void open(int from, int to, int F, float[] gates, int gatesAt, float[] h, int hAt) {
        int whole = F - F % L;
        for (int n = from; n < to; n++) {
            int at = gatesAt + 4 * n * F + 3 * F;
            for (int k = 0; k < whole; k += L) {
                FloatVector a_c = FloatVector.fromArray(S, h, hAt + n * F + k);
                FloatVector.fromArray(S, gates, at + k).mul(a_c).intoArray(h, hAt + n * F + k);
            }
            for (int k = whole; k < F; k++) { // what is left of the row
                h[hAt + n * F + k] *= gates[at + k];
            }
        }
    }

    /**
     * Rows {@code from} to {@code to} of {@link convlstm.backend.Backend#lstmGatesGrad}, all but dPeephole.
     *
     * @param a_c room for {@code (to - from) F} elements: a(c) is computed anew
     */
    static void backward(
            int from, int to, int F, Functions functions, float[] dGates, int dGatesAt, float[] dc, int dcAt,
            float[] dh, int dhAt, float[] gates, int gatesAt, float[] c, int cAt, float[] c_tm1, int c_tm1At,
            @Nullable Peephole peephole, float[] a_c) {
        ActivationFunction a = functions.activation;
        ActivationFunction s = functions.recurrent;
        VectorActivations.apply(a, new Block(a_c, 0, F), new Block(c, cAt + from * F, F), to - from, F);
        boolean usual = a == ActivationFunction.TANH && s == ActivationFunction.SIGMOID && peephole == null;
        int whole = F - F % L;
        if (usual) {
            usual(from, to, F, whole, dGates, dGatesAt, dc, dcAt, dh, dhAt, gates, gatesAt, c_tm1, c_tm1At, a_c);
            if (whole < F) {
                usualRest(from, to, F, whole, dGates, dGatesAt, dc, dcAt, dh, dhAt, gates, gatesAt, c_tm1, c_tm1At,
                        a_c);
            }
            return;
        }
        for (int n = from; n < to; n++) { // any functions, and peepholes
            int gate = gatesAt + 4 * n * F;
            int dGate = dGatesAt + 4 * n * F;
            int row = n * F;
            for (int k = 0; k < F; k += L) {
                int lanes = F - k;
                FloatVector o = load(gates, gate + 3 * F + k, lanes);
                FloatVector ac = load(a_c, row - from * F + k, lanes);
                FloatVector dh_t = load(dh, dhAt + row + k, lanes);
                FloatVector d_o = dh_t.mul(ac).mul(VectorActivations.gradient(s, o));
                FloatVector dc_t = dh_t.mul(o).fma(VectorActivations.gradient(a, ac), load(dc, dcAt + row + k, lanes));
                if (peephole != null) {
                    dc_t = d_o.fma(load(peephole.a, peephole.row(2, n, F) + k, lanes), dc_t);
                }
                FloatVector i = load(gates, gate + k, lanes);
                FloatVector f = load(gates, gate + F + k, lanes);
                FloatVector g = load(gates, gate + 2 * F + k, lanes);
                FloatVector c_prev = load(c_tm1, c_tm1At + row + k, lanes);
                FloatVector d_i = dc_t.mul(g).mul(VectorActivations.gradient(s, i));
                FloatVector d_f = dc_t.mul(c_prev).mul(VectorActivations.gradient(s, f));
                FloatVector dc_prev = dc_t.mul(f);
                if (peephole != null) {
                    dc_prev = d_i.fma(load(peephole.a, peephole.row(0, n, F) + k, lanes), dc_prev);
                    dc_prev = d_f.fma(load(peephole.a, peephole.row(1, n, F) + k, lanes), dc_prev);
                }
                store(d_i, dGates, dGate + k, lanes);
                store(d_f, dGates, dGate + F + k, lanes);
                store(dc_t.mul(i).mul(VectorActivations.gradient(a, g)), dGates, dGate + 2 * F + k, lanes);
                store(d_o, dGates, dGate + 3 * F + k, lanes);
                store(dc_prev, dc, dcAt + row + k, lanes);
            }
        }
    }

    /**
     * {@link #backward} for tanh, sigmoid and no peepholes, the whole vectors of each row only. The JIT compiler keeps all
     * of this in registers, because the vector methods are the only ones that it has to inline, and not too many of them.
     */
    private static void usual(
            int from, int to, int F, int whole, float[] dGates, int dGatesAt, float[] dc, int dcAt, float[] dh,
            int dhAt, float[] gates, int gatesAt, float[] c_tm1, int c_tm1At, float[] a_c) {
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int n = from; n < to; n++) {
            int gate = gatesAt + 4 * n * F;
            int dGate = dGatesAt + 4 * n * F;
            int row = n * F;
            for (int k = 0; k < whole; k += L) {
                FloatVector i = FloatVector.fromArray(S, gates, gate + k);
                FloatVector f = FloatVector.fromArray(S, gates, gate + F + k);
                FloatVector g = FloatVector.fromArray(S, gates, gate + 2 * F + k);
                FloatVector o = FloatVector.fromArray(S, gates, gate + 3 * F + k);
                FloatVector ac = FloatVector.fromArray(S, a_c, row - from * F + k);
                FloatVector dh_t = FloatVector.fromArray(S, dh, dhAt + row + k);
                FloatVector dc_t = FloatVector.fromArray(S, dc, dcAt + row + k);
                FloatVector c_prev = FloatVector.fromArray(S, c_tm1, c_tm1At + row + k);
                dc_t = dh_t.mul(o).fma(one.sub(ac.mul(ac)), dc_t);
                dc_t.mul(g).mul(i.sub(i.mul(i))).intoArray(dGates, dGate + k);
                dc_t.mul(c_prev).mul(f.sub(f.mul(f))).intoArray(dGates, dGate + F + k);
                dc_t.mul(i).mul(one.sub(g.mul(g))).intoArray(dGates, dGate + 2 * F + k);
                dh_t.mul(ac).mul(o.sub(o.mul(o))).intoArray(dGates, dGate + 3 * F + k);
                dc_t.mul(f).intoArray(dc, dcAt + row + k);
            }
        }
    }

    /**
     * {@link #usual} for what is left of each row, fewer elements than a vector, one at a time: the first compiler gives up
     * on so many operations under a mask, and until the second one comes each would make objects.
     */
    private static void usualRest(
            int from, int to, int F, int whole, float[] dGates, int dGatesAt, float[] dc, int dcAt, float[] dh,
            int dhAt, float[] gates, int gatesAt, float[] c_tm1, int c_tm1At, float[] a_c) {
        for (int n = from; n < to; n++) {
            int gate = gatesAt + 4 * n * F;
            int dGate = dGatesAt + 4 * n * F;
            int row = n * F;
            for (int k = whole; k < F; k++) {
                float i = gates[gate + k];
                float f = gates[gate + F + k];
                float g = gates[gate + 2 * F + k];
                float o = gates[gate + 3 * F + k];
                float ac = a_c[row - from * F + k];
                float dh_t = dh[dhAt + row + k];
                float dc_t = dh_t * o * (1 - ac * ac) + dc[dcAt + row + k];
                float c_prev = c_tm1[c_tm1At + row + k];
                dGates[dGate + k] = dc_t * g * (i - i * i);
                dGates[dGate + F + k] = dc_t * c_prev * (f - f * f);
                dGates[dGate + 2 * F + k] = dc_t * i * (1 - g * g);
                dGates[dGate + 3 * F + k] = dh_t * ac * (o - o * o);
                dc[dcAt + row + k] = dc_t * f;
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
