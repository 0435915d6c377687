package convlstm.tensor;

/**
 * Memory that a backend owns: a {@code float[]} on the CPU backends, an {@code INDArray} on ND4J, a device pointer on
 * CUDA. Opaque to everybody else: only {@code Backend.read} and {@code Backend.write} cross to the host.
 *
 * <p>It has a version, so that what was prepared from the content (a kernel cut into panels, its quarters) can be used as
 * long as the content is the same. Every checked operation increments the versions of the buffers that it writes to. On a
 * backend used without the checks versions stay 0, and nothing prepared is used again.
 */
public abstract class Buffer {
    private long version;

    /** The number of float32 elements. */
    public abstract int length();

    /** Increments the version; to be called before the buffer is written to. */
    public final void written() {
        version++;
    }

    /** The number of operations that wrote to it; 0 if they are not counted. */
    public final long version() {
        return version;
    }

    /** Whether the content may differ from that of the given version. */
    public final boolean changedSince(long version) {
        return version == 0 || version != this.version;
    }
}
