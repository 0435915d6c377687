package convlstm.app.grade;

import convlstm.app.grade.Job.Remark;
import convlstm.app.grade.Snippets.Part;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.SnippetEvent;
import jdk.jshell.UnresolvedReferenceException;

/** Runs cells as a notebook's kernel does, snippet by snippet, in a Java of its own with limits. */
final class Shell implements AutoCloseable {
    private static final String SOURCE_MARK = "   in: ";
    private static final int OUTPUT_CHARACTERS = 20_000;
    private static final ScheduledExecutorService CLOCK = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

    private final RemoteJava java;
    private final JShell shell;
    private final Snippets snippets;
    private final LimitedOutput out = new LimitedOutput(OUTPUT_CHARACTERS);
    private final LimitedOutput err = new LimitedOutput(OUTPUT_CHARACTERS);
    private volatile boolean timedOut;
    private volatile boolean gone;

    /**
     * Starts a Java.
     *
     * @param flags its JVM flags
     * @param classPath what cells can use
     */
    Shell(List<String> flags, String classPath, Path folder) throws IOException {
        java = new RemoteJava(flags, classPath, folder);
        try {
            shell = JShell.builder().executionEngine(java, Map.of())
                    .compilerOptions("--add-modules", "jdk.incubator.vector")
                    .out(new PrintStream(out, true, StandardCharsets.UTF_8))
                    .err(new PrintStream(err, true, StandardCharsets.UTF_8))
                    .build();
        } catch (IllegalStateException e) {
            String said = java.said();
            java.close();
            throw new IOException("a Java to run cells in did not start: " + (said.isEmpty() ? e : said), e);
        }
        shell.addToClasspath(classPath); // as a compiler option it would hide what is added later
        shell.onShutdown(closed -> gone = true);
        snippets = new Snippets(shell.sourceCodeAnalysis());
        shell.eval("import module java.base;");
        shell.eval("import static " + KernelMethods.class.getName() + ".*;");
    }

    /** Lets cells from now on use another jar. */
    void addToClassPath(String jar) {
        shell.addToClasspath(jar);
    }

    /** Whether the Java still runs; if not, {@link #end} says why. */
    boolean isAlive() {
        return !gone && java.isAlive();
    }

    /** Why the Java is gone. */
    Job.End end() throws IOException {
        if (timedOut) {
            return Job.End.TIME;
        }
        try {
            return java.death() == RemoteJava.Death.MEMORY ? Job.End.MEMORY : Job.End.EXIT;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /** What was printed since the last call. */
    String takeOutput() {
        return out.take();
    }

    String takeErrors() {
        return err.take();
    }

    /**
     * Runs a cell. A snippet that fails does not keep the next ones from being run.
     *
     * @param limit after so many seconds the Java is ended
     */
    List<Remark> run(Job.Step step, double limit) {
        ScheduledFuture<?> alarm = alarm(limit);
        List<Remark> remarks = new ArrayList<>();
        try {
            for (Part part : step.byStudent() ? snippets.parts(step.source()) : snippets.known(step.source())) {
                if (!isAlive()) {
                    break;
                }
                Optional<String> taken = part.declared().stream().filter(step.reserved()::contains).findFirst();
                if (taken.isPresent()) {
                    remarks.add(new Remark(step.cell(), "line " + part.line() + ": the name " + taken.get()
                            + " belongs to the assignment; this declaration of it was not run"));
                } else if (step.byStudent() && part.importsFromCells()) {
                    remarks.add(new Remark(step.cell(), "line " + part.line() + ": not run, since cells import"
                            + " from libraries and not from each other"));
                } else {
                    evaluate(part).forEach(text -> remarks.add(new Remark(step.cell(), text)));
                }
            }
        } catch (IllegalStateException e) { // closed, because its Java is gone
        } finally {
            alarm.cancel(false);
        }
        return remarks;
    }

    /**
     * Runs the cell that gives the points. Its variables get names that no other cell can know, so that none can use
     * them; and the points come back over JShell's own connection, behind a word that none can know either: whatever is
     * printed does not count.
     *
     * @return the value of its last expression; empty if there is none
     */
    OptionalDouble score(Job.Step step, double limit, List<Remark> remarks) {
        String nonce = "n" + UUID.randomUUID().toString().replace("-", "");
        List<Part> known = snippets.known(step.source());
        Set<String> variables = known.stream().flatMap(p -> p.variables().stream()).collect(Collectors.toSet());
        List<Part> parts = known.stream()
                .map(p -> p.withSource(Source.rename(p.source(), variables, name -> name + "_" + nonce))).toList();
        if (parts.isEmpty() || !isAlive()) {
            return OptionalDouble.empty();
        }
        ScheduledFuture<?> alarm = alarm(limit);
        try {
            for (Part part : parts.subList(0, parts.size() - 1)) {
                evaluate(part).forEach(text -> remarks.add(new Remark(step.cell(), forTest(text, nonce))));
            }
            String last = parts.getLast().source().strip();
            String expression = last.endsWith(";") ? last.substring(0, last.length() - 1) : last;
            Part wrapped = parts.getLast().withSource(
                    "\"" + nonce + " \".concat(java.lang.String.valueOf(" + expression + "))");
            List<SnippetEvent> events = isAlive() ? shell.eval(wrapped.source()) : List.of();
            for (SnippetEvent event : events) {
                problems(event, wrapped).forEach(
                        text -> remarks.add(new Remark(step.cell(), forTest(text, nonce))));
                String value = event.value();
                if (value != null && value.startsWith("\"" + nonce + " ") && value.endsWith("\"")) {
                    return number(value.substring(nonce.length() + 2, value.length() - 1));
                }
            }
            return OptionalDouble.empty();
        } catch (IllegalStateException e) { // closed, because its Java is gone
            return OptionalDouble.empty();
        } finally {
            alarm.cancel(false);
        }
    }

    /** A problem of a test as a student may read it: without the test's text, some of which is hidden. */
    private static String forTest(String problem, String nonce) {
        return problem.replace("_" + nonce, "").replaceFirst("^line \\d+", "a check")
                .replaceFirst(SOURCE_MARK + "[\\s\\S]*", "");
    }

    private static OptionalDouble number(String text) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private ScheduledFuture<?> alarm(double seconds) {
        return CLOCK.schedule(() -> {
            timedOut = true;
            java.kill();
        }, Math.round(Math.max(seconds, 0) * 1000), TimeUnit.MILLISECONDS);
    }

    /** Runs a snippet and says what is wrong with it. */
    private List<String> evaluate(Part part) {
        return shell.eval(part.source()).stream().filter(event -> event.causeSnippet() == null)
                .flatMap(event -> problems(event, part).stream()).toList();
    }

    private List<String> problems(SnippetEvent event, Part part) {
        JShellException thrown = event.exception();
        if (thrown != null) {
            return List.of(describe(thrown, part));
        }
        return switch (event.status()) {
            case REJECTED -> shell.diagnostics(event.snippet()).filter(Diag::isError)
                    .map(diag -> compileError(diag, part)).toList();
            case RECOVERABLE_DEFINED, RECOVERABLE_NOT_DEFINED -> {
                String missing = shell.unresolvedDependencies((DeclarationSnippet) event.snippet())
                        .collect(Collectors.joining(", "));
                yield List.of("line " + part.line() + ": nothing so far declares " + missing);
            }
            default -> List.of();
        };
    }

    private static String compileError(Diag diag, Part part) {
        String source = part.source();
        int at = Math.clamp(diag.getPosition(), 0, source.length());
        int line = part.line() + Snippets.lineEnds(source.substring(0, at));
        String text = source.lines().skip(line - part.line()).findFirst().orElse("").strip();
        return "line " + line + " does not compile: " + diag.getMessage(Locale.ENGLISH).replace("\n", " ")
                + (text.isEmpty() ? "" : SOURCE_MARK + text);
    }

    private static String describe(JShellException thrown, Part part) {
        if (thrown instanceof UnresolvedReferenceException unresolved) {
            return "line " + part.line() + ": " + unresolved.getSnippet().name()
                    + " was called, which does not compile or uses something that is not there";
        }
        String name = thrown instanceof EvalException e ? e.getExceptionClassName() : thrown.getClass().getName();
        String where = Arrays.stream(thrown.getStackTrace()).findFirst()
                .map(frame -> " (in " + frame.getMethodName() + ")")
                .filter(text -> !text.contains("do_it"))
                .orElse("");
        return "line " + part.line() + " threw " + name.replaceFirst("^java\\.lang\\.", "")
                + (thrown.getMessage() == null ? "" : ": " + thrown.getMessage()) + where;
    }

    @Override
    public void close() throws IOException {
        java.kill();
        shell.close();
        java.close();
    }
}
