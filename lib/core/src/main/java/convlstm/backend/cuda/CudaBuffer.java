package convlstm.backend.cuda;

import convlstm.tensor.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** A tensor's memory on a GPU: float32 at a device address. */
final class CudaBuffer extends Buffer {
    private final Device device;
    private final long address;
    private final int length;

    /** What was made of the content, and from which version of it. */
    private final Map<Winograd.Form, Derived> derived = new HashMap<>();

    private int version;

    private record Derived(CudaBuffer buffer, int version) {}

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

    /** Says that the content may be changed. */
    void changes() {
        version++;
    }

    /** What the maker makes of the content, at an address that it is given; made again only after the content changed. */
    CudaBuffer derived(Winograd.Form form, int length, LongConsumer maker) {
        Derived d = derived.get(form);
        if (d == null || d.version != version) {
            d = new Derived(d == null ? device.buffer(length) : d.buffer, version);
            maker.accept(d.buffer.address(0));
            derived.put(form, d);
        }
        return d.buffer;
    }

    @Override
    public int length() {
        return length;
    }
}
