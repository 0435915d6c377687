package convlstm.app.grade;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in a student's cells what computes an answer instead of the student: the kit's own layers and backends, the
 * checks' explainer, and reflection, by which all of them can be reached. What the instructor's solutions use themselves
 * is no shortcut.
 */
final class Shortcuts {
    private static final Pattern NOT_CODE = Pattern.compile("\"\"\"[\\s\\S]*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*+\""
            + "|'(?:[^'\\\\\\n]|\\\\.)[^'\\n]{0,5}'|//[^\\n]*|/\\*[\\s\\S]*?\\*/");

    /** What is looked for, and how a remark calls it. */
    private enum Kind {
        CHECKS("the checks' own solutions", "ErrorExplainer|GradientMicroscope|KitLayers|FollowThrough|PaperStep"
                + "|convlstm\\s*\\.\\s*instructor"),
        LAYERS("the kit's own layers", "ConvLstm2d(?:Cell)?|Lstm(?:Cell)?|Conv2d|Recurrent|Hybrid|Models|PaperModel"
                + "|convlstm\\s*\\.\\s*(?:layer|model)"),
        BACKENDS("the kit's backends", "Backends?|convlstm\\s*\\.\\s*backend"),
        REFLECTION("reflection", "getDeclared\\w+|getMethods?|setAccessible|forName|MethodHandles?|ClassLoader|JShell"
                + "|java\\s*\\.\\s*lang\\s*\\.\\s*(?:reflect|invoke)");

        private final String words;
        private final Pattern pattern;

        Kind(String words, String pattern) {
            this.words = words;
            this.pattern = Pattern.compile("(?<![\\w$])(?:" + pattern + ")(?![\\w$])");
        }
    }

    private Shortcuts() {}

    /**
     * Remarks for the instructor, one for each kind found; none for an honest answer.
     *
     * @param answers the cells that a student wrote
     * @param solutions the instructor's solutions and the other cells that students are given
     */
    static List<String> in(List<String> answers, List<String> solutions) {
        String given = code(String.join("\n", solutions));
        List<String> remarks = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Set<String> used = words(kind, code(String.join("\n", answers)));
            used.removeAll(words(kind, given));
            if (!used.isEmpty()) {
                remarks.add("Look at it: an answer uses " + kind.words + ": " + String.join(", ", used) + ".");
            }
        }
        return remarks;
    }

    private static Set<String> words(Kind kind, String code) {
        Set<String> words = new LinkedHashSet<>();
        Matcher matcher = kind.pattern.matcher(code);
        while (matcher.find()) {
            words.add(matcher.group().replaceAll("\\s", ""));
        }
        return words;
    }

    /** The text without strings and comments. */
    private static String code(String text) {
        return NOT_CODE.matcher(text).replaceAll(" ");
    }
}
