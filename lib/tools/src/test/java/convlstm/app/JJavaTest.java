package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Notebooks run in JJava, too: they use what both kernels have, and their outputs are the same. */
@Tag("notebooks")
class JJavaTest {
    private static final Checkout KIT = Checkout.here();
    private static final Path KERNELS = KIT.target().resolve("jjava-kernel");
    private static Jupyter jupyter;

    /** As a reader would set it up: the kernel from its own package, the kit's jars and flags in its variables. */
    @BeforeAll
    static void install() throws IOException {
        String part = System.getProperty("notebooks", "");
        assumeTrue(part.isEmpty() || "jjava".contains(part), "only the notebooks with " + part + " are asked for");
        Path home = KIT.target().resolve("jjava");
        try {
            new Venv(home, KIT.python("jjava-requirements.txt"), "JJava, for its test",
                    "mvn verify -Dnotebooks.skip leaves it out.").python();
        } catch (LabException e) {
            assumeTrue(System.getenv("CI") != null, // not skipped there
                    "JJava cannot be installed here: " + e.getMessage());
            throw e;
        }
        Path installed = home.resolve("share/jupyter/kernels/java");
        Path java = Path.of(System.getProperty("java.home"), "bin", Venv.WINDOWS ? "java.exe" : "java");
        Map<String, Object> spec = Map.of(
                "argv", List.of(java.toString(), "-jar", installed.resolve("jjava-launcher.jar").toString(),
                        installed.resolve("jjava.jar").toString(), "{connection_file}"),
                "display_name", "Java (JJava)", "language", "java", "interrupt_mode", "message",
                "env", Map.of("JJAVA_CLASSPATH", KIT.jars() + File.separator + "*",
                        "JJAVA_JVM_OPTS", String.join(" ", KernelSpec.JVM_FLAGS) + " -Xmx" + Lab.heap(),
                        // its launcher starts the java of the PATH
                        "PATH", java.getParent() + File.pathSeparator + System.getenv("PATH")));
        Path file = KERNELS.resolve("kernels").resolve(KernelSpec.NAME).resolve("kernel.json");
        Files.createDirectories(file.getParent());
        new ObjectMapper().writeValue(file.toFile(), spec);
        jupyter = Jupyter.find(KIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"01-gates-and-dot.ipynb", "02-convolution.ipynb", "04-recurrent-conv.ipynb"})
    void runsInJJava(String name) throws IOException {
        Path notebook = KIT.notebooks().resolve(name);
        Path copy = KIT.target().resolve("notebooks/jjava").resolve(name);
        Notebooks.Outcome outcome = Notebooks.run(jupyter, KIT, notebook, copy, KERNELS, Lab.timeout());
        System.out.printf("JJava  %s  %s  %s%n", name, outcome.seconds(), outcome.passed() ? "ran" : "FAILED");
        assertTrue(outcome.passed(), outcome.failure());
        try (Stream<String> lines = Files.lines(copy)) {
            assertTrue(lines.anyMatch(line -> line.contains("jjava")), "JJava says its name in what it ran");
        }
        assertEquals(List.of(), StoredOutputs.differences(notebook, copy));
    }
}
