package convlstm.backend.reference;

import convlstm.tensor.Buffer;

/**
 * A tensor's memory on the CPU backends: a plain Java array.
 *
 * @param array the elements
 */
public record HostBuffer(float[] array) implements Buffer {
    @Override
    public int length() {
        return array.length;
    }
}
