package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What computes an answer instead of the student is remarked, and nothing else. */
class ShortcutsTest {
    private static List<String> in(String answer) {
        return Shortcuts.in(List.of(answer), List.of("import convlstm.course.*;"));
    }

    @Test
    void shortcutsAreRemarked() {
        assertEquals(List.of("Look at it: an answer uses the checks' own solutions: ErrorExplainer."),
                in("return ErrorExplainer.lstm(w, xs).lstmSteps();"));
        assertTrue(in("return convlstm . course.KitLayers.convLstm2d(xs, k, r, b);").toString().contains("KitLayers"));
        assertTrue(in("var l = new convlstm.layer.ConvLstm2d(3, 3, 3);").toString()
                .contains("the kit's own layers: convlstm.layer, ConvLstm2d"));
        assertTrue(in("Class.forName(\"convlstm.\" + name).getMethod(n)").toString()
                .contains("reflection: forName, getMethod"));
        assertTrue(in("MethodHandles.lookup()").toString().contains("reflection"));
    }

    @Test
    void whatIsOnlyMentionedIsNone() {
        assertEquals(List.of(), in("// as ErrorExplainer says\nString s = \"KitLayers\"; /* Lstm */ int lstm = 1;"));
        assertEquals(List.of(), in("LstmStep s = new LstmStep(x, h, c, i, f, g, o, c, h); LstmGradient g; conv2d(x);"));
        assertEquals(List.of(), Shortcuts.in(List.of("Models.cnnLstm(Backends.planning(), clip, 2, 3, 1)"),
                List.of("Models.cnnLstm(Backends.planning(), clip, 2, units, 1)")));
    }

    /** The instructor's own solutions, as if a student had written them. */
    @Test
    void honestAnswersHaveNoRemarks() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("notebooks/assignments/source"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".ipynb")).toList()) {
                Assignment assignment = Assignment.read(file);
                List<String> solutions = assignment.cells().stream().filter(c -> c.code() && c.solution())
                        .map(Notebook.Cell::source).toList();
                List<String> given = assignment.cells().stream().filter(c -> c.code() && !c.solution() && !c.isTest())
                        .map(Notebook.Cell::source).toList();
                assertTrue(solutions.size() > 2);
                assertEquals(List.of(), Shortcuts.in(solutions, given.subList(0, 1)).stream()
                        .filter(r -> !file.getFileName().toString().startsWith("A4")).toList(), file.toString());
            }
        }
    }
}
