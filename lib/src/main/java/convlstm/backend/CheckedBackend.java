package convlstm.backend;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Checks every argument's shape before the backend behind it computes, so that a mistake is named where it is made. The
 * checks cost nanoseconds; {@link Backends} wraps every backend in them.
 */
public final class CheckedBackend implements Backend {
    private final Backend K;

    /** A checked form of the given backend. */
    public CheckedBackend(Backend backend) {
        this.K = backend;
    }

    /** The backend behind the checks. */
    public Backend unchecked() {
        return K;
    }

    @Override
    public String name() {
        return K.name();
    }

    @Override
    public String description() {
        return K.description();
    }

    @Override
    public void close() {
        K.close();
    }

    // ---- memory

    @Override
    public Tensor allocate(Shape shape) {
        require(shape.size() > 0, "allocate", "shape", "at least one element", shape, "an axis of size 0 holds no data");
        return K.allocate(shape);
    }

    @Override
    public void write(Tensor dst, float[] src) {
        require(src.length >= dst.size(), "write", "src", dst.size() + " values for " + dst, src.length + " values",
                "give the array in row-major order of the tensor's shape");
        K.write(dst, src);
    }

    @Override
    public void read(Tensor src, float[] dst) {
        require(dst.length >= src.size(), "read", "dst", "room for " + src.size() + " values of " + src,
                dst.length + " values", "use toArray(tensor)");
        K.read(src, dst);
    }

    @Override
    public void fill(Tensor dst, float value) {
        K.fill(dst, value);
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        repeatable("copy", "src", src, "dst", dst);
        K.copy(dst, src);
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        String op = "copyChannels";
        require(rows(dst) == rows(src), op, "src", rows(dst) + " rows as in dst " + dst.shape(), src.shape(),
                "all axes but the last must agree");
        require(count >= 0 && dstFrom >= 0 && dstFrom + count <= dst.dim(-1), op, "dstFrom, count",
                "channels inside " + dst.shape(), dstFrom + ", " + count, "channels are the last axis");
        require(srcFrom >= 0 && srcFrom + count <= src.dim(-1), op, "srcFrom, count",
                "channels inside " + src.shape(), srcFrom + ", " + count, "channels are the last axis");
        K.copyChannels(dst, dstFrom, src, srcFrom, count, write);
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        rankAtLeast("swap01", "src", src, 2);
        Shape swapped = src.shape().with(0, src.dim(1)).with(1, src.dim(0));
        shape("swap01", "dst", dst, swapped, "the first two axes change places");
        distinct("swap01", "dst", dst, "src", src);
        K.swap01(dst, src);
    }

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        dotShapes("dot", "out", out, "x", x, kernel);
        bias("dot", bias, out);
        distinct("dot", "out", out, "x", x);
        K.dot(out, x, kernel, bias, write);
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        dotShapes("dotGradInput", "dOut", dOut, "dx", dx, kernel);
        distinct("dotGradInput", "dx", dx, "dOut", dOut);
        K.dotGradInput(dx, dOut, kernel, write);
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        dotShapes("dotGradKernel", "dOut", dOut, "x", x, dKernel);
        K.dotGradKernel(dKernel, x, dOut);
    }

    private static void dotShapes(String op, String outName, Tensor out, String xName, Tensor x, Tensor kernel) {
        rank(op, "kernel", kernel, 2, "(D, U)");
        require(x.dim(-1) == kernel.dim(0), op, xName, "rows of " + kernel.dim(0) + " features for kernel "
                + kernel.shape(), x.shape(), "the last axis of " + xName + " is the kernel's first; was an image flattened "
                + "first, or a grid not flattened?");
        shape(op, outName, out, out.shape().with(-1, kernel.dim(1)), "the last axis is the kernel's last");
        require(rows(x) == rows(out), op, outName, rows(x) + " rows as in " + xName + " " + x.shape(), out.shape(),
                "all axes but the last must agree");
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        convShapes("conv2d", "out", out, "x", x, kernel, window);
        bias("conv2d", bias, out);
        distinct("conv2d", "out", out, "x", x);
        K.conv2d(out, x, kernel, bias, window, write);
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        convShapes("conv2dGradInput", "dOut", dOut, "dx", dx, kernel, window);
        distinct("conv2dGradInput", "dx", dx, "dOut", dOut);
        K.conv2dGradInput(dx, dOut, kernel, window, write);
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        convShapes("conv2dGradKernel", "dOut", dOut, "x", x, dKernel, window);
        K.conv2dGradKernel(dKernel, x, dOut, window);
    }

    private static void convShapes(
            String op, String outName, Tensor out, String xName, Tensor x, Tensor kernel, Window window) {
        rank(op, "kernel", kernel, 4, "(kh, kw, C, F)");
        rankAtLeast(op, xName, x, 4);
        require(kernel.dim(0) == window.height() && kernel.dim(1) == window.width(), op, "kernel",
                "(" + window.height() + ", " + window.width() + ", C, F) as the window", kernel.shape(),
                "kernels are laid out (kh, kw, in, out)");
        require(x.dim(-1) == kernel.dim(2), op, xName, kernel.dim(2) + " channels for kernel " + kernel.shape(), x.shape(),
                "images are channels last, (H, W, C)");
        windowShapes(op, outName, out, xName, x, kernel.dim(3), window);
    }

    private static void windowShapes(
            String op, String outName, Tensor out, String xName, Tensor x, int channels, Window window) {
        rankAtLeast(op, outName, out, 4);
        Shape image = window.outputShape(x.shape(), channels);
        require(out.shape().endsWith(image.drop(image.rank() - 3)) && out.size() == image.size(), op, outName,
                image + " from " + xName + " " + x.shape() + " through " + window, out.shape(),
                "check padding and strides");
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        shape("sumRows", "dst", dst, Shape.of(x.dim(-1)), "one sum for each element of the last axis of x");
        K.sumRows(dst, x);
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        gateShapes("lstmGates", gates, "h", h, "c", c, "c_tm1", c_tm1, peephole);
        distinct("lstmGates", "h", h, "c", c);
        K.lstmGates(h, c, gates, c_tm1, peephole, activation, recurrentActivation);
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        gateShapes("lstmGatesGrad", gates, "dh", dh, "c", c, "c_tm1", c_tm1, peephole);
        gateShapes("lstmGatesGrad", dGates, "dh", dh, "dc", dc, "c_tm1", c_tm1, dPeephole);
        require(dPeephole == null || peephole != null, "lstmGatesGrad", "dPeephole", "null, as peephole is", dPeephole,
                "a gradient needs its weights");
        K.lstmGatesGrad(dGates, dc, dPeephole, dh, gates, c, c_tm1, peephole, activation, recurrentActivation);
    }

    private static void gateShapes(
            String op, Tensor gates, String hName, Tensor h, String cName, Tensor c, String pName, Tensor c_tm1,
            @Nullable Tensor peephole) {
        require(gates.dim(-1) % 4 == 0, op, "gates", "a last axis of 4F for i, f, c, o", gates.shape(),
                "one convolution or product computes all four gates");
        Shape state = gates.shape().with(-1, gates.dim(-1) / 4);
        String hint = "a state has a quarter of the gates' channels";
        shape(op, hName, h, state, hint);
        shape(op, cName, c, state, hint);
        shape(op, pName, c_tm1, state, hint);
        if (peephole != null) {
            int F = state.dim(-1);
            int R = peephole.size() / 3 / F;
            require(peephole.dim(0) == 3 && peephole.dim(-1) == F && R > 0 && rows(gates) % R == 0, op, "peephole",
                    "(3, R, " + F + ") with R dividing " + rows(gates), peephole.shape(),
                    "R is 1 for weights per channel, H·W for weights per pixel");
        }
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        sameSize("activate", "y", y, "x", x);
        K.activate(y, x, f);
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        sameSize("activateGrad", "y", y, "dx", dx);
        sameSize("activateGrad", "dy", dy, "dx", dx);
        K.activateGrad(dx, y, dy, f);
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        sameSize("multiply", "a", a, "dst", dst);
        repeatable("multiply", "b", b, "a", a);
        K.multiply(dst, a, b, write);
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        sameSize("scaleRows", "src", src, "dst", dst);
        shape("scaleRows", "rows", rows, Shape.of(src.dim(0)), "one factor for each index of the first axis");
        K.scaleRows(dst, src, rows, write);
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        sameSize("addScaled", "src", src, "dst", dst);
        K.addScaled(dst, src, scale);
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        rankAtLeast("maxPool2d", "x", x, 4);
        windowShapes("maxPool2d", "out", out, "x", x, x.dim(-1), window);
        K.maxPool2d(out, x, window);
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        sameSize("maxPool2dGrad", "dx", dx, "x", x);
        rankAtLeast("maxPool2dGrad", "x", x, 4);
        windowShapes("maxPool2dGrad", "dOut", dOut, "x", x, x.dim(-1), window);
        K.maxPool2dGrad(dx, dOut, x, window);
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        batchNormShapes("batchNorm", "y", y, x, gamma, beta, mean, variance);
        K.batchNorm(y, x, gamma, beta, mean, variance, epsilon, training);
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        batchNormShapes("batchNormGrad", "dx", dx, x, gamma, dBeta, mean, variance);
        sameSize("batchNormGrad", "dy", dy, "x", x);
        if (dGamma != null) {
            shape("batchNormGrad", "dGamma", dGamma, Shape.of(x.dim(-1)), "one value for each channel");
        }
        K.batchNormGrad(dx, dGamma, dBeta, dy, x, gamma, mean, variance, epsilon, training);
    }

    private static void batchNormShapes(
            String op, String yName, Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean,
            Tensor variance) {
        sameSize(op, yName, y, "x", x);
        Shape channels = Shape.of(x.dim(-1));
        if (gamma != null) {
            shape(op, "gamma", gamma, channels, "one value for each channel");
        }
        if (beta != null) {
            shape(op, "beta", beta, channels, "one value for each channel");
        }
        require(mean.dim(-1) == x.dim(-1) && rows(x) % rows(mean) == 0, op, "mean",
                "(G, " + x.dim(-1) + ") with G dividing the " + rows(x) + " rows of x", mean.shape(),
                "one row of statistics for each time step, or one for all");
        shape(op, "variance", variance, mean.shape(), "the same shape as mean");
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(
            LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        scalar("loss", "value", value);
        shape("loss", "target", target, prediction.shape(), "targets have the shape of the model's output");
        sameSize("loss", "dPrediction", dPrediction, "prediction", prediction);
        K.loss(f, value, dPrediction, prediction, target, scale);
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        scalar("regularize", "value", value);
        sameSize("regularize", "dw", dw, "w", w);
        K.regularize(value, dw, w, l1, l2);
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        scalar("sumSquares", "value", value);
        K.sumSquares(value, x);
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        scalar("clipByNorm", "sumSquares", sumSquares);
        require(maxNorm > 0, "clipByNorm", "maxNorm", "a number above 0", maxNorm, "1 is a usual choice");
        K.clipByNorm(x, sumSquares, maxNorm);
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        sameSize("sgd", "dw", dw, "w", w);
        sameSize("sgd", "velocity", velocity, "w", w);
        K.sgd(w, dw, velocity, rate, momentum, nesterov);
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        sameSize("rmsProp", "dw", dw, "w", w);
        sameSize("rmsProp", "v", v, "w", w);
        K.rmsProp(w, dw, v, rate, rho, epsilon);
    }

    @Override
    public void adam(
            Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        sameSize("adam", "dw", dw, "w", w);
        sameSize("adam", "m", m, "w", w);
        sameSize("adam", "v", v, "w", w);
        K.adam(w, dw, m, v, rate, beta1, beta2, epsilon);
    }

    // ---- the checks

    private static int rows(Tensor t) {
        return t.size() / t.dim(-1);
    }

    private static void rank(String op, String name, Tensor t, int rank, String axes) {
        require(t.shape().rank() == rank, op, name, rank + " axes " + axes, t.shape(), "reshape is free");
    }

    private static void rankAtLeast(String op, String name, Tensor t, int rank) {
        require(t.shape().rank() >= rank, op, name, "at least " + rank + " axes", t.shape(),
                "images are (N, H, W, C), sequences of them (T, B, H, W, C)");
    }

    private static void shape(String op, String name, Tensor t, Shape expected, String hint) {
        require(t.shape().equals(expected), op, name, "shape " + expected, t.shape(), hint);
    }

    private static void sameSize(String op, String name, Tensor t, String otherName, Tensor other) {
        require(t.size() == other.size(), op, name, other.size() + " elements as in " + otherName + " " + other.shape(),
                t.shape(), "element-wise operations need equal sizes");
    }

    private static void repeatable(String op, String name, Tensor small, String otherName, Tensor large) {
        require(large.size() == small.size() || large.shape().endsWith(small.shape()), op, name,
                "a shape that ends " + otherName + " " + large.shape(), small.shape(),
                "the smaller tensor is repeated along the leading axes");
    }

    private static void scalar(String op, String name, Tensor t) {
        shape(op, name, t, Shape.of(1), "a sum that stays on the backend");
    }

    private static void bias(String op, @Nullable Tensor bias, Tensor out) {
        if (bias != null) {
            shape(op, "bias", bias, Shape.of(out.dim(-1)), "one bias for each output channel");
        }
    }

    private static void distinct(String op, String name, Tensor t, String otherName, Tensor other) {
        boolean overlap = t.buffer().equals(other.buffer())
                && t.offset() < other.offset() + other.size()
                && other.offset() < t.offset() + t.size();
        require(!overlap, op, name, "memory of its own", "a tensor that overlaps " + otherName,
                "the operation reads its input while it writes; allocate another tensor");
    }

    private static void require(
            boolean ok, String op, String argument, String expected, @Nullable Object got, String hint) {
        if (!ok) {
            throw new IllegalArgumentException(
                    op + ": " + argument + ": expected " + expected + ", got " + got + ". Hint: " + hint);
        }
    }
}
