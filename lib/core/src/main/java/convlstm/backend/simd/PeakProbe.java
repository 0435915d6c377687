package convlstm.backend.simd;

import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The most that the processor can multiply and add: fused multiply-adds on registers only, twelve independent chains to hide
 * their latency. The ceiling that every other number is a share of.
 */
public final class PeakProbe {
    static final int CHAINS = 12;
    private static final int STEPS = 2_000_000;

    private PeakProbe() {}

    /** Float operations per nanosecond of one core. */
    public static double gflops() {
        return gflops(1);
    }

    /**
     * Float operations per nanosecond of so many threads together: the best of several runs, after the JIT compiler is
     * done. Threads that share a core share its peak, which is why all run at once.
     */
    public static double gflops(int threads) {
        double best = 0;
        float sink = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int run = 0; run < 40; run++) {
                int steps = run < 20 ? STEPS / 20 : STEPS; // the first runs are there to be compiled
                long start = System.nanoTime();
                Callable<Float> work = () -> chains(steps);
                for (Future<Float> sum : pool.invokeAll(Collections.nCopies(threads, work))) {
                    sink += sum.get();
                }
                double nanos = System.nanoTime() - start;
                best = Math.max(best, run < 20 ? 0 : 2.0 * CHAINS * Tiles.L * STEPS * threads / nanos);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the probe was cut short", e);
        }
        if (Float.isNaN(sink)) { // uses the result, so that the compiler cannot drop the work
            throw new IllegalStateException("the probe's sums should converge");
        }
        return best;
    }

    /** So many FMAs, one after the other, in each of {@link #CHAINS} chains. */
    static float chains(int steps) {
        FloatVector x = FloatVector.broadcast(Tiles.S, 0.5f);
        FloatVector y = FloatVector.broadcast(Tiles.S, 1f);
        FloatVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int s = 0; s < steps; s++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l);
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
