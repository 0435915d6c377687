package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backends;
import convlstm.model.History;
import convlstm.model.Models;
import convlstm.model.Summary;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class TablesTest {
    @Test
    void aSummaryEndsWithItsTotals() {
        Summary summary = Summary.of(Models.convLstm(Backends.byName("reference"), Shape.of(3, 4, 4, 1), 1, 2, 3, 1));
        Table table = Tables.summary("model", summary);
        assertEquals(summary.rows().size() + 1, table.rowCount());
        assertEquals("total", table.stringColumn("layer").get(table.rowCount() - 1));
        assertEquals(summary.parameters(), table.longColumn("parameters").get(table.rowCount() - 1));
        assertTrue(Tables.html(table).contains("ConvLSTM2D"));
    }

    @Test
    void missingValidationIsADash() {
        History history = new History(List.of(new History.Epoch(1, 0.5, Double.NaN, 2)));
        String html = Tables.html(Tables.history("training", history));
        assertTrue(html.contains("–"), html);
        assertTrue(html.contains(">0.5<"), html);
    }

    @Test
    void textIsEscapedAndNumbersAlignRight() {
        String html = Tables
                .html(Table.create("a<b", StringColumn.create("x", "1 & 2"), DoubleColumn.create("y", 12345.678)));
        assertTrue(html.contains("a&lt;b") && html.contains("1 &amp; 2"), html);
        assertTrue(html.contains("<td style=\"text-align:right\">12,346</td>"), html);
    }

    @Test
    void textForATerminalIsRoundedToo() {
        String text = Tables.text(Table.create("name", DoubleColumn.create("y", 0.123456)));
        assertTrue(text.contains("name") && text.contains(" 0.1235 "), text);
    }

    @Test
    void numbersKeepFourDigits() {
        assertEquals("0", Tables.number(0));
        assertEquals("1.234", Tables.number(1.2341));
        assertEquals("-123.5", Tables.number(-123.46));
        assertEquals("0.001234", Tables.number(0.0012341));
        assertEquals("1.234e-06", Tables.number(1.2341e-6));
        assertEquals("1,234,568", Tables.number(1234567.8));
    }

    @Test
    void csvKeepsAllDigits(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("t.csv");
        Tables.csv(Table.create("t", DoubleColumn.create("x", 0.1234567890123)), file);
        assertEquals(List.of("x", "0.1234567890123"), Files.readAllLines(file));
    }

    @Test
    void progressSaysEpochBatchAndLossInOneLine() {
        List<String> lines = new ArrayList<>();
        Progress progress = new Progress("ConvLSTM2D", lines::add);
        progress.batch(1, 2, 5, 10, 0.25);
        progress.batch(1, 2, 6, 10, 0.24); // too soon for a new line
        progress.epoch(new History.Epoch(1, 0.2, 0.3, 1), 2);
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).startsWith("ConvLSTM2D: epoch 1 of 2, batch 5 of 10, loss 0.2500"), lines.get(0));
        assertTrue(lines.get(1).contains("epoch 1 of 2 done") && lines.get(1).contains("validation loss 0.3000"),
                lines.get(1));
    }

    @Test
    void aColumnOfShortNumbersIsShownAsTyped() {
        Table table = Table.create("Rates", DoubleColumn.create("rate", 0.02, 0.006, Double.NaN, 300, 0),
                DoubleColumn.create("loss", 0.5, 0.12345, 300, 1e-9, Double.POSITIVE_INFINITY));
        List<String> cells = Pattern.compile("<td[^>]*>(.*?)</td>").matcher(Tables.html(table)).results()
                .map(m -> m.group(1)).toList();
        assertEquals(List.of("0.02", "0.5000", "0.006", "0.1235", "–", "300.0", "300", "1.000e-09", "0"),
                cells.subList(0, 9));
    }
}
