package convlstm.kernel;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * Keeps some memory free. Where a cell fills it to the last byte, the threads that speak with Jupyter find none, and the
 * kernel dies without a word; so a cell has to stop a little before.
 */
final class Memory {
    /** Arrays below this are made without a question. */
    static final long LARGE = 1 << 20;

    private static final long MOST = Runtime.getRuntime().maxMemory();
    private static final long RESERVE = Math.min(MOST / 10, 256L << 20);
    private static final int WATCH_MILLIS = 20;
    private static volatile boolean full;
    private static long collected;

    private Memory() {}

    /** Returns if there is room, after a collection of garbage where needed. */
    static void require(long bytes) {
        if (bytes > MOST - RESERVE || !fits(bytes) && !fitsAfterCollection(bytes)) {
            throw new OutOfMemoryError(
                    String.format(Locale.ROOT, "an array of %,d MB does not fit; %,d of %,d MB are in use", bytes >> 20,
                            used() >> 20, MOST >> 20));
        }
    }

    private static synchronized boolean fitsAfterCollection(long bytes) {
        if (fits(bytes)) {
            return true;
        }
        if (System.nanoTime() - collected > 1_000_000_000L) {
            System.gc();
            collected = System.nanoTime();
        }
        return fits(bytes);
    }

    /** Before a cell: what those before it have let go of must not be held against it. */
    static synchronized void collectIfFull() {
        if (!fits(0)) {
            System.gc();
            collected = System.nanoTime();
            full = !fits(0);
        }
    }

    private static boolean fits(long bytes) {
        return used() + bytes <= MOST - RESERVE;
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Looks again and again, and tells when even a whole collection leaves less than the reserve. */
    static void watch(Runnable whenFull) {
        Thread watch = new Thread(() -> {
            long collections = 0;
            while (true) {
                try {
                    Thread.sleep(WATCH_MILLIS);
                } catch (InterruptedException e) {
                    return;
                }
                if (used() < MOST - RESERVE) {
                    full = false;
                } else if (!full && collections() != collections) {
                    full = !fitsAfterCollection(0);
                    collections = collections();
                    if (full) {
                        whenFull.run();
                    }
                }
            }
        }, "memory watch");
        watch.setDaemon(true);
        watch.setPriority(Thread.MAX_PRIORITY);
        watch.start();
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    }

    /** Whether a cell has to stop now. */
    static boolean full() {
        return full;
    }

    static OutOfMemoryError error() {
        return new OutOfMemoryError(String.format(Locale.ROOT, "%,d of %,d MB are in use", used() >> 20, MOST >> 20));
    }
}
