package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.ROWS;

import java.util.Arrays;

/**
 * The two matrix products that every layer is made of, with the patches of images as the left matrix: patches times a
 * matrix, and patches transposed times a matrix. They cut the result into tiles, share the tiles among the threads, and
 * see to the tiles at the borders, which do not fill a whole tile.
 */
final class Products {
    /** Patches that one task works through with the same columns of the matrix, which then stay in the cache. */
    private static final int BLOCK = 20 * ROWS;

    /** Rows of a gradient that one task computes: some tiles, which share what they read of b. */
    private static final int STRIP = 4 * ROWS;

    private final Parallel parallel;
    private final int[][] rows;
    private final Scratch[] edges;
    private final Scratch lastColumns = new Scratch();
    private float[] zeros = new float[COLUMNS];

    Products(Parallel parallel) {
        this.parallel = parallel;
        rows = new int[parallel.workers()][BLOCK + ROWS];
        edges = Scratch.array(parallel.workers());
    }

    /** What a sum starts from: element (m, j) is {@code a[at + m · step + j]}; a step of 0 repeats one row, a bias. */
    record Start(float[] a, int at, int step) {}

    /** A start from zero, for up to {@code columns} columns. */
    Start zero(int columns) {
        if (zeros.length < columns + COLUMNS) {
            zeros = new float[columns + COLUMNS];
        }
        return new Start(zeros, 0, 0);
    }

    /** {@code out (M, F) = start + patches (M, K) · b (K, F)}. */
    void multiply(float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, Start start) {
        int panels = (F + COLUMNS - 1) / COLUMNS;
        int whole = F / COLUMNS;
        int block = Math.min(BLOCK, blockFor(M, panels));
        int blocks = (M + block - 1) / block;
        float[] last = whole == panels ? b : padColumns(b, bAt + whole * COLUMNS, p.length(), F - whole * COLUMNS, F);
        parallel.forEach(blocks * panels, (task, worker) -> {
            int j = task / blocks * COLUMNS;
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            int[] row = rows[worker];
            p.rows(m0, count, row);
            for (int k = count; k < count + ROWS; k++) {
                row[k] = row[count - 1]; // the last tile's missing rows repeat a row that exists
            }
            boolean wholeColumns = j / COLUMNS < whole;
            float[] panel = wholeColumns ? b : last;
            int panelAt = wholeColumns ? bAt + j : 0;
            int ldb = wholeColumns ? F : COLUMNS;
            int tileRows;
            for (int m = 0; m < count; m += tileRows) {
                tileRows = Tiles.rows(count - m);
                int o = outAt + (m0 + m) * F + j;
                int s = start.at + (m0 + m) * start.step + j;
                if (wholeColumns && m + tileRows <= count) {
                    Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb,
                            start.a, s, start.step, out, o, F);
                } else {
                    float[] tile = edges[worker].atLeast(ROWS * COLUMNS);
                    Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb,
                            zeros, 0, 0, tile, 0, COLUMNS);
                    for (int i = 0; i < Math.min(tileRows, count - m); i++) {
                        for (int c = 0; c < Math.min(COLUMNS, F - j); c++) {
                            out[o + i * F + c] = start.a[s + i * start.step + c] + tile[i * COLUMNS + c];
                        }
                    }
                }
            }
        });
    }

    /** {@code out (K, F) += patchesᵀ (K, M) · b (M, F)}. */
    void multiplyTransposed(float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt) {
        int panels = (F + COLUMNS - 1) / COLUMNS;
        int strips = (p.runLength() + STRIP - 1) / STRIP;
        parallel.forEach(panels * p.tap().length * strips, (task, worker) -> {
            int j = task % panels * COLUMNS;
            int k = task / panels % strips * STRIP;
            int t = task / panels / strips;
            int o = outAt + (t * p.runLength() + k) * F + j;
            int height = Math.min(STRIP, p.runLength() - k);
            int width = Math.min(COLUMNS, F - j);
            for (int m = 0; m < M; m += BLOCK) {
                int count = Math.min(BLOCK, M - m);
                p.rows(m, count, rows[worker]);
                outerStrip(out, o, F, height, width, p.a(), rows[worker], p.tap()[t] + k, count, b, bAt + m * F + j, F,
                        edges[worker].atLeast((ROWS + BLOCK) * COLUMNS));
            }
        });
    }

    /** out (height, width) += the patches' elements transposed times {@code count} rows of b, tile by tile. */
    static void outerStrip(
            float[] out, int outAt, int ldo, int height, int width, float[] a, int[] row, int tap, int count,
            float[] b, int bAt, int ldb, float[] room) {
        float[] panel = b;
        int panelAt = bAt;
        int ldp = ldb;
        if (width < COLUMNS) {
            panel = room;
            panelAt = ROWS * COLUMNS;
            ldp = COLUMNS;
            copyColumns(b, bAt, count, width, ldb, panel, panelAt);
        }
        int tileRows;
        for (int i = 0; i < height; i += tileRows) {
            tileRows = Tiles.rows(height - i);
            if (width == COLUMNS && height - i >= tileRows) {
                Tiles.outer(tileRows, a, row, tap + i, count, panel, panelAt, ldp, out, outAt + i * ldo, ldo);
            } else {
                Arrays.fill(room, 0, ROWS * COLUMNS, 0);
                Tiles.outer(tileRows, a, row, tap + i, count, panel, panelAt, ldp, room, 0, COLUMNS);
                for (int r = 0; r < Math.min(tileRows, height - i); r++) {
                    for (int c = 0; c < width; c++) {
                        out[outAt + (i + r) * ldo + c] += room[r * COLUMNS + c];
                    }
                }
            }
        }
    }

    /** Rows of one task: whole tiles, and so few that a small product still makes work for every core. */
    private static int blockFor(int M, int panels) {
        int wanted = Math.max(1, 32 / panels);
        int tiles = (M + ROWS - 1) / ROWS;
        return Math.max(1, tiles / wanted) * ROWS;
    }

    /** The last columns of b as a matrix of COLUMNS columns, filled up with zeros. */
    private float[] padColumns(float[] b, int bAt, int K, int columns, int ldb) {
        float[] padded = lastColumns.atLeast(K * COLUMNS);
        copyColumns(b, bAt, K, columns, ldb, padded, 0);
        return padded;
    }

    private static void copyColumns(float[] b, int bAt, int K, int columns, int ldb, float[] to, int toAt) {
        for (int k = 0; k < K; k++) {
            for (int c = 0; c < COLUMNS; c++) {
                to[toAt + k * COLUMNS + c] = c < columns ? b[bAt + k * ldb + c] : 0;
            }
        }
    }
}
