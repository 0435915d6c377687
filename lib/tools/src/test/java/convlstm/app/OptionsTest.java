package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private static final String HELP = """
            mvn -q -Drun=this -Dargs="[WORD] ..."
              --list           what is there
              --epochs N       how often,
                               in all [default: 9]
              --minutes TIME   how long
              --arms NAME      which
              --folder NAME    where [default: target/this]""";

    private static Options parse(String line) {
        return Options.parse(HELP, 1, line.isEmpty() ? new String[0] : line.split(" ", -1));
    }

    @Test
    void theHelpDeclaresOptionsAndDefaults() {
        Options none = parse("");
        assertEquals(9, none.count("--epochs"));
        assertEquals("target/this", none.text("--folder"));
        assertEquals(3, none.count("--epochs", 3), "what depends on the program goes before what the help says");
        assertFalse(none.has("--list") || none.has("--epochs"));
        assertThrows(IllegalArgumentException.class, () -> none.text("--nowhere"));
    }

    @ParameterizedTest
    @CsvSource({"--epochs 3 --list one", "one --list --epochs=3", "--list epochs=3 one"})
    void threeFormsMeanTheSame(String line) {
        Options options = parse(line);
        assertEquals(3, options.count("--epochs"));
        assertTrue(options.has("--list"));
        assertEquals(List.of("one"), options.words());
    }

    @ParameterizedTest
    @CsvSource({"--liste, '--liste', --list", "--list=yes, '--list=yes', --list", "one two, 'two', --list",
        "-list, '-list', --list", "--epochs, none, --epochs: expected a value after it",
        "--epochs=, none, --epochs: expected a value after it", "--folder --list, none, --folder: expected a value",
        "--epochs 0, '0', --epochs: expected a whole number", "--epochs 1.5, '1.5', --epochs: expected a whole number",
        "--epochs 9999999999, '9999999999', whole number from 1 to 999999999",
        "--minutes 0, '0', --minutes: expected a number above 0", "--minutes NaN, 'NaN', number above 0",
        "--epochs 2 epochs=3, '3', --epochs: expected one value"})
    void whatIsNotUnderstoodIsRefusedByName(String line, String got, String expected) {
        String message = assertThrows(LabException.class, () -> parse(line)).getMessage();
        assertTrue(message.contains("got " + got) || message.contains("got '" + got + "'"), message);
        assertTrue(message.contains(expected), message);
    }

    @Test
    void listsNameWhatThereIs() {
        List<String> known = List.of("simd", "nd4j");
        assertEquals(known, parse("").some("--arms", known));
        assertEquals(List.of("nd4j", "simd"), parse("--arms ND4J,simd,nd4j").some("--arms", known));
        assertTrue(assertThrows(LabException.class, () -> parse("--arms simd,").some("--arms", known)).getMessage()
                .contains("expected some of simd,nd4j, got ''"));
    }
}
