package convlstm.backend.simd;

import convlstm.backend.ActivationFunction;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.backend.simd.VectorElements.At;
import convlstm.tensor.Tensor;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * The processor's vector instructions and all its cores. What is not replaced here is quick enough as the plain loop
 * that it inherits.
 */
public final class SimdBackend extends ReferenceBackend {
    private static final Cleaner CLEANER = Cleaner.create();

    /** Elements that one task of an element-wise operation handles: enough to be worth a thread's attention. */
    private static final int CHUNK = 1 << 14;

    /** The same for the gates, which have more to do for each element; all their arrays fit the nearest cache. */
    private static final int GATES = 1 << 9;

    /** Up to so many terms, sums along vectors are hardly begun when they end: then a kernel is transposed instead. */
    private static final int SHORT = 64;

    /** Elements that are summed up in single precision before the sums are added in double. */
    private static final int SUM = 1 << 12;

    /** The same for rows. */
    private static final int SUM_ROWS = 256;

    private final Parallel parallel;
    private final Products products;
    private final Convolution convolution;
    private final Scratch copy = new Scratch();
    private final Scratch sums = new Scratch();
    private final Scratch[] chunk;
    private final Cleaner.Cleanable threads;

    /** A backend on all processors, or on as many threads as the system property {@code convlstm.threads} says. */
    public SimdBackend() {
        this(Parallel.defaultWorkers());
    }

    /** A backend on the given number of threads. */
    SimdBackend(int workers) {
        Parallel pool = new Parallel(workers);
        parallel = pool;
        products = new Products(pool);
        convolution = new Convolution(pool, products);
        chunk = Scratch.array(workers);
        threads = CLEANER.register(this, pool::close); // a forgotten backend must not keep its threads for ever
    }

    @Override
    public String name() {
        return "simd";
    }

    @Override
    public String description() {
        return "Java Vector API, float32, " + Tiles.S.vectorBitSize() + "-bit vectors, threads: " + parallel.workers();
    }

    @Override
    public void close() {
        threads.clean();
    }

    /** 2 MB: they stay in the second cache of two or more cores, or close by in the third. */
    @Override
    public int pieceSize() {
        return 1 << 19;
    }

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        Patches p = Patches.rowsOf(a(x), x.offset(), x.dim(-1));
        products.multiply(a(out), out.offset(), rows(x), out.dim(-1), p, Kernel.of(kernel),
                startOf(out, bias, write));
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        int D = dx.dim(-1);
        int U = dOut.dim(-1);
        Patches p = Patches.rowsOf(a(dOut), dOut.offset(), U);
        Products.Start start = startOf(dx, null, write);
        if (U <= SHORT) {
            float[] transposed = Convolution.transpose(copy, a(kernel), kernel.offset(), 1, D, D, U);
            products.multiply(a(dx), dx.offset(), rows(dOut), D, p, Kernel.of(transposed, 0), start);
        } else {
            products.multiplyByTransposed(a(dx), dx.offset(), rows(dOut), D, p, Kernel.of(kernel), start);
        }
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        int D = x.dim(-1);
        if (Products.worthTransposing(rows(x), D, dOut.dim(-1))) {
            products.multiplyTransposedMatrix(
                    a(dKernel), dKernel.offset(), rows(x), D, dOut.dim(-1), a(x), x.offset(), a(dOut), dOut.offset());
            return;
        }
        Patches p = Patches.rowsOf(a(x), x.offset(), D);
        if (D % Tiles.ROWS != 0 || D % Tiles.COLUMNS != 0) { // the last tile, either way round, reads past the last row
            float[] c = copy.atLeast(x.size() + Patches.SLACK);
            System.arraycopy(a(x), x.offset(), c, 0, x.size());
            p = Patches.rowsOf(c, 0, D);
        }
        products.multiplyTransposed(
                a(dKernel), dKernel.offset(), rows(x), dOut.dim(-1), p, a(dOut), dOut.offset());
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        convolution.forward(
                a(out), out.offset(), a(x), x.offset(), Kernel.of(kernel), ConvSizes.of(x, out), window,
                startOf(out, bias, write));
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        convolution.gradInput(
                a(dx), dx.offset(), a(dOut), dOut.offset(), Kernel.of(kernel), ConvSizes.of(dx, dOut), window,
                startOf(dx, null, write));
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        convolution.gradKernel(
                a(dKernel), dKernel.offset(), a(x), x.offset(), a(dOut), dOut.offset(), ConvSizes.of(x, dOut), window);
    }

    /** What the sums of a product start from, so that bias and accumulation cost no pass of their own. */
    private Products.Start startOf(Tensor out, @Nullable Tensor bias, Write write) {
        int F = out.dim(-1);
        if (write == Write.ADD) {
            start(out, bias, write);
            return new Products.Start(a(out), out.offset(), F);
        }
        return bias == null ? products.zero(F) : new Products.Start(a(bias), bias.offset(), 0);
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        VectorGates.Functions functions = new VectorGates.Functions(activation, recurrentActivation);
        VectorGates.@Nullable Peephole p = peepholeOf(peephole);
        int F = gates.dim(-1) / 4;
        forRows(rows(gates), F, GATES, (from, to, worker) -> VectorGates.forward(
                from, to, F, functions, a(h), h.offset(), a(c), c.offset(), a(gates), gates.offset(),
                a(c_tm1), c_tm1.offset(), p));
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        VectorGates.Functions functions = new VectorGates.Functions(activation, recurrentActivation);
        VectorGates.@Nullable Peephole p = peepholeOf(peephole);
        int F = gates.dim(-1) / 4;
        int N = rows(gates);
        forRows(N, F, GATES, (from, to, worker) -> VectorGates.backward(
                from, to, F, functions, a(dGates), dGates.offset(), a(dc), dc.offset(), a(dh), dh.offset(),
                a(gates), gates.offset(), a(c), c.offset(), a(c_tm1), c_tm1.offset(), p,
                chunk[worker].atLeast((to - from) * F)));
        if (dPeephole != null) {
            int R = dPeephole.size() / 3 / F;
            parallel.forEach(3 * R, (task, worker) -> {
                int gate = task / R; // i and f look at c_tm1, o at c
                Tensor state = gate == 2 ? c : c_tm1;
                VectorGates.peepholeGrad(
                        a(dPeephole), dPeephole.offset() + gate * R * F, task % R, R, N, F,
                        a(dGates), dGates.offset() + (gate == 2 ? 3 : gate) * F, a(state), state.offset());
            });
        }
    }

    /** Weights (3, R, F), where R may be several axes, (3, H, W, F). */
    private static VectorGates.@Nullable Peephole peepholeOf(@Nullable Tensor t) {
        return t == null ? null : new VectorGates.Peephole(a(t), t.offset(), t.size() / 3 / t.dim(-1));
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        forChunks(x.size(), (from, to) -> VectorActivations.apply(
                f, new VectorActivations.Block(a(y), y.offset() + from, 0),
                new VectorActivations.Block(a(x), x.offset() + from, 0), 1, to - from));
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        forChunks(dx.size(),
                (from, to) -> VectorElements.activateGrad(at(dx, from), at(y, from), at(dy, from), f, to - from));
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        int period = b.size();
        forRows(dst.size() / period, period, CHUNK, (from, to, worker) -> {
            for (int n = from; n < to; n++) {
                VectorElements.multiply(at(dst, n * period), at(a, n * period), at(b, 0), write == Write.ADD, period);
            }
        });
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        forChunks(dst.size(), (from, to) -> VectorElements.addScaled(at(dst, from), at(src, from), scale, to - from));
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        ConvSizes s = ConvSizes.of(x, out);
        if (VectorPooling.halves(window, s)) {
            VectorPooling.Pairs pairs = VectorPooling.Pairs.of(s.C());
            forHalvedRows(s, (row, o) -> VectorPooling.forwardHalves(
                    at(out, o), at(x, row), s.W() * s.C(), s.Wo() * s.C(), pairs));
            return;
        }
        parallel.forEach(s.N() * s.Ho(), (line, worker) -> {
            for (int xo = 0; xo < s.Wo(); xo++) {
                VectorPooling.forward(at(out, 0), at(x, 0), s, window, line / s.Ho(), line % s.Ho(), xo);
            }
        });
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        fill(dx, 0);
        ConvSizes s = ConvSizes.of(x, dOut);
        if (VectorPooling.halves(window, s)) {
            VectorPooling.Pairs pairs = VectorPooling.Pairs.of(s.C());
            forHalvedRows(s, (row, o) -> VectorPooling.backwardHalves(
                    at(dx, row), at(dOut, o), at(x, row), s.W() * s.C(), s.Wo() * s.C(), pairs));
            return;
        }
        parallel.forEach(s.N(), (n, worker) -> { // whole images: windows may overlap
            for (int pixel = 0; pixel < s.Ho() * s.Wo(); pixel++) {
                VectorPooling.backward(
                        at(dx, 0), at(dOut, 0), at(x, 0), s, window, n, pixel / s.Wo(), pixel % s.Wo());
            }
        });
    }

    /** Where the upper of two image rows begins, and the output row that is made of them. */
    @FunctionalInterface
    private interface HalvedRow {
        void run(int x, int out);
    }

    /** Every output row of a pooling by halves. */
    private void forHalvedRows(ConvSizes s, HalvedRow body) {
        int n = s.Wo() * s.C();
        forRows(s.N() * s.Ho(), n, CHUNK / 4, (from, to, worker) -> {
            for (int line = from; line < to; line++) {
                body.run((line / s.Ho() * s.H() + line % s.Ho() * 2) * s.W() * s.C(), line * n);
            }
        });
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        for (int g = 0; g < G; g++) {
            At mu = at(mean, g * C);
            int first = g * M * C;
            if (training) {
                store(mu,
                        columnSums(M, C, (sum, from, n) -> VectorElements.sumRows(sum, at(x, first + from * C), n, C)),
                        M);
                store(at(variance, g * C), columnSums(M, C,
                        (sum, from, n) -> VectorNorm.squares(sum, at(x, first + from * C), mu, n, C)), M);
            }
            At scale = scaleOf(gamma, variance, g * C, C, epsilon);
            At shift = beta == null ? new At(new float[C], 0) : at(beta, 0);
            forRows(M, C, CHUNK, (from, to, worker) -> VectorNorm.normalise(
                    at(y, first + from * C), at(x, first + from * C), mu, scale, shift, to - from, C));
        }
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        for (int g = 0; g < G; g++) {
            At mu = at(mean, g * C);
            int first = g * M * C;
            double[] sum_dy = columnSums(M, C,
                    (sum, from, n) -> VectorElements.sumRows(sum, at(dy, first + from * C), n, C));
            double[] sum_dy_xhat = columnSums(M, C, (sum, from, n) -> VectorNorm.centredSums(sum,
                    at(dy, first + from * C), at(x, first + from * C), mu, n, C));
            At oneByDeviation = scaleOf(null, variance, g * C, C, epsilon);
            At scale = scaleOf(gamma, variance, g * C, C, epsilon);
            float[] shift = new float[C];
            float[] stretch = new float[C];
            for (int c = 0; c < C; c++) {
                sum_dy_xhat[c] *= oneByDeviation.a()[c];
                if (dGamma != null) {
                    a(dGamma)[dGamma.offset() + c] += (float) sum_dy_xhat[c];
                }
                if (dBeta != null) {
                    a(dBeta)[dBeta.offset() + c] += (float) sum_dy[c];
                }
                if (training) { // the statistics depend on x too: take out what a shift or a stretch of x would do
                    shift[c] = (float) (sum_dy[c] / M);
                    stretch[c] = (float) (sum_dy_xhat[c] / M * oneByDeviation.a()[c]);
                }
            }
            forRows(M, C, CHUNK, (from, to, worker) -> VectorNorm.gradient(
                    at(dx, first + from * C), at(dy, first + from * C), at(x, first + from * C), mu, new At(shift, 0),
                    new At(stretch, 0), scale, to - from, C));
        }
    }

    /** gamma / sqrt(variance + epsilon) of each channel. */
    private static At scaleOf(@Nullable Tensor gamma, Tensor variance, int first, int C, float epsilon) {
        float[] scale = new float[C];
        for (int c = 0; c < C; c++) {
            float g = gamma == null ? 1 : a(gamma)[gamma.offset() + c];
            scale[c] = g / (float) Math.sqrt(a(variance)[variance.offset() + first + c] + epsilon);
        }
        return new At(scale, 0);
    }

    private static void store(At dst, double[] sums, int M) {
        for (int c = 0; c < sums.length; c++) {
            dst.a()[dst.at() + c] = (float) (sums[c] / M);
        }
    }

    // ---- sums: chunks of a fixed size, whose results are added in order, so that threads change no bit

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        int F = dst.size();
        double[] sum = columnSums(x.size() / F, F,
                (partial, from, count) -> VectorElements.sumRows(partial, at(x, from * F), count, F));
        for (int f = 0; f < F; f++) {
            a(dst)[dst.offset() + f] += (float) sum[f];
        }
    }

    /** Sums over N rows for each of C columns: chunks of rows in single precision, then over the chunks in double. */
    private double[] columnSums(int N, int C, RowSums part) {
        int chunks = Math.ceilDiv(N, SUM_ROWS);
        float[] partial = sums.atLeast(chunks * C);
        parallel.forEach(chunks, (task, worker) -> part.into(new At(partial, task * C), task * SUM_ROWS,
                Math.min(SUM_ROWS, N - task * SUM_ROWS)));
        double[] sum = new double[C];
        for (int k = 0; k < chunks * C; k++) {
            sum[k % C] += partial[k];
        }
        return sum;
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        a(value)[value.offset()] += (float) sum(x.size(),
                (from, to) -> VectorElements.sumSquares(at(x, from), to - from));
    }

    @Override
    public void loss(
            LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        ChunkSum chunkLoss = switch (f) {
            case SQUARED_ERROR -> (from, to) -> VectorElements.squaredError(
                    at(dPrediction, from), at(prediction, from), at(target, from), scale, to - from);
            case BINARY_CROSS_ENTROPY -> (from, to) -> VectorElements.binaryCrossEntropy(
                    at(dPrediction, from), at(prediction, from), at(target, from), scale, to - from);
            case ABSOLUTE_ERROR, SOFTMAX_CROSS_ENTROPY -> null;
        };
        if (chunkLoss == null) {
            super.loss(f, value, dPrediction, prediction, target, scale);
        } else {
            a(value)[value.offset()] += (float) (scale * sum(prediction.size(), chunkLoss));
        }
    }

    // ---- optimisers

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        forChunks(w.size(), (from, to) -> VectorElements.sgd(
                at(w, from), at(dw, from), at(velocity, from), rate, momentum, nesterov, to - from));
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        forChunks(w.size(), (from, to) -> VectorElements.rmsProp(
                at(w, from), at(dw, from), at(v, from), rate, rho, epsilon, to - from));
    }

    @Override
    public void adam(
            Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        forChunks(w.size(), (from, to) -> VectorElements.adam(
                at(w, from), at(dw, from), at(m, from), at(v, from), rate, beta1, beta2, epsilon, to - from));
    }

    // ---- sharing out

    private static At at(Tensor t, int element) {
        return new At(a(t), t.offset() + element);
    }

    @FunctionalInterface
    private interface Chunk {
        void run(int from, int to);
    }

    @FunctionalInterface
    private interface ChunkSum {
        double of(int from, int to);
    }

    @FunctionalInterface
    private interface RowSums {
        void into(At partial, int from, int count);
    }

    /** Cuts n elements into chunks. */
    private void forChunks(int n, Chunk body) {
        parallel.forEach(Math.ceilDiv(n, CHUNK),
                (task, worker) -> body.run(task * CHUNK, Math.min(n, (task + 1) * CHUNK)));
    }

    /** The sum over chunks of n elements. */
    private double sum(int n, ChunkSum part) {
        double[] parts = new double[Math.ceilDiv(n, SUM)];
        parallel.forEach(parts.length,
                (task, worker) -> parts[task] = part.of(task * SUM, Math.min(n, (task + 1) * SUM)));
        double sum = 0;
        for (double p : parts) {
            sum += p;
        }
        return sum;
    }

    @FunctionalInterface
    private interface Range {
        void run(int from, int to, int worker);
    }

    /** Cuts N rows of F elements into chunks of about {@code elements}. */
    private void forRows(int N, int F, int elements, Range body) {
        int rowsOfChunk = Math.max(1, elements / F);
        int chunks = Math.ceilDiv(N, rowsOfChunk);
        parallel.forEach(
                chunks, (task, worker) -> body.run(task * rowsOfChunk, Math.min(N, (task + 1) * rowsOfChunk), worker));
    }
}
