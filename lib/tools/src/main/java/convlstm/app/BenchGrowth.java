package convlstm.app;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How cost grows: S1 with one of its sizes changed at a time. */
final class BenchGrowth {
    private static final BenchWorkload BASE = BenchWorkload.of("growth",
            "kind=convlstm,B=8,T=10,H=32,W=32,C=1,F=16,k=3", 1);

    /** The axes along which it is measured. */
    static final List<Axis> AXES = List.of(
            axis("batch", "batch (sequences)", "B", 1, 2, 4, 8, 16),
            axis("frame", "height and width of a frame (pixels)", "H", 8, 16, 32, 64),
            axis("number of filters", "filters", "F", 8, 12, 16, 24, 32, 40, 64),
            axis("sequence", "time steps", "T", 5, 10, 20, 40));

    private BenchGrowth() {}

    /**
     * One size that grows.
     *
     * @param title what grows, in words
     * @param label the plot's label
     * @param letter the size's letter
     * @param workloads from small to large
     */
    record Axis(String title, String label, String letter, List<BenchWorkload> workloads) {}

    private static Axis axis(String title, String label, String letter, int... values) {
        List<BenchWorkload> workloads = new ArrayList<>();
        for (int value : values) {
            BenchWorkload workload = BASE.with(letter, value);
            workloads.add(letter.equals("H") ? workload.with("W", value) : workload); // frames stay square
        }
        return new Axis(title, label, letter, List.copyOf(workloads));
    }

    /** All workloads, each once although every axis passes through S1. */
    static List<BenchWorkload> workloads() {
        Set<BenchWorkload> all = new LinkedHashSet<>();
        AXES.forEach(axis -> all.addAll(axis.workloads()));
        return List.copyOf(all);
    }
}
