package convlstm.course;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A Java array of arrays of {@code double}, flattened row-major.
 *
 * @param shape the length of each axis, outermost first; none for a number
 * @param values the numbers
 * @param fault why it is no such array, for example rows of different lengths; empty if it is one
 */
record Nested(int[] shape, double[] values, String fault) {
    /** From {@code Double}, {@code double[]}, {@code double[][]}, ... of any depth. */
    static Nested of(@Nullable Object array) {
        int[] shape = {};
        for (Object at = array; at instanceof Object[] || at instanceof double[];) {
            shape = Arrays.copyOf(shape, shape.length + 1);
            shape[shape.length - 1] = java.lang.reflect.Array.getLength(at);
            at = at instanceof Object[] rows && rows.length > 0 ? rows[0] : null;
        }
        double[] values = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        return new Nested(shape, values, fill(array, shape, 0, values, new int[] {0}));
    }

    /** Fills in the values; returns what is wrong with the array, empty if nothing is. */
    private static String fill(@Nullable Object at, int[] shape, int axis, double[] values, int[] filled) {
        if (at instanceof Double number && axis == shape.length) {
            values[filled[0]++] = number;
        } else if (at == null) {
            return axis == 0
                    ? "expected an array, got null"
                    : "expected arrays in every row, got null in one. Hint: an array of arrays begins empty";
        } else if (at instanceof double[] row && axis == shape.length - 1 && row.length == shape[axis]) {
            System.arraycopy(row, 0, values, filled[0], row.length);
            filled[0] += row.length;
        } else if (at instanceof Object[] rows && axis < shape.length && rows.length == shape[axis]) {
            for (Object row : rows) {
                String fault = fill(row, shape, axis + 1, values, filled);
                if (!fault.isEmpty()) {
                    return fault;
                }
            }
        } else {
            return at instanceof Object[] || at instanceof double[]
                    ? "expected rows of one length, got different ones"
                    : "expected numbers of type double, got " + at.getClass().getSimpleName();
        }
        return "";
    }

    /** The length of the rows of a matrix; 0 if it has none. */
    static int columns(double[][] matrix) {
        return matrix.length == 0 ? 0 : matrix[0].length;
    }

    /** The indices of element {@code k}: {@code [1][0]}. */
    String index(int k) {
        StringBuilder text = new StringBuilder();
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            text.insert(0, "[" + k % shape[axis] + "]");
            k /= shape[axis];
        }
        return text.toString();
    }

    /** The shape: {@code [2][8]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int n : shape) {
            text.append("[").append(n).append("]");
        }
        return text.isEmpty() ? "a number" : text.toString();
    }
}
