package convlstm.notebook;

import convlstm.data.AtomicFile;
import convlstm.model.History;
import convlstm.model.Summary;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Tablesaw tables of what the kit measures, and how a table is shown. */
public final class Tables {
    private Tables() {}

    /** What a model costs: a row for each layer, and their total. */
    public static Table summary(String name, Summary summary) {
        StringColumn layer = StringColumn.create("layer");
        StringColumn output = StringColumn.create("output of one sample");
        LongColumn parameters = LongColumn.create("parameters");
        DoubleColumn flops = DoubleColumn.create("MFLOP per sample");
        DoubleColumn memory = DoubleColumn.create("MB per sample");
        for (Summary.Row row : summary.rows()) {
            layer.append(row.layer());
            output.append(row.output().toString());
            parameters.append(row.parameters());
            flops.append(row.flops() / 1e6);
            memory.append(row.activationBytes() / 1e6);
        }
        layer.append("total");
        output.append("");
        parameters.append(summary.parameters());
        flops.append(summary.flops() / 1e6);
        memory.append(summary.activationBytes() / 1e6);
        return Table.create(name, layer, output, parameters, flops, memory);
    }

    /** What a training did: a row for each epoch. */
    public static Table history(String name, History history) {
        return Table.create(name,
                IntColumn.create("epoch", history.epochs().stream().mapToInt(History.Epoch::epoch).toArray()),
                DoubleColumn.create("loss", history.losses()),
                DoubleColumn.create("validation loss", history.validationLosses()),
                DoubleColumn.create("time (s)",
                        history.epochs().stream().mapToDouble(History.Epoch::seconds).toArray()));
    }

    /**
     * The table as HTML, its name above it; numbers are aligned and rounded to four digits. Where no number of a column has
     * more than three, as in learning rates, all are shown as they are, without zeros at the end.
     */
    public static String html(Table table) {
        StringBuilder s = new StringBuilder("<table><caption style=\"text-align:left\"><b>")
                .append(Html.escape(table.name())).append("</b></caption>\n<thead><tr>");
        for (Column<?> column : table.columns()) {
            s.append(cell("th scope=\"col\"", "th", column, column.name()));
        }
        s.append("</tr></thead>\n<tbody>\n");
        for (int row = 0; row < table.rowCount(); row++) {
            s.append("<tr>");
            for (Column<?> column : table.columns()) {
                s.append(cell("td", "td", column, text(column, row)));
            }
            s.append("</tr>\n");
        }
        return s.append("</tbody></table>").toString();
    }

    /** The table for a terminal, its name above it; numbers are rounded to four digits. */
    public static String text(Table table) {
        Table shown = Table.create(table.name());
        for (Column<?> column : table.columns()) {
            shown.addColumns(StringColumn.create(column.name(),
                    IntStream.range(0, table.rowCount()).mapToObj(row -> text(column, row))));
        }
        return shown.print();
    }

    /** Writes the table as CSV with all digits, whole or not at all. */
    public static void csv(Table table, Path file) throws IOException {
        AtomicFile.write(file, out -> table.write().csv(out));
    }

    private static String cell(String open, String close, Column<?> column, String text) {
        String align = column instanceof NumericColumn<?> ? "right" : "left";
        return "<" + open + " style=\"text-align:" + align + "\">" + Html.escape(text) + "</" + close + ">";
    }

    private static String text(Column<?> column, int row) {
        if (column.isMissing(row)) {
            return column instanceof NumericColumn<?> ? "–" : "";
        }
        Object value = column.get(row);
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isFinite(number) && isShort(column)
                    ? new BigDecimal("" + number).stripTrailingZeros().toPlainString()
                    : number(number);
        }
        if (value instanceof Integer || value instanceof Long) {
            return String.format(Locale.ROOT, "%,d", ((Number) value).longValue());
        }
        return value.toString();
    }

    private static boolean isShort(Column<?> column) {
        return column.asObjectArray().length > 0 && Arrays.stream(column.asObjectArray())
                .filter(v -> v instanceof Number n && Double.isFinite(n.doubleValue()))
                .map(v -> new BigDecimal("" + v).stripTrailingZeros())
                .allMatch(v -> v.precision() <= 3 && v.scale() > -3 && v.scale() <= 7);
    }

    /** Four significant digits, but never fewer than all before the point. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size == 0) {
            return "0";
        }
        if (size < 1e-4 || size >= 1e9) {
            return String.format(Locale.ROOT, "%.3e", value);
        }
        int decimals = Math.clamp(3 - (int) Math.floor(Math.log10(size)), 0, 7);
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
