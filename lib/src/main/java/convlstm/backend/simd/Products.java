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

    private final Parallel parallel;
    private final int[][] rows;
    private final Scratch[] edges;
    private final Scratch lastColumns = new Scratch();
    private float[] zeros = new float[COLUMNS];

    Products(Parallel parallel) {
        this.parallel = parallel;
        rows = new int[parallel.workers()][BLOCK + ROWS];
        edges = new Scratch[parallel.workers()];
        for (int w = 0; w < edges.length; w++) {
            edges[w] = new Scratch();
        }
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
            for (int m = 0; m < count; m += ROWS) {
                int o = outAt + (m0 + m) * F + j;
                int s = start.at + (m0 + m) * start.step + j;
                if (wholeColumns && m + ROWS <= count) {
                    Tiles.gather(p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb, start.a, s, start.step,
                            out, o, F);
                } else {
                    float[] tile = edges[worker].atLeast(ROWS * COLUMNS);
                    Tiles.gather(p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb, zeros, 0, 0, tile, 0,
                            COLUMNS);
                    for (int i = 0; i < Math.min(ROWS, count - m); i++) {
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
        int tilesOfRun = (p.runLength() + ROWS - 1) / ROWS;
        int tiles = p.tap().length * tilesOfRun;
        int tilesOfTask = Math.max(1, tiles * panels / 64);
        int tasksOfPanel = (tiles + tilesOfTask - 1) / tilesOfTask;
        parallel.forEach(tasksOfPanel * panels, (task, worker) -> {
            int j = task / tasksOfPanel * COLUMNS;
            int firstTile = task % tasksOfPanel * tilesOfTask;
            int endTile = Math.min(tiles, firstTile + tilesOfTask);
            int columns = Math.min(COLUMNS, F - j);
            float[] tile = edges[worker].atLeast((ROWS + BLOCK) * COLUMNS);
            for (int m = 0; m < M; m += BLOCK) {
                int count = Math.min(BLOCK, M - m);
                p.rows(m, count, rows[worker]);
                float[] panel = b;
                int panelAt = bAt + m * F + j;
                int ldb = F;
                if (columns < COLUMNS) {
                    panel = tile;
                    ldb = COLUMNS;
                    copyColumns(b, panelAt, count, columns, F, tile, ROWS * COLUMNS);
                    panelAt = ROWS * COLUMNS;
                }
                for (int t = firstTile; t < endTile; t++) {
                    int k = t % tilesOfRun * ROWS;
                    int tap = p.tap()[t / tilesOfRun] + k;
                    int o = outAt + (t / tilesOfRun * p.runLength() + k) * F + j;
                    int rowsLeft = p.runLength() - k;
                    if (columns == COLUMNS && rowsLeft >= ROWS) {
                        Tiles.outer(p.a(), rows[worker], tap, count, panel, panelAt, ldb, out, o, F);
                    } else {
                        Arrays.fill(tile, 0, ROWS * COLUMNS, 0);
                        Tiles.outer(p.a(), rows[worker], tap, count, panel, panelAt, ldb, tile, 0, COLUMNS);
                        for (int i = 0; i < Math.min(ROWS, rowsLeft); i++) {
                            for (int c = 0; c < columns; c++) {
                                out[o + i * F + c] += tile[i * COLUMNS + c];
                            }
                        }
                    }
                }
            }
        });
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
