package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Device memory: used again, never while a launch may use it, and given back. */
@Tag("slow")
class DeviceMemoryTest {
    private static final int MB_OF_FLOATS = 1 << 18;

    private final HostCuda host = HostCuda.small();
    private final Device device = new Device(host.ptx());

    @AfterEach
    void close() {
        device.close();
        assertEquals(0, host.live("allocations"));
        host.close();
    }

    private void setTo(long address, float value, int n) {
        device.launch("setTo", (n + 255) / 256, 1, 1, 256, 1, 0, address, Float.floatToRawIntBits(value), n);
    }

    private float[] read(long address, int n) {
        float[] values = new float[n];
        device.read(address, values, 0, n);
        return values;
    }

    @Test
    void sizesFitAgainAndWasteAQuarterAtMost() {
        Set<Long> sizes = new HashSet<>();
        for (long bytes = 256; bytes < 10_000_000; bytes = bytes * 9 / 8 / 256 * 256 + 256) {
            long size = DeviceMemory.sizeClass(bytes);
            assertTrue(size >= bytes && size <= bytes * 1.25 + 256 && size % 256 == 0, bytes + " becomes " + size);
            assertEquals(size, DeviceMemory.sizeClass(size));
            sizes.add(size);
        }
        assertTrue(sizes.size() < 110, sizes.size() + " sizes");
    }

    @Test
    void manySmallTensorsAreOneAllocation() {
        Set<Long> addresses = new HashSet<>();
        for (int k = 0; k < 1000; k++) {
            addresses.add(device.allocate(1 + k % 300));
        }
        assertEquals(1000, addresses.size());
        assertEquals(1, host.live("allocations"));
    }

    @Test
    void neighboursDoNotTouch() {
        long a = device.allocate(100);
        long b = device.allocate(64);
        setTo(a, 1, 100);
        setTo(b, 2, 64);
        float[] ones = new float[100];
        Arrays.fill(ones, 1);
        assertArrayEquals(ones, read(a, 100));
    }

    @Test
    void freedMemoryIsUsedAgainAndZero() {
        for (int floats : new int[] {10, 3 * MB_OF_FLOATS}) {
            long first = device.allocate(floats);
            setTo(first, 7, floats);
            device.synchronize();
            device.free(first);
            assertEquals(first, device.allocate(floats));
            assertArrayEquals(new float[floats], read(first, floats));
        }
    }

    @Test
    void memoryThatAWaitingLaunchUsesIsNotGivenAway() {
        long src = device.allocate(1000);
        long dst = device.allocate(1000);
        setTo(src, 3, 1000);
        device.launch("addScaled", 4, 1, 1, 256, 1, 0, dst, src, Float.floatToRawIntBits(1), 1000);
        device.free(src);
        long other = device.allocate(1000);
        assertNotEquals(src, other, "two launches that wait use this memory");
        device.write(other, new float[1000], 0, 1000);
        float[] threes = new float[1000];
        Arrays.fill(threes, 3);
        assertArrayEquals(threes, read(dst, 1000));
        assertEquals(src, device.allocate(1000), "nothing waits any more");
    }

    @Test
    void tensorsThatNobodyUsesAreFreedWhenTheGpuIsFull() {
        host.device(1, 80, 12040, 100 << 20);
        for (int k = 0; k < 50; k++) { // 50 times 30 MB through a GPU of 100 MB
            CudaBuffer buffer = device.buffer(30 * MB_OF_FLOATS);
            setTo(buffer.address(0), k, 10);
        }
        device.synchronize();
    }

    @Test
    void aFullGpuSaysWhatDoesNotFitAndHowToNeedLess() {
        host.device(1, 80, 12040, 100 << 20);
        long kept = device.allocate(60 * MB_OF_FLOATS);
        var e = assertThrows(DriverException.class, () -> device.allocate(50 * MB_OF_FLOATS));
        assertEquals(DriverException.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().startsWith("a tensor of 52.4 MB (13,107,200 float32) does not fit the GPU: "
                + "41.9 of 104.9 MB are free, and 62.9 MB are in other tensors."),
                e.getMessage());
        assertTrue(e.getMessage().contains("Hint: a smaller batch"), e.getMessage());
        device.free(kept);
        device.allocate(50 * MB_OF_FLOATS);
    }

    @Test
    void anotherSizeCanHaveMemoryThatWasFreed() {
        host.device(1, 80, 12040, 100 << 20);
        device.free(device.allocate(60 * MB_OF_FLOATS));
        device.allocate(90 * MB_OF_FLOATS);
    }

    @Test
    void largeCopiesGoInParts() {
        int n = 9 * MB_OF_FLOATS + 13;
        float[] values = new float[n + 2];
        for (int k = 0; k < values.length; k++) {
            values[k] = k;
        }
        long address = device.allocate(n);
        device.write(address, values, 2, n);
        float[] back = new float[n + 1];
        device.read(address, back, 1, n);
        assertEquals(0, back[0]);
        assertArrayEquals(Arrays.copyOfRange(values, 2, n + 2), Arrays.copyOfRange(back, 1, n + 1));
    }

    @Test
    void aForeignAddressIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> device.write(4096, new float[1], 0, 1));
        assertTrue(e.getMessage().contains("0x1000"), e.getMessage());
    }

    @Test
    void whatWasFreedTwiceIsRefused() {
        long address = device.allocate(10);
        device.free(address);
        device.free(address);
        var e = assertThrows(IllegalArgumentException.class, () -> device.allocate(10));
        assertTrue(e.getMessage().contains("freed twice"), e.getMessage());
    }
}
