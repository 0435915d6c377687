package convlstm.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;

/** What to say of a name that the compiler does not know. */
final class Names {
    private static final String KIT = "convlstm.";

    private final JShell shell;

    Names(JShell shell) {
        this.shell = shell;
    }

    /**
     * Hints, one a line.
     *
     * @param kind what the compiler looked for: variable, method, class
     * @param position of the name in the source, or of the point before it
     */
    List<String> unknown(String kind, String name, String source, int position) {
        List<String> hints = new ArrayList<>();
        int at = source.indexOf(name, position);
        Optional<String> near = at < 0 ? Optional.empty() : nearest(kind, name, source.substring(0, at));
        near.ifPresent(other -> hints.add("Hint: did you mean " + other + "?"));
        boolean member = at > 0 && source.substring(0, at).stripTrailing().endsWith(".");
        if (member || at < 0) {
            return hints;
        }
        if (kind.equals("class") || Character.isUpperCase(name.charAt(0))) {
            List<String> classes = shell.sourceCodeAnalysis().listQualifiedNames(name, name.length()).getNames()
                    .stream()
                    .sorted(Comparator.comparing((String full) -> !full.startsWith(KIT)).thenComparing(full -> full))
                    .limit(2).toList();
            classes.forEach(full -> hints.add("Hint: there is " + full + ": import " + full + ";"));
        }
        if (kind.equals("variable") && source.substring(at + name.length()).matches("(?s)\\s*=[^=].*")) {
            hints.add("Hint: a new variable needs its type: var " + name + " = ...");
        }
        if (!setUp()) {
            hints.add(
                    "Hint: the set-up cell, with the notebook's imports, has not run: choose Run, Run All Above Selected"
                            + " Cell, then run this one again.");
        } else if (near.isEmpty() && hints.isEmpty()) {
            hints.add("Hint: the imports have run; if a cell further up declares it, run that one.");
        }
        return hints;
    }

    private boolean setUp() {
        return shell.imports().anyMatch(i -> i.fullname().startsWith(KIT) && shell.status(i).isActive());
    }

    /** The name that fits in this place and is spelled most alike, if one is. */
    private Optional<String> nearest(String kind, String name, String before) {
        boolean called = kind.equals("method") || before.stripTrailing().endsWith("new");
        List<String> known = shell.sourceCodeAnalysis().completionSuggestions(before, before.length(), new int[1])
                .stream()
                .map(SourceCodeAnalysis.Suggestion::continuation)
                .filter(suggestion -> !suggestion.isEmpty() && !suggestion.contains("$"))
                .filter(suggestion -> called == suggestion.contains("("))
                .filter(suggestion -> kind.equals("class") == Character.isUpperCase(suggestion.codePointAt(0)))
                .map(suggestion -> suggestion.replaceFirst("\\(.*", "").strip())
                .distinct()
                .toList();
        return known.stream()
                .filter(other -> !other.equals(name) && distance(name, other) <= Math.max(1, name.length() / 3))
                .min(Comparator.comparingInt((String other) -> distance(name, other)).thenComparing(other -> other));
    }

    /** How many letters to change, add, leave out or swap; a capital for a small one is no change. */
    static int distance(String a, String b) {
        String s = a.toLowerCase(Locale.ROOT);
        String t = b.toLowerCase(Locale.ROOT);
        int[][] d = new int[s.length() + 1][t.length() + 1];
        for (int i = 0; i <= s.length(); i++) {
            for (int j = 0; j <= t.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = s.charAt(i - 1) == t.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                if (i > 1 && j > 1 && s.charAt(i - 1) == t.charAt(j - 2) && s.charAt(i - 2) == t.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
                }
            }
        }
        return d[s.length()][t.length()];
    }
}
