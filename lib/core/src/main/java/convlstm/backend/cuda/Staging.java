package convlstm.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Copies between Java's arrays and the GPU, through host memory that the GPU reads by itself: a few buffers taken in
 * turn, so that a copy to the GPU does not wait for the kernels before it, and the caller's array is free at once.
 */
final class Staging implements AutoCloseable {
    private static final int BUFFERS = 4;
    private static final int FLOATS = 1 << 20;

    private final Driver driver;
    private final long stream;
    private final @Nullable MemorySegment[] buffers = new MemorySegment[BUFFERS];

    /** For each buffer an event behind the copy that last used it. */
    private final long[] copied = new long[BUFFERS];

    private int next;

    Staging(Driver driver, long stream) {
        this.driver = driver;
        this.stream = stream;
    }

    /** The next buffer, when the GPU has read what was in it before. */
    private MemorySegment buffer() {
        MemorySegment buffer = buffers[next];
        if (buffer == null) {
            buffer = driver.allocateHost((long) FLOATS * Float.BYTES);
            buffers[next] = buffer;
        }
        if (copied[next] == 0) {
            copied[next] = driver.createEvent();
        } else {
            driver.await(copied[next]);
        }
        return buffer;
    }

    void write(long address, float[] values, int offset, int count) {
        for (int from = 0; from < count; from += FLOATS) {
            int n = Math.min(FLOATS, count - from);
            MemorySegment buffer = buffer();
            MemorySegment.copy(values, offset + from, buffer, JAVA_FLOAT, 0, n);
            driver.copyToDevice(address + (long) from * Float.BYTES, buffer, (long) n * Float.BYTES, stream);
            driver.record(copied[next], stream);
            next = (next + 1) % BUFFERS;
        }
    }

    /** Waits for all that is in the stream. */
    void read(long address, float[] values, int offset, int count) {
        for (int from = 0; from < count; from += FLOATS) {
            int n = Math.min(FLOATS, count - from);
            MemorySegment buffer = buffer();
            driver.copyToHost(buffer, address + (long) from * Float.BYTES, (long) n * Float.BYTES, stream);
            driver.synchronize(stream);
            MemorySegment.copy(buffer, JAVA_FLOAT, 0, values, offset + from, n);
        }
    }

    @Override
    public void close() {
        for (int k = 0; k < BUFFERS; k++) {
            MemorySegment buffer = buffers[k];
            if (buffer != null) {
                driver.freeHost(buffer);
                buffers[k] = null;
            }
            if (copied[k] != 0) {
                driver.destroyEvent(copied[k]);
                copied[k] = 0;
            }
        }
    }
}
