package convlstm.backend.simd;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A pool of threads that live as long as the backend, because a training step calls it hundreds of times for some
 * microseconds each. The calling thread works too; idle threads spin for a moment, so that the next call finds them
 * awake, and then sleep.
 *
 * <p>A call is cut into tasks that write to different places, and whichever thread is free takes the next one. How the
 * work is cut must depend on its size only, never on the number of threads: then neither do the bits of the result.
 */
final class Parallel implements AutoCloseable {
    /** The number of threads to use; without it, one for each processor. */
    static final String PROPERTY = "convlstm.threads";

    /** Looks before a waiting thread goes to sleep: some tenths of a millisecond. */
    private static final int SPINS = 10_000;

    /** Nanoseconds that the caller sleeps between two looks then. */
    private static final long NAP = 50_000;

    /** One task; {@code worker} is in [0, workers()) and tells apart the threads that run at the same time. */
    @FunctionalInterface
    interface Body {
        void run(int task, int worker);
    }

    /** One call of {@link #forEach}: tasks are handed out by {@code next} and counted back by {@code finished}. */
    private static final class Job {
        final Body body;
        final int tasks;
        final AtomicInteger next = new AtomicInteger();
        final AtomicInteger finished = new AtomicInteger();
        volatile @Nullable Throwable failure;

        Job(Body body, int tasks) {
            this.body = body;
            this.tasks = tasks;
        }

        void work(int worker) {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                try {
                    body.run(task, worker);
                } catch (Throwable t) { // handed to the caller, who must not wait for ever
                    failure = t;
                }
                finished.incrementAndGet();
            }
        }
    }

    /** When a backend with several threads last computed, by {@link System#nanoTime}; a guess, read by {@link WarmUp}. */
    private static volatile long lastUse = System.nanoTime();

    private final List<Thread> threads = new ArrayList<>();
    private final int workers;
    private volatile @Nullable Job job;
    private volatile boolean closed;

    Parallel(int workers) {
        this.workers = workers;
        for (int worker = 1; worker < workers; worker++) {
            int w = worker;
            Thread t = new Thread(() -> waitAndWork(w), "convlstm-simd-" + w);
            t.setDaemon(true);
            threads.add(t);
            t.start();
        }
    }

    /** The number asked for by the system property, else that of the processors. */
    static int defaultWorkers() {
        String asked = System.getProperty(PROPERTY);
        if (asked == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!asked.strip().matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(
                    PROPERTY + ": expected a number of threads from 1 to 9999, got '" + asked + "'");
        }
        return Integer.parseInt(asked.strip());
    }

    int workers() {
        return workers;
    }

    static long lastUse() {
        return lastUse;
    }

    /** Runs {@code body} for every task in [0, tasks), in any order, and returns when all have ended. */
    void forEach(int tasks, Body body) {
        if (tasks <= 1 || threads.isEmpty()) {
            for (int task = 0; task < tasks; task++) {
                body.run(task, 0);
            }
            return;
        }
        lastUse = System.nanoTime();
        Job mine = new Job(body, tasks);
        job = mine;
        threads.forEach(LockSupport::unpark);
        mine.work(0);
        for (int spins = 0; mine.finished.get() < tasks; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(NAP); // a worker lost its processor to another program: let it have ours
            }
        }
        job = null;
        if (mine.failure != null) {
            throw new IllegalStateException("simd: a task of the worker pool failed: " + mine.failure, mine.failure);
        }
    }

    private void waitAndWork(int worker) {
        Job last = null;
        int spins = 0;
        while (!closed) {
            Job current = job;
            if (current != null && current != last) {
                current.work(worker);
                last = current;
                spins = 0;
            } else if (spins++ < SPINS) {
                Thread.onSpinWait();
            } else {
                last = null; // so that a sleeping thread keeps no tensor alive
                LockSupport.park(this);
                spins = 0;
            }
        }
    }

    /** Ends the threads. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(LockSupport::unpark);
    }
}
