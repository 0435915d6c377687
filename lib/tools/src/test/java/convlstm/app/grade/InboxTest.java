package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.app.LabException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file is graded or listed, every student has one row, and nobody is made up. */
class InboxTest {
    @TempDir
    Path folder;

    private Path in = Path.of("");
    private List<Assignment> assignments = List.of();
    private String answered = "";
    private String given = "";

    @BeforeEach
    void desk() throws IOException {
        in = folder.resolve("in");
        Desk.write(folder.resolve("source/A1-arithmetic.ipynb"), Desk.source());
        assignments = Assignment.readAll(folder.resolve("source"));
        answered = Desk.json(Desk.answered("", UnaryOperator.identity()), "java");
        given = Desk.json(Desk.given(), "java");
    }

    private Inbox inbox() throws IOException {
        return Inbox.read(in, assignments);
    }

    private Map<String, String> students() throws IOException {
        Map<String, String> paths = new TreeMap<>();
        inbox().submissions()
                .forEach(s -> assertEquals(null, paths.put(s.student() + s.assignment().map(a -> " " + a.name())
                        .orElse(""), s.path()), "a second row"));
        return paths;
    }

    private static byte[] zip(String... namesAndTexts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int k = 0; k < namesAndTexts.length; k += 2) {
                zip.putNextEntry(new ZipEntry(namesAndTexts[k]));
                zip.write(namesAndTexts[k + 1].getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    private void put(String path, byte[] bytes) throws IOException {
        Files.createDirectories(in.resolve(path).getParent());
        Files.write(in.resolve(path), bytes);
    }

    @Test
    void notebooksAreFoundWhateverTheyAreCalled() throws IOException {
        for (String path : List.of("ann/A1/A1.ipynb", "ben/A1.IPYNB", "cy.ipynb", "dee/A1-arithmetic.ipynb.txt",
                "eva/A1 (1).ipynb", "fay/solution.json")) {
            Desk.write(in.resolve(path), answered);
        }
        put("gus/homework.zip", zip("A1.ipynb", answered, "notes.pdf", "x"));
        put("hal.ZIP", zip("work/A1.ipynb", answered));
        put("moodle.zip", zip("ida/A1.ipynb", answered, "jon/A1.ipynb", given, "__MACOSX/ida/._A1.ipynb", "x"));
        put("kim/A1.ipynb", answered.getBytes(StandardCharsets.UTF_16));
        assertEquals("[ann A1, ben A1, cy A1, dee A1, eva A1, fay A1, gus A1, hal A1, ida A1, jon A1, kim A1]",
                students().keySet().toString());
        assertEquals("not a notebook", inbox().others().get("gus/homework.zip/notes.pdf"));
        assertEquals("left by a system or an editor", inbox().others().get("moodle.zip/__MACOSX/ida/._A1.ipynb"));
    }

    @Test
    void whatNobodyWroteMakesNoStudent() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), answered);
        Desk.write(in.resolve("ann/.ipynb_checkpoints/A1-checkpoint.ipynb"), answered);
        Desk.write(in.resolve("__MACOSX/ann/._A1.ipynb"), "x");
        Desk.write(in.resolve(".DS_Store"), "x");
        Desk.write(in.resolve("gradebook.db"), "x");
        Desk.write(in.resolve("feedback/ann.html"), "x");
        Desk.write(in.resolve("ann/Untitled.ipynb"), "{\"cells\": [], \"metadata\": {}}");
        Files.createSymbolicLink(in.resolve("eve.ipynb"), in.resolve("ann/A1.ipynb"));
        assertEquals(Map.of("ann A1", "ann/A1.ipynb"), students());
        assertEquals(7, inbox().others().size(), inbox().others().toString());
        assertEquals("a link; links are not followed", inbox().others().get("eve.ipynb"));
        assertEquals("it has no cell of any assignment", inbox().others().get("ann/Untitled.ipynb"));
    }

    @Test
    void ofSeveralTheOneWithMostAnswersCountsThenTheNewest() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), answered);
        Desk.write(in.resolve("ann/A1 (1).ipynb"), given);
        Desk.write(in.resolve("ben/A1.ipynb"), answered);
        Desk.write(in.resolve("ben/A1-new.ipynb"), answered + "\n");
        Files.setLastModifiedTime(in.resolve("ben/A1.ipynb"), FileTime.fromMillis(1_000));
        assertEquals(Map.of("ann A1", "ann/A1.ipynb", "ben A1", "ben/A1-new.ipynb"), students());
        Submission ann = inbox().submissions().getFirst();
        assertTrue(ann.remark().contains("2 notebooks for it: ann/A1.ipynb was graded"), ann.remark());
        assertEquals("another of the same student was graded: ann/A1.ipynb", inbox().others().get("ann/A1 (1).ipynb"));
    }

    @Test
    void whoseWorkCannotBeOpenedHasARowThatSaysWhy() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), answered);
        put("ben/A1.rar", new byte[10]);
        put("cy/work.zip", new byte[100]);
        put("dee/work.zip", zip("inner.zip", "x"));
        put("eve.zip", zip());
        List<String> names = new ArrayList<>();
        for (int k = 0; k < 2_001; k++) {
            names.addAll(List.of(k + ".txt", ""));
        }
        put("fay/many.zip", zip(names.toArray(String[]::new)));
        put("gus/A1.ipynb", new byte[0]);
        Map<String, String> faults = new TreeMap<>();
        inbox().submissions().forEach(s -> faults.put(s.student(), s.fault()));
        assertEquals("[ann, ben, cy, dee, eve, fay, gus]", faults.keySet().toString());
        assertTrue(faults.get("ben").contains("an archive that is not opened"), faults.toString());
        assertTrue(faults.get("cy").contains("damaged"), faults.toString());
        assertTrue(faults.get("dee").contains("an archive in an archive"), faults.toString());
        assertTrue(faults.get("eve").contains("an empty archive"), faults.toString());
        assertTrue(faults.get("fay").contains("more than 2000 files"), faults.toString());
        assertTrue(faults.get("gus").contains("empty"), faults.toString());
    }

    /** Windows Explorer packs large files by Deflate64, method 9, which Java does not read. */
    @Test
    void anArchiveOfAnotherMethodIsNamed() throws IOException {
        byte[] bytes = zip("A1.ipynb", answered);
        for (int k = 0; k + 10 < bytes.length; k++) {
            if (bytes[k] == 'P' && bytes[k + 1] == 'K' && bytes[k + 2] == 1) {
                bytes[k + 10] = 9;
            }
        }
        put("ann/large.zip", bytes);
        String fault = inbox().submissions().getFirst().fault();
        assertTrue(fault.contains("Deflate64") && fault.contains("Hint: unpack it"), fault);
    }

    /** macOS writes an accent apart from its letter. */
    @Test
    void aNameInTwoSpellingsIsOneStudent() throws IOException {
        Desk.write(in.resolve("Zo\u00eb/A1.ipynb"), answered);
        Desk.write(in.resolve("Zoe\u0308/A1.ipynb"), given);
        assertEquals(Map.of("Zo\u00eb A1", "Zo\u00eb/A1.ipynb"), students());
    }

    /** 40 MB of zeros in a few kB: as many are read as a notebook may have, and no more. */
    @Test
    void aBombIsOnlyAFileThatIsTooLarge() throws IOException {
        put("ann/bomb.zip", zip("A1.ipynb", " ".repeat(40_000_000)));
        assertTrue(inbox().submissions().getFirst().fault().contains("at most these are read"));
    }

    @Test
    void aFileInNoFolderBelongsToWhomItNames() throws IOException {
        Desk.write(in.resolve("A1-arithmetic.ipynb"), answered.replace("your name", "Zo\\u00eb-7"));
        assertEquals(Map.of("Zo\u00eb-7 A1", "A1-arithmetic.ipynb"), students());
        assertTrue(inbox().submissions().getFirst().remark().contains("whose it is"));
    }

    @Test
    void aFolderWithoutAnyIsSaid() throws IOException {
        assertTrue(assertThrows(LabException.class, this::inbox).getMessage()
                .startsWith("submissions: expected a folder"));
        put("notes.pdf", new byte[1]);
        assertTrue(assertThrows(LabException.class, this::inbox).getMessage().contains("notes.pdf=not a notebook"));
    }

    /** An archive beside other students' folders may name them; it is one student's word against another's file. */
    @Test
    void nobodyHandsInForAnother() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), given);
        put("eve.zip", zip("ann/A1.ipynb", answered, "ben/A1.ipynb", answered));
        assertEquals(Map.of("ann A1", "ann/A1.ipynb", "ben A1", "eve.zip/ben/A1.ipynb"), students());
        assertTrue(inbox().submissions().getFirst().remark().startsWith("Look at it: 2 notebooks for it"));
        assertTrue(inbox().others().containsKey("eve.zip/ann/A1.ipynb"));
    }

    @Test
    void twoThatSayTheyAreTheSameAreBothGraded() throws IOException {
        Desk.write(in.resolve("A1.ipynb"), given.replace("your name", "ann"));
        Desk.write(in.resolve("A1 (1).ipynb"), answered.replace("your name", "ann"));
        assertEquals(List.of("A1 (1).ipynb", "A1.ipynb"),
                inbox().submissions().stream().map(Submission::path).toList());
        inbox().submissions().forEach(s -> assertTrue(s.remark().startsWith("Look at it: A1 (1).ipynb and A1.ipynb all"
                + " say that they are ann's"), s.remark()));
    }

    /** What an expression for a text could look at again and again, or with a stack frame for each character. */
    @Test
    void noTextKeepsTheOthersWaiting() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), answered);
        List<String> texts = List.of("String student = \"" + "a".repeat(190_000) + "\";",
                "\"" + "\\\"".repeat(95_000), "\"\"\"".repeat(60_001), "/*".repeat(95_000), "'".repeat(190_000),
                "String student =" + " ".repeat(180_000), "\"\"\"\\".repeat(45_000),
                "String student = \"\\".repeat(9_000));
        List<Desk.Cell> cells = new ArrayList<>(Desk.answered("", UnaryOperator.identity()));
        texts.forEach(text -> cells.addAll(List.of(Desk.Cell.code(text), Desk.Cell.code(text + "\n" + text.length()))));
        for (String path : List.of("eve/A1.ipynb", "eve/A1-again.ipynb", "A1-arithmetic.ipynb")) {
            Desk.write(in.resolve(path), Desk.json(cells, "java"));
        }
        assertEquals(3, inbox().submissions().size(), inbox().others().toString());
    }

    @Test
    void moreTextThanAStudentWritesIsNotRead() throws IOException {
        Desk.write(in.resolve("ann/A1.ipynb"), answered);
        List<Desk.Cell> cells = new ArrayList<>(Desk.answered("", UnaryOperator.identity()));
        for (int k = 0; k < 21; k++) {
            cells.add(Desk.Cell.code("x".repeat(200_000)));
        }
        Desk.write(in.resolve("eve/A1.ipynb"), Desk.json(cells, "java"));
        assertTrue(inbox().submissions().getLast().fault().contains("at most these are read"));
        List<Desk.Cell> fewer = cells.subList(0, cells.size() - 3);
        for (int k = 0; k < 12; k++) {
            Desk.write(in.resolve("fay/A1-" + k + ".ipynb"), Desk.json(fewer, "java"));
        }
        assertTrue(inbox().others().values().stream().anyMatch(why -> why.contains("characters of one student")));
        assertEquals(3, inbox().submissions().size());
    }
}
