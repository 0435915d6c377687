package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Npz;
import convlstm.model.Model;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * Measures contestants beside each other: each is a process, only one computes at a time, and in every round each has a
 * turn, so that whatever else the machine does meets all.
 */
class BenchRun {
    /** A machine whose FMA peak differs by more than this share while a workload is measured is disturbed. */
    static final double SPREAD = 0.1;

    static final int THREADS = Runtime.getRuntime().availableProcessors();

    private static final Duration LIMIT = Duration.ofMinutes(10); // compilers are slow
    static final double EPOCH_SECONDS = 20;
    private static final int REPEATS = 2;
    private static final int PROBES = 3;
    private static final int GROWTH_ROUNDS = 3;
    static final double TURN_SECONDS = 0.3;
    private static final int MANY = 100_000;

    private final Checkout kit;
    private final BenchOptions options;
    private final BenchMachine machine;
    private final String python;
    private final Path files;
    private final Map<String, String> vectors = new HashMap<>();
    private double peak = Double.NaN;

    /** A contestant that works on a workload, and what is known of it so far. */
    private static final class Entry implements AutoCloseable {
        final BenchContestant who;
        final BenchProcess process;
        final long started = System.nanoTime();
        final List<Double> stepsMs = new ArrayList<>();
        String version = "";
        double startSeconds;
        double firstStepMs;
        double firstEpochSeconds;

        Entry(BenchContestant who, BenchProcess process) {
            this.who = who;
            this.process = process;
        }

        Steps steps(int count, double seconds) throws BenchFault {
            return Steps.read(process.ask("steps " + count + " " + seconds, "steps", LIMIT));
        }

        @Override
        public void close() {
            process.close();
        }
    }

    /** What all start from on a workload, and the losses that they should then have. */
    private static final class Start {
        final Path file;
        final double flops;
        final long parameters;
        double[] losses = {};

        Start(Path file, double flops, long parameters) {
            this.file = file;
            this.flops = flops;
            this.parameters = parameters;
        }
    }

    /** Steps that were taken: their times in milliseconds, and the loss before each. */
    private record Steps(double[] ms, double[] losses) {
        static Steps read(String answer) {
            String[] lists = answer.split(" ");
            return new Steps(numbers(lists[0]), numbers(lists[1]));
        }

        private static double[] numbers(String list) {
            return Arrays.stream(list.split(",")).mapToDouble(Double::parseDouble).toArray();
        }

        double total() {
            return Arrays.stream(ms).sum();
        }
    }

    /**
     * Prepares runs.
     *
     * @param machine how wide everybody's vectors may be
     * @param python the interpreter that has the peers' libraries
     */
    BenchRun(Checkout kit, BenchOptions options, BenchMachine machine, String python) {
        this.kit = kit;
        this.options = options;
        this.machine = machine;
        this.python = python;
        this.files = kit.target().resolve("bench");
    }

    /** The most float operations per nanosecond of all cores together that was probed so far; NaN if not known. */
    double peakGflops() {
        return peak;
    }

    /** Probes that peak a few times; all NaN if that fails. */
    double[] probe() throws IOException {
        double[] probes = new double[PROBES];
        // not by the simd backend, which warms up beside its first computations and would take half of the peak
        try (Entry probe = open(BenchContestant.backend("reference"), "peak", Map.of())) {
            probe.process.await("ready", LIMIT);
            for (int k = 0; k < PROBES; k++) {
                probes[k] = Double.parseDouble(probe.process.ask("peak " + THREADS, "peak", LIMIT));
                peak = Double.isNaN(peak) ? probes[k] : Math.max(peak, probes[k]);
            }
        } catch (BenchFault fault) {
            System.out.println("  the peak could not be measured: " + fault.getMessage());
            Arrays.fill(probes, Double.NaN);
        }
        return probes;
    }

    /**
     * Measures a workload with the peak probed before and after. If the lowest of all those probes is more than {@link
     * #SPREAD} below the highest, the machine did something else too, and the workload is measured again, at most twice
     * and if there is time. What was disturbed least is given back.
     *
     * @param timeFor whether there is time for so many nanoseconds more
     */
    List<BenchResult> undisturbed(BenchWorkload workload, List<BenchContestant> contestants, LongPredicate timeFor)
            throws IOException {
        List<BenchResult> best = List.of();
        double least = Double.POSITIVE_INFINITY;
        for (int attempt = 0;; attempt++) {
            long start = System.nanoTime();
            double[] before = probe();
            List<BenchResult> results = measure(workload, contestants);
            double spread = spread(before);
            if (!(spread >= least)) {
                least = spread;
                best = results;
            }
            boolean disturbed = spread > SPREAD;
            boolean again = disturbed && attempt < REPEATS && timeFor.test(System.nanoTime() - start);
            if (disturbed) {
                System.out.printf(Locale.ROOT,
                        "  disturbed: the FMA peak before and after differs by %.0f %%, more than %.0f %%; %s%n",
                        100 * spread, 100 * SPREAD,
                        again ? "measured again" : "no repeat left, or no time for it: the rows say so");
            }
            if (!again) {
                double known = least;
                return best.stream().map(r -> r.withPeakSpread(known)).toList();
            }
        }
    }

    /** Probes the peak again: how far the lowest probe since is below the highest, as a share. */
    double spread(double[] before) throws IOException {
        DoubleSummaryStatistics probes = DoubleStream.concat(Arrays.stream(before), Arrays.stream(probe()))
                .summaryStatistics();
        return 1 - probes.getMin() / probes.getMax();
    }

    /**
     * Finds out how wide the vectors of the peers' libraries are, as far as these say so: in processes that print a lot and
     * are not measured.
     */
    void askForVectors(List<BenchContestant> peers) throws IOException {
        BenchWorkload tiny = BenchWorkload.of("vectors", "kind=course-cnnlstm,B=2,T=2,H=4,W=4,C=1,F=2,U=3", 1);
        for (BenchContestant peer : peers) {
            if (peer.ours() || vectors.containsKey(peer.library())) {
                continue;
            }
            Entry entry = open(peer, tiny.name(), Map.of("ONEDNN_VERBOSE", "1", "MKL_VERBOSE", "1"));
            try (entry) {
                load(entry, tiny, prepare(tiny));
                entry.steps(1, 0);
            } catch (BenchFault fault) {
                System.out
                        .println("  " + peer.name() + " does not say how wide its vectors are: " + fault.getMessage());
            }
            vectors.put(peer.library(), entry.process.vectors());
            System.out.println("  " + peer.library() + ": " + entry.process.vectors());
        }
    }

    /** Measures one workload by all contestants that take it; those that fail are named and left out. */
    List<BenchResult> measure(BenchWorkload workload, List<BenchContestant> contestants) throws IOException {
        Start start = prepare(workload);
        System.out.printf(Locale.ROOT, "%s: %s, %s GFLOP a step, %,d weights%n",
                workload.name(), workload.what(), BenchTable.number(start.flops / 1e9), start.parameters);
        List<Entry> entries = new ArrayList<>();
        try {
            for (BenchContestant who : contestants) {
                if (who.takes(workload, start.flops)) {
                    Entry entry = open(who, workload.name(), Map.of());
                    entries.add(entry);
                    try {
                        load(entry, workload, start);
                        first(entry, workload, start);
                    } catch (BenchFault fault) {
                        leaveOut(entry, entries, fault);
                    }
                }
            }
            for (int round = 0; round < options.repeats(); round++) {
                turns(entries, round % 2 == 0 ? entries : entries.reversed(), TURN_SECONDS);
            }
            return entries.stream().map(e -> result(e, workload, start.flops)).toList();
        } finally {
            entries.forEach(Entry::close);
        }
    }

    /**
     * Measures how the cost of a step grows: two contestants, each in one process that takes the workloads one after the
     * other. First steps and memory are not told apart.
     *
     * @param seconds how long each takes steps before it is measured, and as long again for the measured ones
     */
    List<BenchResult> measureGrowth(List<BenchWorkload> workloads, List<BenchContestant> contestants, double seconds)
            throws IOException {
        List<BenchResult> results = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        try {
            for (BenchContestant who : contestants) {
                entries.add(open(who, "growth", Map.of()));
            }
            for (Entry entry : List.copyOf(entries)) {
                try {
                    entry.version = entry.process.await("ready", LIMIT);
                } catch (BenchFault fault) {
                    leaveOut(entry, entries, fault);
                }
            }
            for (BenchWorkload workload : workloads) {
                Start start = prepare(workload);
                for (Entry entry : List.copyOf(entries)) {
                    try {
                        load(entry, workload, start);
                        entry.stepsMs.clear();
                        entry.steps(MANY, seconds);
                    } catch (BenchFault fault) {
                        leaveOut(entry, entries, fault);
                    }
                }
                for (int round = 0; round < GROWTH_ROUNDS; round++) {
                    turns(entries, entries, seconds / GROWTH_ROUNDS);
                }
                entries.forEach(e -> results.add(result(e, workload, start.flops)));
                System.out.printf(Locale.ROOT, "  %s: %s%n", workload.what(), times(entries));
            }
            return results;
        } finally {
            entries.forEach(Entry::close);
        }
    }

    /**
     * The first steps of some processes, in milliseconds.
     *
     * @param warmUp whether the backend may warm up
     * @param wait the time from the opened backend to the step; zero for at once, which is when the data are loaded
     */
    List<Double> firstSteps(BenchWorkload workload, boolean warmUp, Duration wait, int processes) throws IOException {
        Start start = prepare(workload);
        Map<String, String> environment = Map.of("JDK_JAVA_OPTIONS", "-Dconvlstm.warmup=" + warmUp);
        List<Double> ms = new ArrayList<>();
        for (int process = 0; process < processes; process++) {
            try (Entry entry = open(BenchContestant.backend("simd"), "first", environment)) {
                load(entry, workload, start);
                long opened = entry.started + (long) (entry.startSeconds * 1e9);
                Thread.sleep(Duration.ofNanos(Math.max(0, opened + wait.toNanos() - System.nanoTime())));
                ms.add(entry.steps(1, 0).ms[0]);
            } catch (BenchFault fault) {
                throw new LabException("--first-step: " + fault.getMessage());
            } catch (InterruptedException interrupt) {
                throw new InterruptedIOException("--first-step: interrupted");
            }
        }
        return ms;
    }

    private Start prepare(BenchWorkload workload) throws IOException {
        Path file = files.resolve(workload.name() + ".npz");
        try (Backend K = Backends.byName("reference")) { // nothing is computed, and nothing may warm up beside what is measured
            Model model = workload.build(K, 0);
            Npz.write(file, workload.start(model, K));
            return new Start(file, workload.flops(model), model.parameterCount());
        }
    }

    private Entry open(BenchContestant who, String task, Map<String, String> more) throws IOException {
        List<String> command = new ArrayList<>();
        if (who.ours()) {
            command.add(ProcessHandle.current().info().command().orElse("java"));
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(flag -> !flag.startsWith("-javaagent")) // a coverage tool would be measured too
                    .forEach(command::add);
            command.addAll(machine.javaFlags());
            command.addAll(List.of("-Xmx" + Lab.heap(), "-cp", System.getProperty("java.class.path")));
            command.addAll(who.program(BenchWorker.class.getName()));
        } else {
            command.addAll(List.of(python, kit.python("bench_peers.py").toString(), who.name(), "" + THREADS));
        }
        Map<String, String> environment = new HashMap<>(machine.environment());
        environment.putAll(more);
        return new Entry(who, new BenchProcess(command, environment, kit.root(),
                files.resolve("log/" + task + "-" + who.name() + ".txt")));
    }

    private static void leaveOut(Entry entry, List<Entry> entries, BenchFault fault) {
        entry.close();
        entries.remove(entry);
        System.out.println("  " + entry.who.name() + " is left out: " + fault.getMessage());
    }

    private static void load(Entry entry, BenchWorkload workload, Start start) throws BenchFault {
        if (entry.version.isEmpty()) {
            entry.version = entry.process.await("ready", LIMIT);
            entry.startSeconds = (System.nanoTime() - entry.started) / 1e9;
        }
        long parameters = Long
                .parseLong(entry.process.ask("load " + workload.spec() + " " + start.file, "loaded", LIMIT));
        if (parameters != start.parameters) {
            throw new BenchFault(String.format(Locale.ROOT, "computes something else: expected %,d weights, got %,d",
                    start.parameters, parameters), null);
        }
    }

    /** The first step, the first three to see that it computes the same, the first epoch, and what else warms up. */
    private void first(Entry entry, BenchWorkload workload, Start start) throws BenchFault {
        Steps one = entry.steps(1, 0);
        Steps two = entry.steps(2, LIMIT.toSeconds());
        double[] losses = {one.losses[0], two.losses[0], two.losses[1]};
        if (start.losses.length == 0) {
            start.losses = losses;
        } else if (!agree(start.losses, losses)) {
            throw new BenchFault("computes something else: the losses of the first steps are " + Arrays.toString(losses)
                    + " where the first contestant has " + Arrays.toString(start.losses), null);
        }
        int left = Math.max(1, workload.epochSteps() - 3);
        Steps rest = entry.steps(left, EPOCH_SECONDS);
        double sum = one.total() + two.total() + rest.total();
        entry.firstStepMs = one.ms[0];
        entry.firstEpochSeconds = rest.ms.length == left ? sum / 1e3 : Double.NaN;
        Steps warm = entry.steps(MANY, options.warmSeconds());
        System.out.printf(Locale.ROOT, "  %-15s ready in %5.1f s, first step %8.1f ms, warm %8.1f ms%n",
                entry.who.name(), entry.startSeconds, entry.firstStepMs, warm.ms[warm.ms.length - 1]);
    }

    /**
     * Whether two contestants compute the same: the same loss to begin with, and one that falls alike. Libraries add
     * Adam's epsilon in different places, so the fall may differ by a quarter.
     */
    static boolean agree(double[] ours, double[] theirs) {
        int last = ours.length - 1;
        double fall = ours[0] - ours[last];
        return Math.abs(theirs[0] - ours[0]) <= 1e-4 * Math.abs(ours[0])
                && Math.abs(theirs[0] - theirs[last] - fall) <= 0.25 * Math.abs(fall);
    }

    private static void turns(List<Entry> entries, List<Entry> order, double seconds) {
        for (Entry entry : List.copyOf(order)) {
            try {
                for (double ms : entry.steps(MANY, seconds).ms) {
                    entry.stepsMs.add(ms);
                }
            } catch (BenchFault fault) {
                leaveOut(entry, entries, fault);
            }
        }
    }

    private static String times(List<Entry> entries) {
        return entries.stream()
                .map(e -> String.format(Locale.ROOT, "%s %.2f ms", e.who.name(), BenchResult.median(e.stepsMs)))
                .collect(Collectors.joining(", "));
    }

    private BenchResult result(Entry e, BenchWorkload workload, double flops) {
        Matcher bits = Pattern.compile("(\\d+)-bit").matcher(e.version);
        String wide = e.who.ours()
                ? bits.find() ? bits.group(1) + " bits" : ""
                : vectors.getOrDefault(e.who.library(), "");
        return new BenchResult(workload, e.who, e.version, flops, e.startSeconds, e.firstStepMs, e.firstEpochSeconds,
                List.copyOf(e.stepsMs), e.process.peakMegabytes().orElse(Double.NaN), wide, Double.NaN);
    }
}
