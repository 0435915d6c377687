package convlstm.course;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/** An assignment's cells, with the instructor's solutions, in a shell in which answers can be exchanged. */
final class AnswerShell implements AutoCloseable {
    private static final Path SOURCE = Path.of("notebooks/assignments/source");
    private static final Path HIDDEN = Path.of("target/instructor/convlstm-instructor.jar");

    private final JShell shell = JShell.builder().executionEngine("local")
            .compilerOptions("--add-modules", "jdk.incubator.vector").build();
    private final Map<String, String> cells = new LinkedHashMap<>();

    /** Runs all cells but those with checks. */
    AnswerShell(String assignment) throws IOException {
        shell.addToClasspath(System.getProperty("java.class.path"));
        shell.addToClasspath(HIDDEN.toAbsolutePath().toString());
        shell.eval("import module java.base;");
        shell.eval("String display(Object shown, String... as) { return \"\"; }");
        try (Stream<Path> files = Files.list(SOURCE)) {
            Path notebook = files.filter(f -> f.getFileName().toString().startsWith(assignment)).findFirst()
                    .orElseThrow();
            for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).path("cells")) {
                StringBuilder text = new StringBuilder();
                cell.path("source").forEach(line -> text.append(line.asText()));
                JsonNode nbgrader = cell.path("metadata").path("nbgrader");
                String id = nbgrader.path("grade_id").asText(cell.path("id").asText());
                if (cell.path("cell_type").asText().equals("code")) {
                    cells.put(id, text.toString());
                    if (!nbgrader.path("grade").asBoolean()) {
                        run(text.toString());
                    }
                }
            }
        }
    }

    /** The instructor's text of a cell. */
    String cell(String id) {
        String text = cells.get(id);
        if (text == null) {
            throw new IllegalArgumentException("id: expected one of " + cells.keySet() + ", got " + id);
        }
        return text;
    }

    /** What the checks of a cell print when an answer is this text; then the instructor's is put back. */
    String checked(String answer, String text, String check) {
        run(text);
        try {
            return run(cell(check));
        } finally {
            run(cell(answer));
        }
    }

    /** Runs a cell, and returns what it printed and what was wrong with it. */
    String run(String cell) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        StringBuilder faults = new StringBuilder();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            String rest = cell;
            while (!rest.isBlank()) {
                CompletionInfo info = shell.sourceCodeAnalysis().analyzeCompletion(rest);
                boolean complete = info.completeness().isComplete();
                for (SnippetEvent event : shell.eval(complete ? info.source() : rest)) {
                    if (event.status() == Snippet.Status.REJECTED) {
                        shell.diagnostics(event.snippet()).forEach(d -> faults.append(d.getMessage(null)).append('\n'));
                    } else if (event.exception() != null) {
                        faults.append(event.exception()).append('\n');
                    }
                }
                rest = complete ? info.remaining() : "";
            }
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8) + faults;
    }

    @Override
    public void close() {
        shell.close();
    }
}
