package convlstm.app;

import convlstm.notebook.BarPlot;
import convlstm.notebook.LinePlot;
import convlstm.notebook.Plots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Draws what a run measured, as PNG files. */
final class BenchCharts {
    /** Who is drawn: of a library that runs in several forms, its fastest. */
    private static final Map<String, Predicate<BenchResult>> FAMILIES = new LinkedHashMap<>();

    static {
        FAMILIES.put("kit, SIMD", r -> r.who().name().equals("simd"));
        FAMILIES.put("kit, ND4J", r -> r.who().name().equals("nd4j"));
        FAMILIES.put("PyTorch, fastest form", r -> r.who().name().startsWith("torch"));
        FAMILIES.put("Keras, fastest form", r -> r.who().name().startsWith("keras"));
    }

    private BenchCharts() {}

    /** Speed, memory and first steps of all workloads. */
    static void write(BenchTable table, Path folder) throws IOException {
        if (table.results().isEmpty()) {
            return;
        }
        bars(table, "Speed of a whole training step", "GFLOP/s, higher is better",
                BenchResult::medianMs, BenchResult::gflops).picture().write(folder.resolve("speed.png"));
        bars(table, "Memory", "most memory resident (MB)",
                BenchResult::medianMs, BenchResult::peakMegabytes).picture().write(folder.resolve("memory.png"));
        bars(table, "The first step of a process", "time (ms), lower is better",
                BenchResult::firstStepMs, BenchResult::firstStepMs).picture().write(folder.resolve("first-step.png"));
    }

    /** Bars of a value; of the forms of a library, that with the smallest {@code order}. */
    private static BarPlot bars(BenchTable table, String title, String yLabel, ToDoubleFunction<BenchResult> order,
            ToDoubleFunction<BenchResult> value) {
        List<String> workloads = List.copyOf(table.workloads());
        BarPlot plot = Plots.bars(title, "workload", yLabel, workloads.toArray(String[]::new));
        FAMILIES.forEach((family, member) -> {
            if (table.results().stream().anyMatch(member)) {
                plot.series(family, workloads.stream().mapToDouble(w -> table.of(w).stream().filter(member)
                        .min(Comparator.comparingDouble(order)).map(value::applyAsDouble)
                        .orElse(Double.NaN)).toArray());
            }
        });
        return plot;
    }

    /** How the time of a step grows along one axis. */
    static void write(BenchGrowth.Axis axis, List<BenchResult> results, Path folder) throws IOException {
        LinePlot plot = Plots.lines("Cost as the " + axis.title() + " grows", axis.label(), "time of a step (ms)")
                .yFrom(0);
        results.stream().map(r -> r.who().name()).distinct().forEach(who -> {
            List<BenchResult> line = results.stream()
                    .filter(r -> r.who().name().equals(who) && axis.workloads().contains(r.workload())).toList();
            plot.series(who, line.stream().mapToDouble(r -> r.workload().size(axis.letter())).toArray(),
                    line.stream().mapToDouble(BenchResult::medianMs).toArray());
        });
        plot.picture().write(folder.resolve("growth-" + axis.letter() + ".png"));
    }
}
