package convlstm.backend.simd;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Every step of {@link KernelLadder} on square matrices, by JMH. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class LadderBenchmark {
    /** The step. */
    @Param
    public KernelLadder.Step step = KernelLadder.Step.LOOPS;

    /** Rows and columns of the matrices. */
    @Param({"128", "512"})
    public int n;

    private float[] a = {};
    private float[] b = {};
    private float[] c = {};

    /** Makes the matrices. */
    @Setup
    public void matrices() {
        Random random = new Random(1);
        a = new float[n * n];
        b = new float[n * n];
        c = new float[n * n];
        for (int k = 0; k < a.length; k++) {
            a[k] = random.nextFloat() - 0.5f;
            b[k] = random.nextFloat() - 0.5f;
        }
    }

    /** One product. */
    @Benchmark
    public float[] multiply() {
        step.multiply(c, a, b, n, n, n);
        return c;
    }
}
