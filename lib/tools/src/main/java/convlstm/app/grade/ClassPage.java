package convlstm.app.grade;

import static convlstm.notebook.Html.escape;

import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.app.grade.Job.Check;
import convlstm.notebook.Html;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The class as a whole, for the next lesson to begin with: what it got, and which mistakes it made how often. */
final class ClassPage {
    private static final Pattern LIKELY = Pattern.compile("Likely: ([^.]+)");
    private ClassPage() {}

    /**
     * A question as the class answered it.
     *
     * @param counted the marks of those who have one already
     * @param mistakes how many students made each, the most frequent first
     */
    private record Asked(String assignment, Mark first, List<Mark> counted, int unanswered,
            Map<String, Integer> mistakes) {
        double share() {
            return counted.isEmpty()
                    ? Double.NaN
                    : counted.stream().mapToDouble(Mark::points).sum() / counted.stream().mapToDouble(Mark::max).sum();
        }

        String percent() {
            return counted.isEmpty() ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * share());
        }
    }

    private static List<Asked> asked(List<Graded> all) {
        Map<List<String>, List<Mark>> byQuestion = new LinkedHashMap<>();
        all.forEach(g -> g.marks().stream().filter(m -> !m.gradeId().isEmpty()).forEach(m -> byQuestion
                .computeIfAbsent(List.of(g.assignment(), m.gradeId()), k -> new ArrayList<>()).add(m)));
        List<Asked> questions = new ArrayList<>();
        byQuestion.forEach((key, marks) -> {
            Map<String, Integer> counts = new TreeMap<>();
            marks.forEach(m -> mistakes(m).forEach(name -> counts.merge(name, 1, Integer::sum)));
            Map<String, Integer> sorted = counts.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
            questions.add(new Asked(key.getFirst(), marks.getFirst(),
                    marks.stream().filter(m -> m.status() != Status.BY_HAND && m.status() != Status.NOT_GRADED)
                            .toList(),
                    (int) marks.stream().filter(ClassPage::isUnanswered).count(), sorted));
        });
        return questions;
    }

    private static boolean isUnanswered(Mark m) {
        return m.status() == Status.UNANSWERED || m.status() == Status.MISSING;
    }

    /** Each once for a student, however many checks it fails: by its name, or else by the check. */
    private static Set<String> mistakes(Mark m) {
        Set<String> names = new LinkedHashSet<>();
        for (Check check : m.checks()) {
            Matcher likely = LIKELY.matcher(check.reason());
            if (!check.passed() && likely.find()) {
                names.add(likely.group(1));
            }
        }
        if (names.isEmpty()) {
            m.checks().stream().filter(c -> !c.passed()).findFirst()
                    .ifPresent(c -> names.add("fails \"" + c.what() + "\", without a name"));
        }
        if (names.isEmpty() && m.points() < m.max() && m.status() != Status.BY_HAND) {
            names.add(m.status() == Status.WRONG ? "does not compile, or has another name" : m.status().words());
        }
        return names;
    }

    static String html(List<Graded> all) {
        StringBuilder s = new StringBuilder(
                "<h1>The class</h1>\n<p><a href=\"index.html\">student by student</a></p>\n");
        Map<String, List<Asked>> byAssignment = asked(all).stream()
                .collect(Collectors.groupingBy(Asked::assignment, LinkedHashMap::new, Collectors.toList()));
        byAssignment.forEach((assignment, questions) -> {
            long students = all.stream().filter(g -> g.assignment().equals(assignment)).count();
            s.append("<h2>").append(escape(assignment)).append(", ").append(students)
                    .append(" students</h2>\n<table>\n")
                    .append("<tr><th>question<th>share of its points<th><th>all<th>some<th>none<th>unanswered\n");
            for (Asked q : questions) {
                long full = q.counted().stream().filter(m -> m.status() == Status.CORRECT).count();
                long some = q.counted().stream().filter(m -> m.status() == Status.PARTIAL).count();
                s.append("<tr><td>")
                        .append(escape(q.first().title().isEmpty() ? q.first().gradeId() : q.first().title()))
                        .append("<td class=\"n\">").append(q.percent()).append("<td class=\"bar\">");
                if (!q.counted().isEmpty()) {
                    s.append("<div style=\"width: ").append(Math.round(100 * q.share())).append("%\"></div>");
                }
                for (long n : new long[] {full, some, q.counted().size() - full - some - q.unanswered(),
                    q.unanswered()}) {
                    s.append("<td class=\"n\">").append(n);
                }
                s.append('\n');
            }
            s.append("</table>\n<h3>Mistakes</h3>\n").append(Pages.table(List.of("question", "mistake", "students"),
                    questions.stream().flatMap(q -> q.mistakes().entrySet().stream()
                            .map(e -> List.of(q.first().gradeId(), e.getKey(), e.getValue().toString())))));
        });
        s.append("<h2>Remarks</h2>\n").append(Pages.table(List.of("student", "assignment", "remark"), all.stream()
                .flatMap(g -> g.remarks().stream().map(remark -> List.of(g.student(), g.assignment(), remark)))));
        return Html.page("The class", Pages.STYLE, s.toString());
    }

    /** The same as a table: for each question a row with its share, then one for each mistake. */
    static List<List<String>> rows(List<Graded> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("assignment", "question", "what", "students", "of", "share"));
        for (Asked q : asked(all)) {
            String of = Integer.toString(q.counted().size());
            rows.add(List.of(q.assignment(), q.first().gradeId(), "share of its points", of, of,
                    q.counted().isEmpty() ? "" : Reports.number(Math.round(1000 * q.share()) / 1000.0)));
            q.mistakes().forEach((name, count) -> rows.add(List.of(q.assignment(), q.first().gradeId(), name,
                    count.toString(), of, q.counted().isEmpty()
                            ? ""
                            : Reports.number(Math.round(1000.0 * count / q.counted().size()) / 1000.0))));
        }
        return rows;
    }
}
