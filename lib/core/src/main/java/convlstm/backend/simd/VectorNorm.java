package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.simd.VectorElements.At;
import jdk.incubator.vector.FloatVector;

/**
 * Batch normalisation of some rows of C channels, a vector of channels at a time. Scalar twin: {@code batchNorm} of
 * {@code reference.ReferenceBackend}.
 */
final class VectorNorm {
    private VectorNorm() {}

    /** squares (C) = Σ (x - mean)² over N rows. */
    static void squares(At squares, At x, At mean, int N, int C) {
        for (int c = 0; c < C; c += L) {
            FloatVector mu = mean.load(c, C - c);
            FloatVector sum = FloatVector.zero(S);
            for (int n = 0; n < N; n++) {
                FloatVector d = x.load(n * C + c, C - c).sub(mu);
                sum = d.fma(d, sum);
            }
            squares.store(sum, c, C - c);
        }
    }

    /** y = (x - mean) scale + shift. */
    static void normalise(At y, At x, At mean, At scale, At shift, int N, int C) {
        for (int n = 0; n < N; n++) {
            for (int c = 0; c < C; c += L) {
                FloatVector centred = x.load(n * C + c, C - c).sub(mean.load(c, C - c));
                y.store(centred.fma(scale.load(c, C - c), shift.load(c, C - c)), n * C + c, C - c);
            }
        }
    }

    /** sums (C) = Σ dy (x - mean) over N rows. */
    static void centredSums(At sums, At dy, At x, At mean, int N, int C) {
        for (int c = 0; c < C; c += L) {
            FloatVector mu = mean.load(c, C - c);
            FloatVector sum = FloatVector.zero(S);
            for (int n = 0; n < N; n++) {
                sum = dy.load(n * C + c, C - c).fma(x.load(n * C + c, C - c).sub(mu), sum);
            }
            sums.store(sum, c, C - c);
        }
    }

    /** dx = (dy - shift - (x - mean) stretch) scale. */
    static void gradient(At dx, At dy, At x, At mean, At shift, At stretch, At scale, int N, int C) {
        for (int n = 0; n < N; n++) {
            for (int c = 0; c < C; c += L) {
                int lanes = C - c;
                FloatVector centred = x.load(n * C + c, lanes).sub(mean.load(c, lanes));
                FloatVector d = dy.load(n * C + c, lanes).sub(shift.load(c, lanes));
                d = d.sub(centred.mul(stretch.load(c, lanes)));
                dx.store(d.mul(scale.load(c, lanes)), n * C + c, lanes);
            }
        }
    }
}
