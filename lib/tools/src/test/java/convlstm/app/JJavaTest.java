package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The course in JJava, set up as notebooks/README.md says, on the JDK that runs this test: notebooks with plots, tables
 * and exercises put out what is stored, and the checks of assignments know the cells. JJava is installed under
 * {@code target/jjava}.
 */
@Tag("notebooks")
class JJavaTest {
    private static final Checkout KIT = Checkout.here();
    private static final List<String> NOTEBOOKS = Stream
            .of("01-gates-and-dot.ipynb", "02-convolution.ipynb", "04-recurrent-conv.ipynb")
            .filter(name -> name.contains(System.getProperty("notebooks", ""))).toList();
    private static final Pattern SETTING = Pattern.compile("(?m)^export (JJAVA_\\w+)=\"(.*)\"$");
    private static final Map<String, String> SETTINGS = new TreeMap<>();
    private static Jupyter jupyter;

    @BeforeAll
    static void install() throws IOException {
        assumeFalse(NOTEBOOKS.isEmpty(), "only other notebooks are asked for");
        Path venv = KIT.target().resolve("jjava");
        new Venv(venv, KIT.python("jjava-requirements.txt"), "JJava, for its test",
                "mvn verify -Dnotebooks.skip leaves it out.").python();
        jupyter = Jupyter.find(KIT);
        SETTINGS.put("JUPYTER_PATH", venv.resolve("share/jupyter").toString());
        String root = KIT.root().toString().replace('\\', '/');
        SETTING.matcher(Files.readString(KIT.notebooks().resolve("README.md"))).results()
                .forEach(line -> SETTINGS.put(line.group(1), line.group(2).replace("$PWD", root)));
        assertEquals(String.join(" ", KernelSpec.JVM_FLAGS), SETTINGS.get("JJAVA_JVM_OPTS"), "the README's flags");
    }

    /** JJava starts the {@code java} that it finds on the PATH. */
    private static ProcessBuilder python(String... args) {
        ProcessBuilder command = jupyter.command(args);
        command.environment().putAll(SETTINGS);
        command.environment().merge("PATH", Path.of(System.getProperty("java.home"), "bin").toString(),
                (old, bin) -> bin + File.pathSeparator + old);
        return command;
    }

    @TestFactory
    Stream<DynamicTest> notebooksPutOutWhatIsStored() {
        return NOTEBOOKS.stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            Path notebook = KIT.notebooks().resolve(name);
            Path copy = KIT.target().resolve("notebooks/jjava").resolve(name);
            List<String> says = new ArrayList<>();
            int code = Jupyter.run(python(KIT.python("execute.py").toString(), notebook.toString(), copy.toString()),
                    Lab.timeout(), says::add);
            assertEquals(0, code, String.join("\n", says));
            assertEquals(List.of(), StoredOutputs.differences(notebook, copy));
        }));
    }

    @Test
    void checksKnowTheCellsOfJJava(@TempDir Path folder) throws IOException {
        List<JsonNode> got = new ArrayList<>();
        KernelClientTest.run(python(KernelClientTest.CLIENT.toString()), folder, 1, Stream.of(
                "Class.forName(\"org.dflib.jjava.kernel.JavaKernel\").getSimpleName() + Runtime.version()",
                "import convlstm.course.*;\n\nString student = \"ada\";\nCells.watch();",
                "double twice(double x) { return 2 * x; }",
                KernelClientTest.CHECK,
                "double twice(double x) { return 2 * x }",
                KernelClientTest.CHECK,
                "double triple(double x) { return three * x; }").map(KernelClientTest::code).toList())
                .getFirst().forEach(got::add);
        assertEquals("[[\"execute_result\",\"JavaKernel" + Runtime.version() + "\"]]",
                got.get(0).path("order").toString());
        List<String> printed = got.stream().map(answer -> answer.path("stdout").asText()).toList();
        assertTrue(printed.get(3).contains("q: 1 of 1 points"), got.toString());
        assertTrue(printed.get(5).contains("the last text of twice does not compile"), got.toString());
        assertTrue(printed.get(6).contains("triple uses three, which nothing declares"), got.toString());
    }
}
