package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds notebooks and runs them as a reader would: every cell, in order, by the real kernel. */
public final class Notebooks {
    private Notebooks() {}

    /** The text of a cell, which the format takes whole or in lines. */
    public static String source(JsonNode cell) {
        StringBuilder text = new StringBuilder(cell.path("source").asText());
        if (cell.path("source").isArray()) {
            cell.path("source").forEach(line -> text.append(line.asText()));
        }
        return text.toString();
    }

    /**
     * How a run ended.
     *
     * @param took the time from start to end, starting the kernel included
     * @param failure the first cell that failed and why; empty if none did
     */
    record Outcome(Duration took, String failure) {
        boolean passed() {
            return failure.isEmpty();
        }

        String seconds() {
            return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
        }
    }

    /**
     * The notebooks of a folder and its sub-folders, sorted by path.
     *
     * @param part a part of the path, within the folder, of those wanted; empty for all
     */
    static List<Path> list(Path folder, String part) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(p -> p.toString().endsWith(".ipynb"))
                    .filter(p -> !p.toString().contains(".ipynb_checkpoints"))
                    .filter(p -> folder.relativize(p).toString().replace('\\', '/').contains(part))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The notebooks of the course: all but the assignments, which are not answered yet, and the reader's own copies. */
    static List<Path> ofCourse(Checkout kit, String part) {
        return list(kit.notebooks(), part).stream()
                .filter(p -> !p.startsWith(kit.assignments()) && !p.startsWith(kit.mine()))
                .toList();
    }

    /** The assignments with solutions and hidden checks. */
    static List<Path> assignmentSources(Checkout kit, String part) {
        Path sources = kit.assignments().resolve("source");
        return list(kit.notebooks(), part).stream().filter(p -> p.startsWith(sources)).toList();
    }

    /**
     * Runs a notebook; the file itself is only read. An assignment's source is run by the instructor's kernel.
     *
     * @param copy gets the notebook with its outputs, up to the first cell that fails
     * @param limit ends the run when it takes longer
     */
    static Outcome run(Jupyter jupyter, Checkout kit, Path notebook, Path copy, Duration limit) {
        long start = System.nanoTime();
        List<String> says = new ArrayList<>();
        String[] at = {"before its first cell"};
        ProcessBuilder command = jupyter.command(kit.python("execute.py").toString(), notebook.toString(),
                copy.toString());
        command.environment().put("CONVLSTM_LAUNCHED", "1");
        if (notebook.startsWith(kit.assignments())) {
            command.environment().put("JUPYTER_PATH", kit.instructor().resolve("jupyter").toString());
        }
        int code = Jupyter.run(command, limit, line -> {
            if (line.startsWith("cell ")) {
                at[0] = "in " + line;
            } else {
                says.add(line);
            }
        });
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (code == 0) {
            return new Outcome(took, "");
        }
        if (took.compareTo(limit) >= 0) {
            return new Outcome(took, notebook.getFileName() + ": stopped after " + limit.toSeconds() + " s, " + at[0]
                    + ". Hint: -Dnotebooks.timeout=SECONDS gives it longer");
        }
        return new Outcome(took, String.join("\n", says));
    }
}
