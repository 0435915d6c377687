package convlstm.evidence;

import java.util.Locale;

/**
 * What one experiment says about two arms: their errors, and by how much the first one's is the smaller.
 *
 * @param question that the two were put to
 * @param where it was asked: notebook and section
 * @param one the first side
 * @param error its error, less is better
 * @param other the second side
 * @param otherError its error
 * @param lead by how much the first side's error is the smaller: a mean, over seeds that both sides have
 * @param low the lower end of its 95 % interval
 * @param high the upper end
 * @param n trainings of each side
 */
public record Comparison(
        String question, String where, String one, double error, String other, double otherError, double lead,
        double low, double high, int n) {
    /**
     * Compares the means of some metrics, seed by seed, where less is better.
     *
     * @throws IllegalArgumentException if the arms have fewer than two seeds in common
     */
    public static Comparison ofErrors(String question, String where, Results rows, String one, String other,
            String... metrics) {
        return of(question, where, rows, one, other, false, metrics);
    }

    /** The same for a score, where more is better and 1 is perfect: its error is what is missing to 1. */
    public static Comparison ofScores(String question, String where, Results rows, String one, String other,
            String... metrics) {
        return of(question, where, rows, one, other, true, metrics);
    }

    private static Comparison of(String question, String where, Results rows, String one, String other, boolean score,
            String... metrics) {
        double a = rows.spread(one, metrics).mean();
        double b = rows.spread(other, metrics).mean();
        Spread lead = score ? rows.difference(one, other, metrics) : rows.difference(other, one, metrics);
        return new Comparison(question, where, one, score ? 1 - a : a, other, score ? 1 - b : b,
                lead.mean(), lead.mean() - lead.half(), lead.mean() + lead.half(), lead.n());
    }

    /** Whether 0 lies outside the interval. */
    public boolean decided() {
        return low > 0 || high < 0;
    }

    /** The side with the smaller error, or that the seeds do not decide. */
    public String winner() {
        return !decided() ? "not decided" : low > 0 ? one : other;
    }

    /** A difference of errors as a share of the larger of the two errors. */
    public double share(double difference) {
        return difference / Math.max(error, otherError);
    }

    /** The two errors and their difference: {@code 0.147 and 0.658: +0.511 (+0.426 to +0.597)}. */
    public String numbers() {
        double larger = Math.max(error, otherError);
        int decimals = larger < 0.01 ? 4 : larger < 100 ? 3 : 0;
        String format = "%.Df and %.Df: %+.Df (%+.Df to %+.Df)".replace("D", "" + decimals);
        return String.format(Locale.ROOT, format, error, otherError, lead, low, high);
    }
}
