package convlstm.app;

import java.util.Collections;
import java.util.List;

/**
 * What was measured of one contestant on one workload.
 *
 * @param workload what was computed
 * @param who by whom
 * @param version its library and form, in its own words
 * @param flops operations of a step, see {@link BenchWorkload#flops}
 * @param startSeconds from the start of the process until it can be asked something
 * @param firstStepMs the very first step, compilation included
 * @param firstEpochSeconds the first {@link BenchWorkload#epochSteps} steps, the very first included; NaN where they
 *     would have taken too long
 * @param stepsMs the measured steps
 * @param peakMegabytes the most memory the process had resident; NaN where the system does not tell
 * @param vectors what vectors it computes with, where that can be known
 * @param peakSpread how much the FMA peak differed before and after, see {@link BenchRun#undisturbed}; NaN if not probed
 */
record BenchResult(
        BenchWorkload workload, BenchContestant who, String version, double flops, double startSeconds,
        double firstStepMs,
        double firstEpochSeconds, List<Double> stepsMs, double peakMegabytes, String vectors,
        double peakSpread) {
    /** The same with the spread known. */
    BenchResult withPeakSpread(double spread) {
        return new BenchResult(workload, who, version, flops, startSeconds, firstStepMs, firstEpochSeconds, stepsMs,
                peakMegabytes, vectors, spread);
    }

    /** Whether something else took the processor meanwhile. */
    boolean disturbed() {
        return peakSpread > BenchRun.SPREAD;
    }

    /** The middle one of the measured steps, or the mean of the middle two. */
    double medianMs() {
        return median(stepsMs);
    }

    double minMs() {
        return Collections.min(stepsMs);
    }

    double maxMs() {
        return Collections.max(stepsMs);
    }

    /** Operations per nanosecond, by the median. */
    double gflops() {
        return flops / medianMs() / 1e6;
    }

    /** The middle one of the values, or the mean of the middle two. */
    static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values: expected one or more, got none");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
    }
}
