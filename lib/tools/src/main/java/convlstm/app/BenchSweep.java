package convlstm.app;

import convlstm.notebook.LinePlot;
import convlstm.notebook.Plots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * What a multiply-add costs for each number of filters and each size of kernel: a small ConvLSTM2D, all else the same. Where
 * products are few (a filter or two, kernels of 1x1) the gates take more time than they do, and each multiply-add seems dear.
 */
final class BenchSweep {
    /** Filters and kernels of a whole sweep. */
    static final String ALL = "1-64x1-9";

    /** A neighbour that is so many times better makes a cliff. */
    static final double CLIFF = 1.5;

    private static final Pattern GRID = Pattern.compile("(\\d{1,3})-(\\d{1,3})x([1-9])-([1-9])");
    private static final BenchWorkload BASE = BenchWorkload.of("sweep",
            "kind=convlstm,B=2,T=5,H=32,W=32,C=1,F=16,k=3", 1);

    private BenchSweep() {}

    /**
     * The workloads of a grid such as {@link #ALL}, kernel by kernel.
     *
     * @throws LabException if it is none
     */
    static List<BenchWorkload> workloads(String grid) {
        Matcher m = GRID.matcher(grid);
        int[] ends = m.matches()
                ? IntStream.rangeClosed(1, 4).map(k -> Integer.parseInt(m.group(k))).toArray()
                : new int[4];
        if (ends[0] < 1 || ends[0] > ends[1] || ends[2] > ends[3]) {
            throw new LabException("--sweep: expected filters and kernels such as " + ALL + ", got '" + grid + "'");
        }
        return IntStream.rangeClosed(ends[2], ends[3]).boxed().flatMap(k -> IntStream.rangeClosed(ends[0], ends[1])
                .mapToObj(F -> BASE.with("k", k).with("F", F))).toList();
    }

    /** Picoseconds of a whole step for each of its multiply-adds, which are two operations. */
    static double picoseconds(BenchResult r) {
        return 2000 / r.gflops();
    }

    /** Two neighbours, the better one more than {@link #CLIFF} times as good. */
    record Cliff(BenchResult worse, BenchResult better) {
        double factor() {
            return picoseconds(worse) / picoseconds(better);
        }

        @Override
        public String toString() {
            boolean noExcuse = better.flops() > worse.flops() && better.medianMs() < worse.medianMs();
            return String.format(Locale.ROOT, "%s: %.1f ps a multiply-add, %.2f times the %.1f ps of %s%s", name(worse),
                    picoseconds(worse), factor(), picoseconds(better), name(better),
                    noExcuse ? ", whose whole step is faster too" : "");
        }

        private static String name(BenchResult r) {
            int k = r.workload().size("k");
            return r.workload().size("F") + " filters " + k + "x" + k;
        }
    }

    /** The cliffs between results that differ by one filter, or by one in the size of the kernel. */
    static List<Cliff> cliffs(List<BenchResult> results) {
        List<Cliff> cliffs = new ArrayList<>();
        for (BenchResult a : results) {
            results.stream().filter(b -> Math.abs(a.workload().size("F") - b.workload().size("F"))
                    + Math.abs(a.workload().size("k") - b.workload().size("k")) == 1)
                    .map(b -> new Cliff(a, b)).filter(c -> c.factor() > CLIFF).forEach(cliffs::add);
        }
        return cliffs;
    }

    /**
     * Measures a grid, and once more what lies at a cliff: of two times the smaller holds, since others only disturb. Says so
     * if they did.
     */
    static List<BenchResult> measure(BenchRun run, String grid, BenchContestant who) throws IOException {
        double[] before = run.probe();
        List<BenchResult> results = new ArrayList<>(warm(run, workloads(grid), who, 0.1));
        Set<BenchWorkload> doubtful = new LinkedHashSet<>();
        cliffs(results).forEach(c -> doubtful.addAll(List.of(c.worse().workload(), c.better().workload())));
        if (!doubtful.isEmpty()) {
            System.out.println("sweep: what lies at a cliff, once more");
            List<BenchResult> again = warm(run, List.copyOf(doubtful), who, 0.3);
            results.replaceAll(r -> again.stream().filter(a -> a.workload().equals(r.workload())
                    && a.medianMs() < r.medianMs()).findFirst().orElse(r));
        }
        double spread = run.spread(before);
        if (spread > BenchRun.SPREAD) {
            System.out.printf(Locale.ROOT,
                    "disturbed: the FMA peak before and after differs by %.0f %%, so some cliffs may"
                            + " be somebody else's work%n",
                    100 * spread);
        }
        return results;
    }

    /** What is measured first meets the JIT compiler: the first few are measured twice, and their first times dropped. */
    private static List<BenchResult> warm(BenchRun run, List<BenchWorkload> workloads, BenchContestant who,
            double seconds)
            throws IOException {
        List<BenchWorkload> first = workloads.subList(0, Math.min(8, workloads.size()));
        List<BenchResult> all = run.measureGrowth(Stream.concat(first.stream(), workloads.stream()).toList(),
                List.of(who),
                seconds);
        return all.subList(Math.min(first.size(), all.size()), all.size());
    }

    /** Draws a line for each size of kernel. */
    static void plot(List<BenchResult> results, Path folder) throws IOException {
        LinePlot plot = Plots.lines("What a multiply-add costs", "filters", "time of a multiply-add (ps)").logY();
        results.stream().map(r -> r.workload().size("k")).distinct().forEach(k -> {
            List<BenchResult> line = results.stream().filter(r -> r.workload().size("k") == k).toList();
            plot.series(k + "x" + k, line.stream().mapToDouble(r -> r.workload().size("F")).toArray(),
                    line.stream().mapToDouble(BenchSweep::picoseconds).toArray());
        });
        plot.picture().write(folder.resolve("sweep.png"));
    }

    /** A row for each point. */
    static Table table(List<BenchResult> results) {
        return Table.create("sweep",
                IntColumn.create("filters", results.stream().mapToInt(r -> r.workload().size("F")).toArray()),
                IntColumn.create("kernel", results.stream().mapToInt(r -> r.workload().size("k")).toArray()),
                DoubleColumn.create("step (ms)", results.stream().mapToDouble(BenchResult::medianMs).toArray()),
                DoubleColumn.create("multiply-add (ps)",
                        results.stream().mapToDouble(BenchSweep::picoseconds).toArray()));
    }

    /** What the sweep found, in lines. */
    static String report(List<BenchResult> results) {
        List<Cliff> cliffs = cliffs(results);
        return "Cliffs, where a neighbour is more than " + CLIFF + " times better: " + cliffs.size()
                + cliffs.stream().map(c -> "\n  " + c).collect(Collectors.joining());
    }
}
