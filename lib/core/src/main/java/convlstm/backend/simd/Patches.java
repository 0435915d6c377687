package convlstm.backend.simd;

/**
 * How the patches of images are found in an array: patch m, that of output pixel {@code (n, y, x)}, consists of {@code
 * tap.length} runs of {@code runLength} neighbouring elements; run t starts at {@code row(m) + tap[t]}. In a channels-last image
 * one kernel row is one run, because its pixels and their channels lie side by side: so a convolution needs no copy of
 * its patches (no im2col). The rows of a plain matrix are patches of one run.
 *
 * @param a the array; {@link #SLACK} elements behind the last run can be read too
 * @param at the first element of patch 0
 * @param imageStep from one image to the next
 * @param rowStep from one output row to the next
 * @param pixelStep from one output pixel to the next
 * @param Ho output rows of an image
 * @param Wo output columns of an image
 * @param tap the start of each run
 * @param runLength elements in each run
 */
record Patches(float[] a, int at, int imageStep, int rowStep, int pixelStep, int Ho, int Wo, int[] tap, int runLength) {
    /** How far a tile at the border may read too much. */
    static final int SLACK = Math.max(Tiles.ROWS, Tiles.COLUMNS);

    private static final int[] ONE_RUN = {0};

    /** The rows of a matrix with D columns. */
    static Patches rowsOf(float[] a, int at, int D) {
        return new Patches(a, at, D, 0, 0, 1, 1, ONE_RUN, D);
    }

    /** The elements of a patch. */
    int length() {
        return tap.length * runLength;
    }

    /** Writes the starts of {@code count} patches from patch {@code m} on. */
    void rows(int m, int count, int[] row) {
        int x = m % Wo;
        int y = m / Wo % Ho;
        int n = m / (Wo * Ho);
        for (int k = 0; k < count; k++) {
            row[k] = at + n * imageStep + y * rowStep + x * pixelStep;
            if (++x == Wo) {
                x = 0;
                if (++y == Ho) {
                    y = 0;
                    n++;
                }
            }
        }
    }
}
