package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.app.grade.Assignment.Question;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Grades submissions, some at a time, each question in a fresh Java. Nothing that a submission does ends the batch. */
final class Grader implements AutoCloseable {
    /** What an instructor should read before the points count: honest answers seldom need it. */
    private static final Pattern SUSPICIOUS = Pattern
            .compile("\\bsetAccessible\\b|\\bgetDeclared\\w+|\\bClass\\.forName\\b"
                    + "|\\bSystem\\.(exit|setOut|setProperty)\\b|\\bRuntime\\.getRuntime\\b|\\bProcessBuilder\\b"
                    + "|\\bREPL\\b|\\bconvlstm\\.instructor\\b|\\bjava\\.net\\.\\w+|\\bFiles\\.(write|delete|newOutputStream)\\w*");

    private final List<Assignment> assignments;
    private final double seconds;
    private final LinkedBlockingQueue<WorkerProcess> idle = new LinkedBlockingQueue<>();
    private final List<WorkerProcess> workers = new ArrayList<>();

    /**
     * Starts the workers.
     *
     * @param seconds how long a cell may take, unless its test says otherwise
     * @throws LabException if they cannot run even a plain number
     */
    Grader(List<Assignment> assignments, Worker.Setting setting, int workerCount, double seconds)
            throws IOException, InterruptedException {
        this.assignments = assignments;
        this.seconds = seconds;
        for (int k = 0; k < workerCount; k++) {
            workers.add(new WorkerProcess(setting));
        }
        idle.addAll(workers);
        Job.Verdict one = workers.getFirst().ask(new Job(List.of(new Job.Step("one", false, "1.0", Set.of())), 60));
        if (one.end() != Job.End.SCORED || one.points() != 1) {
            close();
            throw new LabException("grader: expected a fresh Java to compute 1.0, got " + one
                    + ". Hint: start with mvn, which builds target/jars; and see the lines above");
        }
    }

    /**
     * Grades all.
     *
     * @param done is told of each submission when it is graded, one at a time, in any order
     * @return in the order of the submissions
     */
    List<Graded> grade(List<Submission> submissions, Consumer<Graded> done) throws InterruptedException {
        try (ExecutorService lanes = Executors.newFixedThreadPool(workers.size())) {
            List<Future<Graded>> futures = new ArrayList<>();
            for (Submission submission : submissions) {
                futures.add(lanes.submit(() -> {
                    Graded graded = gradeSafely(submission);
                    synchronized (this) {
                        done.accept(graded);
                    }
                    return graded;
                }));
            }
            List<Graded> all = new ArrayList<>();
            for (Future<Graded> future : futures) {
                all.add(future.get());
            }
            return withSharedNames(all);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a submission stopped the batch, which is a fault of the grader", e);
        }
    }

    private Graded gradeSafely(Submission submission) throws InterruptedException {
        try {
            return grade(submission);
        } catch (RuntimeException | StackOverflowError e) {
            return new Graded(submission.student(), "", submission.path(), "", List.of(),
                    List.of("The grader itself failed on it, grade it by hand: " + e), 0);
        }
    }

    private Graded grade(Submission submission) throws InterruptedException {
        long start = System.nanoTime();
        Optional<Notebook> notebook = Optional.empty();
        List<String> remarks = new ArrayList<>();
        try {
            notebook = Optional.of(Notebook.read(submission.file()));
        } catch (Notebook.Unreadable e) {
            remarks.add(sentence(e.getMessage()));
        }
        Optional<Assignment> found = submission.assignment(assignments, notebook);
        if (found.isEmpty()) {
            remarks.add("It has no cell of any assignment, and its path names none: "
                    + String.join(", ", assignments.stream().map(Assignment::name).toList()) + ".");
            return new Graded(submission.student(), "", submission.path(), "", List.of(), remarks, since(start));
        }
        Assignment assignment = found.get();
        if (notebook.isEmpty()) {
            List<Mark> none = assignment.questions().stream()
                    .map(q -> mark(q, Status.UNREADABLE, 0, remarks, "", 0)).toList();
            return new Graded(submission.student(), assignment.name(), submission.path(), "", none, remarks,
                    since(start));
        }
        Answers answers = new Answers(assignment, notebook.get());
        remarks.addAll(answers.remarks());
        notebook.get().cells().stream().filter(Notebook.Cell::code)
                .flatMap(cell -> SUSPICIOUS.matcher(cell.source()).results()).map(match -> match.group()).distinct()
                .forEach(word -> remarks.add("Look at it: a cell uses " + word + "."));
        Map<String, Job.End> fatal = new LinkedHashMap<>();
        List<Mark> marks = new ArrayList<>();
        WorkerProcess worker = idle.take();
        try {
            for (Question question : assignment.questions()) {
                marks.add(grade(question, answers, worker, fatal));
            }
        } finally {
            idle.add(worker);
        }
        String named = answers.student().replaceAll("^\"|\"$", "");
        return new Graded(submission.student(), assignment.name(), submission.path(), named, marks, remarks,
                since(start));
    }

    private Mark grade(Question question, Answers answers, WorkerProcess worker, Map<String, Job.End> fatal)
            throws InterruptedException {
        String text = answers.text(question);
        if (answers.isMissing(question)) {
            return mark(question, Status.MISSING, 0, List.of(), text, 0);
        }
        if (answers.isUnanswered(question)) {
            return mark(question, Status.UNANSWERED, 0, List.of(), text, 0);
        }
        if (question.manual()) {
            return mark(question, Status.BY_HAND, 0, List.of(), text, 0);
        }
        long start = System.nanoTime();
        Job job = answers.job(question, seconds);
        try {
            Job.Verdict verdict = worker.ask(job.without(fatal.keySet()));
            while (!verdict.cell().equals(question.gradeId())) { // a cell on the way ended its Java: without it, then
                fatal.put(verdict.cell(), verdict.end());
                verdict = worker.ask(job.without(fatal.keySet()));
            }
            List<String> feedback = new ArrayList<>();
            fatal.forEach((cell, end) -> feedback.add(cell + " was left out: it " + words(end, job.seconds()) + "."));
            verdict.remarks().forEach(remark -> feedback.add(remark.cell() + ", " + remark.text()));
            verdict.output().lines().forEach(feedback::add);
            if (!verdict.errors().isEmpty()) {
                feedback.add("Printed to System.err, which costs nothing: " + firstLines(verdict.errors()));
            }
            if (verdict.end() == Job.End.NO_SCORE) {
                feedback.add("The test came to no result; the lines above say why.");
            } else if (verdict.end() != Job.End.SCORED) {
                feedback.addFirst("While it was tested, the code " + words(verdict.end(), job.seconds()) + ".");
            }
            double points = Math.clamp(verdict.points(), 0, question.points());
            return mark(question, status(verdict.end(), points, question), points, feedback, text, since(start));
        } catch (IOException e) {
            return mark(question, Status.NOT_GRADED, 0, List.of("The grader itself failed: " + e.getMessage()), text,
                    since(start));
        }
    }

    private static Status status(Job.End end, double points, Question question) {
        return switch (end) {
            case TIME, COMPILER -> Status.TOO_SLOW;
            case MEMORY -> Status.TOO_MUCH_MEMORY;
            case EXIT -> Status.ENDED_JAVA;
            case NO_SCORE -> Status.WRONG;
            case SCORED -> Status.of(points, question.points());
        };
    }

    private static String words(Job.End end, double seconds) {
        return switch (end) {
            case TIME -> String.format(Locale.ROOT, "took longer than %.0f s", seconds);
            case MEMORY -> "used more memory than there is";
            case EXIT -> "ended its Java, for example by System.exit";
            case COMPILER -> "was too much for the compiler";
            case SCORED, NO_SCORE ->
                throw new IllegalArgumentException("end: expected one that ends a Java, got " + end);
        };
    }

    private static Mark mark(
            Question question, Status status, double points, List<String> feedback, String answer, double seconds) {
        return new Mark(question.gradeId(), question.title(), status, points, question.points(), feedback, answer,
                seconds);
    }

    /** The numbers of an exercise depend on the name in it: two submissions with one name are one work. */
    private static List<Graded> withSharedNames(List<Graded> all) {
        Map<String, Set<String>> students = new LinkedHashMap<>();
        all.stream().filter(g -> !g.named().isEmpty())
                .forEach(g -> students.computeIfAbsent(g.assignment() + g.named(), n -> new LinkedHashSet<>())
                        .add(g.student()));
        return all.stream().map(g -> {
            Set<String> others = students.getOrDefault(g.assignment() + g.named(), Set.of());
            if (others.size() < 2) {
                return g;
            }
            List<String> names = others.stream().filter(o -> !o.equals(g.student())).toList();
            String remark = "Look at it: the name in the notebook, " + g.named() + ", is also in that of "
                    + String.join(", ", names.subList(0, Math.min(3, names.size())))
                    + (names.size() > 3 ? " and " + (names.size() - 3) + " others." : ".");
            return new Graded(g.student(), g.assignment(), g.path(), g.named(), g.marks(),
                    Stream.concat(g.remarks().stream(), Stream.of(remark)).toList(), g.seconds());
        }).toList();
    }

    private static String firstLines(String text) {
        return String.join(" | ", text.lines().limit(3).toList());
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
    }
}
