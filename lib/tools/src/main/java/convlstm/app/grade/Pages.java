package convlstm.app.grade;

import static convlstm.notebook.Html.escape;

import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.notebook.Html;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The reports as web pages that need nothing but themselves. */
final class Pages {
    /** Blue for points, orange for none: told apart by every eye; the words say the same. */
    private static final String STYLE = """
            body { font: 1em/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
            table { border-collapse: collapse } th, td { border: 1px solid #bbb; padding: .25em .6em; text-align: left }
            td.n { text-align: right } pre { background: #f5f5f5; padding: .6em; overflow-x: auto; white-space: pre-wrap }
            .CORRECT { background: #c6dbef } .PARTIAL { background: #e6f0f8 } .BY_HAND { background: #eee }
            .WRONG, .TOO_SLOW, .TOO_MUCH_MEMORY, .ENDED_JAVA, .NOT_GRADED { background: #fdd9b5 }
            .UNANSWERED, .MISSING, .UNREADABLE { background: #fff }
            h2 span { font-weight: normal; padding: 0 .5em }
            """;

    private Pages() {}

    /** Where a submission's page goes: letters and digits of its path, and a number that tells others apart. */
    static String fileName(Graded g) {
        String name = g.path().replaceFirst("\\.ipynb$", "").replaceAll("[^\\p{L}\\p{N}_-]+", "-");
        String shortened = name.substring(0, Math.min(80, name.length()));
        return "pages/" + shortened + "-" + Integer.toHexString(g.path().hashCode()) + ".html";
    }

    /** One submission: what each question is worth and why. */
    static String page(Graded g) {
        StringBuilder s = new StringBuilder("<h1>").append(escape(g.student())).append(": ")
                .append(escape(g.assignment().isEmpty() ? g.path() : g.assignment())).append("</h1>\n<p><b>")
                .append(total(g)).append("</b></p>\n");
        list(s, g.remarks());
        for (Mark m : g.marks()) {
            s.append("<h2>").append(escape(m.title().isEmpty() ? m.gradeId() : m.title()))
                    .append("<span class=\"").append(m.status()).append("\">").append(points(m.points()))
                    .append(" of ").append(points(m.max())).append(", ").append(m.status().words())
                    .append("</span></h2>\n");
            list(s, m.feedback());
            if (!m.answer().isEmpty()) {
                s.append("<details><summary>what was handed in</summary><pre>").append(escape(m.answer()))
                        .append("</pre></details>\n");
            }
        }
        return Html.page(g.student() + " " + g.assignment(), STYLE, s.toString());
    }

    private static void list(StringBuilder s, List<String> lines) {
        if (!lines.isEmpty()) {
            s.append("<ul>\n");
            lines.forEach(line -> s.append("<li>").append(escape(line)).append('\n'));
            s.append("</ul>\n");
        }
    }

    /** All submissions, assignment by assignment: a row for each, a column for each question. */
    static String overview(List<Graded> all) {
        StringBuilder s = new StringBuilder("<h1>Grades</h1>\n");
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
        return Html.page("Grades", STYLE, s.toString());
    }

    private static void row(StringBuilder s, Graded g) {
        s.append("<tr><td><a href=\"").append(escape(fileName(g))).append("\">").append(escape(g.student()))
                .append("</a><td>").append(total(g));
        for (Mark m : g.marks()) {
            String words = m.status() == Status.CORRECT || m.status() == Status.PARTIAL || m.status() == Status.WRONG
                    ? ""
                    : " " + m.status().words();
            s.append("<td class=\"").append(m.status()).append("\">").append(points(m.points())).append(" of ")
                    .append(points(m.max())).append(words);
        }
        s.append("<td>").append(escape(String.join(" ", g.remarks()))).append('\n');
    }

    private static String total(Graded g) {
        return points(g.points()) + " of " + points(g.max())
                + (g.byHand() > 0 ? ", " + points(g.byHand()) + " of them still to be graded by hand" : "");
    }

    /** Points as they are written: 3, 2.5, 0.33. */
    static String points(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }
}
