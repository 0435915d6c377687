package convlstm.course;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jshell.spi.SPIResolutionException;
import org.jspecify.annotations.Nullable;

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
 * standard output. A check runs in a thread of its own: an endless loop, deep recursion, too large an array or
 * {@code System.exit} fails the check and not the notebook.
 */
public final class Checks {
    private static final String EXITED = "your code calls System.exit, which ends the whole program."
            + " Hint: return a value, or throw an exception";

    private final String gradeId;
    private final double points;
    private Duration limit = Duration.ofSeconds(20);
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
            System.out.println(gradeId + ": 0 of " + number(points) + " points: the first cell of the notebook, with your"
                    + " id, has not been run since the kernel started. Hint: run it, and the cells above this one");
        }
        return this;
    }

    /** A check that takes longer has failed; 20 seconds unless said. */
    Checks limit(Duration longest) {
        limit = longest;
        return this;
    }

    /**
     * Runs one check and prints one line: passed, or failed and why.
     *
     * @param what what is checked, as the student reads it
     * @param points earned if it passes, 0 or more
     * @param test fails by throwing; the message is the feedback
     */
    public Checks check(String what, double points, ThrowingTest test) {
        boolean sound = points >= 0 && points <= this.points;
        String worth = number(sound ? points : 0);
        Outcome outcome = !blocked.isEmpty() ? blocked() : sound
                ? outcome(test)
                : failed("its points: expected 0 to " + number(this.points) + ", got " + points
                        + ". Tell your instructor");
        offered += sound ? points : 0;
        if (outcome.passed()) {
            earned += points;
            System.out.println("passed  " + worth + "/" + worth + "  " + what);
        } else {
            System.out.println("failed  0/" + worth + "  " + what + ": " + outcome.reason());
        }
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
        String hidden = offered < points - 1e-9
                ? ", and " + number(points - offered) + " more are checked after you hand in"
                : "";
        System.out.println(gradeId + ": " + number(score) + " of " + number(Math.min(offered, points)) + " points"
                + hidden);
        return score;
    }

    /** Whether a check passed, decided here alone; the reason may be a student's own text, and is only shown. */
    private record Outcome(boolean passed, String reason) {}

    private static Outcome failed(String reason) {
        return new Outcome(false, reason);
    }

    private Outcome outcome(ThrowingTest test) {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                test.run();
            } catch (Throwable e) {
                thrown.set(e);
            }
        }, "check");
        thread.setDaemon(true);
        PrintStream err = System.err;
        System.setErr(System.out);
        Thread stay = new Thread(Checks::waitForEver, "check: System.exit was called");
        boolean watched = whileRunning(() -> Runtime.getRuntime().addShutdownHook(stay));
        try {
            thread.start();
            long end = System.nanoTime() + limit.toNanos();
            while (!thread.join(Duration.ofMillis(50))) {
                if (exits(thread)) {
                    return failed(EXITED);
                }
                if (System.nanoTime() > end) {
                    return failed("not finished after " + limit.toSeconds()
                            + " seconds. Hint: does a loop never end?");
                }
            }
            Throwable e = thrown.get();
            return e == null ? new Outcome(true, "") : failed(explain(e));
        } catch (InterruptedException e) {
            return failed("interrupted");
        } finally {
            System.setErr(err);
            if (watched && !exits(thread)) {
                whileRunning(() -> Runtime.getRuntime().removeShutdownHook(stay));
            }
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
        String message = thrown.getMessage() == null ? "" : line(thrown.getMessage());
        return switch (thrown) {
            case UnsupportedOperationException e -> message.isEmpty() ? "not answered yet" : message;
            case StackOverflowError e -> "StackOverflowError. Hint: a method calls itself without end";
            case AssertionError e when !message.isEmpty() -> message;
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
        return message.strip().replaceAll("\\s*\\R\\s*", " | ");
    }

    /** 2 and 0.5, in every language. */
    private static String number(double x) {
        return BigDecimal.valueOf(x).setScale(3, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString();
    }
}
