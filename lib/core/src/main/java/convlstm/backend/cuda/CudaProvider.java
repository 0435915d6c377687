package convlstm.backend.cuda;

import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** An NVIDIA GPU of compute capability 7.5 or newer, with its driver and nothing else. */
public final class CudaProvider implements BackendProvider {
    /**
     * The GPU of each driver library that was found usable, open for the life of the process: a context takes a real
     * driver some 0.3 s, and as long as there is one, another backend gets the same.
     */
    private static final Map<String, Device> OPEN = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int preference() {
        return 200;
    }

    /** Opens the GPU and loads the kernels, as {@link #create} does, and keeps it open; once for a process. */
    @Override
    public Optional<String> unusable() {
        try {
            OPEN.computeIfAbsent(Driver.libraryName(), _ -> new Device());
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e.getMessage() + ". Hint: " + hint(e.code()));
        }
    }

    /** For tests, which change what the driver says: forgets the GPUs that were found usable, and closes them. */
    static void closeAll() {
        OPEN.values().removeIf(device -> {
            device.close();
            return true;
        });
    }

    private static String hint(int code) {
        return switch (code) {
            case DriverException.NO_LIBRARY ->
                "it comes with NVIDIA's driver, for a computer with an NVIDIA GPU; nothing else of CUDA is needed";
            case DriverException.NO_NATIVE_ACCESS -> "start Java with --enable-native-access=ALL-UNNAMED";
            case DriverException.DRIVER_TOO_OLD, DriverException.UNSUPPORTED_PTX_VERSION ->
                "install a newer NVIDIA driver";
            case DriverException.NO_DEVICE ->
                "nvidia-smi lists the GPUs; CUDA_VISIBLE_DEVICES can hide them, and a container needs --gpus all";
            case DriverException.NO_BINARY_FOR_GPU -> "a GPU of 2018 (Turing) or newer is needed";
            case DriverException.NO_JIT_COMPILER ->
                "the driver's libnvidia-ptxjitcompiler.so.1 (Windows: nvptxJitCompiler.dll) is not where libraries are "
                        + "looked for; put its folder, most often libcuda's, on LD_LIBRARY_PATH";
            case DriverException.ILLEGAL_ADDRESS ->
                "a kernel that failed spoils the GPU for this process; start Java again";
            case DriverException.OUT_OF_MEMORY -> "nvidia-smi shows which program has the GPU's memory";
            case DriverException.STUB_LIBRARY ->
                "this is the CUDA toolkit's stand-in for linking; take its folder out of LD_LIBRARY_PATH";
            case DriverException.SYSTEM_DRIVER_MISMATCH ->
                "the driver was replaced while the computer ran; restart it";
            default -> "nvidia-smi shows whether the driver works";
        };
    }

    @Override
    public Backend create() {
        return new CudaBackend(new Device());
    }
}
