package convlstm.app.grade;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
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
import org.jspecify.annotations.Nullable;

/** Takes cells apart into what JShell runs one by one. */
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
     * @param member whether it declares a method or a type
     * @param imported what it imports; empty if nothing
     */
    record Part(String source, int line, Set<String> declared, boolean member, String imported) {}

    List<Part> known(String cell) {
        return KNOWN.computeIfAbsent(cell, text -> {
            List<Part> all = new ArrayList<>();
            parts(text).forEach(all::add);
            return List.copyOf(all);
        });
    }

    /**
     * A cell's snippets, each looked at when it is asked for: what it declares may depend on what the one before it
     * declared. What cannot be told apart, because it does not parse, is the last one.
     */
    Iterable<Part> parts(String cell) {
        return () -> new Iterator<>() {
            private String rest = cell;
            private int line = 1;
            private SourceCodeAnalysis.@Nullable CompletionInfo info;

            @Override
            public boolean hasNext() {
                info = rest.isBlank() ? null : info == null ? analysis.analyzeCompletion(rest) : info;
                return info != null && info.completeness() != SourceCodeAnalysis.Completeness.EMPTY;
            }

            @Override
            public Part next() {
                if (!hasNext() || info == null) {
                    throw new NoSuchElementException();
                }
                SourceCodeAnalysis.CompletionInfo now = info;
                boolean complete = now.completeness().isComplete();
                Part part = part(complete ? now.source() : rest, line);
                String remaining = complete ? now.remaining() : "";
                line += lineEnds(rest.substring(0, rest.length() - remaining.length()));
                rest = remaining;
                info = null;
                return part;
            }
        };
    }

    private Part part(String source, int line) {
        Set<String> declared = new LinkedHashSet<>();
        boolean member = false;
        String imported = "";
        for (Snippet snippet : analysis.sourceToSnippets(source)) {
            declared.addAll(declaredBy(snippet));
            member |= snippet instanceof MethodSnippet || snippet instanceof TypeDeclSnippet;
            imported = snippet instanceof ImportSnippet i ? i.fullname() : imported;
        }
        return new Part(source, line, declared, member, imported);
    }

    /** The names that a snippet gives a meaning. */
    static Set<String> declaredBy(Snippet snippet) {
        return switch (snippet) {
            case VarSnippet v when v.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND -> Set.of();
            case VarSnippet v -> Set.of(v.name());
            case MethodSnippet m -> Set.of(m.name());
            case TypeDeclSnippet t -> Set.of(t.name());
            default -> Set.of();
        };
    }

    static int lineEnds(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    static List<Set<String>> declaredIn(List<String> cells) {
        try (JShell parser = JShell.builder().executionEngine("local").build()) {
            Snippets snippets = new Snippets(parser.sourceCodeAnalysis());
            return cells.stream().map(cell -> snippets.known(cell).stream().flatMap(p -> p.declared().stream())
                    .collect(Collectors.toSet())).toList();
        }
    }
}
