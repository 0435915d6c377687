package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.Shipped;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;

/**
 * Compares the outputs stored in a notebook with those of a new run of it.
 *
 * <ul>
 * <li>Each cell must put out the same number and kinds of outputs. What it prints counts as one output.
 * <li>Text must be the same, but for its numbers, for runs of white space, and for what a machine decides: numbers with
 * a unit of time or speed, paths, versions of three parts or more, and what follows the name of a backend.
 * <li>Table columns whose header has a unit of time or speed are not compared.
 * <li>Whole numbers must be the same. Other numbers may differ by a thousandth of the largest one in their column (in
 * text: of themselves) and by one unit of the last digit shown. Numbers below 0.0001 are taken for rounding errors:
 * they may be smaller, or up to a hundred times larger, or anything up to a millionth.
 * <li>Pictures must be of the same type, their width and height the same within a tenth (fonts differ), their bytes
 * within a factor of two.
 * </ul>
 *
 * <p>Two tags in a cell's metadata loosen this. {@code trained}: all numbers, whole ones too, may differ by a twentieth,
 * since rounding grows from step to step of a training, and a number with a deviation, as in 0.21 ± 0.09, by that
 * deviation more. {@code varies}: the output is a measurement or a list that
 * depends on the machine; only number and kinds of outputs, and pictures, are compared.
 */
final class StoredOutputs {
    static final String TRAINED = "trained";
    static final String VARIES = "varies";
    private static final int DIGEST = 12;
    /** A call at the top level of a cell that puts something out, by the words that the notebooks use. */
    private static final Pattern PUTS_OUT = Pattern.compile("(?m)^(show|say|display|Exercise\\.of|System\\.out)\\b");

    private static final double EXACT = 1e-3;
    private static final double LOOSE = 5e-2;
    private static final double ROUNDING = 1e-4;
    private static final double PIXELS = 1.1;
    private static final double BYTES = 2;

    private static final String DIGITS = "[-+]?\\d[\\d,]*(?:\\.\\d+)?(?:[eE][-+]?\\d+)?";
    private static final Pattern NUMBER = Pattern.compile("(?<![\\p{L}\\d_.])" + DIGITS);
    private static final String UNITS = "ns|µs|ms|s|min|GFLOP/s|GB/s";
    private static final Pattern MEASURED_COLUMN = Pattern
            .compile("\\((?:" + UNITS + ")\\)|GFLOP/s|GB/s|times as fast|share of (?:the )?peak");
    private static final List<Rule> MACHINE = List.of(
            new Rule("(?m)^(?:reference|simd|nd4j|cuda): .*$", "(backend)"),
            new Rule("(?<![\\p{L}\\d/.:])(?:[A-Za-z]:)?(?:[/\\\\][\\w.@-]+){2,}[/\\\\]?", "(path)"),
            new Rule("(?<![\\p{L}\\d.])\\d+\\.\\d+\\.\\d+[\\w.+-]*", "(version)"),
            new Rule("(?<![\\p{L}\\d_.])" + DIGITS + "\\s?(?:" + UNITS + ")(?![\\p{L}\\d/])", "(time or speed)"));
    private static final Pattern IMAGE = Pattern
            .compile("<img alt=\"([^\"]*)\"[^>]* src=\"data:(image/\\w+);base64,([^\"]*)\"[^>]*>");
    private static final Pattern TABLE = Pattern.compile("<table>.*?</table>", Pattern.DOTALL);
    private static final Pattern CAPTION = Pattern.compile("<caption[^>]*>(.*?)</caption>", Pattern.DOTALL);
    private static final Pattern ROW = Pattern.compile("<tr>(.*?)</tr>", Pattern.DOTALL);
    private static final Pattern CELL = Pattern.compile("<t[hd][^>]*>(.*?)</t[hd]>", Pattern.DOTALL);

    private StoredOutputs() {}

    /** A difference, found somewhere inside; the message says where and what. */
    private static final class Difference extends Exception {
        private static final long serialVersionUID = 1;

        Difference(String message) {
            super(message);
        }
    }

    /** What a machine decides, and what stands for it when texts are compared. */
    private record Rule(Pattern pattern, String name) {
        Rule(String regex, String name) {
            this(Pattern.compile(regex), name);
        }
    }

    /** One output: its kind and, by MIME type or stream name, what is in it. */
    private record Output(String kind, Map<String, String> data) {}

    /**
     * The first difference that matters in each cell of a notebook and an executed copy of it, with the notebook's name and
     * the cell's number (1 is the first, text cells counted); empty if there is none.
     */
    static List<String> differences(Path notebook, Path executed) {
        JsonNode stored = cells(notebook);
        JsonNode again = cells(executed);
        List<String> found = new ArrayList<>();
        for (int k = 0; k < stored.size(); k++) {
            JsonNode cell = stored.get(k);
            if (cell.path("cell_type").asText().equals("code")) {
                try {
                    compare(cell, again.path(k));
                } catch (Difference e) {
                    found.add(String.format(Locale.ROOT, "%s, cell %d (%s): %s", notebook.getFileName(), k + 1,
                            firstLine(cell),
                            e.getMessage()));
                }
            }
        }
        return found;
    }

    /**
     * The code cells of a notebook that are newer than the outputs stored in it, as its refresh noted, and those that put
     * something out and have no output.
     */
    static List<String> stale(Path notebook) throws IOException {
        JsonNode all = new ObjectMapper().readTree(notebook.toFile());
        List<String> found = new ArrayList<>();
        for (JsonNode cell : all.path("cells")) {
            if (!cell.path("cell_type").asText().equals("code")) {
                continue;
            }
            String code = text(cell.path("source"));
            String id = cell.path("id").asText();
            String noted = all.path("metadata").path(RadarCells.OUTPUTS_OF).path(id).asText();
            if (!noted.equals(Shipped.sha256(code.getBytes(StandardCharsets.UTF_8)).substring(0, DIGEST))) {
                found.add(notebook.getFileName() + ", cell " + id + " (" + firstLine(cell)
                        + "): its code is newer than its outputs");
            }
            String outputs = cell.path("outputs").toString();
            if (outputs.length() < 3 && PUTS_OUT.matcher(code).find()
                    || code.matches("(?s)(.*\n)?show\\(.*") && !outputs.contains("text/html")) {
                found.add(notebook.getFileName() + ", cell " + id + " (" + firstLine(cell)
                        + "): it shows something, and no such output is stored");
            }
        }
        return found;
    }

    private static List<String> tags(JsonNode cell) {
        return elements(cell.path("metadata").path("tags")).map(JsonNode::asText).toList();
    }

    private static JsonNode cells(Path notebook) {
        try {
            return new ObjectMapper().readTree(notebook.toFile()).path("cells");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A cell's first line of code, comments left out. */
    private static String firstLine(JsonNode cell) {
        return text(cell.path("source")).lines().filter(line -> !line.matches("\\s*(/[/*].*|\\*.*)?")).findFirst()
                .orElse("");
    }

    private static void compare(JsonNode cell, JsonNode again) throws Difference {
        List<String> tags = tags(cell);
        List<Output> stored = outputs(cell);
        List<Output> now = outputs(again);
        if (!kinds(stored).equals(kinds(now))) {
            throw new Difference("its outputs were, as stored, " + kinds(stored) + ", now " + kinds(now));
        }
        double tolerance = tags.contains(TRAINED) ? LOOSE : EXACT;
        for (int k = 0; k < stored.size(); k++) {
            try {
                compare(stored.get(k), now.get(k), tolerance, tags.contains(VARIES));
            } catch (Difference e) {
                throw new Difference("output " + (k + 1) + " of " + stored.size() + ", " + e.getMessage());
            }
        }
    }

    /** What a cell displayed, in order, then each stream as a whole: the two reach Jupyter on different ways. */
    private static List<Output> outputs(JsonNode cell) {
        List<Output> outputs = new ArrayList<>();
        Map<String, String> streams = new TreeMap<>();
        for (JsonNode out : cell.path("outputs")) {
            if (out.has("name")) {
                streams.merge(out.path("name").asText(), text(out.path("text")), String::concat);
            } else {
                Map<String, String> data = new TreeMap<>();
                out.path("data").properties().forEach(e -> data.put(e.getKey(), text(e.getValue())));
                outputs.add(new Output(out.path("output_type").asText(), data));
            }
        }
        streams.forEach((name, printed) -> outputs.add(new Output("stream", Map.of(name, printed))));
        return outputs;
    }

    private static List<String> kinds(List<Output> outputs) {
        return outputs.stream().map(o -> o.kind + " " + String.join(" and ", o.data.keySet())).toList();
    }

    private static void compare(Output stored, Output now, double tolerance, boolean varies) throws Difference {
        for (String type : stored.data.keySet()) {
            String a = stored.data.get(type);
            String b = now.data.getOrDefault(type, "");
            if (type.startsWith("image/")) {
                comparePictures(type, a, type, b);
            } else if (type.equals("text/html")) {
                compareHtml(a, b, tolerance, varies);
            } else if (!varies && !stored.data.containsKey("text/html")) { // else made from the HTML
                compareText("text", a, b, tolerance);
            }
        }
    }

    // ---- HTML: pictures, tables, and the rest as text

    private static void compareHtml(String stored, String now, double tolerance, boolean varies) throws Difference {
        List<MatchResult> pictures = matches(IMAGE, stored);
        List<MatchResult> picturesNow = matches(IMAGE, now);
        requireSame("pictures", pictures.size(), picturesNow.size());
        for (int k = 0; k < pictures.size(); k++) {
            MatchResult a = pictures.get(k);
            MatchResult b = picturesNow.get(k);
            comparePictures(a.group(2), a.group(3), b.group(2), b.group(3));
            if (!varies) {
                compareText("a picture's description", a.group(1), b.group(1), tolerance);
            }
        }
        List<MatchResult> tables = matches(TABLE, stored);
        List<MatchResult> tablesNow = matches(TABLE, now);
        requireSame("tables", tables.size(), tablesNow.size());
        if (varies) {
            return;
        }
        for (int k = 0; k < tables.size(); k++) {
            compareTables(tables.get(k).group(), tablesNow.get(k).group(), tolerance);
        }
        compareText("text", rest(stored), rest(now), tolerance);
    }

    private static String rest(String html) {
        return TABLE.matcher(IMAGE.matcher(html).replaceAll("")).replaceAll("").replaceAll("<[^>]*>", "");
    }

    private static void compareTables(String stored, String now, double tolerance) throws Difference {
        String caption = matches(CAPTION, stored).stream().map(m -> m.group(1).replaceAll("<[^>]*>", ""))
                .findFirst().orElse("");
        String table = "table \"" + caption + "\"";
        compareText(table, caption, matches(CAPTION, now).stream().map(m -> m.group(1).replaceAll("<[^>]*>", ""))
                .findFirst().orElse(""), tolerance);
        List<List<String>> a = rows(stored);
        List<List<String>> b = rows(now);
        requireSame(table + ", rows", a.size(), b.size());
        for (int r = 0; r < a.size(); r++) {
            requireSame(table + ", columns", a.get(r).size(), b.get(r).size());
            for (int c = 0; c < a.get(r).size(); c++) {
                String header = a.getFirst().get(c);
                String where = table + ", row " + r + ", column \"" + header + "\"";
                boolean measured = r > 0 && MEASURED_COLUMN.matcher(header).find();
                String x = a.get(r).get(c);
                String y = b.get(r).get(c);
                if (isNumber(x) && isNumber(y) && !measured) {
                    compareNumbers(where, x, y, tolerance, largest(a, c));
                } else if (!measured) {
                    compareText(where, x, y, tolerance);
                } else if (isNumber(x) != isNumber(y)) {
                    throw new Difference(where + ": expected a number as in '" + x + "', got '" + y + "'");
                }
            }
        }
    }

    private static List<List<String>> rows(String table) {
        return matches(ROW, table).stream()
                .map(row -> matches(CELL, row.group(1)).stream().map(c -> c.group(1).replaceAll("<[^>]*>", "").strip())
                        .toList())
                .toList();
    }

    private static double largest(List<List<String>> rows, int column) {
        return rows.stream().filter(row -> column < row.size()).map(row -> row.get(column))
                .filter(StoredOutputs::isNumber).mapToDouble(x -> Math.abs(value(x))).max().orElse(0);
    }

    // ---- text and numbers

    private static void compareText(String where, String stored, String now, double tolerance) throws Difference {
        String a = withoutMachine(stored);
        String b = withoutMachine(now);
        List<String> words = List.of(NUMBER.matcher(a).replaceAll("#").strip().split("\\s+"));
        List<String> wordsNow = List.of(NUMBER.matcher(b).replaceAll("#").strip().split("\\s+"));
        for (int k = 0; k < Math.max(words.size(), wordsNow.size()); k++) {
            if (k >= words.size() || k >= wordsNow.size() || !words.get(k).equals(wordsNow.get(k))) {
                throw new Difference(where + ": stored '" + around(words, k) + "', now '" + around(wordsNow, k)
                        + "' (# for a number)");
            }
        }
        List<MatchResult> numbers = matches(NUMBER, a);
        List<MatchResult> numbersNow = matches(NUMBER, b);
        for (int k = 0; k < numbers.size(); k++) {
            String x = numbers.get(k).group();
            String line = where + " '" + lineOf(a, numbers.get(k).start()) + "'";
            if (tolerance == LOOSE && a.startsWith(" ± ", numbers.get(k).end())) {
                compareWithDeviation(line, x, numbersNow.get(k).group(), numbers.get(++k).group());
            } else {
                compareNumbers(line, x, numbersNow.get(k).group(), tolerance, Math.abs(value(x)));
            }
        }
    }

    private static void compareWithDeviation(String where, String stored, String now, String deviation)
            throws Difference {
        double allowed = LOOSE * Math.abs(value(stored)) + value(deviation);
        if (!(Math.abs(value(stored) - value(now)) <= allowed)) {
            throw new Difference("%s: stored %s ± %s, now %s".formatted(where, stored, deviation, now));
        }
    }

    private static String withoutMachine(String text) {
        String masked = text;
        for (Rule rule : MACHINE) {
            masked = rule.pattern.matcher(masked).replaceAll(rule.name);
        }
        return masked;
    }

    private static String around(List<String> words, int k) {
        return words.stream().skip(Math.max(0, k - 3)).limit(8).collect(Collectors.joining(" "));
    }

    private static String lineOf(String text, int at) {
        int end = text.indexOf('\n', at);
        return text.substring(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length() : end).strip();
    }

    private static void compareNumbers(String where, String stored, String now, double tolerance, double scale)
            throws Difference {
        double a = value(stored);
        double b = value(now);
        if (a == b || Math.abs(a) < ROUNDING && Math.abs(b) < Math.max(1e-6, 100 * Math.abs(a))) {
            return;
        }
        boolean exact = tolerance == EXACT && !fraction(stored) && !fraction(now);
        double allowed = exact ? 0 : tolerance * scale + Math.min(lastDigit(stored), lastDigit(now));
        if (!(Math.abs(a - b) <= allowed)) {
            throw new Difference("%s: stored %s, now %s, %s".formatted(where, stored, now,
                    exact
                            ? "and whole numbers should be the same"
                            : String.format(Locale.ROOT, "further apart than %.2g", allowed)));
        }
    }

    private static boolean isNumber(String text) {
        return text.matches(DIGITS);
    }

    private static boolean fraction(String number) {
        return number.contains(".") || number.contains("e") || number.contains("E");
    }

    private static double value(String number) {
        return Double.parseDouble(number.replace(",", ""));
    }

    /** What one unit of the last digit shown is worth: 0.01 in 1.25, 0.001e-7 in 1.250e-7. */
    private static double lastDigit(String number) {
        String[] parts = number.split("[eE]");
        int point = parts[0].indexOf('.');
        int decimals = point < 0 ? 0 : parts[0].length() - point - 1;
        return Math.pow(10, (parts.length > 1 ? Integer.parseInt(parts[1]) : 0) - decimals);
    }

    // ---- pictures

    private static void comparePictures(String type, String stored, String typeNow, String now) throws Difference {
        if (!type.equals(typeNow)) {
            throw new Difference("a picture: stored " + type + ", now " + typeNow);
        }
        BufferedImage a = picture(stored);
        BufferedImage b = picture(now);
        if (apart(a.getWidth(), b.getWidth(), PIXELS) || apart(a.getHeight(), b.getHeight(), PIXELS)) {
            throw new Difference(String.format(Locale.ROOT, "a picture: stored %d x %d pixels, now %d x %d",
                    a.getWidth(), a.getHeight(),
                    b.getWidth(), b.getHeight()));
        }
        if (apart(stored.length(), now.length(), BYTES)) {
            throw new Difference(
                    String.format(Locale.ROOT, "a picture: stored %,d bytes, now %,d", stored.length() * 3 / 4,
                            now.length() * 3 / 4));
        }
    }

    private static BufferedImage picture(String base64) throws Difference {
        try {
            BufferedImage image = ImageIO
                    .read(new ByteArrayInputStream(Base64.getMimeDecoder().decode(base64)));
            if (image != null) {
                return image;
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new Difference("a picture: cannot be read, " + e.getMessage());
        }
        throw new Difference("a picture: its bytes are none");
    }

    private static boolean apart(double a, double b, double factor) {
        return a > b * factor || b > a * factor;
    }

    // ---- odds and ends

    private static void requireSame(String what, int stored, int now) throws Difference {
        if (stored != now) {
            throw new Difference(what + ": stored " + stored + ", now " + now);
        }
    }

    private static List<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().toList();
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /** A notebook stores text as one string or as a list of lines. */
    private static String text(JsonNode node) {
        return node.isArray() ? elements(node).map(JsonNode::asText).collect(Collectors.joining()) : node.asText();
    }
}
