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
 * @param isa what the run is held to, one of {@link BenchMachine#ISAS}; empty for what the processor has
 * @param firstStep whether to measure nothing but the first step of a process
 * @param sweep filters and kernels to sweep over, as {@link BenchSweep#workloads} reads them; empty for none
 */
record BenchOptions(
        List<String> workloads, List<String> backends, List<String> peers, int repeats, double warmSeconds,
        boolean growth,
        boolean store, String isa, boolean firstStep, String sweep) {
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
              --isa NAME       holds the run to fewer instructions than the processor has: %s;
                               128 bits for the kit alone, the peers stay as they are
              --sweep GRID     only what a multiply-add costs, and where a neighbour is %s times better; %s is
                               1 to 64 filters and kernels 1 to 9
              --first-step     only the kit's first step, at once and three seconds after the backend was opened
              --store          also writes data/benchmark.csv, the table in lib/README.md and, with growth or
                               --first-step, its figures in data/; rows of other machines stay
              --gpu            the benchmark on a GPU instead; -Dargs="--gpu --help" says what that takes"""
            .formatted(String.join(",", WORKLOADS), String.join(",", BACKENDS), String.join(",", PEERS),
                    String.join(",", BenchMachine.ISAS), BenchSweep.CLIFF, BenchSweep.ALL);

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
        String isa = options.has("--isa") ? one("--isa", options.text("--isa"), BenchMachine.ISAS) : "";
        String sweep = options.text("--sweep");
        if (options.has("--first-step")) {
            peers = List.of();
        }
        if (!sweep.isEmpty()) {
            BenchSweep.workloads(sweep); // refuses what is no grid before anything is measured
            workloads = List.of();
            peers = List.of();
            growth = false;
        }
        return new BenchOptions(workloads, backends, peers, options.count("--repeats", quick ? 3 : 7), quick ? 1 : 2,
                growth, options.has("--store"), isa, options.has("--first-step"), sweep);
    }

    private static String one(String option, String word, List<String> known) {
        return known.stream().filter(word::equalsIgnoreCase).findFirst().orElseThrow(() -> new LabException(
                option + ": expected one of " + String.join(",", known) + ", got '" + word + "'"));
    }
}
