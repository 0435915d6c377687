package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is true: its example runs, and the files it links to exist. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");

    @Test
    void theExampleRuns(@TempDir Path classes) throws Exception {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertTrue(block.find(), "README.md has a Java example");
        String fewer = block.group(1).replace("sequences(1, 200)", "sequences(1, 10)");
        assertTrue(!fewer.equals(block.group(1)), "the test runs on fewer sequences than the README");
        String source = "import convlstm.backend.*; import convlstm.data.*; import convlstm.layer.*;"
                + "import convlstm.model.*; import convlstm.tensor.*;"
                + "public class Example { public static double run() throws Exception {"
                + fewer.replace("HostArray logits", "result = history.last().loss(); HostArray logits")
                        .replaceFirst("try", "double result; try")
                + "return result; } }";
        compile(source, classes);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            double loss = (double) loader.loadClass("Example").getMethod("run").invoke(null);
            assertTrue(loss > 0 && loss < 1, "loss " + loss);
        }
    }

    private static void compile(String source, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        SimpleJavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Example.java"),
                javax.tools.JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        List<String> options = List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        assertTrue(compiler.getTask(messages, null, null, options, null, List.of(file)).call(), messages.toString());
    }

    @Test
    void linkedFilesExist() throws IOException {
        try (Stream<String> lines = Files.lines(README)) {
            List<String> missing = lines.flatMap(line -> Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(line).results())
                    .map(link -> link.group(1))
                    .filter(link -> !Files.exists(Path.of(link)))
                    .toList();
            assertEquals(List.of(), missing);
        }
    }
}
