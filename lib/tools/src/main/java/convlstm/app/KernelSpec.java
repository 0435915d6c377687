package convlstm.app;

import convlstm.data.AtomicFile;
import convlstm.rain.RadarEvent;
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
public final class KernelSpec {
    /** The name in a notebook's metadata; IJava and JJava share it. */
    static final String NAME = "java";

    /** The flags that the kit's code needs. {@code pom.xml} gives the same to tests and programs. */
    public static final List<String> JVM_FLAGS = List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.awt.headless=true");

    private KernelSpec() {}

    /**
     * Writes the specification for the JDK that runs this program, under {@code target/jupyter/kernels/}.
     *
     * @param heap the most memory a notebook may take, as in {@code -Xmx}: {@code 3g}
     * @throws LabException if the jars are not built
     */
    static Path write(Checkout kit, String heap) {
        return write(kit, heap, kit.jupyter());
    }

    /** The same under {@code kernels/} of another folder, for a {@code JUPYTER_PATH} that names it. */
    static Path write(Checkout kit, String heap, Path jupyter) {
        if (!Files.isRegularFile(kit.kernelJar()) || !Files.isDirectory(kit.jars())) {
            throw new LabException("jars: expected " + kit.kernelJar() + " and " + kit.jars()
                    + ", got none. Hint: start with mvn, which makes both");
        }
        return write(kit, heap, jupyter, "");
    }

    /** The same, with an {@link KernelArchive archive} from which kernels start faster, made where it is missing. */
    static synchronized Path writeFast(Checkout kit, String heap, Jupyter jupyter) {
        Path spec = write(kit, heap);
        KernelArchive archive = KernelArchive.of(kit);
        if (archive.fits(kit)) {
            return spec;
        }
        System.out.println("Preparing the kernel (once)");
        archive.make(kit, jupyter);
        return write(kit, heap);
    }

    /** The same for instructors, under {@code target/instructor/jupyter/}: it has the assignments' hidden checks too. */
    static Path writeForInstructor(Checkout kit, String heap) {
        Path hidden = kit.instructor().resolve("convlstm-instructor.jar");
        if (!Files.isRegularFile(hidden)) {
            throw new LabException("jars: expected " + hidden + ", got none. Hint: start with mvn, which makes it");
        }
        return write(kit, heap, kit.instructor().resolve("jupyter"), File.pathSeparator + hidden);
    }

    private static Path write(Checkout kit, String heap, Path jupyter, String moreJars) {
        Path file = file(jupyter);
        Path quietLogging = file.resolveSibling("logging.properties");
        try {
            AtomicFile.write(quietLogging, ".level=WARNING\n"); // the kernel would tell the terminal of each loop
            AtomicFile.write(file, json(kit, heap, quietLogging, moreJars));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** Where the specification lies, once it is written. */
    static Path file(Checkout kit) {
        return file(kit.jupyter());
    }

    private static Path file(Path jupyter) {
        return jupyter.resolve("kernels").resolve(NAME).resolve("kernel.json");
    }

    /**
     * The kit's jars come before the kernel's, which carries older copies of a few libraries inside. With the wait policy
     * ND4J's idle threads sleep: spinning, they would take the processors from whatever else a notebook runs.
     */
    private static String json(Checkout kit, String heap, Path quietLogging, String moreJars) {
        List<String> argv = new ArrayList<>();
        argv.add(Path.of(System.getProperty("java.home"), "bin", Venv.WINDOWS ? "java.exe" : "java").toString());
        argv.addAll(JVM_FLAGS);
        KernelArchive archive = KernelArchive.of(kit);
        argv.addAll(archive.fits(kit) ? archive.flags() : List.of());
        argv.add("-Xmx" + heap);
        argv.add("-Dconvlstm.data=" + kit.data()); // a notebook may lie elsewhere: in a student's folder on a hub
        argv.add("-Dconvlstm.sources=" + kit.root().resolve("lib")); // Shift+Tab shows their comments
        RadarEvent.folder().ifPresent(
                radar -> argv.add("-D" + RadarEvent.PROPERTY + "=" + radar.toAbsolutePath().normalize()));
        argv.add("-Djava.util.logging.config.file=" + quietLogging);
        argv.add("-cp");
        argv.add(kit.jars() + File.separator + "*" + File.pathSeparator + kit.kernelJar() + moreJars); // the archive's first
        argv.add("convlstm.kernel.Kernel");
        argv.add("{connection_file}");
        return """
                {
                  "argv": [%s],
                  "display_name": "Java (ConvLSTM Kit)",
                  "language": "java",
                  "interrupt_mode": "message",
                  "env": {
                    "OMP_WAIT_POLICY": "PASSIVE"
                  }
                }
                """.formatted(
                argv.stream().map(KernelSpec::quote).collect(Collectors.joining(", ")));
    }

    private static String quote(String s) {
        return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
