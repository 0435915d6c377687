package convlstm.backend.simd;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.backend.reference.ReferenceBackend;
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

    private final Parallel parallel;
    private final Products products;
    private final Convolution convolution;
    private final Scratch copy = new Scratch();
    private final Scratch transposed = new Scratch();
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

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        Patches p = Patches.rowsOf(a(x), x.offset(), x.dim(-1));
        products.multiply(a(out), out.offset(), rows(x), out.dim(-1), p, a(kernel), kernel.offset(), startOf(out, bias, write));
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        int D = dx.dim(-1);
        int U = dOut.dim(-1);
        float[] w = a(kernel);
        float[] wT = transposed.atLeast(D * U);
        parallel.forEach((U + 15) / 16, (task, worker) -> {
            for (int d = 0; d < D; d++) {
                for (int u = task * 16; u < Math.min(U, task * 16 + 16); u++) {
                    wT[u * D + d] = w[kernel.offset() + d * U + u];
                }
            }
        });
        Patches p = Patches.rowsOf(a(dOut), dOut.offset(), U);
        products.multiply(a(dx), dx.offset(), rows(dOut), D, p, wT, 0, startOf(dx, null, write));
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        int D = x.dim(-1);
        Patches p = Patches.rowsOf(a(x), x.offset(), D);
        if (D % Tiles.ROWS != 0) { // the last tile reads behind the last row
            float[] c = copy.atLeast(x.size() + Tiles.ROWS);
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
                a(out), out.offset(), a(x), x.offset(), a(kernel), kernel.offset(), sizesOf(x, out), window,
                startOf(out, bias, write));
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        convolution.gradInput(
                a(dx), dx.offset(), a(dOut), dOut.offset(), a(kernel), kernel.offset(), sizesOf(dx, dOut), window,
                startOf(dx, null, write));
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        convolution.gradKernel(
                a(dKernel), dKernel.offset(), a(x), x.offset(), a(dOut), dOut.offset(), sizesOf(x, dOut), window);
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

    private static Convolution.Sizes sizesOf(Tensor x, Tensor out) {
        int H = x.dim(-3);
        int W = x.dim(-2);
        int C = x.dim(-1);
        return new Convolution.Sizes(x.size() / (H * W * C), H, W, C, out.dim(-3), out.dim(-2), out.dim(-1));
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

    // ---- sharing out

    @FunctionalInterface
    private interface Range {
        void run(int from, int to, int worker);
    }

    /** Cuts N rows of F elements into chunks of about {@code elements}. */
    private void forRows(int N, int F, int elements, Range body) {
        int rowsOfChunk = Math.max(1, elements / F);
        int chunks = (N + rowsOfChunk - 1) / rowsOfChunk;
        parallel.forEach(
                chunks, (task, worker) -> body.run(task * rowsOfChunk, Math.min(N, (task + 1) * rowsOfChunk), worker));
    }
}
