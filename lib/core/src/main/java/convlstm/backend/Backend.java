package convlstm.backend;

import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic that layers are made of. Layers hold a backend in a field called {@code K}, so that their code reads
 * like the published one: {@code K.dot(h_tm1, U)}, {@code K.conv2d(h_tm1, U)}.
 *
 * <p><b>Shapes.</b> Images are channels last. Operations on rows (dot, gates, sums) take any number of leading axes and
 * treat the last axis as the row; convolutions take any number of leading axes before {@code (H, W, C)}. So the input
 * transform of all time steps, {@code (T, B, H, W, C)}, is one call. Below, {@code N} stands for all leading axes
 * multiplied.
 *
 * <p><b>Writing.</b> Where an argument {@link Write} is given it says whether the result replaces or joins the old
 * content. Gradients of weights ({@code dKernel}, {@code dBias}, {@code dPeephole}, {@code dGamma}, ...) and scalars
 * ({@code value}) always accumulate.
 *
 * <p><b>Aliasing.</b> Element-wise operations (copy, multiply, scaleRows, addScaled, activate, activateGrad) may get
 * the same tensor as input and destination; so may the cell its {@code c} and {@code c_tm1}, and its backward pass its
 * {@code gates} and {@code dGates}. Elsewhere a destination shares no memory with another argument, and nowhere does it
 * overlap one in part.
 *
 * <p><b>Numbers.</b> float32. NaN and infinity pass through; nothing is clamped. (Padding may count as zeros or as
 * absent: an infinite weight or gradient that meets it gives NaN in the first case.) The result does not depend on the
 * number of threads, except where a backend says so. Backends are used by one thread at a time.
 *
 * <p>Implementations trust their arguments; {@link CheckedBackend} checks them, and {@link Backends} hands out checked
 * ones only.
 */
public interface Backend extends AutoCloseable {
    /** The short name it is chosen by: {@code reference}, {@code simd}, {@code nd4j}, {@code cuda}. */
    String name();

    /** One line for people: what it runs on and how, for example its vector width and threads. */
    String description();

    /**
     * How many elements of a result to compute in one call if they are read right after: about what a cache holds. A long
     * sequence is computed in pieces of this size, or at once where there is no cache.
     */
    default int pieceSize() {
        return Integer.MAX_VALUE;
    }

    // ---- memory

    /** True if the memory is of this backend's kind, so that its operations can work on it. */
    boolean owns(Buffer buffer);

    /** A new tensor of zeros. */
    Tensor allocate(Shape shape);

    /** Host to backend: {@code dst} becomes {@code src}, row-major; the array has {@code dst.size()} values. */
    void write(Tensor dst, float[] src);

    /** Backend to host: {@code dst} becomes {@code src}, row-major; the array holds {@code src.size()} values. */
    void read(Tensor src, float[] dst);

    /** Every element becomes {@code value}. */
    void fill(Tensor dst, float value);

    /** {@code dst = src}; where {@code src} is smaller, its shape ends {@code dst}'s and it is repeated. */
    void copy(Tensor dst, Tensor src);

    /**
     * Copies {@code count} columns of the last axis: {@code dst[n, dstFrom + j] = src[n, srcFrom + j]}, or adds them.
     * Both have the same number of rows N. Takes a gate out of {@code (N, 4F)} and puts it back.
     */
    void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write);

    /** {@code dst[j, i, ...] = src[i, j, ...]}: batch-major {@code (B, T, ...)} to time-major and back. */
    void swap01(Tensor dst, Tensor src);

    // ---- K.dot

    /** {@code out (N, U) = x (N, D) · kernel (D, U) + bias (U)}. */
    void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write);

    /** {@code dx (N, D) = dOut (N, U) · kernelᵀ (U, D)}. */
    void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write);

    /** {@code dKernel (D, U) += xᵀ (D, N) · dOut (N, U)}. */
    void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut);

    // ---- K.conv2d

    /**
     * {@code out[n, y, x, f] = bias[f] + Σ_{i, j, c} x[n, y s + i d - top, x s + j d - left, c] kernel[i, j, c, f]}, with
     * zeros outside the image; {@code x (N, H, W, C)}, {@code kernel (kh, kw, C, F)}, {@code out (N, H', W', F)}. Like
     * every deep-learning library's convolution this is a cross-correlation: the kernel is not flipped.
     */
    void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write);

    /** The transpose of {@link #conv2d} in x: {@code dx[n, y s + i d - top, ..., c] = Σ dOut[n, y, x, f] kernel[i, j, c, f]}. */
    void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write);

    /** {@code dKernel[i, j, c, f] += Σ_{n, y, x} x[n, y s + i d - top, x s + j d - left, c] dOut[n, y, x, f]}. */
    void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window);

    /** {@code dst (F) += Σ_n x[n, F]}: the gradient of a bias. */
    void sumRows(Tensor dst, Tensor x);

    // ---- the LSTM cell, after its pre-activations are summed up; s is the recurrent activation, a the activation

    /**
     * The gates, in place, then the states. With {@code gates (N, 4F)} holding i | f | c | o pre-activations:
     *
     * <pre>
     * i = s(gates_i + p_i ∘ c_tm1)      f = s(gates_f + p_f ∘ c_tm1)      g = a(gates_c)
     * c = f ∘ c_tm1 + i ∘ g             o = s(gates_o + p_o ∘ c)          h = o ∘ a(c)
     * </pre>
     *
     * <p>{@code h, c, c_tm1} are {@code (N, F)}. {@code peephole} is null, or {@code (3, R, F)} with R dividing N: row n
     * uses {@code peephole[:, n mod R]}, so R = 1 gives weights per channel and R = H·W weights per pixel.
     */
    void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation);

    /**
     * The backward pass of {@link #lstmGates}. {@code gates} holds the activated i | f | g | o that it left behind.
     *
     * <pre>
     * dgates_o = dh ∘ a(c) ∘ s'(o)                     dc += dh ∘ o ∘ a'(c) + dgates_o ∘ p_o
     * dgates_i = dc ∘ g ∘ s'(i)      dgates_f = dc ∘ c_tm1 ∘ s'(f)      dgates_c = dc ∘ i ∘ a'(g)
     * dc_tm1   = dc ∘ f + dgates_i ∘ p_i + dgates_f ∘ p_f
     * </pre>
     *
     * @param dGates {@code (N, 4F)}, replaced; may be {@code gates} itself
     * @param dc {@code (N, F)}, in: the gradient that reaches c from later steps; out: {@code dc_tm1}
     * @param dPeephole null or {@code (3, R, F)}, accumulates
     */
    void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation);

    // ---- element by element

    /** {@code y = f(x)}. */
    void activate(Tensor y, Tensor x, ActivationFunction f);

    /** {@code dx = dy ∘ f'}, with f' from the output y. */
    void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f);

    /** {@code dst = a ∘ b}; where b is smaller, its shape ends a's and it is repeated. */
    void multiply(Tensor dst, Tensor a, Tensor b, Write write);

    /** {@code dst[b, ...] = src[b, ...] · rows[b]}: one factor for each index of the first axis, as for masks. */
    void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write);

    /** {@code dst += scale · src}. */
    void addScaled(Tensor dst, Tensor src, float scale);

    // ---- pooling and normalisation

    /** The largest element under each window; padding never wins. {@code x (N, H, W, C)}, {@code out (N, H', W', C)}. */
    void maxPool2d(Tensor out, Tensor x, Window window);

    /** {@code dx}, replaced: each {@code dOut} goes to the first element, row by row, that attained the maximum. */
    void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window);

    /**
     * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} per channel. The rows of {@code x (N, C)} fall into
     * G equal runs, each with its own row of {@code mean} and {@code variance (G, C)}; these are computed (biased
     * variance) and stored if {@code training}, else used as given.
     */
    void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training);

    /** The backward pass of {@link #batchNorm}, through the statistics too if {@code training}; {@code dx} is replaced. */
    void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training);

    // ---- losses, penalties, optimisers

    /**
     * {@code value (1) += scale · loss(prediction, target)} and {@code dPrediction = scale · ∂loss/∂prediction},
     * replaced. The value stays on the backend, so that training need not wait for it.
     */
    void loss(LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale);

    /** A penalty on weights: {@code value (1) += l1 Σ|w| + l2 Σw²} and {@code dw += l1 sign(w) + 2 l2 w}. */
    void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2);

    /** {@code value (1) += Σ x²}. */
    void sumSquares(Tensor value, Tensor x);

    /** Scales x by {@code maxNorm / ‖·‖} if the norm, the root of {@code sumSquares (1)}, is larger than maxNorm. */
    void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm);

    /** {@code v = momentum v - rate dw; w += v}, or with Nesterov {@code w += momentum v - rate dw}. */
    void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov);

    /** {@code v = rho v + (1 - rho) dw²; w -= rate dw / sqrt(v + epsilon)}, as Keras 3 places epsilon. */
    void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon);

    /** {@code m = β1 m + (1-β1) dw; v = β2 v + (1-β2) dw²; w -= rate m / (sqrt(v) + epsilon)}; rate is bias-corrected. */
    void adam(Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon);

    // ---- conveniences

    /** A new tensor with the given content. */
    default Tensor tensor(Shape shape, float[] values) {
        Tensor t = allocate(shape);
        write(t, values);
        return t;
    }

    /** A new tensor with content that is computed only where there is memory to hold it. */
    default Tensor tensor(Shape shape, Supplier<float[]> values) {
        return tensor(shape, values.get());
    }

    /** A tensor of the given shape with any content: a window of {@code old}'s buffer if there is one large enough. */
    default Tensor reuse(@Nullable Tensor old, Shape shape) {
        if (old != null && old.buffer().length() >= shape.size()) {
            return old.shape().equals(shape) ? old : new Tensor(shape, old.buffer(), 0);
        }
        return allocate(shape);
    }

    /** A copy of a tensor's content. */
    default float[] toArray(Tensor t) {
        float[] values = new float[t.size()];
        read(t, values);
        return values;
    }

    /** Waits for a device's work to end, and releases threads and memory. */
    @Override
    default void close() {}
}
