package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** Points that a person gave: {@code questions.csv} of an earlier run, its empty points filled in. */
final class ByHand {
    private final Map<List<String>, Double> points = new HashMap<>();
    private final Set<List<String>> unused = new LinkedHashSet<>();

    private ByHand() {}

    static ByHand none() {
        return new ByHand();
    }

    /**
     * Reads the table.
     *
     * @throws LabException if it is not that table; the message says what is wrong with it
     */
    static ByHand read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new LabException("--by-hand: expected questions.csv of an earlier run, got no such file: " + file);
        }
        String text = text(Files.readAllBytes(file));
        char separator = ',';
        if (text.startsWith("sep=")) {
            separator = text.charAt(4);
            text = text.substring(text.indexOf('\n') + 1);
        } else {
            String header = text.lines().findFirst().orElse("");
            separator = header.contains(";") ? ';' : header.contains("\t") ? '\t' : ',';
        }
        Table table;
        try {
            table = Table.read().usingOptions(CsvReadOptions.builder(new StringReader(text)).separator(separator)
                    .columnTypes(name -> ColumnType.STRING).missingValueIndicator(""));
        } catch (RuntimeException e) { // whatever the library throws at a table that is none
            throw new LabException("--by-hand: expected a table with as many columns in each row as in the first, in "
                    + file + ", got another: " + e.getMessage() + ". Hint: save questions.csv as CSV", e);
        }
        Map<String, String> columns = new HashMap<>();
        table.columnNames().forEach(name -> columns.put(name.strip().toLowerCase(Locale.ROOT), name));
        if (!columns.keySet().containsAll(Reports.QUESTION_COLUMNS)) {
            throw new LabException("--by-hand: expected the columns " + String.join(",", Reports.QUESTION_COLUMNS)
                    + " in " + file + ", got " + table.columnNames());
        }
        ByHand byHand = new ByHand();
        for (Row row : table) {
            String given = row.getString(columns.get("points")).strip();
            if (row.getString(columns.get("status")).strip().equals(Status.BY_HAND.words()) && !given.isEmpty()) {
                List<String> key = key(row.getString(columns.get("student")), row.getString(columns.get("assignment")),
                        row.getString(columns.get("question")));
                byHand.points.put(key, number(given, row.getRowNumber() + 2));
            }
        }
        byHand.unused.addAll(byHand.points.keySet());
        return byHand;
    }

    /** Spreadsheets save as UTF-8 with or without a mark, as UTF-16, or in the country's own old code. */
    private static String text(byte[] bytes) {
        if (bytes.length > 1 && (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE
                || bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF)) {
            return new String(bytes, StandardCharsets.UTF_16);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
                    .replaceFirst("^\uFEFF", "");
        } catch (CharacterCodingException e) {
            return new String(bytes, Charset.forName("windows-1252"));
        }
    }

    /** A spreadsheet may have taken away what makes a text of a formula, and the zeros before a number. */
    private static List<String> key(String... names) {
        return Arrays.stream(names).map(name -> name.strip().replaceFirst("^'", "").replaceFirst("^0+(?=[0-9]+$)", ""))
                .toList();
    }

    /** Rows that belong to nothing that was graded: a name that was changed, perhaps. */
    List<String> unused() {
        return unused.stream().map(key -> String.join(", ", key)).toList();
    }

    /** Some countries' spreadsheets write a comma. */
    private static double number(String text, int line) {
        if (!text.matches("[0-9]{1,4}([.,][0-9]{1,6})?")) {
            throw new LabException("--by-hand: expected points in line " + line + ", got '" + text
                    + "'. Hint: a spreadsheet may have made a date of 1.5; format the column as text");
        }
        return Double.parseDouble(text.replace(',', '.'));
    }

    /** The submission with the points that a person gave it, at most as many as there are. */
    Graded applyTo(Graded g) {
        List<String> over = new ArrayList<>();
        List<Mark> marks = g.marks().stream().map(mark -> {
            List<String> key = key(Reports.cell(g.student()), g.assignment(), Reports.cell(mark.gradeId()));
            Double given = points.get(key);
            unused.remove(key);
            if (given == null || mark.status() != Status.BY_HAND) {
                return mark;
            }
            if (given > mark.max()) {
                over.add("By hand: " + Pages.points(given) + " points were given for " + mark.gradeId() + "; "
                        + Pages.points(mark.max()) + " count.");
            }
            return mark.with(Math.min(given, mark.max()));
        }).toList();
        Graded after = new Graded(g.student(), g.assignment(), g.path(), g.fingerprint(), g.isolation(), g.named(),
                marks, g.remarks(), g.seconds());
        return over.isEmpty() ? after : after.remarked(String.join(" ", over));
    }
}
