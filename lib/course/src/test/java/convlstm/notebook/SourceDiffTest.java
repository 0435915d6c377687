package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.layer.ConvLstm2d;
import convlstm.layer.ConvLstm2dCell;
import convlstm.layer.Lstm;
import convlstm.layer.LstmCell;
import org.junit.jupiter.api.Test;

class SourceDiffTest {
    @Test
    void linesOfOneTextOnlyAreCountedAndMarked() {
        SourceDiff diff = SourceDiff.of("a\nx < y;\nb", "a\nx > y;\nb\nc");
        assertEquals(2, diff.same());
        assertEquals(2, diff.different());
        String html = diff.html();
        assertTrue(html.contains("  a\n") && html.contains("- x ") && html.contains("+ x ") && html.contains("+ "),
                html);
        assertTrue(html.indexOf("- x") < html.indexOf("+ x"), html);
        assertFalse(html.contains("x < y"), "not escaped: " + html);
    }

    @Test
    void equalTextsDoNotDiffer() {
        assertEquals(0, SourceDiff.of("a\nb", "a\nb").different());
    }

    /** The centre of the course: two replacements turn one cell's step into the other's. */
    @Test
    void dotBecomesConvolution() {
        String step = SourceDiff.method(LstmCell.class, "step")
                .replaceAll("dot\\(x, (\\w+), (\\w+)\\)", "inputConv(x, $1, $2)")
                .replaceAll("dot\\(h_tm1, (\\w+), null\\)", "recurrentConv(h_tm1, $1)");
        assertEquals(SourceDiff.method(ConvLstm2dCell.class, "step"), step);
    }

    @Test
    void codeHasNeitherCommentsNorImports() {
        String code = SourceDiff.code(ConvLstm2d.class);
        assertTrue(code.startsWith("public final class ConvLstm2d"), code);
        assertFalse(code.contains("*/") || code.contains("import") || code.contains("//"), code);
    }

    @Test
    void wrongQuestionsAreNamed() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> SourceDiff.method(Lstm.class, "stp")).getMessage()
                .contains("a method of Lstm, got 'stp'"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> SourceDiff.code(String.class)).getMessage()
                .contains("convlstm.layer"));
    }
}
