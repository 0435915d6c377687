package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.DataFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.tablesaw.api.Table;

class ResultsTest {
    private static final List<String> ARMS = List.of("a", "b");

    @TempDir
    Path folder;

    private static Row row(String arm, long seed, double rate) {
        Run run = new Run(arm, seed, rate);
        return new Row(run, Toy.outcome(run), 1.25, "reference");
    }

    private Results search() throws IOException {
        Results results = Results.open(folder, new Toy());
        for (Run run : results.openSearch(ARMS)) {
            results.add(row(run.arm(), run.seed(), run.rate()));
        }
        return results;
    }

    @Test
    void aFileIsReadAsItWasWritten() throws IOException {
        Results written = search();
        written.add(row("b", 2, 0.01));
        written.add(row("b", 1, 0.01));
        Results read = Results.open(folder, new Toy());
        assertEquals(8, read.rows().size());
        assertEquals(List.of(1L, 2L), read.of("b").stream().map(r -> r.run().seed()).toList());
        assertArrayEquals(new double[] {10, 20}, read.values("b", "frame3"));
        assertArrayEquals(new double[] {5.5, 11}, read.means("b", "frame2", "frame3"), 1e-12);
        assertEquals(Files.readString(read.path()), Files.readString(written.path()));
        assertEquals("experiment,arm,seed,rate,weights,multiply_adds,sequences,epochs,validation,frame2,frame3,seconds,"
                + "backend,version", Files.readAllLines(read.path()).getFirst());
    }

    @Test
    void armsAreComparedSeedBySeed() throws IOException {
        Results results = search();
        for (int seed = 1; seed <= 3; seed++) {
            results.add(row("b", seed, 0.01));
        }
        for (int seed = 3; seed >= 2; seed--) { // seed 1 is missing: there is nothing to compare it with
            Run run = new Run("a", seed, 0.3);
            results.add(new Row(run, new Outcome(10, 20, 30, 4, 0, seed - 0.5, 5), 1, "reference"));
        }
        assertEquals(0.5, results.difference("b", "a", "frame2").mean(), 1e-12);
        assertEquals(0, results.difference("b", "a", "frame2").half(), 1e-12);
        assertEquals("b 2.000, a 2.000: a is better, by 0.500 ± 0.000", results.against("b", "a", "frame2"));
        assertEquals("a 5.000, b 20.000: not decided, the difference lies between -43.531 and 83.531",
                results.against("a", "b", "frame3"));
        Table leads = results.leads("who leads", Map.of("second frame", new String[] {"frame2"}), List.of("a", "b"),
                List.of("b", "a"));
        assertEquals(List.of("+0.500 ± 0.000", "-0.500 ± 0.000"), leads.stringColumn("second frame").asList());
        assertEquals("+20.000 ± 63.531, not decided", results.leads("", Map.of("third", new String[] {"frame3"}),
                List.of("a", "b")).stringColumn("third").get(0));
    }

    @Test
    void theBestRateOfTheSearchIsTaken() throws IOException {
        Results results = Results.open(folder, new Toy());
        assertEquals(6, results.openSearch(ARMS).size());
        assertEquals(Optional.empty(), results.rate("a"));
        assertThrows(IllegalStateException.class, () -> results.open(ARMS, 1));
        results.add(row("a", 0, 0.01));
        assertEquals(5, results.openSearch(ARMS).size());
        assertEquals(Optional.empty(), results.rate("a"), "half a search decides nothing");
        search();
        Results complete = Results.open(folder, new Toy());
        assertEquals(Optional.of(0.3), complete.rate("a"), "smallest validation: -0.3");
        assertEquals(Optional.of(0.01), complete.rate("b"));
        assertEquals(List.of(), complete.of("a"), "a search is no result");
    }

    @Test
    void whatIsMissingComesSeedBySeed() throws IOException {
        Results results = search();
        results.add(row("a", 1, 0.3));
        assertEquals(List.of(new Run("b", 1, 0.01), new Run("a", 2, 0.3), new Run("b", 2, 0.01)),
                results.open(ARMS, 2));
    }

    @Test
    void aRowIsAddedOnce() throws IOException {
        Results results = search();
        String before = Files.readString(results.path());
        assertThrows(IllegalArgumentException.class, () -> results.add(row("a", 0, 0.01)));
        assertThrows(IllegalArgumentException.class, () -> results.add(row("c", 1, 0.01)));
        assertEquals(before, Files.readString(results.path()));
        assertFalse(results.has(new Run("a", 1, 0.01)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            half      | line 7 | a line that ends
            twice     | line 8 | each training once
            header    | line 1 | experiment,arm
            empty     | line 1 | nothing
            field     | line 3 | 14 fields
            number    | line 3 | numbers
            arm       | line 3 | an arm of [a, b]
            """)
    void aDamagedFileIsRefusedAndKept(String damage, String where, String what) throws IOException {
        search();
        Path file = folder.resolve("toy.csv");
        List<String> lines = Files.readAllLines(file);
        UnaryOperator<String> third = line -> String.join("\n", lines.subList(0, 2)) + "\n" + line + "\n"
                + String.join("\n", lines.subList(3, lines.size())) + "\n";
        String all = String.join("\n", lines) + "\n";
        String damaged = switch (damage) {
            case "half" -> all.substring(0, all.length() - 1);
            case "twice" -> all + lines.get(3) + "\n";
            case "header" -> all.replace("frame3", "frame4");
            case "empty" -> "";
            case "field" -> third.apply(lines.get(2) + ",1");
            case "number" -> third.apply(lines.get(2).replace("0.1", "one"));
            default -> third.apply(lines.get(2).replace("toy,a,", "toy,z,"));
        };
        Files.writeString(file, damaged);
        DataFormatException e = assertThrows(DataFormatException.class, () -> Results.open(folder, new Toy()));
        assertTrue(e.getMessage().contains(where) && e.getMessage().contains(what), e.getMessage());
        assertEquals(damaged, Files.readString(file), "nothing is lost");
    }

    @Test
    void rowsOfOtherSettingsAreRefused() throws IOException {
        search();
        DataFormatException e = assertThrows(DataFormatException.class,
                () -> Results.open(folder, new Toy("other settings", 0)));
        assertTrue(e.getMessage().contains("other settings") && e.getMessage().contains("have changed"),
                e.getMessage());
    }
}
