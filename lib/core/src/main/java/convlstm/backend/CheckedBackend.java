package convlstm.backend;

import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Checks every argument before the backend behind it computes, so that a mistake is named where it is made: tensors
 * that belong to this backend, shapes that fit each other, and memory that overlaps only where the contract allows it.
 * Each operation declares what it writes, what it reads, and which input may be the destination itself; {@link Call} has
 * the rules. What is written gets a new version, {@link Buffer#version}.
 *
 * <p>A check is a few comparisons; its message is put together only when it fails. {@link Backends} wraps every backend
 * in these checks.
 *
 * <p>Every method throws an {@link IllegalArgumentException} that names the operation, the argument, what was expected,
 * what came, and a hint.
 */
public final class CheckedBackend implements Backend {
    private final Backend K;
    /** One for each thread, so that two threads' calls do not mix. */
    private final ThreadLocal<Call> calls;

    /** A checked form of the given backend. */
    public CheckedBackend(Backend backend) {
        this.K = backend;
        this.calls = ThreadLocal.withInitial(() -> new Call(backend));
    }

    /** The backend behind the checks, which counts no versions. */
    Backend unchecked() {
        return K;
    }

    private Call call(String operation) {
        return calls.get().of(operation);
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
            throw call("allocate").fail("shape", "at least one element", shape, "an axis of size 0 holds no data");
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
        Call call = call("write").writes("dst", dst);
        if (src.length != dst.size()) {
            throw call.fail("src", dst.size() + " values for shape " + dst.shape(), src.length + " values",
                    "give the array in row-major order of the tensor's shape");
        }
        call.apart();
        K.write(dst, src);
    }

    @Override
    public void read(Tensor src, float[] dst) {
        Call call = call("read").reads("src", src);
        if (dst.length != src.size()) {
            throw call.fail("dst", "room for " + src.size() + " values of shape " + src.shape(), dst.length + " values",
                    "toArray(src) makes an array that fits");
        }
        call.apart();
        K.read(src, dst);
    }

    @Override
    public void fill(Tensor dst, float value) {
        call("fill").writes("dst", dst).apart();
        K.fill(dst, value);
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        call("copy").writes("dst", dst).reads("src", src).mayBe("dst").repeatable("src", "dst").apart();
        K.copy(dst, src);
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        Call call = call("copyChannels").writes("dst", dst).reads("src", src).rows("dst", "src").sameRows("src", "dst");
        if (count < 1) {
            throw call.fail("count", "1 channel or more", count, "one gate of (N, 4F) has F channels");
        }
        call.channels("dstFrom", dstFrom, count, "dst").channels("srcFrom", srcFrom, count, "src").apart();
        K.copyChannels(dst, dstFrom, src, srcFrom, count, write);
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        String hint = "the first two axes change places: (B, T, ...) and (T, B, ...)";
        Call call = call("swap01").writes("dst", dst).reads("src", src).axes("src", 2, hint);
        Shape swapped = src.shape().with(0, src.dim(1)).with(1, src.dim(0));
        call.shape("dst", swapped, " for src " + src.shape(), hint).apart();
        K.swap01(dst, src);
    }

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        call("dot").writes("out", out).reads("x", x).reads("kernel", kernel).reads("bias", bias)
                .product("out", "x", "kernel").vector("bias", "out").apart();
        K.dot(out, x, kernel, bias, write);
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        call("dotGradInput").writes("dx", dx).reads("dOut", dOut).reads("kernel", kernel)
                .product("dOut", "dx", "kernel").apart();
        K.dotGradInput(dx, dOut, kernel, write);
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        call("dotGradKernel").writes("dKernel", dKernel).reads("x", x).reads("dOut", dOut)
                .product("dOut", "x", "dKernel").apart();
        K.dotGradKernel(dKernel, x, dOut);
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        call("conv2d").writes("out", out).reads("x", x).reads("kernel", kernel).reads("bias", bias)
                .convolution("out", "x", "kernel", window).vector("bias", "out").apart();
        K.conv2d(out, x, kernel, bias, window, write);
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        call("conv2dGradInput").writes("dx", dx).reads("dOut", dOut).reads("kernel", kernel)
                .convolution("dOut", "dx", "kernel", window).apart();
        K.conv2dGradInput(dx, dOut, kernel, window, write);
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        call("conv2dGradKernel").writes("dKernel", dKernel).reads("x", x).reads("dOut", dOut)
                .convolution("dOut", "x", "dKernel", window).apart();
        K.conv2dGradKernel(dKernel, x, dOut, window);
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        call("sumRows").writes("dst", dst).reads("x", x).rows("x").vector("dst", "x").apart();
        K.sumRows(dst, x);
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        call("lstmGates").writes("h", h).writes("c", c).writes("gates", gates).reads("c_tm1", c_tm1).mayBe("c")
                .reads("peephole", peephole)
                .gates("gates").states("gates", "h", "c", "c_tm1").peephole("peephole", "gates").apart();
        K.lstmGates(h, c, gates, c_tm1, peephole, activation, recurrentActivation);
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        Call call = call("lstmGatesGrad").writes("dGates", dGates).writes("dc", dc).writes("dPeephole", dPeephole)
                .reads("dh", dh).reads("gates", gates).mayBe("dGates").reads("c", c).reads("c_tm1", c_tm1)
                .reads("peephole", peephole)
                .gates("gates").gates("dGates").sameShape("dGates", "gates", "it may be gates itself")
                .states("gates", "dc", "dh", "c", "c_tm1").peephole("peephole", "gates")
                .rule(dPeephole == null || peephole != null, "dPeephole", "null, as peephole is",
                        "a gradient needs its weights");
        if (peephole != null) {
            call.sameShape("dPeephole", "peephole", "a gradient has its weights' shape");
        }
        call.apart();
        K.lstmGatesGrad(dGates, dc, dPeephole, dh, gates, c, c_tm1, peephole, activation, recurrentActivation);
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        call("activate").writes("y", y).reads("x", x).mayBe("y").sameSize("y", "x").apart();
        K.activate(y, x, f);
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        call("activateGrad").writes("dx", dx).reads("y", y).mayBe("dx").reads("dy", dy).mayBe("dx")
                .sameSize("y", "dx").sameSize("dy", "dx").apart();
        K.activateGrad(dx, y, dy, f);
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        call("multiply").writes("dst", dst).reads("a", a).mayBe("dst").reads("b", b).mayBe("dst")
                .sameSize("a", "dst").repeatable("b", "a").apart();
        K.multiply(dst, a, b, write);
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        Call call = call("scaleRows").writes("dst", dst).reads("src", src).mayBe("dst").reads("rows", rows)
                .rows("src").sameSize("src", "dst");
        if (rows.shape().rank() != 1 || rows.size() != src.dim(0)) {
            throw call.fail("rows", "shape (" + src.dim(0) + ") for src " + src.shape(), rows.shape(),
                    "one factor for each index of the first axis");
        }
        call.apart();
        K.scaleRows(dst, src, rows, write);
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        call("addScaled").writes("dst", dst).reads("src", src).mayBe("dst").sameSize("src", "dst").apart();
        K.addScaled(dst, src, scale);
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        call("maxPool2d").writes("out", out).reads("x", x).pooling("out", "x", window).apart();
        K.maxPool2d(out, x, window);
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        call("maxPool2dGrad").writes("dx", dx).reads("dOut", dOut).reads("x", x)
                .sameSize("dx", "x").pooling("dOut", "x", window).apart();
        K.maxPool2dGrad(dx, dOut, x, window);
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        Call call = call("batchNorm").writes("y", y);
        if (training) {
            call.writes("mean", mean).writes("variance", variance);
        } else {
            call.reads("mean", mean).reads("variance", variance);
        }
        call.reads("x", x).reads("gamma", gamma).reads("beta", beta)
                .statistics("x").sameSize("y", "x").vector("gamma", "x").vector("beta", "x").apart();
        K.batchNorm(y, x, gamma, beta, mean, variance, epsilon, training);
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        call("batchNormGrad").writes("dx", dx).writes("dGamma", dGamma).writes("dBeta", dBeta)
                .reads("dy", dy).reads("x", x).reads("gamma", gamma).reads("mean", mean).reads("variance", variance)
                .statistics("x").sameSize("dx", "x").sameSize("dy", "x")
                .vector("dGamma", "x").vector("dBeta", "x").vector("gamma", "x").apart();
        K.batchNormGrad(dx, dGamma, dBeta, dy, x, gamma, mean, variance, epsilon, training);
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        call("loss").writes("value", value).writes("dPrediction", dPrediction)
                .reads("prediction", prediction).reads("target", target)
                .scalar("value").rows("prediction").sameSize("dPrediction", "prediction")
                .sameShape("target", "prediction", "targets have the shape of the model's output").apart();
        K.loss(f, value, dPrediction, prediction, target, scale);
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        call("regularize").writes("value", value).writes("dw", dw).reads("w", w)
                .scalar("value").sameSize("dw", "w").apart();
        K.regularize(value, dw, w, l1, l2);
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        call("sumSquares").writes("value", value).reads("x", x).scalar("value").apart();
        K.sumSquares(value, x);
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        Call call = call("clipByNorm").writes("x", x).reads("sumSquares", sumSquares).scalar("sumSquares");
        if (!(maxNorm > 0)) {
            throw call.fail("maxNorm", "a number above 0", maxNorm, "1 is a usual choice");
        }
        call.apart();
        K.clipByNorm(x, sumSquares, maxNorm);
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        call("sgd").writes("velocity", velocity).writes("w", w).reads("dw", dw)
                .sameSize("dw", "w").sameSize("velocity", "w").apart();
        K.sgd(w, dw, velocity, rate, momentum, nesterov);
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        call("rmsProp").writes("v", v).writes("w", w).reads("dw", dw)
                .sameSize("dw", "w").sameSize("v", "w").apart();
        K.rmsProp(w, dw, v, rate, rho, epsilon);
    }

    @Override
    public void adam(Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        call("adam").writes("m", m).writes("v", v).writes("w", w).reads("dw", dw)
                .sameSize("dw", "w").sameSize("m", "w").sameSize("v", "w").apart();
        K.adam(w, dw, m, v, rate, beta1, beta2, epsilon);
    }
}
