package convlstm.course;

import static convlstm.tensor.Arguments.require;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a gradient weight by weight beside the right one, and says in which gate it is wrong. For weights whose last
 * axis holds the gates i, f, c, o side by side: an LSTM's, or a ConvLSTM2D's.
 *
 * <pre>{@code
 * GradientMicroscope m = GradientMicroscope.numeric("recurrentKernel", w.recurrentKernel(), loss, gradient);
 * m.errors();    // one row for each input, one column for each gate and unit: a heat map
 * m.toString();  // "recurrentKernel: wrong in gate f, 6 of 32 weights, ..."
 * }</pre>
 */
public final class GradientMicroscope {
    /** Above it a gradient is wrong; central differences in double agree to about 1e-9. */
    private static final double WRONG = 1e-4;

    private static final double STEP = 1e-5;
    private static final List<String> GATES = List.of("i", "f", "c", "o");

    private final String name;
    private final double[][] errors;
    private final boolean gated;

    private GradientMicroscope(String name, double[][] errors, boolean gated) {
        this.name = name;
        this.errors = errors;
        this.gated = gated;
    }

    /**
     * Beside a gradient known to be right.
     *
     * @param right arrays of arrays of {@code double}, the last axis a multiple of 4
     * @param got of the same shape
     */
    public static GradientMicroscope of(String name, Object right, @Nullable Object got) {
        return of(name, right, got, true);
    }

    private static GradientMicroscope of(String name, Object right, @Nullable Object got, boolean gated) {
        Nested expected = Nested.of(right);
        Nested found = Nested.of(got);
        int[] shape = expected.shape();
        require(found.fault().isEmpty() && Arrays.equals(shape, found.shape()), name, "a gradient of shape " + expected,
                (found.fault().isEmpty() ? found.toString() : found.fault()));
        int columns = shape.length == 0 ? 0 : shape[shape.length - 1];
        require(columns != 0 && (!gated || columns % 4 == 0), name, "four gates side by side in the last axis",
                "shape " + expected);
        double largest = Arrays.stream(expected.values()).map(Math::abs).max().orElse(0);
        double[][] errors = new double[expected.values().length / columns][columns];
        for (int k = 0; k < expected.values().length; k++) {
            double a = expected.values()[k];
            double b = found.values()[k];
            double scale = Math.max(Math.max(Math.abs(a), Math.abs(b)), Math.max(1e-4 * largest, 1e-12));
            errors[k / columns][k % columns] = Double.isFinite(b) ? Math.abs(a - b) / scale : 1;
        }
        return new GradientMicroscope(name, errors, gated);
    }

    /**
     * Beside central differences of the loss, for which nobody needs to know the right gradient.
     *
     * @param weights arrays of arrays of {@code double}, moved one by one and put back
     * @param loss runs the forward pass with these weights
     * @param got the backward pass's gradient
     */
    public static GradientMicroscope numeric(String name, Object weights, DoubleSupplier loss, @Nullable Object got) {
        return of(name, numeric(weights, loss), got, true);
    }

    /**
     * The same for a number of each unit, without gates: x, h_tm1 or c_tm1.
     *
     * @param state arrays of arrays of {@code double}, moved one by one and put back
     */
    public static GradientMicroscope numericState(String name, Object state, DoubleSupplier loss,
            @Nullable Object got) {
        return of(name, numeric(state, loss), got, false);
    }

    private static Object numeric(Object weights, DoubleSupplier loss) {
        Nested shape = Nested.of(weights);
        double[] numeric = new double[shape.values().length];
        differences(weights, loss, numeric, 0);
        return refill(shape.shape(), 0, numeric, new int[1]);
    }

    private static int differences(Object weights, DoubleSupplier loss, double[] numeric, int from) {
        int at = from;
        if (weights instanceof double[] row) {
            for (int k = 0; k < row.length; k++) {
                double old = row[k];
                row[k] = old + STEP;
                double above = loss.getAsDouble();
                row[k] = old - STEP;
                double below = loss.getAsDouble();
                row[k] = old;
                numeric[at++] = (above - below) / (2 * STEP);
            }
        } else {
            for (Object row : (Object[]) weights) {
                at = differences(row, loss, numeric, at);
            }
        }
        return at;
    }

    /** The numbers as arrays of arrays again: rows of the last axis, which is all that is looked at. */
    private static Object refill(int[] shape, int axis, double[] values, int[] from) {
        if (axis == shape.length - 1) {
            from[0] += shape[axis];
            return Arrays.copyOfRange(values, from[0] - shape[axis], from[0]);
        }
        Object[] rows = new Object[shape[axis]];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = refill(shape, axis + 1, values, from);
        }
        return rows;
    }

    /** The relative error of each weight, 0 to 2: {@code [inputs][4 U]}, the gates i, f, c, o side by side. */
    public double[][] errors() {
        return Arrays.stream(errors).map(double[]::clone).toArray(double[][]::new);
    }

    /** The gates in which a weight's gradient is wrong, of {@code i f c o}; none for what has no gates. */
    public List<String> wrongGates() {
        int units = errors[0].length / 4;
        return IntStream.range(0, gated ? 4 : 0)
                .filter(gate -> Arrays.stream(errors)
                        .anyMatch(
                                row -> IntStream.range(gate * units, (gate + 1) * units).anyMatch(k -> row[k] > WRONG)))
                .mapToObj(GATES::get)
                .toList();
    }

    /** What is seen, in a sentence: for a plot's title, or for those who cannot see it. */
    @Override
    public String toString() {
        List<String> gates = wrongGates();
        double largest = Arrays.stream(errors).flatMapToDouble(Arrays::stream).max().orElse(0);
        long wrong = Arrays.stream(errors).flatMapToDouble(Arrays::stream).filter(e -> e > WRONG).count();
        if (wrong == 0) {
            return String.format(Locale.ROOT, "%s: right%s, largest relative error %.0e", name,
                    gated ? " in all four gates" : "", largest);
        }
        String where = !gated
                ? ""
                : gates.size() == 4
                        ? " in all four gates,"
                        : gates.stream().map(g -> "gate " + g).collect(Collectors.joining(" and ", " in ", ","));
        return String.format(Locale.ROOT, "%s: wrong%s %d of %d %s, largest relative error %.2g%s", name, where, wrong,
                errors.length * errors[0].length, gated ? "weights" : "numbers", largest, hint(gates));
    }

    private static String hint(List<String> gates) {
        return gates.size() == 1
                ? ". Hint: look at the line of da_" + gates.getFirst().replace('c', 'g')
                : gates.equals(List.of("i", "f", "c")) ? ". Hint: look at the line of dc, which all three read" : "";
    }
}
