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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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

    private static final BenchMachine MACHINE = new BenchMachine("Xeon", 2, 512, "");

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
        assertEquals("avx2", options("--isa", "AVX2").isa());
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
        "--repeats, 0, from 1 to", "--repeats, many, from 1 to", "--quik, '', --quick", "--isa, avx9, 'avx2,128'",
        "--isa, 'avx2,128', one of avx2"})
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
                Arrays.stream(ms).boxed().toList(), Double.NaN, "AVX9", 0.01);
    }

    private static final BenchTable TABLE = new BenchTable(List.of(
            result("A", "simd", true, 20, 10, 90), result("A", "torch", false, 50, 30),
            result("A", "keras-tf", false, 60),
            result("B", "simd", true, 10),
            busy(result("C", "simd", true, 15)), busy(result("C", "torch", false, 10))), 200, MACHINE);

    private static BenchResult busy(BenchResult quiet) {
        return quiet.withPeakSpread(0.3);
    }

    @ParameterizedTest
    @CsvSource({"2.06, **2.06 times as fast**", "0.67, 'slower, 1.49 times as long'", "1.004, as fast",
        "0.997, as fast",
        "NaN, –"})
    void whoIsSlowerReadsSlower(double factor, String words) {
        assertEquals(words, BenchTable.times(factor));
    }

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
        assertEquals(7, rows.size());
        assertTrue(rows.getFirst().startsWith("- Xeon, 2 threads, vectors of 512 bits. Measured on 2"),
                rows.getFirst());
        assertTrue(rows.getFirst().endsWith(", FMA peak of all cores: 200 GFLOP/s."), rows.getFirst());
        assertTrue(rows.get(4).contains("| 20.0 | 100 | 50 % | torch | 40.0 | **2.00 times as fast** |"), rows.get(4));
        assertTrue(rows.get(5).contains("| – | – | – |"), rows.get(5));
        assertTrue(rows.get(6).contains("| torch | 10.0 | slower, 1.50 times as long (disturbed) |"), rows.get(6));
        assertTrue(TABLE.verdict("C").endsWith("; slower, 1.50 times as long"), TABLE.verdict("C"));
        assertTrue(TABLE.markdown().contains("vectors: AVX9") && TABLE.markdown().contains("before and after: [C]"),
                TABLE.markdown());
        assertTrue(TABLE.markdown().contains("| A | keras-tf | 60.0 |"), TABLE.markdown());
        Table details = TABLE.details();
        assertEquals(6, details.rowCount());
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

    /** What a run on one machine stores leaves the rows of another, or of another width, where they are. */
    @Test
    void rowsOfOtherMachinesStay(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("benchmark.csv");
        BenchRows.store(file, stored(MACHINE, 20));
        BenchRows.store(file, stored(new BenchMachine("Xeon", 2, 512, "avx2"), 30));
        BenchRows.store(file, stored(new BenchMachine("Apple M9", 8, 128, ""), 40));
        List<Map<String, String>> before = BenchRows.read(file);
        List<Map<String, String>> rows = BenchRows.store(file, stored(MACHINE, 25));
        assertEquals(rows, BenchRows.read(file));
        assertEquals(6, rows.size());
        assertEquals(List.of("40.0", "25.0", "30.0"), rows.stream().filter(r -> r.get("contestant").equals("simd"))
                .map(r -> r.get("step median (ms)")).toList(), "replaced, sorted by machine");
        assertEquals(before.stream().filter(r -> r.get("held to").equals("all held to AVX2")).toList(),
                rows.stream().filter(r -> r.get("held to").equals("all held to AVX2")).toList());
        List<String> lines = BenchRows.summary(rows).lines().toList();
        assertEquals(3 + 3 + 2 + 1 + 4 + 2 + 2 + 2, lines.size());
        assertTrue(lines.get(2).startsWith("- Xeon, 2 threads, vectors of 512 bits; all held to AVX2. Measured"),
                lines.get(2));
        assertEquals("On Apple M9, 8 threads, vectors of 128 bits:", lines.get(4),
                "the first of those measured on the last day");
        assertTrue(lines.get(8).contains(" | simd | 40.0 |"), lines.get(8));
        assertEquals("<details>", lines.get(10));
        assertTrue(lines.get(15).contains("| Xeon, 512 bits | simd | 25.0 |"), lines.get(15));
        assertTrue(lines.get(16).contains("| Xeon, all held to AVX2 | simd | 30.0 |"), lines.get(16));
        assertEquals("</details>", lines.getLast());
    }

    private static Table stored(BenchMachine machine, double ms) {
        return new BenchTable(List.of(result("S1", "simd", true, ms), result("S1", "torch", false, 50)), 200, machine)
                .details();
    }

    @Test
    void theReadmeShowsWhatIsStored() throws IOException {
        Path root = Checkout.here().root();
        List<Map<String, String>> rows = BenchRows.read(root.resolve("data/benchmark.csv"));
        String readme = Files.readString(root.resolve("lib/README.md"));
        assertEquals(Optional.of(readme), Bench.between(readme, BenchRows.summary(rows)));
        double seconds = BenchRows.seconds(rows, options(), "S1");
        double fewer = BenchRows.seconds(rows, options("--quick"), "S1");
        assertTrue(seconds > fewer && fewer > 3, "estimates: " + seconds + " s, with fewer contestants " + fewer);
        assertEquals(12,
                BenchRows.seconds(List.of(), options("--backends", "simd", "--peers", "none"), "S1"));
    }

    // ---- widths

    @Test
    void heldToAWidthBothSidesAreToldSo() {
        BenchMachine avx2 = new BenchMachine("Xeon", 2, 512, "avx2");
        assertEquals(List.of("-XX:UseAVX=2"), avx2.javaFlags());
        assertEquals("AVX2", avx2.environment().get("ONEDNN_MAX_CPU_ISA"));
        assertEquals("avx2", avx2.environment().get("ATEN_CPU_CAPABILITY"));
        assertEquals("AVX2", avx2.environment().get("MKL_ENABLE_INSTRUCTIONS"));
        BenchMachine narrow = new BenchMachine("Xeon", 2, 256, "128");
        assertEquals(List.of("-XX:MaxVectorSize=16"), narrow.javaFlags());
        assertEquals(Map.of(), narrow.environment());
        assertTrue(narrow.words().endsWith("; the kit held to 128 bits, the peers as they are"), narrow.words());
        BenchMachine laptop = new BenchMachine("Core", 4, 256, "avx2");
        assertEquals(List.of(), laptop.javaFlags());
        assertEquals(Map.of(), laptop.environment());
        assertEquals("", laptop.heldTo(), "its rows are those of a run without the option");
        assertTrue(laptop.words().contains("nothing had to be held"), laptop.words());
        assertEquals("Xeon, 2 threads, vectors of 512 bits", MACHINE.words());
    }

    @ParameterizedTest
    @CsvSource({"flags : fpu avx2 avx512f sse, 512", "flags : avx avx2, 256", "flags : sse2, 128",
        "Features : asimd, 64", "'', 64"})
    void theWidestVectorsAreThoseOfTheProcessor(String cpuinfo, int bits) {
        assertEquals(bits, BenchMachine.bits("model name : X\n" + cpuinfo, 64));
    }

    // ---- disturbances

    /** A run whose probes are given: two for each time that a workload is measured, before and after. */
    private static List<BenchResult> probed(Path folder, List<Double> times, boolean time, double... peaks)
            throws IOException {
        Iterator<Double> next = Arrays.stream(peaks).iterator();
        Iterator<Double> ms = times.iterator();
        BenchRun run = new BenchRun(new Checkout(folder), options(), MACHINE, "") {
            @Override
            double[] probe() {
                return new double[] {next.next()};
            }

            @Override
            List<BenchResult> measure(BenchWorkload workload, List<BenchContestant> contestants) {
                return List.of(result("A", "simd", true, ms.next()));
            }
        };
        List<BenchResult> results = run.undisturbed(SMALL, List.of(), more -> time);
        assertFalse(next.hasNext() || ms.hasNext(), "measured less often than expected");
        return results;
    }

    @Test
    void whatWasDisturbedIsMeasuredAgainAtMostTwiceAndThenMarked(@TempDir Path folder) throws IOException {
        BenchResult quiet = probed(folder, List.of(1.0), true, 100, 95).getFirst();
        assertEquals(0.05, quiet.peakSpread(), 1e-12);
        assertFalse(quiet.disturbed());
        BenchResult second = probed(folder, List.of(1.0, 2.0), true, 100, 50, 99, 100).getFirst();
        assertEquals(2, second.medianMs());
        assertFalse(second.disturbed());
        BenchResult least = probed(folder, List.of(1.0, 2.0, 3.0), true, 100, 50, 80, 100, 100, 60).getFirst();
        assertEquals(2, least.medianMs(), "the one that was disturbed least");
        assertTrue(least.disturbed());
        assertTrue(probed(folder, List.of(1.0), false, 100, 50).getFirst().disturbed(), "no time for a repeat");
        BenchResult unknown = probed(folder, List.of(1.0), true, Double.NaN, Double.NaN).getFirst();
        assertEquals(1, unknown.medianMs());
        assertFalse(unknown.disturbed());
    }

    // ---- the sweep

    @Test
    void aSweepGoesOverFiltersAndKernels() {
        List<BenchWorkload> all = BenchSweep.workloads(BenchSweep.ALL);
        assertEquals(64 * 9, all.stream().distinct().count());
        assertEquals(List.of("5 3", "6 3", "5 4", "6 4"), BenchSweep.workloads("5-6x3-4").stream()
                .map(w -> w.size("F") + " " + w.size("k")).toList());
        for (String wrong : List.of("all", "0-3x1-2", "6-5x1-2", "1-2x9-1", "1-2x1-10")) {
            String message = assertThrows(LabException.class, () -> options("--sweep", wrong)).getMessage();
            assertTrue(message.contains("1-64x1-9") && message.contains("'" + wrong + "'"), message);
        }
        BenchOptions sweep = options("--sweep", BenchSweep.ALL, "--isa", "128");
        assertEquals(BenchSweep.ALL, sweep.sweep());
        assertTrue(sweep.workloads().isEmpty() && sweep.peers().isEmpty() && !sweep.growth());
    }

    @Test
    void cliffsAreNamedWithTheNeighbourThatIsBetter(@TempDir Path folder) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        double[] picoseconds = {10, 9, 5.5, 8, 7, 5}; // 7 filters of 3x3 dear beside 8
        BenchSweep.workloads("6-8x3-4").forEach(w -> {
            int n = results.size();
            double flops = 1e9 * (n % 3 + 1);
            results.add(new BenchResult(w, BenchContestant.backend("simd"), "", flops, 0, 0, 0,
                    List.of(picoseconds[n] * flops / 2e9), 0, "", 0));
        });
        assertEquals(10, BenchSweep.picoseconds(results.getFirst()), 1e-9);
        assertEquals(List.of("Cliffs, where a neighbour is more than 1.5 times better: 1",
                "  7 filters 3x3: 9.0 ps a multiply-add, 1.64 times the 5.5 ps of 8 filters 3x3, whose whole step is"
                        + " faster too"),
                BenchSweep.report(results).lines().toList());
        BenchSweep.plot(results, folder);
        assertTrue(Files.size(folder.resolve("sweep.png")) > 1000);
        assertEquals(6, BenchSweep.table(results).rowCount());
    }

    // ---- processes

    @Test
    void aWidthReachesTheProcesses(@TempDir Path folder) throws IOException {
        BenchOptions options = new BenchOptions(List.of(), List.of(), List.of(), 1, 0, false, false, "128", false, "");
        BenchRun run = new BenchRun(new Checkout(folder), options, new BenchMachine("", 2, 256, "128"), "");
        BenchResult held = run.measure(SMALL, List.of(BenchContestant.backend("simd"))).getFirst();
        assertEquals("128 bits", held.vectors(), held.version());
    }

    /** What libraries say of their vectors is kept, whatever else they print. */
    @Test
    void whatLibrariesSayOfTheirVectorsIsKept(@TempDir Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("Says.java"), """
                void main() {
                    IO.println("aten,isa:AVX2");
                    IO.println("onednn_verbose,v1,info,cpu,isa:Intel AVX2");
                    IO.println("onednn_verbose,v1,primitive,exec,cpu,convolution,isa");
                    IO.println("MKL_VERBOSE for Intel(R) 64 architecture Intel(R) Architecture processors, Lnx");
                    IO.println("aten,isa:AVX2 " + System.getenv("WIDTH"));
                }
                """);
        String java = ProcessHandle.current().info().command().orElseThrow();
        BenchProcess process = new BenchProcess(List.of(java, source.toString()), Map.of("WIDTH", "told"), folder,
                folder.resolve("log.txt"));
        assertThrows(BenchFault.class, () -> process.await("ready", Duration.ofMinutes(1)));
        process.close();
        assertEquals("ATen AVX2, oneDNN Intel AVX2, MKL Intel Architecture, ATen AVX2 told", process.vectors());
    }

    @ParameterizedTest
    @CsvSource({"1.0, 0.9, true", "1.00005, 0.9, true", "1.01, 0.91, false", "1.0, 0.95, false", "1.0, 1.1, false"})
    void otherLossesAreOtherComputations(double first, double last, boolean same) {
        assertEquals(same, BenchRun.agree(new double[] {1.0, 0.95, 0.9}, new double[] {first, 0.95, last}));
    }

    @Tag("slow")
    @Test
    void backendsMeasuredInProcessesOfTheirOwnAgree(@TempDir Path folder) throws IOException {
        BenchOptions options = new BenchOptions(List.of(), List.of(), List.of(), 2, 0, false, false, "", false, "");
        BenchRun run = new BenchRun(new Checkout(folder), options, MACHINE, "");
        List<BenchContestant> contestants = List.of(BenchContestant.backend("reference"),
                BenchContestant.backend("simd"));
        List<BenchResult> results = run.measure(SMALL, contestants);
        assertEquals(List.of("reference", "simd"), results.stream().map(r -> r.who().name()).toList());
        for (BenchResult r : results) {
            assertTrue(r.medianMs() > 0 && r.firstStepMs() > 0 && r.firstEpochSeconds() > 0, r.toString());
            assertFalse(r.version().isEmpty());
        }
        List<BenchWorkload> growing = List.of(SMALL, SMALL.with("B", 3));
        assertEquals(List.of(2, 3), run.measureGrowth(growing, contestants.subList(0, 1), 0).stream()
                .map(r -> r.workload().size("B")).toList());
        assertTrue(run.firstSteps(SMALL, true, Duration.ofMillis(1), 1).getFirst() > 0);
    }

    @Test
    void aContestantThatDoesNotAnswerIsLeftOut(@TempDir Path folder) throws IOException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        try (BenchProcess dumb = new BenchProcess(List.of(java, "--version"), Map.of(), folder,
                folder.resolve("log.txt"))) {
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
        try (BenchProcess worker = new BenchProcess(command, Map.of(), folder, folder.resolve("log.txt"))) {
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
        BenchOptions options = new BenchOptions(List.of(), List.of(), List.of(), 1, 0, false, false, "", false, "");
        BenchRun run = new BenchRun(Checkout.here(), options, MACHINE, Bench.python(venv));
        BenchWorkload workload = BenchWorkload.of("test", spec, 4);
        List<BenchContestant> contestants = Stream.concat(Stream.of(BenchContestant.backend("reference")),
                BenchContestant.peers().stream().filter(p -> !p.compiles() && p.takes(workload, 0))).toList();
        assertEquals(contestants, run.measure(workload, contestants).stream().map(BenchResult::who).toList());
    }
}
