package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.course.PaperModel;
import convlstm.course.PaperModel.Scale;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tech.tablesaw.api.Table;

class PaperRunTest {
    @Test
    void allSixModelsAreTrainedAndTabled() throws IOException {
        PaperRun.Setting tiny = new PaperRun.Setting(new Scale(8, 2, 2, 2, 64), 6, 3, 3, 2, 2, 3, 1);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        List<PaperRun.Result> results;
        try (Backend K = Backends.byName("reference")) {
            results = PaperRun.run(K, tiny, new PrintStream(said, true, StandardCharsets.UTF_8));
        }
        assertEquals(PaperModel.table1(), results.stream().map(PaperRun.Result::paper).toList());
        Table table = PaperRun.table(results);
        assertEquals(6, table.rowCount());
        double best = results.stream().mapToDouble(PaperRun.Result::loss).min().orElseThrow();
        assertEquals(best, table.doubleColumn("loss").get(0), 0.051);
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("epoch  2 of 2"),
                said.toString(StandardCharsets.UTF_8));
    }

    /** At the paper's size every model fits a GPU of 8 GB. */
    @Test
    void theMemoryOfTheFullSizeIsToldWithoutTheMemory() {
        PaperRun.Setting full = PaperRun.Setting.full();
        for (PaperModel paper : PaperModel.table1()) {
            long bytes = PaperRun.bytes(paper.build(Backends.planning(), full.scale(), 1), full.batch());
            assertTrue(bytes > 12 * paper.parameters() && bytes < 6e9, paper.name() + ": " + bytes / 1e9 + " GB");
        }
    }

    @Test
    void theVerdictComparesWithThePaperPairByPair() {
        List<PaperRun.Result> asThere = new ArrayList<>();
        for (PaperModel paper : PaperModel.table1()) {
            asThere.add(new PaperRun.Result(paper, 1, paper.crossEntropy() / 10, 1, 1));
        }
        assertTrue(PaperRun.verdict(asThere).contains("5 of 5 pairs"), PaperRun.verdict(asThere));
        PaperRun.Result fc = asThere.getFirst();
        asThere.set(0, new PaperRun.Result(fc.paper(), 1, 1, 1, 1));
        String verdict = PaperRun.verdict(asThere);
        assertTrue(verdict.contains("4 of 5 pairs") && verdict.contains("not here"), verdict);
    }

    private static PaperRun.Setting setting(String... args) {
        return PaperRun.setting(Options.parse(PaperRun.HELP, 1, args));
    }

    @Test
    void argumentsChooseTheSetting() {
        assertEquals(PaperRun.Setting.small(), setting());
        assertEquals(PaperRun.Setting.full().withSeed(7), setting("full", "--seed", "7", "--backend", "cuda"));
        assertEquals(3, setting("small", "--epochs", "3").epochs());
    }

    static Stream<String> wrong() {
        return Stream.of("medium", "small --epoch 3", "small --epochs", "small --epochs many", "small --epochs 0");
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void otherArgumentsAreRefused(String args) {
        LabException e = assertThrows(LabException.class, () -> setting(args.split(" ")));
        assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv", "cnn_lstm"})
    void kerasCheckReportsEqualityAndDifference(String name) {
        String folder = "lib/core/src/test/resources/keras/";
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertEquals(0, KerasCheck.run(new String[] {folder + name + ".keras", folder + name + ".npz"}, out),
                said.toString());
        String other = name.equals("conv") ? "cnn_lstm" : "conv";
        assertEquals(1, KerasCheck.run(new String[] {folder + name + ".keras", folder + other + ".npz"}, out),
                said.toString());
        assertEquals(1, KerasCheck.run(new String[] {"nowhere.keras", "nowhere.npz"}, out));
    }
}
