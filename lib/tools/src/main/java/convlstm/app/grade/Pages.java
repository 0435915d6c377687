package convlstm.app.grade;

import static convlstm.notebook.Html.escape;

import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.app.grade.Job.Check;
import convlstm.course.Checks;
import convlstm.notebook.Html;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The reports as web pages that need nothing but themselves. */
final class Pages {
    /** Blue for points, orange for none: told apart by every eye; the words say the same. */
    static final String STYLE = """
            body { font: 1em/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
            table { border-collapse: collapse } th, td { border: 1px solid #bbb; padding: .25em .6em; text-align: left }
            td.n { text-align: right } pre { background: #f5f5f5; padding: .6em; overflow-x: auto; white-space: pre-wrap }
            .CORRECT { background: #c6dbef } .PARTIAL { background: #e6f0f8 } .BY_HAND { background: #eee }
            .WRONG, .TOO_SLOW, .TOO_MUCH_MEMORY, .ENDED_JAVA, .NOT_GRADED { background: #fdd9b5 }
            .UNANSWERED, .MISSING, .UNREADABLE { background: #fff }
            h2 span { font-weight: normal; padding: 0 .5em; margin-left: .5em } ul.checks { list-style: none; padding-left: 0 }
            .checks li { padding: .1em .5em; margin: .2em 0; border-left: .3em solid }
            .pass { border-color: #08519c } .fail { border-color: #d94801; background: #feedde }
            .fail b { color: #a63603 } .hidden-head { margin-bottom: 0; font-style: italic }
            td.bar { min-width: 10em } td.bar div { background: #6baed6; height: 1em }
            .warn { border: 2px solid #d94801; padding: .4em .8em }
            """;

    private Pages() {}

    /** Where a submission's page goes: letters and digits of its path, and a number that tells others apart. */
    static String fileName(Graded g) {
        String name = g.path().replaceFirst("\\.ipynb$", "").replaceAll("[^\\p{L}\\p{N}_-]+", "-");
        String shortened = name.substring(0, Math.min(80, name.length()));
        return "pages/" + shortened + "-" + Inbox.fingerprint(g.path().getBytes(StandardCharsets.UTF_8)).substring(0, 8)
                + ".html";
    }

    /** One submission: what each question is worth and why. */
    static String page(Graded g) {
        StringBuilder s = new StringBuilder("<h1>").append(escape(g.student())).append(": ")
                .append(escape(g.assignment().isEmpty() ? g.path() : g.assignment())).append("</h1>\n<p><b>")
                .append(total(g)).append("</b></p>\n");
        list(s, g.remarks().stream().filter(remark -> !remark.startsWith("Look at it")).toList());
        for (Mark m : g.marks()) {
            s.append("<h2>").append(escape(m.title().isEmpty() ? m.gradeId() : m.title()))
                    .append("<span class=\"").append(m.status()).append("\">").append(sign(m.status())).append(' ')
                    .append(worth(m)).append("</span></h2>\n");
            list(s, m.feedback());
            Set<String> said = new HashSet<>();
            checks(s, m.checks().stream().filter(c -> !c.hidden()).toList(), said);
            List<Check> hidden = m.checks().stream().filter(Check::hidden).toList();
            if (!hidden.isEmpty()) {
                s.append("<p class=\"hidden-head\">Checked after you handed in:</p>\n");
                checks(s, hidden, said);
            }
            details(s, "what your code printed", m.printed());
            details(s, "what you handed in", m.answer());
        }
        return Html.page(g.student() + " " + g.assignment(), STYLE, s.toString());
    }

    private static String worth(Mark m) {
        return m.status() == Status.BY_HAND
                ? "up to " + points(m.max()) + ", " + m.status().words()
                : points(m.points()) + " of " + points(m.max()) + ", " + m.status().words();
    }

    private static String sign(Status status) {
        return switch (status) {
            case CORRECT -> "\u2714";
            case PARTIAL -> "\u25D0";
            case BY_HAND -> "\u270E";
            case UNANSWERED, MISSING -> "\u25CB";
            default -> "\u2718";
        };
    }

    /** @param said the reasons that stand above: each is given once */
    private static void checks(StringBuilder s, List<Check> checks, Set<String> said) {
        if (!checks.isEmpty()) {
            s.append("<ul class=\"checks\">\n");
            checks.forEach(c -> s.append(c.passed()
                    ? "<li class=\"pass\">\u2714 passed, " + points(c.points()) + " of " + points(c.points()) + ": "
                            + escape(c.what())
                    : "<li class=\"fail\"><b>" + (Checks.isOpen(c.reason()) ? "\u25CB open" : "\u2718 failed")
                            + ", 0 of " + points(c.points()) + ":</b> " + escape(c.what())
                            + "<br>" + (said.add(c.reason()) ? escape(c.reason()) : "as above"))
                    .append('\n'));
            s.append("</ul>\n");
        }
    }

    private static void details(StringBuilder s, String summary, String text) {
        if (!text.isEmpty()) {
            s.append("<details><summary>").append(summary).append("</summary><pre>").append(escape(text))
                    .append("</pre></details>\n");
        }
    }

    private static void list(StringBuilder s, List<String> lines) {
        if (!lines.isEmpty()) {
            s.append("<ul>\n");
            lines.forEach(line -> s.append("<li>").append(escape(line)).append('\n'));
            s.append("</ul>\n");
        }
    }

    /** All submissions, assignment by assignment: a row for each, a column for each question; and the other files. */
    static String overview(List<Graded> all, Map<String, String> others) {
        StringBuilder s = new StringBuilder(
                "<h1>Grades</h1>\n<p><a href=\"class.html\">the class as a whole</a></p>\n");
        if (all.stream().anyMatch(g -> g.isolation().equals(Isolation.WARNING))) {
            s.append("<p class=\"warn\">").append(Isolation.WARNING).append("</p>\n");
        }
        Map<String, List<Graded>> byAssignment = all.stream()
                .collect(Collectors.groupingBy(Graded::assignment, LinkedHashMap::new, Collectors.toList()));
        byAssignment.forEach((assignment, list) -> {
            s.append("<h2>").append(assignment.isEmpty() ? "Of no assignment" : escape(assignment)).append("</h2>\n");
            s.append("<table>\n<tr><th>student<th>points");
            list.getFirst().marks().forEach(m -> s.append("<th>").append(escape(m.gradeId())));
            s.append("<th>remarks\n");
            list.forEach(g -> row(s, g));
            s.append("</table>\n");
        });
        if (!others.isEmpty()) {
            s.append("<h2>Files that were not graded</h2>\n").append(table(List.of("file", "why"),
                    others.entrySet().stream().map(e -> List.of(e.getKey(), e.getValue()))));
        }
        return Html.page("Grades", STYLE, s.toString());
    }

    static String table(List<String> columns, Stream<List<String>> rows) {
        return "<table>\n<tr><th>" + String.join("<th>", columns) + "\n" + rows.map(row -> "<tr><td>"
                + row.stream().map(Html::escape).collect(Collectors.joining("<td>")) + "\n")
                .collect(Collectors.joining()) + "</table>\n";
    }

    private static void row(StringBuilder s, Graded g) {
        s.append("<tr><td><a href=\"").append(escape(fileName(g))).append("\">").append(escape(g.student()))
                .append("</a><td>").append(total(g));
        for (Mark m : g.marks()) {
            String words = m.status() == Status.CORRECT || m.status() == Status.PARTIAL || m.status() == Status.WRONG
                    ? ""
                    : " " + m.status().words();
            s.append("<td class=\"").append(m.status()).append("\">").append(sign(m.status())).append(' ')
                    .append(m.status() == Status.BY_HAND ? "up to " : points(m.points()) + " of ")
                    .append(points(m.max())).append(words);
        }
        s.append("<td>").append(escape(String.join(" ", g.remarks()))).append('\n');
    }

    private static String total(Graded g) {
        return points(g.points()) + " of " + points(g.max() - g.byHand())
                + (g.byHand() > 0 ? " so far; up to " + points(g.byHand()) + " more are given by hand" : "");
    }

    /** Points as they are written: 3, 2.5, 0.33. */
    static String points(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }
}
