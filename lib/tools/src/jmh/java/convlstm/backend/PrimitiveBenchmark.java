package convlstm.backend;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The primitives that carry a training step, one by one, in the sizes that they have in one time step of the benchmark's
 * layers: convolutions of S2 and P1, products of L1, and what is done element by element in S2.
 *
 * <p>{@code mvn -q test-compile exec:exec -Drun=jmh}, with JMH's own options {@code -Dargs="conv2d -p backend=simd"}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PrimitiveBenchmark {
    /** A backend's name. */
    @Param({"simd", "nd4j"})
    public String backend;

    private final Random random = new Random(1);
    private Backend K;
    private Conv s2;
    private Conv p1;
    private Product l1;
    private Gates gates;

    /** One recurrent convolution: the state h, the four gates' sums, the kernel, and a gradient for it. */
    private record Conv(Tensor h, Tensor out, Tensor kernel, Tensor dKernel, Window window) {}

    /** One recurrent product. */
    private record Product(Tensor h, Tensor out, Tensor kernel, Tensor dKernel) {}

    /** One step of the cell; {@code w, dw, m, v} are a weight of P1's and what Adam keeps of it. */
    private record Gates(Tensor h, Tensor c, Tensor gates, Tensor c_tm1, Tensor dGates, Tensor dc, Tensor w, Tensor dw,
            Tensor m, Tensor v) {}

    /** Makes all tensors, with numbers such as training has. */
    @Setup(Level.Trial)
    public void allocate() {
        K = Backends.byName(backend);
        s2 = conv(8, 32, 32, 3);
        p1 = conv(8, 16, 64, 5);
        l1 = new Product(uniform(32, 512), uniform(32, 2048), uniform(512, 2048), uniform(512, 2048));
        gates = new Gates(uniform(8192, 32), uniform(8192, 32), uniform(8192, 128), uniform(8192, 32),
                uniform(8192, 128),
                uniform(8192, 32), uniform(5, 5, 64, 256), uniform(5, 5, 64, 256), uniform(5, 5, 64, 256),
                K.allocate(Shape.of(5, 5, 64, 256)));
    }

    /** Hands threads and memory back. */
    @TearDown(Level.Trial)
    public void close() {
        K.close();
    }

    private Conv conv(int B, int size, int F, int k) {
        return new Conv(uniform(B, size, size, F), uniform(B, size, size, 4 * F), uniform(k, k, F, 4 * F),
                uniform(k, k, F, 4 * F), Window.same(k, k));
    }

    private Tensor uniform(int... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 0.2f - 0.1f;
        }
        return K.tensor(shape, values);
    }

    @Benchmark
    public void conv2dS2() {
        K.conv2d(s2.out, s2.h, s2.kernel, null, s2.window, Write.SET);
    }

    @Benchmark
    public void conv2dGradInputS2() {
        K.conv2dGradInput(s2.h, s2.out, s2.kernel, s2.window, Write.SET);
    }

    @Benchmark
    public void conv2dGradKernelS2() {
        K.conv2dGradKernel(s2.dKernel, s2.h, s2.out, s2.window);
    }

    @Benchmark
    public void conv2dP1() {
        K.conv2d(p1.out, p1.h, p1.kernel, null, p1.window, Write.SET);
    }

    @Benchmark
    public void conv2dGradInputP1() {
        K.conv2dGradInput(p1.h, p1.out, p1.kernel, p1.window, Write.SET);
    }

    @Benchmark
    public void conv2dGradKernelP1() {
        K.conv2dGradKernel(p1.dKernel, p1.h, p1.out, p1.window);
    }

    @Benchmark
    public void dotL1() {
        K.dot(l1.out, l1.h, l1.kernel, null, Write.SET);
    }

    @Benchmark
    public void dotGradInputL1() {
        K.dotGradInput(l1.h, l1.out, l1.kernel, Write.SET);
    }

    @Benchmark
    public void dotGradKernelL1() {
        K.dotGradKernel(l1.dKernel, l1.h, l1.out);
    }

    /** The gates work in place, so their sums drift towards saturation; the arithmetic stays the same. */
    @Benchmark
    public void lstmGatesS2() {
        K.lstmGates(gates.h, gates.c, gates.gates, gates.c_tm1, null, ActivationFunction.TANH,
                ActivationFunction.SIGMOID);
    }

    @Benchmark
    public void lstmGatesGradS2() {
        K.lstmGatesGrad(gates.dGates, gates.dc, null, gates.h, gates.gates, gates.c, gates.c_tm1, null,
                ActivationFunction.TANH, ActivationFunction.SIGMOID);
    }

    @Benchmark
    public void adamP1() {
        K.adam(gates.w, gates.dw, gates.m, gates.v, 1e-3f, 0.9f, 0.999f, 1e-7f);
    }
}
