package convlstm.backend.cuda;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The GPU's memory in blocks. Asking the driver takes long and may stop the GPU, so small blocks are cut from slabs,
 * and freed blocks are kept for the next tensor of about their size. A freed block is used again only after the
 * launches that were waiting when it was freed have been handed over: the stream keeps what comes later behind them.
 */
final class DeviceMemory implements AutoCloseable {
    /** Where blocks begin: a multiple of this, as the driver's own do. */
    private static final long ALIGNMENT = 256;

    /** What kernels read at once, in bytes: without a pool a block is longer than asked for by no more than that. */
    private static final long FOUR_FLOATS = 16;

    /** Blocks up to this size are cut from slabs. */
    private static final long SMALL = 1 << 20;

    private static final long SLAB = 8 << 20;

    /** How often a full GPU waits for the garbage collector to find tensors that nobody uses, and for how long. */
    private static final int PATIENCE = 20;

    private static final long PATIENCE_MS = 10;

    private final Driver driver;
    private final LaunchQueue queue;
    private final boolean pooled;

    /** The blocks in use: address to size. */
    private final TreeMap<Long, Long> used = new TreeMap<>();

    /** The blocks that may be used again, by size. */
    private final TreeMap<Long, Deque<Long>> unused = new TreeMap<>();

    /** Everything that is the driver's: address to size. */
    private final Map<Long, Long> owned = new HashMap<>();

    /** Freed by any thread, the garbage collector's too; and freed, but perhaps used by launches that wait. */
    private final Queue<Long> freed = new ConcurrentLinkedQueue<>();

    private final List<Long> waiting = new ArrayList<>();

    private long slab;
    private long slabEnd;
    private long bytesUsed;

    /** Without a pool each block is the driver's own, so that a memory checker sees its ends. */
    DeviceMemory(Driver driver, LaunchQueue queue, boolean pooled) {
        this.driver = driver;
        this.queue = queue;
        this.pooled = pooled;
    }

    /**
     * A block of so many bytes with any content.
     *
     * @throws DriverException if the GPU is full; the message says of what, and how to need less
     */
    long allocate(long bytes) {
        reclaim();
        long size = pooled ? sizeClass(roundUp(bytes, ALIGNMENT)) : roundUp(bytes, FOUR_FLOATS);
        Long address = again(size);
        if (address == null) {
            address = size <= SMALL && pooled ? cut(size) : fromDriver(size);
        }
        used.put(address, size);
        bytesUsed += size;
        return address;
    }

    /** The next of few sizes, so that blocks fit again: a small block is a quarter more at most, a large a sixteenth. */
    static long sizeClass(long size) {
        long step = Math.max(ALIGNMENT, Long.highestOneBit(size) / (size <= SMALL ? 4 : 16));
        return roundUp(size, step);
    }

    private static long roundUp(long bytes, long step) {
        return (Math.max(1, bytes) + step - 1) / step * step;
    }

    private @Nullable Long again(long size) {
        Deque<Long> blocks = unused.get(size);
        if (blocks == null) {
            return null;
        }
        long address = blocks.removeLast();
        if (blocks.isEmpty()) {
            unused.remove(size);
        }
        return address;
    }

    private long cut(long size) {
        if (slab + size > slabEnd) {
            slab = fromDriver(SLAB);
            slabEnd = slab + SLAB;
        }
        slab += size;
        return slab - size;
    }

    private long fromDriver(long size) {
        Long address = tryDriver(size);
        if (address == null) { // the garbage collector may know tensors that nobody uses
            queue.flush();
            System.gc();
        }
        for (int k = 0; address == null && k < PATIENCE; k++) {
            pause();
            reclaim();
            giveBack();
            address = tryDriver(size);
        }
        if (address == null) {
            throw full(size);
        }
        owned.put(address, size);
        return address;
    }

    private @Nullable Long tryDriver(long size) {
        try {
            return driver.allocate(size);
        } catch (DriverException e) {
            if (e.code() == DriverException.OUT_OF_MEMORY) {
                return null;
            }
            throw e;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private DriverException full(long size) {
        long[] info = driver.memoryInfo();
        String what = String.format(Locale.ROOT, "a tensor of %,.1f MB (%,d float32) does not fit the GPU: ", mb(size),
                size / Float.BYTES);
        String where = String.format(Locale.ROOT, "%,.1f of %,.1f MB are free, and %,.1f MB are in other tensors. ",
                mb(info[0]), mb(info[1]), mb(bytesUsed));
        return new DriverException(DriverException.OUT_OF_MEMORY, what + where + "Hint: a smaller batch, fewer filters "
                + "or shorter sequences need less; nvidia-smi shows whether another program has the memory");
    }

    private static double mb(long bytes) {
        return bytes / 1e6;
    }

    /** Frees a block, from any thread; it is used again when nothing needs it any more. */
    void free(long address) {
        freed.add(address);
    }

    /** The first and, exclusively, the last address of the block that an address lies in. */
    long[] blockAround(long address) {
        Map.Entry<Long, Long> block = used.floorEntry(address);
        if (block == null || address >= block.getKey() + block.getValue()) {
            throw new IllegalArgumentException("address: expected one inside memory of this device, got 0x"
                    + Long.toHexString(address) + ". Hint: is its tensor another backend's?");
        }
        return new long[] {block.getKey(), block.getKey() + block.getValue()};
    }

    /** Takes in what was freed. Launches that wait may use it, so it waits until they are handed over. */
    private void reclaim() {
        for (Long address = freed.poll(); address != null; address = freed.poll()) {
            waiting.add(address);
        }
        if (queue.isEmpty()) {
            launchesHandedOver();
        }
    }

    /** No launch waits: blocks freed before may be used again. */
    void launchesHandedOver() {
        List<Long> now = List.copyOf(waiting);
        waiting.clear();
        for (long address : now) {
            Long size = used.remove(address);
            if (size == null) {
                throw new IllegalArgumentException("address: expected memory of this device, got 0x"
                        + Long.toHexString(address) + ". Hint: was it freed twice?");
            }
            bytesUsed -= size;
            if (pooled) {
                unused.computeIfAbsent(size, s -> new ArrayDeque<>()).add(address);
            } else {
                release(address);
            }
        }
    }

    /** Hands unused blocks back to the driver; those cut from slabs stay. */
    private void giveBack() {
        Map<Long, Deque<Long>> large = unused.tailMap(SMALL, false);
        large.values().forEach(blocks -> blocks.forEach(this::release));
        large.clear();
    }

    private void release(long address) {
        owned.remove(address);
        driver.free(address);
    }

    /** Bytes in tensors that are in use or not yet known to be unused. */
    long bytesUsed() {
        return bytesUsed;
    }

    long bytesTaken() {
        return owned.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Hands everything back to the driver. */
    @Override
    public void close() {
        owned.keySet().forEach(driver::free);
        owned.clear();
        used.clear();
        unused.clear();
    }
}
