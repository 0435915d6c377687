package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompareTest {
    private static Options options(String... args) {
        return Options.parse(Compare.HELP, 0, args);
    }

    @Test
    void aSmallComparisonWritesEveryTablePlotAndForecast(@TempDir Path folder) throws IOException {
        Options options = options(
                "sequences=8", "epochs=2", "size=10", "seen=3", "forecast=2", "layers=1", "filters=3", "units=30");
        new Compare(options, Backends.byName("reference"), folder).run();

        List<String> errors = Files.readAllLines(folder.resolve("squared-error.csv"));
        assertEquals(3, errors.size(), "a header and a row for each forecast frame: " + errors);
        assertTrue(errors.get(1).startsWith("4,") && errors.get(2).startsWith("5,"), errors.toString());
        List<String> costs = Files.readAllLines(folder.resolve("costs.csv"));
        long[] weights = costs.stream().skip(1)
                .mapToLong(line -> Long.parseLong(line.replaceAll("\".*\"|^[^,]*", "").split(",")[1])).toArray();
        assertEquals(3, weights.length);
        assertTrue(Math.abs(weights[1] - weights[0]) < 0.1 * weights[0], costs.toString());
        assertTrue(weights[2] > 2 * weights[0], costs.toString());
        assertEquals(3, Files.readAllLines(folder.resolve("training ConvLSTM2D.csv")).size());
        for (String name : List.of("loss.png", "squared-error.png", "critical-success.png", "forecast-1.png",
                "forecast-3.gif")) {
            assertTrue(Files.size(folder.resolve(name)) > 1000, name);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(f -> f.toString().endsWith(".tmp")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoch=1", "epochs", "epochs=", "epochs=one", "epochs=0", "epochs=-1", "epochs=1.5",
        "--epoch"})
    void wrongArgumentsAreAnsweredWithTheRightOnes(String wrong) {
        String message = assertThrows(LabException.class, () -> options("size=32", wrong)).getMessage();
        assertTrue(message.contains(wrong.replaceAll("=.*", "")) && message.contains("expected"), message);
    }

    @Test
    void rightArgumentsReplaceTheDefaults() {
        Options options = options("size=32", "epochs=7");
        assertEquals(32, options.count("--size"));
        assertEquals(7, options.count("--epochs"));
        assertEquals(5, options.count("--seen"));
    }
}
