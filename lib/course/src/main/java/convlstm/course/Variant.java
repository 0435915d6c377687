package convlstm.course;

import static convlstm.tensor.Arguments.require;

import convlstm.data.Shipped;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The numbers of one student's copy of an assignment, so that answers cannot be copied. The same student and assignment
 * give the same numbers on every machine and in every order of asking: each is drawn by its own name.
 *
 * <pre>{@code
 * Variant variant = Variant.of("ada", "A1");
 * double x = variant.number("x", -2, 2);
 * double[][] kernel = variant.array("kernel", 3, 8);
 * }</pre>
 */
public final class Variant {
    private final String student;
    private final String assignment;

    private Variant(String student, String assignment) {
        this.student = student;
        this.assignment = assignment;
    }

    /**
     * @param student who answers; case and outer blanks do not count
     * @param assignment which assignment, for example {@code A1}
     */
    public static Variant of(String student, String assignment) {
        if (student == null || student.isBlank()) {
            throw new IllegalArgumentException("student: expected your id, as your instructor knows you, got nothing."
                    + " Hint: write it between the quotes in the first cell, String student = \"ada\";");
        }
        return new Variant(student.strip().toLowerCase(Locale.ROOT), assignment);
    }

    /** A whole number, {@code from} to {@code to}, both included. */
    public int size(String name, int from, int to) {
        require(to >= from, "from, to", "from <= to for " + name, from + ", " + to);
        return from + random(name).nextInt(to - from + 1);
    }

    /** A number between {@code from} and {@code to} with two decimals, good for work on paper. */
    public double number(String name, double from, double to) {
        double drawn = from + (to - from) * random(name).nextDouble();
        return Math.round(drawn * 100) / 100.0;
    }

    /** A seed, for whatever draws numbers of its own. */
    public long seed(String name) {
        return random(name).nextLong();
    }

    /** A vector of numbers between -1 and 1. */
    public double[] array(String name, int n) {
        return fill(random(name), n);
    }

    /** A matrix of numbers between -1 and 1. */
    public double[][] array(String name, int rows, int columns) {
        return fill(random(name), rows, columns);
    }

    /** An image {@code [H][W][C]} of numbers between -1 and 1. */
    public double[][][] array(String name, int H, int W, int C) {
        return fill(random(name), H, W, C);
    }

    /** A kernel {@code [kh][kw][in][out]}, or a sequence of images {@code [T][H][W][C]}, of numbers between -1 and 1. */
    public double[][][][] array(String name, int a, int b, int c, int d) {
        Random random = random(name);
        return IntStream.range(0, a).mapToObj(_ -> fill(random, b, c, d)).toArray(double[][][][]::new);
    }

    private static double[][][] fill(Random random, int a, int b, int c) {
        return IntStream.range(0, a).mapToObj(_ -> fill(random, b, c)).toArray(double[][][]::new);
    }

    private static double[][] fill(Random random, int rows, int columns) {
        return IntStream.range(0, rows).mapToObj(_ -> fill(random, columns)).toArray(double[][]::new);
    }

    private static double[] fill(Random random, int n) {
        return random.doubles(n, -1, 1).toArray();
    }

    /** {@link Random}, because its algorithm is part of its specification: it draws the same everywhere. */
    private Random random(String name) {
        String text = String.join("\n", student, assignment, name);
        String hash = Shipped.sha256(text.getBytes(StandardCharsets.UTF_8));
        return new Random(Long.parseUnsignedLong(hash.substring(0, 16), 16));
    }

    /** {@code A1 of ada}. */
    @Override
    public String toString() {
        return assignment + " of " + student;
    }
}
