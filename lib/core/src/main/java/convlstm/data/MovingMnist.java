package convlstm.data;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The usual Moving MNIST test set, {@code mnist_test_seq.npy}: unsigned bytes {@code (20, 10000, 64, 64)}, time first.
 * It is not part of the kit, since it comes without a licence; if you have it, this reads it. Other programs save such files
 * sample first. The shape does not tell which order a file has, so the caller says it, except for the usual sizes.
 */
public final class MovingMnist {
    /** What the first two axes of a file are. */
    public enum Order {
        /** {@code (T, N, H, W)}, as in the usual file. */
        TIME_FIRST,
        /** {@code (N, T, H, W)}. */
        SAMPLE_FIRST
    }

    private static final int STEPS = 20;
    private static final int SEQUENCES = 10_000;
    private static final int AT_ONCE = 64;

    private MovingMnist() {}

    /**
     * Reads sequences {@code from} (inclusive) to {@code to} (exclusive) of the usual file, and nothing else of it.
     *
     * @param path a .npy file of unsigned bytes, {@code (20, 10000, H, W)} or, sample first, {@code (10000, 20, H, W)}
     * @return {@code (to - from, T, H, W, 1)} in [0, 1]
     * @throws DataFormatException if the file is damaged, holds something else, or has another shape, which could be read
     *     in two ways
     * @throws OutOfMemoryError that says how many sequences fit
     */
    public static HostArray read(Path path, int from, int to) throws IOException {
        return sequences(path, null, from, to);
    }

    /** Reads sequences of a file of any size, whose order the caller knows; see {@link #read(Path, int, int)}. */
    public static HostArray read(Path path, Order order, int from, int to) throws IOException {
        return sequences(path, order, from, to);
    }

    private static HostArray sequences(Path path, @Nullable Order said, int from, int to) throws IOException {
        try (NpyFile file = NpyFile.open(path)) {
            if (file.rank() != 4 || !file.type().equals("u1")) {
                throw new DataFormatException(path.toString(),
                        "Moving MNIST: shape (T, N, H, W) of u1, usually (20, 10000, 64, 64)", file.toString(),
                        "read other arrays with Npy.read");
            }
            int a = file.dim(0);
            int b = file.dim(1);
            boolean sampleFirst = a == SEQUENCES && b == STEPS;
            if (said == null && !sampleFirst && !(a == STEPS && b == SEQUENCES)) {
                throw new DataFormatException(path.toString(),
                        "the usual shape (20, 10000, H, W), or to be told the order",
                        file + ": time first it has " + b + " sequences of " + a + " frames, sample first " + a
                                + " sequences of " + b + " frames",
                        "MovingMnist.read(path, Order.SAMPLE_FIRST, from, to), or TIME_FIRST; look at one sequence to see"
                                + " whether it moves");
            }
            sampleFirst = said == null ? sampleFirst : said == Order.SAMPLE_FIRST;
            int axis = sampleFirst ? 0 : 1;
            if (from < 0 || to < from || to > file.dim(axis)) {
                throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + file.dim(axis)
                        + " sequences in " + path + ", got " + from + ", " + to);
            }
            int T = file.dim(1 - axis);
            int frame = file.dim(2) * file.dim(3);
            Shape shape = Shape.of(to - from, T, file.dim(2), file.dim(3), 1);
            HostArray sequences = new HostArray(shape,
                    Limits.floats(shape.size(), to - from, "sequences of " + path.getFileName()));
            for (int first = from; first < to; first += AT_ONCE) {
                HostArray part = file.range(axis, first, Math.min(to, first + AT_ONCE));
                int N = part.dim(axis);
                for (int n = 0; n < N; n++) {
                    for (int t = 0; t < T; t++) {
                        int at = (sampleFirst ? n * T + t : t * N + n) * frame;
                        for (int i = 0; i < frame; i++) {
                            sequences.values()[((first - from + n) * T + t) * frame + i] = part.values()[at + i] / 255;
                        }
                    }
                }
            }
            return sequences;
        }
    }
}
