package convlstm.tensor;

import java.util.Arrays;

/**
 * An array in Java's own memory: what files are read into, what models are fed with, and what comes back from them.
 * Row-major; the values are not copied, so whoever holds the array may change them.
 *
 * @param shape the axes, outermost first
 * @param values the {@code shape.size()} elements
 */
public record HostArray(Shape shape, float[] values) {
    /** Checks that shape and values agree. */
    public HostArray {
        if (shape.size() != values.length) {
            throw new IllegalArgumentException(
                    "values: expected " + shape.size() + " elements for shape " + shape + ", got " + values.length);
        }
    }

    /** An array of zeros. */
    public static HostArray zeros(int... dims) {
        Shape shape = Shape.of(dims);
        return new HostArray(shape, new float[shape.size()]);
    }

    /** The number of elements. */
    public int size() {
        return values.length;
    }

    /** The size of an axis; negative counts from the end. */
    public int dim(int axis) {
        return shape.dim(axis);
    }

    /** The element at the given indices, one per axis. */
    public float get(int... index) {
        return values[flat(index)];
    }

    /** Sets the element at the given indices, one per axis. */
    public void set(float value, int... index) {
        values[flat(index)] = value;
    }

    private int flat(int[] index) {
        if (index.length != shape.rank()) {
            throw new IllegalArgumentException(
                    "index: expected " + shape.rank() + " indices for shape " + shape + ", got " + index.length);
        }
        int at = 0;
        for (int a = 0; a < index.length; a++) {
            if (index[a] < 0 || index[a] >= shape.dim(a)) {
                throw new IndexOutOfBoundsException("index: " + Arrays.toString(index) + " is outside shape " + shape);
            }
            at = at * shape.dim(a) + index[a];
        }
        return at;
    }

    /** A copy of index {@code i} of the first axis, for example one sample of a batch. */
    public HostArray at(int i) {
        return range(i, i + 1).reshape(shape.drop(1));
    }

    /** A copy of indices {@code from} (inclusive) to {@code to} (exclusive) of the first axis. */
    public HostArray range(int from, int to) {
        if (from < 0 || to < from || to > dim(0)) {
            throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + dim(0)
                    + " on the first axis of " + shape + ", got " + from + ", " + to);
        }
        int row = shape.drop(1).size();
        return new HostArray(shape.with(0, to - from), Arrays.copyOfRange(values, from * row, to * row));
    }

    /** The same values under another shape of the same size, not copied. */
    public HostArray reshape(Shape newShape) {
        return new HostArray(newShape, values);
    }

    /** The same values under another shape of the same size, not copied. */
    public HostArray reshape(int... dims) {
        return reshape(Shape.of(dims));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof HostArray a && shape.equals(a.shape) && Arrays.equals(values, a.values);
    }

    @Override
    public int hashCode() {
        return 31 * shape.hashCode() + Arrays.hashCode(values);
    }

    /** {@code HostArray(2, 3)}: the shape, not the values. */
    @Override
    public String toString() {
        return "HostArray" + shape;
    }
}
