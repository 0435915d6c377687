package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The usual Moving MNIST test set, {@code mnist_test_seq.npy}: unsigned bytes {@code (20, 10000, 64, 64)}, time first.
 * It is not part of the kit, for it comes without a licence; whoever has it can read it.
 */
public final class MovingMnist {
    private MovingMnist() {}

    /**
     * Reads sequences {@code from} (inclusive) to {@code to} (exclusive) and nothing else of the file.
     *
     * @param path a .npy file of unsigned bytes, {@code (T, N, H, W)}
     * @return {@code (to - from, T, H, W, 1)} in [0, 1]
     * @throws DataFormatException if the file is damaged or holds something else
     */
    public static HostArray read(Path path, int from, int to) throws IOException {
        try (NpyFile file = NpyFile.open(path)) {
            if (file.rank() != 4 || !file.type().equals("u1")) {
                throw new DataFormatException(path.toString(),
                        "Moving MNIST: shape (T, N, H, W) of u1, usually (20, 10000, 64, 64)", file.toString(),
                        "read other arrays with Npy.read");
            }
            if (from < 0 || to < from || to > file.dim(1)) {
                throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + file.dim(1)
                        + " sequences in " + path + ", got " + from + ", " + to);
            }
            HostArray timeFirst = file.range(1, from, to);
            int T = timeFirst.dim(0);
            int N = timeFirst.dim(1);
            int frame = timeFirst.dim(2) * timeFirst.dim(3);
            HostArray sequences = HostArray.zeros(N, T, timeFirst.dim(2), timeFirst.dim(3), 1);
            for (int n = 0; n < N; n++) {
                for (int t = 0; t < T; t++) {
                    for (int i = 0; i < frame; i++) {
                        sequences.values()[(n * T + t) * frame + i] = timeFirst.values()[(t * N + n) * frame + i] / 255;
                    }
                }
            }
            return sequences;
        }
    }
}
