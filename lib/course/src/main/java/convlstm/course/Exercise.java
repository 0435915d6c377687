package convlstm.course;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The check of one exercise of a notebook. It prints one line and never throws, so that a notebook whose exercises are
 * not answered still runs from top to bottom:
 *
 * <pre>{@code
 * Exercise.of("Exercise 1", answer1).mistake(7_550, "that is one gate; an LSTM has four").expect(30_200);
 * }</pre>
 */
public final class Exercise {
    private record Wrong(Object answer, String hint) {}

    private final String name;
    private final Supplier<@Nullable Object> answer;
    private final List<Wrong> mistakes = new ArrayList<>();

    private Exercise(String name, Supplier<@Nullable Object> answer) {
        this.name = name;
        this.answer = answer;
    }

    /**
     * An answer that is there already.
     *
     * @param answer a number, or an array of arrays of {@code double}; NaN, null or an empty array is no answer yet
     */
    public static Exercise of(String name, @Nullable Object answer) {
        return new Exercise(name, () -> answer);
    }

    /** An answer that the reader's code gives; as long as it throws {@link UnsupportedOperationException} there is none. */
    public static Exercise of(String name, Supplier<@Nullable Object> answer) {
        return new Exercise(name, answer);
    }

    /** A likely wrong answer, and what was probably overlooked. */
    public Exercise mistake(Object wrong, String hint) {
        mistakes.add(new Wrong(wrong, hint));
        return this;
    }

    /** Compares within a thousandth of the largest number, and prints the verdict. */
    public void expect(Object right) {
        expect(right, 1e-3);
    }

    /**
     * Compares and prints the verdict: not answered, right, or wrong and why. The right answer is not printed.
     *
     * @param right a number, or an array of arrays of {@code double}
     * @param tolerance relative to the largest number expected
     */
    public void expect(Object right, double tolerance) {
        System.out.println(name + ": " + verdict(Nested.of(number(right)), tolerance));
    }

    private String verdict(Nested right, double tolerance) {
        Nested got;
        try {
            Object given = answer.get();
            if (given == null) {
                return "not answered yet";
            }
            got = Nested.of(number(given));
        } catch (UnsupportedOperationException e) {
            return "not answered yet";
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return "your code throws " + e + ". Hint: try it in a cell of its own, with small numbers";
        }
        if (got.fault().isEmpty() && (got.values().length == 0 || Double.isNaN(got.values()[0]))) {
            return "not answered yet";
        }
        if (Expect.difference("", right, got, tolerance).isEmpty()) {
            return "right";
        }
        return mistakes.stream()
                .filter(wrong -> Expect.difference("", Nested.of(number(wrong.answer)), got, tolerance).isEmpty())
                .findFirst().map(wrong -> "not yet. " + wrong.hint)
                .orElseGet(() -> "not yet. " + (got.fault().isEmpty() ? other(right, got, tolerance) : got.fault()));
    }

    private static String other(Nested right, Nested got, double tolerance) {
        if (!Arrays.equals(right.shape(), got.shape())) {
            return "Expected " + right + ", got " + got;
        }
        int k = 0;
        while (k < right.values().length - 1
                && Expect.difference("", single(right, k), single(got, k), tolerance).isEmpty()) {
            k++;
        }
        return right.values().length == 1
                ? "That is too " + (got.values()[0] < right.values()[0] ? "small" : "large")
                        + ". Hint: work out a smaller case by hand"
                : "The first that differs is " + right.index(k);
    }

    private static Nested single(Nested all, int k) {
        return new Nested(new int[0], new double[] {all.values()[k]}, "");
    }

    private static Object number(Object value) {
        return value instanceof Number n ? (Object) n.doubleValue() : value;
    }
}
