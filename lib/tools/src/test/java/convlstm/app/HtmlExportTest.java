package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exported course is a site: its pages are linked, light and dark, and fetch nothing. */
@Tag("notebooks")
class HtmlExportTest {
    private static final Checkout KIT = Checkout.here();
    private static final Pattern FETCHED = Pattern
            .compile("<(?:script|img|iframe)[^>]* src=\"https?:[^\"]*\"|<link[^>]*>|@import[^;]*;");

    @Test
    void pagesAreLinkedAndFetchNothing(@TempDir Path html) throws IOException {
        String part = System.getProperty("notebooks", "");
        assumeTrue(part.isEmpty() || "html".contains(part), "only the notebooks with " + part + " are asked for");
        HtmlExport.write(KIT, Jupyter.find(KIT),
                Stream.of("00-start-here", "01-gates-and-dot", "08-rain", "solutions/01-solutions")
                        .map(name -> KIT.notebooks().resolve(name + ".ipynb")).toList(),
                html);

        String first = Files.readString(html.resolve("00-start-here.html"));
        String second = Files.readString(html.resolve("01-gates-and-dot.html"));
        String solution = Files.readString(html.resolve("solutions/01-solutions.html"));
        assertEquals(3,
                first.split("rel=\"next\" href=\"01-gates-and-dot.html\">01 · Gates and <code>K.dot</code>").length,
                "above and below");
        assertFalse(first.contains("rel=\"prev\""), "nothing is before the first");
        assertEquals(3, second.split("rel=\"prev\" href=\"00-start-here.html\"").length);
        assertTrue(solution.contains("<a href=\"../index.html\">Contents</a>"), "from a folder below");
        String contents = Files.readString(html.resolve("index.html"));
        assertTrue(contents
                .contains("<a href=\"01-gates-and-dot.html\">01 · Gates and <code>K.dot</code></a><br><span>What does"
                        + " an LSTM compute"),
                contents);
        assertTrue(contents.contains("08 · Rain</a><br><span>ConvLSTM was made"), contents);
        assertTrue(second.contains("<pre style=\"white-space:pre\">        i0        i1"), "columns are not broken");
        assertEquals(2, second.split("<details class=\"kit-folded\">").length,
                "the one cell that only draws is folded");
        assertTrue(second.contains("<pre>per step, 19 to 39 steps back, bias 0: "), "sentences may be");
        assertTrue(
                contents.contains("<a href=\"one-state.html\">") && contents.contains("solutions/01-solutions.html"));
        for (String page : List.of(first, second, solution)) {
            assertTrue(page.contains("<style media=\"screen and (prefers-color-scheme: dark)\">"), "dark where wanted");
            assertTrue(page.contains("name=\"viewport\""), "as wide as a phone");
            assertTrue(page.contains(".jp-InputArea-editor { overflow-x: auto;"), "code that is wider scrolls");
            assertEquals(List.of(), FETCHED.matcher(page).results().map(fetch -> fetch.group()).toList());
        }
        assertTrue(first.contains("style=\"max-width:max(100%,493px)\" width=\"880\""), "readable on a phone, too");
        assertFalse(first.contains("style=\"max-width:100%\" width"), "every picture");
        List<String> dead = HtmlExport.deadLinks(html);
        assertTrue(dead.contains("00-start-here.html to 02-convolution.html"), "a page that is not there: " + dead);
        assertFalse(dead.toString().contains("01-gates-and-dot.html,") || dead.toString().contains("to index.html"),
                "pages that are: " + dead);
    }
}
