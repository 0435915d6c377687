package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jshell.JShell;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A typing error is said in a student's words, and checks do not run a text that was replaced. */
class CellsTest {
    private static final String SIGNATURE = "double step(double[], int)";
    private static final String RIGHT = """
            double step(double[] x, int n) {
                int D = n;
                double sum = 0;
                sum += x[0];
                return sum;
            }""";

    private final JShell shell = JShell.builder().executionEngine("local").build();
    private final AtomicInteger counter = new AtomicInteger();
    private final Cells cells = Cells.of(shell, counter, List.of());

    @AfterEach
    void close() {
        shell.close();
    }

    private String run(String cell) {
        counter.incrementAndGet();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            shell.eval(cell);
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8).strip();
    }

    private String check() {
        counter.incrementAndGet();
        shell.eval("int check" + counter.get() + " = 0;");
        return cells.problem("step-check", SIGNATURE).orElse("");
    }

    private static void says(String part, String message) {
        assertTrue(message.contains(part), message);
    }

    @Test
    void undeclaredNamesAreSaidWhenTheCellIsRun() {
        says("step uses tanh(...), which nothing declares (did you mean Math.tanh?)",
                run(RIGHT.replace("x[0]", "tanh(x[0])")));
        says("Math.tanh", check());
        says("did you mean sum?", run(RIGHT.replace("return sum", "return sun")));
        says("did you mean sum?", check());
        says("a cell above that has not been run", run(RIGHT.replace("x[0]", "velocity")));
        assertEquals("", run(RIGHT));
        assertEquals("", check());
    }

    @Test
    void aMethodBelowTheOneThatCallsItIsSaidToBeThere() {
        String said = run(RIGHT.replace("x[0]", "helper(x)"));
        says("step uses helper(...), which nothing declares", said);
        assertEquals("Now it is declared: step is complete.", run("double helper(double[] x) {\n    return x[0];\n}"));
        assertEquals("", check());
    }

    @Test
    void theLastFaultIsTheOneThatIsSaid() {
        run(RIGHT);
        run(RIGHT.replace("sum += x[0];", "sum += x.lenght;"));
        says("cannot find symbol: variable lenght in the line", check());
        counter.incrementAndGet(); // a cell that came to no snippet
        says("does not come to its end", check());
        run(RIGHT.replace("sum += x[0];", "sum += x[0]"));
        says("';' expected", check());
    }

    @Test
    void aTextThatDoesNotCompileIsNotReplacedByAnOlderOne() {
        run(RIGHT);
        assertEquals("", check());
        run(RIGHT.replace("sum += x[0];", "sum += x[0]"));
        says("does not compile: ';' expected in the line: sum += x[0]", check());
        run(RIGHT);
        assertEquals("", check());
        run(RIGHT.replace("return sum;", "return sum;\n    throw new RuntimeException();"));
        says("delete the line throw", check());
        run(RIGHT.replace("return sum;", ""));
        says("every way through the method ends with return", check());
        run(RIGHT);
        counter.incrementAndGet(); // a cell that came to no snippet
        assertEquals("", check(), "not since these checks ran");
        counter.incrementAndGet();
        says("does not come to its end", check());
        says("does not come to its end", check());
        run(RIGHT);
        assertEquals("", check());
    }

    @Test
    void anotherNameOrOtherParametersAreSeen() {
        says("there is no method step; the checks call double step(double[], int)", check());
        assertEquals(Optional.of("not answered yet"), shell.eval("step(new double[1], 2)").stream()
                .map(event -> String.valueOf(event.exception().getMessage())).findFirst(), "its place is taken");
        run(RIGHT.replace("double[] x, int n", "double[] x").replace("= n", "= 1"));
        says("only double step(double[])", check());
        says("only double step(double[])", check());
        run(RIGHT.replace("double step(", "float step(").replace("return sum", "return (float) sum"));
        says("only float step(double[], int)", check());
        says("only float step(double[], int)", check());
        run(RIGHT);
        assertEquals("", check());
        run(RIGHT.replace("step(", "stepp("));
        says("stepp(double[], int) was defined later, which looks like a new text of step", check());
        run(RIGHT);
        run("double helper(double[] x, int n) {\n    return x[n];\n}");
        assertEquals("", check());
        assertEquals("", check(), "another method of the student's");
    }

    /** The whole path, kernel and all, is {@code KernelClientTest}'s. */
    @Test
    void aTextSaysWhichMethodsItDeclares() {
        record Read(String names, boolean open, String cell) {}
        for (Read r : List.of(
                new Read("[step(double[],int)]", false, RIGHT),
                new Read("[step(double[],int)]", true, RIGHT.replace("\n}", "\n")),
                new Read("[f(List<double[]>,Map<String,Integer>,double[])]", false,
                        "static <T> double[][] f(final List<double[]> a, java.util.Map<String, Integer> b, double... c)"
                                + " throws Exception { return null; }"),
                new Read("[f()]", false, "int [] [] f () { return null; }"),
                new Read("[]", false,
                        "// int f(int x) {\n/* int g(int x) { */ String s = \"int h(int x) {\"; f(1); y = f(x);"),
                new Read("[]", false, "class A { int f(int x) { return g(x); } }\nfor (int i : xs) { f(i); }"),
                new Read("[f(int)]", true, "int g = 1;\nclass A { int f(int x) { return h(x); }"),
                new Read("[f(int)]", true, "int f(int x) { System.out.println(\"no end); return 1; }"),
                new Read("[f(int)]", true, "int f(int x { return 1; }"),
                new Read("[f(int)]", false, "f(int x) { return 1; }"),
                new Read("[]", true, "while (f(x) {"))) {
            CellText text = CellText.of(r.cell());
            assertEquals(r.names(), text.methods().stream().map(m -> m.name() + "(" + m.types() + ")").toList()
                    .toString(), r.cell());
            assertEquals(r.open(), text.isOpen(), r.cell());
        }
        for (String part : List.of("a<", "f(", "f(a,", "int f(int a,", "\"", "/*", "int f() throws ")) {
            CellText.of(part.repeat(40_000)); // seconds, or the scanner looks at a text more than once
        }
    }

    @Test
    void theFirstCellIsMissed() {
        assertFalse(cells.isSetUp());
        run("String student = \"ada\";");
        assertTrue(cells.isSetUp());
    }

    @Test
    void withoutAKernelNothingIsSaid() {
        assertEquals(Optional.empty(), Cells.here());
        Cells.watch();
        Checks checks = Checks.of("q", 1).answers("double[] nothing()").check("passes", 1, () -> {});
        assertEquals(1, checks.score());
    }
}
