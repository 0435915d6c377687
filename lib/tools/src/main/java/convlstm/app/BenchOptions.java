package convlstm.app;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

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
 * @param sweep filters and kernels to sweep over, as {@link BenchSweep#workloads} reads them; empty for none
 */
record BenchOptions(
        List<String> workloads, List<String> backends, List<String> peers, int repeats, double warmSeconds,
        boolean growth,
        boolean store, String isa, String sweep) {
    private static final List<String> BACKENDS = List.of("simd", "nd4j", "reference");
    private static final List<String> WORKLOADS = BenchWorkload.all().stream().map(BenchWorkload::name).toList();
    private static final List<String> PEERS = BenchContestant.peers().stream().map(BenchContestant::name).toList();

    static final String USAGE = """
            mvn -q -Drun=bench -Dargs="[--quick] [--only LIST] [--backends LIST] [--peers LIST] [--repeats N] [--isa ISA] [--sweep] [--store]"
              --only      workloads, with commas between: %s; and growth
              --backends  the kit's: %s
              --peers     libraries to compare with, or none: %s
              --repeats   rounds in which every contestant has a turn; default 7, with --quick 3
              --quick     the fastest backend, two peers and four workloads, in three minutes
              --isa       holds the run to fewer instructions than the processor has: %s;
                          128 bits for the kit alone, the peers stay as they are
              --sweep     only what a multiply-add costs for 1 to 64 filters and kernels 1 to 9, and where a neighbour is
                          %s times better; --sweep 5-8x3-5 for 5 to 8 filters and kernels 3 to 5
              --store     also writes data/benchmark.csv, the table in lib/README.md and, with growth, its figures in data/;
                          rows of other machines stay"""
            .formatted(String.join(",", WORKLOADS), String.join(",", BACKENDS), String.join(",", PEERS),
                    String.join(",", BenchMachine.ISAS), BenchSweep.CLIFF);

    /**
     * Reads the program's arguments.
     *
     * @throws LabException if one is not known; the message says what is
     */
    static BenchOptions parse(String... args) {
        boolean quick = List.of(args).contains("--quick");
        List<String> workloads = quick ? List.of("S1", "P1", "L2", "C1a") : WORKLOADS;
        List<String> backends = quick ? List.of("simd") : BACKENDS;
        List<String> peers = quick ? List.of("torch", "keras-tf") : PEERS;
        int repeats = quick ? 3 : 7;
        boolean growth = !quick;
        boolean store = false;
        String isa = "";
        String sweep = "";
        for (int k = 0; k < args.length; k++) {
            switch (args[k]) {
                case "--quick" -> {
                } // seen to above
                case "--store" -> store = true;
                case "--only" -> {
                    List<String> all = new ArrayList<>(WORKLOADS);
                    all.add("growth");
                    List<String> names = names("--only", value(args, ++k), all);
                    growth = names.contains("growth");
                    workloads = names.stream().filter(WORKLOADS::contains).toList();
                }
                case "--backends" -> backends = names("--backends", value(args, ++k), BACKENDS);
                case "--peers" -> {
                    String list = value(args, ++k);
                    peers = list.equals("none") ? List.of() : names("--peers", list, PEERS);
                }
                case "--repeats" -> repeats = count(value(args, ++k));
                case "--isa" -> isa = one("--isa", value(args, ++k), BenchMachine.ISAS);
                case "--sweep" -> {
                    sweep = k + 1 < args.length && !args[k + 1].startsWith("--") ? args[++k] : BenchSweep.ALL;
                    BenchSweep.workloads(sweep); // refuses what is no grid before anything is measured
                    workloads = List.of();
                    peers = List.of();
                    growth = false;
                }
                default ->
                    throw new LabException("option: expected one of the following, got '" + args[k] + "'\n" + USAGE);
            }
        }
        return new BenchOptions(workloads, backends, peers, repeats, quick ? 1 : 2, growth, store, isa,
                sweep);
    }

    private static String value(String[] args, int k) {
        if (k >= args.length) {
            throw new LabException(args[k - 1] + ": expected a value after it, got none\n" + USAGE);
        }
        return args[k];
    }

    /** The names of a list, in the order of {@code known}. */
    private static List<String> names(String option, String list, List<String> known) {
        Set<String> wanted = new LinkedHashSet<>();
        for (String word : list.split(",")) {
            wanted.add(known.stream().filter(word.strip()::equalsIgnoreCase).findFirst()
                    .orElseThrow(
                            () -> new LabException(option + ": expected some of " + String.join(",", known) + ", got '"
                                    + word + "'. Hint: names have commas between and no blanks")));
        }
        return known.stream().filter(wanted::contains).toList();
    }

    private static String one(String option, String word, List<String> known) {
        return known.stream().filter(word.strip()::equalsIgnoreCase).findFirst().orElseThrow(() -> new LabException(
                option + ": expected one of " + String.join(",", known) + ", got '" + word + "'"));
    }

    private static int count(String text) {
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new LabException(
                    String.format(Locale.ROOT, "--repeats: expected a number from 1 to 9999, got '%s'", text));
        }
        return Integer.parseInt(text);
    }
}
