package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The assignments are as nbgrader and the kit's grader need them, and what students get comes from the sources. */
class AssignmentsTest {
    private static final Checkout KIT = Checkout.here();

    static List<Path> sources() {
        return Notebooks.assignmentSources(KIT, "");
    }

    @Test
    void thereAreFour() {
        assertEquals(List.of("A1", "A2", "A3", "A4"),
                sources().stream().map(p -> p.getFileName().toString().substring(0, 2)).toList());
    }

    @ParameterizedTest
    @MethodSource("sources")
    void studentsGetWhatTheSourceSays(Path source) throws IOException {
        Path student = KIT.assignments().resolve(source.getFileName());
        assertEquals(Assignments.student(Files.readString(source)), Files.readString(student),
                student + " is not what its source gives: mvn -q -Drun=assignments makes it");
        for (String secret : List.of("SOLUTION", "HIDDEN", "convlstm.instructor")) {
            assertFalse(Files.readString(student).contains(secret), secret);
        }
    }

    /** Java's assert is silently off; the last expression is the score; a redefined helper is not the one called. */
    @ParameterizedTest
    @MethodSource("sources")
    void testCellsKeepClearOfTheTraps(Path source) throws IOException {
        double points = 0;
        Set<String> ids = new HashSet<>();
        for (JsonNode cell : new ObjectMapper().readTree(source.toFile()).path("cells")) {
            JsonNode nbgrader = cell.path("metadata").path("nbgrader");
            StringBuilder lines = new StringBuilder();
            cell.path("source").forEach(line -> lines.append(line.asText()));
            String text = lines.toString();
            assertFalse(text.contains("assert "), text);
            if (nbgrader.isObject()) {
                String id = nbgrader.path("grade_id").asText();
                assertTrue(ids.add(id), "two cells have the grade_id " + id);
                assertEquals(3, nbgrader.path("schema_version").asInt());
                points += nbgrader.path("points").asDouble();
            }
            if (nbgrader.path("grade").asBoolean() && !nbgrader.path("solution").asBoolean()) {
                assertTrue(nbgrader.path("locked").asBoolean(), text);
                assertTrue(text.endsWith("checks.score()"), text);
                assertTrue(text.contains("convlstm.course.Checks.of(\"" + nbgrader.path("grade_id").asText() + "\", "
                        + nbgrader.path("points").asInt() + ")"), text);
                assertFalse(text.matches("(?s).*(?<!convlstm\\.course\\.)(Checks|Expect|ErrorExplainer)\\b.*"), text);
            }
        }
        assertEquals(20, points);
    }

    @Test
    void sourcesWithFaultsAreRefused() {
        String cell = """
                {"cells": [{"cell_type": "code", "id": "x", "metadata": {"nbgrader": {"grade": %s, "solution": %s,
                "grade_id": "q", "points": 1}}, "source": ["%s"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
                """;
        assertTrue(message(cell.formatted(false, true, "// BEGIN SOLUTION\\n")).contains("END SOLUTION"));
        assertTrue(message(cell.formatted(true, false, "// BEGIN SOLUTION\\n")).contains("in cells with"));
        assertTrue(message(cell.formatted(false, true, "// BEGIN HIDDEN TESTS\\n")).contains("not"),
                "a solution cell without a region is replaced whole");
        assertTrue(message("no json").contains("expected a notebook"));
    }

    private static String message(String source) {
        try {
            return Assignments.student(source);
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What students are given has no hidden checks in it. */
    @Test
    void theInstructorsJarIsNotAmongTheStudents() throws IOException {
        assertThrows(ClassNotFoundException.class, () -> Class.forName("convlstm.instructor.A1"));
        try (Stream<Path> jars = Files.list(KIT.jars())) {
            assertEquals(List.of(), jars.filter(jar -> jar.toString().contains("instructor")).toList());
        }
        assertTrue(Files.isRegularFile(KIT.instructor().resolve("convlstm-instructor.jar")));
    }

    /** A student opens an assignment with the course's kernel, which knows the kit's jars and no others. */
    @Test
    void theStudentsKernelDoesNotKnowTheHiddenChecks() throws IOException {
        assertFalse(Files.readString(KernelSpec.write(KIT, "1g")).contains("instructor"));
        assertTrue(Files.readString(KernelSpec.writeForInstructor(KIT, "1g")).contains("convlstm-instructor.jar"));
    }
}
