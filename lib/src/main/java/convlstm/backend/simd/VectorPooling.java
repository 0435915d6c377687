package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.Window;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.simd.VectorElements.At;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Max pooling with a vector of channels at a time. Scalar twin: {@code reference.ConvLoops.maxPool2d}. */
final class VectorPooling {
    private VectorPooling() {}

    /** The largest element of each channel under the window of output pixel (n, y, x). */
    static void forward(At out, At x, ConvSizes s, Window w, int n, int y, int xo) {
        At pixel = out.plus(((n * s.Ho() + y) * s.Wo() + xo) * s.C());
        for (int c = 0; c < s.C(); c += Tiles.L) {
            int lanes = s.C() - c;
            FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
            for (int k = 0; k < w.height() * w.width(); k++) {
                int at = element(s, w, n, y, xo, k);
                if (at >= 0) {
                    FloatVector v = x.load(at + c, lanes);
                    best = best.blend(v, wins(v, best));
                }
            }
            pixel.store(best, c, lanes);
        }
    }

    /** dx += dOut of that output pixel, at the element of each channel that won. */
    static void backward(At dx, At dOut, At x, ConvSizes s, Window w, int n, int y, int xo) {
        At pixel = dOut.plus(((n * s.Ho() + y) * s.Wo() + xo) * s.C());
        for (int c = 0; c < s.C(); c += Tiles.L) {
            int lanes = s.C() - c;
            FloatVector best = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
            FloatVector winner = FloatVector.broadcast(S, -1f);
            for (int k = 0; k < w.height() * w.width(); k++) {
                int at = element(s, w, n, y, xo, k);
                if (at >= 0) {
                    FloatVector v = x.load(at + c, lanes);
                    VectorMask<Float> wins = wins(v, best).or(winner.compare(VectorOperators.LT, 0f));
                    best = best.blend(v, wins);
                    winner = winner.blend((float) k, wins);
                }
            }
            FloatVector d = pixel.load(c, lanes);
            for (int k = 0; k < w.height() * w.width(); k++) {
                int at = element(s, w, n, y, xo, k);
                if (at >= 0) {
                    VectorMask<Float> won = winner.compare(VectorOperators.EQ, (float) k);
                    dx.store(dx.load(at + c, lanes).add(d, won), at + c, lanes);
                }
            }
        }
    }

    /** Where v replaces the best so far: the first of equals stays, and a NaN wins, so that it passes through. */
    private static VectorMask<Float> wins(FloatVector v, FloatVector best) {
        return v.compare(VectorOperators.GT, best).or(v.test(VectorOperators.IS_NAN));
    }

    /** The first channel of the k-th pixel under a window, or -1 outside the image. */
    private static int element(ConvSizes s, Window w, int n, int y, int x, int k) {
        int iy = y * w.strideH() + k / w.width() * w.dilationH() - w.padTop(s.H());
        int ix = x * w.strideW() + k % w.width() * w.dilationW() - w.padLeft(s.W());
        boolean inside = iy >= 0 && iy < s.H() && ix >= 0 && ix < s.W();
        return inside ? ((n * s.H() + iy) * s.W() + ix) * s.C() : -1;
    }
}
