package convlstm.evidence;

import static convlstm.tensor.Arguments.require;

import convlstm.data.AtomicFile;
import convlstm.data.DataFormatException;
import convlstm.data.Shipped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The rows of one experiment, in memory and in its CSV file. A row is there once and whole: the file is written anew
 * under another name and moved into place with each row, so that whoever kills the program loses the training under way
 * and nothing else. A file that is damaged, or made under other settings, is refused and left as it is.
 */
public final class Results {
    private static final List<String> BEFORE = List.of("experiment", "arm", "seed", "rate", "weights", "multiply_adds",
            "sequences", "epochs", "validation");
    private static final List<String> AFTER = List.of("seconds", "backend", "version");

    private final Path path;
    private final Experiment experiment;
    private final Map<Run, Row> rows = new LinkedHashMap<>();

    private Results(Path path, Experiment experiment) {
        this.path = path;
        this.experiment = experiment;
    }

    /**
     * Reads the experiment's file in a folder; without one there are no rows yet.
     *
     * @throws DataFormatException if a line is damaged, there twice, or made under other settings
     */
    public static Results open(Path folder, Experiment experiment) throws IOException {
        Results results = new Results(folder.resolve(experiment.name() + ".csv"), experiment);
        if (Files.exists(results.path)) {
            results.read();
        }
        return results;
    }

    /** The rows that come with the kit, in its folder {@code data/evidence}. */
    public static Results shipped(Experiment experiment) throws IOException {
        return open(Shipped.folder().resolve("evidence"), experiment);
    }

    /** What the rows are of. */
    public Experiment experiment() {
        return experiment;
    }

    /** The file, which is there once the first row is. */
    public Path path() {
        return path;
    }

    /** All rows, in the order in which they were added. */
    public synchronized List<Row> rows() {
        return List.copyOf(rows.values());
    }

    /** The arm of that name: itself, or that of its two ways to train for which the search found the smaller loss. */
    public String chosen(String name) {
        List<String> ways = experiment.arms().stream()
                .filter(arm -> arm.equals(name) || Forecasting.name(arm).equals(name)).toList();
        require(!ways.isEmpty(), "arm", "one of " + experiment.names(), "'" + name + "'");
        return ways.size() == 1
                ? ways.getFirst()
                : ways.stream().min(Comparator.comparingDouble(
                        arm -> found(arm).map(row -> row.outcome().validation()).orElse(Double.MAX_VALUE))).get();
    }

    /** The rows that count: those of an arm at the rate that the search chose, in the order of their seeds. */
    public List<Row> of(String name) {
        String arm = chosen(name);
        Optional<Double> rate = rate(arm);
        return rows().stream().filter(r -> r.run().arm().equals(arm) && !r.run().search())
                .filter(r -> rate.isEmpty() || r.run().rate() == rate.get())
                .sorted(Comparator.comparingLong(r -> r.run().seed())).toList();
    }

    /** An arm's name as prose has it: its file has no commas in names. */
    public static String label(String arm) {
        return arm.replace(" then ", ", then ");
    }

    /** One metric of an arm, one number for each seed. */
    public double[] values(String arm, String metric) {
        int at = experiment.metrics().indexOf(metric);
        require(at >= 0, "metric", "one of " + experiment.metrics(), "'" + metric + "'");
        return of(arm).stream().mapToDouble(r -> r.outcome().metrics()[at]).toArray();
    }

    /** The mean over several metrics of an arm, such as the frames in the dark: one number for each seed. */
    public double[] means(String arm, String... metrics) {
        double[] sum = new double[of(arm).size()];
        for (String metric : metrics) {
            double[] values = values(arm, metric);
            Arrays.setAll(sum, k -> sum[k] + values[k] / metrics.length);
        }
        return sum;
    }

    /** How {@link #means} differ from seed to seed. */
    public Spread spread(String arm, String... metrics) {
        return Spread.of(means(arm, metrics));
    }

    /**
     * By how much the {@link #means} of one arm exceed another's, paired: a seed gives every arm the same training
     * sequences, so each difference is taken between trainings of the same seed.
     *
     * @throws IllegalArgumentException if they have fewer than two seeds in common
     */
    public Spread difference(String arm, String other, String... metrics) {
        Map<Long, Double> means = of(other).stream()
                .collect(Collectors.toMap(r -> r.run().seed(), r -> mean(r.outcome(), metrics)));
        return Spread.of(of(arm).stream().mapMultiToDouble((r, differences) -> {
            Double mean = means.get(r.run().seed());
            if (mean != null) {
                differences.accept(mean(r.outcome(), metrics) - mean);
            }
        }).toArray());
    }

    /**
     * A sentence that says which of two arms has the smaller error and by how much, or between which numbers the
     * difference lies if the seeds do not decide its sign. That is not to say that there is none.
     */
    public String against(String arm, String other, String... metrics) {
        Spread by = difference(other, arm, metrics);
        String verdict = by.decided()
                ? String.format(Locale.ROOT, "%s is better, by %.3f ± %.3f", by.mean() > 0 ? arm : other,
                        Math.abs(by.mean()), by.half())
                : String.format(Locale.ROOT, "not decided, the difference lies between %.3f and %.3f",
                        by.mean() - by.half(), by.mean() + by.half());
        return String.format(Locale.ROOT, "%s %.3f, %s %.3f: %s", arm, spread(arm, metrics).mean(), other,
                spread(other, metrics).mean(), verdict);
    }

    /**
     * By how much the first arm of each pair has the smaller error, seed by seed, with 95 % intervals: negative where its
     * error is the larger one, "not decided" where 0 lies in the interval. That is not to say that there is no difference.
     *
     * @param title of the table
     * @param columns the metrics to average, by the name of their column
     * @param pairs two arms each
     */
    @SafeVarargs
    public final Table leads(String title, Map<String, String[]> columns, List<String>... pairs) {
        StringColumn who = StringColumn.create("comparison");
        Table table = Table.create(title, who);
        columns.keySet().forEach(name -> table.addColumns(StringColumn.create(name)));
        for (List<String> pair : pairs) {
            who.append(pair.get(0) + " against " + pair.get(1));
            columns.forEach((column, metrics) -> {
                Spread lead = difference(pair.get(1), pair.get(0), metrics);
                table.stringColumn(column).append(String.format(Locale.ROOT, "%+.3f ± %.3f%s", lead.mean(), lead.half(),
                        lead.decided() ? "" : ", not decided"));
            });
        }
        return table;
    }

    /** The mean over several metrics of one training. */
    public double mean(Outcome outcome, String... metrics) {
        return Arrays.stream(metrics).mapToDouble(m -> outcome.metrics()[experiment.metrics().indexOf(m)]).average()
                .orElseThrow();
    }

    /**
     * Compares a training that was just done with the rows of its arm.
     *
     * @return a sentence with both numbers
     * @throws IllegalStateException if the mean over the metrics lies outside the 95 % prediction interval of the rows
     */
    public String compare(String arm, Outcome live, String... metrics) {
        Spread stored = spread(arm, metrics);
        double now = mean(live, metrics);
        String sentence = String.format(Locale.ROOT, "%s: %.3f now, %s in %d stored trainings", arm, now, stored,
                stored.n());
        if (!stored.expects(now)) {
            throw new IllegalStateException(sentence + ": outside what one more training is expected to reach");
        }
        return sentence + ": within their spread";
    }

    /**
     * One line for each arm: how many seeds, what they were trained with, and the means of some metrics with their 95 %
     * intervals.
     *
     * @param title of the table
     * @param columns the metrics to average, by the name of their column
     */
    public Table table(String title, Map<String, String[]> columns) {
        StringColumn arm = StringColumn.create("arm");
        IntColumn seeds = IntColumn.create("seeds");
        DoubleColumn rate = DoubleColumn.create("rate");
        DoubleColumn ofU = DoubleColumn.create("rate of U");
        LongColumn weights = LongColumn.create("weights");
        LongColumn multiplyAdds = LongColumn.create("multiply-adds");
        Table table = Table.create(title, arm, seeds, rate, ofU, weights, multiplyAdds);
        columns.keySet().forEach(name -> table.addColumns(StringColumn.create(name)));
        for (String name : experiment.names()) {
            List<Row> of = of(name);
            if (of.size() < 2) {
                continue; // no interval yet
            }
            arm.append(name);
            seeds.append(of.size());
            rate.append(of.getFirst().run().rate());
            ofU.append(of.getFirst().run().rate() * Forecasting.share(of.getFirst().run().arm()));
            weights.append(of.getFirst().outcome().weights());
            multiplyAdds.append(of.getFirst().outcome().multiplyAdds());
            columns.forEach((column, metrics) -> table.stringColumn(column).append(spread(name, metrics).toString()));
        }
        return experiment.names().equals(experiment.arms()) ? table.removeColumns(ofU) : table;
    }

    /** Whether a training was done. */
    public synchronized boolean has(Run run) {
        return rows.containsKey(run);
    }

    /**
     * Adds a row, in memory and on the disk.
     *
     * @throws IllegalArgumentException if it is there already, or does not fit the experiment
     */
    public synchronized void add(Row row) throws IOException {
        check(row);
        if (rows.containsKey(row.run())) {
            throw new IllegalArgumentException("row: " + row.run() + " is in " + path + " already");
        }
        Map<Run, Row> more = new LinkedHashMap<>(rows);
        more.put(row.run(), row);
        AtomicFile.write(path, header() + "\n"
                + more.values().stream().map(r -> line(r) + "\n").collect(Collectors.joining()));
        rows.put(row.run(), row);
    }

    /** The learning rate that the search chose for an arm; empty while the search is not complete. */
    public synchronized Optional<Double> rate(String arm) {
        List<Double> rates = experiment.rates(experiment.searchedWith(arm));
        if (rates.size() == 1) {
            return Optional.of(rates.getFirst());
        }
        return found(arm).map(row -> row.run().rate());
    }

    /** The best training of an arm's search; empty while the search is not complete. */
    private synchronized Optional<Row> found(String arm) {
        String searched = experiment.searchedWith(arm);
        List<Double> rates = experiment.rates(searched);
        List<Row> search = rates.stream().map(rate -> rows.get(new Run(searched, Run.SEARCH, rate)))
                .filter(Objects::nonNull).toList();
        return search.size() < rates.size()
                ? Optional.empty()
                : search.stream().min(Comparator.comparingDouble(row -> row.outcome().validation()));
    }

    /** The trainings of the search for learning rates that some arms need and that are missing. */
    public List<Run> openSearch(List<String> arms) {
        return experiment.rates().size() == 1
                ? List.of()
                : arms.stream().map(experiment::searchedWith).distinct()
                        .flatMap(arm -> experiment.rates(arm).stream().map(rate -> new Run(arm, Run.SEARCH, rate)))
                        .filter(run -> !has(run)).toList();
    }

    /**
     * The trainings of some arms that are missing once their search is complete: seed by seed, so that a program that is
     * stopped leaves them with about as many seeds.
     */
    public List<Run> open(List<String> arms, int seeds) {
        LongFunction<Stream<Run>> ofSeed = seed -> arms.stream()
                .filter(arm -> seed == 1 || experiment.seeds(arm) > 1)
                .map(arm -> new Run(arm, seed, rate(arm).orElseThrow(() -> new IllegalStateException(
                        path + ": the search for the rate of " + arm + " is not complete"))));
        return Stream.iterate(1L, seed -> seed <= seeds, seed -> seed + 1).flatMap(ofSeed::apply)
                .filter(run -> !has(run)).toList();
    }

    private String header() {
        return Stream.of(BEFORE, experiment.metrics(), AFTER).flatMap(List::stream).collect(Collectors.joining(","));
    }

    private String line(Row row) {
        Outcome o = row.outcome();
        List<String> fields = new ArrayList<>(List.of(experiment.name(), row.run().arm(), "" + row.run().seed(),
                "" + row.run().rate(), "" + o.weights(), "" + o.multiplyAdds(), "" + o.sequences(), "" + o.epochs(),
                "" + (float) o.validation()));
        Arrays.stream(o.metrics()).forEach(m -> fields.add("" + (float) m));
        fields.addAll(List.of("" + Math.round(10 * row.seconds()) / 10.0, row.backend(), experiment.version()));
        return String.join(",", fields);
    }

    private void check(Row row) {
        require(experiment.arms().contains(row.run().arm()), "arm", "one of " + experiment.arms(),
                "'" + row.run().arm() + "'");
        require(row.outcome().metrics().length == experiment.metrics().size(), "metrics", experiment.metrics(),
                row.outcome().metrics().length + " numbers");
    }

    private void read() throws IOException {
        String text = Files.readString(path, StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        if (!text.startsWith(header() + "\n")) {
            throw damaged(1, header(), lines.isEmpty() ? "nothing" : lines.getFirst());
        }
        if (!text.endsWith("\n")) {
            throw damaged(lines.size(), "a line that ends", lines.getLast());
        }
        for (int n = 2; n <= lines.size(); n++) {
            Row row = parse(n, lines.get(n - 1));
            if (rows.putIfAbsent(row.run(), row) != null) {
                throw damaged(n, "each training once", row.run() + " a second time");
            }
        }
    }

    private Row parse(int n, String line) throws DataFormatException {
        String[] fields = line.split(",", -1);
        int M = experiment.metrics().size();
        if (fields.length != BEFORE.size() + M + AFTER.size()) {
            throw damaged(n, BEFORE.size() + M + AFTER.size() + " fields", line);
        }
        String version = fields[fields.length - 1];
        if (!version.equals(experiment.version())) {
            throw new DataFormatException(path + ", line " + n, "version " + experiment.version()
                    + ", these settings: " + experiment.settings(), "version " + version,
                    "the settings have changed since; move the file away to begin anew, or go back to the commit that"
                            + " made it");
        }
        if (!fields[0].equals(experiment.name()) || !experiment.arms().contains(fields[1])) {
            throw damaged(n, "experiment " + experiment.name() + ", an arm of " + experiment.arms(), line);
        }
        try {
            double[] metrics = new double[M];
            Arrays.setAll(metrics, m -> Double.parseDouble(fields[BEFORE.size() + m]));
            Run run = new Run(fields[1], Long.parseLong(fields[2]), Double.parseDouble(fields[3]));
            Outcome outcome = new Outcome(Long.parseLong(fields[4]), Long.parseLong(fields[5]),
                    Integer.parseInt(fields[6]), Integer.parseInt(fields[7]), Double.parseDouble(fields[8]), metrics);
            double seconds = Double.parseDouble(fields[BEFORE.size() + M]);
            return new Row(run, outcome, seconds, fields[BEFORE.size() + M + 1]);
        } catch (NumberFormatException e) {
            throw (DataFormatException) damaged(n, "numbers", line).initCause(e);
        }
    }

    private DataFormatException damaged(int line, String expected, String got) {
        return new DataFormatException(path + ", line " + line, expected, got,
                "the file was changed or damaged; restore it with git checkout, or move it away to begin anew");
    }
}
