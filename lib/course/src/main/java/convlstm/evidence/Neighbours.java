package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.layer.Transform;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A 3x3 convolution taken apart: each pixel reads itself and eight others, {@code (..., H, W, C) -> (..., H, W,
 * channels)}. Two things that {@link Transform.Convolution} has can be taken from it, one without the other:
 *
 * <pre>
 *              near                       scattered
 * shared       the 3x3 convolution        as many reads and weights, but the eight are strewn over the image
 * untied       a locally connected layer  neither
 * </pre>
 *
 * <p>Untied, each pixel has weights of its own: kernel {@code (H·W, 9, C, channels)}, else {@code (9, C, channels)}.
 * Scattered, the pixels' neighbourhood is that of another image, in which they lie as {@link Shuffle} puts them: whoever
 * was read together is still, edges included, and the pixel itself stays among its nine.
 */
final class Neighbours implements Transform {
    private static final int TAPS = 9;
    private static final int NONE = -1; // beyond the edge: zero

    private final int[] read; // pixel q's tap k reads pixel read[TAPS * q + k]
    private final boolean untied;

    private Neighbours(int[] read, boolean untied) {
        this.read = read;
        this.untied = untied;
    }

    /** The eight pixels around each. */
    static Neighbours near(int height, int width, boolean untied) {
        int[] read = new int[height * width * TAPS];
        for (int k = 0; k < read.length; k++) {
            int row = k / TAPS / width + k % TAPS / 3 - 1;
            int column = k / TAPS % width + k % 3 - 1;
            boolean inside = row >= 0 && row < height && column >= 0 && column < width;
            read[k] = inside ? row * width + column : NONE;
        }
        return new Neighbours(read, untied);
    }

    /** The eight pixels that would be around each if the permutation of that number scattered the image. */
    static Neighbours scattered(int height, int width, boolean untied, long permutation) {
        int[] near = near(height, width, untied).read;
        int[] place = Shuffle.permutation(height * width, permutation);
        int[] read = new int[near.length];
        for (int k = 0; k < near.length; k++) {
            read[TAPS * place[k / TAPS] + k % TAPS] = near[k] == NONE ? NONE : place[near[k]];
        }
        return new Neighbours(read, untied);
    }

    /** Glorot's distribution as the 3x3 convolution has it, for each pixel's weights. */
    static Init glorotUniform() {
        return (shape, random) -> {
            Shape one = Shape.of(3, 3, shape.dim(-2), shape.dim(-1));
            float[] values = new float[shape.size()];
            for (int at = 0; at < values.length; at += one.size()) {
                System.arraycopy(Init.glorotUniform().values(one, random), 0, values, at, one.size());
            }
            return values;
        };
    }

    @Override
    public Shape outputShape(Shape x, int channels) {
        return x.with(-1, channels);
    }

    @Override
    public Shape kernelShape(Shape x, int channels) {
        Shape shared = Shape.of(TAPS, x.dim(-1), channels);
        return untied ? shared.prepend(read.length / TAPS) : shared;
    }

    @Override
    public long multiplyAdds(Shape x, int channels) {
        return (long) read.length * x.dim(-1) * channels;
    }

    @Override
    public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        float[] y = write == Write.ADD ? K.toArray(out) : new float[out.size()];
        float[] from = K.toArray(x);
        float[] w = K.toArray(kernel);
        float[] b = bias == null ? new float[out.dim(-1)] : K.toArray(bias);
        for (int k = 0; k < y.length; k++) {
            y[k] += b[k % b.length];
        }
        each(x.dim(-1), out.dim(-1), x.size(), (at, to, weights, n) -> {
            for (int j = 0; j < n; j++) {
                y[to + j] += from[at] * w[weights + j];
            }
        });
        K.write(out, y);
    }

    @Override
    public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        float[] gradient = write == Write.ADD ? K.toArray(dx) : new float[dx.size()];
        float[] dy = K.toArray(dOut);
        float[] w = K.toArray(kernel);
        each(dx.dim(-1), dOut.dim(-1), dx.size(), (at, to, weights, n) -> {
            for (int j = 0; j < n; j++) {
                gradient[at] += dy[to + j] * w[weights + j];
            }
        });
        K.write(dx, gradient);
    }

    @Override
    public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
        float[] gradient = K.toArray(dKernel);
        float[] from = K.toArray(x);
        float[] dy = K.toArray(dOut);
        each(x.dim(-1), dOut.dim(-1), x.size(), (at, to, weights, n) -> {
            for (int j = 0; j < n; j++) {
                gradient[weights + j] += from[at] * dy[to + j];
            }
        });
        K.write(dKernel, gradient);
    }

    /** One number of x, the n outputs of a pixel that reads it, and the n weights between them, by where they begin. */
    private interface Meeting {
        void at(int x, int out, int weights, int n);
    }

    /** On the host, in plain loops: no backend has an operation that reads where it is told. */
    private void each(int C, int channels, int xSize, Meeting meeting) {
        int pixels = read.length / TAPS;
        for (int image = 0; image < xSize / (pixels * C); image++) {
            for (int k = 0; k < read.length; k++) {
                for (int c = 0; c < C && read[k] != NONE; c++) {
                    meeting.at((image * pixels + read[k]) * C + c, (image * pixels + k / TAPS) * channels,
                            ((untied ? k : k % TAPS) * C + c) * channels, channels);
                }
            }
        }
    }
}
