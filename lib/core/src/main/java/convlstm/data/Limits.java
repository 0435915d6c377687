package convlstm.data;

/** How much memory a file may claim. */
final class Limits {
    /** The most bytes of float32 that one compressed file may unpack to, unless the caller says otherwise: 1 GiB. */
    static final long UNPACKED_BYTES = 1L << 30;

    /** NumPy's own limit on dimensions. */
    static final int RANK = 32;

    /** Deflate cannot pack better than about 1032 to 1, so a declaration above that is a lie. */
    private static final long DEFLATE_RATIO = 1040;

    private Limits() {}

    /** The number of elements. */
    static int elements(int[] dims, String declared, String file) throws DataFormatException {
        long count = 1;
        for (int d : dims) {
            count *= d;
            if (count > Integer.MAX_VALUE - 8) { // in front of an axis of 0, too, as in Shape
                throw new DataFormatException(file, "at most " + (Integer.MAX_VALUE - 8) + " elements",
                        declared, "read a part of it with NpyFile.range, or the header is damaged");
            }
        }
        return (int) count;
    }

    /**
     * Memory for n parts of an array.
     *
     * @throws OutOfMemoryError that says how many parts fit
     */
    static float[] floats(int count, int n, String parts) {
        try {
            return new float[count];
        } catch (OutOfMemoryError e) {
            Runtime java = Runtime.getRuntime();
            long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
            long fit = Math.max(0, (long) (0.8 * free / (4.0 * count / Math.max(1, n))));
            OutOfMemoryError better = new OutOfMemoryError("expected at most about " + fit + " " + parts
                    + ", which fit the " + (free >> 20) + " MB that are free, got " + n
                    + ". Hint: read fewer, or start Java"
                    + " with more memory (-Xmx; mvn -Dlab.heap=6g for notebooks)");
            better.initCause(e);
            throw better;
        }
    }

    /**
     * Refuses a declaration that packed data of the given length cannot hold, or that is above the limit.
     *
     * @param packedBytes the length of the compressed data
     * @param limit the most bytes of float32 to unpack to
     */
    static void checkPacked(
            int count, int elementBytes, long packedBytes, long limit, String declared, String file)
            throws DataFormatException {
        long dataBytes = (long) count * elementBytes;
        if (dataBytes / DEFLATE_RATIO > packedBytes + 1) {
            throw new DataFormatException(file, "no more than " + packedBytes + " compressed bytes can hold",
                    declared + " of " + dataBytes + " bytes", "the header is damaged or made to exhaust memory");
        }
        if (count * 4L > limit) {
            throw new DataFormatException(file, "at most " + limit + " bytes once unpacked",
                    declared + " which takes " + count * 4L, "if you trust the file, pass a higher limit to read");
        }
    }
}
