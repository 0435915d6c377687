package convlstm.app;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import convlstm.notebook.Tables;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.io.csv.CsvReadOptions;

/** The rows of a benchmark's CSV file, of several machines, as text: what is not measured anew keeps every digit. */
final class BenchRows {
    /** The columns that tell machines apart. */
    private static final List<String> MACHINE = List.of("processor", "threads", "bits", "held to");

    private BenchRows() {}

    /** The rows of a table, from column to text. */
    static List<Map<String, String>> of(Table table) {
        return IntStream.range(0, table.rowCount()).mapToObj(row -> {
            Map<String, String> cells = new LinkedHashMap<>();
            table.columns().forEach(c -> cells.put(c.name(), c.isMissing(row) ? "" : c.getUnformattedString(row)));
            return cells;
        }).toList();
    }

    /** The rows of a file; none if there is no such file. */
    static List<Map<String, String>> read(Path file) throws IOException {
        return !Files.exists(file)
                ? List.of()
                : of(Table.read().usingOptions(CsvReadOptions.builder(new StringReader(Files.readString(file)))
                        .columnTypes(name -> ColumnType.STRING).missingValueIndicator("")));
    }

    /** Writes {@link #merged} to the file, and gives it back. */
    static List<Map<String, String>> store(Path file, Table fresh) throws IOException {
        List<Map<String, String>> rows = merged(read(file), of(fresh));
        Tables.csv(Table.create(fresh.columnNames().stream().<Column<?>>map(name -> StringColumn.create(name,
                rows.stream().map(row -> cell(row, name))))), file);
        return rows;
    }

    /** Fresh rows in place of those of the same workload on the same machine; all others stay. A workload's are together. */
    static List<Map<String, String>> merged(List<Map<String, String>> old, List<Map<String, String>> fresh) {
        Set<List<String>> replaced = new LinkedHashSet<>();
        fresh.forEach(row -> replaced.add(place(row)));
        List<Map<String, String>> all = new ArrayList<>(Stream.concat(
                old.stream().filter(row -> !replaced.contains(place(row))), fresh.stream()).toList());
        List<String> order = BenchWorkload.all().stream().map(BenchWorkload::name).toList();
        all.sort(Comparator.comparing((Map<String, String> row) -> order.indexOf(row.get("workload")))
                .thenComparing(row -> machine(row).toString()));
        return all;
    }

    private static List<String> machine(Map<String, String> row) {
        return MACHINE.stream().map(name -> cell(row, name)).toList();
    }

    private static List<String> place(Map<String, String> row) {
        return Stream.concat(Stream.of(cell(row, "workload")), machine(row).stream()).toList();
    }

    /**
     * Each machine in a line, and below them for each workload the kit's fastest backend beside the fastest peer: of
     * the machine that was measured last and held to nothing; of the others folded.
     */
    static String summary(List<Map<String, String>> rows) {
        Map<String, Set<String>> peaks = new LinkedHashMap<>();
        rows.forEach(r -> peaks.computeIfAbsent("- " + words(r) + ". Measured on " + cell(r, "measured"),
                m -> new LinkedHashSet<>()).add(BenchTable.number(number(r, "FMA peak (GFLOP/s)"))));
        StringBuilder text = new StringBuilder();
        peaks.forEach((m, p) -> text.append(m + ", FMA peak of all cores: " + String.join(" and ", p) + " GFLOP/s.\n"));
        String last = rows.stream().max(Comparator.comparing(row -> cell(row, "held to").isEmpty() // "false" < "true"
                + cell(row, "measured"))).map(BenchRows::words).orElse("");
        String shown = table(rows.stream().filter(row -> words(row).equals(last)), false);
        String others = table(rows.stream().filter(row -> !words(row).equals(last)), true);
        String more = "\n<details>\n<summary>Other machines</summary>\n\n" + others + "\n</details>\n";
        return text + (others.lines().count() == 2 ? "\n" + shown : "\nOn " + last + ":\n\n" + shown + more);
    }

    private static String table(Stream<Map<String, String>> rows, boolean machines) {
        var lines = new StringBuilder("| | model | " + (machines ? "machine | " : "") + "kit | ms per step | GFLOP/s |"
                + " share of peak | fastest peer | ms per step | the kit is | first step, kit and peer |\n|---|---|"
                + (machines ? "---|" : "") + "---|---:|---:|---:|---|---:|---:|---:|");
        var places = rows.collect(groupingBy(BenchRows::place, LinkedHashMap::new, toList()));
        places.values().forEach(place -> fastest(place, true).ifPresent(kit -> {
            Map<String, String> p = fastest(place, false).orElse(Map.of());
            String times = BenchTable.times(number(kit, "times as fast as the fastest peer"));
            lines.append("\n" + BenchTable.row(cell(kit, "workload"),
                    cell(kit, "model") + (machines ? " | " + shortly(kit) : ""), cell(kit, "contestant"),
                    BenchTable.number(number(kit, "step median (ms)")), BenchTable.number(number(kit, "GFLOP/s")),
                    BenchTable.percent(number(kit, "share of peak")), p.isEmpty() ? "–" : cell(p, "contestant"),
                    BenchTable.number(number(p, "step median (ms)")),
                    cell(kit, "disturbed").isEmpty() ? times : times.replace("*", "") + " (disturbed)",
                    BenchTable.seconds(number(kit, "first step (ms)"))
                            + (p.isEmpty() ? "" : ", " + BenchTable.seconds(number(p, "first step (ms)")))));
        }));
        return lines + "\n";
    }

    private static String words(Map<String, String> row) {
        return BenchMachine.words(cell(row, "processor"), cell(row, "threads"), cell(row, "bits"),
                cell(row, "held to"));
    }

    private static String shortly(Map<String, String> row) {
        return cell(row, "processor") + ", "
                + (cell(row, "held to").isEmpty() ? cell(row, "bits") + " bits" : cell(row, "held to"));
    }

    private static Optional<Map<String, String>> fastest(List<Map<String, String>> place, boolean ours) {
        return place.stream().filter(row -> BenchContestant.isOurs(cell(row, "contestant")) == ours)
                .min(Comparator.comparingDouble(row -> number(row, "step median (ms)")));
    }

    /**
     * How long measuring a workload takes, in seconds, by what is stored of the same contestants, be it of another machine;
     * where nothing is, a guess.
     */
    static double seconds(List<Map<String, String>> rows, BenchOptions options, String workload) {
        List<Map<String, String>> known = rows.stream().filter(row -> workload.equals(cell(row, "workload"))).toList();
        return BenchContestant.chosen(options).stream().mapToDouble(who -> known.isEmpty()
                ? 12
                : known.stream().filter(row -> who.name().equals(cell(row, "contestant"))).findFirst()
                        .map(row -> seconds(row, options)).orElse(0.0))
                .sum();
    }

    /** Start, first epoch, warming up and turns. */
    private static double seconds(Map<String, String> row, BenchOptions options) {
        double epoch = number(row, "first epoch (s)");
        double step = number(row, "step median (ms)") / 1e3;
        return number(row, "start (s)") + (Double.isNaN(epoch) ? BenchRun.EPOCH_SECONDS : epoch)
                + Math.max(options.warmSeconds(), step) + options.repeats() * Math.max(BenchRun.TURN_SECONDS, step);
    }

    /** NaN where the cell is empty. */
    static double number(Map<String, String> row, String column) {
        String cell = cell(row, column);
        return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
    }

    private static String cell(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }
}
