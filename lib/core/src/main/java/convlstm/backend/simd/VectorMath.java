package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * exp, log, tanh and the sigmoid on vectors. Written out instead of {@code lanewise(EXP)}, because not
 * every platform has a vector form of that. The relative error is a few times 1e-7 at most; NaN gives NaN, infinities
 * their limits. Each polynomial's source is named.
 */
final class VectorMath {
    private static final float LOG2_E = 1.44269504088896341f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 · 2^23: adding it rounds to a whole number, which then stands in the lowest bits. */
    private static final float ROUNDER = 12582912f;

    /** Beyond, tanh is ±1 in single precision. */
    private static final float TANH_END = 7.90531110763549805f;

    private VectorMath() {}

    /**
     * exp(x) for x in [-87, 88]; beyond, the value at the end of that range. With n = round(x / ln 2) it is 2^n · exp(r),
     * where |r| <= ln 2 / 2 and a polynomial does (that of the Cephes library, expf.c).
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

    /**
     * tanh x as an odd polynomial by an even one, which is accurate to the last bits near 0 too, and ±1 beyond ±7.9. The
     * coefficients are those of the Eigen library (generic_fast_tanh_float).
     */
    static FloatVector tanh(FloatVector x) {
        FloatVector in = x.blend(-TANH_END, x.compare(VectorOperators.LT, -TANH_END));
        in = in.blend(TANH_END, in.compare(VectorOperators.GT, TANH_END));
        FloatVector square = in.mul(in);
        FloatVector p = square.fma(
                FloatVector.broadcast(S, -2.76076847742355e-16f), FloatVector.broadcast(S, 2.00018790482477e-13f));
        p = p.fma(square, FloatVector.broadcast(S, -8.60467152213735e-11f));
        p = p.fma(square, FloatVector.broadcast(S, 5.12229709037114e-8f));
        p = p.fma(square, FloatVector.broadcast(S, 1.48572235717979e-5f));
        p = p.fma(square, FloatVector.broadcast(S, 6.37261928875436e-4f));
        p = p.fma(square, FloatVector.broadcast(S, 4.89352455891786e-3f));
        FloatVector q = square.fma(
                FloatVector.broadcast(S, 1.19825839466702e-6f), FloatVector.broadcast(S, 1.18534705686654e-4f));
        q = q.fma(square, FloatVector.broadcast(S, 2.26843463243900e-3f));
        q = q.fma(square, FloatVector.broadcast(S, 4.89352518554385e-3f));
        return in.mul(p).div(q);
    }

    /**
     * log(1 + x) for x in [0, 1]: a polynomial in what is left when 1 + x is halved if it is above √2 (Cephes, logf.c).
     */
    static FloatVector log1p(FloatVector x) {
        FloatVector sum = x.add(1f);
        VectorMask<Float> high = sum.compare(VectorOperators.GT, 1.41421356f);
        FloatVector r = x.blend(sum.mul(0.5f).sub(1f), high);
        FloatVector p = r.fma(FloatVector.broadcast(S, 7.0376836292e-2f), FloatVector.broadcast(S, -1.1514610310e-1f));
        p = p.fma(r, FloatVector.broadcast(S, 1.1676998740e-1f));
        p = p.fma(r, FloatVector.broadcast(S, -1.2420140846e-1f));
        p = p.fma(r, FloatVector.broadcast(S, 1.4249322787e-1f));
        p = p.fma(r, FloatVector.broadcast(S, -1.6668057665e-1f));
        p = p.fma(r, FloatVector.broadcast(S, 2.0000714765e-1f));
        p = p.fma(r, FloatVector.broadcast(S, -2.4999993993e-1f));
        p = p.fma(r, FloatVector.broadcast(S, 3.3333331174e-1f));
        FloatVector square = r.mul(r);
        FloatVector log = p.mul(r).sub(0.5f).fma(square, r);
        return log.add(FloatVector.zero(S).blend(0.693147181f, high));
    }
}
