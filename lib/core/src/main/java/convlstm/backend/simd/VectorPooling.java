package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.Window;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.simd.VectorElements.At;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Max pooling with a vector of channels at a time or, where there are few, one element at a time. Scalar twin: {@code
 * reference.ConvLoops.maxPool2d}.
 */
final class VectorPooling {
    private VectorPooling() {}

    /** The pixels of an image that lie under a window: which of its rows and columns, and where the first one is. */
    private record Covered(int first, int rows, int columns, int rowStep, int columnStep) {
        /** The window of output pixel (n, y, x). */
        static Covered by(Window w, ConvSizes s, int n, int y, int x) {
            int top = y * w.strideH() - w.padTop(s.H());
            int left = x * w.strideW() - w.padLeft(s.W());
            int i = skipped(top, w.dilationH());
            int j = skipped(left, w.dilationW());
            int rows = inside(top, w.dilationH(), w.height(), s.H()) - i;
            int columns = inside(left, w.dilationW(), w.width(), s.W()) - j;
            int first = ((n * s.H() + top + i * w.dilationH()) * s.W() + left + j * w.dilationW()) * s.C();
            return new Covered(first, rows, columns, w.dilationH() * s.W() * s.C(), w.dilationW() * s.C());
        }

        /** Steps from a place before the image that do not reach it yet. */
        private static int skipped(int at, int step) {
            return at >= 0 ? 0 : (step - 1 - at) / step;
        }

        /** How many of a window's steps begin before the image's end. */
        private static int inside(int at, int step, int steps, int size) {
            return step == 1 ? Math.min(steps, size - at) : Math.min(steps, (size - at + step - 1) / step);
        }
    }

    /** The largest element of each channel under the window of output pixel (n, y, x). */
    static void forward(At out, At x, ConvSizes s, Window w, int n, int y, int xo) {
        Covered covered = Covered.by(w, s, n, y, xo);
        int pixel = ((n * s.Ho() + y) * s.Wo() + xo) * s.C();
        if (s.C() < L / 2) {
            for (int c = 0; c < s.C(); c++) {
                out.a()[out.at() + pixel + c] = x.a()[maximum(x, covered, c)];
            }
            return;
        }
        for (int c = 0; c < s.C(); c += L) {
            int lanes = s.C() - c;
            FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
            for (int i = 0; i < covered.rows; i++) {
                int at = covered.first + i * covered.rowStep + c;
                for (int j = 0; j < covered.columns; j++, at += covered.columnStep) {
                    FloatVector v = x.load(at, lanes);
                    best = best.blend(v, wins(v, best));
                }
            }
            out.store(best, pixel + c, lanes);
        }
    }

    /** dx += dOut of that output pixel, at the element of each channel that won. */
    static void backward(At dx, At dOut, At x, ConvSizes s, Window w, int n, int y, int xo) {
        Covered covered = Covered.by(w, s, n, y, xo);
        int pixel = ((n * s.Ho() + y) * s.Wo() + xo) * s.C();
        if (s.C() < L / 2) {
            for (int c = 0; c < s.C(); c++) {
                dx.a()[dx.at() - x.at() + maximum(x, covered, c)] += dOut.a()[dOut.at() + pixel + c];
            }
            return;
        }
        for (int c = 0; c < s.C(); c += L) {
            int lanes = s.C() - c;
            FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
            FloatVector winner = FloatVector.broadcast(S, -1f);
            for (int i = 0; i < covered.rows; i++) {
                int at = covered.first + i * covered.rowStep + c;
                for (int j = 0; j < covered.columns; j++, at += covered.columnStep) {
                    FloatVector v = x.load(at, lanes);
                    VectorMask<Float> wins = wins(v, best).or(winner.compare(VectorOperators.LT, 0f));
                    best = best.blend(v, wins);
                    winner = winner.blend((float) (i * covered.columns + j), wins);
                }
            }
            FloatVector d = dOut.load(pixel + c, lanes);
            for (int i = 0; i < covered.rows; i++) {
                int at = covered.first + i * covered.rowStep + c;
                for (int j = 0; j < covered.columns; j++, at += covered.columnStep) {
                    VectorMask<Float> won = winner.compare(VectorOperators.EQ, (float) (i * covered.columns + j));
                    dx.store(dx.load(at, lanes).add(d, won), at, lanes);
                }
            }
        }
    }

    /** Where v replaces the best so far: the first of equals stays, and a NaN wins, so that it passes through. */
    private static VectorMask<Float> wins(FloatVector v, FloatVector best) {
        return v.compare(VectorOperators.GT, best).or(v.test(VectorOperators.IS_NAN));
    }

    /** The same for one channel: where in the array of x its largest element is. */
    private static int maximum(At x, Covered covered, int c) {
        int best = -1;
        for (int i = 0; i < covered.rows; i++) {
            int at = x.at() + covered.first + i * covered.rowStep + c;
            for (int j = 0; j < covered.columns; j++, at += covered.columnStep) {
                float v = x.a()[at];
                if (best < 0 || v > x.a()[best] || v != v) {
                    best = at;
                }
            }
        }
        return best;
    }

    // ---- windows of 2x2 that stand side by side, and few channels: vectors along the row

    /** Whether {@link #forwardHalves} and {@link #backwardHalves} do it. */
    static boolean halves(Window w, ConvSizes s) {
        boolean pairs = w.height() == 2 && w.width() == 2 && w.strideH() == 2 && w.strideW() == 2;
        boolean dense = w.dilationH() == 1 && w.dilationW() == 1;
        return pairs && dense && 2 * s.Ho() <= s.H() && 2 * s.Wo() <= s.W() && s.C() < L / 2 && L % s.C() == 0
                && s.Wo() * s.C() >= L;
    }

    /**
     * How two neighbouring vectors of a row, 2 L / C pixels, become a vector of their even and one of their odd pixels, and
     * back again.
     */
    record Pairs(
            VectorShuffle<Float> even, VectorShuffle<Float> odd, VectorMask<Float> second,
            VectorShuffle<Float> low, VectorShuffle<Float> high, VectorMask<Float> isOdd) {
        static Pairs of(int C) {
            boolean[] second = new boolean[L];
            boolean[] isOdd = new boolean[L];
            for (int lane = 0; lane < L; lane++) {
                second[lane] = lane >= L / 2;
                isOdd[lane] = lane / C % 2 == 1;
            }
            return new Pairs(
                    VectorShuffle.fromOp(S, lane -> (lane / C * 2 * C + lane % C) % L),
                    VectorShuffle.fromOp(S, lane -> (lane / C * 2 * C + C + lane % C) % L),
                    VectorMask.fromArray(S, second, 0),
                    VectorShuffle.fromOp(S, lane -> lane / C / 2 * C + lane % C),
                    VectorShuffle.fromOp(S, lane -> L / 2 + lane / C / 2 * C + lane % C),
                    VectorMask.fromArray(S, isOdd, 0));
        }

        FloatVector evens(FloatVector a, FloatVector b) {
            return a.rearrange(even).blend(b.rearrange(even), second);
        }

        FloatVector odds(FloatVector a, FloatVector b) {
            return a.rearrange(odd).blend(b.rearrange(odd), second);
        }

        FloatVector first(FloatVector evens, FloatVector odds) {
            return evens.rearrange(low).blend(odds.rearrange(low), isOdd);
        }

        FloatVector second(FloatVector evens, FloatVector odds) {
            return evens.rearrange(high).blend(odds.rearrange(high), isOdd);
        }
    }

    /** A row of n output elements from two rows of x, {@code step} apart. */
    static void forwardHalves(At out, At x, int step, int n, Pairs pairs) {
        for (int vector = 0; vector * L < n; vector++) {
            int q = Math.min(vector * L, n - L); // the last one does some elements again
            FloatVector a = x.load(2 * q);
            FloatVector b = x.load(2 * q + L);
            FloatVector best = pairs.evens(a, b);
            FloatVector v = pairs.odds(a, b);
            best = best.blend(v, wins(v, best));
            a = x.load(step + 2 * q);
            b = x.load(step + 2 * q + L);
            v = pairs.evens(a, b);
            best = best.blend(v, wins(v, best));
            v = pairs.odds(a, b);
            best = best.blend(v, wins(v, best));
            out.store(best, q);
        }
    }

    /** dx = dOut where the maximum of a window was, and 0 elsewhere in it. */
    static void backwardHalves(At dx, At dOut, At x, int step, int n, Pairs pairs) {
        FloatVector zero = FloatVector.zero(S);
        for (int vector = 0; vector * L < n; vector++) {
            int q = Math.min(vector * L, n - L); // the last one does some elements again
            FloatVector d = dOut.load(q);
            FloatVector a = x.load(2 * q);
            FloatVector b = x.load(2 * q + L);
            FloatVector best = pairs.evens(a, b);
            FloatVector v = pairs.odds(a, b);
            VectorMask<Float> wins = wins(v, best);
            best = best.blend(v, wins);
            FloatVector even = d.blend(zero, wins);
            FloatVector odd = zero.blend(d, wins);
            a = x.load(step + 2 * q);
            b = x.load(step + 2 * q + L);
            v = pairs.evens(a, b);
            wins = wins(v, best);
            best = best.blend(v, wins);
            even = even.blend(zero, wins);
            odd = odd.blend(zero, wins);
            FloatVector evenBelow = zero.blend(d, wins);
            v = pairs.odds(a, b);
            wins = wins(v, best);
            even = even.blend(zero, wins);
            odd = odd.blend(zero, wins);
            evenBelow = evenBelow.blend(zero, wins);
            FloatVector oddBelow = zero.blend(d, wins);
            dx.store(pairs.first(even, odd), 2 * q);
            dx.store(pairs.second(even, odd), 2 * q + L);
            dx.store(pairs.first(evenBelow, oddBelow), step + 2 * q);
            dx.store(pairs.second(evenBelow, oddBelow), step + 2 * q + L);
        }
    }
}
