package convlstm.course;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * An assignment's methods with the instructor's solutions, one of them exchanged, and a cell of checks, as a class: the
 * same text as in the notebook, compiled at once for all the answers that are tried, where a shell would take minutes.
 */
final class AnswerClasses {
    private static final Path SOURCE = Path.of("notebooks/assignments/source");
    private static final Path HIDDEN = Path.of("target/instructor/convlstm-instructor.jar");
    private static final String HEAD = """
            import convlstm.backend.*;
            import convlstm.course.*;
            import convlstm.data.*;
            import convlstm.model.*;
            import convlstm.tensor.*;
            import java.util.*;
            import java.util.function.*;
            import java.util.stream.*;
            public class %1$s {
                String student = "ada";
                public %1$s() throws Exception {}
            """;

    /** Where an assignment has a cell of data: its checks use it, and have methods of their own. */
    private static final String DATA = "data";

    private final Map<String, String> methods = new LinkedHashMap<>();
    private final Map<String, String> checks = new LinkedHashMap<>();
    private final Map<String, String> classes = new TreeMap<>();
    private final Path folder;

    AnswerClasses(String assignment, Path folder) throws IOException {
        this.folder = folder;
        try (Stream<Path> files = Files.list(SOURCE)) {
            Path notebook = files.filter(f -> f.getFileName().toString().startsWith(assignment)).findFirst()
                    .orElseThrow();
            for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).path("cells")) {
                StringBuilder text = new StringBuilder();
                cell.path("source").forEach(line -> text.append(line.asText()));
                JsonNode nbgrader = cell.path("metadata").path("nbgrader");
                boolean code = cell.path("cell_type").asText().equals("code");
                String id = nbgrader.path("grade_id").asText();
                if (code && nbgrader.path("grade").asBoolean()) {
                    checks.put(id, text.toString());
                } else if (code && (nbgrader.path("solution").asBoolean() || text.indexOf("double sigmoid(") >= 0)
                        && !id.equals("by-hand")) {
                    methods.put(id, text.toString());
                } else if (code && text.indexOf("HostArray movies(") >= 0) {
                    methods.put(DATA, "Variant variant = Variant.of(student, \"A4\");\nBackend K = Backends.best();\n"
                            + text.toString().replaceAll("(?m)^System\\.out.*$", ""));
                }
            }
        }
    }

    /** The instructor's text of a cell. */
    String cell(String id) {
        String text = methods.get(id);
        if (text == null) {
            throw new IllegalArgumentException("id: expected one of " + methods.keySet() + ", got " + id);
        }
        return text;
    }

    /** Adds a class with this text for one answer, and returns its name. */
    String add(String answer, String text, String check) {
        String name = "Answer" + classes.size();
        StringBuilder source = new StringBuilder(HEAD.formatted(name));
        methods.forEach((id, method) -> source.append(id.equals(answer) ? text : method).append('\n'));
        String cell = checks.getOrDefault(check, "");
        String helpers = methods.containsKey(DATA) ? cell.substring(0, cell.indexOf("\nchecks\n")) : "";
        source.append(helpers).append("\npublic double check() throws Exception {\n")
                .append(cell, helpers.length(), cell.lastIndexOf("checks.score()"))
                .append("return checks.score();\n}\n}\n");
        classes.put(name, source.toString());
        return name;
    }

    /** Compiles all classes that were added. */
    void compile() {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> sources = classes.entrySet().stream().<JavaFileObject>map(
                e -> new SimpleJavaFileObject(URI.create("string:///" + e.getKey() + ".java"),
                        JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreErrors) {
                        return e.getValue();
                    }
                }).toList();
        StringBuilder errors = new StringBuilder();
        boolean compiled = compiler.getTask(null, null, d -> errors.append(d).append('\n'),
                List.of("-proc:none", "-d", folder.toString(), "-cp",
                        System.getProperty("java.class.path") + java.io.File.pathSeparator + HIDDEN),
                null, sources).call();
        if (!compiled) {
            throw new AssertionError("the cases do not compile: " + errors);
        }
    }

    /** What the checks of a class print. */
    String said(String name) throws ReflectiveOperationException, IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL(), HIDDEN.toUri().toURL()}, getClass().getClassLoader())) {
            Object answer = loader.loadClass(name).getConstructor().newInstance();
            answer.getClass().getMethod("check").invoke(answer);
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
