package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A device on the driver that runs kernels on the CPU: copies, launches, barriers, shared memory, and mistakes. */
@Tag("slow")
class DeviceTest {
    private final HostCuda host = HostCuda.small();
    private final Device device = new Device(host.ptx());

    @AfterEach
    void close() {
        device.close();
        host.close();
    }

    private float[] read(long address, int count) {
        float[] values = new float[count];
        device.read(address, values, 0, count);
        return values;
    }

    private long filled(float value, int n) {
        long address = device.allocate(n);
        device.launch("setTo", (n + 63) / 64, 1, 1, 64, 1, 0, address, Float.floatToRawIntBits(value), n);
        return address;
    }

    @Test
    void saysWhatItIs() {
        assertEquals("CPU in place of a GPU", device.name());
        assertEquals(80, device.computeCapability());
        assertEquals(2, device.multiprocessors());
        assertEquals(4L << 30, device.totalMemory());
        assertEquals(96 << 10, device.sharedMemory());
    }

    @Test
    void memoryIsZeroAtFirstAndHoldsWhatIsWritten() {
        long address = device.allocate(7);
        assertArrayEquals(new float[7], read(address, 7));
        float[] values = {9, 1, 2, 3, 9};
        device.write(address + 2 * Float.BYTES, values, 1, 3);
        Arrays.fill(values, 7);
        assertArrayEquals(new float[] {0, 0, 1, 2, 3, 0, 0}, read(address, 7));
    }

    @Test
    void launchesRunInTheOrderOfTheCalls() {
        long x = filled(2, 1000);
        long y = filled(5, 1000);
        device.launch("addScaled", 4, 1, 1, 256, 1, 0, y, x, Float.floatToRawIntBits(3), 1000);
        float[] expected = new float[1000];
        Arrays.fill(expected, 11);
        assertArrayEquals(expected, read(y, 1000));
    }

    @Test
    void threadsOfABlockWorkTogether() {
        long x = filled(0.5f, 10_000);
        long sum = device.allocate(1);
        device.launch("sum", 1, 1, 1, 256, 1, 256 * Float.BYTES, sum, x, 10_000);
        assertEquals(5000, read(sum, 1)[0]);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "8, 8", "13, 207", "100, 300"})
    void transposesThroughSharedMemory(int rows, int columns) {
        float[] values = new float[rows * columns];
        float[] expected = new float[rows * columns];
        for (int k = 0; k < values.length; k++) {
            values[k] = k;
            expected[k % columns * rows + k / columns] = k;
        }
        long src = device.allocate(values.length);
        long dst = device.allocate(values.length);
        device.write(src, values, 0, values.length);
        device.launch("transpose", (columns + 7) / 8, (rows + 7) / 8, 1, 8, 8, 0, dst, src, rows, columns);
        assertArrayEquals(expected, read(dst, values.length));
    }

    @Test
    void otherThreadsMayUseItOneAfterAnother() throws InterruptedException {
        long address = filled(3, 4);
        float[] values = new float[4];
        Thread other = new Thread(() -> device.read(address, values, 0, 4));
        other.start();
        other.join();
        assertArrayEquals(new float[] {3, 3, 3, 3}, values);
    }

    @Test
    void aForgottenBarrierShowsInAnotherOrderOfTheThreads() {
        long dst = device.allocate(64);
        device.launch("noBarrier", 1, 1, 1, 64, 1, 0, dst);
        float[] ascending = read(dst, 64);
        host.descending(true);
        device.launch("noBarrier", 1, 1, 1, 64, 1, 0, dst);
        assertNotEquals(Arrays.toString(ascending), Arrays.toString(read(dst, 64)));
    }

    /** What a GPU reports late, or not at all, is reported at once and by name where launches are checked. */
    @ParameterizedTest
    @CsvSource({"tooFar, 0, 700", "halfABarrier, 0, 719", "twoBarriers, 0, 719", "sharedTooFar, 256, 719"})
    void mistakesOfAKernelAreFound(String kernel, int sharedBytes, int code) {
        host.quiet();
        System.setProperty(Device.CHECKED, "true");
        try (Device checked = new Device(host.ptx())) {
            long dst = checked.allocate(64);
            var e = assertThrows(DriverException.class,
                    () -> checked.launch(kernel, 1, 1, 1, 64, 1, sharedBytes, dst, 64));
            assertEquals(code, e.code(), e.getMessage());
            assertTrue(e.getMessage().startsWith(kernel + "<<<(1, 1, 1), (64, 1), "), e.getMessage());
            assertThrows(DriverException.class, checked::close, "the context is spoilt for good");
            assertThrows(DriverException.class, device::close);
            assertEquals(0, host.live("contexts"));
        } finally {
            System.clearProperty(Device.CHECKED);
        }
    }

    @Test
    void aPointerThatIsNoneIsFound() {
        host.quiet();
        device.launch("setTo", 1, 1, 1, 64, 1, 0, 12345, 0, 64);
        var e = assertThrows(DriverException.class, device::synchronize);
        assertEquals("cuStreamSynchronize failed: CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was "
                + "encountered", e.getMessage());
        assertThrows(DriverException.class, device::close);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 64, 0", "1, 65536, 64, 0", "1, 1, 2048, 0", "1, 1, 64, 200000"})
    void sizesBeyondTheLimitsAreRefused(int gridX, int gridY, int blockX, int sharedBytes) {
        long dst = device.allocate(64);
        var e = assertThrows(DriverException.class, () -> {
            device.launch("setTo", gridX, gridY, 1, blockX, 1, sharedBytes, dst, 0, 64);
            device.synchronize();
        });
        assertTrue(e.getMessage().contains("CUDA_ERROR_INVALID_VALUE (1)"), e.getMessage());
    }

    @Test
    void moreSharedMemoryThanUsualIsAskedFor() {
        long x = filled(1, 100);
        long sum = device.allocate(1);
        device.launch("sum", 1, 1, 1, 256, 1, 64 << 10, sum, x, 100);
        assertEquals(100, read(sum, 1)[0]);
    }

    @Test
    void anUnknownKernelIsNamed() {
        var e = assertThrows(DriverException.class, () -> device.launch("adm", 1, 1, 1, 64, 1, 0));
        assertEquals(DriverException.NOT_FOUND, e.code());
    }
}
