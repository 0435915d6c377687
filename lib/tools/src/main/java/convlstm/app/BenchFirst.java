package convlstm.app;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The first training step of a process, which waits for the JIT: at once and when the backend had time to warm up, each
 * with the warm-up and without.
 */
final class BenchFirst {
    static final String FILE = "data/first-step.csv";

    /** Seconds from the opened backend to the step. */
    private static final List<Integer> WAITS = List.of(0, 3);

    /** Processes whose median counts. */
    private static final int PROCESSES = 3;

    private record Row(BenchWorkload workload, boolean warmUp, int seconds, List<Double> ms) {}

    private BenchFirst() {}

    /** Measures the workloads that the options name: a row for each, wait, and with or without warm-up. */
    static Table measure(BenchRun run, BenchOptions options, BenchMachine machine) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (BenchWorkload workload : BenchWorkload.all()) {
            for (int wait : options.workloads().contains(workload.name()) ? WAITS : List.<Integer>of()) {
                for (boolean warmUp : List.of(false, true)) {
                    List<Double> ms = run.firstSteps(workload, warmUp, Duration.ofSeconds(wait), PROCESSES);
                    rows.add(new Row(workload, warmUp, wait, ms));
                    System.out.printf(Locale.ROOT, "%-4s %d s after opening, %-11s first step %6.0f ms%n",
                            workload.name(), wait, warmUp ? "warm-up," : "no warm-up,", BenchResult.median(ms));
                }
            }
        }
        return Table.create("first step",
                words(rows, "workload", r -> r.workload.name()),
                words(rows, "model", r -> r.workload.what()),
                words(rows, "warm-up", r -> r.warmUp ? "yes" : "no"),
                numbers(rows, "step after (s)", r -> r.seconds),
                numbers(rows, "first step median (ms)", r -> BenchResult.median(r.ms)),
                numbers(rows, "min (ms)", r -> Collections.min(r.ms)),
                numbers(rows, "max (ms)", r -> Collections.max(r.ms)),
                words(rows, "processor", r -> machine.processor()),
                words(rows, "threads", r -> "" + machine.threads()),
                words(rows, "bits", r -> "" + machine.bits()),
                words(rows, "held to", r -> machine.heldTo()),
                words(rows, "measured", r -> BenchTable.measured()));
    }

    private static StringColumn words(List<Row> rows, String name, Function<Row, String> value) {
        return StringColumn.create(name, rows.stream().map(value));
    }

    private static DoubleColumn numbers(List<Row> rows, String name, ToDoubleFunction<Row> value) {
        return DoubleColumn.create(name, rows.stream().mapToDouble(value).toArray());
    }
}
