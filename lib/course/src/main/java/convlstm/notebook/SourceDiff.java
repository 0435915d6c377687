package convlstm.notebook;

import com.github.difflib.text.DiffRow;
import com.github.difflib.text.DiffRowGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What two classes of {@code convlstm.layer} have in common and what not, line by line. Their source text travels in
 * the kit's jar, so that what is compared is what runs.
 *
 * @param rows the lines of both, paired
 */
public record SourceDiff(List<DiffRow> rows) {
    private static final String REMOVED = "<span style=\"background-color:#fde0c5;color:#222\">";
    private static final String ADDED = "<span style=\"background-color:#c9e2f5;color:#222\">";

    /** Compares two texts. */
    public static SourceDiff of(String left, String right) {
        return new SourceDiff(DiffRowGenerator.create()
                .showInlineDiffs(true)
                .inlineDiffByWord(true)
                .lineNormalizer(Html::escape)
                .oldTag(opens -> opens ? "<b>" : "</b>")
                .newTag(opens -> opens ? "<b>" : "</b>")
                .build()
                .generateDiffRows(left.lines().toList(), right.lines().toList()));
    }

    /** The code of a class: its source without package, imports, comments and blank lines. */
    public static String code(Class<?> type) {
        String text = source(type).replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//.*", "");
        return text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("package ") && !line.startsWith("import "))
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n"));
    }

    /** The code of one method of a class, from its first line to its closing brace. */
    public static String method(Class<?> type, String name) {
        List<String> lines = code(type).lines().toList();
        for (int first = 0; first < lines.size(); first++) {
            if (lines.get(first).matches("    \\w.* " + name + "\\(.*")) {
                int last = first + lines.subList(first, lines.size()).indexOf("    }");
                return String.join("\n", lines.subList(first, last + 1));
            }
        }
        throw new IllegalArgumentException(
                "name: expected a method of " + type.getSimpleName() + ", got '" + name + "'");
    }

    private static String source(Class<?> type) {
        String file = "/source/" + type.getName().replace('.', '/') + ".java";
        try (InputStream in = SourceDiff.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "type: expected a class of convlstm.layer, whose source the kit ships,"
                                + " got " + type.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of lines that are the same in both. */
    public int same() {
        return (int) rows.stream().filter(row -> row.getTag() == DiffRow.Tag.EQUAL).count();
    }

    /** The number of lines of which at least one text has its own. */
    public int different() {
        return rows.size() - same();
    }

    /** Both texts as one: lines of the first only begin with -, of the second only with +, and what differs is bold. */
    public String html() {
        StringBuilder s = new StringBuilder("<pre style=\"font-family:monospace\">");
        StringBuilder added = new StringBuilder();
        for (DiffRow row : rows) {
            if (row.getTag() == DiffRow.Tag.EQUAL) {
                s.append(added).append("  ").append(row.getOldLine()).append('\n');
                added.setLength(0);
                continue;
            }
            if (row.getTag() != DiffRow.Tag.INSERT) {
                s.append(REMOVED).append("- ").append(row.getOldLine()).append("</span>\n");
            }
            if (row.getTag() != DiffRow.Tag.DELETE) {
                added.append(ADDED).append("+ ").append(row.getNewLine()).append("</span>\n");
            }
        }
        return s.append(added).append("</pre>").toString();
    }
}
