package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.app.grade.Assignment.Question;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.app.grade.Job.Use;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Grades submissions, some at a time. A submission's questions are first run in one Java, from the first cell to the last;
 * one that does not get all its points there is run in a fresh Java of its own, where no other question's code is in its
 * way. Nothing that a submission does ends the batch.
 */
final class Grader implements AutoCloseable {
    /** So many cells that end their Java are left out; then the rest of the submission is not run. */
    private static final int FATAL_CELLS = 3;

    private final List<Assignment> assignments;
    private final Worker.Setting setting;
    private final double seconds;
    private final double total;
    private final LinkedBlockingQueue<WorkerProcess> idle = new LinkedBlockingQueue<>();
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final Jars jars;

    /**
     * Starts the workers.
     *
     * @param seconds how long a cell may take, unless its test says otherwise
     * @param total how long a submission may take
     * @throws LabException if they cannot run even a plain check
     */
    Grader(List<Assignment> assignments, Worker.Setting setting, int workerCount, double seconds, double total)
            throws IOException, InterruptedException {
        this.assignments = assignments;
        this.setting = setting;
        this.seconds = seconds;
        this.total = total;
        this.jars = new Jars(setting);
        for (int k = 0; k < workerCount; k++) {
            workers.add(new WorkerProcess(setting));
        }
        idle.addAll(workers);
        String one = "convlstm.course.Checks checks = convlstm.course.Checks.of(\"one\", 1).check(\"one\", 1, () -> {});\n"
                + "checks.score()";
        String got;
        try {
            Job.Verdict verdict = workers.getFirst()
                    .ask(new Job("one", List.of(new Job.Step("one", false, true, one, Set.of())), 60, 60)).getLast();
            got = verdict.points() == 1 ? "" : verdict.toString();
        } catch (WorkerProcess.Strange e) {
            got = String.valueOf(e.getMessage());
        }
        if (!got.isEmpty()) {
            close();
            throw new LabException("grader: expected a fresh Java to pass a check of 1 point, got " + got
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
            return all;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UncheckedIOException io) {
                throw io;
            }
            throw new IllegalStateException("a submission stopped the batch, which is a fault of the grader", e);
        }
    }

    private Graded gradeSafely(Submission submission) throws InterruptedException {
        try {
            return new One(submission).grade();
        } catch (RuntimeException | StackOverflowError e) {
            return graded(submission, "", List.of(notGraded("the grader itself failed on it: " + e)), List.of(), 0);
        }
    }

    private Graded graded(Submission s, String named, List<Mark> marks, List<String> remarks, double took) {
        List<String> all = new ArrayList<>(s.remark().isEmpty() ? List.of() : List.of(s.remark()));
        all.addAll(remarks);
        return new Graded(s.student(), s.assignment().map(Assignment::name).orElse(""), s.path(), s.fingerprint(),
                setting.isolation().words(), named, marks, all, took);
    }

    private static Mark notGraded(String why) {
        return new Mark("", "", Status.NOT_GRADED, 0, 0, List.of(), List.of(sentence(why)), "", "", 0);
    }

    private static Mark mark(Question q, Status status, String answer) {
        return new Mark(q.gradeId(), q.title(), status, 0, q.points(), List.of(), List.of(), "", answer, 0);
    }

    /** The grading of one submission. */
    private final class One {
        private final Submission submission;
        private final long start = System.nanoTime();
        private final Set<String> remarks = new LinkedHashSet<>();
        private final Map<String, Job.End> fatal = new LinkedHashMap<>();
        private final Set<Job.Remark> said = new HashSet<>();
        private final Set<Use> uses = new LinkedHashSet<>();
        private final Map<Question, Job.Verdict> right = new HashMap<>(); // when all questions ran in one Java
        private boolean lost; // points of a question before

        One(Submission submission) {
            this.submission = submission;
        }

        Graded grade() throws InterruptedException {
            if (submission.assignment().isEmpty()) {
                String fault = submission.fault().isEmpty()
                        ? "it has no cell of any assignment: "
                                + String.join(", ", assignments.stream().map(Assignment::name).toList())
                        : submission.fault();
                return graded(submission, "", List.of(), List.of(sentence(fault)), 0);
            }
            Assignment assignment = submission.assignment().get();
            if (submission.notebook().isEmpty()) {
                return graded(submission, "", assignment.questions().stream()
                        .map(q -> mark(q, Status.UNREADABLE, "")).toList(), List.of(sentence(submission.fault())), 0);
            }
            Answers answers = new Answers(assignment, submission.notebook().get());
            remarks.addAll(answers.remarks());
            List<Mark> marks = new ArrayList<>();
            WorkerProcess worker = idle.take();
            try {
                runTogether(assignment.questions().stream().filter(q -> !q.manual() && !answers.isUnanswered(q)
                        && !answers.isMissing(q)).toList(), answers, worker);
                for (Question question : assignment.questions()) {
                    Mark mark = grade(question, answers, worker);
                    lost |= !question.manual() && mark.points() < mark.max();
                    marks.add(mark);
                }
            } finally {
                idle.add(worker);
            }
            uses.stream().filter(Use::refused).forEach(use -> remarks.add("Look at it: " + use.cell() + " "
                    + use.what() + " and was not run as it stands."));
            uses.stream().filter(use -> !use.refused() && !isExpected(use.what(), assignment)).forEach(
                    use -> remarks.add("Look at it: " + use.cell() + " uses " + use.what() + "."));
            return graded(submission, answers.student(), marks, List.copyOf(remarks), since(start));
        }

        /** Of the kit's own classes those that may do what is asked for are remarked, unless the author's answers need them. */
        private static boolean isExpected(String used, Assignment assignment) {
            String room = used.replaceFirst("\\.[^.]*$", "");
            return used.startsWith("convlstm.")
                    && (used.matches("convlstm\\.(notebook\\..*|tensor\\..*|course\\.((Conv)?Lstm\\w+|Variant"
                            + "|GradientMicroscope|Cells).*)")
                            || assignment.isInAnswers(used.replaceFirst(".*\\.", "").replaceFirst("\\$.*", ""))
                            || !room.equals("convlstm.course") && assignment.mentions(room));
        }

        private Mark grade(Question question, Answers answers, WorkerProcess worker) throws InterruptedException {
            String text = answers.text(question);
            if (answers.isMissing(question)) {
                return mark(question, Status.MISSING, text);
            }
            if (answers.isUnanswered(question)) {
                return mark(question, Status.UNANSWERED, text);
            }
            if (question.manual()) {
                return mark(question, Status.BY_HAND, text);
            }
            submission.assignment().orElseThrow().calledBesides(question, text).forEach(name -> remarks.add(
                    "Look at it: the answer to " + question.gradeId() + " calls " + name + "; the author's does not."));
            long from = System.nanoTime();
            List<String> feedback = new ArrayList<>();
            try {
                jars.mustBeAsTheyWere();
                Job.Verdict together = right.get(question);
                Job.Verdict own = together != null
                        ? together
                        : run(answers.job(List.of(question), false, seconds, total), question, worker);
                Job.Verdict best = own;
                if (own.points() < question.points() && lost) {
                    Job.Verdict corrected = run(answers.job(List.of(question), true, seconds, total), question, worker);
                    if (corrected.points() > own.points()) {
                        best = corrected;
                        feedback.add("This question was also run with correct answers to the questions before it, and"
                                + " then gets more: that counts.");
                    }
                }
                fatal.forEach((cell, end) -> feedback.add(
                        cell + " was left out: it " + words(end) + "."));
                own.remarks().stream().filter(r -> r.cell().equals(question.gradeId()) || said.add(r))
                        .forEach(r -> feedback.add(r.cell().equals(question.gradeId())
                                ? r.text()
                                : r.cell() + ", " + r.text()));
                if (!own.errors().isEmpty()) {
                    feedback.add("Printed to System.err, which costs nothing: "
                            + String.join(" | ", own.errors().lines().limit(3).toList()));
                }
                if (best.end() == Job.End.NO_SCORE) {
                    feedback.add("The checks could not be run to their end; the lines above say why.");
                } else if (best.end() != Job.End.SCORED) {
                    feedback.addFirst("While it was checked, the code " + words(best.end()) + ".");
                }
                double points = Math.min(best.points(), question.points());
                return new Mark(question.gradeId(), question.title(), status(best.end(), points, question), points,
                        question.points(), best.checks(), feedback, best.output(), text,
                        together == null ? since(from) : together.seconds());
            } catch (IOException | WorkerProcess.Strange e) {
                remarks.add("Look at it: " + question.gradeId() + " was not graded, since " + e.getMessage() + ".");
                feedback.add("Not graded: " + e.getMessage() + ".");
                return new Mark(question.gradeId(), question.title(), Status.NOT_GRADED, 0, question.points(),
                        List.of(), feedback, "", text, since(from));
            }
        }

        /** Keeps the verdicts on those that get all their points; the others are run by themselves. */
        private void runTogether(List<Question> questions, Answers answers, WorkerProcess worker)
                throws InterruptedException {
            try {
                if (questions.size() > 1) {
                    jars.mustBeAsTheyWere();
                    worker.ask(answers.job(questions, false, seconds, total)).forEach(v -> {
                        uses.addAll(v.uses());
                        questions.stream().filter(q -> q.gradeId().equals(v.cell()) && v.points() >= q.points())
                                .forEach(q -> right.put(q, v));
                    });
                }
            } catch (IOException | WorkerProcess.Strange e) { // who is to blame, the questions' own runs tell
            }
        }

        /** A cell on the way that ends its Java is left out, a few times. */
        private Job.Verdict run(Job job, Question question, WorkerProcess worker)
                throws IOException, InterruptedException, WorkerProcess.Strange {
            while (true) {
                double left = total - since(start);
                if (left <= 0 || fatal.size() > FATAL_CELLS) {
                    remarks.add("The rest was not run: " + (left <= 0
                            ? String.format(Locale.ROOT, "it took longer than %.0f s in all.", total)
                            : "more than " + FATAL_CELLS + " cells ended their Java."));
                    return Job.Verdict.ended(Job.End.TIME, question.gradeId());
                }
                Job.Verdict verdict = worker.ask(job.without(fatal.keySet(), left)).getLast();
                uses.addAll(verdict.uses());
                if (verdict.cell().equals(question.gradeId())) {
                    return verdict;
                }
                fatal.put(verdict.cell(), verdict.end());
            }
        }

        private String words(Job.End end) {
            return switch (end) {
                case TIME -> String.format(Locale.ROOT, "took longer than it may, %.0f s for a cell", seconds);
                case MEMORY -> "used more memory than there is";
                case EXIT -> "ended its Java, for example by System.exit";
                case COMPILER -> "was too much for the compiler";
                case SCORED, NO_SCORE ->
                    throw new IllegalArgumentException("end: expected one that ends a Java, got " + end);
            };
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

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
    }
}
