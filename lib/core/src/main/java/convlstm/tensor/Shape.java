package convlstm.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of an array's axes, outermost first, row-major: {@code (B, T, H, W, C)} for a batch of image sequences.
 *
 * <p>Immutable. The empty shape {@code ()} is a scalar of size 1. An axis may have size 0 only in shapes that describe
 * empty data; tensors refuse it.
 */
public final class Shape {
    private final int[] dims;
    private final int size;

    private Shape(int[] dims) {
        long n = 1;
        for (int d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException(
                        "shape: expected axes of size 0 or more, got " + Arrays.toString(dims)
                                + ". Hint: a negative size usually comes from a kernel larger than its input");
            }
            n *= d;
            if (n > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("shape: expected at most " + Integer.MAX_VALUE + " elements, got "
                        + Arrays.toString(dims) + ". Hint: use a smaller batch or fewer time steps");
            }
        }
        this.dims = dims;
        this.size = (int) n;
    }

    /** The shape with the given axis sizes; none for a scalar. */
    public static Shape of(int... dims) {
        return new Shape(dims.clone());
    }

    /** The number of axes. */
    public int rank() {
        return dims.length;
    }

    /** The number of elements: the product of all axes. */
    public int size() {
        return size;
    }

    /** The size of an axis; a negative {@code axis} counts from the end, as in NumPy: {@code dim(-1)} is the last. */
    public int dim(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) {
            throw new IndexOutOfBoundsException(
                    "axis: expected one of the " + dims.length + " axes of " + this + ", got "
                            + axis);
        }
        return dims[a];
    }

    /** A copy of the axis sizes. */
    public int[] toArray() {
        return dims.clone();
    }

    /** This shape with one more axis in front: {@code (H, W).prepend(B)} is {@code (B, H, W)}. */
    public Shape prepend(int dim) {
        int[] d = new int[dims.length + 1];
        d[0] = dim;
        System.arraycopy(dims, 0, d, 1, dims.length);
        return new Shape(d);
    }

    /** This shape with one more axis at the end. */
    public Shape append(int dim) {
        int[] d = Arrays.copyOf(dims, dims.length + 1);
        d[dims.length] = dim;
        return new Shape(d);
    }

    /** This shape without its first {@code n} axes: {@code (B, T, D).drop(1)} is {@code (T, D)}. */
    public Shape drop(int n) {
        if (n < 0 || n > dims.length) {
            throw new IllegalArgumentException(
                    "n: expected 0 to " + dims.length + " axes to drop from " + this + ", got "
                            + n);
        }
        return new Shape(Arrays.copyOfRange(dims, n, dims.length));
    }

    /** This shape with the size of one axis replaced; a negative {@code axis} counts from the end. */
    public Shape with(int axis, int dim) {
        dim(axis);
        int[] d = dims.clone();
        d[axis < 0 ? axis + d.length : axis] = dim;
        return new Shape(d);
    }

    /** True if the last axes of this shape are exactly {@code suffix}; any shape ends with the scalar shape. */
    public boolean endsWith(Shape suffix) {
        int from = dims.length - suffix.dims.length;
        return from >= 0 && Arrays.equals(dims, from, dims.length, suffix.dims, 0, suffix.dims.length);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** {@code (2, 3, 4)}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }
}
