package convlstm.backend.nd4j;

import static convlstm.backend.nd4j.Views.as;
import static convlstm.backend.nd4j.Views.columns;
import static convlstm.backend.nd4j.Views.flat;
import static convlstm.backend.nd4j.Views.rows;
import static convlstm.backend.nd4j.Views.transposed;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Every operation as expressions over whole ND4J arrays. Products run in OpenBLAS, the rest in ND4J's native kernels.
 *
 * <p><b>Slow spots.</b> A convolution first copies each window into a row of a matrix (im2col), kh·kw times the image's
 * memory, and multiplies then; the copying is most of the time where channels are few. Each array expression is a call
 * into native code of some microseconds and a pass over memory of its own: the gates take about twenty, where a fused
 * kernel takes one. ND4J itself takes some seconds to start.
 *
 * <p><b>Threads.</b> OpenBLAS' and OpenMP's own; {@code OMP_NUM_THREADS} sets their number. OpenBLAS cuts a large
 * product by that number, so the last bits of a result depend on it, unlike on the kit's other backends. Two runs with
 * the same number give the same bits. Idle threads spin, which is slow on a busy machine: {@code OMP_WAIT_POLICY=PASSIVE}
 * lets them sleep.
 *
 * <p>Intermediate arrays live in a workspace that the next operation uses again, so that nothing waits for the garbage
 * collector.
 */
final class Nd4jBackend implements Backend {
    /** Windows are copied for as many images at once as make about this many elements, 64 MB. */
    private static final int PATCH_ELEMENTS = 1 << 24;

    private static final String WORKSPACE = "convlstm";
    private static final WorkspaceConfiguration WORKSPACE_CONFIGURATION = WorkspaceConfiguration.builder()
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policySpill(SpillPolicy.REALLOCATE)
            .build();

    /** Starts ND4J. */
    Nd4jBackend() {
        allocate(Shape.of(1));
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public String description() {
        Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
        return "ND4J on " + environment.get("blas.vendor") + ", " + environment.get("omp.threads") + " threads";
    }

    /** Opens the workspace that holds the intermediate arrays of one operation. */
    private static MemoryWorkspace scratch() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE_CONFIGURATION, WORKSPACE);
    }

    // ---- memory

    @Override
    public boolean owns(Buffer buffer) {
        return buffer instanceof Nd4jBuffer;
    }

    @Override
    public Tensor allocate(Shape shape) {
        return new Tensor(shape, new Nd4jBuffer(Nd4j.zeros(DataType.FLOAT, shape.size())), 0);
    }

    @Override
    public void write(Tensor dst, float[] src) {
        try (var _ = scratch()) {
            flat(dst).assign(Nd4j.createFromArray(src));
        }
    }

    @Override
    public void read(Tensor src, float[] dst) {
        System.arraycopy(flat(src).toFloatVector(), 0, dst, 0, dst.length);
    }

    @Override
    public void fill(Tensor dst, float value) {
        flat(dst).assign(value);
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        if (dst.size() == src.size()) {
            flat(dst).assign(flat(src));
        } else { // ND4J repeats rows in sums, but not in assignments
            as(dst, dst.size() / src.size(), src.size()).assign(0).addi(as(src, 1, src.size()));
        }
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        put(columns(dst, dstFrom, count), columns(src, srcFrom, count), write);
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        int I = src.dim(0);
        int J = src.dim(1);
        int row = src.size() / (I * J);
        as(dst, J, I, row).assign(as(src, I, J, row).permute(1, 0, 2));
    }

    private static void put(INDArray dst, INDArray value, Write write) {
        if (write == Write.ADD) {
            dst.addi(value);
        } else {
            dst.assign(value);
        }
    }

    // ---- K.dot. BLAS is column-major, and a row-major matrix is its transpose to it: (x k)ᵀ = kᵀ xᵀ.

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        float keep = start(out, bias, write);
        Nd4j.gemm(transposed(kernel), transposed(x), transposed(out), false, false, 1, keep);
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        float keep = start(dx, null, write);
        Nd4j.gemm(transposed(kernel), transposed(dOut), transposed(dx), true, false, 1, keep);
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        Nd4j.gemm(transposed(dOut), transposed(x), transposed(dKernel), false, true, 1, 1);
    }

    /** Puts what a product starts from into out, and returns the factor that the product has to keep it with. */
    private static float start(Tensor out, @Nullable Tensor bias, Write write) {
        if (bias == null) {
            return write == Write.ADD ? 1 : 0;
        }
        if (write == Write.SET) {
            flat(out).assign(0);
        }
        rows(out).addi(as(bias, 1, bias.size()));
        return 1;
    }

    // ---- K.conv2d, as a product with one row for each window

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        float keep = start(out, bias, write);
        forEachBlock(x, window, (patches, from, to) -> {
            INDArray columns = patches.columns(images(x, from, to));
            Nd4j.gemm(transposed(kernel), columns.transpose(), transposed(some(out, from, to)), false, false, 1, keep);
        });
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        forEachBlock(dx, window, (patches, from, to) -> {
            INDArray columns = patches.newColumns();
            Nd4j.gemm(transposed(kernel), transposed(some(dOut, from, to)), columns.transpose(), true, false, 1, 0);
            put(images(dx, from, to), patches.sums(columns), write);
        });
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        forEachBlock(x, window, (patches, from, to) -> {
            INDArray columns = patches.columns(images(x, from, to));
            Nd4j.gemm(transposed(some(dOut, from, to)), columns.transpose(), transposed(dKernel), false, true, 1, 1);
        });
    }

    /** The work on images {@code from} (inclusive) to {@code to} (exclusive). */
    @FunctionalInterface
    private interface Block {
        void run(Patches patches, int from, int to);
    }

    /** Takes as many images at once as have patches that fit in memory. */
    private static void forEachBlock(Tensor x, Window window, Block block) {
        int H = x.dim(-3);
        int W = x.dim(-2);
        int C = x.dim(-1);
        int N = x.size() / (H * W * C);
        int perImage = window.outH(H) * window.outW(W) * window.height() * window.width() * C;
        int count = Math.max(1, PATCH_ELEMENTS / perImage);
        for (int from = 0; from < N; from += count) {
            int to = Math.min(from + count, N);
            try (var _ = scratch()) {
                block.run(new Patches(to - from, H, W, C, window), from, to);
            }
        }
    }

    /** Some images of {@code (..., H, W, C)}. */
    private static Tensor some(Tensor t, int from, int to) {
        int image = t.dim(-3) * t.dim(-2) * t.dim(-1);
        return t.reshape(t.size() / image, t.dim(-3), t.dim(-2), t.dim(-1)).range(from, to);
    }

    private static INDArray images(Tensor t, int from, int to) {
        return as(some(t, from, to), to - from, t.dim(-3), t.dim(-2), t.dim(-1));
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        try (var _ = scratch()) {
            flat(dst).addi(rows(x).sum(0));
        }
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        try (var _ = scratch()) {
            int F = gates.dim(-1) / 4;
            INDArray i = columns(gates, 0, F);
            INDArray f = columns(gates, F, F);
            INDArray g = columns(gates, 2 * F, F);
            INDArray o = columns(gates, 3 * F, F);
            INDArray c_prev = rows(c_tm1);

            if (peephole != null) {
                i.addi(peep(peephole, 0, c_prev));
                f.addi(peep(peephole, 1, c_prev));
            }
            i.assign(apply(i, recurrentActivation));
            f.assign(apply(f, recurrentActivation));
            g.assign(apply(g, activation));
            INDArray c_new = f.mul(c_prev).addi(i.mul(g));
            if (peephole != null) {
                o.addi(peep(peephole, 2, c_new));
            }
            o.assign(apply(o, recurrentActivation));
            rows(c).assign(c_new);
            rows(h).assign(apply(c_new, activation).muli(o));
        }
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        try (var _ = scratch()) {
            int F = gates.dim(-1) / 4;
            INDArray i = columns(gates, 0, F);
            INDArray f = columns(gates, F, F);
            INDArray g = columns(gates, 2 * F, F);
            INDArray o = columns(gates, 3 * F, F);
            INDArray c_prev = rows(c_tm1);
            INDArray c_new = rows(c);
            INDArray dh_t = rows(dh);
            INDArray a_c = apply(c_new, activation);

            INDArray d_o = dh_t.mul(a_c).muli(gradient(o, recurrentActivation));
            INDArray dc_t = dh_t.mul(o).muli(gradient(a_c, activation)).addi(rows(dc));
            if (peephole != null) {
                dc_t.addi(peep(peephole, 2, d_o));
            }
            INDArray d_i = dc_t.mul(g).muli(gradient(i, recurrentActivation));
            INDArray d_f = dc_t.mul(c_prev).muli(gradient(f, recurrentActivation));
            INDArray d_g = dc_t.mul(i).muli(gradient(g, activation));
            INDArray dc_prev = dc_t.mul(f);
            if (peephole != null) {
                dc_prev.addi(peep(peephole, 0, d_i)).addi(peep(peephole, 1, d_f));
            }
            if (dPeephole != null) {
                addPeepholeGradient(dPeephole, 0, d_i.mul(c_prev));
                addPeepholeGradient(dPeephole, 1, d_f.mul(c_prev));
                addPeepholeGradient(dPeephole, 2, d_o.mul(c_new));
            }
            columns(dGates, 0, F).assign(d_i);
            columns(dGates, F, F).assign(d_f);
            columns(dGates, 2 * F, F).assign(d_g);
            columns(dGates, 3 * F, F).assign(d_o);
            rows(dc).assign(dc_prev);
        }
    }

    /** Weights of one gate (R, F) times the state (N, F), where row n meets row n mod R of the weights. */
    private static INDArray peep(Tensor peephole, int gate, INDArray state) {
        long RF = peephole.size() / 3;
        INDArray weights = flat(peephole.at(gate)).reshape(1, RF);
        return state.dup('c').reshape(state.length() / RF, RF).mul(weights).reshape(state.shape());
    }

    private static void addPeepholeGradient(Tensor dPeephole, int gate, INDArray product) {
        long RF = dPeephole.size() / 3;
        flat(dPeephole.at(gate)).addi(product.reshape(product.length() / RF, RF).sum(0));
    }

    // ---- element by element

    /** A new array f(x). */
    private static INDArray apply(INDArray x, ActivationFunction f) {
        return switch (f) {
            case LINEAR -> x.dup('c');
            case TANH -> Transforms.tanh(x, true);
            case SIGMOID -> Transforms.sigmoid(x, true);
            case HARD_SIGMOID -> clip01(x.div(6).addi(0.5));
            case HARD_SIGMOID_KERAS2 -> clip01(x.mul(0.2).addi(0.5));
            case RELU -> notBelowZero(x.dup('c'));
        };
    }

    /** A new array f', from the output y. */
    private static INDArray gradient(INDArray y, ActivationFunction f) {
        return switch (f) {
            case LINEAR -> y.mul(0).addi(1);
            case TANH -> y.mul(y).rsubi(1);
            case SIGMOID -> y.rsub(1).muli(y);
            case HARD_SIGMOID -> inside01(y).muli(1 / 6f);
            case HARD_SIGMOID_KERAS2 -> inside01(y).muli(0.2);
            case RELU -> y.gt(0).castTo(DataType.FLOAT);
        };
    }

    /** Replaces what is below zero, and nothing else: NaN stays, which ND4J's own relu and maximum would lose. */
    private static INDArray notBelowZero(INDArray x) {
        BooleanIndexing.replaceWhere(x, 0, Conditions.lessThan(0));
        return x;
    }

    private static INDArray clip01(INDArray x) {
        BooleanIndexing.replaceWhere(x, 1, Conditions.greaterThan(1));
        return notBelowZero(x);
    }

    private static INDArray inside01(INDArray y) {
        return y.gt(0).castTo(DataType.FLOAT).muli(y.lt(1).castTo(DataType.FLOAT));
    }

    /** A new array: -1, 0 or 1, and NaN where x is. */
    private static INDArray sign(INDArray x) {
        INDArray sign = x.dup('c');
        BooleanIndexing.replaceWhere(sign, 1, Conditions.greaterThan(0));
        BooleanIndexing.replaceWhere(sign, -1, Conditions.lessThan(0));
        return sign;
    }

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        try (var _ = scratch()) {
            flat(y).assign(apply(flat(x), f));
        }
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        try (var _ = scratch()) {
            flat(dx).assign(gradient(flat(y), f).muli(flat(dy)));
        }
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        try (var _ = scratch()) {
            int repeats = a.size() / b.size();
            INDArray product = as(a, repeats, b.size()).mul(as(b, 1, b.size()));
            put(as(dst, repeats, b.size()), product, write);
        }
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        try (var _ = scratch()) {
            int B = rows.size();
            int row = src.size() / B;
            put(as(dst, B, row), as(src, B, row).mul(as(rows, B, 1)), write);
        }
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        try (var _ = scratch()) {
            flat(dst).addi(flat(src).mul(scale));
        }
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        forEachBlock(x, window,
                (patches, from, to) -> images(out, from, to).assign(maximum(patches, images(x, from, to)).value()));
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        forEachBlock(x, window, (patches, from, to) -> {
            INDArray winner = maximum(patches, images(x, from, to)).pixel();
            INDArray gradient = images(dOut, from, to);
            INDArray frame = patches.frame(0);
            for (int i = 0; i < window.height(); i++) {
                for (int j = 0; j < window.width(); j++) {
                    INDArray wins = winner.eq(i * window.width() + j);
                    patches.pixel(frame, i, j).addi(select(wins, gradient, gradient.mul(0)));
                }
            }
            as(some(dx.reshape(x.shape()), from, to), patches.N(), patches.H(), patches.W(), patches.C())
                    .assign(patches.images(frame));
        });
    }

    /**
     * The largest element under each window, and which pixel of the window it is.
     *
     * @param value {@code (N, H', W', C)}
     * @param pixel {@code (N, H', W', C)}, i kw + j of the first pixel that attained it
     */
    private record Maximum(INDArray value, INDArray pixel) {}

    /** Pixel after pixel, the larger one is kept; a NaN counts as larger, so that it passes through. */
    private static Maximum maximum(Patches patches, INDArray images) {
        Window window = patches.window();
        INDArray frame = patches.frame(Float.NEGATIVE_INFINITY, images);
        INDArray value = patches.pixel(frame, 0, 0).dup('c');
        INDArray pixel = Nd4j.zerosLike(value);
        for (int ij = 1; ij < window.height() * window.width(); ij++) {
            INDArray candidate = patches.pixel(frame, ij / window.width(), ij % window.width()).dup('c');
            INDArray larger = Transforms.or(candidate.gt(value), candidate.isNaN());
            value = select(larger, candidate, value);
            pixel = select(larger, Nd4j.valueArrayOf(pixel.shape(), ij, DataType.FLOAT), pixel);
        }
        return new Maximum(value, pixel);
    }

    /** A new array: element by element a where the condition holds, else b. */
    private static INDArray select(INDArray condition, INDArray a, INDArray b) {
        INDArray chosen = Nd4j.createUninitialized(DataType.FLOAT, a.shape());
        Nd4j.exec(DynamicCustomOp.builder("select").addInputs(condition, a, b).addOutputs(chosen).build());
        return chosen;
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        try (var _ = scratch()) {
            Runs runs = new Runs(x, mean);
            INDArray x_ = runs.elements(x);
            INDArray mu = runs.statistics(mean);
            INDArray var = runs.statistics(variance);
            if (training) {
                mu.assign(runs.mean(x_));
                INDArray d = x_.sub(mu);
                var.assign(runs.mean(d.muli(d)));
            }
            INDArray scale = reciprocalDeviation(var, epsilon);
            if (gamma != null) {
                scale = scale.mul(runs.weights(gamma));
            }
            INDArray normed = x_.sub(mu).muli(scale);
            runs.elements(y).assign(beta == null ? normed : normed.addi(runs.weights(beta)));
        }
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        try (var _ = scratch()) {
            Runs runs = new Runs(x, mean);
            INDArray dy_ = runs.elements(dy);
            INDArray scale = reciprocalDeviation(runs.statistics(variance), epsilon);
            INDArray xhat = runs.elements(x).sub(runs.statistics(mean)).muli(scale);
            INDArray dy_xhat = dy_.mul(xhat);
            if (dGamma != null) {
                flat(dGamma).addi(dy_xhat.sum(0, 1));
            }
            if (dBeta != null) {
                flat(dBeta).addi(dy_.sum(0, 1));
            }
            if (gamma != null) {
                scale = scale.mul(runs.weights(gamma));
            }
            if (training) { // the statistics depend on x too: take out what a shift or a stretch of x would do
                dy_ = dy_.sub(runs.mean(dy_)).subi(xhat.muli(runs.mean(dy_xhat)));
            }
            runs.elements(dx).assign(dy_.mul(scale));
        }
    }

    private static INDArray reciprocalDeviation(INDArray variance, float epsilon) {
        return Transforms.sqrt(variance.add(epsilon), false).rdivi(1);
    }

    /**
     * The rows of x as G runs of M rows, each run with its own statistics.
     *
     * @param G runs
     * @param M rows of a run
     * @param C channels
     */
    private record Runs(int G, int M, int C) {
        Runs(Tensor x, Tensor mean) {
            this(mean.size() / mean.dim(-1), x.size() / mean.size(), mean.dim(-1));
        }

        INDArray elements(Tensor t) {
            return as(t, G, M, C);
        }

        INDArray statistics(Tensor t) {
            return as(t, G, 1, C);
        }

        INDArray weights(Tensor t) {
            return as(t, 1, 1, C);
        }

        /** (G, 1, C): the mean of each run. */
        INDArray mean(INDArray elements) {
            return elements.mean(true, 1);
        }
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(
            LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        try (var _ = scratch()) {
            INDArray p = rows(prediction);
            INDArray t = rows(target);
            INDArray losses;
            INDArray gradient;
            switch (f) {
                case SQUARED_ERROR -> {
                    INDArray d = p.sub(t);
                    losses = d.mul(d);
                    gradient = d.muli(2);
                }
                case ABSOLUTE_ERROR -> {
                    INDArray d = p.sub(t);
                    losses = Transforms.abs(d, true);
                    gradient = sign(d);
                }
                case BINARY_CROSS_ENTROPY -> {
                    INDArray exp = Transforms.exp(Transforms.abs(p, true).negi(), false);
                    INDArray log1p = Transforms.log(exp.addi(1), false);
                    losses = notBelowZero(p.dup('c')).subi(p.mul(t)).addi(log1p);
                    gradient = Transforms.sigmoid(p, true).subi(t);
                }
                case SOFTMAX_CROSS_ENTROPY -> {
                    INDArray shifted = p.sub(p.max(true, 1));
                    INDArray logSum = Transforms.log(Transforms.exp(shifted, true).sum(true, 1), false);
                    INDArray logSoftmax = shifted.subi(logSum);
                    losses = logSoftmax.mul(t).negi();
                    gradient = Transforms.exp(logSoftmax, false).muli(t.sum(true, 1)).subi(t);
                }
                default -> throw new IllegalArgumentException("loss: expected one of ND4J's, got " + f);
            }
            flat(value).addi(total(losses).muli(scale));
            rows(dPrediction).assign(gradient.muli(scale));
        }
    }

    /** The sum of all elements in double precision: ND4J's float sum of a million losses is off in the fourth digit. */
    private static INDArray total(INDArray x) {
        return x.castTo(DataType.DOUBLE).sum().castTo(DataType.FLOAT);
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        try (var _ = scratch()) {
            INDArray w_ = flat(w);
            INDArray penalty = Transforms.abs(w_, true).muli(l1).addi(w_.mul(w_).muli(l2));
            flat(value).addi(total(penalty));
            flat(dw).addi(sign(w_).muli(l1)).addi(w_.mul(2 * l2));
        }
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        try (var _ = scratch()) {
            flat(value).addi(total(flat(x).mul(flat(x))));
        }
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        float norm = (float) Math.sqrt(flat(sumSquares).getFloat(0));
        if (norm > maxNorm) {
            flat(x).muli(maxNorm / norm);
        }
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        try (var _ = scratch()) {
            INDArray step = flat(dw).mul(rate);
            INDArray v = flat(velocity).muli(momentum).subi(step);
            flat(w).addi(nesterov ? v.mul(momentum).subi(step) : v);
        }
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        try (var _ = scratch()) {
            INDArray dw_ = flat(dw);
            INDArray v_ = flat(v).muli(rho).addi(dw_.mul(dw_).muli(1 - rho));
            flat(w).subi(dw_.mul(rate).divi(Transforms.sqrt(v_.add(epsilon), false)));
        }
    }

    @Override
    public void adam(
            Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        try (var _ = scratch()) {
            INDArray dw_ = flat(dw);
            INDArray m_ = flat(m).muli(beta1).addi(dw_.mul(1 - beta1));
            INDArray v_ = flat(v).muli(beta2).addi(dw_.mul(dw_).muli(1 - beta2));
            flat(w).subi(m_.mul(rate).divi(Transforms.sqrt(v_, true).addi(epsilon)));
        }
    }
}
