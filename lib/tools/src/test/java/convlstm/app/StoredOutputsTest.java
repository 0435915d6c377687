package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.Shipped;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredOutputsTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> noCodeIsNewerThanItsOutputs() {
        Checkout kit = Checkout.here();
        return Notebooks.ofCourse(kit, "").stream().map(notebook -> DynamicTest.dynamicTest(
                kit.root().relativize(notebook).toString(), () -> assertEquals(List.of(), StoredOutputs.stale(notebook),
                        "Hint: mvn -q -Drun=refresh -Dnotebooks=PART runs a notebook and stores its outputs")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            show(a);      | 931d1f40155f  | "data": {"text/html": "x"} |
            show(a);      | 931d1f40155f  | "data": {"text/plain": "x"} | shows something
            show(a);      | 931d1f40155f  |                            | shows something
            show(b);      | 931d1f40155f  | "data": {"text/html": "x"} | newer
            show(a);      |               | "data": {"text/html": "x"} | newer
            say(a);       | a68d6d9e58de  |                            | shows something
            say(a);       | a68d6d9e58de  | "text": "x"                |
            int a = 1;    | 11399219cfc4  |                            |
            """)
    void oldAndMissingOutputsAreFound(String code, String digest, String output, String fault) throws IOException {
        Path notebook = Files.writeString(folder.resolve("07-some.ipynb"), """
                {"metadata": {"outputs_of": {"a": "%s"}}, "cells": [{"cell_type": "code", "id": "a", "source": ["%s"],
                "outputs": [%s]}]}""".formatted(digest, code, output == null ? "" : "{" + output + "}"));
        List<String> found = StoredOutputs.stale(notebook);
        assertEquals(fault == null ? 0 : 1, found.size(), found.toString());
        assertTrue(fault == null || found.getFirst().contains(fault), found.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            same                          | loss 0.1234                  | loss 0.1234
            rounding of float32           | loss 0.1234                  | loss 0.1235
            white space                   | a  b                         | a b
            time                          | done after 104 s, 3 epochs   | done after 98.5 s, 3 epochs
            speed                         | peak 228.15 GFLOP/s          | peak 91 GFLOP/s
            path                          | saved as /home/a/kit/x.csv   | saved as C:\\kit\\target\\x.csv
            version                       | Java 25.0.3+9-LTS            | Java 25.0.1
            backend                       | simd: 512-bit, threads: 2    | cuda: an accelerator
            a rounding error              | off by 1.2e-07               | off by 4.8e-07
            a rounding error, none        | off by 1.2e-07               | off by 0
            """)
    void passes(String what, String stored, String now) throws IOException {
        assertEquals("", difference(print(stored), print(now)), what);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a number                      | loss 0.1234                  | loss 0.1334
            a whole number                | 184,576 weights              | 184,577 weights
            a word                        | equal: true                  | equal: false
            a missing word                | loss 0.5 and falling         | loss 0.5
            no number                     | loss 0.5                     | loss NaN
            from nothing                  | off by 0                     | off by 0.9
            no rounding error any more    | off by 1.2e-07               | off by 2.4e-05
            a time that is none           | 3 steps                      | 4 steps
            """)
    void fails(String what, String stored, String now) throws IOException {
        String difference = difference(print(stored), print(now));
        assertTrue(difference.startsWith("07-some.ipynb, cell 2 (say();): output 1 of 1"), what + ": " + difference);
    }

    @Test
    void nowShowsWhereAndWhat() throws IOException {
        String difference = difference(table("loss", "0.1234", "0.5678"), table("loss", "0.1234", "0.6"));
        assertTrue(difference.contains("table \"Losses\", row 2, column \"loss\": stored 0.5678, now 0.6"), difference);
    }

    @Test
    void tablesAreComparedByColumn() throws IOException {
        assertEquals("", difference(table("time (ms)", "7.057", "39.68"), table("time (ms)", "3.1", "900")));
        assertEquals("", difference(table("GFLOP/s", "7.057", "39.68"), table("GFLOP/s", "3.1", "900")));
        assertDiffers(table("time (ms)", "7.057", "39.68"), table("time (ms)", "3.1", "–"));
        assertDiffers(table("time (ms)", "7.057", "39.68"), table("time (ms)", "7.057"));
        assertDiffers(table("time (ms)", "7.057"), table("time (s)", "7.057"));
        assertEquals("", difference(table("score", "0.0004", "0.9"), table("score", "0.0010", "0.9")),
                "the largest of the column decides");
        assertDiffers(table("score", "0.0004", "0.9"), table("score", "0.0030", "0.9"));
    }

    @Test
    void aTrainedCellMayDifferByATwentieth() throws IOException {
        Map<String, Object> stored = print("loss 0.1000 in 100 steps");
        assertEquals("", difference(stored, print("loss 0.1040 in 104 steps"), StoredOutputs.TRAINED));
        assertTrue(difference(stored, print("loss 0.1060 in 100 steps"), StoredOutputs.TRAINED)
                .contains("stored 0.1000, now 0.1060"));
        assertEquals("", difference(print("0.21 ± 0.09 read"), print("0.26 ± 0.07 read"), StoredOutputs.TRAINED));
        assertTrue(difference(print("0.21 ± 0.09 read"), print("0.33 ± 0.09 read"), StoredOutputs.TRAINED)
                .contains("stored 0.21 ± 0.09, now 0.33"));
        assertTrue(!difference(print("0.21 ± 0.09 read"), print("0.26 ± 0.09 read")).isEmpty(), "not without the tag");
    }

    @Test
    void aCellThatVariesKeepsItsKindsOfOutputs() throws IOException {
        assertEquals("", difference(print("nd4j usable"), print("cuda usable"), StoredOutputs.VARIES));
        assertEquals("", difference(table("loss", "0.1"), table("loss", "0.7", "0.8"), StoredOutputs.VARIES));
        assertTrue(difference(print("a"), table("loss", "0.1"), StoredOutputs.VARIES).contains("its outputs were"));
        assertTrue(difference(picture("png", 640, 360), picture("png", 640, 90), StoredOutputs.VARIES)
                .contains("stored 640 x 360 pixels, now 640 x 90"));
    }

    @Test
    void outputsAreCounted() throws IOException {
        assertTrue(difference(List.of(print("a"), picture("png", 9, 9)), List.of(print("a")))
                .contains("its outputs were"));
        assertTrue(difference(List.of(), List.of(print("a")))
                .contains("its outputs were, as stored, [], now [stream stdout]"));
        assertEquals("", difference(List.of(print("a\n"), print("b")), List.of(print("a\nb"))),
                "a stream is one output");
        assertEquals("",
                difference(List.of(print("a"), picture("png", 9, 9)), List.of(picture("png", 9, 9), print("a"))));
    }

    /** Pictures and lines in data/radar, which the cell shows where there are no frames, are those that it drew from them. */
    @Test
    void whatIsShippedOfTheRadarIsWhatTheNotebookStores() throws IOException {
        Map<String, byte[]> stored = RadarPictures.of(Checkout.here().notebooks().resolve("08-rain.ipynb"));
        assertEquals(Set.of("radar/20160928.png", "radar/20170509.png", "radar/lines.txt"), stored.keySet());
        for (Map.Entry<String, byte[]> file : stored.entrySet()) {
            assertArrayEquals(file.getValue(), Files.readAllBytes(Shipped.file(file.getKey())),
                    file.getKey()
                            + " is not what notebook 08 stores. Hint: refresh it with frames, then run RadarPictures");
        }
    }

    @Test
    void aRefreshWithoutRadarFramesKeepsWhatIsStored() throws IOException {
        System.clearProperty("convlstm.radar");
        difference(List.of(print("CSI 0.5")), List.of(print("no folder")), "radar"); // writes both
        Path executed = folder.resolve("executed.ipynb");
        RadarCells.keepOutputs(folder.resolve("07-some.ipynb"), executed);
        assertTrue(Files.readString(executed).contains("CSI 0.5"));
        assertTrue(!Files.readString(executed).contains("no folder"));
        difference(List.of(print("CSI 0.5")), List.of(print("new")), "trained");
        String before = Files.readString(executed);
        RadarCells.keepOutputs(folder.resolve("07-some.ipynb"), executed);
        assertEquals(before, Files.readString(executed), "others are left alone");
    }

    @Test
    void picturesAreComparedBySize() throws IOException {
        assertEquals("", difference(picture("png", 640, 360), picture("png", 650, 360)));
        assertDiffers(picture("png", 640, 360), picture("png", 640, 720));
        assertDiffers(picture("png", 640, 360), picture("gif", 640, 360));
        assertDiffers(picture("png", 640, 360), print("a"));
        assertDiffers(html("<img alt=\"a plot\" src=\"data:image/png;base64,%s\">".formatted(noise(64))),
                html("<img alt=\"a plot\" src=\"data:image/png;base64,%s\">".formatted(blank("png", 64, 64))));
        assertDiffers(html("<img alt=\"a plot\" src=\"data:image/png;base64,%s\">".formatted(blank("png", 64, 64))),
                html("<img alt=\"a plot\" src=\"data:image/png;base64,AAAA\">"));
        assertDiffers(html("<img alt=\"a plot\" src=\"data:image/png;base64,%s\">".formatted(blank("png", 64, 64))),
                html("a plot"));
    }

    private void assertDiffers(Map<String, Object> stored, Map<String, Object> now) throws IOException {
        assertTrue(!difference(stored, now).isEmpty(), "expected a difference");
    }

    private String difference(Map<String, Object> stored, Map<String, Object> now, String... tags) throws IOException {
        return difference(List.of(stored), List.of(now), tags);
    }

    /** Compares two notebooks of a text cell and a code cell with the given outputs. */
    private String difference(List<Map<String, Object>> stored, List<Map<String, Object>> now, String... tags)
            throws IOException {
        Path notebook = folder.resolve("07-some.ipynb");
        Path executed = folder.resolve("executed.ipynb");
        for (boolean again : new boolean[] {false, true}) {
            Map<String, Object> code = Map.of("cell_type", "code", "source", List.of("say();\n", "more();"),
                    "metadata", Map.of("tags", tags), "outputs", again ? now : stored);
            Files.writeString(again ? executed : notebook, new ObjectMapper()
                    .writeValueAsString(
                            Map.of("cells", List.of(Map.of("cell_type", "markdown", "source", "x"), code))));
        }
        return String.join("\n", StoredOutputs.differences(notebook, executed));
    }

    private static Map<String, Object> print(String text) {
        return Map.of("output_type", "stream", "name", "stdout", "text", List.of(text));
    }

    private static Map<String, Object> html(String html) {
        return Map.of("output_type", "display_data", "data", Map.of("text/html", html, "text/plain", "not compared"));
    }

    private static Map<String, Object> table(String header, String... values) {
        List<String> rows = new ArrayList<>(List.of("<th scope=\"col\">%s</th>".formatted(header)));
        List.of(values).forEach(value -> rows.add("<td style=\"text-align:right\">%s</td>".formatted(value)));
        return html("<table><caption><b>Losses</b></caption><tr>" + String.join("</tr>\n<tr>", rows) + "</tr></table>");
    }

    private static Map<String, Object> picture(String format, int width, int height) throws IOException {
        return html("<img alt=\"a plot\" width=\"%d\" src=\"data:image/%s;base64,%s\">".formatted(width, format,
                blank(format, width, height)));
    }

    private static String blank(String format, int width, int height) throws IOException {
        return encoded(format, new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB));
    }

    private static String noise(int size) throws IOException {
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        java.util.Random random = new java.util.Random(1);
        for (int k = 0; k < size * size; k++) {
            image.setRGB(k % size, k / size, random.nextInt());
        }
        return encoded("png", image);
    }

    private static String encoded(String format, BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return Base64.getEncoder().encodeToString(out.toByteArray());
    }
}
