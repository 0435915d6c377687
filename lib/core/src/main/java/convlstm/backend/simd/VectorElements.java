package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.ActivationFunction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Element-wise operations and sums over n neighbouring elements: whole vectors, then what is left under a mask. Each
 * array is read once and written once. Scalar twins: the loops of {@code reference.ReferenceBackend}.
 */
final class VectorElements {
    private VectorElements() {}

    /** An array from some element on. */
    record At(float[] a, int at) {
        FloatVector load(int k) {
            return FloatVector.fromArray(S, a, at + k);
        }

        void store(FloatVector v, int k) {
            v.intoArray(a, at + k);
        }

        FloatVector load(int k, int lanes) {
            return lanes >= L
                    ? FloatVector.fromArray(S, a, at + k)
                    : FloatVector.fromArray(S, a, at + k, S.indexInRange(0, lanes));
        }

        void store(FloatVector v, int k, int lanes) {
            if (lanes >= L) {
                v.intoArray(a, at + k);
            } else {
                v.intoArray(a, at + k, S.indexInRange(0, lanes));
            }
        }
    }

    private static FloatVector broadcast(float x) {
        return FloatVector.broadcast(S, x);
    }

    /** dst += scale · src. */
    static void addScaled(At dst, At src, float scale, int n) {
        for (int k = 0; k < n; k += L) {
            dst.store(src.load(k, n - k).fma(broadcast(scale), dst.load(k, n - k)), k, n - k);
        }
    }

    /** dst = a ∘ b, or += with {@code add}. */
    static void multiply(At dst, At a, At b, boolean add, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector product = a.load(k, n - k).mul(b.load(k, n - k));
            dst.store(add ? product.add(dst.load(k, n - k)) : product, k, n - k);
        }
    }

    /** dst += src. */
    static void add(At dst, At src, int n) {
        for (int k = 0; k < n; k += L) {
            dst.store(dst.load(k, n - k).add(src.load(k, n - k)), k, n - k);
        }
    }

    /** dx = dy ∘ f'(y). */
    static void activateGrad(At dx, At y, At dy, ActivationFunction f, int n) {
        for (int k = 0; k < n; k += L) {
            dx.store(dy.load(k, n - k).mul(VectorActivations.gradient(f, y.load(k, n - k))), k, n - k);
        }
    }

    /** The sum of each column over N rows of F elements; float sums, so N should be some hundreds at most. */
    static void sumRows(At sums, At x, int N, int F) {
        for (int f = 0; f < F; f += L) {
            FloatVector sum = FloatVector.zero(S);
            for (int n = 0; n < N; n++) {
                sum = sum.add(x.load(n * F + f, F - f));
            }
            sums.store(sum, f, F - f);
        }
    }

    /** Σ x². */
    static double sumSquares(At x, int n) {
        FloatVector sum = FloatVector.zero(S);
        for (int k = 0; k < n; k += L) {
            FloatVector v = x.load(k, n - k);
            sum = v.fma(v, sum);
        }
        return Tiles.sum(sum);
    }

    /** dp = 2 scale (p - t); returns Σ (p - t)². */
    static double squaredError(At dp, At p, At t, float scale, int n) {
        FloatVector sum = FloatVector.zero(S);
        for (int k = 0; k < n; k += L) {
            FloatVector difference = p.load(k, n - k).sub(t.load(k, n - k));
            dp.store(difference.mul(2 * scale), k, n - k);
            sum = difference.fma(difference, sum);
        }
        return Tiles.sum(sum);
    }

    /** dp = scale (σ(p) - t); returns Σ max(p, 0) - p t + log(1 + exp(-|p|)). */
    static double binaryCrossEntropy(At dp, At p, At t, float scale, int n) {
        FloatVector sum = FloatVector.zero(S);
        for (int k = 0; k < n; k += L) {
            VectorMask<Float> lanes = S.indexInRange(k, n);
            FloatVector logit = p.load(k, n - k);
            FloatVector target = t.load(k, n - k);
            FloatVector e = VectorMath.exp(logit.abs().neg());
            VectorMask<Float> negative = logit.compare(VectorOperators.LT, 0f);
            FloatVector sigmoid = broadcast(1f).blend(e, negative).div(e.add(1f));
            FloatVector loss = logit.blend(0f, negative).sub(logit.mul(target)).add(VectorMath.log1p(e));
            sum = sum.add(loss, lanes);
            dp.store(sigmoid.sub(target).mul(scale), k, n - k);
        }
        return Tiles.sum(sum);
    }

    /** {@link convlstm.backend.Backend#adam}. */
    static void adam(At w, At dw, At m, At v, float rate, float beta1, float beta2, float epsilon, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector d = dw.load(k, n - k);
            FloatVector m_k = m.load(k, n - k).mul(beta1).add(d.mul(1 - beta1));
            FloatVector v_k = v.load(k, n - k).mul(beta2).add(d.mul(1 - beta2).mul(d));
            m.store(m_k, k, n - k);
            v.store(v_k, k, n - k);
            FloatVector step = m_k.mul(rate).div(v_k.sqrt().add(epsilon));
            w.store(w.load(k, n - k).sub(step), k, n - k);
        }
    }

    /** {@link convlstm.backend.Backend#rmsProp}. */
    static void rmsProp(At w, At dw, At v, float rate, float rho, float epsilon, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector d = dw.load(k, n - k);
            FloatVector v_k = v.load(k, n - k).mul(rho).add(d.mul(1 - rho).mul(d));
            v.store(v_k, k, n - k);
            w.store(w.load(k, n - k).sub(d.mul(rate).div(v_k.add(epsilon).sqrt())), k, n - k);
        }
    }

    /** {@link convlstm.backend.Backend#sgd}. */
    static void sgd(At w, At dw, At velocity, float rate, float momentum, boolean nesterov, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector step = dw.load(k, n - k).mul(rate);
            FloatVector v = velocity.load(k, n - k).mul(momentum).sub(step);
            velocity.store(v, k, n - k);
            w.store(w.load(k, n - k).add(nesterov ? v.mul(momentum).sub(step) : v), k, n - k);
        }
    }
}
