package convlstm.backend.cuda;

import convlstm.backend.Backend;
import java.nio.file.Path;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/** The CUDA backend without a GPU: the same Java, and the same kernels compiled for the CPU. */
public final class CudaOnHost {
    private static final Path KERNELS = Path.of("lib/src/main/cuda/kernels.cu");

    private CudaOnHost() {}

    /** Empty if there is a C++ compiler; else the reason. */
    public static Optional<String> unusable() {
        try {
            HostCuda.compile(KERNELS);
            return Optional.empty();
        } catch (TestAbortedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A new backend. */
    public static synchronized Backend create() {
        String before = System.getProperty(Driver.PROPERTY);
        System.setProperty(Driver.PROPERTY, HostCuda.compile(KERNELS).toString());
        try {
            return new CudaBackend(new Device());
        } finally {
            if (before == null) {
                System.clearProperty(Driver.PROPERTY);
            } else {
                System.setProperty(Driver.PROPERTY, before);
            }
        }
    }
}
