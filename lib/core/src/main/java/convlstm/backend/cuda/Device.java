package convlstm.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One GPU as the backend sees it: memory, copies and launches of the kernels in {@code kernels.cu}, all in the order of
 * the calls. Launches return at once; {@link #read} and {@link #synchronize} wait for those before them.
 */
final class Device implements AutoCloseable {
    /** The oldest driver that reads the kernels' PTX, as 1000 major + 10 minor: CUDA 11.7, driver 515 of May 2022. */
    static final int OLDEST_DRIVER = 11070;

    /** The oldest compute capability, as 10 major + minor: 7.5, Turing. */
    static final int OLDEST_CAPABILITY = 75;

    /**
     * The system property for finding mistakes in kernels: if true, each launch is waited for, so that an error names
     * its kernel, and each tensor's memory is the driver's own, so that a memory checker sees its ends. Slow.
     */
    static final String CHECKED = "convlstm.cuda.checked";

    private static final Cleaner UNREACHABLE = Cleaner.create();

    /** The system property for products on tensor cores: faster, and with 10 bits of fraction instead of 23. */
    static final String TF32 = "convlstm.cuda.tf32";

    /** The oldest compute capability with tensor cores for TF32: 8.0, Ampere. */
    private static final int OLDEST_TF32 = 80;

    /** Dynamic shared memory that a kernel may have without asking. */
    private static final int SHARED_BYTES = 48 << 10;

    private final Driver driver;
    private final int device;
    private final long context;
    private final long stream;
    private final long module;
    private final long tensorCoreModule;
    private final LaunchQueue queue;
    private final DeviceMemory memory;
    private final Staging staging;
    private final Map<String, Long> functions = new HashMap<>();
    private final Map<String, Integer> sharedBytesAllowed = new HashMap<>();
    private final boolean checked = Boolean.getBoolean(CHECKED);
    private @Nullable Thread user;

    /** How to give back what was taken, the last first. */
    private final Deque<Runnable> releases = new ArrayDeque<>();

    /**
     * Opens the first GPU.
     *
     * @throws DriverException if there is no driver, no GPU, or it cannot run the kernels; the message says which
     */
    Device() {
        this(resource(Ptx.Text.KERNELS));
    }

    /** Opens the first GPU for other kernels: a PTX text. */
    Device(String ptx) {
        driver = new Driver(Driver.libraryName());
        driver.init();
        if (driver.version() < OLDEST_DRIVER) {
            throw new DriverException(DriverException.DRIVER_TOO_OLD, "the driver knows CUDA "
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
        releases.push(() -> driver.releaseContext(device));
        try {
            enter();
            stream = driver.createStream();
            releases.push(() -> driver.destroyStream(stream));
            module = driver.loadModule(ptx);
            releases.push(() -> driver.unloadModule(module));
            if (Boolean.getBoolean(TF32) && computeCapability() >= OLDEST_TF32) {
                tensorCoreModule = driver.loadModule(resource(Ptx.Text.TENSOR_CORE_KERNELS));
                releases.push(() -> driver.unloadModule(tensorCoreModule));
            } else {
                tensorCoreModule = 0;
            }
        } catch (DriverException e) {
            releaseAll(e);
            throw e;
        }
        queue = new LaunchQueue(driver, stream);
        memory = new DeviceMemory(driver, queue, !checked);
        staging = new Staging(driver, stream);
        releases.push(memory::close);
        releases.push(staging::close);
        releases.push(queue::close);
        releases.push(() -> driver.synchronize(stream));
    }

    private static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    private static String resource(Ptx.Text text) {
        try (InputStream in = Device.class.getResourceAsStream(text.file())) {
            if (in == null) {
                throw new DriverException(DriverException.NOT_FOUND,
                        "the kit was built without its kernels, " + text.file());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(text.file() + ": could not be read from the kit's own jar", e);
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

    /** True if kernels for tensor cores may be launched: asked for, and the GPU has them. */
    boolean tensorCores() {
        return tensorCoreModule != 0;
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

    /** Bytes in tensors that are in use or not yet known to be unused. */
    long bytesUsed() {
        return memory.bytesUsed();
    }

    /** Bytes taken from the driver: those, and what is kept for the next tensors. */
    long bytesTaken() {
        return memory.bytesTaken();
    }

    // ---- memory

    /** A tensor's memory, zeros; it is freed when nothing refers to it any more. */
    CudaBuffer buffer(int length) {
        long address = allocate(length);
        CudaBuffer buffer = new CudaBuffer(this, address, length);
        DeviceMemory memory = this.memory;
        UNREACHABLE.register(buffer, () -> memory.free(address));
        return buffer;
    }

    /** A buffer of at least this length: the old one if that will do. The GPU works in the order of the launches. */
    CudaBuffer atLeast(int length, @Nullable CudaBuffer old) {
        return old != null && old.length() >= length ? old : buffer(length);
    }

    /** Memory for so many float32, zeros: its device address. */
    long allocate(long floats) {
        enter();
        long bytes = Math.max(1, floats) * Float.BYTES;
        long address = memory.allocate(bytes);
        driver.zero(address, bytes, stream); // before launches that wait, none of which knows the address
        return address;
    }

    /** Gives memory back, once the launches that may use it are done. */
    void free(long address) {
        memory.free(address);
    }

    /** Host to device: {@code count} values from {@code values[offset]} on. The array may be changed afterwards. */
    void write(long address, float[] values, int offset, int count) {
        enter();
        long[] block = memory.blockAround(address);
        if (queue.uses(block[0], block[1])) { // else it may overtake them, and a step with new masks stays one graph
            flush();
        }
        staging.write(address, values, offset, count);
    }

    /** Device to host: {@code count} values to {@code values[offset]} and on. Waits for what was called before. */
    void read(long address, float[] values, int offset, int count) {
        enter();
        flush();
        staging.read(address, values, offset, count);
    }

    // ---- launches

    /**
     * Runs a kernel on {@code gridX · gridY · gridZ} blocks of {@code blockX · blockY} threads. Errors in it show
     * when somebody waits.
     *
     * @param sharedBytes dynamic shared memory for each block
     * @param arguments the kernel's parameters: pointers and ints as they are, a float as {@link
     *     Float#floatToRawIntBits} of it
     */
    void launch(String kernel, int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes,
            long... arguments) {
        enter();
        long function = functions.computeIfAbsent(kernel, k -> driver.function(
                k.contains(Ptx.TENSOR_CORES) ? tensorCoreModule : module, k));
        if (sharedBytes > SHARED_BYTES && sharedBytes > sharedBytesAllowed.getOrDefault(kernel, 0)) {
            driver.allowSharedBytes(function, sharedBytes);
            sharedBytesAllowed.put(kernel, sharedBytes);
        }
        Launch launch = new Launch(kernel, function, gridX, gridY, gridZ, blockX, blockY, sharedBytes, arguments);
        queue.add(launch);
        if (checked) {
            try {
                synchronize();
            } catch (DriverException e) {
                throw new DriverException(e.code(), launch + ": " + e.getMessage());
            }
        }
    }

    private void flush() {
        queue.flush();
        memory.launchesHandedOver();
    }

    /** Waits for everything called before. */
    void synchronize() {
        enter();
        flush();
        driver.synchronize(stream);
    }

    /** Frees everything; launches that wait are dropped. What fails does not keep the rest from being freed. */
    @Override
    public void close() {
        if (!releases.isEmpty()) {
            enter();
            DriverException failure = releaseAll(null);
            if (failure != null) {
                throw failure;
            }
        }
    }

    private @Nullable DriverException releaseAll(@Nullable DriverException failure) {
        while (!releases.isEmpty()) {
            try {
                releases.pop().run();
            } catch (DriverException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        return failure;
    }
}
