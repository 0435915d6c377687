package convlstm.app.grade;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.Notebooks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A notebook's cells, as far as grading needs them.
 *
 * @param language of its kernel; empty if it does not say
 */
record Notebook(List<Cell> cells, String language) {
    /** Outputs included; one with many pictures has some megabytes. */
    static final long MAX_BYTES = 32L << 20;
    private static final int MAX_CELLS = 2_000;
    private static final int MAX_SOURCE = 200_000;
    private static final int MAX_SOURCES = 4_000_000;

    /**
     * A cell.
     *
     * @param code whether it is run
     * @param gradeId nbgrader's name for it; empty if it has none
     * @param grade whether it gives points
     * @param solution whether its text is the student's
     * @param locked whether a student may not change it
     * @param points how many it gives
     * @param seconds how long it may take; 0 if it does not say
     */
    record Cell(
            boolean code, String source, String gradeId, boolean grade, boolean solution, boolean locked,
            double points, double seconds) {
        /** Whether its points come from running it. */
        boolean isTest() {
            return code && grade && !solution;
        }

        /** Whether its points come from someone who reads it. */
        boolean isManual() {
            return grade && solution;
        }

        Cell withSource(String text) {
            return new Cell(code, text, gradeId, grade, solution, locked, points, seconds);
        }
    }

    /** A file that is no notebook; the message says why, for its author to read. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    long characters() {
        return cells.stream().mapToLong(cell -> cell.source().length()).sum();
    }

    static Notebook read(Path file) throws Unreadable {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in);
        } catch (IOException e) {
            throw new Unreadable("the file could not be read: " + e.getMessage());
        }
    }

    static Notebook read(InputStream in) throws Unreadable {
        try {
            byte[] bytes = in.readNBytes((int) MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new Unreadable("the file has more than " + (MAX_BYTES >> 20)
                        + " MB; at most these are read. Hint: clear the outputs (Edit > Clear Outputs of All Cells) and"
                        + " save");
            }
            String text = new String(bytes, charset(bytes));
            if (text.isBlank()) {
                throw new Unreadable("the file is empty");
            }
            return of(new ObjectMapper().readTree(text.replaceFirst("^\uFEFF", "")));
        } catch (JacksonException e) {
            throw new Unreadable("the file is no notebook: " + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw new Unreadable("the file could not be read: " + e.getMessage());
        }
    }

    /** Some editors save in UTF-16, with its mark at the beginning. */
    private static Charset charset(byte[] bytes) {
        int mark = bytes.length < 2 ? 0 : (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
        return mark == 0xFEFF || mark == 0xFFFE ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    }

    private static Notebook of(JsonNode root) throws Unreadable {
        JsonNode list = root.path("cells");
        if (!list.isArray()) {
            throw new Unreadable(root.has("worksheets")
                    ? "the notebook has format 3, of 2014; format 4 is read. Hint: open it in JupyterLab and save it"
                    : "the file is no notebook: it has no list of cells");
        }
        if (list.size() > MAX_CELLS) {
            throw new Unreadable("the notebook has " + list.size() + " cells; at most " + MAX_CELLS + " are read");
        }
        List<Cell> cells = new ArrayList<>();
        long characters = 0;
        for (JsonNode cell : list) {
            cells.add(cell(cell));
            characters += cells.getLast().source().length();
            if (characters > MAX_SOURCES) {
                throw new Unreadable("the notebook's cells have more than " + MAX_SOURCES
                        + " characters; at most these are read");
            }
        }
        JsonNode metadata = root.path("metadata");
        String language = metadata.path("kernelspec").path("language").asText("");
        return new Notebook(cells,
                language.isEmpty() ? metadata.path("language_info").path("name").asText("") : language);
    }

    private static Cell cell(JsonNode cell) {
        String source = Notebooks.source(cell);
        JsonNode metadata = cell.path("metadata");
        JsonNode nbgrader = metadata.path("nbgrader");
        return new Cell(cell.path("cell_type").asText().equals("code"),
                Source.plain(source.substring(0, Math.min(source.length(), MAX_SOURCE))),
                nbgrader.path("grade_id").asText(""), nbgrader.path("grade").asBoolean(),
                nbgrader.path("solution").asBoolean(), nbgrader.path("locked").asBoolean(),
                nbgrader.path("points").asDouble(),
                metadata.path("convlstm").path("seconds").asDouble());
    }
}
