package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import jdk.incubator.vector.FloatVector;

/**
 * The one-dimensional transforms of Winograd's (Toom and Cook's) minimal filtering: a tile of 4 outputs of a filter with
 * r taps is a polynomial product, found by evaluating both polynomials at n = r + 3 points, multiplying value by value,
 * and interpolating. n = 6 uses the points 0, ±5/8, ±3/2, ∞ and n = 8 uses 0,
 * ±1, ±2, ±1/2, ∞: sets that were found to lose little accuracy.
 *
 * <p>With M_j(x) = Π_{l≠j} (x - p_l) and N_j = M_j(p_j): the input is multiplied by the coefficients of M_j (for ∞, of the
 * product over all points), the filter by p_j^k / N_j, and output i is Σ_j p_j^i · value_j. For a pair of points ±p the
 * even and the odd powers are summed once and then added and subtracted. Sources: Lavin and Gray, "Fast Algorithms for
 * Convolutional Neural Networks" (2015); derivation: Blahut, "Fast Algorithms for Signal Processing".
 *
 * <p>Every line is a row or a column of a tile; its elements are {@code step} apart, and each is a vector of channels.
 */
final class WinogradLines {
    /** Outputs of a tile in each direction. */
    static final int OUTPUTS = 4;

    /** The points for n = 6. */
    private static final float A = 0.625f;

    private static final float B = 1.5f;

    private WinogradLines() {}

    /** The points but ∞, which is the last. */
    private static double[] points(int n) {
        return n == 6 ? new double[] {0, A, -A, B, -B} : new double[] {0, 1, -1, 2, -2, 0.5, -0.5};
    }

    /** The filter's transform G (n, r): the filter's values at the points, divided by N_j. */
    static float[][] filter(int n) {
        double[] p = points(n);
        int r = n - OUTPUTS + 1;
        float[][] G = new float[n][r];
        for (int j = 0; j < n - 1; j++) {
            double N = 1;
            for (int l = 0; l < n - 1; l++) {
                N *= l == j ? 1 : p[j] - p[l];
            }
            for (int k = 0; k < r; k++) {
                G[j][k] = (float) (Math.pow(p[j], k) / N);
            }
        }
        G[n - 1][r - 1] = 1;
        return G;
    }

    /** The transpose of a matrix. */
    static float[][] transpose(float[][] m) {
        float[][] t = new float[m[0].length][m.length];
        for (int i = 0; i < m.length; i++) {
            for (int j = 0; j < m[0].length; j++) {
                t[j][i] = m[i][j];
            }
        }
        return t;
    }

    /** to = matrix · line, for the filters, which are few. */
    static void matrix(float[][] m, float[] a, int at, int step, float[] to, int toAt, int toStep) {
        for (int i = 0; i < m.length; i++) {
            FloatVector sum = FloatVector.zero(S);
            for (int k = 0; k < m[i].length; k++) {
                sum = FloatVector.fromArray(S, a, at + k * step).fma(FloatVector.broadcast(S, m[i][k]), sum);
            }
            sum.intoArray(to, toAt + i * toStep);
        }
    }

    /** n inputs to n values. */
    static void input(int n, float[] a, int at, int step, float[] to, int toAt, int toStep) {
        if (n == 6) {
            input6(a, at, step, to, toAt, toStep);
        } else {
            input8(a, at, step, to, toAt, toStep);
        }
    }

    /** n values to 4 outputs. */
    static void output(int n, float[] a, int at, int step, float[] to, int toAt, int toStep) {
        if (n == 6) {
            output6(a, at, step, to, toAt, toStep);
        } else {
            output8(a, at, step, to, toAt, toStep);
        }
    }

    /** The transpose of {@link #output}: the gradients of 4 outputs to those of n values. */
    static void outputGrad(int n, float[] a, int at, int step, float[] to, int toAt, int toStep) {
        FloatVector y0 = FloatVector.fromArray(S, a, at);
        FloatVector y1 = FloatVector.fromArray(S, a, at + step);
        FloatVector y2 = FloatVector.fromArray(S, a, at + 2 * step);
        FloatVector y3 = FloatVector.fromArray(S, a, at + 3 * step);
        y0.intoArray(to, toAt);
        pair(n == 6 ? A : 1, y0, y1, y2, y3, to, toAt + toStep, toStep);
        pair(n == 6 ? B : 2, y0, y1, y2, y3, to, toAt + 3 * toStep, toStep);
        if (n == 8) {
            pair(0.5f, y0, y1, y2, y3, to, toAt + 5 * toStep, toStep);
        }
        y3.intoArray(to, toAt + (n - 1) * toStep);
    }

    private static void input6(float[] a, int at, int step, float[] to, int toAt, int toStep) {
        FloatVector d0 = FloatVector.fromArray(S, a, at);
        FloatVector d1 = FloatVector.fromArray(S, a, at + step);
        FloatVector d2 = FloatVector.fromArray(S, a, at + 2 * step);
        FloatVector d3 = FloatVector.fromArray(S, a, at + 3 * step);
        FloatVector d4 = FloatVector.fromArray(S, a, at + 4 * step);
        FloatVector d5 = FloatVector.fromArray(S, a, at + 5 * step);
        fma(d2, -A * A - B * B, fma(d0, A * A * B * B, d4)).intoArray(to, toAt); // (x² - A²)(x² - B²)
        plusMinus(fma(d2, -B * B, d4), fma(d1, -B * B, d3).mul(A), to, toAt + toStep, toStep); // x (x ± A)(x² - B²)
        plusMinus(fma(d2, -A * A, d4), fma(d1, -A * A, d3).mul(B), to, toAt + 3 * toStep, toStep); // x (x ± B)(x² - A²)
        fma(d3, -A * A - B * B, fma(d1, A * A * B * B, d5)).intoArray(to, toAt + 5 * toStep); // x (x² - A²)(x² - B²)
    }

    private static void input8(float[] a, int at, int step, float[] to, int toAt, int toStep) {
        FloatVector d0 = FloatVector.fromArray(S, a, at);
        FloatVector d1 = FloatVector.fromArray(S, a, at + step);
        FloatVector d2 = FloatVector.fromArray(S, a, at + 2 * step);
        FloatVector d3 = FloatVector.fromArray(S, a, at + 3 * step);
        FloatVector d4 = FloatVector.fromArray(S, a, at + 4 * step);
        FloatVector d5 = FloatVector.fromArray(S, a, at + 5 * step);
        FloatVector d6 = FloatVector.fromArray(S, a, at + 6 * step);
        FloatVector d7 = FloatVector.fromArray(S, a, at + 7 * step);
        fma(d2.sub(d4), 5.25f, d6.sub(d0)).intoArray(to, toAt); // (x² - 1)(x² - 4)(x² - 1/4)
        plusMinus(fma(d4, -4.25f, d6.add(d2)), fma(d3, -4.25f, d5.add(d1)), to, toAt + toStep, toStep);
        FloatVector even = fma(d2, 0.25f, fma(d4, -1.25f, d6)); // x (x ± 2)(x² - 1)(x² - 1/4)
        FloatVector odd = fma(d1, 0.5f, fma(d3, -2.5f, d5.add(d5)));
        plusMinus(even, odd, to, toAt + 3 * toStep, toStep);
        even = fma(d2, 4, fma(d4, -5, d6)); // x (x ± 1/2)(x² - 1)(x² - 4)
        odd = fma(d1, 2, fma(d3, -2.5f, d5.mul(0.5f)));
        plusMinus(even, odd, to, toAt + 5 * toStep, toStep);
        fma(d3.sub(d5), 5.25f, d7.sub(d1)).intoArray(to, toAt + 7 * toStep);
    }

    private static void output6(float[] a, int at, int step, float[] to, int toAt, int toStep) {
        FloatVector v1 = FloatVector.fromArray(S, a, at + step);
        FloatVector v2 = FloatVector.fromArray(S, a, at + 2 * step);
        FloatVector v3 = FloatVector.fromArray(S, a, at + 3 * step);
        FloatVector v4 = FloatVector.fromArray(S, a, at + 4 * step);
        FloatVector s1 = v1.add(v2);
        FloatVector t1 = v1.sub(v2);
        FloatVector s2 = v3.add(v4);
        FloatVector t2 = v3.sub(v4);
        FloatVector.fromArray(S, a, at).add(s1).add(s2).intoArray(to, toAt);
        fma(t2, B, t1.mul(A)).intoArray(to, toAt + toStep);
        fma(s2, B * B, s1.mul(A * A)).intoArray(to, toAt + 2 * toStep);
        FloatVector last = FloatVector.fromArray(S, a, at + 5 * step);
        fma(t2, B * B * B, fma(t1, A * A * A, last)).intoArray(to, toAt + 3 * toStep);
    }

    private static void output8(float[] a, int at, int step, float[] to, int toAt, int toStep) {
        FloatVector v1 = FloatVector.fromArray(S, a, at + step);
        FloatVector v2 = FloatVector.fromArray(S, a, at + 2 * step);
        FloatVector v3 = FloatVector.fromArray(S, a, at + 3 * step);
        FloatVector v4 = FloatVector.fromArray(S, a, at + 4 * step);
        FloatVector v5 = FloatVector.fromArray(S, a, at + 5 * step);
        FloatVector v6 = FloatVector.fromArray(S, a, at + 6 * step);
        FloatVector s1 = v1.add(v2);
        FloatVector t1 = v1.sub(v2);
        FloatVector s2 = v3.add(v4);
        FloatVector t2 = v3.sub(v4);
        FloatVector s3 = v5.add(v6);
        FloatVector t3 = v5.sub(v6);
        FloatVector.fromArray(S, a, at).add(s1).add(s2).add(s3).intoArray(to, toAt);
        fma(t3, 0.5f, fma(t2, 2, t1)).intoArray(to, toAt + toStep);
        fma(s3, 0.25f, fma(s2, 4, s1)).intoArray(to, toAt + 2 * toStep);
        FloatVector last = FloatVector.fromArray(S, a, at + 7 * step);
        fma(t3, 0.125f, fma(t2, 8, t1)).add(last).intoArray(to, toAt + 3 * toStep);
    }

    /** The values of y0 + y1 x + y2 x² + y3 x³ at x = p and x = -p. */
    private static void pair(float p, FloatVector y0, FloatVector y1, FloatVector y2, FloatVector y3, float[] to,
            int toAt,
            int toStep) {
        plusMinus(fma(y2, p * p, y0), fma(y3, p * p * p, y1.mul(p)), to, toAt, toStep);
    }

    /** The values at +p and -p from their even and odd parts. */
    private static void plusMinus(FloatVector even, FloatVector odd, float[] to, int toAt, int toStep) {
        even.add(odd).intoArray(to, toAt);
        even.sub(odd).intoArray(to, toAt + toStep);
    }

    /** factor · x + y. */
    private static FloatVector fma(FloatVector x, float factor, FloatVector y) {
        return x.fma(FloatVector.broadcast(S, factor), y);
    }
}
