package convlstm.tensor;

/**
 * A shape and a window on a {@link Buffer}: always contiguous, row-major float32. A view ({@link #at}, {@link #range},
 * {@link #reshape}) shares the memory of its source; no view ever copies.
 *
 * @param shape the axes
 * @param buffer the memory, owned by a backend
 * @param offset the index of the first element in the buffer
 */
public record Tensor(Shape shape, Buffer buffer, int offset) {
    /** Checks that the window lies inside the buffer. */
    public Tensor {
        if (offset < 0 || (long) offset + shape.size() > buffer.length()) {
            throw new IllegalArgumentException("offset: a tensor of shape " + shape + " at offset " + offset
                    + " does not fit a buffer of " + buffer.length() + " elements");
        }
    }

    /** The number of elements. */
    public int size() {
        return shape.size();
    }

    /** The size of an axis; negative counts from the end. */
    public int dim(int axis) {
        return shape.dim(axis);
    }

    /** The view of index {@code i} of the first axis: for a time-major sequence, {@code x.at(t)} is time step t. */
    public Tensor at(int i) {
        if (i < 0 || i >= dim(0)) {
            throw new IndexOutOfBoundsException(
                    "i: expected an index in [0, " + dim(0) + ") of the first axis of " + shape + ", got " + i);
        }
        Shape rest = shape.drop(1);
        return new Tensor(rest, buffer, offset + i * rest.size());
    }

    /** The view of indices {@code from} (inclusive) to {@code to} (exclusive) of the first axis. */
    public Tensor range(int from, int to) {
        if (from < 0 || to < from || to > dim(0)) {
            throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + dim(0)
                    + " on the first axis of " + shape + ", got " + from + ", " + to);
        }
        return new Tensor(shape.with(0, to - from), buffer, offset + from * shape.drop(1).size());
    }

    /** The same elements under another shape of the same size. */
    public Tensor reshape(Shape newShape) {
        if (newShape.size() != size()) {
            throw new IllegalArgumentException("newShape: expected " + size() + " elements as in " + shape + ", got "
                    + newShape + " with " + newShape.size());
        }
        return new Tensor(newShape, buffer, offset);
    }

    /** The same elements under another shape of the same size. */
    public Tensor reshape(int... dims) {
        return reshape(Shape.of(dims));
    }

    @Override
    public String toString() {
        return "Tensor" + shape;
    }
}
