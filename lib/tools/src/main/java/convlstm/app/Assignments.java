package convlstm.app;

import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.data.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes both versions of the assignments from {@code notebooks/assignments/source/}: the students', without solutions and
 * hidden checks, beside it, byte for byte as {@code nbgrader generate_assignment} makes them with the course's
 * {@code nbgrader_config.py}; and the instructors', with solutions and run, under {@code target/instructor/assignments/}.
 *
 * <p>{@code mvn -q -Drun=assignments}; {@code -Dargs=students} makes only the students'.
 */
public final class Assignments {
    /** What stands where a solution stood. */
    public static final List<String> CODE_STUB = List.of("// YOUR CODE HERE",
            "throw new UnsupportedOperationException(\"not answered yet\");");

    /** The same where the answer is prose. */
    public static final String TEXT_STUB = "YOUR ANSWER HERE";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Assignments() {}

    public static void main(String[] args) throws Exception {
        Options.start(
                """
                        mvn -q -Drun=assignments -Dargs="[students]"
                          makes the assignments for students and instructors from notebooks/assignments/source; with students, only
                          the students'""",
                1, options -> {
                    boolean students = options.words().contains("students");
                    if (!students && !options.words().isEmpty()) {
                        throw new LabException(
                                "assignments: expected students or nothing, got '" + options.words().getFirst() + "'");
                    }
                    System.exit(run(Checkout.here(), students));
                }, args);
    }

    private static int run(Checkout kit, boolean studentsOnly) {
        List<Path> sources = Notebooks.assignmentSources(kit, "");
        for (Path source : sources) {
            Path student = kit.assignments().resolve(source.getFileName());
            try {
                AtomicFile.write(student, student(Files.readString(source)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (IllegalArgumentException e) {
                throw new LabException(kit.root().relativize(source) + ": " + e.getMessage(), e);
            }
            System.out.println("for students     " + kit.root().relativize(student));
        }
        return studentsOnly ? 0 : instructors(kit, sources);
    }

    private static int instructors(Checkout kit, List<Path> sources) {
        Jupyter jupyter = Jupyter.find(kit);
        KernelSpec.writeForInstructor(kit, Lab.heap());
        int failed = 0;
        for (Path source : sources) {
            Path solved = kit.instructor().resolve("assignments").resolve(source.getFileName());
            Notebooks.Outcome outcome = Notebooks.run(jupyter, kit, source, solved, Lab.timeout());
            System.out.println("for instructors  " + kit.root().relativize(solved) + "  " + outcome.seconds()
                    + (outcome.passed() ? "" : "\n" + outcome.failure()));
            failed += outcome.passed() ? 0 : 1;
        }
        return failed == 0 ? 0 : 1;
    }

    /**
     * The students' version of an assignment.
     *
     * @throws IllegalArgumentException if a region begins and does not end, or a solution is in a cell that is none
     */
    static String student(String source) {
        try {
            ObjectNode notebook = (ObjectNode) JSON.readTree(source);
            for (JsonNode cell : notebook.withArray("/cells")) {
                strip((ObjectNode) cell);
            }
            return write(notebook);
        } catch (IOException e) {
            throw new IllegalArgumentException("expected a notebook, got no JSON: " + e.getMessage(), e);
        }
    }

    private static void strip(ObjectNode cell) {
        boolean code = cell.path("cell_type").asText().equals("code");
        if (code) {
            cell.putNull("execution_count");
            cell.putArray("outputs");
        }
        ObjectNode metadata = cell.withObject("/metadata");
        String text = Notebooks.source(cell);
        if (metadata.path("nbgrader") instanceof ObjectNode nbgrader) {
            boolean solution = nbgrader.path("solution").asBoolean();
            boolean grade = nbgrader.path("grade").asBoolean();
            boolean locked = !solution && (grade || nbgrader.path("locked").asBoolean());
            if (solution) {
                List<String> stub = code ? CODE_STUB : List.of(TEXT_STUB);
                text = text.contains("BEGIN SOLUTION") ? without(text, "SOLUTION", stub) : String.join("\n", stub);
            }
            if (grade) {
                text = without(text, "HIDDEN TESTS", List.of());
            }
            if (solution || grade || locked) {
                metadata.put("deletable", false);
                nbgrader.put("cell_type", code ? "code" : "markdown");
                nbgrader.put("checksum", checksum(text, nbgrader, grade, solution, locked));
            }
            if (locked) {
                metadata.put("editable", false);
            }
        }
        if (text.contains("BEGIN SOLUTION") || text.contains("BEGIN HIDDEN TESTS")) {
            throw new IllegalArgumentException("cell " + cell.path("id").asText() + ": expected solutions in cells with"
                    + " nbgrader's solution, hidden tests in cells with its grade, got one elsewhere: " + text);
        }
        setText(cell, text);
    }

    /** A cell as students get it: stubs for solutions, no hidden tests. */
    public static String forStudent(String cell) {
        return without(without(cell, "SOLUTION", CODE_STUB), "HIDDEN TESTS", List.of());
    }

    /** A text without the lines from BEGIN to END, and others there in their place, indented as they were. */
    private static String without(String text, String what, List<String> instead) {
        List<String> lines = new ArrayList<>();
        boolean inside = false;
        for (String line : text.split("\n", -1)) {
            if (line.contains("BEGIN " + what)) {
                String indent = line.substring(0, line.length() - line.stripLeading().length());
                instead.forEach(stub -> lines.add(indent + stub));
                inside = true;
            } else if (line.contains("END " + what)) {
                inside = false;
            } else if (!inside) {
                lines.add(line);
            }
        }
        if (inside) {
            throw new IllegalArgumentException("expected END " + what + " after BEGIN " + what + ", got " + text);
        }
        return String.join("\n", lines);
    }

    /** nbgrader's own: it tells with it whether a cell has been changed. */
    private static String checksum(String text, JsonNode nbgrader, boolean grade, boolean solution, boolean locked) {
        String all = text + nbgrader.path("cell_type").asText() + python(grade) + python(solution) + python(locked)
                + nbgrader.path("grade_id").asText() + (grade ? nbgrader.path("points").asDouble() : "");
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has MD5", e);
        }
    }

    private static String python(boolean value) {
        return value ? "True" : "False";
    }

    private static void setText(ObjectNode cell, String text) {
        ArrayNode lines = cell.putArray("source");
        for (int from = 0; from < text.length();) {
            int end = text.indexOf('\n', from) + 1;
            int to = end == 0 ? text.length() : end;
            lines.add(text.substring(from, to));
            from = to;
        }
    }

    /** As nbformat writes: keys sorted, one space for each level, a line for each element. */
    private static String write(JsonNode notebook) throws IOException {
        Map<?, ?> sorted = JSON.convertValue(notebook, TreeMap.class);
        return JSON.writer(nbformat()).with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsString(sorted)
                + "\n";
    }

    /** nbformat's indentation: whoever stores a notebook changes nothing else of it. */
    static PrettyPrinter nbformat() {
        DefaultIndenter indent = new DefaultIndenter(" ", "\n");
        Separators separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("").withArrayEmptySeparator("");
        return new DefaultPrettyPrinter(separators).withObjectIndenter(indent).withArrayIndenter(indent);
    }
}
