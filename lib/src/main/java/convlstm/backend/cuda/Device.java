package convlstm.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One GPU as the backend sees it: memory, copies and launches of the kernels in {@code kernels.cu}, all in the order of
 * the calls. Launches return at once; {@link #read} and {@link #synchronize} wait for those before them.
 */
final class Device implements AutoCloseable {
    /** The oldest driver that has all the functions used here, as 1000 major + 10 minor: CUDA 11.4. */
    static final int OLDEST_DRIVER = 11040;

    /** The oldest compute capability, as 10 major + minor: 7.5, Turing. */
    static final int OLDEST_CAPABILITY = 75;

    private static final String KERNELS = "kernels.ptx";

    /** Dynamic shared memory that a kernel may have without asking. */
    private static final int SHARED_BYTES = 48 << 10;

    private final Driver driver;
    private final int device;
    private final long context;
    private final long stream;
    private final long module;
    private final Map<String, Long> functions = new HashMap<>();
    private @Nullable Thread user;
    private boolean closed;

    /**
     * Opens the first GPU.
     *
     * @throws DriverException if there is no driver, no GPU, or it cannot run the kernels; the message says which
     */
    Device() {
        this(kernels());
    }

    /** Opens the first GPU for other kernels: a PTX text. */
    Device(String ptx) {
        driver = new Driver(Driver.libraryName());
        driver.init();
        if (driver.version() < OLDEST_DRIVER) {
            throw new DriverException(DriverException.SYSTEM_DRIVER_MISMATCH, "the driver knows CUDA "
                    + version(driver.version()) + ", and " + version(OLDEST_DRIVER) + " is needed");
        }
        if (driver.deviceCount() == 0) {
            throw new DriverException(DriverException.NO_DEVICE, "the driver finds no GPU");
        }
        device = driver.device(0);
        if (computeCapability() < OLDEST_CAPABILITY) {
            throw new DriverException(DriverException.NO_BINARY_FOR_GPU, name() + " has compute capability "
                    + computeCapability() / 10.0 + ", and " + OLDEST_CAPABILITY / 10.0 + " is needed");
        }
        context = driver.retainContext(device);
        enter();
        stream = driver.createStream();
        module = driver.loadModule(ptx);
    }

    private static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    private static String kernels() {
        try (InputStream in = Device.class.getResourceAsStream(KERNELS)) {
            if (in == null) {
                throw new DriverException(DriverException.NOT_FOUND,
                        "the kit was built without its kernels, " + KERNELS);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(KERNELS + ": could not be read from the kit's own jar", e);
        }
    }

    /** The driver keeps the current context for each thread apart. */
    private void enter() {
        Thread thread = Thread.currentThread();
        if (thread != user) {
            driver.setContext(context);
            user = thread;
        }
    }

    // ---- what it is

    /** For people, for example {@code NVIDIA H100 PCIe}. */
    String name() {
        return driver.name(device);
    }

    /** As 10 major + minor. */
    int computeCapability() {
        return 10 * driver.attribute(Driver.COMPUTE_CAPABILITY_MAJOR, device)
                + driver.attribute(Driver.COMPUTE_CAPABILITY_MINOR, device);
    }

    int multiprocessors() {
        return driver.attribute(Driver.MULTIPROCESSORS, device);
    }

    /** The shared memory that a block may have at most, in bytes. */
    int sharedMemory() {
        return driver.attribute(Driver.MAX_SHARED_BYTES_OF_A_BLOCK, device);
    }

    /** In bytes. */
    long totalMemory() {
        return driver.totalMemory(device);
    }

    // ---- memory

    /** A tensor's memory, zeros; it is freed when nothing refers to it any more. */
    CudaBuffer buffer(int length) {
        return new CudaBuffer(this, allocate(length), length);
    }

    /** Memory for so many float32, zeros: its device address. */
    long allocate(long floats) {
        enter();
        long bytes = Math.max(1, floats) * Float.BYTES;
        long address = driver.allocate(bytes);
        driver.zero(address, bytes, stream);
        return address;
    }

    void free(long address) {
        enter();
        driver.free(address);
    }

    /** Host to device: {@code count} values from {@code values[offset]} on. The array may be changed afterwards. */
    void write(long address, float[] values, int offset, int count) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_FLOAT, count);
            MemorySegment.copy(values, offset, host, JAVA_FLOAT, 0, count);
            driver.copyToDevice(address, host, host.byteSize(), stream);
            driver.synchronize(stream);
        }
    }

    /** Device to host: {@code count} values to {@code values[offset]} and on. Waits for what was called before. */
    void read(long address, float[] values, int offset, int count) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_FLOAT, count);
            driver.copyToHost(host, address, host.byteSize(), stream);
            driver.synchronize(stream);
            MemorySegment.copy(host, JAVA_FLOAT, 0, values, offset, count);
        }
    }

    // ---- launches

    /**
     * Runs a kernel on {@code gridX · gridY · gridZ} blocks of {@code blockX · blockY} threads.
     *
     * @param sharedBytes dynamic shared memory for each block
     * @param arguments the kernel's parameters: pointers and ints as they are, a float as {@link
     *     Float#floatToRawIntBits} of it
     */
    void launch(String kernel, int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes,
            long... arguments) {
        enter();
        long function = functions.computeIfAbsent(kernel, k -> driver.function(module, k));
        if (sharedBytes > SHARED_BYTES) {
            driver.allowSharedBytes(function, sharedBytes);
        }
        driver.launch(new Launch(function, gridX, gridY, gridZ, blockX, blockY, sharedBytes, arguments), stream);
    }

    /** Waits for everything called before. */
    void synchronize() {
        enter();
        driver.synchronize(stream);
    }

    /** Frees everything. What fails does not keep the rest from being freed; the first failure is thrown. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        enter();
        DriverException failure = null;
        for (Runnable step : List.<Runnable>of(() -> driver.synchronize(stream), () -> driver.unloadModule(module),
                () -> driver.destroyStream(stream), () -> driver.releaseContext(device))) {
            try {
                step.run();
            } catch (DriverException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
