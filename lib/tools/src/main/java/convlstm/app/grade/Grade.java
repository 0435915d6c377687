package convlstm.app.grade;

import convlstm.app.LabException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Grades a folder of submitted notebooks and writes reports to {@code target/grades/}: {@code index.html} and a page for
 * each submission, {@code class.html} and {@code class.csv}, {@code scores.csv}, {@code questions.csv},
 * {@code grades.json}, {@code junit.xml}; and {@code grades.jsonl}, line by line while it runs. What it takes:
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
            String classPath = classPath();
            run(options, new Worker.Setting(classPath, instructorJar(), options.heap(),
                    Isolation.find(options.isolation(), classPath)));
        } catch (LabException e) {
            System.err.println("\n" + e.getMessage());
            code = 1;
        } catch (IOException | UncheckedIOException e) {
            System.err.println("\nA file could not be read or written, or a process not be started: " + e
                    + "\nWhat was graded is kept: -Dargs=\"--resume\" goes on.");
            code = 1;
        } catch (RuntimeException | Error e) {
            System.err.println("\nThe grader itself failed, which is a fault of the kit; please report it: " + e
                    + "\n  at " + e.getStackTrace()[0]
                    + "\nWhat was graded is kept: -Dargs=\"--resume\" goes on.");
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
        Inbox inbox = Inbox.read(options.submissions(), assignments);
        ByHand byHand = options.byHand().isEmpty() ? ByHand.none() : ByHand.read(Path.of(options.byHand()));
        Journal journal = new Journal(options.out().resolve("grades.jsonl"), options.resume());
        System.out.println(setting.isolation() == Isolation.NONE
                ? "Warning: " + Isolation.WARNING
                        + ". Install bubblewrap (Linux: apt-get install bubblewrap), podman or"
                        + " docker for the work of people you do not know."
                : "Each question runs isolated, in " + setting.isolation().words() + ".");
        List<Submission> left = inbox.submissions().stream().filter(s -> journal.graded(s).isEmpty()).toList();
        if (left.size() < inbox.submissions().size()) {
            System.out.println(inbox.submissions().size() - left.size() + " submissions are taken over from before.");
        }
        Map<String, Graded> graded = new HashMap<>();
        inbox.submissions().forEach(s -> journal.graded(s).ifPresent(g -> graded.put(g.path(), g)));
        if (!left.isEmpty()) {
            boolean interactive = System.console() != null && System.console().isTerminal();
            ProgressBar bar = new ProgressBar(left.size(), System.out, interactive);
            try (Grader grader = new Grader(assignments, setting, Math.min(options.workers(), left.size()),
                    options.seconds(), options.total())) {
                grader.grade(left, g -> {
                    try {
                        journal.add(g);
                        Reports.page(g, options.out());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    bar.step(g.path());
                }).forEach(g -> graded.put(g.path(), g));
            }
        }
        List<Graded> all = withSharedNames(inbox.submissions().stream().map(s -> graded.get(s.path())).toList())
                .stream()
                .map(byHand::applyTo).toList();
        Reports.write(all, inbox.others(), options.out());
        for (Graded g : all) {
            System.out.printf(Locale.ROOT, "%-24s %-4s %6s of %-6s %s%n", g.student(), g.assignment(),
                    Pages.points(g.points()),
                    Pages.points(g.max()), String.join(" ", g.remarks()));
        }
        byHand.unused().forEach(row -> System.out.println("--by-hand: no such question was graded: " + row));
        System.out.printf(Locale.ROOT,
                "%d submissions in %.0f s; %d other files, listed with the reason. Reports: %s%n",
                all.size(), (System.nanoTime() - start) / 1e9, inbox.others().size(),
                options.out().resolve("index.html"));
        return all;
    }

    /** The numbers of an exercise depend on the name in it: two submissions with one name are one work. */
    private static List<Graded> withSharedNames(List<Graded> all) {
        Map<String, Set<String>> students = new LinkedHashMap<>();
        all.stream().filter(g -> !g.named().isEmpty())
                .forEach(g -> students.computeIfAbsent(g.assignment() + " " + g.named(), n -> new LinkedHashSet<>())
                        .add(g.student()));
        return all.stream().map(g -> {
            List<String> others = students.getOrDefault(g.assignment() + " " + g.named(), Set.of()).stream()
                    .filter(o -> !o.equals(g.student())).toList();
            return others.isEmpty()
                    ? g
                    : g.remarked("Look at it: the name in the notebook, \"" + g.named() + "\", is also in that of "
                            + String.join(", ", others.subList(0, Math.min(3, others.size())))
                            + (others.size() > 3 ? " and " + (others.size() - 3) + " others." : "."));
        }).toList();
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
                    + ", got none. Hint: it has the hidden checks; mvn -q -Drun=grade makes it from lib/tools/src/instructor");
        }
        return INSTRUCTOR_JAR.toAbsolutePath().toString();
    }
}
