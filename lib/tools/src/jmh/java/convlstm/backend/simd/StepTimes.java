package convlstm.backend.simd;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of one training step of a single recurrent layer goes: the calls a layer makes (forward, loss,
 * backward, Adam), timed one kind of primitive at a time. Each number is the smallest over the repetitions, since what
 * disturbs a measurement only ever adds to it. With {@code -Dconvlstm.threads=1} it is processor time, which other
 * programs disturb less.
 *
 * <p>{@code java ... convlstm.backend.simd.StepTimes [workloads, such as S1,L2] [backend] [repetitions]}
 */
public final class StepTimes {
    /** One layer: convolutional where k > 0; else C and F are the input and output units of an LSTM, H and W are 1. */
    record Workload(int B, int T, int H, int W, int C, int F, int k) {
        double gflop() {
            double pixels = (double) B * T * H * W;
            double taps = Math.max(1, k * k);
            double input = pixels * taps * C * 4 * F * 2;
            double recurrent = pixels * taps * F * 4 * F * 2;
            return (2 * input + 3 * recurrent) / 1e9; // the gradient of the layer's input is not asked for
        }
    }

    static final Map<String, Workload> WORKLOADS = new LinkedHashMap<>();

    static {
        WORKLOADS.put("S1", new Workload(8, 10, 32, 32, 1, 16, 3));
        WORKLOADS.put("S2", new Workload(8, 10, 32, 32, 1, 32, 3));
        WORKLOADS.put("P1", new Workload(8, 10, 16, 16, 16, 64, 5));
        WORKLOADS.put("P2", new Workload(4, 10, 16, 16, 128, 64, 5));
        WORKLOADS.put("L1", new Workload(32, 20, 1, 1, 512, 512, 0));
        WORKLOADS.put("L2", new Workload(8, 10, 1, 1, 1024, 256, 0));
    }

    /** Wall time; or, on a busy machine and with one thread, the processor time of this thread. */
    private final LongSupplier clock = Parallel.defaultWorkers() == 1
            ? ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime
            : System::nanoTime;

    private final Backend K;
    private final Workload s;
    private final Random random = new Random(3);
    private final Map<String, Double> spent = new LinkedHashMap<>();
    private final Map<String, Double> least = new LinkedHashMap<>();

    private StepTimes(Backend backend, Workload workload) {
        this.K = backend;
        this.s = workload;
    }

    /** Measures the workloads named, or all. */
    public static void main(String[] args) {
        String[] names = args.length > 0 ? args[0].split(",") : WORKLOADS.keySet().toArray(String[]::new);
        int repetitions = args.length > 2 ? Integer.parseInt(args[2]) : 40;
        try (Backend K = args.length > 1 ? Backends.byName(args[1]) : Backends.best()) {
            System.out.println(K.description());
            System.out.printf("peak of one core: %.0f GFLOP/s%n", PeakProbe.gflops());
            for (String name : names) {
                new StepTimes(K, WORKLOADS.get(name)).run(name, repetitions);
            }
        }
    }

    private Tensor random(Shape shape, float scale) {
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (random.nextFloat() * 2 - 1) * scale;
        }
        return K.tensor(shape, values);
    }

    private void time(String what, Runnable call) {
        long start = clock.getAsLong();
        call.run();
        spent.merge(what, (clock.getAsLong() - start) / 1e6, Double::sum);
    }

    private void run(String name, int repetitions) {
        Supplier<Runnable> step = s.k > 0 ? this::convLstm : this::lstm;
        Runnable one = step.get();
        double[] totals = new double[repetitions];
        Map<String, Double> first = new LinkedHashMap<>();
        for (int r = 0; r < repetitions; r++) {
            spent.clear();
            one.run();
            totals[r] = spent.values().stream().mapToDouble(Double::doubleValue).sum();
            if (r == 0) {
                first.putAll(spent);
            }
            spent.forEach((what, ms) -> least.merge(what, ms, Math::min));
        }
        Arrays.sort(totals);
        System.out.printf("%s  %.1f GFLOP  median %.2f ms  least %.2f ms (%.0f GFLOP/s)%n", name, s.gflop(),
                totals[repetitions / 2], totals[0], s.gflop() / totals[0] * 1e3);
        System.out.printf("    %-22s %8s ms %8s ms%n", "", "first", "least");
        least.forEach((what, ms) -> System.out.printf("    %-22s %8.1f    %8.2f%n", what, first.get(what), ms));
    }

    private Runnable convLstm() {
        Window w = Window.same(s.k, s.k);
        int F = s.F;
        Tensor x = random(Shape.of(s.T, s.B, s.H, s.W, s.C), 1);
        Tensor kernel = random(Shape.of(s.k, s.k, s.C, 4 * F), 0.1f);
        Tensor recurrent = random(Shape.of(s.k, s.k, F, 4 * F), 0.1f);
        Tensor bias = random(Shape.of(4 * F), 0.1f);
        return step(x, kernel, recurrent, bias, Shape.of(s.B, s.H, s.W),
                (out, in, weights, b, write) -> K.conv2d(out, in, weights, b, w, write),
                (dx, dOut, weights) -> K.conv2dGradInput(dx, dOut, weights, w, Write.ADD),
                (dw, in, dOut) -> K.conv2dGradKernel(dw, in, dOut, w));
    }

    private Runnable lstm() {
        int F = s.F;
        Tensor x = random(Shape.of(s.T, s.B, s.C), 1);
        Tensor kernel = random(Shape.of(s.C, 4 * F), 0.1f);
        Tensor recurrent = random(Shape.of(F, 4 * F), 0.1f);
        Tensor bias = random(Shape.of(4 * F), 0.1f);
        return step(x, kernel, recurrent, bias, Shape.of(s.B), K::dot,
                (dx, dOut, weights) -> K.dotGradInput(dx, dOut, weights, Write.ADD), K::dotGradKernel);
    }

    private interface Forward {
        void apply(Tensor out, Tensor in, Tensor weights, @Nullable Tensor bias, Write write);
    }

    private interface GradInput {
        void apply(Tensor dx, Tensor dOut, Tensor weights);
    }

    private interface GradKernel {
        void apply(Tensor dWeights, Tensor in, Tensor dOut);
    }

    private Runnable step(
            Tensor x, Tensor kernel, Tensor recurrent, Tensor bias, Shape positions, Forward forward,
            GradInput gradInput,
            GradKernel gradKernel) {
        int T = s.T;
        int F = s.F;
        Tensor gates = K.allocate(positions.append(4 * F).prepend(T));
        Tensor dGates = K.allocate(positions.append(4 * F).prepend(T));
        Tensor h = K.allocate(positions.append(F).prepend(T + 1));
        Tensor c = K.allocate(positions.append(F).prepend(T + 1));
        Tensor dh = K.allocate(positions.append(F).prepend(T + 1));
        Tensor dc = K.allocate(positions.append(F));
        Tensor target = random(positions.append(F).prepend(T), 1);
        Tensor value = K.allocate(Shape.of(1));
        Tensor[] weights = {kernel, recurrent, bias};
        Tensor[] gradients = new Tensor[3];
        Tensor[] m = new Tensor[3];
        Tensor[] v = new Tensor[3];
        for (int p = 0; p < 3; p++) {
            gradients[p] = K.allocate(weights[p].shape());
            m[p] = K.allocate(weights[p].shape());
            v[p] = K.allocate(weights[p].shape());
        }
        return () -> {
            Backend.Hold held = K.hold(kernel, recurrent);
            time("forward x", () -> forward.apply(gates, x, kernel, bias, Write.SET));
            for (int t = 0; t < T; t++) {
                int now = t;
                time("forward h", () -> forward.apply(gates.at(now), h.at(now), recurrent, null, Write.ADD));
                time("gates", () -> K.lstmGates(h.at(now + 1), c.at(now + 1), gates.at(now), c.at(now), null,
                        ActivationFunction.TANH, ActivationFunction.SIGMOID));
            }
            held.close();
            time("fill", () -> {
                K.fill(dc, 0);
                K.fill(dh.at(0), 0);
                for (Tensor g : gradients) {
                    K.fill(g, 0);
                }
            });
            time("loss", () -> K.loss(LossFunction.SQUARED_ERROR, value, dh.range(1, T + 1), h.range(1, T + 1), target,
                    1f / target.size()));
            held = K.hold(kernel, recurrent);
            for (int t = T - 1; t >= 0; t--) {
                int now = t;
                time("gates grad", () -> K.lstmGatesGrad(dGates.at(now), dc, null, dh.at(now + 1), gates.at(now),
                        c.at(now + 1), c.at(now), null, ActivationFunction.TANH,
                        ActivationFunction.SIGMOID));
                if (t > 0) { // nothing asks for the gradient of the initial state
                    time("grad h", () -> gradInput.apply(dh.at(now), dGates.at(now), recurrent));
                }
            }
            held.close();
            time("grad kernel", () -> gradKernel.apply(gradients[0], x, dGates));
            time("grad recurrent kernel", () -> gradKernel.apply(gradients[1], h.range(0, T), dGates));
            time("grad bias", () -> K.sumRows(gradients[2], dGates));
            time("adam", () -> {
                for (int p = 0; p < 3; p++) {
                    K.adam(weights[p], gradients[p], m[p], v[p], 1e-3f, 0.9f, 0.999f, 1e-7f);
                }
            });
        };
    }
}
