package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.build.RunTests;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No kernel touches memory that is not its own. On a GPU NVIDIA's {@code compute-sanitizer} watches, which comes with the
 * CUDA toolkit; without one each tensor lies before a page that the processor guards. In a Java of its own, which ends
 * where something is found.
 */
@Tag("slow")
class MemoryCheckTest {
    private static final String SANITIZER = "compute-sanitizer";

    @TempDir
    private Path folder;

    /** What a Java that is watched printed, and how it ended. */
    private record Ended(int code, String output) {}

    /** Runs a program of the tests; {@code watcher} is what the command begins with. */
    private Ended run(List<String> watcher, Class<?> program, String... args) throws Exception {
        List<String> command = new ArrayList<>(watcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(flag -> flag.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx1g", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + folder.resolve("crash"),
                "-D" + Device.CHECKED + "=true", "-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("FAKE_CUDA_GUARDED", "1");
        Process java = builder.start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(java.waitFor(), output);
    }

    private static boolean gpu() {
        return new CudaProvider().unusable().isEmpty();
    }

    private static Optional<Path> sanitizer() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of),
                Stream.of(Path.of("/usr/local/cuda/bin")))
                .map(folder -> folder.resolve(SANITIZER))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private void kernelsAreFaultless(List<String> watcher) throws Exception {
        Ended ended = run(watcher, RunTests.class, CudaBackendTest.class.getName(),
                "convlstm.backend.EquationsTest");
        assertEquals(0, ended.code, ended.output);
        assertTrue(ended.output.contains(" passed, 0 failed"), ended.output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"memcheck", "racecheck", "synccheck"})
    void onAGpu(String tool) throws Exception {
        assumeTrue(gpu(), "no GPU");
        Optional<Path> sanitizer = sanitizer();
        assumeTrue(sanitizer.isPresent(), "no " + SANITIZER + " on the PATH nor in /usr/local/cuda/bin: NVIDIA's "
                + "memory checker did not run");
        kernelsAreFaultless(List.of(sanitizer.get().toString(), "--tool", tool, "--target-processes", "all",
                "--error-exitcode", "1"));
    }

    @Test
    void onTheCpu() throws Exception {
        assumeTrue(!gpu(), "a GPU is used in its place");
        assumeTrue(CudaOnHost.unusable().isEmpty(), () -> CudaOnHost.unusable().orElse(""));
        kernelsAreFaultless(List.of());
    }

    /** A kernel that takes one element more than there is of the tensor that is named. */
    static final class Careless {
        private Careless() {}

        public static void main(String[] args) {
            int n = 64;
            try (HostCuda host = HostCuda.small(); Device device = new Device(host.ptx())) {
                long y = device.allocate(args[0].equals("dst") ? n : n + 1);
                long x = device.allocate(args[0].equals("src") ? n : n + 1);
                device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, x, Float.floatToRawIntBits(1), n + 1);
                device.synchronize();
            }
        }
    }

    @Test
    void whatIsNotTheirsWouldBeFound() throws Exception {
        assumeTrue(!gpu(), "the page is there on the CPU only");
        assumeTrue(CudaOnHost.unusable().isEmpty(), () -> CudaOnHost.unusable().orElse(""));
        Ended careful = run(List.of(), Careless.class, "neither");
        assertEquals(0, careful.code, careful.output);
        for (String tensor : List.of("dst", "src")) {
            Ended careless = run(List.of(), Careless.class, tensor);
            assertNotEquals(0, careless.code, careless.output);
            assertTrue(careless.output.contains("SIGSEGV") && careless.output.contains("addScaled"), careless.output);
        }
    }
}
