package convlstm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The classes of a kernel that has started, kept as Java maps them into memory, so that the next one starts in less
 * time (Java calls it a dynamic archive of class data sharing). It fits one JDK and one set of jars. Java ignores one
 * that does not fit; and without one a kernel only starts more slowly.
 */
record KernelArchive(Path file) {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    static KernelArchive of(Checkout kit) {
        return new KernelArchive(kit.jupyter().resolve("kernel.jsa"));
    }

    /** Whether it is there and made of these jars by this JDK. */
    boolean fits(Checkout kit) {
        try {
            return Files.isRegularFile(file) && Files.isRegularFile(madeOf())
                    && Files.readString(madeOf()).equals(ingredients(kit));
        } catch (IOException e) {
            return false;
        }
    }

    /** What a kernel's Java is told; and to say nothing where the archive does not fit. */
    List<String> flags() {
        return List.of("-XX:SharedArchiveFile=" + file, "-Xshare:auto", "-Xlog:disable");
    }

    /** Makes it, with the kernel that the specification names; nothing depends on it, so that it may fail. */
    void make(Checkout kit, Jupyter jupyter) {
        Path next = file.resolveSibling("kernel-" + ProcessHandle.current().pid() + ".jsa");
        try {
            String ingredients = ingredients(kit);
            Files.deleteIfExists(madeOf());
            int code = Jupyter.run(jupyter.command(kit.python("archive.py").toString(), next.toString()), LIMIT,
                    line -> {});
            if (code == 0 && Files.isRegularFile(next)) {
                Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
                Files.writeString(madeOf(), ingredients);
            }
        } catch (IOException e) {
            System.err.println("The kernel starts without its archive: " + e);
        }
    }

    private Path madeOf() {
        return file.resolveSibling("kernel.jsa.txt");
    }

    private static String ingredients(Checkout kit) throws IOException {
        List<String> lines = new ArrayList<>(List.of(System.getProperty("java.home"), Runtime.version().toString()));
        try (Stream<Path> jars = Stream.concat(Files.list(kit.jars()), Stream.of(kit.kernelJar()))) {
            jars.sorted().map(Path::toFile)
                    .forEach(jar -> lines.add(jar.getName() + " " + jar.length() + " " + jar.lastModified()));
        }
        return String.join("\n", lines);
    }
}
