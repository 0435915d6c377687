package convlstm.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The CUDA driver API, called from Java: one method for each C function that the kit needs, each of which throws {@link
 * DriverException} where the C function returns an error. Handles and device addresses are {@code long}s. Names with
 * {@code _v2} are the forms that today's {@code cuda.h} gives the plain names; the library keeps them for good.
 *
 * <p>Source: NVIDIA, CUDA Driver API reference.
 */
@SuppressWarnings("restricted") // calling C is, and every start of the kit allows it
final class Driver {
    /** The system property that names the driver library; else it is the one that NVIDIA's driver installs. */
    static final String PROPERTY = "convlstm.cuda.library";

    /** Attributes of a device, and one of a function, by their numbers in {@code cuda.h}. */
    static final int MULTIPROCESSORS = 16;

    static final int COMPUTE_CAPABILITY_MAJOR = 75;
    static final int COMPUTE_CAPABILITY_MINOR = 76;
    static final int MAX_SHARED_BYTES_OF_A_BLOCK = 97;
    private static final int MAX_DYNAMIC_SHARED_BYTES = 8;

    /** The stream does not wait for the default stream, which the kit does not use. */
    private static final int NON_BLOCKING = 1;

    private static final int EVENT_WITHOUT_TIME = 2;

    /** A handle's place in a struct, and the size of {@code CUDA_KERNEL_NODE_PARAMS}. */
    private static final int POINTER = 8;

    private static final int NODE_PARAMETERS_BYTES = 56;
    private static final int MOST_PARAMETERS = 64;

    private final SymbolLookup library;
    private final Map<String, MethodHandle> functions = new HashMap<>();

    // Written before each call that takes them. A backend is used by one thread at a time.
    private final MemorySegment result = Arena.ofAuto().allocate(POINTER, POINTER);
    private final MemorySegment values = Arena.ofAuto().allocate(JAVA_LONG, MOST_PARAMETERS);
    private final MemorySegment pointers = Arena.ofAuto().allocate(JAVA_LONG, MOST_PARAMETERS);
    private final MemorySegment node = Arena.ofAuto().allocate(NODE_PARAMETERS_BYTES, POINTER);
    private final MemorySegment dependency = Arena.ofAuto().allocate(JAVA_LONG);

    /**
     * Opens the library.
     *
     * @throws DriverException if there is none of that name, or it does not load
     */
    Driver(String libraryName) {
        if (!Driver.class.getModule().isNativeAccessEnabled()) { // Java would warn of each call
            throw new DriverException(DriverException.NO_NATIVE_ACCESS,
                    "Java was started without leave to call C, so no GPU was looked for");
        }
        try {
            library = SymbolLookup.libraryLookup(libraryName, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new DriverException(DriverException.NO_LIBRARY,
                    "the library " + libraryName + " was not found");
        }
        for (int k = 0; k < MOST_PARAMETERS; k++) {
            pointers.setAtIndex(JAVA_LONG, k, values.address() + (long) k * POINTER);
        }
    }

    /** The library's name here: that of the system property, or the driver's own. */
    static String libraryName() {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        return System.getProperty(PROPERTY, windows ? "nvcuda.dll" : "libcuda.so.1");
    }

    /**
     * Calls a C function that returns an error code. Its signature is read off the arguments: {@code Integer} is an
     * int, {@code Long} a size, a handle or a device address, {@code MemorySegment} a pointer to host memory.
     */
    private void call(String name, Object... arguments) {
        int code = code(name, arguments);
        if (code != 0) {
            throw new DriverException(code, name + " failed: " + explain(code));
        }
    }

    private int code(String name, Object... arguments) {
        try {
            return (int) functions.computeIfAbsent(name, n -> function(n, arguments)).invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    private MethodHandle function(String name, Object[] arguments) {
        MemorySegment symbol = library.find(name).orElseThrow(() -> new DriverException(
                DriverException.DRIVER_TOO_OLD, "the driver has no function " + name));
        MemoryLayout[] parameters = Arrays.stream(arguments).map(Driver::layout).toArray(MemoryLayout[]::new);
        return Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, parameters))
                .asSpreader(Object[].class, arguments.length);
    }

    private static MemoryLayout layout(Object argument) {
        return switch (argument) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            case MemorySegment _ -> ADDRESS;
            default -> throw new IllegalArgumentException("argument: expected int, long or pointer, got " + argument);
        };
    }

    /** Calls a function whose first argument says where to put a handle, an address or a number, and returns that. */
    private long get(String name, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = result;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        result.set(JAVA_LONG, 0, 0);
        call(name, all);
        return result.get(JAVA_LONG, 0);
    }

    /** The driver's name for an error code, and its sentence. */
    private String explain(int code) {
        String sentence = text("cuGetErrorString", code).replaceFirst("\\.$", "");
        return text("cuGetErrorName", code) + " (" + code + "), " + sentence;
    }

    private String text(String function, int code) {
        result.set(JAVA_LONG, 0, 0);
        if (library.find(function).isEmpty() || code(function, code, result) != 0) {
            return "unknown";
        }
        return MemorySegment.ofAddress(result.get(JAVA_LONG, 0)).reinterpret(1 << 10).getString(0);
    }

    // ---- devices and their contexts

    void init() {
        call("cuInit", 0);
    }

    /** The newest CUDA version it knows, as 1000 major + 10 minor. */
    int version() {
        return (int) get("cuDriverGetVersion");
    }

    int deviceCount() {
        return (int) get("cuDeviceGetCount");
    }

    int device(int ordinal) {
        return (int) get("cuDeviceGet", ordinal);
    }

    String name(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(256);
            call("cuDeviceGetName", name, 256, device);
            return name.getString(0);
        }
    }

    int attribute(int attribute, int device) {
        return (int) get("cuDeviceGetAttribute", attribute, device);
    }

    long totalMemory(int device) {
        return get("cuDeviceTotalMem_v2", device);
    }

    long retainContext(int device) {
        return get("cuDevicePrimaryCtxRetain", device);
    }

    void releaseContext(int device) {
        call("cuDevicePrimaryCtxRelease_v2", device);
    }

    /** Makes the context the calling thread's. */
    void setContext(long context) {
        call("cuCtxSetCurrent", context);
    }

    // ---- programs

    /** Translates PTX text for this GPU and loads it. */
    long loadModule(String ptx) {
        try (Arena arena = Arena.ofConfined()) {
            return get("cuModuleLoadDataEx", arena.allocateFrom(ptx), 0, MemorySegment.NULL, MemorySegment.NULL);
        }
    }

    void unloadModule(long module) {
        call("cuModuleUnload", module);
    }

    long function(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return get("cuModuleGetFunction", module, arena.allocateFrom(name));
        }
    }

    /** Allows a kernel more dynamic shared memory than the 48 KB that each may have. */
    void allowSharedBytes(long function, int bytes) {
        call("cuFuncSetAttribute", function, MAX_DYNAMIC_SHARED_BYTES, bytes);
    }

    // ---- memory

    long allocate(long bytes) {
        return get("cuMemAlloc_v2", bytes);
    }

    void free(long address) {
        call("cuMemFree_v2", address);
    }

    /** Free and total bytes of the GPU in use. */
    long[] memoryInfo() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(JAVA_LONG, 2);
            call("cuMemGetInfo_v2", info, info.asSlice(POINTER));
            return info.toArray(JAVA_LONG);
        }
    }

    /** Host memory that the GPU can read by itself. */
    MemorySegment allocateHost(long bytes) {
        return MemorySegment.ofAddress(get("cuMemHostAlloc", bytes, 0)).reinterpret(bytes);
    }

    void freeHost(MemorySegment memory) {
        call("cuMemFreeHost", memory);
    }

    void copyToDevice(long dst, MemorySegment src, long bytes, long stream) {
        call("cuMemcpyHtoDAsync_v2", dst, src, bytes, stream);
    }

    void copyToHost(MemorySegment dst, long src, long bytes, long stream) {
        call("cuMemcpyDtoHAsync_v2", dst, src, bytes, stream);
    }

    /** Sets a multiple of four bytes to zero. */
    void zero(long address, long bytes, long stream) {
        call("cuMemsetD32Async", address, 0, bytes / Float.BYTES, stream);
    }

    // ---- streams and events

    long createStream() {
        return get("cuStreamCreate", NON_BLOCKING);
    }

    void synchronize(long stream) {
        call("cuStreamSynchronize", stream);
    }

    void destroyStream(long stream) {
        call("cuStreamDestroy_v2", stream);
    }

    long createEvent() {
        return get("cuEventCreate", EVENT_WITHOUT_TIME);
    }

    void record(long event, long stream) {
        call("cuEventRecord", event, stream);
    }

    /** Waits until what was in the stream when the event was recorded is done. */
    void await(long event) {
        call("cuEventSynchronize", event);
    }

    void destroyEvent(long event) {
        call("cuEventDestroy_v2", event);
    }

    // ---- launches

    void launch(Launch l, long stream) {
        setArguments(l);
        call("cuLaunchKernel", l.function(), l.gridX(), l.gridY(), l.gridZ(), l.blockX(), l.blockY(), 1,
                l.sharedBytes(), stream, pointers, MemorySegment.NULL);
    }

    /** The driver copies each argument's four or eight bytes during the call that gets {@link #pointers}. */
    private void setArguments(Launch l) {
        MemorySegment.copy(l.arguments(), 0, values, JAVA_LONG, 0, l.arguments().length);
    }

    /** Fills in a {@code CUDA_KERNEL_NODE_PARAMS}. */
    private MemorySegment nodeParameters(Launch l) {
        setArguments(l);
        node.set(JAVA_LONG, 0, l.function());
        int[] sizes = {l.gridX(), l.gridY(), l.gridZ(), l.blockX(), l.blockY(), 1, l.sharedBytes()};
        MemorySegment.copy(sizes, 0, node, JAVA_INT, POINTER, sizes.length);
        node.set(ADDRESS, 40, pointers);
        return node;
    }

    // ---- graphs: launches that are handed over once, and repeated by one call

    long createGraph() {
        return get("cuGraphCreate", 0);
    }

    /** Adds a launch that comes after the node {@code after}; 0 if it is the first. Gives the new node. */
    long addNode(long graph, long after, Launch l) {
        dependency.set(JAVA_LONG, 0, after);
        long dependencies = after == 0 ? 0 : 1;
        return get("cuGraphAddKernelNode", graph, dependency, dependencies, nodeParameters(l));
    }

    /** Makes a graph executable. */
    long instantiate(long graph) {
        return get("cuGraphInstantiateWithFlags", graph, 0L);
    }

    /** Gives a node of an executable graph other arguments. */
    void setNode(long executable, long node, Launch l) {
        call("cuGraphExecKernelNodeSetParams", executable, node, nodeParameters(l));
    }

    void launchGraph(long executable, long stream) {
        call("cuGraphLaunch", executable, stream);
    }

    void destroyExecutable(long executable) {
        call("cuGraphExecDestroy", executable);
    }

    void destroyGraph(long graph) {
        call("cuGraphDestroy", graph);
    }
}
