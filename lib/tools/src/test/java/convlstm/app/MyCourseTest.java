package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that a reader wrote is lost, whatever git brings. */
class MyCourseTest {
    @TempDir
    Path folder;
    private Checkout kit;

    @BeforeEach
    void aCourse() throws IOException {
        kit = new Checkout(folder);
        write("notebooks/a.ipynb", notebook("int a = 1;", "1"));
        write("notebooks/solutions/a.ipynb", notebook("int a = 2;", ""));
        write("notebooks/assignments/A1.ipynb", notebook("YOUR CODE HERE", ""));
        write("notebooks/assignments/source/A1.ipynb", notebook("the answer", ""));
        write("notebooks/assignments/course/grades.db", "x");
        assertEquals(List.of(), MyCourse.update(kit));
    }

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String mine(String path) throws IOException {
        return Files.readString(kit.mine().resolve(path));
    }

    private static String notebook(String code, String output) {
        return """
                {"cells": [{"cell_type": "code", "source": ["%s"], "outputs": ["%s"]}]}""".formatted(code, output);
    }

    @Test
    void allIsCopiedButWhatIsForInstructors() throws IOException {
        assertEquals(notebook("int a = 1;", "1"), mine("a.ipynb"));
        assertTrue(Files.exists(kit.mine().resolve("solutions/a.ipynb")), "links to solutions work");
        assertEquals(notebook("YOUR CODE HERE", ""), mine("assignments/A1.ipynb"));
        assertFalse(Files.exists(kit.mine().resolve("assignments/source")));
        assertFalse(Files.exists(kit.mine().resolve("assignments/course")));
    }

    @Test
    void withoutANewVersionNothingIsTouched() throws IOException {
        write("notebooks/mine/a.ipynb", notebook("int a = 7;", "7"));
        write("notebooks/mine/own.ipynb", notebook("mine", ""));
        assertEquals(List.of(), MyCourse.update(kit));
        assertEquals(notebook("int a = 7;", "7"), mine("a.ipynb"));
        assertEquals(notebook("mine", ""), mine("own.ipynb"));
    }

    @Test
    void aNewVersionReplacesACopyThatWasOnlyRun() throws IOException {
        write("notebooks/mine/a.ipynb", notebook("int a = 1;", "an output of my own"));
        write("notebooks/a.ipynb", notebook("int a = 3;", "3"));
        assertTrue(MyCourse.update(kit).getFirst().startsWith("a.ipynb: replaced"));
        assertEquals(notebook("int a = 3;", "3"), mine("a.ipynb"));
    }

    @Test
    void aNewVersionIsPutBesideWhatTheReaderWrote() throws IOException {
        write("notebooks/mine/assignments/A1.ipynb", notebook("my answer", ""));
        write("notebooks/assignments/A1.ipynb", notebook("YOUR CODE HERE, mended", ""));
        assertTrue(MyCourse.update(kit).getFirst().contains("A1 (new).ipynb"));
        assertEquals(notebook("my answer", ""), mine("assignments/A1.ipynb"));
        assertEquals(notebook("YOUR CODE HERE, mended", ""), mine("assignments/A1 (new).ipynb"));
        assertEquals(List.of(), MyCourse.update(kit), "said once");
        write("notebooks/assignments/A1.ipynb", notebook("mended again", ""));
        MyCourse.update(kit);
        assertEquals(notebook("YOUR CODE HERE, mended", ""), mine("assignments/A1 (new).ipynb"));
        assertEquals(notebook("mended again", ""), mine("assignments/A1 (new 2).ipynb"));
    }

    @Test
    void aDeletedCopyComesBackAndABrokenOneCounts() throws IOException {
        Files.delete(kit.mine().resolve("a.ipynb"));
        MyCourse.update(kit);
        assertEquals(notebook("int a = 1;", "1"), mine("a.ipynb"));
        write("notebooks/mine/a.ipynb", "{ half");
        write("notebooks/a.ipynb", notebook("int a = 3;", "3"));
        MyCourse.update(kit);
        assertEquals("{ half", mine("a.ipynb"));
    }
}
