package convlstm.backend.simd;

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
 * <p>A line is a row or a column of a tile; its elements are {@code step} apart, each a vector of channels, and the
 * next line begins {@code lineStep} further. One call does all the lines of a tile in one direction: a loop that the JIT
 * compiler meets as a whole. Its body names no helper of this class, because vectors handed to a method that happens not
 * to be inlined are made objects.
 */
final class WinogradLines {
    /** Outputs of a tile in each direction. */
    static final int OUTPUTS = 4;

    /** The points for n = 6. */
    private static final float A = 0.625f;

    private static final float B = 1.5f;

    private WinogradLines() {}

    /** How many points n a filter of so many taps takes. */
    static int points(int taps) {
        return taps <= 3 ? 6 : 8;
    }

    /** The points but ∞, which is the last. */
    private static double[] finite(int n) {
        return n == 6 ? new double[] {0, A, -A, B, -B} : new double[] {0, 1, -1, 2, -2, 0.5, -0.5};
    }

    /** The filter's transform G (n, taps): the filter's values at the points, divided by N_j. */
    static float[][] filter(int n, int taps) {
        double[] p = finite(n);
        float[][] G = new float[n][taps];
        for (int j = 0; j < n - 1; j++) {
            double N = 1;
            for (int l = 0; l < n - 1; l++) {
                N *= l == j ? 1 : p[j] - p[l];
            }
            for (int k = 0; k < taps; k++) {
                G[j][k] = (float) (Math.pow(p[j], k) / N);
            }
        }
        if (taps == n - OUTPUTS + 1) {
            G[n - 1][taps - 1] = 1;
        }
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

    /** n inputs to n values, for each of some lines. */
    static void input(
            int n, int lines, float[] a, int at, int step, int lineStep,
            float[] to, int toAt, int toStep, int toLineStep) {
        if (n == 6) {
            input6(lines, a, at, step, lineStep, to, toAt, toStep, toLineStep);
        } else {
            input8(lines, a, at, step, lineStep, to, toAt, toStep, toLineStep);
        }
    }

    /** n values to 4 outputs, added to what lies at {@code init}, for each of some lines. */
    static void output(
            int n, int lines, float[] a, int at, int step, int lineStep,
            float[] init, int initAt, int initStep, int initLineStep,
            float[] to, int toAt, int toStep, int toLineStep) {
        if (n == 6) {
            output6(lines, a, at, step, lineStep, init, initAt, initStep, initLineStep, to, toAt, toStep, toLineStep);
        } else {
            output8(lines, a, at, step, lineStep, init, initAt, initStep, initLineStep, to, toAt, toStep, toLineStep);
        }
    }

    /** The transpose of {@link #output}: the gradients of 4 outputs to those of n values, for each of some lines. */
    static void outputGrad(
            int n, int lines, float[] a, int at, int step, int lineStep,
            float[] to, int toAt, int toStep, int toLineStep) {
        if (n == 6) {
            outputGrad6(lines, a, at, step, lineStep, to, toAt, toStep, toLineStep);
        } else {
            outputGrad8(lines, a, at, step, lineStep, to, toAt, toStep, toLineStep);
        }
    }

    private static void input6(
            int lines, float[] a, int at, int step, int lineStep, float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector product = FloatVector.broadcast(S, A * A * B * B);
        FloatVector minusSum = FloatVector.broadcast(S, -A * A - B * B);
        FloatVector minusA2 = FloatVector.broadcast(S, -A * A);
        FloatVector minusB2 = FloatVector.broadcast(S, -B * B);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector d0 = FloatVector.fromArray(S, a, p);
            FloatVector d1 = FloatVector.fromArray(S, a, p + step);
            FloatVector d2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector d3 = FloatVector.fromArray(S, a, p + 3 * step);
            FloatVector d4 = FloatVector.fromArray(S, a, p + 4 * step);
            FloatVector d5 = FloatVector.fromArray(S, a, p + 5 * step);
            int q = toAt + line * toLineStep;
            d2.fma(minusSum, d0.fma(product, d4)).intoArray(to, q); // (x² - A²)(x² - B²)
            FloatVector even = d2.fma(minusB2, d4); // x (x ± A)(x² - B²)
            FloatVector odd = d1.fma(minusB2, d3).mul(A);
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = d2.fma(minusA2, d4); // x (x ± B)(x² - A²)
            odd = d1.fma(minusA2, d3).mul(B);
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            d3.fma(minusSum, d1.fma(product, d5)).intoArray(to, q + 5 * toStep); // x (x² - A²)(x² - B²)
        }
    }

    private static void input8(
            int lines, float[] a, int at, int step, int lineStep, float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector c525 = FloatVector.broadcast(S, 5.25f);
        FloatVector minus425 = FloatVector.broadcast(S, -4.25f);
        FloatVector minus125 = FloatVector.broadcast(S, -1.25f);
        FloatVector minus250 = FloatVector.broadcast(S, -2.5f);
        FloatVector quarter = FloatVector.broadcast(S, 0.25f);
        FloatVector half = FloatVector.broadcast(S, 0.5f);
        FloatVector two = FloatVector.broadcast(S, 2f);
        FloatVector four = FloatVector.broadcast(S, 4f);
        FloatVector minus5 = FloatVector.broadcast(S, -5f);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector d0 = FloatVector.fromArray(S, a, p);
            FloatVector d1 = FloatVector.fromArray(S, a, p + step);
            FloatVector d2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector d3 = FloatVector.fromArray(S, a, p + 3 * step);
            FloatVector d4 = FloatVector.fromArray(S, a, p + 4 * step);
            FloatVector d5 = FloatVector.fromArray(S, a, p + 5 * step);
            FloatVector d6 = FloatVector.fromArray(S, a, p + 6 * step);
            FloatVector d7 = FloatVector.fromArray(S, a, p + 7 * step);
            int q = toAt + line * toLineStep;
            d2.sub(d4).fma(c525, d6.sub(d0)).intoArray(to, q); // (x² - 1)(x² - 4)(x² - 1/4)
            FloatVector even = d4.fma(minus425, d6.add(d2)); // x (x ± 1)(x² - 4)(x² - 1/4)
            FloatVector odd = d3.fma(minus425, d5.add(d1));
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = d2.fma(quarter, d4.fma(minus125, d6)); // x (x ± 2)(x² - 1)(x² - 1/4)
            odd = d1.fma(half, d3.fma(minus250, d5.add(d5)));
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            even = d2.fma(four, d4.fma(minus5, d6)); // x (x ± 1/2)(x² - 1)(x² - 4)
            odd = d1.fma(two, d3.fma(minus250, d5.mul(half)));
            even.add(odd).intoArray(to, q + 5 * toStep);
            even.sub(odd).intoArray(to, q + 6 * toStep);
            d3.sub(d5).fma(c525, d7.sub(d1)).intoArray(to, q + 7 * toStep);
        }
    }

    private static void output6(
            int lines, float[] a, int at, int step, int lineStep,
            float[] init, int initAt, int initStep, int initLineStep,
            float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector a1 = FloatVector.broadcast(S, A);
        FloatVector a2 = FloatVector.broadcast(S, A * A);
        FloatVector a3 = FloatVector.broadcast(S, A * A * A);
        FloatVector b1 = FloatVector.broadcast(S, B);
        FloatVector b2 = FloatVector.broadcast(S, B * B);
        FloatVector b3 = FloatVector.broadcast(S, B * B * B);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector v1 = FloatVector.fromArray(S, a, p + step);
            FloatVector v2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector v3 = FloatVector.fromArray(S, a, p + 3 * step);
            FloatVector v4 = FloatVector.fromArray(S, a, p + 4 * step);
            FloatVector s1 = v1.add(v2);
            FloatVector t1 = v1.sub(v2);
            FloatVector s2 = v3.add(v4);
            FloatVector t2 = v3.sub(v4);
            int i = initAt + line * initLineStep;
            int q = toAt + line * toLineStep;
            FloatVector first = FloatVector.fromArray(S, a, p).add(s1).add(s2);
            first.add(FloatVector.fromArray(S, init, i)).intoArray(to, q);
            FloatVector y = t2.fma(b1, t1.mul(a1));
            y.add(FloatVector.fromArray(S, init, i + initStep)).intoArray(to, q + toStep);
            y = s2.fma(b2, s1.mul(a2));
            y.add(FloatVector.fromArray(S, init, i + 2 * initStep)).intoArray(to, q + 2 * toStep);
            FloatVector last = FloatVector.fromArray(S, a, p + 5 * step);
            y = t2.fma(b3, t1.fma(a3, last));
            y.add(FloatVector.fromArray(S, init, i + 3 * initStep)).intoArray(to, q + 3 * toStep);
        }
    }

    private static void output8(
            int lines, float[] a, int at, int step, int lineStep,
            float[] init, int initAt, int initStep, int initLineStep,
            float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector two = FloatVector.broadcast(S, 2f);
        FloatVector four = FloatVector.broadcast(S, 4f);
        FloatVector eight = FloatVector.broadcast(S, 8f);
        FloatVector half = FloatVector.broadcast(S, 0.5f);
        FloatVector quarter = FloatVector.broadcast(S, 0.25f);
        FloatVector eighth = FloatVector.broadcast(S, 0.125f);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector v1 = FloatVector.fromArray(S, a, p + step);
            FloatVector v2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector v3 = FloatVector.fromArray(S, a, p + 3 * step);
            FloatVector v4 = FloatVector.fromArray(S, a, p + 4 * step);
            FloatVector v5 = FloatVector.fromArray(S, a, p + 5 * step);
            FloatVector v6 = FloatVector.fromArray(S, a, p + 6 * step);
            FloatVector s1 = v1.add(v2);
            FloatVector t1 = v1.sub(v2);
            FloatVector s2 = v3.add(v4);
            FloatVector t2 = v3.sub(v4);
            FloatVector s3 = v5.add(v6);
            FloatVector t3 = v5.sub(v6);
            int i = initAt + line * initLineStep;
            int q = toAt + line * toLineStep;
            FloatVector first = FloatVector.fromArray(S, a, p).add(s1).add(s2).add(s3);
            first.add(FloatVector.fromArray(S, init, i)).intoArray(to, q);
            FloatVector y = t3.fma(half, t2.fma(two, t1));
            y.add(FloatVector.fromArray(S, init, i + initStep)).intoArray(to, q + toStep);
            y = s3.fma(quarter, s2.fma(four, s1));
            y.add(FloatVector.fromArray(S, init, i + 2 * initStep)).intoArray(to, q + 2 * toStep);
            FloatVector last = FloatVector.fromArray(S, a, p + 7 * step);
            y = t3.fma(eighth, t2.fma(eight, t1)).add(last);
            y.add(FloatVector.fromArray(S, init, i + 3 * initStep)).intoArray(to, q + 3 * toStep);
        }
    }

    private static void outputGrad6(
            int lines, float[] a, int at, int step, int lineStep, float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector a2 = FloatVector.broadcast(S, A * A);
        FloatVector a3 = FloatVector.broadcast(S, A * A * A);
        FloatVector b2 = FloatVector.broadcast(S, B * B);
        FloatVector b3 = FloatVector.broadcast(S, B * B * B);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector y0 = FloatVector.fromArray(S, a, p);
            FloatVector y1 = FloatVector.fromArray(S, a, p + step);
            FloatVector y2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector y3 = FloatVector.fromArray(S, a, p + 3 * step);
            int q = toAt + line * toLineStep;
            y0.intoArray(to, q); // y0 + y1 x + y2 x² + y3 x³ at each of the points, even and odd powers apart
            FloatVector even = y2.fma(a2, y0);
            FloatVector odd = y3.fma(a3, y1.mul(A));
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = y2.fma(b2, y0);
            odd = y3.fma(b3, y1.mul(B));
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            y3.intoArray(to, q + 5 * toStep);
        }
    }

    private static void outputGrad8(
            int lines, float[] a, int at, int step, int lineStep, float[] to, int toAt, int toStep, int toLineStep) {
        FloatVector two = FloatVector.broadcast(S, 2f);
        FloatVector four = FloatVector.broadcast(S, 4f);
        FloatVector eight = FloatVector.broadcast(S, 8f);
        FloatVector half = FloatVector.broadcast(S, 0.5f);
        FloatVector quarter = FloatVector.broadcast(S, 0.25f);
        FloatVector eighth = FloatVector.broadcast(S, 0.125f);
        for (int line = 0; line < lines; line++) {
            int p = at + line * lineStep;
            FloatVector y0 = FloatVector.fromArray(S, a, p);
            FloatVector y1 = FloatVector.fromArray(S, a, p + step);
            FloatVector y2 = FloatVector.fromArray(S, a, p + 2 * step);
            FloatVector y3 = FloatVector.fromArray(S, a, p + 3 * step);
            int q = toAt + line * toLineStep;
            y0.intoArray(to, q); // y0 + y1 x + y2 x² + y3 x³ at each of the points, even and odd powers apart
            FloatVector even = y0.add(y2);
            FloatVector odd = y1.add(y3);
            even.add(odd).intoArray(to, q + toStep);
            even.sub(odd).intoArray(to, q + 2 * toStep);
            even = y2.fma(four, y0);
            odd = y3.fma(eight, y1.mul(two));
            even.add(odd).intoArray(to, q + 3 * toStep);
            even.sub(odd).intoArray(to, q + 4 * toStep);
            even = y2.fma(quarter, y0);
            odd = y3.fma(eighth, y1.mul(half));
            even.add(odd).intoArray(to, q + 5 * toStep);
            even.sub(odd).intoArray(to, q + 6 * toStep);
            y3.intoArray(to, q + 7 * toStep);
        }
    }
}
