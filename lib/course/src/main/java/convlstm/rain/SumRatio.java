package convlstm.rain;

import static convlstm.tensor.Arguments.require;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A score that is one sum over another, such as hits over events, with what each sequence adds to the two. Sequences are
 * what chance gave us, pixels are not: intervals come from drawing sequences again with replacement, the bootstrap of
 * Efron 1979.
 *
 * @param above what each sequence adds to the sum above the line, N numbers
 * @param below what each adds to the sum below
 */
public record SumRatio(double[] above, double[] below) {
    private static final int DRAWS = 2000;

    /** An estimate and the middle 95 % of what other sequences would have given. */
    public record Interval(double value, double low, double high) {}

    /** Checks the lengths. */
    public SumRatio {
        require(above.length == below.length && above.length != 0, "above, below",
                "one number of each for every sequence", above.length + " and " + below.length);
    }

    /** The score over all sequences; NaN where the sum below is 0. */
    public double value() {
        return Arrays.stream(above).sum() / Arrays.stream(below).sum();
    }

    /** The score with its interval. */
    public Interval interval(long seed) {
        return interval(value(), seed, draw -> ratio(draw));
    }

    /** How far this score lies above another one of the same sequences: both are drawn together, so luck cancels out. */
    public Interval minus(SumRatio other, long seed) {
        require(other.above.length == above.length, "other", "the scores of the same " + above.length + " sequences",
                other.above.length);
        return interval(value() - other.value(), seed, draw -> ratio(draw) - other.ratio(draw));
    }

    /**
     * Adds up runs of sequences that are no independent draws, such as forecasts from one place at several times.
     *
     * @param block the sequences in a run; divides their number
     */
    public SumRatio blocks(int block) {
        require(block >= 1 && above.length % block == 0, "block", "a number that divides " + above.length, block);
        return new SumRatio(sums(above, block), sums(below, block));
    }

    private static double[] sums(double[] parts, int block) {
        return IntStream.range(0, parts.length / block)
                .mapToDouble(b -> Arrays.stream(parts, b * block, (b + 1) * block).sum()).toArray();
    }

    private double ratio(int[] draw) {
        double a = 0;
        double b = 0;
        for (int n : draw) {
            a += above[n];
            b += below[n];
        }
        return a / b;
    }

    private Interval interval(double value, long seed, ToDoubleFunction<int[]> statistic) {
        Random random = new Random(seed);
        double[] values = new double[DRAWS];
        Arrays.setAll(values, _ -> statistic.applyAsDouble(random.ints(above.length, 0, above.length).toArray()));
        double[] sorted = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
        if (sorted.length == 0) {
            return new Interval(value, Double.NaN, Double.NaN);
        }
        return new Interval(value, sorted[(int) (0.025 * (sorted.length - 1))],
                sorted[(int) Math.ceil(0.975 * (sorted.length - 1))]);
    }
}
