package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * exp, tanh and the sigmoid on vectors. Written out instead of {@code lanewise(EXP)}, because not
 * every platform has a vector form of that. Largest relative error 2e-7; NaN gives NaN, infinities their limits. The
 * polynomials are those of the Cephes library (S. Moshier, expf.c and tanhf.c).
 */
final class VectorMath {
    private static final float LOG2_E = 1.44269504088896341f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 · 2^23: adding it rounds to a whole number, which then stands in the lowest bits. */
    private static final float ROUNDER = 12582912f;

    private VectorMath() {}

    /**
     * exp(x) for x in [-87, 88]; beyond, the value at the end of that range. With n = round(x / ln 2) it is 2^n · exp(r),
     * where |r| <= ln 2 / 2 and a polynomial does.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector in = x.blend(-87f, x.compare(VectorOperators.LT, -87f));
        in = in.blend(88f, in.compare(VectorOperators.GT, 88f));
        FloatVector shifted = in.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HIGH), in);
        r = n.fma(FloatVector.broadcast(S, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(S, 1.9875691500e-4f), FloatVector.broadcast(S, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(S, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(S, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(S, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(S, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1f));
        FloatVector powerOfTwo = shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(0x3f800000) // the bits of 1f: n is added to its exponent
                .reinterpretAsFloats();
        return p.mul(powerOfTwo);
    }

    /** 1 / (1 + exp(-x)). */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector one = FloatVector.broadcast(S, 1f);
        return one.div(exp(x.neg()).add(one));
    }

    /** tanh x: near 0 a polynomial, since the formula with exp would cancel there; else 1 - 2 / (exp(2|x|) + 1). */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector square = x.mul(x);
        FloatVector p = square.fma(
                FloatVector.broadcast(S, -5.70498872745e-3f), FloatVector.broadcast(S, 2.06390887954e-2f));
        p = p.fma(square, FloatVector.broadcast(S, -5.37397155531e-2f));
        p = p.fma(square, FloatVector.broadcast(S, 1.33314422036e-1f));
        p = p.fma(square, FloatVector.broadcast(S, -3.33332819422e-1f));
        FloatVector near = p.mul(square).fma(x, x);
        FloatVector one = FloatVector.broadcast(S, 1f);
        FloatVector far = one.sub(FloatVector.broadcast(S, 2f).div(exp(size.add(size)).add(one)));
        far = far.blend(far.neg(), x.compare(VectorOperators.LT, 0f));
        return near.blend(far, size.compare(VectorOperators.GT, 0.625f));
    }
}
