package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keras' {@code Conv3D} on a sequence of images: {@code (T, H, W, C) -> (T', H', W', filters)} with a kernel {@code (kt, kh,
 * kw, C, filters)}. It is a sum of 2-D convolutions over time: {@code y_t = Σ_k x_(t·stride + k·dilation - pad) ⋆ kernel_k + b}.
 *
 * <p>Frames before and after t reach y_t alike, and no further than the kernel: nothing is remembered. Compare {@link
 * ConvLstm2d}, which sees the past only, and all of it.
 */
public final class Conv3d extends Linear<Conv3d> {
    private final int kt;
    private final int kh;
    private final int kw;
    private int[] strides = {1, 1, 1};
    private int[] dilation = {1, 1, 1};
    private Padding padding = Padding.VALID;

    /** A layer with the given number of output channels and a kernel as long as it is high and wide. */
    public Conv3d(int filters, int kernelSize) {
        this(filters, kernelSize, kernelSize, kernelSize);
    }

    /** A layer with the given number of output channels and kernel size: time steps, height, width. */
    public Conv3d(int filters, int kernelSteps, int kernelHeight, int kernelWidth) {
        super("filters", filters);
        kt = kernelSteps;
        kh = kernelHeight;
        kw = kernelWidth;
        space();
        time();
    }

    /** What happens at the borders, in time as in space; default VALID. */
    public Conv3d padding(Padding p) {
        padding = p;
        return self();
    }

    /** The steps between windows: time, height, width; default 1. */
    public Conv3d strides(int steps, int vertical, int horizontal) {
        strides = new int[] {steps, vertical, horizontal};
        return checked();
    }

    /** The distance between the kernel's elements: time, height, width; default 1. */
    public Conv3d dilationRate(int steps, int vertical, int horizontal) {
        dilation = new int[] {steps, vertical, horizontal};
        return checked();
    }

    private Conv3d checked() {
        boolean strided = Math.max(strides[0], Math.max(strides[1], strides[2])) > 1;
        require(!strided || dilation[0] * dilation[1] * dilation[2] == 1, "strides, dilationRate",
                "at most one of them above 1", "both", "Keras refuses the pair too; stack two layers instead");
        space();
        time();
        return self();
    }

    private Window space() {
        return new Window(kh, kw, strides[1], strides[2], dilation[1], dilation[2], padding);
    }

    /** Time as the height of an image one pixel wide. */
    private Window time() {
        return new Window(kt, 1, strides[0], 1, dilation[0], 1, padding);
    }

    @Override
    public String kind() {
        return "Conv3D";
    }

    @Override
    public boolean needsSequence() {
        return true;
    }

    @Override
    public boolean passesMask() {
        return false;
    }

    @Override
    Transform transform(Shape input) {
        require(input.rank() == 4, "inputShape", "(T, H, W, C), a sequence of images", input,
                "a grey image has C = 1; for one image use Conv2d");
        return new OverTime(space(), time());
    }

    /** The sum over time; x and out are {@code (T, B, H, W, C)}. */
    private record OverTime(Window space, Window time) implements Transform {
        /** One 2-D convolution: the kernel's image k, between frames of x and frames of out. */
        private interface Part {
            void of(int k, Tensor x, Tensor out);
        }

        /** Every pair of frames that meet in a kernel image; with stride 1 all pairs of one image at once. */
        private void forEach(Tensor x, Tensor out, Part part) {
            int T = x.dim(0);
            int together = time.strideH() == 1 ? out.dim(0) : 1;
            for (int k = 0; k < time.height(); k++) {
                int shift = k * time.dilationH() - time.padTop(T);
                for (int t = 0; t < out.dim(0); t += together) {
                    int from = Math.max(t, Math.ceilDiv(-shift, time.strideH()));
                    int to = Math.min(t + together, Math.ceilDiv(T - shift, time.strideH()));
                    if (from < to) {
                        int first = from * time.strideH() + shift;
                        part.of(k, x.range(first, first + to - from), out.range(from, to));
                    }
                }
            }
        }

        @Override
        public Shape outputShape(Shape x, int channels) {
            return space.outputShape(x, channels).with(0, time.outH(x.dim(0)));
        }

        @Override
        public Shape kernelShape(Shape x, int channels) {
            return Shape.of(time.height(), space.height(), space.width(), x.dim(-1), channels);
        }

        @Override
        public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
            Tensor sum = write == Write.SET ? out : K.allocate(out.shape());
            if (bias == null) {
                K.fill(sum, 0);
            } else {
                K.copy(sum, bias);
            }
            forEach(x, sum, (k, frames, sums) -> K.conv2d(sums, frames, kernel.at(k), null, space, Write.ADD));
            if (write == Write.ADD) {
                K.addScaled(out, sum, 1);
            }
        }

        @Override
        public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
            if (write == Write.SET) {
                K.fill(dx, 0);
            }
            forEach(dx, dOut, (k, frames, d) -> K.conv2dGradInput(frames, d, kernel.at(k), space, Write.ADD));
        }

        @Override
        public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
            forEach(x, dOut, (k, frames, d) -> K.conv2dGradKernel(dKernel.at(k), frames, d, space));
        }
    }
}
