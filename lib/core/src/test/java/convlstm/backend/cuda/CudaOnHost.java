package convlstm.backend.cuda;

import convlstm.backend.Backend;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/** The CUDA backend; without a GPU the same Java, and the same kernels compiled for the CPU. */
public final class CudaOnHost {
    private CudaOnHost() {}

    /** Empty if there is a GPU or a C++ compiler; else the reason. With -Dconvlstm.gpu=required fails without a GPU. */
    public static Optional<String> unusable() {
        if (new CudaProvider().unusable().isEmpty()) {
            return Optional.empty();
        }
        if ("required".equals(System.getProperty("convlstm.gpu"))) {
            throw new IllegalStateException("-Dconvlstm.gpu=required: " + new CudaProvider().unusable().orElse(""));
        }
        try {
            HostCuda.compile(HostCuda.KERNELS);
            return Optional.empty();
        } catch (TestAbortedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A new backend. */
    public static Backend create() {
        return new CudaBackend(device());
    }

    /** A new device: the real one if there is one, else the CPU in its place. */
    static synchronized Device device() {
        if (new CudaProvider().unusable().isEmpty()) {
            return new Device();
        }
        try (HostCuda _ = HostCuda.kit()) {
            return new Device();
        }
    }
}
