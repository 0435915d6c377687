package convlstm.tensor;

/**
 * Memory that a backend owns: a {@code float[]} on the CPU backends, an {@code INDArray} on ND4J, a device pointer on
 * CUDA. Opaque to everybody else: only {@code Backend.read} and {@code Backend.write} cross to the host.
 *
 * <p>It has a version, so that what somebody has made of the content (a kernel cut into panels, its quarters) can be used
 * as long as the content stays. Every checked operation counts its destinations up; a backend used without the checks
 * counts nothing, and nothing is kept for it.
 */
public abstract class Buffer {
    private long version;

    /** The number of float32 elements. */
    public abstract int length();

    /** Notes that somebody is about to write to it. */
    public final void written() {
        version++;
    }

    /** Counts the operations that wrote to it; 0 if nobody counts. */
    public final long version() {
        return version;
    }

    /** Whether the content may differ from what it was at a version. */
    public final boolean changedSince(long version) {
        return version == 0 || version != this.version;
    }
}
