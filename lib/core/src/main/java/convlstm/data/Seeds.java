package convlstm.data;

import java.util.Random;

/**
 * Random numbers that are the same on every machine and need not be drawn in order: the k-th sequence of a seed has a
 * generator of its own.
 */
public final class Seeds {
    private Seeds() {}

    /**
     * The generator of item {@code k} of a seed. {@link Random} because its algorithm is part of its specification; the
     * state is mixed first (the finalizer of SplitMix64; Steele, Lea, Flood 2014), for nearby seeds of {@link Random}
     * begin alike.
     */
    public static Random random(long seed, long k) {
        return new Random(mix(mix(seed) + k));
    }

    /** Shuffles in place (Fisher and Yates): each order is as likely as any other. */
    public static int[] shuffled(int[] numbers, Random random) {
        for (int i = numbers.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = swapped;
        }
        return numbers;
    }

    static long mix(long z) {
        long a = z + 0x9E3779B97F4A7C15L;
        a = (a ^ a >>> 30) * 0xBF58476D1CE4E5B9L;
        a = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return a ^ a >>> 31;
    }
}
