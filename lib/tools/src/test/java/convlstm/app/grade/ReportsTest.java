package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.LabException;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What the reports say, in a country that writes 2,5 and of a student who writes markup. */
class ReportsTest {
    private static final List<Graded> ALL = List.of(
            new Graded("=cmd()", "A1", "x/<b>.ipynb", "", List.of(
                    new Mark("q1", "One & two", Status.PARTIAL, 2.5, 4, List.of("<script>alert(1)</script>\u0001"),
                            "a < b",
                            1234.5),
                    new Mark("q2", "", Status.BY_HAND, 0, 3, List.of(), "\"prose\"", 0)), List.of("odd, \"very\""),
                    1235),
            new Graded("ben", "A1", "ben.ipynb", "", List.of(
                    new Mark("q1", "One & two", Status.CORRECT, 4, 4, List.of(), "", 0.5),
                    new Mark("q2", "", Status.UNANSWERED, 0, 3, List.of(), "", 0)), List.of(), 0.5));

    @TempDir
    Path folder;

    @Test
    void everyReportIsReadableEverywhere() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            Reports.write(ALL, folder);
        } finally {
            Locale.setDefault(before);
        }
        assertEquals(List.of("student,assignment,points,max,to grade by hand,remarks",
                "'=cmd(),A1,2.5,7.0,3.0,\"odd, \"\"very\"\"\"", "ben,A1,4.0,7.0,0.0,"), lines("scores.csv"));
        assertEquals("'=cmd(),A1,q1,partly correct,2.5,4.0,1234.5", lines("questions.csv").get(1));
        assertEquals(5, lines("questions.csv").size());

        JsonNode json = new ObjectMapper().readTree(folder.resolve("grades.json").toFile());
        assertEquals(2.5, json.get(0).get("points").asDouble());
        assertEquals("PARTIAL", json.get(0).get("marks").get(0).get("status").asText());
        assertTrue(Files.readString(folder.resolve("grades.json")).contains("2.5"));

        Document junit = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(folder.resolve("junit.xml").toFile());
        Element first = (Element) junit.getElementsByTagName("testsuite").item(0);
        assertEquals("2", first.getAttribute("tests"));
        assertEquals("1", first.getAttribute("failures"));
        assertEquals("1", first.getAttribute("skipped"));
        NodeList failures = junit.getElementsByTagName("failure");
        assertEquals(2, failures.getLength());
        assertEquals("2.5 of 4 points", ((Element) failures.item(0)).getAttribute("message"));
        assertEquals("<script>alert(1)</script>?", failures.item(0).getTextContent());
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve(file));
    }

    @Test
    void pagesNeedNothingElseAndShowMarkupAsText() throws IOException {
        Reports.write(ALL, folder);
        String index = Files.readString(folder.resolve("index.html"));
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            assertTrue(all.stream().noneMatch(f -> f.toString().endsWith(".tmp")), all.toString());
            List<Path> pages = all.stream().filter(f -> f.getParent().endsWith("pages")).toList();
            assertEquals(2, pages.size());
            for (Path page : pages) {
                assertTrue(index.contains("href=\"pages/" + page.getFileName() + "\""), page.toString());
                String text = Files.readString(page);
                assertFalse(text.contains("<script") || text.contains("http") || text.contains("src="), text);
            }
        }
        String page = Pages.page(ALL.getFirst());
        assertTrue(page.contains("&lt;script&gt;") && page.contains("a &lt; b") && page.contains("One &amp; two"),
                page);
        assertTrue(page.contains("2.5 of 7, 3 of them still to be graded by hand"), page);
    }

    @Test
    void pagesOfLikeNamesAreDifferentFiles() {
        Graded a = new Graded("", "", "a/b.ipynb", "", List.of(), List.of(), 0);
        Graded b = new Graded("", "", "a b.ipynb", "", List.of(), List.of(), 0);
        assertFalse(Pages.fileName(a).equals(Pages.fileName(b)));
        assertTrue(Pages.fileName(new Graded("", "", "../".repeat(60) + "x.ipynb", "", List.of(), List.of(), 0))
                .matches("pages/[-\\w]+\\.html"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "3, 3", "2.5, 2.5", "0.3333, 0.33", "10, 10", "100, 100"})
    void pointsAreWrittenShort(double points, String text) {
        assertEquals(text, Pages.points(points));
    }

    @Test
    void theProgressBarIsForTerminalsOnly() {
        assertEquals("", bar(false));
        String line = bar(true);
        assertTrue(line.contains("[...............") && line.contains("[###############..............."), line);
        assertTrue(line.contains("1 of 2, about ") && line.endsWith("\r\033[K"), line);
    }

    private static String bar(boolean interactive) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ProgressBar bar = new ProgressBar(2, new PrintStream(out, true, StandardCharsets.UTF_8), interactive);
        bar.step("a.ipynb");
        bar.step("b.ipynb");
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void pointsGivenByHandAreTakenOver() throws IOException {
        Reports.write(ALL, folder);
        Path csv = folder.resolve("questions.csv");
        String text = Files.readString(csv);
        assertTrue(text.contains("'=cmd(),A1,q2,to be graded by hand,,3.0"), text);
        Files.writeString(csv, text.replace("to be graded by hand,,3.0", "to be graded by hand,\"1,5\",3.0")
                .replace("q1,partly correct,2.5", "q1,partly correct,4"));
        ByHand byHand = ByHand.read(csv);
        Graded after = byHand.applyTo(ALL.getFirst());
        assertEquals(4, after.points());
        assertEquals(0, after.byHand());
        assertEquals(Status.PARTIAL, after.marks().get(1).status());
        assertEquals(ALL.getLast(), byHand.applyTo(ALL.getLast()));

        Files.writeString(csv, text.replace("by hand,,", "by hand,many,"));
        assertTrue(
                assertThrows(LabException.class, () -> ByHand.read(csv)).getMessage().contains("line 3, got 'many'"));
        Files.writeString(csv, text.replace(",", ";"));
        assertTrue(
                assertThrows(LabException.class, () -> ByHand.read(csv)).getMessage().contains("the columns student,"));
    }

    // ---- options

    @Test
    void optionsSayWhatIsGraded() {
        GradeOptions some = GradeOptions.parse("", "--submissions", "in", "--assignment", "A2", "--seconds", "9",
                "--memory", "512m", "--workers", "1", "--out", "there", "--source", "src", "--by-hand", "q.csv");
        assertEquals(new GradeOptions(Path.of("in"), Path.of("src"), "A2", Path.of("there"), "q.csv", 9, "512m", 1),
                some);
        assertEquals(Path.of("in"), GradeOptions.parse("in").submissions());
    }

    @ParameterizedTest
    @CsvSource({"--submission, in, --assignment", "--seconds, 0, 1 to 9999", "--memory, much, 512m",
        "--workers, two, 1 to 9999"})
    void aWrongOptionIsAnsweredWithTheRightOnes(String option, String value, String hint) {
        String message = assertThrows(LabException.class, () -> GradeOptions.parse("in", option, value)).getMessage();
        assertTrue(message.contains(hint), message);
    }

    @Test
    void faultsOfTheInstructorAreNamed() throws IOException {
        assertTrue(assertThrows(LabException.class, () -> GradeOptions.parse("")).getMessage()
                .startsWith("submissions: expected"));
        assertTrue(assertThrows(LabException.class, () -> GradeOptions.parse("in", "--out")).getMessage()
                .startsWith("--out: expected a value"));
        assertTrue(assertThrows(LabException.class, () -> Submission.find(folder.resolve("none"))).getMessage()
                .startsWith("submissions: expected a folder"));
        assertTrue(assertThrows(LabException.class, () -> Submission.find(folder)).getMessage()
                .startsWith("submissions: expected notebooks"));
        Path twice = folder.resolve("A1.ipynb");
        Desk.write(twice, Desk.below(Desk.source(), "add", Desk.source().get(4)));
        assertTrue(assertThrows(LabException.class, () -> Assignment.read(twice)).getMessage()
                .contains("'add' twice"));
    }

    // ---- submissions

    @Test
    void submissionsAreFoundInEveryLayout() throws IOException {
        for (String path : List.of("ann/A1/A1.ipynb", "ben/A1.ipynb", "cy.ipynb", "dee/.ipynb_checkpoints/A1.ipynb",
                "ann/A1/notes.txt")) {
            Desk.write(folder.resolve(path), "");
        }
        Files.createSymbolicLink(folder.resolve("eve.ipynb"), folder.resolve("cy.ipynb"));
        assertEquals(List.of("ann", "ben", "cy"), Submission.find(folder).stream().map(Submission::student).toList());
    }
}
