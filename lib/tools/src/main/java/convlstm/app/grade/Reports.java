package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.data.AtomicFile;
import convlstm.notebook.Html;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The reports of a batch. Each file is written whole or not at all; numbers have a decimal point in every country. */
final class Reports {
    static final List<String> QUESTION_COLUMNS = List.of("student", "assignment", "question", "status", "points");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?");

    private Reports() {}

    static void write(List<Graded> all, Map<String, String> others, Path folder) throws IOException {
        for (Graded g : all) {
            page(g, folder);
        }
        AtomicFile.write(folder.resolve("index.html"), Pages.overview(all, others));
        AtomicFile.write(folder.resolve("class.html"), ClassPage.html(all));
        AtomicFile.write(folder.resolve("class.csv"), csv(ClassPage.rows(all)));
        AtomicFile.write(folder.resolve("grades.json"), json(all));
        AtomicFile.write(folder.resolve("scores.csv"), csv(scores(all)));
        AtomicFile.write(folder.resolve("questions.csv"), csv(questions(all)));
        AtomicFile.write(folder.resolve("junit.xml"), junit(all));
    }

    static void page(Graded g, Path folder) throws IOException {
        AtomicFile.write(folder.resolve(Pages.fileName(g)), Pages.page(g));
    }

    /** A row for each submission. */
    static List<List<String>> scores(List<Graded> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("student", "assignment", "points", "max", "to grade by hand", "isolation", "remarks"));
        all.forEach(g -> rows.add(List.of(g.student(), g.assignment(), number(g.points()), number(g.max()),
                number(g.byHand()), g.isolation(), String.join(" ", g.remarks()))));
        return rows;
    }

    /** A row for each question of each submission; points that a person has to give are left empty. */
    static List<List<String>> questions(List<Graded> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(QUESTION_COLUMNS.stream(), Stream.of("max", "seconds")).toList());
        all.forEach(g -> g.marks().forEach(m -> rows.add(List.of(g.student(), g.assignment(), m.gradeId(),
                m.status().words(), m.status() == Status.BY_HAND ? "" : number(m.points()), number(m.max()),
                number(Math.round(m.seconds() * 100) / 100.0)))));
        return rows;
    }

    /** Every field in quotes, every number with a decimal point. */
    static String csv(List<List<String>> rows) {
        return rows.stream().map(row -> row.stream()
                .map(field -> '"' + (NUMBER.matcher(field).matches() ? field : cell(field)).replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(","))).collect(Collectors.joining("\n", "", "\n"));
    }

    static String number(double value) {
        return Double.toString(value);
    }

    /**
     * A spreadsheet takes text that begins like this for a formula, and computes it; and some take a semicolon, wherever
     * it stands, for the end of a field.
     */
    static String cell(String text) {
        String line = text.replaceAll("[\\s\\p{Z}\\p{C}]+", " ").strip();
        return line.replaceAll("(^|[;,|])([ \"']*)([=+\\-@\uFF1D\uFF0B\uFF0D\uFF20])", "$1$2'$3");
    }

    static String json(List<Graded> all) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode list = mapper.createArrayNode();
        for (Graded g : all) {
            ObjectNode node = mapper.valueToTree(g);
            node.put("points", g.points()).put("max", g.max()).put("byHand", g.byHand());
            list.add(node);
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(list) + "\n";
    }

    /** JUnit's XML: a suite for each submission, a case for each question, which fails below full points. */
    static String junit(List<Graded> all) {
        return all.stream().map(Reports::suite).collect(
                Collectors.joining("", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
                        "</testsuites>\n"));
    }

    private static String suite(Graded g) {
        long failed = g.marks().stream().filter(Reports::isFailure).count();
        long skipped = g.marks().stream().filter(m -> m.status() == Status.BY_HAND).count();
        return g.marks().stream().map(m -> "  <testcase" + attributes("classname", g.student() + "." + g.assignment(),
                "name", m.gradeId(), "time", seconds(m.seconds())) + ">" + outcome(m) + "</testcase>\n")
                .collect(Collectors.joining("", "<testsuite" + attributes("name", g.student() + " " + g.assignment(),
                        "tests", g.marks().size(), "failures", failed, "errors", 0, "skipped", skipped, "time",
                        seconds(g.seconds())) + ">\n", "</testsuite>\n"));
    }

    private static String outcome(Mark m) {
        if (m.status() == Status.BY_HAND) {
            return "<skipped" + attributes("message", m.status().words()) + "/>";
        }
        String reasons = Stream.concat(m.checks().stream().filter(c -> !c.passed())
                .map(c -> c.what() + ": " + c.reason()), m.feedback().stream()).collect(Collectors.joining("\n"));
        return !isFailure(m)
                ? ""
                : "<failure" + attributes("type", m.status().words(), "message",
                        Pages.points(m.points()) + " of " + Pages.points(m.max()) + " points") + ">"
                        + valid(reasons) + "</failure>";
    }

    private static String attributes(Object... namesAndValues) {
        StringBuilder text = new StringBuilder();
        for (int k = 0; k < namesAndValues.length; k += 2) {
            text.append(' ').append(namesAndValues[k]).append("=\"")
                    .append(valid(namesAndValues[k + 1].toString())).append('"');
        }
        return text.toString();
    }

    private static boolean isFailure(Mark mark) {
        return mark.status() != Status.CORRECT && mark.status() != Status.BY_HAND;
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** Text as XML writes it, without the characters that it cannot hold at all. */
    private static String valid(String text) {
        return Html.escape(text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "?"));
    }
}
