package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A linear map with a kernel: what a layer does to its input, and what a recurrent layer does to its state. {@link Lstm}
 * uses the first for both, {@link ConvLstm2d} the second, and that is the difference between the two layers:
 *
 * <pre>
 * Dot          K.dot(h_tm1, U)      every unit of the state reaches every other
 * Convolution  K.conv2d(h_tm1, U)   every pixel of the state reaches its neighbours, all by the same weights
 * </pre>
 *
 * <p>{@link FlatDot} is Dot on a flattened image; {@link Hybrid} layers mix it with Convolution.
 */
public interface Transform {
    /** The shape of one output sample with the given number of channels, for one input sample. */
    Shape outputShape(Shape x, int channels);

    /** The shape of the kernel for such an input and so many output channels. */
    Shape kernelShape(Shape x, int channels);

    /** {@code out = transform(x, kernel) + bias}. */
    void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write);

    /** The gradient with respect to x. */
    void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write);

    /** The gradient with respect to the kernel, added to {@code dKernel}. */
    void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut);

    /** Multiplications in one application to one sample: every kernel weight is used once at each output pixel. */
    default long multiplyAdds(Shape x, int channels) {
        Shape out = outputShape(x, channels);
        return (long) kernelShape(x, channels).size() * (out.size() / out.dim(-1));
    }

    /** The matrix product on the last axis: {@code (..., D) -> (..., channels)} with a kernel {@code (D, channels)}. */
    record Dot() implements Transform {
        @Override
        public Shape outputShape(Shape x, int channels) {
            return x.with(-1, channels);
        }

        @Override
        public Shape kernelShape(Shape x, int channels) {
            return Shape.of(x.dim(-1), channels);
        }

        @Override
        public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
            K.dot(out, x, kernel, bias, write);
        }

        @Override
        public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
            K.dotGradInput(dx, dOut, kernel, write);
        }

        @Override
        public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
            K.dotGradKernel(dKernel, x, dOut);
        }
    }

    /**
     * The convolution of an image: {@code (..., H, W, C) -> (..., H', W', channels)} with a kernel {@code (kh, kw, C,
     * channels)}.
     *
     * @param window the kernel's size, strides, dilation and padding
     */
    record Convolution(Window window) implements Transform {
        @Override
        public Shape outputShape(Shape x, int channels) {
            return window.outputShape(x, channels);
        }

        @Override
        public Shape kernelShape(Shape x, int channels) {
            return Shape.of(window.height(), window.width(), x.dim(-1), channels);
        }

        @Override
        public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
            K.conv2d(out, x, kernel, bias, window, write);
        }

        @Override
        public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
            K.conv2dGradInput(dx, dOut, kernel, window, write);
        }

        @Override
        public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
            K.conv2dGradKernel(dKernel, x, dOut, window);
        }
    }

    /**
     * The matrix product on a whole image: {@code (H, W, C)} becomes one vector, is multiplied, and becomes {@code (H, W,
     * channels)} again, with a kernel {@code (H·W·C, H·W·channels)}. Every pixel reaches every other by a weight of its own.
     */
    record FlatDot() implements Transform {
        @Override
        public Shape outputShape(Shape x, int channels) {
            return x.with(-1, channels);
        }

        @Override
        public Shape kernelShape(Shape x, int channels) {
            return Shape.of(x.size(), outputShape(x, channels).size());
        }

        @Override
        public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
            if (bias == null) {
                K.dot(flat(out, kernel.dim(1)), flat(x, kernel.dim(0)), kernel, null, write);
                return;
            }
            Tensor biased = write == Write.SET ? out : K.allocate(out.shape());
            K.copy(biased, bias); // one bias for each channel, the same at every pixel
            apply(K, biased, x, kernel, null, Write.ADD);
            if (write == Write.ADD) {
                K.addScaled(out, biased, 1);
            }
        }

        @Override
        public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
            K.dotGradInput(flat(dx, kernel.dim(0)), flat(dOut, kernel.dim(1)), kernel, write);
        }

        @Override
        public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
            K.dotGradKernel(dKernel, flat(x, dKernel.dim(0)), flat(dOut, dKernel.dim(1)));
        }

        @Override
        public long multiplyAdds(Shape x, int channels) {
            return (long) x.size() * outputShape(x, channels).size();
        }

        /** A view with images of n elements as rows. */
        private static Tensor flat(Tensor images, int n) {
            return images.reshape(images.size() / n, n);
        }
    }
}
