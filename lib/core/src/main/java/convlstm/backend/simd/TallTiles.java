package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.COLUMNS;
import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import jdk.incubator.vector.FloatVector;

/**
 * The tiles of {@link Tiles} with 12 rows instead of 4. Not edited by hand: {@code TallTilesTest} makes this file from
 * that one, and fails where the two differ.
 */
final class TallTiles {
    private TallTiles() {}

    /** {@link Tiles#gather} for 12 rows. */
    static void gather12(
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
        at += initStep;
        FloatVector s40 = FloatVector.fromArray(S, init, at);
        FloatVector s41 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s50 = FloatVector.fromArray(S, init, at);
        FloatVector s51 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s60 = FloatVector.fromArray(S, init, at);
        FloatVector s61 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s70 = FloatVector.fromArray(S, init, at);
        FloatVector s71 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s80 = FloatVector.fromArray(S, init, at);
        FloatVector s81 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector s90 = FloatVector.fromArray(S, init, at);
        FloatVector s91 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector sa0 = FloatVector.fromArray(S, init, at);
        FloatVector sa1 = FloatVector.fromArray(S, init, at + L);
        at += initStep;
        FloatVector sb0 = FloatVector.fromArray(S, init, at);
        FloatVector sb1 = FloatVector.fromArray(S, init, at + L);
        for (int t = 0; t < tap.length; t++) {
            int p = tap[t];
            int q = bAt + t * K0 * COLUMNS;
            int a0 = row[m] + p;
            int a1 = row[m + 1] + p;
            int a2 = row[m + 2] + p;
            int a3 = row[m + 3] + p;
            int a4 = row[m + 4] + p;
            int a5 = row[m + 5] + p;
            int a6 = row[m + 6] + p;
            int a7 = row[m + 7] + p;
            int a8 = row[m + 8] + p;
            int a9 = row[m + 9] + p;
            int aa = row[m + 10] + p;
            int ab = row[m + 11] + p;
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
                x = FloatVector.broadcast(S, a[a4 + k0]);
                s40 = x.fma(b0, s40);
                s41 = x.fma(b1, s41);
                x = FloatVector.broadcast(S, a[a5 + k0]);
                s50 = x.fma(b0, s50);
                s51 = x.fma(b1, s51);
                x = FloatVector.broadcast(S, a[a6 + k0]);
                s60 = x.fma(b0, s60);
                s61 = x.fma(b1, s61);
                x = FloatVector.broadcast(S, a[a7 + k0]);
                s70 = x.fma(b0, s70);
                s71 = x.fma(b1, s71);
                x = FloatVector.broadcast(S, a[a8 + k0]);
                s80 = x.fma(b0, s80);
                s81 = x.fma(b1, s81);
                x = FloatVector.broadcast(S, a[a9 + k0]);
                s90 = x.fma(b0, s90);
                s91 = x.fma(b1, s91);
                x = FloatVector.broadcast(S, a[aa + k0]);
                sa0 = x.fma(b0, sa0);
                sa1 = x.fma(b1, sa1);
                x = FloatVector.broadcast(S, a[ab + k0]);
                sb0 = x.fma(b0, sb0);
                sb1 = x.fma(b1, sb1);
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
        at += ldo;
        s40.intoArray(out, at);
        s41.intoArray(out, at + L);
        at += ldo;
        s50.intoArray(out, at);
        s51.intoArray(out, at + L);
        at += ldo;
        s60.intoArray(out, at);
        s61.intoArray(out, at + L);
        at += ldo;
        s70.intoArray(out, at);
        s71.intoArray(out, at + L);
        at += ldo;
        s80.intoArray(out, at);
        s81.intoArray(out, at + L);
        at += ldo;
        s90.intoArray(out, at);
        s91.intoArray(out, at + L);
        at += ldo;
        sa0.intoArray(out, at);
        sa1.intoArray(out, at + L);
        at += ldo;
        sb0.intoArray(out, at);
        sb1.intoArray(out, at + L);
    }

    /** {@link Tiles#gather} for 12 rows and one vector of columns. */
    static void gatherNarrow(
            float[] a, int[] row, int m, int[] tap, int K0, float[] b, int bAt,
            float[] init, int initAt, int initStep, float[] out, int outAt, int ldo) {
        int at = initAt;
        FloatVector s0 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s1 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s2 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s3 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s4 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s5 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s6 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s7 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s8 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector s9 = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector sa = FloatVector.fromArray(S, init, at);
        at += initStep;
        FloatVector sb = FloatVector.fromArray(S, init, at);
        for (int t = 0; t < tap.length; t++) {
            int p = tap[t];
            int q = bAt + t * K0 * L;
            int a0 = row[m] + p;
            int a1 = row[m + 1] + p;
            int a2 = row[m + 2] + p;
            int a3 = row[m + 3] + p;
            int a4 = row[m + 4] + p;
            int a5 = row[m + 5] + p;
            int a6 = row[m + 6] + p;
            int a7 = row[m + 7] + p;
            int a8 = row[m + 8] + p;
            int a9 = row[m + 9] + p;
            int aa = row[m + 10] + p;
            int ab = row[m + 11] + p;
            for (int k0 = 0; k0 < K0; k0++) {
                int k = q + k0 * L; // a constant step, so that the bounds are checked once, before the loop
                FloatVector b0 = FloatVector.fromArray(S, b, k);
                FloatVector x;
                x = FloatVector.broadcast(S, a[a0 + k0]);
                s0 = x.fma(b0, s0);
                x = FloatVector.broadcast(S, a[a1 + k0]);
                s1 = x.fma(b0, s1);
                x = FloatVector.broadcast(S, a[a2 + k0]);
                s2 = x.fma(b0, s2);
                x = FloatVector.broadcast(S, a[a3 + k0]);
                s3 = x.fma(b0, s3);
                x = FloatVector.broadcast(S, a[a4 + k0]);
                s4 = x.fma(b0, s4);
                x = FloatVector.broadcast(S, a[a5 + k0]);
                s5 = x.fma(b0, s5);
                x = FloatVector.broadcast(S, a[a6 + k0]);
                s6 = x.fma(b0, s6);
                x = FloatVector.broadcast(S, a[a7 + k0]);
                s7 = x.fma(b0, s7);
                x = FloatVector.broadcast(S, a[a8 + k0]);
                s8 = x.fma(b0, s8);
                x = FloatVector.broadcast(S, a[a9 + k0]);
                s9 = x.fma(b0, s9);
                x = FloatVector.broadcast(S, a[aa + k0]);
                sa = x.fma(b0, sa);
                x = FloatVector.broadcast(S, a[ab + k0]);
                sb = x.fma(b0, sb);
            }
        }
        at = outAt;
        s0.intoArray(out, at);
        at += ldo;
        s1.intoArray(out, at);
        at += ldo;
        s2.intoArray(out, at);
        at += ldo;
        s3.intoArray(out, at);
        at += ldo;
        s4.intoArray(out, at);
        at += ldo;
        s5.intoArray(out, at);
        at += ldo;
        s6.intoArray(out, at);
        at += ldo;
        s7.intoArray(out, at);
        at += ldo;
        s8.intoArray(out, at);
        at += ldo;
        s9.intoArray(out, at);
        at += ldo;
        sa.intoArray(out, at);
        at += ldo;
        sb.intoArray(out, at);
    }

    /** {@link Tiles#outer} for 12 rows. */
    static void outer12(
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
        at += ldo;
        FloatVector s40 = FloatVector.fromArray(S, out, at);
        FloatVector s41 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s50 = FloatVector.fromArray(S, out, at);
        FloatVector s51 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s60 = FloatVector.fromArray(S, out, at);
        FloatVector s61 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s70 = FloatVector.fromArray(S, out, at);
        FloatVector s71 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s80 = FloatVector.fromArray(S, out, at);
        FloatVector s81 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector s90 = FloatVector.fromArray(S, out, at);
        FloatVector s91 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector sa0 = FloatVector.fromArray(S, out, at);
        FloatVector sa1 = FloatVector.fromArray(S, out, at + L);
        at += ldo;
        FloatVector sb0 = FloatVector.fromArray(S, out, at);
        FloatVector sb1 = FloatVector.fromArray(S, out, at + L);
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
            x = FloatVector.broadcast(S, a[p + 4]);
            s40 = x.fma(b0, s40);
            s41 = x.fma(b1, s41);
            x = FloatVector.broadcast(S, a[p + 5]);
            s50 = x.fma(b0, s50);
            s51 = x.fma(b1, s51);
            x = FloatVector.broadcast(S, a[p + 6]);
            s60 = x.fma(b0, s60);
            s61 = x.fma(b1, s61);
            x = FloatVector.broadcast(S, a[p + 7]);
            s70 = x.fma(b0, s70);
            s71 = x.fma(b1, s71);
            x = FloatVector.broadcast(S, a[p + 8]);
            s80 = x.fma(b0, s80);
            s81 = x.fma(b1, s81);
            x = FloatVector.broadcast(S, a[p + 9]);
            s90 = x.fma(b0, s90);
            s91 = x.fma(b1, s91);
            x = FloatVector.broadcast(S, a[p + 10]);
            sa0 = x.fma(b0, sa0);
            sa1 = x.fma(b1, sa1);
            x = FloatVector.broadcast(S, a[p + 11]);
            sb0 = x.fma(b0, sb0);
            sb1 = x.fma(b1, sb1);
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
        at += ldo;
        s40.intoArray(out, at);
        s41.intoArray(out, at + L);
        at += ldo;
        s50.intoArray(out, at);
        s51.intoArray(out, at + L);
        at += ldo;
        s60.intoArray(out, at);
        s61.intoArray(out, at + L);
        at += ldo;
        s70.intoArray(out, at);
        s71.intoArray(out, at + L);
        at += ldo;
        s80.intoArray(out, at);
        s81.intoArray(out, at + L);
        at += ldo;
        s90.intoArray(out, at);
        s91.intoArray(out, at + L);
        at += ldo;
        sa0.intoArray(out, at);
        sa1.intoArray(out, at + L);
        at += ldo;
        sb0.intoArray(out, at);
        sb1.intoArray(out, at + L);
    }
}
