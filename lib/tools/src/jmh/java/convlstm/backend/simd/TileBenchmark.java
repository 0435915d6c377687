package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.NARROW_ROWS;
import static convlstm.backend.simd.Tiles.ROWS;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The tiles of {@link Tiles} in a long product, beside nothing but FMAs: what share of the peak is reached. One core; the
 * score is GFLOP/s, since each float operation counts as an operation and the unit is the nanosecond.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class TileBenchmark {
    private static final int M = 120;
    private static final int K = 512;
    private static final int N = 128;
    private static final int FLOP = 2 * M * K * N;

    private final int[] row = new int[M];
    private final int[] step = new int[K];
    private final int[] tap = new int[1];
    private final float[] a = new float[M * K];
    private final float[] panel = new float[K * COLUMNS];
    private final float[] out = new float[M * COLUMNS];
    private final float[] zeros = new float[COLUMNS];

    /** Fills the matrices. */
    @Setup
    public void fill() {
        Random random = new Random(1);
        for (float[] values : new float[][] {a, panel}) {
            for (int k = 0; k < values.length; k++) {
                values[k] = random.nextFloat() - 0.5f;
            }
        }
        for (int i = 0; i < M; i++) {
            row[i] = i * K;
        }
        for (int k = 0; k < K; k++) {
            step[k] = k * M;
        }
    }

    /** FMAs in registers. */
    @Benchmark
    @OperationsPerInvocation(FLOP)
    public float peak() {
        return PeakProbe.chains(FLOP / (2 * PeakProbe.CHAINS * L));
    }

    /** Patches times a panel. */
    @Benchmark
    @OperationsPerInvocation(FLOP)
    public float[] gather() {
        for (int j = 0; j < N; j += COLUMNS) {
            for (int m = 0; m < M; m += ROWS) {
                Tiles.gather(ROWS, a, row, m, tap, K, panel, 0, zeros, 0, 0, out, m * COLUMNS, COLUMNS);
            }
        }
        return out;
    }

    /** Patches times a panel of one vector. */
    @Benchmark
    @OperationsPerInvocation(FLOP)
    public float[] narrow() {
        for (int j = 0; j < N; j += L) {
            for (int m = 0; m < M; m += NARROW_ROWS) {
                TallTiles.gatherNarrow(a, row, m, tap, K, panel, 0, zeros, 0, 0, out, m * L, L);
            }
        }
        return out;
    }

    /** Patches transposed times a panel. */
    @Benchmark
    @OperationsPerInvocation(FLOP)
    public float[] outer() {
        for (int j = 0; j < N; j += COLUMNS) {
            for (int m = 0; m < M; m += ROWS) {
                Tiles.outer(ROWS, a, step, m, K, panel, 0, out, m * COLUMNS, COLUMNS);
            }
        }
        return out;
    }
}
