package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The course's own assignments: the instructor's solutions get every point, what students are given gets none. */
@Tag("slow")
class CourseGradedTest {
    private static final Path SOURCE = Path.of("notebooks/assignments/source");
    private static final Path GIVEN = Path.of("notebooks/assignments");
    private static final Path INSTRUCTOR_JAR = Path.of("target/instructor/convlstm-instructor.jar");

    @Test
    void solutionsGetEveryPointAndStubsNone(@TempDir Path folder) throws IOException, InterruptedException {
        List<Path> sources = notebooks(SOURCE);
        assertFalse(sources.isEmpty(), "no notebooks in " + SOURCE);
        for (Path source : sources) {
            String name = source.getFileName().toString();
            copy(source, folder.resolve("in/solved").resolve(name));
            copy(GIVEN.resolve(name), folder.resolve("in/given").resolve(name));
        }
        GradeOptions options = GradeOptions.parse(folder.resolve("in").toString(), "--out",
                folder.resolve("out").toString(), "--seconds", "90");
        List<Graded> all = Grade.run(options, new Worker.Setting(System.getProperty("java.class.path"),
                INSTRUCTOR_JAR.toAbsolutePath().toString(), "1g"));

        assertEquals(2 * sources.size(), all.size());
        assertEquals("", unlike(all, "solved",
                m -> m.status() == Status.BY_HAND || m.status() == Status.CORRECT && m.points() == m.max()));
        assertEquals("", unlike(all, "given", m -> m.status() == Status.UNANSWERED && m.points() == 0));
    }

    private static String unlike(List<Graded> all, String student, Predicate<Mark> expected) {
        return all.stream().filter(g -> g.student().equals(student))
                .flatMap(g -> g.marks().stream().filter(expected.negate()).map(m -> g.assignment() + " " + m))
                .collect(Collectors.joining("\n"));
    }

    private static List<Path> notebooks(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".ipynb")).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
    }
}
