package convlstm.app;

import convlstm.data.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The benchmark on a GPU: whole training steps of the {@code cuda} backend and of PyTorch on the same GPU, in one run.
 * Prints the table, and writes it to {@code target/bench/gpu.md}. What it takes: {@link #USAGE}.
 */
final class GpuBench {
    static final String USAGE = """
            mvn -q -Drun=bench -Dbench.venv=FOLDER -Dargs="--gpu [--tf32] [--plain] [--tiny] [--repeats N] [--list]"
              -Dbench.venv  a Python environment with a CUDA build of PyTorch; without it the kit is measured alone
              --gpu         this benchmark, in place of that on the CPU
              --tf32        lets both round the factors of products to TF32; else both compute in float32
              --plain       measures the kit a second time with -Dconvlstm.cuda.winograd=false
              --list        prints each workload's name and what it is, and measures nothing
              --tiny        one very small layer, to see that everything works
              --repeats N   rounds in which every contestant has a turn [default: 7]""";

    /** S1, P1 as on the CPU; the paper's three layers at two batch sizes; the layers of Keras' next-frame example. */
    private static final List<BenchWorkload> WORKLOADS = List.of(
            BenchWorkload.of("S1", "kind=convlstm,B=8,T=10,H=32,W=32,C=1,F=16,k=3", 32),
            BenchWorkload.of("P1", "kind=convlstm,B=8,T=10,H=16,W=16,C=16,F=64,k=5", 32),
            BenchWorkload.of("P2-16", "kind=paper,B=16,T=10,H=16,W=16,C=16,F1=128,F2=64,F3=64,k=5", 32),
            BenchWorkload.of("P2-64", "kind=paper,B=64,T=10,H=16,W=16,C=16,F1=128,F2=64,F3=64,k=5", 32),
            BenchWorkload.of("K1", "kind=keras-example,B=5,T=19,H=64,W=64,C=1,F=64,k=5", 32));

    private static final List<BenchWorkload> TINY = List.of(
            BenchWorkload.of("tiny", "kind=convlstm,B=1,T=2,H=4,W=4,C=1,F=2,k=3", 4));

    /** How long each takes steps before it is measured. */
    private static final double WARM_SECONDS = 2;

    private GpuBench() {}

    /** Runs with the program's arguments. */
    static void run(Checkout kit, Options options) throws IOException {
        if (options.has("--list")) {
            WORKLOADS.forEach(w -> System.out.println(w.name() + " " + w.spec()));
            return;
        }
        boolean tiny = options.has("--tiny");
        boolean tf32 = options.has("--tf32");
        String venv = System.getProperty("bench.venv", "");
        List<BenchContestant> contestants = Stream.concat(BenchContestant.gpu(tf32, options.has("--plain")).stream(),
                venv.isEmpty() ? Stream.of() : BenchContestant.gpuPeers(tf32).stream()).toList();
        BenchOptions repeated = new BenchOptions(List.of(), List.of(), List.of(), options.count("--repeats"),
                tiny ? 0.1 : WARM_SECONDS, false, false, "", false, "");
        BenchRun run = new BenchRun(kit, repeated, machine("a GPU"), venv.isEmpty() ? "" : Bench.python(venv));
        List<BenchResult> results = new ArrayList<>();
        for (BenchWorkload workload : tiny ? TINY : WORKLOADS) {
            results.addAll(run.measure(workload, contestants));
            System.out.println(table(results).verdict(workload.name()));
        }
        if (results.isEmpty()) {
            throw new LabException("the cuda backend took part in nothing; the lines above say why");
        }
        Path file = kit.target().resolve("bench/gpu.md");
        AtomicFile.write(file, table(results).markdown());
        System.out.println("\n" + table(results).summary() + "\nAll figures are in " + kit.root().relativize(file));
    }

    private static BenchTable table(List<BenchResult> results) {
        String who = results.isEmpty() ? "" : results.getFirst().version();
        return new BenchTable(results, Double.NaN, machine(who));
    }

    private static BenchMachine machine(String who) {
        return new BenchMachine(who, BenchRun.THREADS, 0, "");
    }
}
