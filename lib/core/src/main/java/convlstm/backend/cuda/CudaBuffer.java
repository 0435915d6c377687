package convlstm.backend.cuda;

import convlstm.tensor.Buffer;

/** A tensor's memory on a GPU: float32 at a device address. */
final class CudaBuffer implements Buffer {
    private final Device device;
    private final long address;
    private final int length;

    CudaBuffer(Device device, long address, int length) {
        this.device = device;
        this.address = address;
        this.length = length;
    }

    Device device() {
        return device;
    }

    /** The device address of the element at {@code offset}. */
    long address(int offset) {
        return address + (long) offset * Float.BYTES;
    }

    @Override
    public int length() {
        return length;
    }
}
