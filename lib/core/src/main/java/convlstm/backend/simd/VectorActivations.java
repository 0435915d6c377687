package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.ActivationFunction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The activation functions over rows: N rows of {@code columns} elements, {@code ldy} and {@code ldx} apart, so that one
 * gate of {@code (N, 4F)} is such a block. Each function has a loop of its own: the JIT compiler keeps vectors in
 * registers only where it can inline everything, and there is a limit to how much.
 */
final class VectorActivations {
    private VectorActivations() {}

    /** A block of rows: where its first element is, and how far apart its rows are. */
    record Block(float[] a, int at, int step) {}

    /** y = f(x). */
    static void apply(ActivationFunction f, Block y, Block x, int N, int columns) {
        switch (f) {
            case LINEAR -> ramp(y, x, N, columns, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 1, 0);
            case TANH -> tanh(y, x, N, columns);
            case SIGMOID -> sigmoid(y, x, N, columns);
            case HARD_SIGMOID -> ramp(y, x, N, columns, 0, 1, 1 / 6f, 0.5f);
            case HARD_SIGMOID_KERAS2 -> ramp(y, x, N, columns, 0, 1, 0.2f, 0.5f);
            case RELU -> ramp(y, x, N, columns, 0, Float.POSITIVE_INFINITY, 1, 0);
        }
    }

    private static void tanh(Block y, Block x, int N, int columns) {
        int whole = columns - columns % L;
        int k = 0;
        int from = x.at;
        int to = y.at;
        for (int v = N * whole / L; v > 0; v--) { // one loop over all rows, since a row may be one vector only
            VectorMath.tanh(FloatVector.fromArray(S, x.a, from + k)).intoArray(y.a, to + k);
            k += L;
            if (k == whole) {
                k = 0;
                from += x.step;
                to += y.step;
            }
        }
        if (whole < columns) { // what is left of each row, fewer elements than a vector
            VectorMask<Float> rest = S.indexInRange(whole, columns);
            for (int n = 0; n < N; n++) {
                VectorMath.tanh(FloatVector.fromArray(S, x.a, x.at + n * x.step + whole, rest))
                        .intoArray(y.a, y.at + n * y.step + whole, rest);
            }
        }
    }

    private static void sigmoid(Block y, Block x, int N, int columns) {
        int whole = columns - columns % L;
        int k = 0;
        int from = x.at;
        int to = y.at;
        for (int v = N * whole / L; v > 0; v--) { // one loop over all rows, since a row may be one vector only
            VectorMath.sigmoid(FloatVector.fromArray(S, x.a, from + k)).intoArray(y.a, to + k);
            k += L;
            if (k == whole) {
                k = 0;
                from += x.step;
                to += y.step;
            }
        }
        if (whole < columns) { // what is left of each row, fewer elements than a vector
            VectorMask<Float> rest = S.indexInRange(whole, columns);
            for (int n = 0; n < N; n++) {
                VectorMath.sigmoid(FloatVector.fromArray(S, x.a, x.at + n * x.step + whole, rest))
                        .intoArray(y.a, y.at + n * y.step + whole, rest);
            }
        }
    }

    /** y = clip(slope · x + shift, low, high): all the functions made of straight lines. */
    private static void ramp(
            Block y, Block x, int N, int columns, float low, float high, float slope, float shift) {
        FloatVector slopes = FloatVector.broadcast(S, slope);
        FloatVector shifts = FloatVector.broadcast(S, shift);
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < columns; k += L) {
                VectorMask<Float> lanes = S.indexInRange(k, columns);
                FloatVector v = FloatVector.fromArray(S, x.a, x.at + n * x.step + k, lanes).mul(slopes).add(shifts);
                v = v.blend(low, v.compare(VectorOperators.LT, low)).blend(high, v.compare(VectorOperators.GT, high));
                v.intoArray(y.a, y.at + n * y.step + k, lanes);
            }
        }
    }

    /** dy/dx in every lane, from y = f(x). */
    static FloatVector gradient(ActivationFunction f, FloatVector y) {
        return switch (f) {
            case LINEAR -> FloatVector.broadcast(S, 1f);
            case TANH -> FloatVector.broadcast(S, 1f).sub(y.mul(y));
            case SIGMOID -> y.sub(y.mul(y));
            case HARD_SIGMOID -> inside01(y, 1 / 6f);
            case HARD_SIGMOID_KERAS2 -> inside01(y, 0.2f);
            case RELU -> FloatVector.zero(S).blend(1f, y.compare(VectorOperators.GT, 0f));
        };
    }

    /** The slope where 0 < y < 1, else 0. */
    private static FloatVector inside01(FloatVector y, float slope) {
        VectorMask<Float> inside = y.compare(VectorOperators.GT, 0f).and(y.compare(VectorOperators.LT, 1f));
        return FloatVector.zero(S).blend(slope, inside);
    }
}
