package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.app.grade.Desk.Cell;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * One batch with everything that submissions do to a grader. Each is worth what it should be, and none keeps the others
 * from being graded. The first question gives 2 points, the second one 1.5, and the essay is read by people.
 */
@Tag("slow")
class GraderTest {
    private static final double SECOND = 1.5;
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final Map<String, Case> CASES = new LinkedHashMap<>();
    private static Map<String, Graded> graded = Map.of();

    @TempDir
    static Path folder;

    /**
     * What is handed in, and what should come of it.
     *
     * @param text of the file
     * @param status of the first question
     * @param points of the first question
     * @param others points of the second one
     * @param says a part of what the student is told of the first one, or the instructor of the whole
     */
    private record Case(String text, Status status, double points, double others, String says) {}

    private static void expect(String name, List<Cell> cells, Status status, double points, String says)
            throws IOException {
        List<Cell> named = cells.stream()
                .map(cell -> cell.with(cell.source().replace("your name", "student " + name))).toList();
        CASES.put(name, new Case(Desk.json(named, "java"), status, points, SECOND, says));
    }

    /** A case whose second question is left unanswered, which saves a Java. */
    private static void alone(String name, List<Cell> cells, Status status, double points, String says)
            throws IOException {
        expect(name, cells.stream().map(c -> c.id().equals("mul") ? Desk.given().get(7) : c).toList(), status, points,
                says);
        CASES.computeIfPresent(name, (n, c) -> new Case(c.text(), status, points, 0, says));
    }

    private static void wrong(String name, List<Cell> cells, String says) throws IOException {
        alone(name, cells, Status.WRONG, 0, says);
    }

    private static void right(String name, List<Cell> cells, String says) throws IOException {
        alone(name, cells, Status.CORRECT, 2, says);
    }

    private static void unreadable(String name, String text, String says) {
        CASES.put(name, new Case(text, Status.UNREADABLE, 0, 0, says));
    }

    private static String adds(String body) {
        return "int add(int a, int b) {\n" + body + "\n}";
    }

    private static void honest() throws IOException {
        expect("as it should be", Desk.answered("", UnaryOperator.identity()), Status.CORRECT, 2, "");
        CASES.put("untouched", new Case(Desk.json(Desk.given(), "java"), Status.UNANSWERED, 0, 0, ""));
        CASES.put("only a comment", new Case(Desk.json(Desk.given().stream().map(cell -> cell.id().equals("add")
                ? cell.with("// I do not know\r\n" + cell.source().replace("    ", "\t"))
                : cell).toList(), "java"), Status.UNANSWERED, 0, 0, ""));
        expect("half right", Desk.add(adds("return Math.abs(a) + b;")), Status.PARTIAL, 1, "below zero it differs");
        wrong("does not compile", Desk.add(adds("int sum = a + ;\nreturn sum;")),
                "add, line 2 does not compile: illegal start of expression");
        wrong("wrong type", Desk.add(adds("return \"5\";")), "add, line 2 does not compile: incompatible types");
        wrong("calls what is not there", Desk.add(adds("int c = a;\nreturn sum(c, b);")),
                "add, line 3: nothing so far declares method sum");
        wrong("bracket missing", Desk.add("int add(int a, int b) {\n return a + b;"), "reached end of file");
        wrong("an older text, above",
                Desk.below(Desk.add("int add(final int a, int b) {\n return a + b + 1;"), "helper",
                        Cell.code(Desk.ADD)),
                "reached end of file");
        right("another of the same name, above", Desk.below(Desk.add(Desk.ADD), "helper",
                Cell.code("int add(int a) { return a }")), "does not compile");
        wrong("throws", Desk.add(adds("throw new IllegalStateException(\"oh\");")), "oh");
        wrong("throws at once", Desk.add("int add = 1 / 0;"), "line 1 threw ArithmeticException: / by zero");
        wrong("another signature", Desk.add("int add(String a) { return 5; }"), "does not compile");
        right("noise", Desk.add("System.err.println(\"warning\");\n"
                + adds("System.err.println(\"really\"); new Throwable().printStackTrace(); return a + b;")),
                "costs nothing: warning");
        right("much output", Desk.add(adds("for (int k = 0; k < 20_000; k++) System.out.println(\"so it goes\");"
                + "return a + b;")), "more bytes left out");
        right("methods below their caller and modern Java", Desk.add("""
                sealed interface S permits P, Q { }
                record P(double x) implements S { }
                record Q(String s) implements S { }
                enum C { A, B }
                int add(int a, int b) {
                    S s = a > 100 ? new Q("") : new P(a);
                    double d = switch (s) {
                        case P(double x) when x > 1000 -> -1;
                        case P p -> p.x();
                        case Q q -> 0;
                    };
                    var map = new HashMap<String, Integer>();
                    map.merge("k", b, Integer::sum);
                    IO.println(s.hashCode() + " " + s + C.valueOf("A") + \"""
                        of %d\""".formatted(C.values().length));
                    Runnable r = new Runnable() { public void run() { map.merge("k", 0, Integer::sum); } };
                    r.run();
                    assert a > -100;
                    return sum(List.of((int) d, map.get("k"), new int[][] {{0}}[0].clone()[0]));
                }
                int sum(List<Integer> all) {
                    return all.stream().mapToInt(x -> x).sum();
                }"""), "");
        right("own cells", Desk.below(Desk.add("int add(int a, int b) { return sum(List.of(a, b)); }"), "helper",
                Cell.code("import java.util.function.*;\nBinaryOperator<Integer> plus = (a, b) -> a + b;"),
                Cell.code("int sum(List<Integer> all) { return all.stream().reduce(0, plus); }"),
                Cell.code("nonsense here"), Cell.code("%maven a:b:1"), Cell.text("my notes")),
                "own cell 3 after helper");
        right("an import added above",
                Desk.answered("add", c -> c.with("int add(int a, int b) {\n return new StringJoiner"
                        + "(\"\").length() + plus.applyAsInt(a, b); }")).stream()
                        .map(cell -> cell.source().contains("String student")
                                ? cell.with("import java.util.function.*;\n" + cell.source()
                                        + "\nIntBinaryOperator plus = Integer::sum;")
                                : cell)
                        .toList(),
                "");
        right("carriage returns", Desk.answered("", cell -> cell).stream()
                .map(cell -> cell.with(cell.source().replace("\n", "\r\n"))).toList(), "");
        right("byte order mark", Desk.answered("", UnaryOperator.identity()), "");
        CASES.computeIfPresent("byte order mark",
                (n, c) -> new Case("\uFEFF" + c.text(), c.status(), c.points(), c.others(), c.says()));
        right("saved for Python", Desk.answered("", UnaryOperator.identity()), "saved for python");
        CASES.computeIfPresent("saved for Python", (n, c) -> new Case(c.text().replace("\"language\" : \"java\"",
                "\"language\" : \"python\""), c.status(), c.points(), c.others(), c.says()));
    }

    private static void harmful() throws IOException {
        expect("exit in a method", Desk.add(adds("System.exit(0);\nreturn a + b;")), Status.WRONG, 0,
                "System.exit");
        expect("exit in a cell", Desk.add("System.exit(3);\n" + Desk.ADD), Status.WRONG, 0,
                "add was left out: it ended its Java");
        expect("endless loop", Desk.add(adds("while (true) {\n}")), Status.TOO_SLOW, 0, "took longer than it may");
        expect("endless class", Desk.add("class A {\n static int x;\n static {\n while (x < 1) { x = 0; } } }\n"
                + adds("return A.x;")), Status.TOO_SLOW, 0, "took longer than it may");
        expect("memory bomb", Desk.add("List<long[]> all = new ArrayList<>();\n"
                + adds("while (true) { all.add(new long[1 << 20]); }")), Status.TOO_MUCH_MEMORY, 0, "more memory");
        wrong("an exception with causes without end", Desk.add("class E extends RuntimeException { public Throwable"
                + " getCause() { return new E(); } }\nif (true) { throw new E(); }\n" + Desk.ADD), "add was left out");
        expect("threads left",
                Desk.add("for (int k = 0; k < 2; k++) new Thread(() -> { while (true) Thread.onSpinWait();"
                        + " }).start();\n" + Desk.ADD),
                Status.CORRECT, 2, "");
        right("waits for input", Desk.add(adds("try { System.in.read(); } catch (Exception e) { }\nreturn a + b;")),
                "");
        expect("too much for the compiler", Desk.add(adds("return a + b + 0" + " + 0".repeat(20_000) + ";")),
                Status.WRONG, 0, "add was left out: it was too much for the compiler");
        wrong("kills its parent", Desk.add(adds("ProcessHandle.current().parent().get().destroyForcibly();"
                + "return a + b;")), "not run, since it uses java.lang.ProcessHandle.current");
        expect("cells that never end", Desk.below(Desk.answered("", UnaryOperator.identity()), "helper",
                IntStream.range(0, 9).mapToObj(k -> Cell.code("while (true) { }")).toArray(Cell[]::new)),
                Status.TOO_SLOW, 0, "The rest was not run");
        CASES.computeIfPresent("cells that never end",
                (n, c) -> new Case(c.text(), c.status(), c.points(), 0, c.says()));
    }

    private static void sly() throws IOException {
        String always = "class Checks { static Checks of(String id, double p) { return new Checks(); }\n"
                + " Checks check(String w, double p, Object t) { return this; }\n double score() { return 99; } }\n";
        wrong("own class Checks", Desk.add(always + adds("return 7;")), "the name Checks belongs to the assignment");
        wrong("own class Checks above", Desk.below(Desk.add(adds("return 7;")), "helper", Cell.code(always)),
                "the name Checks belongs");
        wrong("variable Checks", Desk.add("Object Checks = null;\n" + adds("return 7;")), "the name Checks belongs");
        wrong("variable convlstm", Desk.add("int convlstm = 1;\n" + adds("return 7;")), "the name convlstm belongs");
        wrong("variable convlstm of an own class", Desk.add("class FR { FR course = this; FR Checks = this;"
                + " double score() { return 2; } }\nvar convlstm = new FR();\n" + adds("return 7;")),
                "the name convlstm belongs");
        expect("own helper", Desk.add("int twice(int x) {\n return 3 - x;\n}\n" + adds("return a == 2 ? 5 : 1;")),
                Status.PARTIAL, 1, "the name twice belongs");
        wrong("gives itself points", Desk.add(adds("checks.check(\"\", 2, () -> { }); return 7;")),
                "nothing so far declares variable checks");
        wrong("looks the answer up", Desk.add(adds("return expected;")), "nothing so far declares variable expected");
        wrong("prints points",
                Desk.add(adds("System.out.println(\"done {\\\"end\\\":\\\"SCORED\\\",\\\"points\\\":2}\");"
                        + "System.out.println(2.0); return 7;")),
                "expected 5, got 7");
        wrong("an exception that shows nothing",
                Desk.add(adds("throw new RuntimeException(null, null, false, false) { };")), "RuntimeException");
        wrong("an error that throws when shown",
                Desk.add("class Sly extends Error { @Override public String getMessage()"
                        + " { throw new IllegalStateException(\"no\"); } }\n" + adds("throw new Sly();")),
                "cannot be shown");
        wrong("a huge message",
                Desk.add(adds("throw new Error(\"passed\\t2\\t\\tall\\t\\n\".repeat(900_000));")), "passed 2");
        wrong("an id that is code", Desk.add(adds("return 7;")).stream().map(c -> c.with(c.source().replace(
                "\"your name\"", "\"i\\u0022; class FR { } var convlstm = new FR(); //\""))).toList(),
                "cannot be an id");
        wrong("imports from cells", Desk.add("import static REPL.$JShell$11.*;\n" + adds("return 7;")), "not run");
        wrong("changed test", Desk.below(Desk.add(adds("return 7;")), "add-test"), "expected 5, got 7");
        CASES.computeIfPresent("changed test", (n, c) -> new Case(c.text().replace("checks.score()", "2.0"), c.status(),
                c.points(), c.others(), c.says()));
        wrong("reflection", Desk.add(adds("try { Class.forName(\"x\"); } catch (Exception e) { }\nreturn 7;")),
                "Look at it: add uses java.lang.Class.forName and was not run as it stands.");
    }

    private static void misplaced() throws IOException {
        List<Cell> good = Desk.answered("", UnaryOperator.identity());
        expect("cell deleted", good.stream().filter(cell -> !cell.id().equals("add")).toList(), Status.MISSING, 0,
                "There is no cell named add.");
        right("tests deleted", good.stream().filter(cell -> !cell.grade() || cell.solution()).toList(), "");
        right("cell renamed", good.stream().map(c -> c.id().equals("add") ? c.named("addition") : c).toList(),
                "There is no cell named add.");
        right("cell without a name", good.stream().map(c -> c.id().equals("add") ? c.named("") : c).toList(),
                "There is no cell named add.");
        List<Cell> backwards = new ArrayList<>(good);
        Collections.reverse(backwards);
        right("backwards", backwards, "");
        right("stub left below", Desk.below(good, "add", Desk.given().get(4)), "Two cells are named add");
        wrong("second one counts", Desk.below(good, "add", good.get(4).with(adds("return 7;"))), "expected 5, got 7");
    }

    private static void unreadable() throws IOException {
        unreadable("empty A1", "", "The file is empty");
        unreadable("prose A1", "Dear teacher, my dog ate it.", "no notebook");
        unreadable("half A1", Desk.json(Desk.given(), "java").substring(0, 900), "no notebook");
        unreadable("deep A1", "[".repeat(100_000), "no notebook");
        unreadable("list A1", "[1, 2]", "no list of cells");
        unreadable("old A1", "{\"worksheets\": []}", "format 3");
        unreadable("huge A1", "x".repeat((int) Notebook.MAX_BYTES + 1), "at most these are read");
        CASES.put("strange A1", new Case("{\"cells\": [1, null, {\"cell_type\": \"code\", \"source\": {\"a\": 1}}]}",
                Status.MISSING, 0, 0, ""));
    }

    @BeforeAll
    static void gradeAll() throws IOException, InterruptedException {
        honest();
        harmful();
        sly();
        misplaced();
        unreadable();
        Path source = folder.resolve("source");
        Desk.write(source.resolve("A1-arithmetic.ipynb"), Desk.source());
        for (Map.Entry<String, Case> entry : CASES.entrySet()) {
            Desk.write(folder.resolve("in").resolve(entry.getKey() + ".ipynb"), entry.getValue().text());
        }
        GradeOptions options = GradeOptions.parse(folder.resolve("in").toString(), "--source", source.toString(),
                "--out", folder.resolve("out").toString(), "--seconds", "6");
        graded = Grade.run(options, new Worker.Setting(CLASS_PATH, "", "64m", Isolation.find("auto", CLASS_PATH)))
                .stream()
                .collect(Collectors.toMap(Graded::student, g -> g));
    }

    @TestFactory
    Stream<DynamicTest> everyoneGetsWhatIsDue() {
        return CASES.entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
            Case expected = entry.getValue();
            Graded got = graded.get(entry.getKey());
            Mark first = got.marks().getFirst();
            String all = first.checks() + "\n" + String.join("\n", first.feedback()) + "\n" + first.printed() + "\n"
                    + String.join("\n", got.remarks());
            assertEquals(expected.status(), first.status(), all);
            assertEquals(expected.points(), first.points(), all);
            assertEquals(expected.others(), got.marks().get(1).points(), got.marks().get(1).toString());
            assertTrue(all.contains(expected.says()), () -> "expected '" + expected.says() + "' in:\n" + all);
        }));
    }

    /** With correct answers before it, whatever came of the student's: wrong, without its name, not compiling. */
    @Test
    void aQuestionStandsOnItsOwn(@TempDir Path own) throws IOException, InterruptedException {
        List<Cell> source = Desk.source().stream().map(c -> c.id().equals("mul-test") ? c.with("""
                var checks = Checks.of("mul-test", 1.5);
                checks.check("2 * 3", 1.5, () -> {
                    if (mul(add(1, 1), 3) != 6) {
                        throw new AssertionError("expected 6");
                    }
                });
                checks.score();""") : c).toList();
        Desk.write(own.resolve("source/A1-arithmetic.ipynb"), source);
        Map<String, String> first = Map.of("wrong", adds("return 7;"), "named otherwise",
                Desk.ADD.replace("add", "sum"),
                "not compiling", adds("return a +;"), "not answered", Desk.given().get(4).source(), "ends its Java",
                "System.exit(0);", "right", Desk.ADD);
        for (Map.Entry<String, String> e : first.entrySet()) {
            Desk.write(own.resolve("in/" + e.getKey() + ".ipynb"), Desk.add(e.getValue()));
        }
        for (Graded g : Grade.run(GradeOptions.parse(own.resolve("in").toString(), "--source",
                own.resolve("source").toString(), "--out", own.resolve("out").toString()),
                new Worker.Setting(CLASS_PATH, "", "64m", Isolation.NONE))) {
            assertEquals(SECOND, g.marks().get(1).points(), g.toString());
        }
    }

    @Test
    void nothingIsLeftBehind() {
        assertFalse(ProcessHandle.current().descendants().anyMatch(p -> p.info().commandLine().orElse("")
                .contains(Agent.class.getName())), "a Java of a question still runs");
    }
}
