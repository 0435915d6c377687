package convlstm.evidence;

import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * How much a number differs from seed to seed, by Student's t distribution: an interval that holds the mean of endlessly
 * many seeds in 95 of 100 experiments, and a wider one that holds one more training.
 *
 * @param n the seeds
 * @param mean of their numbers
 * @param deviation their standard deviation, with n - 1 below
 */
public record Spread(int n, double mean, double deviation) {
    private static final double CONFIDENCE = 0.95;

    /**
     * The spread of some numbers.
     *
     * @param values one for each seed, at least two
     */
    public static Spread of(double... values) {
        if (values.length < 2) {
            throw new IllegalArgumentException("values: expected two seeds or more, got " + values.length
                    + ". Hint: one training has no spread; run more seeds with mvn -q -Drun=evidence");
        }
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return new Spread(values.length, mean, Math.sqrt(squares / (values.length - 1)));
    }

    private double t() {
        return new TDistribution(n - 1).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    }

    /** Half the 95 % interval of the mean. */
    public double half() {
        return t() * deviation / Math.sqrt(n);
    }

    /** Whether one more training, with this number, is no surprise: it lies in the 95 % prediction interval. */
    public boolean expects(double value) {
        return Math.abs(value - mean) <= t() * deviation * Math.sqrt(1 + 1.0 / n);
    }

    /** Whether 0 lies outside the interval: of a difference, whether it is decided. */
    public boolean decided() {
        return Math.abs(mean) > half();
    }

    /** {@code 0.065 ± 0.012}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f ± %.3f", mean, half());
    }
}
