package convlstm.app.grade;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import jdk.jshell.ImportSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;

/** Takes cells apart, without running them, into what JShell runs one by one. */
final class Snippets {
    /** The instructor's cells are run for every question of every submission, and taken apart once. */
    private static final Map<String, List<Part>> KNOWN = new ConcurrentHashMap<>();

    private final SourceCodeAnalysis analysis;

    Snippets(SourceCodeAnalysis analysis) {
        this.analysis = analysis;
    }

    /**
     * A snippet of a cell.
     *
     * @param line the line of the cell that it begins in
     * @param declared the names of the variables, methods and types that it declares
     * @param variables those of the variables alone
     * @param importsFromCells whether it imports what another cell declares
     */
    record Part(String source, int line, Set<String> declared, Set<String> variables, boolean importsFromCells) {
        Part withSource(String other) {
            return new Part(other, line, declared, variables, importsFromCells);
        }
    }

    /** An instructor's cell, taken apart. */
    List<Part> known(String cell) {
        return KNOWN.computeIfAbsent(cell, this::parts);
    }

    /** A cell's snippets; what cannot be told apart, because it does not parse, is the last one. */
    List<Part> parts(String cell) {
        List<Part> parts = new ArrayList<>();
        String rest = cell;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo info = analysis.analyzeCompletion(rest);
            if (info.completeness() == SourceCodeAnalysis.Completeness.EMPTY) {
                break;
            }
            boolean complete = info.completeness().isComplete();
            int line = 1 + lineEnds(cell.substring(0, cell.length() - rest.length()));
            parts.add(part(complete ? info.source() : rest, line));
            rest = complete ? info.remaining() : "";
        }
        return parts;
    }

    private Part part(String source, int line) {
        Set<String> declared = new LinkedHashSet<>();
        Set<String> variables = new LinkedHashSet<>();
        boolean importsFromCells = false;
        for (Snippet snippet : analysis.sourceToSnippets(source)) {
            switch (snippet) {
                case VarSnippet v when v.subKind() != Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND ->
                    variables.add(v.name());
                case MethodSnippet m -> declared.add(m.name());
                case TypeDeclSnippet t -> declared.add(t.name());
                case ImportSnippet i -> importsFromCells |= i.fullname().startsWith("REPL");
                default -> {
                } // declares nothing
            }
        }
        declared.addAll(variables);
        return new Part(source, line, declared, variables, importsFromCells);
    }

    static int lineEnds(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    /** The names that each of these cells declares. */
    static List<Set<String>> declaredIn(List<String> cells) {
        try (JShell parser = JShell.builder().executionEngine("local").build()) {
            Snippets snippets = new Snippets(parser.sourceCodeAnalysis());
            return cells.stream().map(cell -> snippets.parts(cell).stream().flatMap(p -> p.declared().stream())
                    .collect(Collectors.toSet())).toList();
        }
    }
}
