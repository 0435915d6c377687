package convlstm.app;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import convlstm.backend.BackendProvider;
import convlstm.backend.Backends;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the doctor looks at: this computer, this JVM and this checkout. Each method is one question, so that a test can
 * break one thing and leave the rest.
 */
class Patient {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    final Checkout kit;

    Patient(Checkout kit) {
        this.kit = kit;
    }

    Runtime.Version java() {
        return Runtime.version();
    }

    Path javaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    List<String> jvmFlags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    /** What this JVM loads classes from; a {@code *} has become the jars it stands for. */
    List<Path> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of)
                .toList();
    }

    /** The width of the vectors that this JVM compiles to, in bits; 0 if it does not say. */
    int vectorBits() {
        try {
            return 8 * Integer.parseInt(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .getVMOption("MaxVectorSize").getValue());
        } catch (IllegalArgumentException e) {
            return 0; // another virtual machine than HotSpot
        }
    }

    /** The most memory that this JVM may take for objects, in bytes. */
    long heap() {
        return Runtime.getRuntime().maxMemory();
    }

    /** The memory of this computer, or of the container, in bytes. */
    long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** The space that this user may still fill on the disk of a folder, in bytes. */
    long freeDisk(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    boolean writable(Path folder) {
        return Files.isWritable(folder);
    }

    /** How this JVM writes the names of files; without UTF-8 it cannot open those with an umlaut. */
    String fileNames() {
        return System.getProperty("sun.jnu.encoding", "UTF-8");
    }

    String variable(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }

    /** What a program prints; nothing if there is none of that name, or it fails. */
    Optional<String> output(String... command) {
        List<String> lines = new ArrayList<>();
        try {
            int code = Jupyter.run(new ProcessBuilder(command).directory(kit.root().toFile()), LIMIT, lines::add);
            return code == 0 ? Optional.of(String.join("\n", lines).strip()) : Optional.empty();
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Measures a word, which fails where Java finds no fonts. */
    double widthOfAWord() {
        return new Font(Font.SANS_SERIF, Font.PLAIN, 12)
                .getStringBounds("loss", new FontRenderContext(null, true, true)).getWidth();
    }

    List<BackendProvider> backends() {
        return Backends.providers();
    }
}
