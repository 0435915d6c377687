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
    private static final int BLOCK = ROWS == FEW_ROWS ? 120 : 240;

    /** From this many columns on, the rows of a matrix are so far apart that cutting it into panels pays. */
    private static final int FAR = 512;

    /** From so many rows on, a product with a transposed matrix is worth transposing it for once, */
    private static final int MANY = 128;

    /** and a transposed one is from so many rows and columns on. */
    private static final int SOME = 64;

    /** Terms of a sum that are taken at once where panels must be copied for it: so many rows stay in a cache. */
    private static final int TERMS = 640;

    /** Rows of a matrix that one task copies into panels. */
    private static final int CUT = 16;

    /** A gradient of up to so many elements may be summed in parts. */
    private static final int SMALL = 1 << 13;

    /** Patches with fewer elements are little work. */
    private static final int CRUMBS = 64;

    /** Tasks to aim for, so that the threads finish at about the same time. */
    private static final int TASKS = 32;

    private final Parallel parallel;
    private final int[][] rows;
    private final Scratch[] panels;
    private final Scratch[] tiles;
    private final Scratch copy = new Scratch();
    private final Scratch cut = new Scratch();
    private final Scratch partSums = new Scratch();
    private float[] zeros = new float[COLUMNS];

    Products(Parallel parallel) {
        this.parallel = parallel;
        rows = new int[parallel.workers()][BLOCK + Tiles.NARROW_ROWS];
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
    void multiply(float[] out, int outAt, int M, int F, Patches p, Kernel kernel, Start start) {
        float[] b = kernel.a();
        int bAt = kernel.at();
        if (F >= FAR && (M > ROWS || kernel.keepsForms())) {
            float[] panels = kernel.form(Kernel.Kind.PANELS, p.length(), F, panelElements(p.length(), F), cut,
                    to -> cutIntoPanels(b, bAt, p.length(), F, to));
            multiplyPanels(out, outAt, M, F, p, panels, start);
            return;
        }
        boolean crumbs = p.length() < CRUMBS; // too little work for a task to share with others what it knows of its rows
        int stripe = crumbs ? Math.ceilDiv(F, COLUMNS) * COLUMNS : COLUMNS;
        int stripes = Math.ceilDiv(F, stripe);
        int block = blockFor(M, crumbs ? stripes : Math.ceilDiv(F, COLUMNS));
        int blocks = Math.ceilDiv(M, block);
        parallel.forEach(blocks * stripes, (task, worker) -> {
            int first = task / blocks * stripe;
            int last = Math.min(F, first + stripe);
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            int[] row = rows[worker];
            p.rows(m0, count, row);
            Arrays.fill(row, count, count + Tiles.NARROW_ROWS, row[count - 1]); // missing rows repeat one that exists
            float[] copy = panels[worker].atLeast(p.length() * COLUMNS);
            float[] tile = tiles[worker].atLeast(Tiles.NARROW_ROWS * COLUMNS);
            for (int j = first; j < last; j += COLUMNS) {
                int width = Math.min(COLUMNS, F - j);
                boolean panel = F == COLUMNS || F == L; // b is one already
                int ldb = width <= L ? L : COLUMNS;
                if (!panel) {
                    copyColumns(b, bAt + j, p.length(), width, F, copy, 0, ldb);
                }
                tilesOfPanel(out, outAt + m0 * F + j, F, width, p, row, count, panel ? b : copy, panel ? bAt : 0,
                        ldb, start, start.at + m0 * start.step + j, tile);
            }
        });
    }

    /** {@code out (M, F) = start + patches (M, K) · bᵀ}, where b is (F, K): for many rows, b is transposed. */
    void multiplyByTransposed(
            float[] out, int outAt, int M, int F, Patches p, Kernel kernel, Start start) {
        float[] b = kernel.a();
        int bAt = kernel.at();
        int K = p.length();
        if (K >= FAR && F >= COLUMNS && (M >= MANY || M >= ROWS && kernel.keepsForms())) {
            float[] panels = kernel.form(Kernel.Kind.PANELS_OF_TRANSPOSED, K, F, panelElements(K, F), cut,
                    to -> cutTransposedIntoPanels(b, bAt, K, F, to));
            multiplyPanels(out, outAt, M, F, p, panels, start);
        } else {
            multiplyByDots(out, outAt, M, F, p, b, bAt, start);
        }
    }

    private static int panelElements(int K, int F) {
        return Math.ceilDiv(F, COLUMNS) * COLUMNS * K;
    }

    /** {@code out (M, F) = start + patches (M, K) · b}, where b lies in panels of COLUMNS columns. */
    private void multiplyPanels(float[] out, int outAt, int M, int F, Patches p, float[] b, Start start) {
        int across = Math.ceilDiv(F, COLUMNS);
        int block = blockFor(M, across);
        int blocks = Math.ceilDiv(M, block);
        parallel.forEach(blocks * across, (task, worker) -> {
            int j = task / blocks * COLUMNS;
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            p.rows(m0, count, rows[worker]);
            Arrays.fill(rows[worker], count, count + Tiles.NARROW_ROWS, rows[worker][count - 1]);
            tilesOfPanel(out, outAt + m0 * F + j, F, Math.min(COLUMNS, F - j), p, rows[worker], count, b,
                    j * p.length(),
                    COLUMNS, start, start.at + m0 * start.step + j, tiles[worker].atLeast(ROWS * COLUMNS));
        });
    }

    /**
     * The columns of one panel, {@code width} of them, for {@code count} patches.
     *
     * @param ldb from one row of the panel to the next; L where the panel is one vector wide
     * @param tile for what does not fill a tile
     */
    private void tilesOfPanel(
            float[] out, int outAt, int F, int width, Patches p, int[] row, int count, float[] panel, int panelAt,
            int ldb, Start start, int startAt, float[] tile) {
        int tileRows;
        for (int m = 0; m < count; m += tileRows) {
            tileRows = ldb == L ? Tiles.NARROW_ROWS : Tiles.rows(count - m);
            int o = outAt + m * F;
            int s = startAt + m * start.step;
            if (width == COLUMNS && m + tileRows <= count) {
                Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt,
                        start.a, s, start.step, out, o, F);
                continue;
            }
            if (ldb == L) {
                TallTiles.gatherNarrow(p.a(), row, m, p.tap(), p.runLength(), panel, panelAt, zeros, 0, 0, tile, 0, L);
            } else {
                Tiles.gather(tileRows, p.a(), row, m, p.tap(), p.runLength(), panel, panelAt,
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

    /** {@link #multiplyByTransposed} with sums along the rows of b, which is read as it lies. */
    private void multiplyByDots(float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, Start start) {
        int[] col = new int[F + FEW_ROWS];
        Arrays.setAll(col, f -> bAt + Math.min(f, F - 1) * p.length());
        int stripe = 4 * FEW_ROWS;
        int stripes = Math.ceilDiv(F, stripe);
        int block = blockFor(M, stripes);
        int blocks = Math.ceilDiv(M, block);
        parallel.forEach(blocks * stripes, (task, worker) -> {
            int m0 = task % blocks * block;
            int count = Math.min(block, M - m0);
            int[] row = rows[worker];
            p.rows(m0, count, row);
            Arrays.fill(row, count, count + FEW_ROWS, row[count - 1]);
            float[] sums = tiles[worker].atLeast(Tiles.ROOM_FOR_DOTS);
            for (int m = 0; m < count; m += FEW_ROWS) {
                for (int f = task / blocks * stripe; f < Math.min(F, (task / blocks + 1) * stripe); f += FEW_ROWS) {
                    Tiles.dots(p.a(), row, m, p.tap(), p.runLength(), b, col, f, Math.min(FEW_ROWS, F - f), sums);
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

    /** Whether {@link #multiplyTransposedMatrix} is quicker than {@link #multiplyTransposed}. */
    static boolean worthTransposing(int M, int K, int F) {
        return M >= SOME && K >= SOME && F >= FAR;
    }

    /**
     * {@code out (K, F) += aᵀ (K, M) · b (M, F)}, for matrices so large that a is worth transposing: then it is the first
     * product, with the fastest of the tiles. The sums run in the same order.
     */
    void multiplyTransposedMatrix(float[] out, int outAt, int M, int K, int F, float[] a, int aAt, float[] b, int bAt) {
        for (int m = 0; m < M; m += TERMS) {
            int count = Math.min(TERMS, M - m);
            int step = count + L; // no power of two, or the rows of a tile would meet in one set of the cache
            float[] t = copy.atLeast(K * step);
            int from = aAt + m * K;
            parallel.forEach(Math.ceilDiv(K, CUT), (task, worker) -> {
                for (int i = 0; i < count; i++) {
                    for (int k = task * CUT; k < Math.min(K, (task + 1) * CUT); k++) {
                        t[k * step + i] = a[from + i * K + k];
                    }
                }
            });
            multiply(out, outAt, K, F, new Patches(t, 0, step, 0, 0, 1, 1, new int[1], count),
                    Kernel.of(b, bAt + m * F), new Start(out, outAt, F));
        }
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
        int share = Math.ceilDiv(M, parts);
        if (F <= 2 * FEW_ROWS && p.runLength() >= FEW_ROWS) {
            multiplyTransposedFew(out, outAt, M, F, p, b, bAt, parts, step);
            return;
        }
        int across = Math.ceilDiv(F, COLUMNS);
        int strip = stripFor(p.runLength(), across * p.tap().length * parts);
        int strips = Math.ceilDiv(p.runLength(), strip);
        parallel.forEach(across * p.tap().length * strips * parts, (task, worker) -> {
            int j = task % across * COLUMNS;
            int k = task / across % strips * strip;
            int t = task / across / strips % p.tap().length;
            int part = task / across / strips / p.tap().length;
            int width = Math.min(COLUMNS, F - j);
            float[] panel = F == COLUMNS ? b : panels[worker].atLeast(BLOCK * COLUMNS);
            int to = Math.min(M, (part + 1) * share);
            for (int m = part * share; m < to; m += BLOCK) {
                int count = Math.min(BLOCK, to - m);
                p.rows(m, count, rows[worker]);
                if (panel != b) {
                    copyColumns(b, bAt + m * F + j, count, width, F, panel, 0, COLUMNS);
                }
                outerStrip(out, outAt + part * step + (t * p.runLength() + k) * F + j, F,
                        Math.min(strip, p.runLength() - k), width,
                        p.a(), rows[worker], p.tap()[t] + k, count, panel, panel == b ? bAt + m * F : 0,
                        tiles[worker].atLeast(ROWS * COLUMNS));
            }
        });
    }

    /** {@link #multiplyTransposed} for few columns F: the other way round, bᵀ times patches, along whose runs vectors fit. */
    private void multiplyTransposedFew(
            float[] out, int outAt, int M, int F, Patches p, float[] b, int bAt, int parts, int step) {
        float[] few = copy.atLeast(M * F + FEW_ROWS); // a tile reads up to FEW_ROWS elements from each row's start
        System.arraycopy(b, bAt, few, 0, M * F);
        int share = Math.ceilDiv(M, parts);
        int across = Math.ceilDiv(p.runLength(), COLUMNS);
        int high = Math.ceilDiv(F, FEW_ROWS);
        parallel.forEach(p.tap().length * across * high * parts, (task, worker) -> {
            int f0 = task % high * FEW_ROWS;
            int j = task / high % across * COLUMNS;
            int t = task / high / across % p.tap().length;
            int part = task / high / across / p.tap().length;
            float[] tile = tiles[worker].atLeast(FEW_ROWS * COLUMNS);
            Arrays.fill(tile, 0, FEW_ROWS * COLUMNS, 0);
            float[] panel = panels[worker].atLeast(BLOCK * COLUMNS);
            int to = Math.min(M, (part + 1) * share);
            for (int m = part * share; m < to; m += BLOCK) {
                int count = Math.min(BLOCK, to - m);
                int[] row = rows[worker];
                p.rows(m, count, row);
                for (int k = 0; k < count; k++) {
                    copyVectors(p.a(), row[k] + p.tap()[t] + j, panel, k * COLUMNS);
                    row[k] = k * F;
                }
                Tiles.outer(FEW_ROWS, few, row, m * F + f0, count, panel, 0, tile, 0, COLUMNS);
            }
            for (int c = 0; c < Math.min(COLUMNS, p.runLength() - j); c++) {
                for (int f = f0; f < Math.min(F, f0 + FEW_ROWS); f++) {
                    out[outAt + part * step + (t * p.runLength() + j + c) * F + f] += tile[(f - f0) * COLUMNS + c];
                }
            }
        });
    }

    /**
     * out (height, width) += the patches' elements transposed times {@code count} rows of a panel, tile by tile.
     *
     * @param room for one tile
     */
    static void outerStrip(
            float[] out, int outAt, int ldo, int height, int width, float[] a, int[] row, int aAt, int count,
            float[] panel, int panelAt, float[] room) {
        int tileRows;
        for (int i = 0; i < height; i += tileRows) {
            tileRows = Tiles.rows(height - i);
            if (width == COLUMNS && height - i >= tileRows) {
                Tiles.outer(tileRows, a, row, aAt + i, count, panel, panelAt, out, outAt + i * ldo, ldo);
            } else {
                Arrays.fill(room, 0, ROWS * COLUMNS, 0);
                Tiles.outer(tileRows, a, row, aAt + i, count, panel, panelAt, room, 0, COLUMNS);
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
        int tiles = Math.ceilDiv(M, ROWS);
        return Math.min(BLOCK, Math.max(1, tiles / wanted) * ROWS);
    }

    /** Rows of a gradient that one task computes, in whole tiles: they share what is copied of b. */
    private static int stripFor(int runLength, int others) {
        int wanted = Math.max(1, TASKS / others);
        int tiles = Math.ceilDiv(runLength, ROWS);
        return Math.ceilDiv(tiles, wanted) * ROWS;
    }

    /** b (K, F) as panels of COLUMNS columns, one behind the other, the last filled up with zeros. */
    private void cutIntoPanels(float[] b, int bAt, int K, int F, float[] to) {
        parallel.forEach(Math.ceilDiv(K, CUT), (task, worker) -> {
            int k = task * CUT;
            int rows = Math.min(CUT, K - k);
            for (int j = 0; j < F; j += COLUMNS) {
                int width = Math.min(COLUMNS, F - j);
                copyColumns(b, bAt + k * F + j, rows, width, F, to, j * K + k * COLUMNS, COLUMNS);
            }
        });
    }

    /** The transpose of b (F, K) as panels of COLUMNS columns, one behind the other, the last filled up with zeros. */
    private void cutTransposedIntoPanels(float[] b, int bAt, int K, int F, float[] to) {
        parallel.forEach(Math.ceilDiv(F, COLUMNS), (task, worker) -> {
            int panel = task * COLUMNS * K;
            for (int k0 = 0; k0 < K; k0 += CUT) {
                int k1 = Math.min(K, k0 + CUT);
                for (int c = 0; c < COLUMNS; c++) {
                    int from = bAt + (task * COLUMNS + c) * K;
                    boolean there = task * COLUMNS + c < F;
                    for (int k = k0; k < k1; k++) {
                        to[panel + k * COLUMNS + c] = there ? b[from + k] : 0;
                    }
                }
            }
        });
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
