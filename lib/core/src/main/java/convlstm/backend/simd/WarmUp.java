package convlstm.backend.simd;

import convlstm.backend.ActivationFunction;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the kernels on little data, so that the JIT compiles them before the first training step needs them. Until then
 * every vector is an object on the heap, and a step takes a hundred times as long. This happens once, in a daemon thread,
 * on a backend of its own with one thread, and pauses while another backend computes: no result depends on it, and no
 * program waits for it.
 */
final class WarmUp {
    /** The system property that prevents it, if it is {@code false}. */
    static final String PROPERTY = "convlstm.warmup";

    /** How often a kernel runs: by then the JIT has compiled it with all its optimisations. */
    private static final int ROUNDS = 250;

    /** The other backends are at rest when they have not computed for so many nanoseconds. */
    private static final long REST = 50_000_000;

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private WarmUp() {}

    /** Starts it, unless it was started before, is not wanted, or would take the only processor from the program. */
    static void start() {
        boolean wanted = !"false".equals(System.getProperty(PROPERTY)) && Parallel.defaultWorkers() > 1;
        if (wanted && STARTED.compareAndSet(false, true)) {
            Thread thread = new Thread(() -> run(ROUNDS), "convlstm-simd-warm-up");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            thread.start();
        }
    }

    static void run(int rounds) {
        try (SimdBackend K = new SimdBackend(1)) {
            // The course's ConvLSTM2D and what surrounds it first; then other kernels, LSTM, and few filters.
            List<List<Runnable>> phases = List.of(
                    List.of(convLstm(K, 1, 16, 3), convLstm(K, 16, 16, 3), training(K)),
                    List.of(dot(K, 64, 32), dot(K, 256, 256), convLstm(K, 1, 2, 3), convLstm(K, 32, 32, 5)));
            for (List<Runnable> phase : phases) {
                for (int round = 0; round < rounds; round++) {
                    for (Runnable kernels : phase) {
                        while (System.nanoTime() - Parallel.lastUse() < REST) {
                            LockSupport.parkNanos(REST);
                        }
                        kernels.run();
                    }
                }
            }
        }
    }

    /** One step of ConvLSTM2D, forward and backward, with one convolution for its input's and its state's. */
    private static Runnable convLstm(SimdBackend K, int C, int F, int k) {
        int size = 16;
        Window window = Window.same(k, k);
        Tensor x = K.allocate(Shape.of(1, size, size, C));
        Tensor kernel = K.allocate(Shape.of(k, k, C, 4 * F));
        Tensor bias = K.allocate(Shape.of(4 * F));
        Tensor gates = K.allocate(Shape.of(1, size, size, 4 * F));
        Tensor c = K.allocate(Shape.of(1, size, size, F));
        Tensor h = K.allocate(Shape.of(1, size, size, F));
        Tensor dc = K.allocate(Shape.of(1, size, size, F));
        return () -> {
            K.conv2d(gates, x, kernel, bias, window, Write.SET);
            K.conv2d(gates, x, kernel, null, window, Write.ADD);
            K.lstmGates(h, c, gates, c, null, ActivationFunction.TANH, ActivationFunction.SIGMOID);
            K.lstmGatesGrad(gates, dc, null, h, gates, c, c, null, ActivationFunction.TANH, ActivationFunction.SIGMOID);
            K.conv2dGradInput(x, gates, kernel, window, Write.ADD);
            K.conv2dGradKernel(kernel, x, gates, window);
            K.sumRows(bias, gates);
        };
    }

    /** The products of an LSTM, forward and backward. */
    private static Runnable dot(SimdBackend K, int D, int U) {
        Tensor x = K.allocate(Shape.of(32, D));
        Tensor kernel = K.allocate(Shape.of(D, U));
        Tensor out = K.allocate(Shape.of(32, U));
        return () -> {
            K.dot(out, x, kernel, null, Write.SET);
            K.dotGradInput(x, out, kernel, Write.SET);
            K.dotGradKernel(kernel, x, out);
        };
    }

    /** The last layer's activation, losses, and Adam. */
    private static Runnable training(SimdBackend K) {
        Tensor value = K.allocate(Shape.of(1));
        Tensor y = K.allocate(Shape.of(4, 16, 16, 1));
        Tensor target = K.allocate(y.shape());
        Tensor dy = K.allocate(y.shape());
        Tensor m = K.allocate(y.shape());
        Tensor v = K.allocate(y.shape());
        return () -> {
            K.activate(y, y, ActivationFunction.SIGMOID);
            K.loss(LossFunction.BINARY_CROSS_ENTROPY, value, dy, y, target, 1);
            K.loss(LossFunction.SQUARED_ERROR, value, dy, y, target, 1);
            K.activateGrad(dy, y, dy, ActivationFunction.SIGMOID);
            K.adam(target, dy, m, v, 0, 0.9f, 0.999f, 1e-7f);
        };
    }
}
