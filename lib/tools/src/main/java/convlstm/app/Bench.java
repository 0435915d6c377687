package convlstm.app;

import convlstm.data.AtomicFile;
import convlstm.notebook.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tech.tablesaw.api.Table;

/**
 * The benchmark: the kit's backends and the libraries that people use, in one run on one machine. Writes {@code
 * benchmark.csv}, {@code benchmark.md} and plots to {@code target/bench/}; {@code --store} keeps the figures with the
 * kit. What it takes: {@link BenchOptions#USAGE}.
 *
 * <p>The peers' libraries are installed in a virtual environment under {@code target/} at the first run; {@code
 * -Dbench.venv=FOLDER} takes one that is there.
 */
public final class Bench {
    static final String BEGIN = "<!-- benchmark: written by mvn -q -Drun=bench -Dargs=--store -->\n";
    static final String END = "<!-- end of benchmark -->";

    /** A whole run should end within so many minutes: repeats are made only if they fit in. */
    private static final int MINUTES = 15;

    private static final double GROWTH_SECONDS = 80;

    private Bench() {}

    public static void main(String[] args) throws Exception {
        boolean gpu = List.of(args).contains("--gpu");
        Options.start(gpu ? GpuBench.USAGE : BenchOptions.USAGE, 0, options -> {
            if (gpu) {
                GpuBench.run(Checkout.here(), options);
            } else {
                run(Checkout.here(), BenchOptions.of(options));
            }
            System.exit(0);
        }, args);
    }

    private static void run(Checkout kit, BenchOptions options) throws IOException {
        Path folder = kit.target().resolve("bench");
        BenchMachine machine = BenchMachine.here(kit, options.isa());
        System.out.println(machine.words());
        String python = options.peers().isEmpty() ? "" : python(kit);
        long start = System.nanoTime(); // what had to be installed does not count
        BenchRun run = new BenchRun(kit, options, machine, python);
        List<BenchContestant> contestants = BenchContestant.chosen(options);
        if (!options.sweep().isEmpty()) {
            sweep(run, options.sweep(), contestants, folder);
            return;
        }
        if (options.firstStep()) {
            Table table = BenchFirst.measure(run, options, machine);
            Tables.csv(table, folder.resolve("first-step.csv"));
            if (options.store()) {
                BenchRows.store(kit.root().resolve(BenchFirst.FILE), table);
            }
            return;
        }
        List<Map<String, String>> stored = BenchRows.read(kit.root().resolve("data/benchmark.csv"));
        double rest = options.workloads().stream().mapToDouble(w -> BenchRows.seconds(stored, options, w)).sum()
                + (options.growth() ? GROWTH_SECONDS : 0);
        System.out.printf(Locale.ROOT,
                "About %.0f min, by the times in data/benchmark.csv; up to %.0f min if the machine is disturbed%n",
                Math.ceil(rest / 60), Math.max(MINUTES, Math.ceil(rest / 60)));
        run.askForVectors(contestants);
        List<BenchResult> results = new ArrayList<>();
        for (BenchWorkload workload : BenchWorkload.all()) {
            if (options.workloads().contains(workload.name())) {
                rest -= BenchRows.seconds(stored, options, workload.name());
                double end = MINUTES * 60 - rest;
                results.addAll(run.undisturbed(workload, contestants,
                        more -> (System.nanoTime() - start + more) / 1e9 < end));
                System.out.println(new BenchTable(results, run.peakGflops(), machine).verdict(workload.name()));
            }
        }
        if (results.isEmpty()) {
            run.probe(); // for growth
        }
        BenchTable table = new BenchTable(results, run.peakGflops(), machine);
        AtomicFile.write(folder.resolve("benchmark.md"), table.markdown());
        Tables.csv(table.details(), folder.resolve("benchmark.csv"));
        if (options.store() && !options.workloads().isEmpty()) { // growth alone leaves the table as it is
            store(kit, table);
        }
        BenchCharts.write(table, folder);
        if (options.growth()) {
            BenchTable growth = growth(run, growthContestants(contestants, table), table, folder);
            if (options.store()) {
                BenchRows.store(kit.root().resolve("data/benchmark-growth.csv"), growth.details());
            }
        }
        System.out.printf(Locale.ROOT, "%n%s%nAll of it is in %s; it took %.0f s.%n", table.summary(),
                kit.root().relativize(folder), (System.nanoTime() - start) / 1e9);
    }

    private static String python(Checkout kit) {
        String venv = System.getProperty("bench.venv", "");
        return venv.isEmpty()
                ? new Venv(kit.target().resolve("bench-venv"), kit.python("bench-requirements.txt"),
                        "PyTorch, Keras and TensorFlow, some gigabytes,",
                        "Or measure the kit alone: -Dargs=\"--peers none\"; or name an environment that has them:"
                                + " -Dbench.venv=FOLDER.")
                        .python()
                : python(venv);
    }

    /** The interpreter of a virtual environment that is there. */
    static String python(String venv) {
        Path python = Path.of(venv).toAbsolutePath().resolve(Venv.WINDOWS ? "Scripts/python.exe" : "bin/python");
        if (!Files.isExecutable(python)) {
            throw new LabException("bench.venv: expected a virtual environment with " + python + ", got none."
                    + " Hint: leave it out, and one is made under target/");
        }
        return python.toString();
    }

    /** The kit's first backend, and of the peers that need no compiler the one that was fastest on S1. */
    private static List<BenchContestant> growthContestants(List<BenchContestant> all, BenchTable table) {
        List<BenchContestant> quickToStart = all.stream().filter(c -> !c.ours() && !c.compiles()).toList();
        Optional<BenchContestant> peer = table.of("S1").stream()
                .filter(r -> quickToStart.contains(r.who()))
                .min(Comparator.comparingDouble(BenchResult::medianMs))
                .map(BenchResult::who)
                .or(() -> quickToStart.stream().filter(c -> c.name().equals("keras-tf")).findFirst())
                .or(() -> quickToStart.stream().findFirst());
        return Stream.concat(all.stream().filter(BenchContestant::ours).limit(1), peer.stream()).toList();
    }

    private static void sweep(BenchRun run, String grid, List<BenchContestant> contestants, Path folder)
            throws IOException {
        List<BenchResult> results = BenchSweep.measure(run, grid, contestants.getFirst());
        if (results.isEmpty()) {
            throw new LabException("--sweep: the backend took part in nothing; the lines above say why");
        }
        Tables.csv(BenchSweep.table(results), folder.resolve("sweep.csv"));
        BenchSweep.plot(results, folder);
        System.out.println(BenchSweep.report(results) + "\nsweep.csv and sweep.png are in " + folder);
    }

    private static BenchTable growth(BenchRun run, List<BenchContestant> contestants, BenchTable table, Path folder)
            throws IOException {
        System.out.println("growth: S1 with one size changed at a time");
        List<BenchResult> results = run.measureGrowth(BenchGrowth.workloads(), contestants, 1);
        BenchTable growth = new BenchTable(results, table.peakGflops(), table.machine());
        Tables.csv(growth.details(), folder.resolve("growth.csv"));
        for (BenchGrowth.Axis axis : BenchGrowth.AXES) {
            BenchCharts.write(axis, results, folder);
        }
        return growth;
    }

    private static void store(Checkout kit, BenchTable table) throws IOException {
        List<Map<String, String>> rows = BenchRows.store(kit.root().resolve("data/benchmark.csv"), table.details());
        Path readme = kit.root().resolve("lib/README.md");
        String text = Files.exists(readme) ? Files.readString(readme) : "";
        Optional<String> changed = between(text, BenchRows.summary(rows));
        if (changed.isEmpty()) {
            System.out.println("lib/README.md has no lines\n" + BEGIN + END
                    + "\nso only data/benchmark.csv is stored; the table to copy is in target/bench/benchmark.md");
        } else {
            AtomicFile.write(readme, changed.get());
        }
    }

    /** The text with what lies between the two marks replaced; empty if it has not both. */
    static Optional<String> between(String text, String replacement) {
        int from = text.indexOf(BEGIN);
        int to = text.indexOf(END, Math.max(0, from));
        return from < 0 || to < 0
                ? Optional.empty()
                : Optional.of(text.substring(0, from + BEGIN.length()) + replacement + text.substring(to));
    }
}
