package convlstm.course;

import com.sun.management.OperatingSystemMXBean;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import jdk.jshell.spi.SPIResolutionException;

/**
 * The checks of one question, each worth some points. Prints a line for each and never throws, whatever the student's
 * code does, so that the cell goes on to the next check and ends with the points earned:
 *
 * <pre>{@code
 * convlstm.course.Checks.of("lstm-step", 2)
 *         .check("the step has four gates", 1, () -> ...)
 *         .check("another size", 1, () -> ...)
 *         .score()
 * }</pre>
 *
 * <p>It lives in a jar, for a helper in a cell can be redefined, and prints to standard output only, for nbgrader gives
 * nothing to a cell that wrote to standard error. For the same reason what the student's code writes there is shown on
 * standard output, and all that it writes stands behind a bar: a student who prints "passed" has printed a word. A check
 * runs in a thread of its own: an endless loop, deep recursion, too large an array or {@code System.exit} fails the check
 * and not the notebook.
 */
public final class Checks {
    private static final String EXITED = "your code calls System.exit, which ends the whole program."
            + " Hint: return a value, or throw an exception";
    private static final int MESSAGE = 2_000;
    /** How the reason begins where a method, or one that it calls, still throws what it was handed out with. */
    private static final Pattern OPEN = Pattern.compile("^(\\w+, which it calls, is )?not answered yet");

    /** The kit's own grader takes the {@link #verdict()} and has no use for what is printed. */
    private static final boolean SILENT = Boolean.getBoolean("convlstm.checks.silent");

    private static final OperatingSystemMXBean PROCESS = (OperatingSystemMXBean) ManagementFactory
            .getOperatingSystemMXBean();
    private static final AtomicInteger RUNNING = new AtomicInteger();

    private final String gradeId;
    private final double points;
    private Duration limit = Duration.ofSeconds(20);
    private final List<String> lines = new ArrayList<>();
    private boolean hidden;
    private String blocked = "";
    private double offered;
    private double earned;

    private Checks(String gradeId, double points) {
        this.gradeId = gradeId;
        this.points = points;
    }

    /**
     * @param gradeId the question's {@code grade_id}
     * @param points what the question is worth; checks that are not shown to students count too
     */
    public static Checks of(String gradeId, double points) {
        if (!(points > 0) || points == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("points: expected more than 0 for " + gradeId + ", got " + points);
        }
        return new Checks(gradeId, points);
    }

    /**
     * The methods that the checks are about to call, as {@code LstmStep step(double[], LstmWeights)}. In a notebook every
     * check then fails, with the reason, if the last text of one does not compile, uses names that nothing declares, or
     * has another name or other parameters. To be called before the checks.
     */
    public Checks answers(String... signatures) {
        for (String signature : signatures) {
            String problem = Cells.here().flatMap(cells -> cells.problem(gradeId, signature)).orElse("");
            blocked = blocked.isEmpty() ? problem : blocked;
        }
        if (!Cells.here().map(Cells::isSetUp).orElse(true)) { // nothing below compiles: what follows is the kernel's
            System.out.println(gradeId + ": 0 of " + number(points)
                    + " points: the first cell of the notebook, with your"
                    + " id, has not been run since the kernel started. Hint: run it, and the cells above this one");
        }
        return this;
    }

    /** A check that takes longer has failed, see {@link #isOver}; 20 seconds unless said. */
    Checks limit(Duration longest) {
        limit = longest;
        return this;
    }

    /**
     * Runs one check and prints one line: passed, or failed and why, or open where nothing is answered yet.
     *
     * @param what what is checked, as the student reads it
     * @param points earned if it passes, 0 or more
     * @param test fails by throwing; the message is the feedback
     */
    public Checks check(String what, double points, ThrowingTest test) {
        boolean sound = points >= 0 && points <= this.points;
        String worth = number(sound ? points : 0);
        Outcome outcome = !blocked.isEmpty()
                ? blocked()
                : sound
                        ? outcome(test)
                        : failed("its points: expected 0 to " + number(this.points) + ", got " + points
                                + ". Tell your instructor");
        offered += sound ? points : 0;
        earned += outcome.passed() ? points : 0;
        lines.add(String.join("\t", outcome.word(), worth, hidden ? "hidden" : "", line(what), outcome.reason()));
        print(outcome.passed()
                ? "passed  " + worth + "/" + worth + "  " + what
                : String.format(Locale.ROOT, "%-6s  0/%s  %s: %s", outcome.word(), worth, what, outcome.reason()));
        return this;
    }

    /** Says of the checks from here on whether students see them in the notebook; the grader's pages tell them apart. */
    public Checks hidden(boolean fromHere) {
        hidden = fromHere;
        return this;
    }

    /** Says the reason once. */
    private Outcome blocked() {
        Outcome outcome = failed(blocked);
        blocked = "as above";
        return outcome;
    }

    /** The points earned, from 0 to what the question is worth; prints them. The last expression of a test cell. */
    public double score() {
        double score = Math.min(earned, points);
        String more = offered < points - 1e-9
                ? ", and " + number(points - offered) + " more are checked after you hand in"
                : "";
        print(gradeId + ": " + number(score) + " of " + number(Math.min(offered, points)) + " points" + more);
        return score;
    }

    /**
     * What the kit's own grader decides from: for each check a line with "passed", "failed" or "open", its points,
     * "hidden" or nothing, what is checked, and why it did not pass, with tabs between.
     */
    public String verdict() {
        int each = Math.max(100, 12_000 / Math.max(1, lines.size())); // JShell hands on 21,000 characters at most
        return String.join("\n", lines.stream().map(line -> cut(line, each)).toList());
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + " ...";
    }

    private static void print(String line) {
        if (!SILENT) {
            System.out.println(line);
        }
    }

    /** Whether a check passed, decided here alone; the reason may be a student's own text, and is only shown. */
    private record Outcome(boolean passed, String reason) {
        String word() {
            return passed ? "passed" : isOpen(reason) ? "open" : "failed";
        }
    }

    /** Whether a check did not pass because there is no answer: nothing is wrong, then. */
    public static boolean isOpen(String reason) {
        return OPEN.matcher(reason).find();
    }

    private static Outcome failed(String reason) {
        return new Outcome(false, reason);
    }

    private Outcome outcome(ThrowingTest test) {
        AtomicReference<Outcome> end = new AtomicReference<>(failed("it ended without a result"));
        Thread thread = new Thread(() -> end.set(run(test)), "check");
        thread.setDaemon(true);
        PrintStream out = System.out;
        PrintStream err = System.err;
        Barred barred = new Barred(out);
        PrintStream students = SILENT ? out : new PrintStream(barred, true, StandardCharsets.UTF_8);
        System.setOut(students);
        System.setErr(students);
        Thread stay = new Thread(Checks::waitForEver, "check: System.exit was called");
        boolean watched = whileRunning(() -> Runtime.getRuntime().addShutdownHook(stay));
        RUNNING.incrementAndGet();
        try {
            thread.start();
            long start = System.nanoTime();
            long before = PROCESS.getProcessCpuTime();
            while (!thread.join(Duration.ofMillis(50))) {
                if (exits(thread)) {
                    return failed(EXITED);
                }
                if (isOver(limit.toMillis() / 1e3, (System.nanoTime() - start) / 1e9,
                        (PROCESS.getProcessCpuTime() - before) / 1e9)) {
                    thread.interrupt();
                    return failed("not finished after " + limit.toSeconds()
                            + " seconds. Hint: does a loop never end? Or does all run again for each single number?");
                }
            }
            return end.get();
        } catch (InterruptedException e) {
            return failed("interrupted");
        } finally {
            RUNNING.decrementAndGet();
            barred.endLine();
            System.setOut(out);
            System.setErr(err);
            if (watched && !exits(thread)) {
                whileRunning(() -> Runtime.getRuntime().removeShutdownHook(stay));
            }
        }
    }

    /**
     * Whether a time limit is over. On a busy machine a right answer may not have a processor for long: its time is over
     * when the clock says so and it had a processor for half of it, or when the clock says five times as much.
     *
     * @param limit the limit in seconds
     * @param clock how many have passed
     * @param processor how many of these a processor worked on it
     */
    public static boolean isOver(double limit, double clock, double processor) {
        return clock >= limit && (processor >= limit / 2 || clock >= 5 * limit);
    }

    /** Whether a check of any question is being run. */
    static boolean isRunning() {
        return RUNNING.get() > 0;
    }

    /** Passed is that the test came to its end. What is said of an exception is the student's: it may throw, too. */
    private static Outcome run(ThrowingTest test) {
        try {
            test.run();
        } catch (Throwable e) {
            try {
                return failed(line(explain(e)));
            } catch (Throwable again) {
                return failed(name(e.getClass()) + ", which cannot be shown");
            }
        }
        return new Outcome(true, "");
    }

    /** Puts a bar before each line. */
    private static final class Barred extends OutputStream {
        private final PrintStream to;
        private boolean lineStarts = true;

        Barred(PrintStream to) {
            this.to = to;
        }

        @Override
        public synchronized void write(int b) {
            if (lineStarts) {
                to.print("| ");
            }
            to.write(b);
            lineStarts = b == '\n' || b == '\r';
        }

        synchronized void endLine() {
            if (!lineStarts) {
                write('\n');
            }
            to.flush();
        }
    }

    /** The JVM runs this when it is told to exit, and does not exit before it ends. */
    private static void waitForEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False if a check before this one has called {@code System.exit}: hooks cannot be changed any more. */
    private static boolean whileRunning(Runnable change) {
        try {
            change.run();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static boolean exits(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
    }

    private static String explain(Throwable thrown) {
        String text = thrown.getMessage();
        String message = text == null ? "" : line(text);
        return switch (thrown) {
            case UnsupportedOperationException e when !message.isEmpty() -> message;
            case StackOverflowError e -> "StackOverflowError. Hint: a method calls itself without end";
            case AssertionError e when !message.isEmpty() -> message;
            case ArrayIndexOutOfBoundsException e -> name(e.getClass()) + ": " + message + where(e)
                    + ". Hint: checks use"
                    + " other sizes each time; take each from the array that a loop reads: x.length, kernel[0].length";
            case NullPointerException e -> name(e.getClass()) + (message.isEmpty() ? "" : ": " + message) + where(e)
                    + ". Hint: a method may have returned null, or a row of an array was not made";
            case SPIResolutionException e -> "a method that it calls does not compile, or uses a name that nothing"
                    + " declares" + where(e) + ". Hint: run the cells above again and read what they say";
            default -> name(thrown.getClass()) + (message.isEmpty() ? "" : ": " + message) + where(thrown);
        };
    }

    /** The class's own name; of an anonymous class, which has none, that of the class it extends. */
    private static String name(Class<?> type) {
        return type.getSimpleName().isEmpty() ? name(type.getSuperclass()) : type.getSimpleName();
    }

    /** The line of the student's method: cells compile to classes of the package REPL. */
    private static String where(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("REPL."))
                .filter(frame -> !frame.getMethodName().contains("$"))
                .findFirst()
                .map(frame -> " (in " + frame.getMethodName() + ")")
                .orElse("");
    }

    /** On one line: one check prints one line. */
    private static String line(String message) {
        return cut(message, MESSAGE).strip().replaceAll("\\s*\\R\\s*", " | ").replaceAll("\\p{Cc}", " ")
                .replaceAll("REPL\\.\\$JShell\\$\\w+[.$]?", ""); // the shell's own names
    }

    /** 2 and 0.5, in every language. */
    private static String number(double x) {
        return BigDecimal.valueOf(x).setScale(3, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString();
    }
}
