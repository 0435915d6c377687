package convlstm.backend;

import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks every argument before the backend behind it computes, so that a mistake is named where it is made: tensors
 * that belong to this backend, shapes that fit each other, and memory that overlaps only where the contract allows it.
 *
 * <p>A check is a few comparisons; its message is put together only when it fails. {@link Backends} wraps every backend
 * in these checks.
 *
 * <p>Every method throws an {@link IllegalArgumentException} that names the operation, the argument, what was expected,
 * what came, and a hint.
 */
public final class CheckedBackend implements Backend {
    private final Backend K;
    private final List<Tensor> held = new ArrayList<>();

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
    public int pieceSize() {
        return K.pieceSize();
    }

    @Override
    public Hold hold(@Nullable Tensor... kernels) {
        List<Tensor> mine = Stream.of(kernels).filter(Objects::nonNull).toList();
        for (Tensor kernel : mine) {
            own("hold", "kernels", kernel);
        }
        Hold hold = K.hold(kernels);
        held.addAll(mine);
        return () -> {
            mine.forEach(held::remove);
            hold.close();
        };
    }

    @Override
    public boolean owns(Buffer buffer) {
        return K.owns(buffer);
    }

    @Override
    public void close() {
        K.close();
    }

    // ---- memory

    @Override
    public Tensor allocate(Shape shape) {
        if (shape.size() == 0) {
            throw fail("allocate", "shape", "at least one element", shape, "an axis of size 0 holds no data");
        }
        try {
            return K.allocate(shape);
        } catch (OutOfMemoryError e) {
            throw (Error) new OutOfMemoryError("allocate: shape: no memory for " + shape + ", "
                    + (4L * shape.size() >> 20) + " MB (" + e.getMessage() + "). Hint: take a smaller batch, shorter"
                    + " sequences or fewer filters; or more memory, in notebooks with mvn -Dlab.heap=6g, else with java"
                    + " -Xmx6g; Java may use " + (Runtime.getRuntime().maxMemory() >> 20) + " MB now.").initCause(e);
        }
    }

    @Override
    public void write(Tensor dst, float[] src) {
        own("write", "dst", dst);
        if (src.length != dst.size()) {
            throw fail("write", "src", dst.size() + " values for shape " + dst.shape(), src.length + " values",
                    "give the array in row-major order of the tensor's shape");
        }
        notHeld("write", "dst", dst);
        K.write(dst, src);
    }

    @Override
    public void read(Tensor src, float[] dst) {
        own("read", "src", src);
        if (dst.length != src.size()) {
            throw fail("read", "dst", "room for " + src.size() + " values of shape " + src.shape(),
                    dst.length + " values", "toArray(src) makes an array that fits");
        }
        K.read(src, dst);
    }

    @Override
    public void fill(Tensor dst, float value) {
        own("fill", "dst", dst);
        notHeld("fill", "dst", dst);
        K.fill(dst, value);
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        own("copy", "dst", dst);
        own("copy", "src", src);
        repeatable("copy", "src", src, "dst", dst);
        sameOrApart("copy", "dst", dst, "src", src);
        K.copy(dst, src);
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        String op = "copyChannels";
        ownRows(op, "dst", dst);
        ownRows(op, "src", src);
        sameRows(op, "src", src, "dst", dst);
        if (count < 1) {
            throw fail(op, "count", "1 channel or more", count, "one gate of (N, 4F) has F channels");
        }
        channels(op, "dstFrom", dstFrom, count, "dst", dst);
        channels(op, "srcFrom", srcFrom, count, "src", src);
        apart(op, "dst", dst, "src", src);
        K.copyChannels(dst, dstFrom, src, srcFrom, count, write);
    }

    private static void channels(String op, String name, int from, int count, String tensorName, Tensor t) {
        if (from < 0 || from > t.dim(-1) - count) {
            throw fail(op, name, "0 to " + (t.dim(-1) - count) + ", so that " + count + " channels fit the last axis "
                    + "of " + tensorName + " " + t.shape(), from, "channels are the last axis, counted from 0");
        }
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        own("swap01", "dst", dst);
        own("swap01", "src", src);
        rankAtLeast("swap01", "src", src, 2, "the first two axes change places: (B, T, ...) and (T, B, ...)");
        Shape swapped = src.shape().with(0, src.dim(1)).with(1, src.dim(0));
        if (!dst.shape().equals(swapped)) {
            throw fail("swap01", "dst", "shape " + swapped + " for src " + src.shape(), dst.shape(),
                    "the first two axes change places");
        }
        apart("swap01", "dst", dst, "src", src);
        K.swap01(dst, src);
    }

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        dotShapes("dot", "out", out, "x", x, "kernel", kernel);
        bias("dot", bias, "out", out);
        apart("dot", "out", out, "x", x);
        apart("dot", "out", out, "kernel", kernel);
        K.dot(out, x, kernel, bias, write);
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        dotShapes("dotGradInput", "dOut", dOut, "dx", dx, "kernel", kernel);
        apart("dotGradInput", "dx", dx, "dOut", dOut);
        apart("dotGradInput", "dx", dx, "kernel", kernel);
        K.dotGradInput(dx, dOut, kernel, write);
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        dotShapes("dotGradKernel", "dOut", dOut, "x", x, "dKernel", dKernel);
        apart("dotGradKernel", "dKernel", dKernel, "x", x);
        apart("dotGradKernel", "dKernel", dKernel, "dOut", dOut);
        K.dotGradKernel(dKernel, x, dOut);
    }

    private void dotShapes(
            String op, String outName, Tensor out, String xName, Tensor x, String kernelName, Tensor kernel) {
        ownRows(op, outName, out);
        ownRows(op, xName, x);
        own(op, kernelName, kernel);
        if (kernel.shape().rank() != 2) {
            throw fail(op, kernelName, "2 axes (D, U)", kernel.shape(), "D features in, U units out");
        }
        if (x.dim(-1) != kernel.dim(0)) {
            throw fail(op, xName, "rows of " + kernel.dim(0) + " features for " + kernelName + " " + kernel.shape(),
                    x.shape(),
                    "the last axis of " + xName + " is the kernel's first; a grid (H, W, C) is flattened first");
        }
        if (out.dim(-1) != kernel.dim(1)) {
            throw fail(op, outName, "rows of " + kernel.dim(1) + " units for " + kernelName + " " + kernel.shape(),
                    out.shape(), "the last axis of " + outName + " is the kernel's last");
        }
        sameRows(op, outName, out, xName, x);
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        convShapes("conv2d", "out", out, "x", x, "kernel", kernel, window);
        bias("conv2d", bias, "out", out);
        apart("conv2d", "out", out, "x", x);
        apart("conv2d", "out", out, "kernel", kernel);
        K.conv2d(out, x, kernel, bias, window, write);
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        convShapes("conv2dGradInput", "dOut", dOut, "dx", dx, "kernel", kernel, window);
        apart("conv2dGradInput", "dx", dx, "dOut", dOut);
        apart("conv2dGradInput", "dx", dx, "kernel", kernel);
        K.conv2dGradInput(dx, dOut, kernel, window, write);
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        convShapes("conv2dGradKernel", "dOut", dOut, "x", x, "dKernel", dKernel, window);
        apart("conv2dGradKernel", "dKernel", dKernel, "x", x);
        apart("conv2dGradKernel", "dKernel", dKernel, "dOut", dOut);
        K.conv2dGradKernel(dKernel, x, dOut, window);
    }

    private void convShapes(
            String op, String outName, Tensor out, String xName, Tensor x, String kernelName, Tensor kernel,
            Window window) {
        own(op, kernelName, kernel);
        if (kernel.shape().rank() != 4 || kernel.dim(0) != window.height() || kernel.dim(1) != window.width()) {
            throw fail(op, kernelName, "(" + window.height() + ", " + window.width() + ", C, F) as the window",
                    kernel.shape(), "kernels are laid out (kh, kw, in, out)");
        }
        image(op, xName, x);
        if (x.dim(-1) != kernel.dim(2)) {
            throw fail(op, xName, kernel.dim(2) + " channels for " + kernelName + " " + kernel.shape(), x.shape(),
                    "images are channels last, (H, W, C)");
        }
        windowShapes(op, outName, out, xName, x, kernel.dim(3), window);
    }

    /** What a window makes of x: out has its rows, columns and channels; leading axes may be grouped otherwise. */
    private void windowShapes(
            String op, String outName, Tensor out, String xName, Tensor x, int channels, Window window) {
        image(op, outName, out);
        int H = x.dim(-3);
        int W = x.dim(-2);
        boolean fits = out.dim(-3) == window.outH(H) && out.dim(-2) == window.outW(W) && out.dim(-1) == channels;
        if (!fits || images(out) != images(x)) {
            throw fail(op, outName, "shape " + window.outputShape(x.shape(), channels) + " from " + xName + " "
                    + x.shape() + " through " + window, out.shape(), "check padding and strides");
        }
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        own("sumRows", "dst", dst);
        ownRows("sumRows", "x", x);
        vector("sumRows", "dst", dst, "x", x);
        apart("sumRows", "dst", dst, "x", x);
        K.sumRows(dst, x);
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        String op = "lstmGates";
        gates(op, "gates", gates);
        state(op, "h", h, gates);
        state(op, "c", c, gates);
        state(op, "c_tm1", c_tm1, gates);
        peephole(op, "peephole", peephole, gates);
        notHeld(op, "gates", gates);
        apart(op, "h", h, "c", c);
        apart(op, "h", h, "gates", gates);
        apart(op, "c", c, "gates", gates);
        apart(op, "c_tm1", c_tm1, "gates", gates);
        apart(op, "h", h, "c_tm1", c_tm1);
        sameOrApart(op, "c", c, "c_tm1", c_tm1);
        if (peephole != null) {
            apart(op, "h", h, "peephole", peephole);
            apart(op, "c", c, "peephole", peephole);
            apart(op, "gates", gates, "peephole", peephole);
        }
        K.lstmGates(h, c, gates, c_tm1, peephole, activation, recurrentActivation);
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        String op = "lstmGatesGrad";
        gates(op, "gates", gates);
        gates(op, "dGates", dGates);
        if (!dGates.shape().equals(gates.shape())) {
            throw fail(op, "dGates", "shape " + gates.shape() + " as gates", dGates.shape(), "it may be gates itself");
        }
        state(op, "dc", dc, gates);
        state(op, "dh", dh, gates);
        state(op, "c", c, gates);
        state(op, "c_tm1", c_tm1, gates);
        peephole(op, "peephole", peephole, gates);
        if (dPeephole != null && peephole == null) {
            throw fail(op, "dPeephole", "null, as peephole is", dPeephole.shape(), "a gradient needs its weights");
        }
        if (dPeephole != null && peephole != null) {
            own(op, "dPeephole", dPeephole);
            if (!dPeephole.shape().equals(peephole.shape())) {
                throw fail(op, "dPeephole", "shape " + peephole.shape() + " as peephole", dPeephole.shape(),
                        "a gradient has its weights' shape");
            }
            apart(op, "dPeephole", dPeephole, "peephole", peephole);
        }
        sameOrApart(op, "dGates", dGates, "gates", gates);
        apart(op, "dGates", dGates, "dc", dc);
        apart(op, "dGates", dGates, "dh", dh);
        apart(op, "dGates", dGates, "c", c);
        apart(op, "dGates", dGates, "c_tm1", c_tm1);
        apart(op, "dc", dc, "dh", dh);
        apart(op, "dc", dc, "c", c);
        apart(op, "dc", dc, "c_tm1", c_tm1);
        apart(op, "dc", dc, "gates", gates);
        K.lstmGatesGrad(dGates, dc, dPeephole, dh, gates, c, c_tm1, peephole, activation, recurrentActivation);
    }

    private void gates(String op, String name, Tensor gates) {
        ownRows(op, name, gates);
        if (gates.dim(-1) % 4 != 0) {
            throw fail(op, name, "a last axis of 4F for i, f, c, o", gates.shape(),
                    "one convolution or product computes all four gates");
        }
    }

    /** A state has the gates' shape but for the last axis, a quarter as long. */
    private void state(String op, String name, Tensor t, Tensor gates) {
        own(op, name, t);
        boolean fits = t.shape().rank() == gates.shape().rank() && t.dim(-1) * 4 == gates.dim(-1);
        for (int axis = 0; fits && axis < t.shape().rank() - 1; axis++) {
            fits = t.dim(axis) == gates.dim(axis);
        }
        if (!fits) {
            throw fail(op, name, "shape " + gates.shape().with(-1, gates.dim(-1) / 4) + " for gates " + gates.shape(),
                    t.shape(), "a state has a quarter of the gates' channels");
        }
    }

    private void peephole(String op, String name, @Nullable Tensor peephole, Tensor gates) {
        if (peephole == null) {
            return;
        }
        ownRows(op, name, peephole);
        int F = gates.dim(-1) / 4;
        int N = gates.size() / gates.dim(-1);
        boolean fits = peephole.shape().rank() >= 2 && peephole.dim(0) == 3 && peephole.dim(-1) == F;
        if (!fits || N % (peephole.size() / 3 / F) != 0) {
            throw fail(op, name, "(3, R, " + F + ") with R dividing the " + N + " rows of gates " + gates.shape(),
                    peephole.shape(), "R is 1 for weights per channel, H·W for weights per pixel");
        }
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        own("activate", "y", y);
        own("activate", "x", x);
        sameSize("activate", "y", y, "x", x);
        sameOrApart("activate", "y", y, "x", x);
        K.activate(y, x, f);
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        own("activateGrad", "dx", dx);
        own("activateGrad", "y", y);
        own("activateGrad", "dy", dy);
        sameSize("activateGrad", "y", y, "dx", dx);
        sameSize("activateGrad", "dy", dy, "dx", dx);
        sameOrApart("activateGrad", "dx", dx, "y", y);
        sameOrApart("activateGrad", "dx", dx, "dy", dy);
        K.activateGrad(dx, y, dy, f);
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        own("multiply", "dst", dst);
        own("multiply", "a", a);
        own("multiply", "b", b);
        sameSize("multiply", "a", a, "dst", dst);
        repeatable("multiply", "b", b, "a", a);
        sameOrApart("multiply", "dst", dst, "a", a);
        sameOrApart("multiply", "dst", dst, "b", b);
        K.multiply(dst, a, b, write);
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        own("scaleRows", "dst", dst);
        ownRows("scaleRows", "src", src);
        own("scaleRows", "rows", rows);
        sameSize("scaleRows", "src", src, "dst", dst);
        if (rows.shape().rank() != 1 || rows.size() != src.dim(0)) {
            throw fail("scaleRows", "rows", "shape (" + src.dim(0) + ") for src " + src.shape(), rows.shape(),
                    "one factor for each index of the first axis");
        }
        sameOrApart("scaleRows", "dst", dst, "src", src);
        apart("scaleRows", "dst", dst, "rows", rows);
        K.scaleRows(dst, src, rows, write);
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        own("addScaled", "dst", dst);
        own("addScaled", "src", src);
        sameSize("addScaled", "src", src, "dst", dst);
        sameOrApart("addScaled", "dst", dst, "src", src);
        K.addScaled(dst, src, scale);
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        image("maxPool2d", "x", x);
        windowShapes("maxPool2d", "out", out, "x", x, x.dim(-1), window);
        apart("maxPool2d", "out", out, "x", x);
        K.maxPool2d(out, x, window);
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        own("maxPool2dGrad", "dx", dx);
        image("maxPool2dGrad", "x", x);
        sameSize("maxPool2dGrad", "dx", dx, "x", x);
        windowShapes("maxPool2dGrad", "dOut", dOut, "x", x, x.dim(-1), window);
        apart("maxPool2dGrad", "dx", dx, "dOut", dOut);
        apart("maxPool2dGrad", "dx", dx, "x", x);
        K.maxPool2dGrad(dx, dOut, x, window);
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        String op = "batchNorm";
        batchNormShapes(op, "y", y, x, mean, variance);
        channelWeights(op, "gamma", gamma, x);
        channelWeights(op, "beta", beta, x);
        apart(op, "y", y, "x", x);
        if (gamma != null) {
            apart(op, "y", y, "gamma", gamma);
        }
        if (beta != null) {
            apart(op, "y", y, "beta", beta);
        }
        apart(op, "y", y, "mean", mean);
        apart(op, "y", y, "variance", variance);
        apart(op, "mean", mean, "variance", variance);
        apart(op, "mean", mean, "x", x);
        apart(op, "variance", variance, "x", x);
        K.batchNorm(y, x, gamma, beta, mean, variance, epsilon, training);
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        String op = "batchNormGrad";
        batchNormShapes(op, "dx", dx, x, mean, variance);
        own(op, "dy", dy);
        sameSize(op, "dy", dy, "x", x);
        channelWeights(op, "dGamma", dGamma, x);
        channelWeights(op, "dBeta", dBeta, x);
        channelWeights(op, "gamma", gamma, x);
        apart(op, "dx", dx, "dy", dy);
        apart(op, "dx", dx, "x", x);
        if (dGamma != null && gamma != null) {
            apart(op, "dGamma", dGamma, "gamma", gamma);
        }
        if (dGamma != null && dBeta != null) {
            apart(op, "dGamma", dGamma, "dBeta", dBeta);
        }
        if (dBeta != null) {
            notHeld(op, "dBeta", dBeta);
        }
        apart(op, "dx", dx, "mean", mean);
        apart(op, "dx", dx, "variance", variance);
        K.batchNormGrad(dx, dGamma, dBeta, dy, x, gamma, mean, variance, epsilon, training);
    }

    private void batchNormShapes(String op, String yName, Tensor y, Tensor x, Tensor mean, Tensor variance) {
        own(op, yName, y);
        ownRows(op, "x", x);
        ownRows(op, "mean", mean);
        ownRows(op, "variance", variance);
        sameSize(op, yName, y, "x", x);
        int C = x.dim(-1);
        if (mean.dim(-1) != C || (x.size() / C) % (mean.size() / C) != 0) {
            throw fail(op, "mean", "(G, " + C + ") with G dividing the " + x.size() / C + " rows of x " + x.shape(),
                    mean.shape(), "one row of statistics for each time step, or one for all");
        }
        if (!variance.shape().equals(mean.shape())) {
            throw fail(op, "variance", "shape " + mean.shape() + " as mean", variance.shape(), "one for each mean");
        }
    }

    private void channelWeights(String op, String name, @Nullable Tensor weights, Tensor x) {
        if (weights != null) {
            own(op, name, weights);
            vector(op, name, weights, "x", x);
        }
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(
            LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        scalar("loss", "value", value);
        own("loss", "dPrediction", dPrediction);
        ownRows("loss", "prediction", prediction);
        own("loss", "target", target);
        if (!target.shape().equals(prediction.shape())) {
            throw fail("loss", "target", "shape " + prediction.shape() + " as prediction", target.shape(),
                    "targets have the shape of the model's output");
        }
        sameSize("loss", "dPrediction", dPrediction, "prediction", prediction);
        apart("loss", "value", value, "prediction", prediction);
        apart("loss", "value", value, "target", target);
        apart("loss", "dPrediction", dPrediction, "prediction", prediction);
        apart("loss", "dPrediction", dPrediction, "target", target);
        apart("loss", "value", value, "dPrediction", dPrediction);
        K.loss(f, value, dPrediction, prediction, target, scale);
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        scalar("regularize", "value", value);
        own("regularize", "dw", dw);
        own("regularize", "w", w);
        sameSize("regularize", "dw", dw, "w", w);
        apart("regularize", "dw", dw, "w", w);
        apart("regularize", "value", value, "dw", dw);
        apart("regularize", "value", value, "w", w);
        K.regularize(value, dw, w, l1, l2);
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        scalar("sumSquares", "value", value);
        own("sumSquares", "x", x);
        apart("sumSquares", "value", value, "x", x);
        K.sumSquares(value, x);
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        own("clipByNorm", "x", x);
        scalar("clipByNorm", "sumSquares", sumSquares);
        if (!(maxNorm > 0)) {
            throw fail("clipByNorm", "maxNorm", "a number above 0", maxNorm, "1 is a usual choice");
        }
        apart("clipByNorm", "x", x, "sumSquares", sumSquares);
        K.clipByNorm(x, sumSquares, maxNorm);
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        ownWeights("sgd", w, dw);
        moment("sgd", "velocity", velocity, w, dw);
        K.sgd(w, dw, velocity, rate, momentum, nesterov);
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        ownWeights("rmsProp", w, dw);
        moment("rmsProp", "v", v, w, dw);
        K.rmsProp(w, dw, v, rate, rho, epsilon);
    }

    @Override
    public void adam(
            Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        ownWeights("adam", w, dw);
        moment("adam", "m", m, w, dw);
        moment("adam", "v", v, w, dw);
        apart("adam", "m", m, "v", v);
        K.adam(w, dw, m, v, rate, beta1, beta2, epsilon);
    }

    private void ownWeights(String op, Tensor w, Tensor dw) {
        own(op, "w", w);
        own(op, "dw", dw);
        sameSize(op, "dw", dw, "w", w);
        apart(op, "w", w, "dw", dw);
    }

    /** What an optimiser remembers of the steps before: a tensor like the weights, in memory of its own. */
    private void moment(String op, String name, Tensor m, Tensor w, Tensor dw) {
        own(op, name, m);
        sameSize(op, name, m, "w", w);
        apart(op, name, m, "w", w);
        apart(op, name, m, "dw", dw);
    }

    // ---- the checks

    private void own(String op, String name, Tensor t) {
        if (!K.owns(t.buffer())) {
            throw fail(op, name, "a tensor of the backend " + K.name(), "a " + t.buffer().getClass().getSimpleName(),
                    "tensors stay with the backend that made them; toArray and tensor(shape, values) carry them over");
        }
        if (t.size() == 0) {
            throw fail(op, name, "at least one element", t.shape(), "an axis of size 0 holds no data");
        }
    }

    /** A tensor of this backend that has rows: one axis at least. */
    private void ownRows(String op, String name, Tensor t) {
        own(op, name, t);
        rankAtLeast(op, name, t, 1, "the last axis is the row");
    }

    private void image(String op, String name, Tensor t) {
        own(op, name, t);
        rankAtLeast(op, name, t, 4, "images are (N, H, W, C), sequences of them (T, B, H, W, C)");
    }

    private static int images(Tensor t) {
        return t.size() / (t.dim(-3) * t.dim(-2) * t.dim(-1));
    }

    private void scalar(String op, String name, Tensor t) {
        own(op, name, t);
        if (t.size() != 1 || t.shape().rank() != 1) {
            throw fail(op, name, "shape (1)", t.shape(), "a sum that stays on the backend");
        }
    }

    private static void rankAtLeast(String op, String name, Tensor t, int rank, String hint) {
        if (t.shape().rank() < rank) {
            throw fail(op, name, "at least " + rank + (rank == 1 ? " axis" : " axes"), t.shape(), hint);
        }
    }

    /** One element for each index of the other tensor's last axis. */
    private static void vector(String op, String name, Tensor t, String otherName, Tensor other) {
        if (t.shape().rank() != 1 || t.size() != other.dim(-1)) {
            throw fail(op, name, "shape (" + other.dim(-1) + "), the last axis of " + otherName + " " + other.shape(),
                    t.shape(), "one value for each channel");
        }
    }

    private void bias(String op, @Nullable Tensor bias, String outName, Tensor out) {
        if (bias != null) {
            own(op, "bias", bias);
            vector(op, "bias", bias, outName, out);
            apart(op, outName, out, "bias", bias);
        }
    }

    private static void sameRows(String op, String name, Tensor t, String otherName, Tensor other) {
        int rows = t.size() / t.dim(-1);
        int otherRows = other.size() / other.dim(-1);
        if (rows != otherRows) {
            throw fail(op, name, otherRows + " rows as in " + otherName + " " + other.shape(),
                    rows + " rows in " + t.shape(), "all axes but the last, multiplied, must agree");
        }
    }

    private static void sameSize(String op, String name, Tensor t, String otherName, Tensor other) {
        if (t.size() != other.size()) {
            throw fail(op, name, other.size() + " elements as in " + otherName + " " + other.shape(), t.shape(),
                    "both must have the same number of elements");
        }
    }

    private static void repeatable(String op, String name, Tensor small, String otherName, Tensor large) {
        if (large.size() != small.size() && !large.shape().endsWith(small.shape())) {
            throw fail(op, name, "a shape that ends " + otherName + " " + large.shape(), small.shape(),
                    "the smaller tensor is repeated along the leading axes");
        }
    }

    /** Refuses to write to t where it shares memory with a kernel that is held. */
    private void notHeld(String op, String name, Tensor t) {
        for (Tensor kernel : held) {
            if (overlap(t, kernel)) {
                throw fail(op, name, "memory that may be written to",
                        "a tensor that overlaps a kernel " + kernel.shape()
                                + " that is held",
                        "close the hold first: the backend may go on with the kernel as it was");
            }
        }
    }

    /** Of the two, t is written to. */
    private void apart(String op, String name, Tensor t, String otherName, Tensor other) {
        notHeld(op, name, t);
        if (overlap(t, other)) {
            throw fail(op, name, "memory of its own", "a tensor that overlaps " + otherName,
                    "the operation would read what it has already overwritten; allocate another tensor");
        }
    }

    private void sameOrApart(String op, String name, Tensor t, String otherName, Tensor other) {
        notHeld(op, name, t);
        if (overlap(t, other) && (t.offset() != other.offset() || t.size() != other.size())) {
            throw fail(op, name, "the very elements of " + otherName + ", or memory of its own",
                    "a tensor that overlaps " + otherName + " in part",
                    "work in place on the whole view or on none of it");
        }
    }

    private static boolean overlap(Tensor t, Tensor other) {
        return t.buffer() == other.buffer()
                && t.offset() < other.offset() + other.size()
                && other.offset() < t.offset() + t.size();
    }

    private static IllegalArgumentException fail(
            String op, String argument, String expected, Object got, String hint) {
        return new IllegalArgumentException(
                op + ": " + argument + ": expected " + expected + ", got " + got + ". Hint: " + hint);
    }
}
