package convlstm.backend;

import convlstm.backend.cuda.CudaOnHost;
import java.util.List;
import java.util.stream.Stream;

/**
 * The backends that every suite runs on: those that can be used on this machine, and where there is no GPU, the CUDA
 * backend with its kernels compiled for the CPU.
 */
public final class TestedBackends {
    private static final String CUDA = "cuda";

    /** With -Dconvlstm.gpu=required, tests run on a real GPU or fail. */
    private static final boolean GPU_REQUIRED = "required".equals(System.getProperty("convlstm.gpu"));

    /** What {@code mvn test} leaves out, {@code mvn verify} catches up on: the CUDA kernels on the CPU. Else all run. */
    private static final String LANE = System.getProperty("convlstm.lane", "all");

    private TestedBackends() {}

    /** Their names. */
    public static List<String> names() {
        List<String> usable = Backends.providers().stream()
                .filter(p -> p.unusable().isEmpty())
                .map(BackendProvider::name)
                .toList();
        if (GPU_REQUIRED && !usable.contains(CUDA)) {
            throw new IllegalStateException("-Dconvlstm.gpu=required: no GPU can be used.\n" + Backends.report());
        }
        if (LANE.equals("fast")) {
            return usable;
        }
        boolean onHost = !usable.contains(CUDA) && CudaOnHost.unusable().isEmpty();
        if (LANE.equals("slow")) {
            return List.of(onHost ? CUDA : "reference");
        }
        return onHost ? Stream.concat(usable.stream(), Stream.of(CUDA)).toList() : usable;
    }

    /** A new one. */
    public static Backend create(String name) {
        boolean usable = Backends.providers().stream()
                .anyMatch(p -> p.name().equals(name) && p.unusable().isEmpty());
        return name.equals(CUDA) && !usable ? new CheckedBackend(CudaOnHost.create()) : Backends.byName(name);
    }
}
