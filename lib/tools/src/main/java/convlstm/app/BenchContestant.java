package convlstm.app;

import convlstm.app.BenchWorkload.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who takes part: a backend of the kit, or a way to run a peer's library.
 *
 * @param name what options and tables call it
 * @param ours whether it is the kit's
 * @param kinds the models it is tried on: not those where it would be another contestant under another name, or where it
 *     is known to be hopeless
 * @param maxFlops the largest step it is asked for, so that the run ends some day
 */
record BenchContestant(String name, boolean ours, Set<Kind> kinds, double maxFlops) {
    /** What names of contestants that compute in TF32 end with. */
    private static final String TF32 = "-tf32";

    /** What the name of the kit on a GPU ends with where convolutions are plain sums, without Winograd's. */
    private static final String PLAIN = "-plain";

    private static final Set<Kind> ANY = EnumSet.allOf(Kind.class);
    private static final Set<Kind> CONVOLUTIONAL = EnumSet.of(Kind.CONVLSTM, Kind.PAPER, Kind.COURSE_CONVLSTM,
            Kind.KERAS_EXAMPLE);
    private static final Set<Kind> DENSE = EnumSet.complementOf(EnumSet.copyOf(CONVOLUTIONAL));

    /** The kit's backend of the given name. */
    static BenchContestant backend(String name) {
        double maxFlops = switch (name) {
            case "reference" -> 2e9;
            case "nd4j" -> 100e9;
            default -> Double.POSITIVE_INFINITY;
        };
        return new BenchContestant(name, true, ANY, maxFlops);
    }

    /** The peers, as {@code bench_peers.py} knows them; XLA's convolutions are far behind on processors. */
    static List<BenchContestant> peers() {
        return List.of(
                new BenchContestant("torch", false, ANY, Double.POSITIVE_INFINITY),
                new BenchContestant("torch-concat", false, CONVOLUTIONAL, 10e9),
                new BenchContestant("torch-last", false, CONVOLUTIONAL, Double.POSITIVE_INFINITY),
                new BenchContestant("torch-compiled", false, CONVOLUTIONAL, 100e9),
                new BenchContestant("keras-tf", false, ANY, Double.POSITIVE_INFINITY),
                new BenchContestant("keras-tf-xla", false, DENSE, 100e9),
                new BenchContestant("keras-torch", false, ANY, 10e9));
    }

    /** The kit on a GPU, in float32 or with products in TF32; in float32, if asked for, without Winograd too. */
    static List<BenchContestant> gpu(boolean tf32, boolean plain) {
        List<String> names = tf32 ? List.of("cuda" + TF32) : plain ? List.of("cuda", "cuda" + PLAIN) : List.of("cuda");
        return names.stream().map(BenchContestant::backend).toList();
    }

    /** PyTorch on a GPU, in the forms that are fast there; TF32 is said by name, since it computes something else. */
    static List<BenchContestant> gpuPeers(boolean tf32) {
        return Stream.of("torch-cuda", "torch-cuda-last", "torch-cuda-compiled")
                .map(name -> new BenchContestant(tf32 ? name + TF32 : name, false, ANY, Double.POSITIVE_INFINITY))
                .toList();
    }

    /** Those that the options name. */
    static List<BenchContestant> chosen(BenchOptions options) {
        return Stream.concat(
                options.backends().stream().map(BenchContestant::backend),
                peers().stream().filter(p -> options.peers().contains(p.name()))).toList();
    }

    /** Whether a contestant of that name is the kit's. */
    static boolean isOurs(String name) {
        return !name.matches("(torch|keras).*");
    }

    /** The library that does a peer's arithmetic. */
    String library() {
        return name.startsWith("keras-tf") ? "TensorFlow" : "PyTorch";
    }

    /** Whether its first step waits for a compiler, which is long. */
    boolean compiles() {
        return name.contains("-compiled") || name.endsWith("-xla");
    }

    /** The kit's own, started as a program: what Java and the program are to be told. */
    List<String> program(String main) {
        return List.of("-Dconvlstm.cuda.tf32=" + name.endsWith(TF32),
                "-Dconvlstm.cuda.winograd=" + !name.endsWith(PLAIN),
                main, name.replaceFirst("(" + TF32 + "|" + PLAIN + ")$", ""));
    }

    /** Whether it is measured on a workload. */
    boolean takes(BenchWorkload workload, double flops) {
        return kinds.contains(workload.kind()) && flops <= maxFlops;
    }
}
