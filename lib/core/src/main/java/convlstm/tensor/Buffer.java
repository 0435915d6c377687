package convlstm.tensor;

/**
 * Memory that a backend owns: a {@code float[]} on the CPU backends, an {@code INDArray} on ND4J, a device pointer on
 * CUDA. Opaque to everybody else: only {@code Backend.read} and {@code Backend.write} cross to the host.
 */
public interface Buffer {
    /** The number of float32 elements. */
    int length();
}
