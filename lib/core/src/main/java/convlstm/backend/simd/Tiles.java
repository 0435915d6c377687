package convlstm.backend.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of every matrix product and convolution. One call computes a tile of up to {@link #ROWS} x {@link
 * #COLUMNS} sums and keeps all of them in registers from the first product to the last: a value loaded from {@code b}
 * is used once for each row, one from {@code a} once for each column, so that the multipliers and not the memory set the
 * pace.
 *
 * <p>The sums are local variables, because the JIT compiler keeps those in registers, and not the elements of an array
 * of vectors. Hence the unrolled bodies: each group of lines is the same for another row. Those of four rows are here; a
 * test makes those of twelve from them ({@link TallTiles}).
 */
final class Tiles {
    /** The widest vectors of this processor; a constant, so that the JIT compiler knows it. */
    static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    /** The number of floats in a vector. */
    static final int L = S.length();

    /** Columns of a tile: two vectors. */
    static final int COLUMNS = 2 * L;

    /** Rows of the tile that is used where at most so many are left. */
    static final int FEW_ROWS = 4;

    /**
     * Rows of a tile: 12 where there are 32 vector registers (AVX-512, ARM). Where there are 16, four: the JIT compiler keeps
     * eight sums in registers, but not the twelve of six rows, which would fit.
     */
    static final int ROWS = L == 16 || System.getProperty("os.arch").equals("aarch64") ? 12 : FEW_ROWS;

    /** Rows of a tile that is one vector wide: its sums fit 16 registers too. */
    static final int NARROW_ROWS = 12;

    private static final VectorShuffle<Float> SWAP8 = swap(8);
    private static final VectorShuffle<Float> SWAP4 = swap(4);
    private static final VectorShuffle<Float> SWAP2 = swap(2);
    private static final VectorShuffle<Float> SWAP1 = swap(1);
    private static final VectorMask<Float> ODD = lanesWithBit(1);
    private static final VectorMask<Float> UPPER_PAIR = lanesWithBit(2);

    /** What {@link #dots} needs as room for its sums. */
    static final int ROOM_FOR_DOTS = 16 + 16 * L;

    private Tiles() {}

    /** Exchanges each lane with the one {@code half} before or behind it. */
    private static VectorShuffle<Float> swap(int half) {
        return VectorShuffle.fromOp(S, lane -> (lane ^ half) % L);
    }

    private static VectorMask<Float> lanesWithBit(int bit) {
        boolean[] lanes = new boolean[L];
        for (int lane = 0; lane < L; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(S, lanes, 0);
    }

    /** The rows of the tile that {@link #gather} and {@link #outer} use when {@code left} rows are left. */
    static int rows(int left) {
        return left > 2 * FEW_ROWS ? ROWS : FEW_ROWS;
    }

    /**
     * {@code out[i, j] = init[i, j] + Σ_t Σ_k0 a[row[m + i] + tap[t] + k0] · b[t K0 + k0, j]} for COLUMNS columns j and
     * {@code rows} (ROWS or FEW_ROWS) rows i: patches gathered from an image times a panel, COLUMNS columns of a matrix side
     * by side. Rows of out are ldo apart, those of init initStep.
     */
    static void gather(
            int rows, float[] a, int[] row, int m, int[] tap, int K0, float[] b, int bAt,
            float[] init, int initAt, int initStep, float[] out, int outAt, int ldo) {
        if (rows == FEW_ROWS) {
            gather4(a, row, m, tap, K0, b, bAt, init, initAt, initStep, out, outAt, ldo);
        } else {
            TallTiles.gather12(a, row, m, tap, K0, b, bAt, init, initAt, initStep, out, outAt, ldo);
        }
    }

    /**
     * {@code out[i, j] += Σ_k a[row[k] + aAt + i] · b[k, j]} for k in [0, K), COLUMNS columns j and {@code rows} (ROWS or
     * FEW_ROWS) rows i: patches transposed times a panel, which is the gradient of the first product in its matrix.
     */
    static void outer(
            int rows, float[] a, int[] row, int aAt, int K, float[] b, int bAt,
            float[] out, int outAt, int ldo) {
        if (rows == FEW_ROWS) {
            outer4(a, row, aAt, K, b, bAt, out, outAt, ldo);
        } else {
            TallTiles.outer12(a, row, aAt, K, b, bAt, out, outAt, ldo);
        }
    }

    /**
     * {@code sums[4 i + j] = Σ_t Σ_k a[row[m + i] + tap[t] + k] · b[col[n + j] + t K0 + k]} for 4 rows i and up to 4 rows j:
     * the product with a transposed matrix. Here the vectors run along the sums, so b is read as it lies and is best where it
     * has few rows or would have to be transposed at great cost.
     */
    static void dots(
            float[] a, int[] row, int m, int[] tap, int K0, float[] b, int[] col, int n, int columns, float[] sums) {
        if (columns == 1) {
            int at = 16 + 4 * L; // behind what dots1 needs
            dots1(a, row, m, tap, K0, b, col[n], sums, at);
            for (int i = 0; i < FEW_ROWS; i++) {
                sums[4 * i] = sums[at + i];
            }
        } else { // col repeats its last row
            dots4(a, row, m, tap, K0, b, col, n, sums);
        }
        for (int t = 0; t < tap.length && K0 % L > 0; t++) { // the ends of the runs, fewer elements than a vector
            for (int ij = 0; ij < FEW_ROWS * columns; ij++) {
                int i = ij / columns;
                int j = ij % columns;
                int p = row[m + i] + tap[t];
                int q = col[n + j] + t * K0;
                for (int k = K0 - K0 % L; k < K0; k++) {
                    sums[FEW_ROWS * i + j] += a[p + k] * b[q + k];
                }
            }
        }
    }

    /** {@link #gather} for 4 rows. */
    private static void gather4(
            float[] a, int[] row, int m, int[] tap, int K0, float[] b, int bAt,
            float[] init, int initAt, int initStep, float[] out, int outAt, int ldo) {
        int at = initAt;
        FloatVector s00 = FloatVector.fromArray(S, init, at);
        FloatVector s01 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s10 = FloatVector.fromArray(S, init, at);
        FloatVector s11 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s20 = FloatVector.fromArray(S, init, at);
        FloatVector s21 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s30 = FloatVector.fromArray(S, init, at);
        FloatVector s31 = FloatVector.fromArray(S, init, at + L);
        for (int t = 0; t < tap.length; t++) {
            int p = tap[t];
            int q = bAt + t * K0 * COLUMNS;
            int a0 = row[m] + p;
            int a1 = row[m + 1] + p;
            int a2 = row[m + 2] + p;
            int a3 = row[m + 3] + p;
            for (int k0 = 0; k0 < K0; k0++) {
                int k = q + k0 * COLUMNS; // a constant step, so that the bounds are checked once, before the loop
                FloatVector b0 = FloatVector.fromArray(S, b, k);
                FloatVector b1 = FloatVector.fromArray(S, b, k + L);
                FloatVector x;
                x = FloatVector.broadcast(S, a[a0 + k0]);
                s00 = x.fma(b0, s00);
                s01 = x.fma(b1, s01);
                x = FloatVector.broadcast(S, a[a1 + k0]);
                s10 = x.fma(b0, s10);
                s11 = x.fma(b1, s11);
                x = FloatVector.broadcast(S, a[a2 + k0]);
                s20 = x.fma(b0, s20);
                s21 = x.fma(b1, s21);
                x = FloatVector.broadcast(S, a[a3 + k0]);
                s30 = x.fma(b0, s30);
                s31 = x.fma(b1, s31);
            }
        }
        at = outAt;
        s00.intoArray(out, at);
        s01.intoArray(out, at + L);
        at += ldo;
        s10.intoArray(out, at);
        s11.intoArray(out, at + L);
        at += ldo;
        s20.intoArray(out, at);
        s21.intoArray(out, at + L);
        at += ldo;
        s30.intoArray(out, at);
        s31.intoArray(out, at + L);
    }

    /** {@link #outer} for 4 rows. */
    private static void outer4(
            float[] a, int[] row, int aAt, int K, float[] b, int bAt, float[] out, int outAt, int ldo) {
        int at = outAt;
        FloatVector s00 = FloatVector.fromArray(S, out, at);
        FloatVector s01 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s10 = FloatVector.fromArray(S, out, at);
        FloatVector s11 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s20 = FloatVector.fromArray(S, out, at);
        FloatVector s21 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s30 = FloatVector.fromArray(S, out, at);
        FloatVector s31 = FloatVector.fromArray(S, out, at + L);
        for (int k = 0; k < K; k++) {
            int p = row[k] + aAt;
            int q = bAt + k * COLUMNS;
            FloatVector b0 = FloatVector.fromArray(S, b, q);
            FloatVector b1 = FloatVector.fromArray(S, b, q + L);
            FloatVector x;
            x = FloatVector.broadcast(S, a[p]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(S, a[p + 1]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(S, a[p + 2]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(S, a[p + 3]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
        }
        at = outAt;
        s00.intoArray(out, at);
        s01.intoArray(out, at + L);
        at += ldo;
        s10.intoArray(out, at);
        s11.intoArray(out, at + L);
        at += ldo;
        s20.intoArray(out, at);
        s21.intoArray(out, at + L);
        at += ldo;
        s30.intoArray(out, at);
        s31.intoArray(out, at + L);
    }

    /** {@link #dots}. */
    private static void dots4(
            float[] a, int[] row, int m, int[] tap, int K0, float[] b, int[] col, int n, float[] sums) {
        FloatVector s00 = FloatVector.zero(S), s01 = FloatVector.zero(S), s02 = FloatVector.zero(S),
                s03 = FloatVector.zero(S);
        FloatVector s10 = FloatVector.zero(S), s11 = FloatVector.zero(S), s12 = FloatVector.zero(S),
                s13 = FloatVector.zero(S);
        FloatVector s20 = FloatVector.zero(S), s21 = FloatVector.zero(S), s22 = FloatVector.zero(S),
                s23 = FloatVector.zero(S);
        FloatVector s30 = FloatVector.zero(S), s31 = FloatVector.zero(S), s32 = FloatVector.zero(S),
                s33 = FloatVector.zero(S);
        for (int t = 0; t < tap.length; t++) {
            int a0 = row[m] + tap[t];
            int a1 = row[m + 1] + tap[t];
            int a2 = row[m + 2] + tap[t];
            int a3 = row[m + 3] + tap[t];
            int b0 = col[n] + t * K0;
            int b1 = col[n + 1] + t * K0;
            int b2 = col[n + 2] + t * K0;
            int b3 = col[n + 3] + t * K0;
            for (int k = 0; k + L <= K0; k += L) {
                FloatVector y0 = FloatVector.fromArray(S, b, b0 + k);
                FloatVector y1 = FloatVector.fromArray(S, b, b1 + k);
                FloatVector y2 = FloatVector.fromArray(S, b, b2 + k);
                FloatVector y3 = FloatVector.fromArray(S, b, b3 + k);
                FloatVector x;
                x = FloatVector.fromArray(S, a, a0 + k);
                s00 = x.fma(y0, s00);
                s01 = x.fma(y1, s01);
                s02 = x.fma(y2, s02);
                s03 = x.fma(y3, s03);
                x = FloatVector.fromArray(S, a, a1 + k);
                s10 = x.fma(y0, s10);
                s11 = x.fma(y1, s11);
                s12 = x.fma(y2, s12);
                s13 = x.fma(y3, s13);
                x = FloatVector.fromArray(S, a, a2 + k);
                s20 = x.fma(y0, s20);
                s21 = x.fma(y1, s21);
                s22 = x.fma(y2, s22);
                s23 = x.fma(y3, s23);
                x = FloatVector.fromArray(S, a, a3 + k);
                s30 = x.fma(y0, s30);
                s31 = x.fma(y1, s31);
                s32 = x.fma(y2, s32);
                s33 = x.fma(y3, s33);
            }
        }
        s00.intoArray(sums, 16);
        s01.intoArray(sums, 16 + L);
        s02.intoArray(sums, 16 + 2 * L);
        s03.intoArray(sums, 16 + 3 * L);
        s10.intoArray(sums, 16 + 4 * L);
        s11.intoArray(sums, 16 + 5 * L);
        s12.intoArray(sums, 16 + 6 * L);
        s13.intoArray(sums, 16 + 7 * L);
        s20.intoArray(sums, 16 + 8 * L);
        s21.intoArray(sums, 16 + 9 * L);
        s22.intoArray(sums, 16 + 10 * L);
        s23.intoArray(sums, 16 + 11 * L);
        s30.intoArray(sums, 16 + 12 * L);
        s31.intoArray(sums, 16 + 13 * L);
        s32.intoArray(sums, 16 + 14 * L);
        s33.intoArray(sums, 16 + 15 * L);
        for (int i = 0; i < FEW_ROWS; i++) {
            addLanes(sums, 16 + 4 * i * L, 4 * i);
        }
    }

    /** {@link #dots} for 4 rows i and one row of b, the sums one behind the other. */
    private static void dots1(
            float[] a, int[] row, int m, int[] tap, int K0, float[] b, int bAt, float[] sums, int sumsAt) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        for (int t = 0; t < tap.length; t++) {
            int a0 = row[m] + tap[t];
            int a1 = row[m + 1] + tap[t];
            int a2 = row[m + 2] + tap[t];
            int a3 = row[m + 3] + tap[t];
            int b0 = bAt + t * K0;
            for (int k = 0; k + L <= K0; k += L) {
                FloatVector y = FloatVector.fromArray(S, b, b0 + k);
                s0 = FloatVector.fromArray(S, a, a0 + k).fma(y, s0);
                s1 = FloatVector.fromArray(S, a, a1 + k).fma(y, s1);
                s2 = FloatVector.fromArray(S, a, a2 + k).fma(y, s2);
                s3 = FloatVector.fromArray(S, a, a3 + k).fma(y, s3);
            }
        }
        s0.intoArray(sums, 16);
        s1.intoArray(sums, 16 + L);
        s2.intoArray(sums, 16 + 2 * L);
        s3.intoArray(sums, 16 + 3 * L);
        addLanes(sums, 16, sumsAt);
    }

    /**
     * The sums of the lanes of four vectors that lie one behind the other: two vectors' halves are added in one addition.
     * A method of its own that is handed an array: vectors that are handed to a method become objects where it is not inlined.
     */
    private static void addLanes(float[] sums, int from, int to) {
        FloatVector a = FloatVector.fromArray(S, sums, from);
        FloatVector b = FloatVector.fromArray(S, sums, from + L);
        FloatVector c = FloatVector.fromArray(S, sums, from + 2 * L);
        FloatVector d = FloatVector.fromArray(S, sums, from + 3 * L);
        FloatVector ab = a.blend(b, ODD).add(b.blend(a, ODD).rearrange(SWAP1));
        FloatVector cd = c.blend(d, ODD).add(d.blend(c, ODD).rearrange(SWAP1));
        FloatVector abcd = ab.blend(cd, UPPER_PAIR).add(cd.blend(ab, UPPER_PAIR).rearrange(SWAP2));
        if (L > 4) {
            abcd = abcd.add(abcd.rearrange(SWAP4));
        }
        if (L > 8) {
            abcd = abcd.add(abcd.rearrange(SWAP8));
        }
        sums[to] = abcd.lane(0);
        sums[to + 1] = abcd.lane(1);
        sums[to + 2] = abcd.lane(2);
        sums[to + 3] = abcd.lane(3);
    }

    /**
     * The sum of a vector's lanes, halves onto halves. Not {@code reduceLanes}: that may add in another order once the JIT
     * compiler has been there, and the same seed would not give the same bits.
     */
    static float sum(FloatVector v) {
        FloatVector sum = v;
        if (L > 8) {
            sum = sum.add(sum.rearrange(SWAP8));
        }
        if (L > 4) {
            sum = sum.add(sum.rearrange(SWAP4));
        }
        if (L > 2) {
            sum = sum.add(sum.rearrange(SWAP2));
        }
        return sum.lane(0) + sum.lane(1);
    }
}
