package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.FEW_ROWS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;

/**
 * From three loops to the kernel that the backend uses, one idea at a time: a lesson to read downwards. Every step
 * computes the same {@code c (M, N) += a (M, K) · b (K, N)}; {@link #climb} times them all and checks them against the
 * first.
 */
public final class KernelLadder {
    /** Rows and columns of b that a block works on: so many floats fit the nearest cache (32 KiB or more). */
    private static final int BLOCK = 64;

    private KernelLadder() {}

    /** A step of the ladder. */
    public enum Step {
        /** The definition. Neighbouring steps of the innermost loop read b a whole row apart. */
        LOOPS("c[i][j] is the sum over k") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                for (int i = 0; i < M; i++) {
                    for (int j = 0; j < N; j++) {
                        float sum = 0;
                        for (int k = 0; k < K; k++) {
                            sum += a[i * K + k] * b[k * N + j];
                        }
                        c[i * N + j] += sum;
                    }
                }
            }
        },
        /** The same sums in another order: now everything is read as it lies, and no addition waits for the one before. */
        REORDERED("j is the innermost loop, so that memory is read as it lies") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                for (int i = 0; i < M; i++) {
                    for (int k = 0; k < K; k++) {
                        float a_ik = a[i * K + k];
                        for (int j = 0; j < N; j++) {
                            c[i * N + j] += a_ik * b[k * N + j];
                        }
                    }
                }
            }
        },
        /** A block of b is used for all rows of a before the next one is fetched: it stays in the nearest cache. */
        BLOCKED("a block of b stays in the nearest cache") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                for (int k0 = 0; k0 < K; k0 += BLOCK) {
                    for (int j0 = 0; j0 < N; j0 += BLOCK) {
                        for (int i = 0; i < M; i++) {
                            for (int k = k0; k < Math.min(K, k0 + BLOCK); k++) {
                                float a_ik = a[i * K + k];
                                for (int j = j0; j < Math.min(N, j0 + BLOCK); j++) {
                                    c[i * N + j] += a_ik * b[k * N + j];
                                }
                            }
                        }
                    }
                }
            }
        },
        /** Vectors by hand: the sums of L columns stay in one register for all k, instead of going to memory and back. */
        VECTOR("a vector of sums stays in a register") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                int whole = N - N % L;
                for (int i = 0; i < M; i++) {
                    for (int j = 0; j < whole; j += L) {
                        FloatVector sum = FloatVector.fromArray(S, c, i * N + j);
                        for (int k = 0; k < K; k++) {
                            sum = FloatVector.fromArray(S, b, k * N + j)
                                    .fma(FloatVector.broadcast(S, a[i * K + k]), sum);
                        }
                        sum.intoArray(c, i * N + j);
                    }
                    lastColumns(c, a, b, i, whole, K, N);
                }
            }

            private void lastColumns(float[] c, float[] a, float[] b, int i, int from, int K, int N) {
                for (int j = from; j < N; j++) {
                    for (int k = 0; k < K; k++) {
                        c[i * N + j] += a[i * K + k] * b[k * N + j];
                    }
                }
            }
        },
        /** A whole tile of sums in registers: each number that is loaded takes part in many products. */
        TILED("a tile of " + FEW_ROWS + " x " + COLUMNS + " sums stays in registers") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                KernelLadder.tiled(c, a, b, M, K, N, false);
            }
        },
        /** The tile's columns of b are first copied side by side, so that all of them lie in few pages of memory. */
        PACKED("the tile's columns of b are copied side by side first") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                KernelLadder.tiled(c, a, b, M, K, N, true);
            }
        },
        /** The backend's own product: blocks of rows, taller tiles where there are registers enough, and all cores. */
        PARALLEL("blocks of rows, taller tiles where there are registers enough, and all cores") {
            @Override
            public void multiply(float[] c, float[] a, float[] b, int M, int K, int N) {
                try (Parallel parallel = new Parallel(Parallel.defaultWorkers())) {
                    new Products(parallel).multiply(c, 0, M, N, Patches.rowsOf(a, 0, K), Kernel.of(b, 0),
                            new Products.Start(c, 0, N));
                }
            }
        };

        private final String idea;

        Step(String idea) {
            this.idea = idea;
        }

        /** What is new in this step. */
        public String idea() {
            return idea;
        }

        /** {@code c (M, N) += a (M, K) · b (K, N)}, all row-major. */
        public abstract void multiply(float[] c, float[] a, float[] b, int M, int K, int N);
    }

    /**
     * What was measured of a step.
     *
     * @param step the step
     * @param milliseconds the shortest of several runs
     * @param gflops float operations per nanosecond: 2 M K N of them
     * @param largestDifference from the first step's result, in any element
     */
    public record Rung(Step step, double milliseconds, double gflops, double largestDifference) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%-10s %8.2f ms %7.1f GFLOP/s   %s", step, milliseconds, gflops,
                    step.idea);
        }
    }

    /**
     * Times every step on the product of two random {@code n x n} matrices, each for about {@code seconds}. It climbs
     * a smaller ladder first, uncounted, for 4 s: Java compiles what has run often, better if it ran in short pieces.
     */
    public static List<Rung> climb(int n, double seconds) {
        if (n < 1 || !(seconds > 0)) {
            throw new IllegalArgumentException("n, seconds: expected a size of 1 or more and a positive time, got " + n
                    + " and " + seconds + ". Hint: climb(512, 0.5) takes some seconds");
        }
        rungs(160, 0.6);
        return rungs(n, seconds);
    }

    private static List<Rung> rungs(int n, double seconds) {
        float[] a = random(n * n, 1);
        float[] b = random(n * n, 2);
        float[] expected = new float[n * n];
        Step.LOOPS.multiply(expected, a, b, n, n, n);
        return Stream.of(Step.values()).map(step -> measure(step, a, b, expected, n, seconds)).toList();
    }

    private static Rung measure(Step step, float[] a, float[] b, float[] expected, int n, double seconds) {
        float[] c = new float[n * n];
        double best = Double.POSITIVE_INFINITY;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            Arrays.fill(c, 0);
            long start = System.nanoTime();
            step.multiply(c, a, b, n, n, n);
            best = Math.min(best, System.nanoTime() - start);
        } while (System.nanoTime() < end);
        double difference = IntStream.range(0, c.length).mapToDouble(k -> Math.abs(c[k] - expected[k])).max()
                .orElseThrow();
        return new Rung(step, best / 1e6, 2.0 * n * n * n / best, difference);
    }

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int k = 0; k < n; k++) {
            values[k] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    /** Whole tiles; the rows and columns that do not fill one by plain loops. */
    private static void tiled(float[] c, float[] a, float[] b, int M, int K, int N, boolean packed) {
        int wholeM = M - M % FEW_ROWS;
        int wholeN = N - N % COLUMNS;
        float[] panel = packed ? new float[K * COLUMNS] : b;
        for (int j = 0; j < wholeN; j += COLUMNS) {
            for (int k = 0; k < K && packed; k++) {
                System.arraycopy(b, k * N + j, panel, k * COLUMNS, COLUMNS);
            }
            for (int i = 0; i < wholeM; i += FEW_ROWS) {
                tile(c, i * N + j, N, a, i * K, K, panel, packed ? 0 : j, packed ? COLUMNS : N);
            }
        }
        for (int i = 0; i < M; i++) {
            for (int k = 0; k < K; k++) {
                for (int j = i < wholeM ? wholeN : 0; j < N; j++) {
                    c[i * N + j] += a[i * K + k] * b[k * N + j];
                }
            }
        }
    }

    /** Four rows of a times two vectors of columns of b: eight sums, which the JIT compiler keeps in registers. */
    private static void tile(float[] c, int at, int ldc, float[] a, int aAt, int K, float[] b, int bAt, int ldb) {
        FloatVector s00 = FloatVector.fromArray(S, c, at);
        FloatVector s01 = FloatVector.fromArray(S, c, at + L);
        FloatVector s10 = FloatVector.fromArray(S, c, at + ldc);
        FloatVector s11 = FloatVector.fromArray(S, c, at + ldc + L);
        FloatVector s20 = FloatVector.fromArray(S, c, at + 2 * ldc);
        FloatVector s21 = FloatVector.fromArray(S, c, at + 2 * ldc + L);
        FloatVector s30 = FloatVector.fromArray(S, c, at + 3 * ldc);
        FloatVector s31 = FloatVector.fromArray(S, c, at + 3 * ldc + L);
        for (int k = 0; k < K; k++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bAt + k * ldb);
            FloatVector b1 = FloatVector.fromArray(S, b, bAt + k * ldb + L);
            FloatVector x = FloatVector.broadcast(S, a[aAt + k]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(S, a[aAt + K + k]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(S, a[aAt + 2 * K + k]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(S, a[aAt + 3 * K + k]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
        }
        s00.intoArray(c, at);
        s01.intoArray(c, at + L);
        s10.intoArray(c, at + ldc);
        s11.intoArray(c, at + ldc + L);
        s20.intoArray(c, at + 2 * ldc);
        s21.intoArray(c, at + 2 * ldc + L);
        s30.intoArray(c, at + 3 * ldc);
        s31.intoArray(c, at + 3 * ldc + L);
    }
}
