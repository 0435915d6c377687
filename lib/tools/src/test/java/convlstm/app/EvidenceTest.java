package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.DataFormatException;
import convlstm.evidence.Experiment;
import convlstm.evidence.Results;
import convlstm.evidence.Run;
import convlstm.evidence.Toy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvidenceTest {
    private static final int ALL = 2 * 3 + 2 * 2; // search and seeds

    @TempDir
    Path folder;

    private String run(Experiment experiment, String... args) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Evidence.run(new PrintStream(out, true, StandardCharsets.UTF_8), List.of(experiment),
                Options.parse(Evidence.HELP, 0, args));
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "3"})
    void everyTrainingIsDoneOnce(String jobs) throws IOException {
        Toy toy = new Toy();
        String said = run(toy, "--folder", folder.toString(), "--jobs", jobs);
        assertTrue(said.contains(ALL + " trainings, " + ALL + " of them now"), said);
        assertEquals(ALL, toy.trainings());
        Results results = Results.open(folder, toy);
        assertEquals(ALL, results.rows().size());
        assertTrue(results.has(new Run("a", 2, 0.1)), "arm a is best at 0.1, for 0.3 explodes");
        assertTrue(results.has(new Run("b", 2, 0.01)));

        String again = run(toy, "--folder", folder.toString());
        assertTrue(again.contains(ALL + " trainings, 0 of them now"), again);
        assertEquals(ALL, toy.trainings());
        run(toy, "--folder", folder.toString(), "--seeds", "3");
        assertEquals(ALL + 2, toy.trainings(), "more seeds: only theirs");
    }

    @Test
    void armsCanBeRunByThemselves() throws IOException {
        Toy toy = new Toy();
        String said = run(toy, "--folder", folder.toString(), "--arms", "b");
        assertTrue(said.contains("5 trainings, 5 of them now"), said);
        assertEquals(List.of(), Results.open(folder, toy).of("a"));
        run(toy, "--folder", folder.toString());
        assertEquals(ALL, toy.trainings());
    }

    @Test
    void whatWasDoneBeforeAFailureIsKept() throws IOException {
        LabException e = assertThrows(LabException.class,
                () -> run(new Toy("settings", 7), "--folder", folder.toString(), "--jobs", "1"));
        assertTrue(e.getMessage().contains("became NaN"), e.getMessage());
        assertEquals(7, Results.open(folder, new Toy()).rows().size());
        Toy rest = new Toy();
        run(rest, "--folder", folder.toString());
        assertEquals(ALL - 7, rest.trainings());
    }

    @Test
    void aDamagedFileStopsTheProgramBeforeTheFirstTraining() throws IOException {
        Files.writeString(folder.resolve("toy.csv"), "nonsense\n");
        Toy toy = new Toy();
        assertThrows(DataFormatException.class, () -> run(toy, "--folder", folder.toString()));
        assertEquals(0, toy.trainings());
        assertEquals("nonsense\n", Files.readString(folder.resolve("toy.csv")));
    }

    @Test
    void theListSaysWhatIsThere() throws IOException {
        run(new Toy(), "--folder", folder.toString(), "--seeds", "1");
        String said = run(new Toy(), "--folder", folder.toString(), "--list");
        assertTrue(said.contains("8 of  10 trainings") && said.contains("Does it count?"), said);
        assertTrue(said.contains("seeds [1]"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--only nothing", "--only", "--seeds 0", "--seeds many", "--jobs -1", "fast", "--arms c",
        "--only toy,"})
    void wrongArgumentsAreAnsweredWithWhatIsExpected(String args) {
        Toy toy = new Toy();
        LabException e = assertThrows(LabException.class, () -> run(toy, args.split(" ")));
        assertTrue(e.getMessage().contains("expected") && e.getMessage().contains("got"), e.getMessage());
        assertEquals(0, toy.trainings());
    }
}
