package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.app.Assignments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Notebooks for the grader's tests: an assignment of two questions and an essay, and what students make of it. */
final class Desk {
    private static final ObjectMapper JSON = new ObjectMapper();

    static final String ADD = "int add(int a, int b) {\n    return a + b;\n}";

    /** A cell of a notebook. */
    record Cell(String type, String id, String source, boolean grade, boolean solution, double points) {
        static Cell text(String source) {
            return new Cell("markdown", "", source, false, false, 0);
        }

        static Cell code(String source) {
            return new Cell("code", "", source, false, false, 0);
        }

        static Cell locked(String id, String source) {
            return new Cell("code", id, source, false, false, 0);
        }

        static Cell solution(String id, String source) {
            return new Cell("code", id, source, false, true, 0);
        }

        static Cell test(String id, double points, String source) {
            return new Cell("code", id, source, true, false, points);
        }

        Cell with(String text) {
            return new Cell(type, id, text, grade, solution, points);
        }

        Cell named(String name) {
            return new Cell(type, name, source, grade, solution, points);
        }
    }

    private Desk() {}

    /** The instructor's notebook. */
    static List<Cell> source() {
        return List.of(
                Cell.text("# Arithmetic"),
                Cell.code("import convlstm.course.Checks;\n\nString student = \"your name\";"),
                Cell.locked("helper", "int twice(int x) {\n    return 2 * x;\n}\nint base = 2;\ndisplay(twice(2));"),
                Cell.text("## Addition"),
                Cell.solution("add", """
                        int add(int a, int b) {
                            // BEGIN SOLUTION
                            return a + b;
                            // END SOLUTION
                        }"""),
                Cell.test("add-test", 2, """
                        Checks checks = Checks.of("add-test", 2);
                        int expected = base + 3;
                        checks.check("2 + 3", 1, () -> {
                            if (add(base, 3) != expected) {
                                throw new AssertionError("expected " + expected + ", got " + add(base, 3));
                            }
                        });
                        // BEGIN HIDDEN TESTS
                        checks.check("-2 + 2", 1, () -> {
                            if (add(-2, twice(1)) != 0) {
                                throw new AssertionError("below zero it differs");
                            }
                        });
                        // END HIDDEN TESTS
                        checks.score()"""),
                Cell.text("## Multiplication"),
                Cell.solution("mul", """
                        int mul(int a, int b) {
                            // BEGIN SOLUTION
                            return a * b;
                            // END SOLUTION
                        }"""),
                Cell.test("mul-test", 1.5, """
                        var checks = Checks.of("mul-test", 1.5);
                        checks.check("2 * 3, by " + student, 1.5, () -> {
                            if (mul(2, 3) != 6) {
                                throw new AssertionError("expected 6");
                            }
                        });
                        checks.score();"""),
                Cell.text("## Conclusion"),
                new Cell("markdown", "essay", "Because it is so.", true, true, 3));
    }

    /** What students are given. */
    static List<Cell> given() {
        return source().stream().map(cell -> {
            String text = Assignments.forStudent(cell.source());
            return cell.with(cell.id().equals("essay") ? Assignments.TEXT_STUB : text);
        }).toList();
    }

    /** All questions answered well, and one cell changed. */
    static List<Cell> answered(String id, UnaryOperator<Cell> change) {
        return given().stream().map(cell -> switch (cell.id()) {
            case "add" -> cell.with(ADD);
            case "mul" -> cell.with("int mul(int a, int b) {\n    return a * b;\n}");
            case "essay" -> cell.with("It is so.");
            default -> cell;
        }).map(cell -> cell.id().equals(id) ? change.apply(cell) : cell).toList();
    }

    /** All questions answered well, but the first one with this text. */
    static List<Cell> add(String text) {
        return answered("add", cell -> cell.with(text));
    }

    /** The list with a cell put in below the one of this name. */
    static List<Cell> below(List<Cell> cells, String id, Cell... more) {
        List<Cell> all = new ArrayList<>();
        for (Cell cell : cells) {
            all.add(cell);
            if (cell.id().equals(id)) {
                all.addAll(List.of(more));
            }
        }
        return all;
    }

    /** A notebook in format 4. */
    static String json(List<Cell> cells, String language) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode list = root.putArray("cells");
        for (Cell cell : cells) {
            ObjectNode node = list.addObject().put("cell_type", cell.type());
            ObjectNode metadata = node.putObject("metadata");
            if (!cell.id().isEmpty()) {
                metadata.putObject("nbgrader").put("schema_version", 3).put("grade_id", cell.id())
                        .put("grade", cell.grade()).put("solution", cell.solution()).put("locked", !cell.solution())
                        .put("task", false).put("points", cell.points());
            }
            ArrayNode lines = node.putArray("source");
            for (String line : cell.source().split("(?<=\n)")) {
                lines.add(line);
            }
            if (cell.type().equals("code")) {
                node.putNull("execution_count").putArray("outputs");
            }
        }
        root.putObject("metadata").putObject("kernelspec").put("name", language).put("language", language);
        root.put("nbformat", 4).put("nbformat_minor", 5);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    static void write(Path file, List<Cell> cells) throws IOException {
        write(file, json(cells, "java"));
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
