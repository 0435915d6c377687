package convlstm.app.grade;

import convlstm.app.LabException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Grades a folder of submitted notebooks and writes reports to {@code target/grades/}: {@code index.html} and a page for
 * each submission, {@code scores.csv}, {@code questions.csv}, {@code grades.json}, {@code junit.xml}. What it takes:
 * {@link GradeOptions#USAGE}.
 */
public final class Grade {
    private static final Path JARS = Path.of("target/jars");
    private static final Path INSTRUCTOR_JAR = Path.of("target/instructor/convlstm-instructor.jar");

    private Grade() {}

    public static void main(String[] args) throws InterruptedException {
        if (List.of(args).contains("--help")) {
            System.out.println(GradeOptions.USAGE);
            return;
        }
        int code = 0;
        try {
            GradeOptions options = GradeOptions.parse(System.getProperty("submissions", ""), args);
            run(options, new Worker.Setting(classPath(), instructorJar(), options.heap()));
        } catch (LabException e) {
            System.err.println("\n" + e.getMessage());
            code = 1;
        } catch (IOException e) {
            System.err.println("\nA file could not be read or written, or a process not be started: " + e);
            code = 1;
        }
        System.exit(code);
    }

    /** Grades, writes the reports and says where they are. */
    static List<Graded> run(GradeOptions options, Worker.Setting setting) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Assignment> assignments = Assignment.readAll(options.source()).stream()
                .filter(a -> options.assignment().isEmpty() || a.name().equalsIgnoreCase(options.assignment()))
                .toList();
        if (assignments.isEmpty()) {
            throw new LabException("assignment: expected one of those in " + options.source() + ", got '"
                    + options.assignment() + "'");
        }
        List<Submission> submissions = Submission.find(options.submissions());
        ByHand byHand = options.byHand().isEmpty() ? ByHand.none() : ByHand.read(Path.of(options.byHand()));
        boolean interactive = System.console() != null && System.console().isTerminal();
        System.out.println(warning(options));
        List<Graded> all;
        try (Grader grader = new Grader(assignments, setting, Math.min(options.workers(), submissions.size()),
                options.seconds())) {
            ProgressBar bar = new ProgressBar(submissions.size(), System.out, interactive);
            all = grader.grade(submissions, graded -> bar.step(graded.path())).stream()
                    .map(byHand::applyTo).toList();
        }
        Reports.write(all, options.out());
        for (Graded g : all) {
            System.out.printf(Locale.ROOT, "%-24s %-4s %6s of %-6s %s%n", g.student(), g.assignment(),
                    Pages.points(g.points()),
                    Pages.points(g.max()), String.join(" ", g.remarks()));
        }
        System.out.printf(Locale.ROOT, "%d submissions in %.0f s. Reports: %s%n", all.size(),
                (System.nanoTime() - start) / 1e9, options.out().resolve("index.html"));
        return all;
    }

    /** What JShell is not. */
    private static String warning(GradeOptions options) {
        return """
                JShell is no sandbox: submitted code runs with your rights, on your files and network. For the work of
                people you do not know, build once with mvn and grade in a container, from the kit's folder:
                  docker run --rm --network none --memory 6g --cpus 2 --pids-limit 500 -w /kit -v "$PWD":/kit:ro \\
                    -v "%s":/in:ro -v "%s":/out eclipse-temurin:25 \\
                    java -cp "target/jars/*" convlstm.app.grade.Grade --submissions /in --out /out
                """
                .formatted(options.submissions().toAbsolutePath(), options.out().toAbsolutePath());
    }

    /** What a notebook has, too. */
    private static String classPath() throws IOException {
        if (!Files.isDirectory(JARS)) {
            throw new LabException("jars: expected " + JARS.toAbsolutePath()
                    + ", got none. Hint: start with mvn -q -Drun=grade in the kit's folder, which makes it");
        }
        try (Stream<Path> jars = Files.list(JARS)) {
            return jars.filter(jar -> jar.toString().endsWith(".jar")).sorted()
                    .map(jar -> jar.toAbsolutePath().toString())
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static String instructorJar() {
        if (!Files.isRegularFile(INSTRUCTOR_JAR)) {
            throw new LabException("instructor's jar: expected " + INSTRUCTOR_JAR.toAbsolutePath()
                    + ", got none. Hint: it has the hidden checks; mvn -q -Drun=grade makes it from lib/src/instructor");
        }
        return INSTRUCTOR_JAR.toAbsolutePath().toString();
    }
}
