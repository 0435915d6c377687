package convlstm.kernel;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Keeps some memory free. Where a cell fills it to the last byte, the threads that speak with Jupyter find none, and the
 * kernel dies without a word; so a cell has to stop a little before.
 *
 * <p>When that is, only the garbage collector knows: what is in use may be garbage, and a cell fills gigabytes between two
 * looks of a thread. So something is in the way that Java lets go of when, and only when, it finds nothing else, and says
 * so: a {@link SoftReference}.
 */
final class Memory {
    /** Arrays below this are made without a question. */
    static final long LARGE = 1 << 20;

    private static final long MOST = Runtime.getRuntime().maxMemory();
    /** For what a cell makes until it stops, and then for the kernel. */
    private static final long RESERVE = Math.min(MOST / 8, 64 << 20);
    private static final int PIECE = (8 << 20) - 16; // with its header as large as some of the collector's regions
    private static final int WATCH_MILLIS = 20;
    /** How often the end of a cell waits for threads that still fill memory, and how long each time. */
    private static final int ROUNDS = 40;
    private static final int SAME = 3;
    private static final int ROUND_MILLIS = 50;
    private static final Runnable NOTHING = () -> {};
    private static final ReferenceQueue<byte[][]> LET_GO = new ReferenceQueue<>();
    private static volatile boolean full;
    private static volatile long collected;
    /** Nothing gets this while a cell runs: so much is free after it, however full the rest is. */
    @SuppressWarnings("unused")
    private static volatile byte @Nullable [][] last;

    private Memory() {}

    /** Returns if there is room, after a collection of garbage where needed. */
    static void require(long bytes) {
        if (bytes > MOST - RESERVE || !fits(bytes) && !fitsAfterCollection(bytes)) {
            throw new OutOfMemoryError("an array of " + (bytes >> 20) + " MB does not fit; " + inUse());
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

    private static boolean fits(long bytes) {
        return used() + bytes <= MOST - RESERVE;
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Before a cell: what those before it have let go of must not be held against it. */
    static synchronized void collectIfFull() {
        if (full) {
            System.gc();
            collected = System.nanoTime();
            full = !fits(RESERVE / 2);
        }
    }

    /**
     * After a cell that filled memory: returns once nothing fills it any more, neither the threads that the cell started
     * nor the common pool's, which go on with a parallel stream after its end. Before that there may be none to say so.
     *
     * <p>Where full memory has ended that pool's threads, the parts of the stream that have not begun stay in its queues
     * and hold what the stream has made. A new task starts a thread, which works the queues off.
     */
    static void settle() {
        if (!full && fits(RESERVE)) {
            return;
        }
        long before = 0;
        for (int round = 0, same = 0; round < ROUNDS && same < SAME; round++) {
            try {
                System.gc();
                long now = used();
                if (fits(RESERVE / 2)) {
                    return;
                }
                ForkJoinPool.commonPool().execute(NOTHING);
                same = Math.abs(now - before) < RESERVE / 64 ? same + 1 : 0;
                before = now;
                Thread.sleep(ROUND_MILLIS);
            } catch (InterruptedException | OutOfMemoryError e) {
                same = 0;
            }
        }
        last = null; // variables hold it
    }

    /** From now on somebody is told when memory is full. */
    static void watch(Runnable whenFull) {
        Thread watch = new Thread(() -> {
            SoftReference<byte[][]> reserve = null;
            boolean told = false;
            while (true) {
                try {
                    LET_GO.remove(WATCH_MILLIS);
                    boolean letGo = reserve != null && reserve.get() == null; // asked for, it is kept the longer
                    reserve = letGo ? null : reserve;
                    told &= full;
                    if (!full && reserve == null && used() > MOST / 8) { // a cell may fill the rest in half a second
                        if (!letGo || used() < MOST / 4 * 3) { // let go of for one array that was too large all the same
                            last = last == null ? pieces(RESERVE / 4) : last;
                            reserve = new SoftReference<>(pieces(RESERVE), LET_GO);
                        }
                        full = reserve == null;
                    }
                    if (full && !told) {
                        whenFull.run();
                        told = true;
                    }
                } catch (OutOfMemoryError e) {
                    full = true;
                } catch (InterruptedException e) {
                    return;
                }
            }
        }, "memory watch");
        watch.setDaemon(true);
        watch.setPriority(Thread.MAX_PRIORITY);
        watch.start();
    }

    private static byte[][] pieces(long inAll) {
        byte[][] pieces = new byte[(int) (inAll / PIECE)][];
        for (int k = 0; k < pieces.length; k++) {
            pieces[k] = new byte[PIECE];
        }
        return pieces;
    }

    /** Whether a cell has to stop now. */
    static boolean full() {
        return full;
    }

    static OutOfMemoryError error() {
        return new OutOfMemoryError(inUse());
    }

    private static String inUse() {
        return (used() >> 20) + " of " + (MOST >> 20) + " MB are in use";
    }
}
