package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** Points that a person gave: {@code questions.csv} of an earlier run, its empty points filled in. */
final class ByHand {
    private final Map<List<String>, Double> points = new HashMap<>();

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
        Table table = Table.read().usingOptions(CsvReadOptions.builder(file.toFile())
                .columnTypes(name -> ColumnType.STRING));
        for (String column : Reports.QUESTION_COLUMNS) {
            if (!table.containsColumn(column)) {
                throw new LabException("--by-hand: expected the columns " + String.join(",", Reports.QUESTION_COLUMNS)
                        + " in " + file + ", got " + table.columnNames() + ". Hint: save it with commas between");
            }
        }
        ByHand byHand = new ByHand();
        for (Row row : table) {
            String given = row.getString("points").strip();
            if (row.getString("status").equals(Status.BY_HAND.words()) && !given.isEmpty()) {
                byHand.points.put(List.of(row.getString("student"), row.getString("assignment"),
                        row.getString("question")), number(given, row.getRowNumber() + 2));
            }
        }
        return byHand;
    }

    /** Some countries' spreadsheets write a comma. */
    private static double number(String text, int line) {
        if (!text.matches("[0-9]+([.,][0-9]+)?")) {
            throw new LabException("--by-hand: expected points in line " + line + ", got '" + text + "'");
        }
        return Double.parseDouble(text.replace(',', '.'));
    }

    /** The submission with the points that a person gave it, at most as many as there are. */
    Graded applyTo(Graded g) {
        return new Graded(g.student(), g.assignment(), g.path(), g.named(),
                g.marks().stream().map(mark -> applyTo(g, mark)).toList(), g.remarks(), g.seconds());
    }

    private Mark applyTo(Graded g, Mark mark) {
        Double given = points.get(List.of(Reports.cell(g.student()), g.assignment(), Reports.cell(mark.gradeId())));
        if (given == null || mark.status() != Status.BY_HAND) {
            return mark;
        }
        double value = Math.min(given, mark.max());
        return new Mark(mark.gradeId(), mark.title(), Status.of(value, mark.max()), value, mark.max(),
                mark.feedback(), mark.answer(), mark.seconds());
    }
}
