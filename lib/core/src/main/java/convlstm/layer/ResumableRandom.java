package convlstm.layer;

import java.util.Random;

/**
 * {@link Random}, number for number, with a state that can be read and put back: so a resumed training drops the same
 * units. Source: the algorithm is part of {@link Random}'s specification (Knuth, The Art of Computer Programming, 3.2.1).
 */
final class ResumableRandom extends Random {
    private static final long MULTIPLIER = 0x5DEECE66DL;
    private static final long MASK = (1L << 48) - 1;

    private long state;

    ResumableRandom(long seed) {
        super(seed); // which calls setSeed
    }

    @Override
    public void setSeed(long seed) {
        super.setSeed(seed); // forgets the Gaussian number in reserve
        state = (seed ^ MULTIPLIER) & MASK;
    }

    @Override
    protected int next(int bits) {
        state = state * MULTIPLIER + 0xB & MASK;
        return (int) (state >>> 48 - bits);
    }

    long state() {
        return state;
    }

    void state(long saved) {
        setSeed((saved ^ MULTIPLIER) & MASK);
    }
}
