package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel as Jupyter's own client sees it: what a beginner's cells print, and what is said of their faults. */
@Tag("notebooks")
class KernelClientTest {
    private static final Checkout KIT = Checkout.here();
    static final Path CLIENT = KIT.root().resolve("lib/tools/src/test/python/kernel_client.py");
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int LINES = 100_000;
    private static Jupyter jupyter;
    /** Of kernels with little memory, since several run at a time. */
    @TempDir
    private static Path small;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        jupyter = Jupyter.find(KIT);
        KernelSpec.writeFast(KIT, Lab.heap(), jupyter);
        KernelSpec.write(KIT, "512m", small);
    }

    private static ProcessBuilder client(String... args) {
        ProcessBuilder client = jupyter.command(Stream.concat(Stream.of(CLIENT.toString()), Stream.of(args))
                .toArray(String[]::new));
        client.environment().put("JUPYTER_PATH", small.toString());
        return client;
    }

    static Map<String, Object> code(String code) {
        return Map.of("code", code);
    }

    private List<JsonNode> run(int kernels, List<Map<String, Object>> cells) throws IOException {
        return run(client(), folder, kernels, cells);
    }

    /** What each kernel answers to the cells. */
    static List<JsonNode> run(ProcessBuilder client, Path folder, int kernels, List<Map<String, Object>> cells)
            throws IOException {
        Path file = folder.resolve("cells.json");
        new ObjectMapper().writeValue(file.toFile(), cells);
        client.command().addAll(List.of(file.toString(), String.valueOf(kernels)));
        List<String> says = new ArrayList<>();
        int code = Jupyter.run(client, LIMIT, says::add);
        assertEquals(0, code, String.join("\n", says));
        List<JsonNode> answers = new ArrayList<>();
        new ObjectMapper().readTree(says.getLast()).forEach(answers::add);
        return answers;
    }

    private JsonNode run(List<Map<String, Object>> cells) throws IOException {
        return run(1, cells).getFirst();
    }

    static void says(JsonNode answer, String... parts) {
        String all = answer.toString();
        for (String part : parts) {
            assertTrue(answer.path("error").asText().contains(part), "expected '" + part + "' in " + all);
        }
        assertFalse(all.contains("incubating"), all);
    }

    @Test
    void nothingPrintedIsLostAndDisplaysAreInOrder() throws IOException {
        JsonNode got = run(List.of(
                code("for (int i = 0; i < " + LINES + "; i++) System.out.println(\"line \" + i);"),
                code("System.out.print(\"grüße 🙂\"); display(\"shown\"); System.out.println(\"after\"); 7"),
                code("for (int i = 0; i < " + LINES + "; i++) {\n    System.out.println(\"more \" + i);\n"
                        + "    if (i % 40_000 == 39_999) display(\"shown after \" + i);\n}")));
        String expected = IntStream.range(0, LINES).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
        assertEquals(expected.length(), got.get(0).path("stdout").asText().length(), "characters of all lines");
        assertEquals(expected, got.get(0).path("stdout").asText());
        assertTrue(got.get(0).path("messages").asInt() < LINES / 50, "in batches: " + got.get(0).path("messages"));
        assertEquals(
                "[[\"stream\",\"grüße 🙂\"],[\"display_data\",\"shown\"],[\"stream\",\"after\\n\"],[\"execute_result\",\"7\"]]",
                got.get(1).path("order").toString());
        List<String> shown = new ArrayList<>();
        got.get(2).path("order").forEach(message -> shown.add(message.get(0).asText().equals("stream")
                ? message.get(1).asText()
                : message.get(1).asText() + "\n"));
        assertEquals(IntStream.range(0, LINES).mapToObj(i -> "more " + i + "\n"
                + (i % 40_000 == 39_999 ? "shown after " + i + "\n" : "")).collect(Collectors.joining()),
                String.join("", shown));
    }

    @Test
    void whatWaitsBehindAnErrorIsNotRun() throws IOException {
        List<String> cells = List.of("int ran = 1;", "int zero = 0;\n1 / zero", "ran = 3;", "ran = 4;");
        JsonNode got = run(List.of(
                Map.of("all", cells, "stop", true),
                code("ran"),
                Map.of("all", cells, "stop", false),
                code("ran"),
                Map.of("all", List.of("no such cell", "1 + 1"), "stop", true),
                code("ran = 5;"),
                code("ran")));
        assertEquals("[\"ok\",\"error\",\"aborted\",\"aborted\"]", got.get(0).path("statuses").toString());
        assertEquals("[[\"execute_result\",\"1\"]]", got.get(1).path("order").toString());
        assertEquals("[\"ok\",\"error\",\"ok\",\"ok\"]", got.get(2).path("statuses").toString());
        assertEquals("[[\"execute_result\",\"4\"]]", got.get(3).path("order").toString());
        assertEquals("[\"error\",\"aborted\"]", got.get(4).path("statuses").toString());
        assertEquals("[[\"execute_result\",\"5\"]]", got.get(6).path("order").toString());
    }

    @Test
    void aCompilersErrorNamesCellLineAndWhatIsNear() throws IOException {
        JsonNode got = run(List.of(
                code("modle.fit(3)"),
                code("import convlstm.model.*;\nint model = 1;"),
                code("System.out.println(1);\n\n// a comment\nint a = \"one\";"),
                code("int b = modle + 1;"),
                code("List<String> words = List.of();\nwords.sise()"),
                code("int f() { return nothing; }"),
                code("f()"),
                code("for (int i = 0; i < 3; i++ {"),
                code("y = 3"),
                code("import convlstm.layer.*;\nObject a = new ConvLSTM2D(3, 3);")));
        says(got.get(0), "cannot find symbol: variable modle", "cell [1], line 1:  modle.fit(3)", "the set-up cell",
                "has not run");
        says(got.get(2), "incompatible types", "cell [3], line 4:  int a = \"one\";", "^^^^^");
        assertTrue(got.get(2).path("error").asText().split("\n")[0].contains("incompatible types"), "the error first");
        says(got.get(3), "cell [4], line 1", "did you mean model?");
        says(got.get(4), "cell [5], line 2", "did you mean size?");
        assertEquals("ok", got.get(5).path("status").asText());
        says(got.get(6), "nothing", "cell [6], line 1:  int f()");
        assertEquals("error", got.get(7).path("status").asText());
        says(got.get(8), "a new variable needs its type: var y = ...");
        says(got.get(9), "cell [10], line 2", "did you mean ConvLstm2d?");
    }

    @Test
    void anExceptionNamesTheLineOfTheCellAndTheShortWayThere() throws IOException {
        JsonNode got = run(List.of(
                code("int f(int x) {\n    if (x == 0) {\n        throw new IllegalStateException(\"the lamp is out\");\n"
                        + "    }\n    return f(x - 1);\n}"),
                code("int y = 1;\n// a comment\n\nf(3);"),
                code("int deep(int x) { return x % 2 == 0 ? deep(x + 1) : deeper(x); }\n"
                        + "int deeper(int x) { return deep(x + 1); }\ndeep(0);"),
                code("import java.nio.file.*;\nimport java.time.*;"),
                code("f(0)"),
                code("convlstm.tensor.Shape.of(1, -2)")));
        says(got.get(1), "IllegalStateException: the lamp is out", "cell [1], line 3:  throw new", "cell [1], line 5",
                "cell [2], line 4:  f(3);");
        says(got.get(2), "StackOverflowError", "more");
        assertTrue(got.get(2).path("error").asText().lines().count() <= 23, got.get(2).path("error").asText());
        says(got.get(4), "cell [1], line 3", "cell [5], line 1:  f(0)");
        says(got.get(5), "cell [6], line 1");
        for (JsonNode answer : got) {
            assertFalse(answer.toString().matches(".*(jdk\\.jshell|convlstm\\.kernel|REPL|do_it).*"),
                    answer.toString());
        }
    }

    @Test
    void importsEmptyNoVariableAndAClassDeclaredAnewSaysWhich() throws IOException {
        JsonNode got = run(List.of(
                code("String name = \"abc\";\nList<String> words = new ArrayList<>(List.of(name));\nint n = 5;"),
                code("import java.nio.file.*;\nimport java.time.*;"),
                code("name + words + n"),
                code("String twice(String s) { return s + s; }\nString t = twice(name);"),
                code("String twice(String s) { return s + \" \" + s; }"),
                code("t"),
                code("class P { int x; }\nP p = new P();\nList<P> ps = List.of(p);\nString s = \"kept\" + p.x;"),
                code("class P { int x; int y; }"),
                code("s + p + ps"),
                code("String s;"),
                code("s == null")));
        assertEquals("[[\"execute_result\",\"abc[abc]5\"]]", got.get(2).path("order").toString());
        assertEquals("[[\"execute_result\",\"abcabc\"]]", got.get(5).path("order").toString());
        String said = got.get(7).path("stderr").asText();
        assertTrue(said.contains("p, ps") && said.contains("Run the cells again"), said);
        assertEquals("[[\"execute_result\",\"kept0nullnull\"]]", got.get(8).path("order").toString());
        assertEquals("[[\"execute_result\",\"true\"]]", got.get(10).path("order").toString());
    }

    @Test
    void theKernelSurvivesExitAndEndlessLoops() throws IOException {
        JsonNode got = run(List.of(
                code("System.exit(3)"),
                code("Runtime.getRuntime().halt(1)"),
                code("long z = 0;"),
                Map.of("code", "{\n    System.out.println(1);\n    while (true) z++;\n}", "interrupt", 1),
                code("long before = z; Thread.sleep(200); z == before"),
                Map.of("code", "{\n    System.out.println(1);\n    Thread.sleep(600_000);\n}", "interrupt", 1),
                code("1 + 1")));
        says(got.get(0), "System.exit(3) would end Java");
        says(got.get(1), "would end Java");
        says(got.get(3), "Interrupted", "while (true) z++;");
        assertEquals("[[\"execute_result\",\"true\"]]", got.get(4).path("order").toString(), "the loop has ended");
        says(got.get(5), "Interrupted");
        assertEquals("[[\"execute_result\",\"2\"]]", got.get(6).path("order").toString());
    }

    @Test
    void whatAStreamCallsAndWhatShowsAValueCanBeStoppedAndFail() throws IOException {
        JsonNode got = run(List.of(
                code("import java.util.stream.*;\nclass Deep { public String toString() { return \"a\" + toString(); } }\n"
                        + "new Deep()"),
                code("class Faulty { public String toString() { throw new IllegalStateException(\"no lamp\"); } }\n"
                        + "new Faulty()"),
                Map.of("code", "System.out.println(1);\nIntStream.range(0, 2_000_000_000).map(i -> i % 7)"
                        + ".filter(i -> Math.sin(i) > 2).count()", "interrupt", 1),
                Map.of("code", "System.out.println(1);\nclass Endless { public String toString() { while (true); } }\n"
                        + "new Endless()", "interrupt", 1),
                code("6 * 7")));
        says(got.get(0), "StackOverflowError: the cell's value could not be shown", "toString() seems to call itself");
        says(got.get(1), "could not be shown: no lamp");
        says(got.get(2), "Interrupted");
        says(got.get(3), "Interrupted");
        assertEquals("[[\"execute_result\",\"42\"]]", got.get(4).path("order").toString());
    }

    /** The training notices it and tells the cell's lambda; what it has done so far is there, and the cell has ended. */
    @Test
    void aTrainingThatIsStoppedSaysSoAndReturnsItsHistory() throws IOException {
        JsonNode got = run(List.of(
                code("import convlstm.backend.*;\nimport convlstm.data.*;\nimport convlstm.model.*;\n"
                        + "import convlstm.notebook.*;\nimport convlstm.tensor.*;\n"
                        + "Model model = Models.convLstm(Backends.byName(\"reference\"), Shape.of(8, 8, 8, 1), 1, 4, 3, 1);\n"
                        + "Dataset data = Dataset.nextFrame(MovingDot.generator(9, 8).sequences(1, 64));"),
                Map.of("code", "History history = new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(0.001))"
                        + ".epochs(1_000_000).listener(new Progress(\"dot\", s -> System.out.println(s))).fit(data);",
                        "interrupt", 3), // steps of plain loops are short before the JIT is done, too
                code("history.epochs().size() < 1_000_000")));
        says(got.get(1), "Interrupted");
        assertTrue(got.get(1).path("stdout").asText().contains("the model keeps what it has learnt"),
                got.get(1).toString());
        assertEquals("[[\"execute_result\",\"true\"]]", got.get(2).path("order").toString());
    }

    @Test
    void classesOfAnyJarCanBeUsed() throws IOException {
        JsonNode got = run(List.of(
                code("int twice(int x) { return com.google.common.math.IntMath.checkedMultiply(2, x); }\ntwice(4)"),
                code("import com.google.common.collect.*;\nLists.reverse(List.of(1, 2))"),
                code("import no.such.thing.*;")));
        assertEquals("[[\"execute_result\",\"8\"]]", got.get(0).path("order").toString());
        assertEquals("[[\"execute_result\",\"[2, 1]\"]]", got.get(1).path("order").toString());
        says(got.get(2), "package no.such.thing does not exist", "cell [3], line 1");
        assertEquals("[\"ImmutableRangeMap\"]",
                run(List.of(Map.of("complete", "com.google.common.collect.ImmutableRangeM"))).get(0).path("matches")
                        .toString());
    }

    @Test
    void signaturesCommentsAndOnlyWhatFits() throws IOException {
        JsonNode got = run(List.of(
                code("import convlstm.model.*; import convlstm.layer.*;\nint filters = 16; Trainer trainer = null; 5 + 5"),
                Map.of("inspect", "trainer.batchSize("),
                Map.of("inspect", "int a = 1;\nnew ConvLstm2d("),
                Map.of("inspect", "Trainer"),
                Map.of("complete", "new ConvLstm2d("),
                Map.of("complete", "import java.time.*;\ntrainer.batchS"),
                Map.of("complete", "List<String> words = List.of();\nwords.si")));
        assertTrue(got.get(1).path("text").asText().contains("batchSize(int samples)\nSamples in a batch"),
                got.toString());
        assertTrue(got.get(2).path("text").asText().contains("ConvLstm2d(int filters, int kernelSize)\n"),
                got.toString());
        assertTrue(got.get(3).path("text").asText().contains("Trains a model"), got.toString());
        assertEquals("[\"filters\"]", got.get(4).path("matches").toString());
        assertEquals("[\"batchSize(\"]", got.get(5).path("matches").toString());
        assertEquals("[\"size()\"]", got.get(6).path("matches").toString());
    }

    /** The first cell of every assignment, and checks of what does not compile or has another name. */
    @Test
    void checksKnowTheCellsOfThisKernel() throws IOException {
        String check = "convlstm.course.Checks checks = convlstm.course.Checks.of(\"q\", 1).answers(\"double twice(double)\");\n"
                + "checks.check(\"twice\", 1, () -> convlstm.course.Expect.that(twice(1) == 2, \"no\"));\nchecks.score()";
        JsonNode got = run(List.of(
                code("import convlstm.course.*;\n\nString student = \"ada\";\nCells.watch();"),
                code("double twice(double x) { return 2 * x; }"),
                code(check),
                code("double twice(double x) { return 2 * x }"),
                code(check),
                code("double twice(double x) { return 2 * x; }"),
                code(check)));
        assertEquals("ok", got.get(0).path("status").asText(), got.toString());
        assertTrue(got.get(2).path("stdout").asText().contains("q: 1 of 1 points"), got.toString());
        assertTrue(got.get(4).path("stdout").asText().contains("failed"), got.toString());
        assertTrue(got.get(4).path("stdout").asText().contains("q: 0 of 1 points"), got.toString());
        assertTrue(got.get(6).path("stdout").asText().contains("q: 1 of 1 points"), got.toString());
    }

    /** A method that was right, what was run after it (first a cell's id, where the notebook sends one), and what is said. */
    private record Edited(String says, String... cells) {
        private static final String RIGHT = "double f(double x) {\n    return 2 * x;\n}";
        private static final String WRONG = "double f(double x) {\n    return 3 * x;\n}";

        /** Methods of a name of their own, which no check has called before. */
        List<Map<String, Object>> run(int number) {
            List<Map<String, Object>> all = new ArrayList<>();
            boolean hasId = !cells[0].isEmpty();
            all.add(cell(RIGHT, hasId ? "answer" : "", number));
            for (int k = 1; k < cells.length; k++) {
                all.add(cell(cells[k], hasId && k == 1 ? cells[0] : hasId ? "other " + k : "", number));
            }
            all.add(cell(CHECK.replace("twice(", "f("), hasId ? "check" : "", number));
            return all;
        }

        private static Map<String, Object> cell(String code, String id, int number) {
            String named = code.replaceAll("\\bf(?=\\()", "twice" + number).replaceAll("\\bF(?=\\()", "Twice" + number);
            return id.isEmpty() ? Map.of("code", named) : Map.of("code", named, "id", id + number);
        }
    }

    static final String CHECK = """
            convlstm.course.Checks checks = convlstm.course.Checks.of("q", 1).answers("double twice(double)");
            checks.check("it", 1, () -> convlstm.course.Expect.that(twice(1) == 2, "no"));
            checks.score()""";

    private static final String UNFINISHED = "does not come to its end: a bracket or a quotation mark is missing";

    /** Whether or not the checks ran before: an older text of a method is never passed. */
    @Test
    void checksPassNoOlderTextOfAMethod() throws IOException {
        String right = Edited.RIGHT;
        String wrong = Edited.WRONG;
        List<Edited> edited = List.of(
                new Edited(UNFINISHED, "", wrong.replace("\n}", "")),
                new Edited(UNFINISHED, "answer", wrong.replace("\n}", "")),
                new Edited(UNFINISHED, "", "double helper(double x) {\n    return x;\n\n" + wrong),
                new Edited(UNFINISHED, "", "import java.util.*;\nint before = 1;\n" + wrong.replace("\n}", "")),
                new Edited("failed", "", wrong.replace("return", "System.out.println(\"x);\n    return")),
                new Edited(UNFINISHED, "", wrong + "\n/* a note"),
                new Edited("failed", "", wrong.replace("x) {", "x {")),
                new Edited("failed", "", wrong.replace("double f", "f")),
                new Edited("does not compile: ';' expected", "", wrong.replace("x;", "x")),
                new Edited("does not compile", "answer", wrong.replace("3 * x", "\"3\"")),
                new Edited("ended with an error before it", "", "int k = 1 / (1 - 1);\n" + wrong),
                new Edited("which looks like a new text", "", wrong.replace("f(", "F(")),
                new Edited("was run again, and now has F(double)", "answer", wrong.replace("f(", "F(")),
                new Edited("was run again, and now has triple(double)", "answer", wrong.replace("f(", "triple(")),
                new Edited("has other parameters", "answer", wrong.replace("x)", "x, int n)")),
                new Edited("was run again, and now has no method", "answer", "// " + wrong.replace("\n", "\n// ")),
                new Edited("which nothing declares", "answer", wrong.replace("3 *", "three *")),
                new Edited("q: 1 of 1", "", "// nothing", "1 + 1", "double g(double x) { return f(x); }"),
                new Edited("q: 1 of 1", "", "double g(double x) {\n    return f(x);\n", "g(",
                        "String s = \"double f(double x) {\";"),
                new Edited("q: 1 of 1", "", wrong, right),
                new Edited("q: 1 of 1", "answer", wrong.replace("f(", "F("), right),
                new Edited("q: 1 of 1", "other", "double triple(double x) {\n    return 3 * x;\n}", "// " + wrong),
                new Edited("q: 1 of 1", "answer", right, right));
        List<Map<String, Object>> cells = new ArrayList<>(
                List.of(code("import convlstm.course.*;\n\nString student = \"ada\";\nCells.watch();")));
        List<Integer> checks = new ArrayList<>();
        for (Edited e : edited) {
            cells.addAll(e.run(checks.size()));
            checks.add(cells.size() - 1);
        }
        List<JsonNode> got = new ArrayList<>();
        run(cells).forEach(got::add);
        for (int k = 0; k < edited.size(); k++) {
            String said = got.get(checks.get(k)).path("stdout").asText();
            String expected = edited.get(k).says().replaceAll("\\bF(?=\\()", "Twice" + k);
            assertTrue(said.contains(expected), edited.get(k) + ": " + got.get(checks.get(k)));
            assertTrue(expected.startsWith("q") || said.contains("failed") && said.contains("q: 0 of 1"), said);
        }
    }

    @Test
    void kernelsStartFromAnArchiveAndIgnoreABrokenOne() throws IOException {
        assertTrue(KernelArchive.of(KIT).fits(KIT));
        assertTrue(Files.readString(small.resolve("kernels/java/kernel.json")).contains("-XX:SharedArchiveFile="));
        KernelArchive broken = new KernelArchive(Files.writeString(folder.resolve("kernel.jsa"), "no archive"));
        assertFalse(broken.fits(KIT));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(broken.flags());
        command.add("-version");
        List<String> says = new ArrayList<>();
        assertEquals(0, Jupyter.run(new ProcessBuilder(command), LIMIT, says::add));
        assertTrue(says.stream().noneMatch(line -> line.contains("archive") || line.contains("cds")), says.toString());
    }

    @Test
    void threeKernelsAtOnceDoNotMixUp() throws IOException {
        List<JsonNode> got = run(3,
                List.of(code("int n = 0; for (int i = 0; i < 1000; i++) { n += i; System.out.println(i); }"),
                        code("n")));
        assertEquals(3, got.size());
        for (JsonNode answers : got) {
            assertEquals(1000, answers.get(0).path("stdout").asText().lines().count());
            assertEquals("[[\"execute_result\",\"499500\"]]", answers.get(1).path("order").toString());
        }
    }

    @Test
    void aKernelWhosePortIsTakenSaysSoAndEnds() throws IOException {
        List<String> says = new ArrayList<>();
        assertEquals(0, Jupyter.run(client("taken"), LIMIT, says::add), says.toString());
        for (JsonNode kernel : new ObjectMapper().readTree(says.getLast())) {
            assertEquals("1", kernel.path("exit").asText(), kernel::toString);
            assertTrue(kernel.path("says").asText().contains("Hint: if an address is in use"), kernel::toString);
        }
    }

    @Test
    void aNotebookWhoseKernelDoesNotStartAtFirstRunsNevertheless() throws IOException {
        assumeFalse(Venv.WINDOWS, "there is no sh");
        Path spec = small.resolve("kernels/java/kernel.json");
        ObjectNode once = (ObjectNode) new ObjectMapper().readTree(spec.toFile());
        ArrayNode command = new ObjectMapper().createArrayNode().add("sh").add("-c")
                .add("test -e $0 && exec \"$@\"; touch $0; exit 1").add(folder.resolve("started").toString());
        command.addAll((ArrayNode) once.path("argv"));
        once.set("argv", command);
        Path kernels = Files.createDirectories(folder.resolve("kernels/java"));
        new ObjectMapper().writeValue(kernels.resolve("kernel.json").toFile(), once);
        Path notebook = Files.writeString(folder.resolve("some.ipynb"), """
                {"cells": [{"cell_type": "code", "id": "a", "execution_count": null, "metadata": {}, "outputs": [],
                "source": "6 * 7"}], "metadata": {"kernelspec": {"name": "java", "display_name": "Java",
                "language": "java"}}, "nbformat": 4, "nbformat_minor": 5}""");
        ProcessBuilder run = jupyter.command(KIT.python("execute.py").toString(), notebook.toString(),
                folder.resolve("copy.ipynb").toString());
        run.environment().put("JUPYTER_PATH", folder.toString());
        List<String> says = new ArrayList<>();
        assertEquals(0, Jupyter.run(run, LIMIT, says::add), says.toString());
        assertTrue(says.getFirst().contains("started again"), says.toString());
        assertTrue(Files.readString(folder.resolve("copy.ipynb")).contains("\"42\""));
    }

    @Test
    void aKernelEndsWithTheProgramThatStartedIt() throws Exception {
        List<String> says = new ArrayList<>();
        assertEquals(0, Jupyter.run(client("leave"), LIMIT, says::add), says.toString());
        long kernel = Long.parseLong(says.getLast().strip());
        for (int tenth = 0; tenth < 3000 && ProcessHandle.of(kernel).isPresent(); tenth++) {
            Thread.sleep(100);
        }
        assertTrue(ProcessHandle.of(kernel).isEmpty(), "the kernel goes on without Jupyter");
    }
}
