package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The real nbgrader on the real assignments: generate_assignment, autograde and generate_feedback with the Java kernel, and
 * the traps on the way. nbgrader is installed under {@code target/nbgrader}; where it cannot be, the test is skipped, but
 * not in CI.
 */
@Tag("notebooks")
class NbgraderTest {
    private static final Checkout KIT = Checkout.here();
    private static final Path COURSE = KIT.target().resolve("nbgrader-course");
    private static final Duration LIMIT = Duration.ofMinutes(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static Path python = Path.of("");

    @BeforeAll
    static void install() throws IOException {
        String part = System.getProperty("notebooks", "");
        assumeTrue(part.isEmpty() || "nbgrader".contains(part), "only the notebooks with " + part + " are asked for");
        try {
            python = Path.of(new Venv(KIT.target().resolve("nbgrader"), KIT.python("nbgrader-requirements.txt"),
                    "nbgrader, for its test", "mvn verify -Dnotebooks.skip leaves it out.").python());
        } catch (LabException e) {
            assumeTrue(System.getenv("CI") != null, // not skipped there
                    "nbgrader cannot be installed here: " + e.getMessage());
            throw e;
        }
        KernelSpec.writeFast(KIT, Lab.heap(), Jupyter.find(KIT));
        KernelSpec.writeForInstructor(KIT, Lab.heap());
        try (Stream<Path> files = Files.isDirectory(COURSE) ? Files.walk(COURSE) : Stream.empty()) {
            files.sorted((a, b) -> b.compareTo(a)).map(Path::toFile).forEach(File::delete);
        }
    }

    private static String run(String... args) {
        List<String> command = new ArrayList<>(List.of(python.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(KIT.assignments().toFile());
        Map<String, String> env = builder.environment();
        env.put("NBGRADER_COURSE", COURSE.toString());
        env.put("JUPYTER_CONFIG_DIR", COURSE.resolve("jupyter/config").toString());
        env.put("JUPYTER_DATA_DIR", COURSE.resolve("jupyter/data").toString());
        env.put("JUPYTER_RUNTIME_DIR", COURSE.resolve("jupyter/runtime").toString());
        env.put("IPYTHONDIR", COURSE.resolve("jupyter/ipython").toString());
        env.put("PYTHONUTF8", "1");
        env.merge("PATH", python.getParent().toString(), (old, bin) -> bin + File.pathSeparator + old); // for alembic
        List<String> out = new ArrayList<>();
        int code = Jupyter.run(builder, LIMIT, out::add);
        assertEquals(0, code, String.join("\n", out));
        return String.join("\n", out);
    }

    @Test
    void releasesGradesAndTellsWhy() throws IOException {
        for (Path source : Notebooks.assignmentSources(KIT, "")) {
            String name = source.getFileName().toString();
            String assignment = name.substring(0, 2);
            run("-m", "nbgrader", "generate_assignment", assignment);
            assertEquals(Files.readString(KIT.assignments().resolve(name)),
                    Files.readString(COURSE.resolve("release").resolve(assignment).resolve(name)),
                    name + ": mvn -q -Drun=assignments makes what nbgrader makes");
        }

        submit("solved", (id, cell) -> {});
        submit("blank", (id, cell) -> set(cell, ""));
        submit("trapped", (id, cell) -> {
            switch (id) {
                // Helpers redefined: the checks call those in the jar by their full names.
                case "by-hand" -> set(cell, """
                        class Checks {
                            static Checks of(String id, double points) { return new Checks(); }
                            Checks check(String what, double points, Object test) { return this; }
                            double score() { return 99; }
                        }
                        class Expect {}
                        class ErrorExplainer {}
                        double[] byHand() {
                            assert false : "silently off";
                            return new double[] {Double.NaN, -1, 0, 0, 0, 0};
                        }
                        """);
                // Right, but noisy: nbgrader gives 0 to a cell with anything on standard error.
                case "step" -> set(cell, text(cell).replace("int D =", "System.err.println(\"noise\");\n    int D ="));
                case "forward" -> set(cell, """
                        List<LstmStep> forward(double[][] xs, LstmWeights w) {
                            System.exit(0);
                            return null;
                        }
                        """);
                case "backward" -> set(cell, text(cell).replace("dc_next = g.dc_tm1();", ""));
                default -> {
                }
            }
        });
        submit("sly", (id, cell) -> {
            switch (id) {
                case "by-hand" -> set(cell, """
                        double[] byHand() {
                            throw new RuntimeException(null, null, false, false) {};
                        }
                        """);
                case "step" -> set(cell, """
                        LstmStep step(double[] x, double[] h_tm1, double[] c_tm1, LstmWeights w) {
                            System.out.print("passed  4/4  all\\rstep-check: 4 of 4 points");
                            return null;
                        }
                        """);
                case "forward" -> set(cell, """
                        class Shy extends Error {
                            public String getMessage() { throw new IllegalStateException(); }
                            public String toString() { return ""; }
                        }
                        List<LstmStep> forward(double[][] xs, LstmWeights w) {
                            throw new Shy();
                        }
                        """);
                default -> {
                }
            }
        });
        run("-m", "nbgrader", "autograde", "A1");
        JsonNode scores = JSON.readTree(run("-c", SCORES).lines().toList().getLast());
        assertEquals(Map.of("by-hand-check", 3.0, "step-check", 4.0, "forward-check", 2.0, "step-backward-check", 5.0,
                "backward-check", 4.0), scores(scores, "solved"));
        assertEquals(Map.of("by-hand-check", 0.0, "step-check", 0.0, "forward-check", 0.0, "step-backward-check", 0.0,
                "backward-check", 0.0), scores(scores, "blank"));
        assertEquals(Map.of("by-hand-check", 0.0, "step-check", 4.0, "forward-check", 0.0, "step-backward-check", 5.0,
                "backward-check", 0.0), scores(scores, "trapped"));

        assertEquals(Map.of("by-hand-check", 0.0, "step-check", 0.0, "forward-check", 0.0, "step-backward-check", 5.0,
                "backward-check", 4.0), scores(scores, "sly"));

        run("-m", "nbgrader", "generate_feedback", "A1");
        assertTrue(
                Files.readString(COURSE.resolve("feedback/sly/A1/A1-lstm-by-hand.html")).contains("| passed  4/4  all"),
                "what a student prints stands behind a bar");
        String feedback = Files.readString(COURSE.resolve("feedback/trapped/A1/A1-lstm-by-hand.html"));
        assertTrue(feedback.contains("the gradient is not accumulated through time"), "feedback names the mistake");
        assertTrue(feedback.contains("System.exit(0) would end Java"), "feedback says what ended the check");
        assertFalse(feedback.contains("A1 hidden"), "feedback shows how the hidden numbers are drawn");
    }

    private static final String SCORES = """
            import json, os
            from nbgrader.api import Gradebook
            with Gradebook("sqlite:///" + os.path.join(os.environ["NBGRADER_COURSE"], "gradebook.db")) as book:
                print(json.dumps({s.student.id: {g.name: g.auto_score for n in s.notebooks for g in n.grades
                    if g.auto_score is not None} for s in book.assignment_submissions("A1")}))
            """;

    private static Map<String, Double> scores(JsonNode all, String student) {
        Map<String, Double> scores = new TreeMap<>();
        all.path(student).properties().forEach(e -> scores.put(e.getKey(), e.getValue().asDouble()));
        scores.remove("why");
        return scores;
    }

    private interface Edit {
        void cell(String gradeId, ObjectNode cell);
    }

    /** The students' version with the source's solutions in it, then changed. */
    private static void submit(String student, Edit edit) throws IOException {
        String name = "A1-lstm-by-hand.ipynb";
        JsonNode solved = JSON.readTree(KIT.assignments().resolve("source").resolve(name).toFile());
        JsonNode notebook = JSON.readTree(KIT.assignments().resolve(name).toFile());
        for (int k = 0; k < notebook.path("cells").size(); k++) {
            ObjectNode cell = (ObjectNode) notebook.path("cells").get(k);
            JsonNode nbgrader = cell.path("metadata").path("nbgrader");
            if (nbgrader.path("solution").asBoolean() && cell.path("cell_type").asText().equals("code")) {
                String stub = text(cell);
                set(cell, text((ObjectNode) solved.path("cells").get(k)));
                edit.cell(nbgrader.path("grade_id").asText(), cell);
                if (text(cell).isEmpty()) {
                    set(cell, stub);
                }
            }
        }
        Path file = COURSE.resolve("submitted").resolve(student).resolve("A1").resolve(name);
        Files.createDirectories(file.getParent());
        JSON.writeValue(file.toFile(), notebook);
    }

    private static String text(ObjectNode cell) {
        StringBuilder text = new StringBuilder();
        cell.path("source").forEach(line -> text.append(line.asText()));
        return text.toString();
    }

    private static void set(ObjectNode cell, String text) {
        cell.putArray("source").add(text);
    }
}
