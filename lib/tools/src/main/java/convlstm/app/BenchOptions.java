package convlstm.app;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run measures, and how long.
 *
 * @param workloads their names, in the table's order
 * @param backends the kit's, by name
 * @param peers their names; empty for none
 * @param repeats rounds in which every contestant has a turn
 * @param warmSeconds how long each takes steps before it is measured
 * @param growth whether to measure how cost grows with batch, size, filters and steps
 * @param store whether to keep the figures in {@code data/} and in lib/README.md
 */
record BenchOptions(
        List<String> workloads, List<String> backends, List<String> peers, int repeats, double warmSeconds,
        boolean growth,
        boolean store) {
    private static final List<String> BACKENDS = List.of("simd", "nd4j", "reference");
    private static final List<String> WORKLOADS = BenchWorkload.all().stream().map(BenchWorkload::name).toList();
    private static final List<String> PEERS = BenchContestant.peers().stream().map(BenchContestant::name).toList();

    static final String USAGE = """
            mvn -q -Drun=bench -Dargs="..."
              --only LIST      workloads, with commas between: %s; and growth
              --backends LIST  the kit's: %s
              --peers LIST     libraries to compare with, or none: %s
              --repeats N      rounds in which every contestant has a turn; default: 7, with --quick 3
              --quick          the fastest backend, two peers and four workloads, in three minutes
              --store          also writes data/benchmark.csv, the table in lib/README.md and, with growth, its figures
                               in data/
              --gpu            the benchmark on a GPU instead; -Dargs="--gpu --help" says what that takes"""
            .formatted(String.join(",", WORKLOADS), String.join(",", BACKENDS), String.join(",", PEERS));

    /** What the command line asks for. */
    static BenchOptions of(Options options) {
        boolean quick = options.has("--quick");
        List<String> workloads = quick ? List.of("S1", "P1", "L2", "C1a") : WORKLOADS;
        boolean growth = !quick;
        if (options.has("--only")) {
            List<String> all = new ArrayList<>(WORKLOADS);
            all.add("growth");
            List<String> names = options.some("--only", all);
            growth = names.contains("growth");
            workloads = WORKLOADS.stream().filter(names::contains).toList();
        }
        List<String> backends = quick ? List.of("simd") : BACKENDS;
        if (options.has("--backends")) {
            backends = BACKENDS.stream().filter(options.some("--backends", BACKENDS)::contains).toList();
        }
        List<String> peers = quick ? List.of("torch", "keras-tf") : PEERS;
        if (options.has("--peers")) {
            peers = options.text("--peers").equals("none") ? List.of() : options.some("--peers", PEERS);
        }
        return new BenchOptions(workloads, backends, peers, options.count("--repeats", quick ? 3 : 7), quick ? 1 : 2,
                growth, options.has("--store"));
    }
}
