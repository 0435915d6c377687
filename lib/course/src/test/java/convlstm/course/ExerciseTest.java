package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExerciseTest {
    private static String line(Runnable check) {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            check.run();
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8).strip();
    }

    private static String number(Object answer) {
        return line(() -> Exercise.of("1", answer).mistake(30_000, "the biases are missing").expect(30_200));
    }

    @Test
    void anAnswerIsRightOrItsMistakeIsNamedOrItIsNotThereYet() {
        assertEquals("1: right", number(30_200L));
        assertEquals("1: right", number(30_200.0));
        assertEquals("1: not yet. the biases are missing", number(30_000));
        assertEquals("1: not yet. That is too small. Hint: work out a smaller case by hand", number(7));
        assertEquals("1: not yet. That is too large. Hint: work out a smaller case by hand", number(40_000));
        for (Object nothing : new Object[] {Double.NaN, new double[0]}) {
            assertEquals("1: not answered yet", number(nothing));
        }
        assertEquals("1: not answered yet", line(() -> Exercise.of("1", (Object) null).expect(1)));
    }

    @Test
    void arraysAreComparedElementByElement() {
        double[] right = {25, 81, 81};
        double[] three = {9, 25, 49};
        assertEquals("2: right", line(() -> Exercise.of("2", right.clone()).expect(right)));
        assertEquals("2: not yet. that is a 3x3 kernel",
                line(() -> Exercise.of("2", three).mistake(three.clone(), "that is a 3x3 kernel").expect(right)));
        assertEquals("2: not yet. The first that differs is [1]",
                line(() -> Exercise.of("2", new double[] {25, 49, 81}).expect(right)));
        assertEquals("2: not yet. Expected [3], got [2]",
                line(() -> Exercise.of("2", new double[] {25, 49}).expect(right)));
    }

    @Test
    void codeThatThrowsIsNoAnswerOrAMistake() {
        assertEquals("3: not answered yet", line(() -> Exercise.of("3", () -> {
            throw new UnsupportedOperationException("not answered yet");
        }).expect(1)));
        assertEquals("3: your code throws java.lang.ArithmeticException: / by zero. Hint: try it in a cell of its own,"
                + " with small numbers", line(() -> Exercise.of("3", () -> 1 / Integer.parseInt("0")).expect(1)));
        assertEquals("3: right", line(() -> Exercise.of("3", () -> 2).expect(2)));
    }
}
