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
import convlstm.app.grade.Job.Check;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
            graded("=cmd()", "x/<b>.ipynb", List.of(
                    new Mark("q1", "One & two", Status.PARTIAL, 2.5, 4, List.of(
                            new Check("seen", 2.5, true, false, ""),
                            new Check("not seen", 1.5, false, true,
                                    "got 3. Likely: tanh' is forgotten. Hint: 1 - y * y")),
                            List.of("<script>alert(1)</script>\u0001"), "passed  4/4", "a < b", 1234.5),
                    mark("q2", Status.BY_HAND, 0, 3, "\"prose\"")), "odd, \"very\""),
            graded("ben", "ben.ipynb", List.of(
                    mark("q1", Status.CORRECT, 4, 4, ""), mark("q2", Status.UNANSWERED, 0, 3, ""))));

    private static Graded graded(String student, String path, List<Mark> marks, String... remarks) {
        return new Graded(student, "A1", path, "", Isolation.WARNING, "", marks, List.of(remarks), 0.5);
    }

    private static Mark mark(String id, Status status, double points, double max, String answer) {
        return new Mark(id, "", status, points, max, List.of(), List.of(), "", answer, 0.5);
    }

    @TempDir
    Path folder;

    @Test
    void everyReportIsReadableEverywhere() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            Reports.write(ALL, Map.of("notes.pdf", "not a notebook"), folder);
        } finally {
            Locale.setDefault(before);
        }
        assertEquals(List.of(
                "\"student\",\"assignment\",\"points\",\"max\",\"to grade by hand\",\"isolation\",\"remarks\"",
                "\"'=cmd()\",\"A1\",\"2.5\",\"7.0\",\"3.0\",\"" + Isolation.WARNING + "\",\"odd, \"\"very\"\"\"",
                "\"ben\",\"A1\",\"4.0\",\"7.0\",\"0.0\",\"" + Isolation.WARNING + "\",\"\""), lines("scores.csv"));
        assertEquals("\"'=cmd()\",\"A1\",\"q1\",\"partly correct\",\"2.5\",\"4.0\",\"1234.5\"",
                lines("questions.csv").get(1));
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
        assertTrue(failures.item(0).getTextContent().endsWith("<script>alert(1)</script>?"));

        assertTrue(lines("class.csv").contains("\"A1\",\"q1\",\"tanh' is forgotten\",\"1\",\"2\",\"0.5\""),
                lines("class.csv").toString());
        assertTrue(lines("class.csv").contains("\"A1\",\"q1\",\"share of its points\",\"2\",\"2\",\"0.813\""),
                lines("class.csv").toString());
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve(file));
    }

    @Test
    void pagesNeedNothingElseAndShowMarkupAsText() throws IOException {
        Reports.write(ALL, Map.of("notes.pdf", "not a notebook"), folder);
        String index = Files.readString(folder.resolve("index.html"));
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            assertTrue(all.stream().noneMatch(f -> f.toString().endsWith(".tmp")), all.toString());
            List<Path> pages = all.stream().filter(f -> f.getParent().endsWith("pages")).toList();
            assertEquals(ALL.size(), pages.size());
            for (Path page : pages) {
                assertTrue(index.contains("href=\"pages/" + page.getFileName() + "\""), page.toString());
                String text = Files.readString(page);
                assertFalse(text.contains("<script") || text.contains("http") || text.contains("src="), text);
            }
        }
        String page = Pages.page(ALL.getFirst());
        assertTrue(page.contains("&lt;script&gt;") && page.contains("a &lt; b") && page.contains("One &amp; two"),
                page);
        assertTrue(page.contains("2.5 of 4 so far; up to 3 more are given by hand"), page);
        assertTrue(page.contains("\u2714 passed, 2.5 of 2.5: seen"), page);
        assertTrue(page.indexOf("Checked after you handed in") < page.indexOf("\u2718 failed, 0 of 1.5:</b> not seen"),
                page);
        assertTrue(page.contains("<summary>what your code printed</summary><pre>passed  4/4</pre>"), page);
        assertTrue(index.contains(Isolation.WARNING) && index.contains("<td>notes.pdf<td>not a notebook"), index);
    }

    @Test
    void pagesOfLikeNamesAreDifferentFiles() {
        Graded a = graded("", "a/b.ipynb", List.of());
        Graded b = graded("", "a b.ipynb", List.of());
        assertFalse(Pages.fileName(a).equals(Pages.fileName(b)));
        assertTrue(Pages.fileName(graded("", "../".repeat(60) + "x.ipynb", List.of()))
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
        Reports.write(ALL, Map.of("notes.pdf", "not a notebook"), folder);
        Path csv = folder.resolve("questions.csv");
        String text = Files.readString(csv);
        String row = "\"'=cmd()\",\"A1\",\"q2\",\"to be graded by hand\",\"\",\"3.0\"";
        assertTrue(text.contains(row), text);
        String german = text.replace("\"partly correct\",\"2.5\"", "\"partly correct\",\"4\"")
                .replace(row, row.replace("\"\",\"3.0\"", "\"1,5\",\"3,0\""));
        String plain = german.replace("\",\"", ";").replace("\"", "");
        for (byte[] saved : List.of(german.getBytes(StandardCharsets.UTF_8),
                ("\uFEFF" + plain).getBytes(StandardCharsets.UTF_8),
                ("sep=;\r\n" + plain.replace("'=", "=").replace("\n", "\r\n")).getBytes(StandardCharsets.UTF_8),
                plain.replace(";", "\t").getBytes(StandardCharsets.UTF_16))) {
            Files.write(csv, saved);
            ByHand byHand = ByHand.read(csv);
            Graded after = byHand.applyTo(ALL.getFirst());
            assertEquals(4, after.points());
            assertEquals(0, after.byHand());
            assertEquals(Status.PARTIAL, after.marks().get(1).status());
            assertEquals(ALL.getLast(), byHand.applyTo(ALL.getLast()));
            assertEquals(List.of(), byHand.unused());
        }
        Files.writeString(csv, german.replace("1,5", "25"));
        assertTrue(ByHand.read(csv).applyTo(ALL.getFirst()).remarks().getLast().contains("25 points were given"));
        Files.writeString(csv, german.replace("=cmd()", "=cmd(1)"));
        ByHand other = ByHand.read(csv);
        other.applyTo(ALL.getFirst());
        assertEquals(List.of("=cmd(1), A1, q2"), other.unused());

        refused(csv, german.replace("1,5", "many"), "line 3, got 'many'");
        refused(csv, german.replace("1,5", "01. Mai"), "made a date of 1.5");
        refused(csv, german.replace("status", "Zustand"), "the columns student,");
        refused(csv, german + "\"one\",\"two\"\n", "as many columns in each row");
    }

    private static void refused(Path csv, String text, String message) throws IOException {
        Files.writeString(csv, text);
        String got = assertThrows(LabException.class, () -> ByHand.read(csv)).getMessage();
        assertTrue(got.contains(message), got);
    }

    /** In a country whose spreadsheet takes semicolons for commas, too. */
    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {"=HYPERLINK(1)~=HYPERLINK(1)", "x;=1+1~x;=1+1", "a-b~a-b", "-1~-1", "@x~@x"})
    void textThatASpreadsheetWouldComputeIsMarked(String text, String cell) {
        String marked = cell.replaceAll("(^|;)([=@-])", "$1'$2");
        assertEquals(marked, Reports.cell(text));
        assertEquals(marked, Reports.cell("\u2028" + text + "\u2028\n"));
    }

    // ---- what an earlier run left

    /** A run that was ended leaves whole lines and perhaps half of one. */
    @Test
    void aRunGoesOnWhereOneEnded() throws IOException {
        Path file = folder.resolve("out/grades.jsonl");
        Journal first = new Journal(file, false);
        first.add(ALL.getFirst());
        first.add(ALL.getLast());
        Files.writeString(file, Files.readString(file).replaceAll("\\d*\\}\\n$", ""));
        Journal second = new Journal(file, true);
        assertEquals(Optional.of(ALL.getFirst()), second.graded(submission(ALL.getFirst(), "")));
        assertEquals(Optional.empty(), second.graded(submission(ALL.getLast(), "")), "half a line");
        assertEquals(Optional.empty(), second.graded(submission(ALL.getFirst(), "changed")));
        second.add(ALL.getLast());
        Journal third = new Journal(file, true);
        assertEquals(Optional.of(ALL.getLast()), third.graded(submission(ALL.getLast(), "")));
        assertEquals(Optional.empty(), new Journal(file, false).graded(submission(ALL.getLast(), "")));

        Graded notGraded = graded("eve", "eve.ipynb", List.of(mark("q1", Status.NOT_GRADED, 0, 4, "")));
        third.add(notGraded);
        assertEquals(Optional.empty(), new Journal(file, true).graded(submission(notGraded, "")), "graded anew");
    }

    private static Submission submission(Graded g, String fingerprint) {
        return new Submission(g.student(), g.path(), fingerprint, 0, Optional.empty(), "", Optional.empty(), "");
    }

    /** A scanner that looks from each of these to the end would take minutes. */
    @Test
    void commentsThatNeverEndAreReadOnce() {
        assertEquals("", Source.bare("/* ".repeat(66_000)));
        assertEquals("intx=1;", Source.bare("int x = 1; /* ".repeat(20_000)));
    }

    /** Decoded first, then looked at. */
    @ParameterizedTest
    @CsvSource({"ada, ada", "Zo\\u00eb-7, Zo\u00eb-7", "o'brien@uni.edu, o'brien@uni.edu", "x\\u0022; int y = 1; //,",
        "a\\n,",
        "\\uuu0022,", "\\q,"})
    void anIdIsNoCode(String literal, String id) {
        assertEquals(id == null ? "" : id, Source.id('"' + literal + '"'));
    }

    // ---- options

    @Test
    void optionsSayWhatIsGraded() {
        GradeOptions some = GradeOptions.parse("", "--submissions", "in", "--assignment", "A2", "--seconds", "9",
                "--memory", "512m", "--workers", "1", "--out", "there", "--source", "src", "--by-hand", "q.csv",
                "--resume", "--isolation", "none");
        assertEquals(new GradeOptions(Path.of("in"), Path.of("src"), "A2", Path.of("there"), "q.csv", 9, 600, "512m", 1,
                "none", true),
                some);
        assertEquals(Path.of("in"), GradeOptions.parse("in").submissions());
    }

    @ParameterizedTest
    @CsvSource({"--submission, in, --assignment", "--seconds, 0, from 1 to", "--memory, much, 512m",
        "--workers, two, from 1 to", "--isolation, jail, bubblewrap"})
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
        Path twice = folder.resolve("A1.ipynb");
        Desk.write(twice, Desk.below(Desk.source(), "add", Desk.source().get(4)));
        assertTrue(assertThrows(LabException.class, () -> Assignment.read(twice)).getMessage()
                .contains("'add' twice"));
    }
}
