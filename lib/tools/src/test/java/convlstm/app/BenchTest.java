package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.model.Models;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tech.tablesaw.api.Table;

/** What the benchmark computes, tells apart and writes; never how long it takes. */
class BenchTest {
    private static final BenchWorkload SMALL = BenchWorkload.of("small", "kind=convlstm,B=2,T=3,H=5,W=4,C=1,F=2,k=3",
            4);

    // ---- workloads

    static Stream<BenchWorkload> everyWorkload() {
        return Stream.concat(BenchWorkload.all().stream(), BenchGrowth.workloads().stream());
    }

    @ParameterizedTest
    @MethodSource("everyWorkload")
    void aSpecIsReadAsItWasWritten(BenchWorkload workload) {
        assertEquals(workload, BenchWorkload.of(workload.name(), workload.spec(), workload.epochSteps()));
        assertFalse(workload.spec().contains(" "), "a spec is one word: " + workload.spec());
    }

    /** By hand: an LSTM has 4 units (inputs + units + 1) weights, ConvLSTM2D the same for each place of its kernel. */
    @ParameterizedTest
    @CsvSource({
        "S1, 9856, 4.718592", // 4·16(9(1+16)+1); 2·8·10·1024·9·64 (2·1 + 3·16) / 1e9
        "L1, 2099200, 6.710886", // 4·512(512+512+1); 2·640·2048·512 (2 + 3)
        "L2, 1311744, 0.461373", // 4·256(1024+256+1); 2·80·1024 (2·1024 + 3·256) less 0
    })
    void weightsAndArithmeticAreThoseOfTheFormulas(String name, long weights, double gflop) {
        BenchWorkload workload = named(name);
        try (Backend K = Backends.byName("reference")) {
            var model = workload.build(K, 0);
            assertEquals(weights, model.parameterCount());
            assertEquals(gflop, workload.flops(model) / 1e9, 1e-6);
        }
    }

    @Test
    void theCoursesModelsHaveEquallyManyWeights() {
        BenchWorkload conv = named("C1a");
        BenchWorkload cnn = named("C1b");
        try (Backend K = Backends.byName("reference")) {
            Shape clip = conv.inputShape();
            assertEquals(clip, cnn.inputShape());
            assertEquals(Models.unitsForParameters(clip, cnn.size("F"), conv.build(K, 0).parameterCount()),
                    cnn.size("U"));
        }
    }

    private static BenchWorkload named(String name) {
        return BenchWorkload.all().stream().filter(w -> w.name().equals(name)).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind=gru,B=1", "kind=lstm,B", "B=1"})
    void aWrongSpecIsRefused(String spec) {
        String message = assertThrows(IllegalArgumentException.class, () -> BenchWorkload.of("", spec, 1)).getMessage();
        assertTrue(message.startsWith("spec: expected"), message);
    }

    @Test
    void alongAnAxisOnlyOneSizeGrowsAndFramesStaySquare() {
        for (BenchGrowth.Axis axis : BenchGrowth.AXES) {
            List<Integer> sizes = axis.workloads().stream().map(w -> w.size(axis.letter())).toList();
            assertEquals(sizes.stream().sorted().distinct().toList(), sizes);
            axis.workloads().forEach(w -> assertEquals(w.size("H"), w.size("W")));
        }
        assertTrue(BenchGrowth.workloads().stream().anyMatch(w -> w.spec().equals(named("S1").spec())));
    }

    // ---- options

    private static BenchOptions options(String... args) {
        return BenchOptions.of(Options.parse(BenchOptions.USAGE, 0, args));
    }

    @Test
    void optionsChooseWhoAndWhat() {
        BenchOptions all = options();
        assertEquals(BenchWorkload.all().size(), all.workloads().size());
        assertTrue(all.growth() && !all.store());
        BenchOptions some = options("--only", "L2,s1", "--repeats", "5", "--peers", "torch", "--store");
        assertEquals(List.of("S1", "L2"), some.workloads());
        assertEquals(List.of("torch"), some.peers());
        assertEquals(5, some.repeats());
        assertTrue(some.store() && !some.growth());
        assertEquals(List.of(), options("--peers", "none").peers());
        assertTrue(options("--quick", "--only", "growth").growth());
        assertEquals(List.of("simd", "torch"),
                BenchContestant.chosen(options("--backends", "simd", "--peers",
                        "torch")).stream().map(BenchContestant::name).toList());
    }

    /** What a GPU session compares in one run: each form of the kit says which convolutions it takes. */
    @Test
    void theKitOnAGpuIsMeasuredWithWinogradAndWithout() {
        assertEquals(List.of("-Dconvlstm.cuda.tf32=false -Dconvlstm.cuda.winograd=true main cuda",
                "-Dconvlstm.cuda.tf32=false -Dconvlstm.cuda.winograd=false main cuda"), programs(false, true));
        assertEquals(List.of("-Dconvlstm.cuda.tf32=false -Dconvlstm.cuda.winograd=true main cuda"),
                programs(false, false));
        assertEquals(List.of("-Dconvlstm.cuda.tf32=true -Dconvlstm.cuda.winograd=true main cuda"),
                programs(true, true));
    }

    private static List<String> programs(boolean tf32, boolean plain) {
        return BenchContestant.gpu(tf32, plain).stream().map(c -> String.join(" ", c.program("main"))).toList();
    }

    @ParameterizedTest
    @CsvSource({"--only, S9, 'S1,S2'", "--peers, jax, 'torch,torch-concat'", "--backends, cuda, 'simd,nd4j'",
        "--repeats, 0, from 1 to", "--repeats, many, from 1 to", "--quik, '', --quick"})
    void aWrongOptionIsAnsweredWithTheRightOnes(String option, String value, String hint) {
        String message = assertThrows(LabException.class, () -> options(option, value)).getMessage();
        assertTrue(message.contains(hint) && message.contains(value.isEmpty() ? option : "'" + value + "'"), message);
    }

    @Test
    void anOptionWithoutItsValueSaysSo() {
        String message = assertThrows(LabException.class, () -> options("--only")).getMessage();
        assertTrue(message.startsWith("--only: expected a value"), message);
    }

    // ---- tables

    private static BenchResult result(String workload, String who, boolean ours, double... ms) {
        BenchWorkload w = BenchWorkload.of(workload, "kind=lstm,B=1,T=2,D=3,U=4", 8);
        BenchContestant contestant = ours
                ? BenchContestant.backend(who)
                : BenchContestant.peers().stream().filter(p -> p.name().equals(who)).findFirst().orElseThrow();
        return new BenchResult(w, contestant, who + " 1.0", 2e9, 1, 300, Double.NaN,
                Arrays.stream(ms).boxed().toList(), Double.NaN);
    }

    private static final BenchTable TABLE = new BenchTable(List.of(
            result("A", "simd", true, 20, 10, 90), result("A", "torch", false, 50, 30),
            result("A", "keras-tf", false, 60),
            result("B", "simd", true, 10)), 200, "Somewhere.");

    @Test
    void mediansAndRatiosAreThoseByHand() {
        assertEquals(20, TABLE.results().get(0).medianMs());
        assertEquals(40, TABLE.results().get(1).medianMs());
        assertEquals(100, TABLE.results().get(0).gflops(), 1e-12);
        assertEquals("torch", TABLE.fastestPeer("A").orElseThrow().who().name());
        assertEquals(2, TABLE.timesFastestPeer(TABLE.results().get(0)), 1e-12);
        assertEquals(40 / 60.0, TABLE.timesFastestPeer(TABLE.results().get(2)), 1e-12);
        assertEquals(Optional.empty(), TABLE.fastestPeer("B"));
    }

    @Test
    void theTablesSayWhatWasMeasuredAndWhatWasNot(@TempDir Path folder) throws IOException {
        List<String> rows = TABLE.summary().lines().toList();
        assertEquals(4, rows.size());
        assertTrue(rows.get(2).contains("| 20.0 | 100 | 50 % | torch | 40.0 | **2.00 times as fast** |"), rows.get(2));
        assertTrue(rows.get(3).contains("| – | – | – |"), rows.get(3));
        assertTrue(TABLE.markdown().contains("| A | keras-tf | 60.0 |"), TABLE.markdown());
        Table details = TABLE.details();
        assertEquals(4, details.rowCount());
        assertTrue(details.doubleColumn("first epoch (s)").isMissing(0));
        BenchCharts.write(TABLE, folder);
        for (String name : List.of("speed.png", "first-step.png")) {
            assertTrue(Files.size(folder.resolve(name)) > 1000, name);
        }
    }

    @Test
    void theStoredTableReplacesTheOldOneOnly() {
        String text = "before\n" + Bench.BEGIN + "old\n" + Bench.END + "\nafter";
        assertEquals(Optional.of("before\n" + Bench.BEGIN + "new\n" + Bench.END + "\nafter"),
                Bench.between(text, "new\n"));
        assertEquals(Optional.empty(), Bench.between("no marks", "new"));
        assertEquals(Optional.empty(), Bench.between(Bench.END + Bench.BEGIN, "new"));
    }

    // ---- processes

    @ParameterizedTest
    @CsvSource({"1.0, 0.9, true", "1.00005, 0.9, true", "1.01, 0.91, false", "1.0, 0.95, false", "1.0, 1.1, false"})
    void otherLossesAreOtherComputations(double first, double last, boolean same) {
        assertEquals(same, BenchRun.agree(new double[] {1.0, 0.95, 0.9}, new double[] {first, 0.95, last}));
    }

    @Tag("slow")
    @Test
    void backendsMeasuredInProcessesOfTheirOwnAgree(@TempDir Path folder) throws IOException {
        BenchOptions options = new BenchOptions(List.of(), List.of(), List.of(), 2, 0, false, false);
        BenchRun run = new BenchRun(new Checkout(folder), options, "");
        List<BenchContestant> contestants = List.of(BenchContestant.backend("reference"),
                BenchContestant.backend("simd"));
        List<BenchResult> results = run.measure(SMALL, contestants);
        assertEquals(List.of("reference", "simd"), results.stream().map(r -> r.who().name()).toList());
        for (BenchResult r : results) {
            assertTrue(r.medianMs() > 0 && r.firstStepMs() > 0 && r.firstEpochSeconds() > 0, r.toString());
            assertFalse(r.version().isEmpty());
        }
        List<BenchWorkload> growing = List.of(SMALL, SMALL.with("B", 3));
        assertEquals(List.of(2, 3), run.measureGrowth(growing, contestants.subList(0, 1)).stream()
                .map(r -> r.workload().size("B")).toList());
    }

    @Test
    void aContestantThatDoesNotAnswerIsLeftOut(@TempDir Path folder) throws IOException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        try (BenchProcess dumb = new BenchProcess(List.of(java, "--version"), folder, folder.resolve("log.txt"))) {
            String message = assertThrows(BenchFault.class, () -> dumb.await("ready", Duration.ofMinutes(1)))
                    .getMessage();
            assertTrue(message.contains("ended") && message.contains("log.txt"), message);
        }
    }

    @Test
    void faultsOfAWorkerComeBackAsAnswers(@TempDir Path folder) throws IOException, BenchFault {
        String java = ProcessHandle.current().info().command().orElseThrow();
        List<String> command = List.of(java, "--add-modules=jdk.incubator.vector", "-cp",
                System.getProperty("java.class.path"), BenchWorker.class.getName(), "reference");
        Duration limit = Duration.ofMinutes(1);
        try (BenchProcess worker = new BenchProcess(command, folder, folder.resolve("log.txt"))) {
            assertEquals("plain Java loops, float32", worker.await("ready", limit));
            assertTrue(assertThrows(BenchFault.class, () -> worker.ask("steps 1 1", "steps", limit)).getMessage()
                    .contains("expected load before"));
            assertTrue(assertThrows(BenchFault.class, () -> worker.ask("dance", "danced", limit)).getMessage()
                    .contains("expected load, steps, peak or quit, got 'dance'"));
            String spec = SMALL.spec();
            assertTrue(assertThrows(BenchFault.class, () -> worker.ask("load " + spec + " none.npz", "loaded", limit))
                    .getMessage().contains("none.npz"));
        }
    }

    /**
     * Needs the peers, which are some gigabytes: {@code mvn test -Dtest=BenchTest -Dbench.venv=FOLDER}. A real run checks
     * the same on the real sizes.
     */
    @ParameterizedTest
    @ValueSource(strings = {"kind=convlstm,B=2,T=3,H=6,W=5,C=2,F=3,k=3", "kind=lstm,B=2,T=3,D=5,U=4",
        "kind=paper,B=2,T=3,H=6,W=5,C=2,F1=4,F2=3,F3=2,k=3",
        "kind=course-convlstm,B=2,T=3,H=6,W=4,C=1,F=3,k=3,layers=2",
        "kind=keras-example,B=2,T=3,H=6,W=4,C=1,F=3,k=5",
        "kind=course-cnnlstm,B=2,T=3,H=6,W=4,C=1,F=2,U=3"})
    void peersComputeTheSame(String spec) throws IOException {
        String venv = System.getProperty("bench.venv", "");
        assumeTrue(!venv.isEmpty(), "no -Dbench.venv");
        BenchOptions options = new BenchOptions(List.of(), List.of(), List.of(), 1, 0, false, false);
        BenchRun run = new BenchRun(Checkout.here(), options, Bench.python(venv));
        BenchWorkload workload = BenchWorkload.of("test", spec, 4);
        List<BenchContestant> contestants = Stream.concat(Stream.of(BenchContestant.backend("reference")),
                BenchContestant.peers().stream().filter(p -> !p.compiles() && p.takes(workload, 0))).toList();
        assertEquals(contestants, run.measure(workload, contestants).stream().map(BenchResult::who).toList());
    }
}
