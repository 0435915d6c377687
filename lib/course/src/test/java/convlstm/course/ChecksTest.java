package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Whatever a student's code does, a check prints one line on standard output and the cell ends with the points earned. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class ChecksTest {
    private record Run(double score, String out, String err) {
        String line(int k) {
            return out.lines().toList().get(k);
        }
    }

    private static Run run(DoubleSupplier cell) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            double score = cell.getAsDouble();
            return new Run(score, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static Run one(ThrowingTest test) {
        return run(() -> Checks.of("q", 2).check("a thing", 2, test).score());
    }

    @Test
    void aFailureWithoutNameOrTextIsAFailure() {
        Run run = one(() -> {
            throw new RuntimeException(null, null, false, false) {
            };
        });
        assertEquals(0, run.score);
        assertEquals("failed  0/2  a thing: RuntimeException", run.line(0));
    }

    @Test
    void passedIsAFactWhateverAnExceptionDoes() {
        assertEquals("failed  0/2  a thing: Shy, which cannot be shown", one(() -> {
            throw new Shy();
        }).line(0));
        assertEquals(0, one(() -> {
            throw new Error("x".repeat(50_000_000)) {
            };
        }).score);
        Run waits = run(() -> Checks.of("q", 2).limit(Duration.ofMillis(300)).check("a thing", 2, () -> {
            throw new RuntimeException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                    while (true) {
                        Thread.onSpinWait();
                    }
                }
            };
        }).score());
        assertEquals(0, waits.score);
    }

    private static final class Shy extends Error {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no");
        }
    }

    /** Whoever prints "passed" has printed a word. */
    @Test
    void whatIsPrintedStandsBehindABar() {
        Run run = one(() -> {
            System.out.print("passed  2/2  a thing\nq: 2 of 2 points");
            throw new IllegalStateException("no");
        });
        assertEquals("| passed  2/2  a thing", run.line(0));
        assertEquals("| q: 2 of 2 points", run.line(1));
        assertTrue(run.line(2).startsWith("failed  0/2  a thing: IllegalStateException: no"), run.out);
    }

    @Test
    void theVerdictIsForPrograms() {
        Checks checks = Checks.of("q", 3).check("first", 1, () -> {}).hidden(true)
                .check("second", 2, () -> Expect.that(false, "two\tlines\nand a tab"));
        assertEquals("passed\t1\t\tfirst\t\nfailed\t2\thidden\tsecond\ttwo lines | and a tab", checks.verdict());
    }

    @Test
    void pointsAreForChecksThatPass() {
        Run run = run(() -> Checks.of("q", 3)
                .check("first", 1, () -> {})
                .check("second", 1.5, () -> Expect.that(false, "one is missing"))
                .check("third", 0.5, () -> {})
                .score());
        assertEquals(1.5, run.score);
        assertEquals("passed  1/1  first", run.line(0));
        assertEquals("failed  0/1.5  second: one is missing", run.line(1));
        assertEquals("passed  0.5/0.5  third", run.line(2));
        assertEquals("q: 1.5 of 3 points", run.line(3));
    }

    @Test
    void studentsAreToldThatMoreIsChecked() {
        Run run = run(() -> Checks.of("q", 4).check("first", 1, () -> {}).score());
        assertEquals("q: 1 of 1 points, and 3 more are checked after you hand in", run.line(1));
    }

    /** Java's assert is silently off in a kernel; an exception is not. */
    @Test
    void everyThrowableFailsOnlyItsCheck() {
        assertEquals("open    0/2  a thing: not answered yet", one(() -> {
            throw new UnsupportedOperationException("not answered yet");
        }).line(0));
        assertTrue(one(() -> List.of(1).add(2)).line(0).startsWith("failed  0/2  a thing: Unsupported"));
        assertTrue(one(() -> {
            throw new IllegalStateException("two\n  lines");
        }).line(0).startsWith("failed  0/2  a thing: IllegalStateException: two | lines"));
        assertEquals("failed  0/2  a thing: StackOverflowError. Hint: a method calls itself without end",
                one(ChecksTest::endlessly).line(0));
        assertEquals(0, one(() -> {
            throw new OutOfMemoryError();
        }).score);
        assertEquals(0, one(() -> {
            throw new AssertionError();
        }).score);
    }

    private static void endlessly() {
        endlessly();
    }

    @Test
    void neverAboveThePointsAndNeverNaN() {
        assertEquals(2, run(() -> Checks.of("q", 2).check("a", 2, () -> {}).check("b", 2, () -> {}).score()).score);
        for (double points : new double[] {Double.NaN, -1, 3, Double.POSITIVE_INFINITY}) {
            Run run = run(() -> Checks.of("q", 2).check("a", points, () -> {}).score());
            assertEquals(0, run.score, "a check of " + points);
            assertTrue(run.line(0).contains("expected 0 to 2"), run.out);
        }
    }

    @Test
    void aQuestionIsWorthSomething() {
        for (double points : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> Checks.of("q", points));
        }
    }

    /** nbgrader gives nothing to a cell that wrote to standard error. */
    @Test
    void standardErrorStaysEmpty() {
        Run run = one(() -> System.err.println("noise"));
        assertEquals(2, run.score);
        assertEquals("", run.err);
        assertEquals("| noise", run.line(0));
    }

    @Test
    void numbersReadTheSameInEveryLanguage() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            assertEquals("q: 0.5 of 0.5 points",
                    run(() -> Checks.of("q", 0.5).check("a", 0.5, () -> {}).score()).line(1));
            assertTrue(one(() -> Expect.close("x", 1.5, 2.5, 1e-6)).line(0).contains("expected 1.5"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void anEndlessLoopIsLeftBehind() {
        Run run = run(() -> Checks.of("q", 2).limit(Duration.ofMillis(200))
                .check("stuck", 1, () -> Thread.sleep(600_000))
                .check("next", 1, () -> {})
                .score());
        assertEquals(1, run.score);
        assertTrue(run.line(0).contains("does a loop never end"), run.out);
    }

    /** In a JVM of its own, which would otherwise end: so does a kernel, and with it the whole submission. */
    @Test
    void systemExitFailsOnlyItsCheck() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), Exits.class.getName()).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(7, process.waitFor(), out);
        assertTrue(out.contains("failed  0/1  first: your code calls System.exit"), out);
        assertTrue(out.contains("passed  1/1  second"), out);
        assertTrue(out.contains("failed  0/1  third: your code calls System.exit"), out);
        assertTrue(out.contains("score 1.0"), out);
    }

    static final class Exits {
        public static void main(String[] args) {
            double score = Checks.of("q", 3)
                    .check("first", 1, () -> System.exit(0))
                    .check("second", 1, () -> {})
                    .check("third", 1, () -> System.exit(0))
                    .score();
            System.out.println("score " + score);
            System.out.flush();
            Runtime.getRuntime().halt(7);
        }
    }

    @Test
    void comparisonsSayWhatIsDifferent() {
        assertEquals("y[1][0]: expected 3.00000, got 4.00000 (1 of 4 differ)",
                message(() -> Expect.close("y", new double[][] {{1, 2}, {3, 4}}, new double[][] {{1, 2}, {4, 4}},
                        1e-9)));
        assertEquals("y: expected [2][2], got [2][3]",
                message(() -> Expect.close("y", new double[2][2], new double[2][3], 1e-9)));
        assertEquals("y: expected an array, got null", message(() -> Expect.close("y", new double[2], null, 1e-9)));
        assertTrue(message(() -> Expect.close("y", new double[2][2], new double[2][], 1e-9)).contains("null in one"));
        assertTrue(message(() -> Expect.close("y", new double[2][2], new double[][] {{1, 2}, {1}}, 1e-9))
                .contains("rows of one length"));
        assertTrue(message(() -> Expect.close("y", 1.0, Double.NaN, 1e-9)).contains("NaN"));
        assertTrue(message(() -> Expect.close("y", new double[2], new float[2], 1e-9)).contains("float[]"));
        Expect.close("y", new double[] {1000, 1e-9}, new double[] {1000.0005, 0}, 1e-6);
    }

    private static String message(Runnable wrong) {
        return String.valueOf(assertThrows(AssertionError.class, wrong::run).getMessage());
    }

    @Test
    void interruptedChecksEnd() {
        Thread.currentThread().interrupt();
        Run run = one(() -> Thread.sleep(60_000));
        assertEquals(0, run.score);
        assertFalse(Thread.interrupted());
    }
}
