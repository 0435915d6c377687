package convlstm.backend.cuda;

/**
 * How a product of matrices (M, K) x (K, N) is cut: the kind of tile that a block of threads takes, and into how many
 * pieces of the given depth K is cut so that there is work for the whole GPU.
 *
 * @param M rows of the result
 * @param N columns of the result
 * @param tile the part of the result that one block takes
 * @param pieces of K; more than one are added up by another kernel
 * @param depth of each piece but the last, a multiple of the kernels' step along K
 */
record Product(int M, int N, Tile tile, int pieces, int depth) {
    /** As many blocks keep every GPU busy: two for each multiprocessor of the largest. */
    static final int ENOUGH_BLOCKS = 256;

    /** A piece should be worth its start and its addition to the others. */
    private static final int LEAST_DEPTH = 128;

    /** A multiple of all tiles' steps along K. */
    private static final int STEP = 16;

    /** The kernels' tiles, with the part of the GPU's speed that each is expected to reach. */
    enum Tile {
        TF32_BY_4("Tf32By4", 128, 128, true, 4),
        LARGE_BY_4("LargeBy4", 128, 128, true, 1),
        SMALL_BY_4("SmallBy4", 64, 64, true, 0.7),
        NARROW_BY_4("NarrowBy4", 128, 32, true, 0.6),
        SMALL("Small", 64, 64, false, 0.6),
        NARROW("Narrow", 128, 32, false, 0.5);

        private final String suffix;
        private final int rows;
        private final int columns;
        private final boolean inFours;
        private final double speed;

        Tile(String suffix, int rows, int columns, boolean inFours, double speed) {
            this.suffix = suffix;
            this.rows = rows;
            this.columns = columns;
            this.inFours = inFours;
            this.speed = speed;
        }

        /** What the names of its kernels end with. */
        String suffix() {
            return suffix;
        }

        /** The part of the GPU's speed that it is expected to reach, where the large tile without tensor cores has 1. */
        double speed() {
            return speed;
        }

        /** Elements of the result that a block takes. */
        int elements() {
            return rows * columns;
        }

        int across(int N) {
            return (N + columns - 1) / columns;
        }

        int down(int M) {
            return (M + rows - 1) / rows;
        }

        /** The time of a product, for comparison: what is computed, with what sticks out over the edges, by speed. */
        double cost(int M, int N) {
            return (double) down(M) * rows * across(N) * columns / speed;
        }
    }

    /** The cut for a product; {@code inFours} if elements may be fetched four at a time; on tensor cores or not. */
    static Product of(int M, int N, int K, boolean inFours, boolean tensorCores) {
        Tile best = Tile.SMALL;
        for (Tile tile : Tile.values()) {
            if ((inFours || !tile.inFours) && (tensorCores || tile != Tile.TF32_BY_4)
                    && tile.cost(M, N) < best.cost(M, N)) {
                best = tile;
            }
        }
        long blocks = (long) best.down(M) * best.across(N);
        int wanted = Math.clamp(ENOUGH_BLOCKS / blocks, 1, Math.max(1, K / LEAST_DEPTH));
        int depth = Math.max(STEP, (K + STEP * wanted - 1) / (STEP * wanted) * STEP);
        return new Product(M, N, best, Math.max(1, (K + depth - 1) / depth), depth);
    }

    /** The same in one piece. */
    Product whole() {
        return new Product(M, N, tile, 1, pieces * depth);
    }

    int tilesDown() {
        return tile.down(M);
    }

    int tilesAcross() {
        return tile.across(N);
    }

    /** The elements of all pieces, if there are several. */
    long partials() {
        return pieces == 1 ? 0 : (long) pieces * M * N;
    }
}
