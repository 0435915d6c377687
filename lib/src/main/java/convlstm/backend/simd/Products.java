package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.FEW_ROWS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.ROWS;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.simd.VectorElements.At;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The matrix products that every layer is made of, with the patches of images as the left matrix: patches times a
 * matrix, patches times a matrix transposed, and patches transposed times a matrix. They cut the result into tiles, share
 * the tiles among the threads, and see to the tiles at the borders, which do not fill a whole tile.
 */
final class Products {
    /** Patches that one task works through with the same columns of the matrix, which then stay in the cache. */
    private static final int BLOCK = 20 * ROWS;

    /** From this many columns on, the rows of a matrix are so far apart that copying panels of it pays. */
    private static final int FAR = 512;

    /** Columns of such a matrix that a task copies: some panels, so that what it reads of a row is no mere crumb. */
    private static final int STRIPE = 4 * COLUMNS;

    /** A gradient of up to so many elements may be summed in parts. */
    private static final int SMALL = 1 << 13;

    /** Patches with fewer elements are little work. */
    private static final int CRUMBS = 64;

    /** Tasks to aim for, so that the threads finish at about the same time. */
    private static final int TASKS = 32;

    private final Parallel parallel;
    private final int[][] rows;
    private final int[][] cols;
    private final Scratch[] panels;
    private final Scratch[] tiles;
    private final Scratch copy = new Scratch();
    private final Scratch partSums = new Scratch();
    private float[] zeros = new float[COLUMNS];

    Products(Parallel parallel) {
        this.parallel = parallel;
        rows = new int[parallel.workers()][BLOCK + Tiles.NARROW_ROWS];
        cols = new int[parallel.workers()][BLOCK + Tiles.NARROW_ROWS];
        panels = Scratch.array(parallel.workers());
        tiles = Scratch.array(parallel.workers());
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
        boolean far = F >= FAR && M > ROWS;
        boolean crumbs = p.length() < CRUMBS; // too little work for a task to share with others what it knows of its rows
        int stripe = far ? STRIPE : crumbs ? (F + COLUMNS - 1) / COLUMNS * COLUMNS : COLUMNS;
        int stripes = (F + stripe - 1) / stripe;
        int block = blockFor(M, crumbs ? stripes : (F + COLUMNS - 1) / COLUMNS);
        int blocks = (M + block - 1) / block;
        parallel.forEach(blocks * stripes, (task, worker) -> {
            int first = task / blocks * stripe;
            int last = Math.min(F, first + stripe);
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            int[] row = rows[worker];
            p.rows(m0, count, row);
            Arrays.fill(row, count, count + Tiles.NARROW_ROWS, row[count - 1]); // missing rows repeat one that exists
            float[] copies = panels[worker].atLeast(p.length() * stripe);
            if (far) {
                copyPanels(b, bAt + first, p.length(), last - first, F, copies);
            }
            float[] tile = tiles[worker].atLeast(Tiles.NARROW_ROWS * COLUMNS);
            for (int j = first; j < last; j += COLUMNS) {
                int width = Math.min(COLUMNS, F - j);
                boolean copied = far || width < COLUMNS;
                int ldb = !copied ? F : !far && width <= L ? L : COLUMNS;
                if (copied && !far) {
                    copyColumns(b, bAt + j, p.length(), width, F, copies, 0, ldb);
                }
                float[] panel = copied ? copies : b;
                int panelAt = far ? (j - first) * p.length() : copied ? 0 : bAt + j;
                int tileRows;
                for (int m = 0; m < count; m += tileRows) {
                    tileRows = ldb == L ? Tiles.NARROW_ROWS : Tiles.rows(count - m);
                    int o = outAt + (m0 + m) * F + j;
                    int s = start.at + (m0 + m) * start.step + j;
                    if (width == COLUMNS && m + tileRows <= count) {
                        Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb,
                                start.a, s, start.step, out, o, F);
                        continue;
                    }
                    if (ldb == L) {
                        Tiles.gatherNarrow(p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, L, zeros, 0, 0, tile,
                                0, L);
                    } else {
                        Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, ldb,
                                zeros, 0, 0, tile, 0, COLUMNS);
                    }
                    int ldt = ldb == L ? L : COLUMNS;
                    for (int i = 0; i < Math.min(tileRows, count - m); i++) {
                        for (int c = 0; c < width; c++) {
                            out[o + i * F + c] = start.a[s + i * start.step + c] + tile[i * ldt + c];
                        }
                    }
                }
            }
        });
    }

    /** {@code out (M, F) = start + patches (M, K) · bᵀ}, where b is (F, K). */
    void multiplyByTransposed(float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, Start start) {
        int[] col = new int[F + FEW_ROWS];
        Arrays.setAll(col, f -> bAt + Math.min(f, F - 1) * p.length());
        int stripe = 4 * FEW_ROWS;
        int stripes = (F + stripe - 1) / stripe;
        int block = blockFor(M, stripes);
        int blocks = (M + block - 1) / block;
        parallel.forEach(blocks * stripes, (task, worker) -> {
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            int[] row = rows[worker];
            p.rows(m0, count, row);
            Arrays.fill(row, count, count + FEW_ROWS, row[count - 1]);
            float[] sums = tiles[worker].atLeast(FEW_ROWS * FEW_ROWS);
            for (int m = 0; m < count; m += FEW_ROWS) {
                for (int f = task / blocks * stripe; f < Math.min(F, (task / blocks + 1) * stripe); f += FEW_ROWS) {
                    Tiles.dots(p.a(), row, m, p.tap(), p.runLength(), b, col, f, sums);
                    for (int i = 0; i < Math.min(FEW_ROWS, count - m); i++) {
                        int o = (m0 + m + i) * F + f;
                        int s = start.at + (m0 + m + i) * start.step + f;
                        for (int c = 0; c < Math.min(FEW_ROWS, F - f); c++) {
                            out[outAt + o + c] = start.a[s + c] + sums[i * FEW_ROWS + c];
                        }
                    }
                }
            }
        });
    }

    /**
     * {@code out (K, F) += patchesᵀ (K, M) · b (M, F)}. Where the result is small, so that its tiles make too few tasks, the
     * patches are cut into parts with a sum of their own, which are added up in order.
     */
    void multiplyTransposed(float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt) {
        int size = p.length() * F;
        int parts = size > SMALL ? 1 : Math.clamp(M / (4 * BLOCK), 1, TASKS / 2);
        if (parts == 1) {
            multiplyTransposed(out, outAt, M, F, p, b, bAt, 1, 0);
            return;
        }
        float[] sums = partSums.atLeast(parts * size);
        Arrays.fill(sums, 0, parts * size, 0);
        multiplyTransposed(sums, 0, M, F, p, b, bAt, parts, size);
        for (int part = 0; part < parts; part++) {
            VectorElements.add(new At(out, outAt), new At(sums, part * size), size);
        }
    }

    /** The same with a sum for each of the parts, {@code step} apart. */
    private void multiplyTransposed(
            float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, int parts, int step) {
        int share = (M + parts - 1) / parts;
        if (F <= FEW_ROWS && p.runLength() >= FEW_ROWS) {
            multiplyTransposedFew(out, outAt, M, F, p, b, bAt, parts, step);
            return;
        }
        int across = (F + COLUMNS - 1) / COLUMNS;
        int strip = stripFor(p.runLength(), across * p.tap().length * parts);
        int strips = (p.runLength() + strip - 1) / strip;
        boolean copied = F >= FAR || strip > 2 * ROWS; // else what a row of b is read for is not worth a copy
        parallel.forEach(across * p.tap().length * strips * parts, (task, worker) -> {
            int j = task % across * COLUMNS;
            int k = task / across % strips * strip;
            int t = task / across / strips % p.tap().length;
            int part = task / across / strips / p.tap().length;
            int width = Math.min(COLUMNS, F - j);
            boolean panels = copied || width < COLUMNS;
            float[] panel = panels ? this.panels[worker].atLeast(BLOCK * COLUMNS) : b;
            int to = Math.min(M, (part + 1) * share);
            for (int m = part * share; m < to; m += BLOCK) {
                int count = Math.min(BLOCK, to - m);
                p.rows(m, count, rows[worker]);
                if (panels) {
                    copyColumns(b, bAt + m * F + j, count, width, F, panel, 0, COLUMNS);
                }
                regularSteps(cols[worker], count, panels ? COLUMNS : F);
                outerStrip(out, outAt + part * step + (t * p.runLength() + k) * F + j, F,
                        Math.min(strip, p.runLength() - k), width,
                        p.a(), rows[worker], p.tap()[t] + k, count, panel, cols[worker], panels ? 0 : bAt + m * F + j,
                        tiles[worker].atLeast(ROWS * COLUMNS));
            }
        });
    }

    /** {@link #multiplyTransposed} for few columns F: the other way round, bᵀ times patches, along whose runs vectors fit. */
    private void multiplyTransposedFew(
            float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, int parts, int step) {
        float[] few = copy.atLeast(M * F + FEW_ROWS); // a tile reads up to FEW_ROWS elements from each row's start
        System.arraycopy(b, bAt, few, 0, M * F);
        int share = (M + parts - 1) / parts;
        int across = (p.runLength() + COLUMNS - 1) / COLUMNS;
        parallel.forEach(p.tap().length * across * parts, (task, worker) -> {
            int j = task % across * COLUMNS;
            int t = task / across % p.tap().length;
            int part = task / across / p.tap().length;
            float[] tile = tiles[worker].atLeast(FEW_ROWS * COLUMNS);
            Arrays.fill(tile, 0, FEW_ROWS * COLUMNS, 0);
            int to = Math.min(M, (part + 1) * share);
            for (int m = part * share; m < to; m += BLOCK) {
                int count = Math.min(BLOCK, to - m);
                p.rows(m, count, cols[worker]);
                regularSteps(rows[worker], count, F);
                Tiles.outer(FEW_ROWS, few, rows[worker], m * F, count, p.a(), cols[worker], p.tap()[t] + j,
                        tile, 0, COLUMNS);
            }
            for (int c = 0; c < Math.min(COLUMNS, p.runLength() - j); c++) {
                for (int f = 0; f < F; f++) {
                    out[outAt + part * step + (t * p.runLength() + j + c) * F + f] += tile[f * COLUMNS + c];
                }
            }
        });
    }

    /**
     * out (height, width) += the patches' elements transposed times {@code count} rows of b, tile by tile.
     *
     * @param room for one tile
     */
    static void outerStrip(
            float[] out, int outAt, int ldo, int height, int width, float[] a, int[] row, int aAt, int count,
            float[] b, int[] col, int bAt, float[] room) {
        int tileRows;
        for (int i = 0; i < height; i += tileRows) {
            tileRows = Tiles.rows(height - i);
            if (width == COLUMNS && height - i >= tileRows) {
                Tiles.outer(tileRows, a, row, aAt + i, count, b, col, bAt, out, outAt + i * ldo, ldo);
            } else {
                Arrays.fill(room, 0, ROWS * COLUMNS, 0);
                Tiles.outer(tileRows, a, row, aAt + i, count, b, col, bAt, room, 0, COLUMNS);
                for (int r = 0; r < Math.min(tileRows, height - i); r++) {
                    for (int c = 0; c < width; c++) {
                        out[outAt + (i + r) * ldo + c] += room[r * COLUMNS + c];
                    }
                }
            }
        }
    }

    /** Rows of one task: whole tiles, and so few that a small product still makes work for every core. */
    private static int blockFor(int M, int across) {
        int wanted = Math.max(1, TASKS / across);
        int tiles = (M + ROWS - 1) / ROWS;
        return Math.min(BLOCK, Math.max(1, tiles / wanted) * ROWS);
    }

    /** Rows of a gradient that one task computes, in whole tiles: they share what is copied of b. */
    private static int stripFor(int runLength, int others) {
        int wanted = Math.max(1, TASKS / others);
        int tiles = (runLength + ROWS - 1) / ROWS;
        return (tiles + wanted - 1) / wanted * ROWS;
    }

    private static void regularSteps(int[] steps, int count, int step) {
        for (int k = 0; k < count; k++) {
            steps[k] = k * step;
        }
    }

    /** Copies {@code width} columns of K rows as panels of COLUMNS columns, one behind the other, the last with zeros. */
    private static void copyPanels(float[] b, int bAt, int K, int width, int ldb, float[] to) {
        int whole = width - width % COLUMNS;
        for (int k = 0; k < K; k++) {
            for (int j = 0; j < whole; j += COLUMNS) {
                copyVectors(b, bAt + k * ldb + j, to, j * K + k * COLUMNS);
            }
        }
        if (whole < width) {
            copyColumns(b, bAt + whole, K, width - whole, ldb, to, whole * K, COLUMNS);
        }
    }

    /** COLUMNS elements: for so few, two loads and stores are quicker than the call of a copying method. */
    private static void copyVectors(float[] from, int fromAt, float[] to, int toAt) {
        FloatVector.fromArray(S, from, fromAt).intoArray(to, toAt);
        FloatVector.fromArray(S, from, fromAt + L).intoArray(to, toAt + L);
    }

    /** Copies {@code width} columns of K rows side by side, filled up with zeros to {@code ldTo} columns. */
    private static void copyColumns(
            float[] b, int bAt, int K, int width, int ldb, float[] to, int toAt, int ldTo) {
        for (int k = 0; k < K; k++) {
            if (width == COLUMNS) {
                copyVectors(b, bAt + k * ldb, to, toAt + k * ldTo);
            } else {
                System.arraycopy(b, bAt + k * ldb, to, toAt + k * ldTo, width);
                Arrays.fill(to, toAt + k * ldTo + width, toAt + (k + 1) * ldTo, 0);
            }
        }
    }
}
