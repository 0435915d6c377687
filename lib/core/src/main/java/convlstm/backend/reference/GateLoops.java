package convlstm.backend.reference;

import convlstm.backend.ActivationFunction;
import org.jspecify.annotations.Nullable;

/**
 * The LSTM cell after its pre-activations are summed up, forward and backward, one element at a time. Arrays are passed
 * with the index of their first element, so that a view of a larger array needs no copy.
 */
final class GateLoops {
    private GateLoops() {}

    /** See {@link convlstm.backend.Backend#lstmGates}: N rows of 4F gates, R rows of peephole weights for each gate. */
    static void forward(
            float[] h, int hAt, float[] c, int cAt, float[] gates, int gatesAt, float[] c_tm1, int c_tm1At,
            float @Nullable [] peephole, int peepholeAt, int R, int N, int F,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < F; k++) {
                int at = gatesAt + n * 4 * F + k; // of i; f, g and o follow, F apart
                int pi = peepholeAt + (n % R) * F + k;
                int pf = pi + R * F;
                int po = pf + R * F;
                float c_prev = c_tm1[c_tm1At + n * F + k];

                float i = recurrentActivation.apply(gates[at] + (peephole != null ? peephole[pi] * c_prev : 0));
                float f = recurrentActivation.apply(gates[at + F] + (peephole != null ? peephole[pf] * c_prev : 0));
                float g = activation.apply(gates[at + 2 * F]);
                float c_new = f * c_prev + i * g;
                float o = recurrentActivation.apply(gates[at + 3 * F] + (peephole != null ? peephole[po] * c_new : 0));

                gates[at] = i;
                gates[at + F] = f;
                gates[at + 2 * F] = g;
                gates[at + 3 * F] = o;
                c[cAt + n * F + k] = c_new;
                h[hAt + n * F + k] = o * activation.apply(c_new);
            }
        }
    }

    /** See {@link convlstm.backend.Backend#lstmGatesGrad}. */
    static void backward(
            float[] dGates, int dGatesAt, float[] dc, int dcAt, float @Nullable [] dPeephole, int dPeepholeAt,
            float[] dh, int dhAt, float[] gates, int gatesAt, float[] c, int cAt, float[] c_tm1, int c_tm1At,
            float @Nullable [] peephole, int peepholeAt, int R, int N, int F,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < F; k++) {
                int at = gatesAt + n * 4 * F + k; // of i; f, g and o follow, F apart
                int pi = (n % R) * F + k;
                int pf = pi + R * F;
                int po = pf + R * F;
                float i = gates[at];
                float f = gates[at + F];
                float g = gates[at + 2 * F];
                float o = gates[at + 3 * F];
                float c_prev = c_tm1[c_tm1At + n * F + k];
                float c_new = c[cAt + n * F + k];
                float a_c = activation.apply(c_new);
                float dh_t = dh[dhAt + n * F + k];

                float dz_o = dh_t * a_c * recurrentActivation.gradient(o);
                float dc_t = dc[dcAt + n * F + k] + dh_t * o * activation.gradient(a_c);
                if (peephole != null) {
                    dc_t += dz_o * peephole[peepholeAt + po];
                }
                float dz_i = dc_t * g * recurrentActivation.gradient(i);
                float dz_f = dc_t * c_prev * recurrentActivation.gradient(f);
                float dz_c = dc_t * i * activation.gradient(g);
                float dc_prev = dc_t * f;
                if (peephole != null) {
                    dc_prev += dz_i * peephole[peepholeAt + pi] + dz_f * peephole[peepholeAt + pf];
                }
                if (dPeephole != null) {
                    dPeephole[dPeepholeAt + pi] += dz_i * c_prev;
                    dPeephole[dPeepholeAt + pf] += dz_f * c_prev;
                    dPeephole[dPeepholeAt + po] += dz_o * c_new;
                }

                int d = dGatesAt + n * 4 * F + k;
                dGates[d] = dz_i;
                dGates[d + F] = dz_f;
                dGates[d + 2 * F] = dz_c;
                dGates[d + 3 * F] = dz_o;
                dc[dcAt + n * F + k] = dc_prev;
            }
        }
    }
}
