package convlstm.app;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The results of a run as tables.
 *
 * @param results of all workloads, those of one workload together
 * @param peakGflops what all cores together can do at most; NaN if not known
 * @param machine where it was measured
 */
record BenchTable(List<BenchResult> results, double peakGflops, BenchMachine machine) {
    private static final String RULE = """
            Whole training steps (forward, loss, backward, Adam), float32, the same weights and data for all; medians of
            turns taken one after the other. GFLOP/s count products and convolutions only, two operations for each
            multiplication with its addition, as plain sums however they are computed, so an algorithm with fewer
            multiplications may pass the peak. The first epoch is the time of the first steps, the very first
            included, with a model and data in place; start is the time until a process is ready for them.
            """;

    /** The names of the workloads, in order. */
    Set<String> workloads() {
        Set<String> names = new LinkedHashSet<>();
        results.forEach(r -> names.add(r.workload().name()));
        return names;
    }

    /** The results on one workload. */
    List<BenchResult> of(String workload) {
        return results.stream().filter(r -> r.workload().name().equals(workload)).toList();
    }

    /** The peer with the smallest median on a workload. */
    Optional<BenchResult> fastestPeer(String workload) {
        return fastest(workload, false);
    }

    /** The kit's backend with the smallest median on a workload. */
    Optional<BenchResult> fastestOfOurs(String workload) {
        return fastest(workload, true);
    }

    private Optional<BenchResult> fastest(String workload, boolean ours) {
        return of(workload).stream().filter(r -> r.who().ours() == ours)
                .min(Comparator.comparingDouble(BenchResult::medianMs));
    }

    /** How many times as fast as the fastest peer; NaN where there is none. */
    double timesFastestPeer(BenchResult result) {
        return fastestPeer(result.workload().name()).map(p -> p.medianMs() / result.medianMs()).orElse(Double.NaN);
    }

    /** One workload's outcome in a line. */
    String verdict(String workload) {
        return fastestOfOurs(workload).map(ours -> "  " + ours.who().name() + " " + number(ours.medianMs()) + " ms, "
                + number(ours.gflops()) + " GFLOP/s"
                + fastestPeer(workload).map(p -> "; the fastest peer, " + p.who().name() + ", " + number(p.medianMs())
                        + " ms; " + times(timesFastestPeer(ours)).replace("*", "")).orElse(""))
                .orElse("  no backend of the kit took part");
    }

    /** Everything measured: a row for each contestant on each workload. */
    Table details() {
        Table table = Table.create("benchmark");
        table.addColumns(
                words("workload", r -> r.workload().name()),
                words("model", r -> r.workload().what()),
                words("contestant", r -> r.who().name()),
                words("version", BenchResult::version),
                numbers("step median (ms)", BenchResult::medianMs),
                numbers("step min (ms)", BenchResult::minMs),
                numbers("step max (ms)", BenchResult::maxMs),
                numbers("GFLOP/s", BenchResult::gflops),
                numbers("share of peak", r -> r.gflops() / peakGflops),
                numbers("times as fast as the fastest peer", this::timesFastestPeer),
                numbers("start (s)", BenchResult::startSeconds),
                numbers("first step (ms)", BenchResult::firstStepMs),
                numbers("first epoch (s)", BenchResult::firstEpochSeconds),
                IntColumn.create("steps of an epoch",
                        results.stream().mapToInt(r -> r.workload().epochSteps()).toArray()),
                numbers("peak memory (MB)", BenchResult::peakMegabytes),
                numbers("GFLOP a step", r -> r.flops() / 1e9),
                IntColumn.create("steps measured", results.stream().mapToInt(r -> r.stepsMs().size()).toArray()),
                numbers("FMA peak (GFLOP/s)", r -> peakGflops),
                numbers("spread of the peak", BenchResult::peakSpread),
                words("disturbed", r -> r.disturbed() ? "disturbed" : ""),
                words("vectors", BenchResult::vectors),
                words("processor", r -> machine.processor()),
                words("threads", r -> "" + machine.threads()),
                words("bits", r -> "" + machine.bits()),
                words("held to", r -> machine.heldTo()),
                words("measured", r -> measured()));
        return table;
    }

    private StringColumn words(String name, Function<BenchResult, String> value) {
        return StringColumn.create(name, results.stream().map(value));
    }

    /** When and on what. */
    static String measured() {
        return LocalDate.now() + ", " + System.getProperty("os.name") + ", JDK " + Runtime.version().feature();
    }

    private DoubleColumn numbers(String name, ToDoubleFunction<BenchResult> value) {
        return DoubleColumn.create(name, results.stream().mapToDouble(value).toArray());
    }

    /** The short table: on each workload the kit's fastest backend beside the fastest peer. */
    String summary() {
        return BenchRows.summary(BenchRows.of(details()));
    }

    /** All there is to read: how it was measured, the short table, and everybody's figures. */
    String markdown() {
        List<String> lines = new ArrayList<>();
        lines.add("| | contestant | ms per step | min | max | GFLOP/s | share of peak | beside the fastest peer |"
                + " start s | first step s | first epoch s | peak MB |");
        lines.add("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (BenchResult r : results) {
            lines.add(
                    row(r.workload().name(), r.who().name(), number(r.medianMs()), number(r.minMs()), number(r.maxMs()),
                            number(r.gflops()), percent(r.gflops() / peakGflops), times(timesFastestPeer(r)),
                            number(r.startSeconds()), seconds(r.firstStepMs()), number(r.firstEpochSeconds()),
                            number(r.peakMegabytes())));
        }
        Set<String> versions = new LinkedHashSet<>();
        results.forEach(r -> versions.add("- `" + r.who().name() + "`: " + r.version()
                + (r.vectors().isEmpty() ? "" : "; vectors: " + r.vectors())));
        Set<String> disturbed = new LinkedHashSet<>();
        results.stream().filter(BenchResult::disturbed).forEach(r -> disturbed.add(r.workload().name()));
        return "# Benchmark\n\n" + machine.words() + ". " + RULE
                + (disturbed.isEmpty() ? "" : "\nDisturbed, by the FMA peak before and after: " + disturbed + "\n")
                + "\n" + summary() + "\n## Everybody's figures\n\n" + String.join("\n", lines)
                + "\n\n" + String.join("\n", versions) + "\n";
    }

    static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /** About three digits that count; a dash for what was not measured. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    static String seconds(double ms) {
        return String.format(Locale.ROOT, "%.2f s", ms / 1e3);
    }

    static String percent(double share) {
        return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    /** A comparison in words: who is slower reads "slower". */
    static String times(double factor) {
        if (Double.isNaN(factor)) {
            return "–";
        }
        String times = String.format(Locale.ROOT, "%.2f times as ", Math.max(factor, 1 / factor));
        return times.startsWith("1.00 ")
                ? "as fast"
                : factor < 1 ? "slower, " + times + "long" : "**" + times + "fast**";
    }
}
