package convlstm.course;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Comparisons for checks. Each returns, or throws an {@link AssertionError} that says what was expected and what came. */
public final class Expect {
    private Expect() {}

    /**
     * Two numbers, or arrays of arrays of {@code double} of the same shape, are equal but for rounding.
     *
     * @param tolerance relative to the largest number expected, or to 0.001 if all are smaller
     */
    public static void close(String name, Object expected, @Nullable Object got, double tolerance) {
        difference(name, Nested.of(expected), Nested.of(got), tolerance).ifPresent(text -> {
            throw new AssertionError(text);
        });
    }

    /** Code has not written into what it was given. */
    public static void unchanged(String name, Object before, Object after) {
        that(difference(name, Nested.of(before), Nested.of(after), 0).isEmpty(), "your code changes " + name
                + ", which others still need. Hint: work on a copy, " + name + ".clone()");
    }

    /** A statement holds; if not, {@code otherwise} is the feedback. */
    public static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** There is a result at all; it is returned. */
    static <T> T given(@Nullable T got, String expected) {
        if (got == null) {
            throw new AssertionError("expected " + expected);
        }
        return got;
    }

    /** How they differ; empty if they do not. */
    static Optional<String> difference(String name, Nested expected, Nested got, double tolerance) {
        if (!got.fault().isEmpty()) {
            return Optional.of(name + ": " + got.fault());
        }
        if (!Arrays.equals(expected.shape(), got.shape())) {
            return Optional.of(name + ": expected " + expected + ", got " + got);
        }
        double scale = Math.max(1e-3, Arrays.stream(expected.values()).map(Math::abs).max().orElse(0));
        int[] wrong = IntStream.range(0, expected.values().length)
                .filter(k -> !(Math.abs(expected.values()[k] - got.values()[k]) <= tolerance * scale)).toArray();
        if (wrong.length == 0) {
            return Optional.empty();
        }
        double right = expected.values()[wrong[0]];
        double found = got.values()[wrong[0]];
        String number = Math.abs(right - found) < 1e-5 * scale ? "%.16g" : "%.6g";
        String count = expected.values().length == 1
                ? ""
                : " (" + wrong.length + " of " + expected.values().length + " differ)";
        return Optional.of(String.format(Locale.ROOT, "%s%s: expected " + number + ", got " + number + "%s", name,
                expected.index(wrong[0]), right, found, count));
    }
}
