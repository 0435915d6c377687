package convlstm.app.grade;

import convlstm.app.grade.Job.Remark;
import convlstm.app.grade.Snippets.Part;
import convlstm.course.CellText;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
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
    Shell(Isolation isolation, List<String> flags, String classPath, Path folder) throws IOException {
        java = new RemoteJava(isolation, flags, classPath, folder);
        try {
            shell = JShell.builder().executionEngine(java, Map.of())
                    .compilerOptions("--add-modules", "jdk.incubator.vector")
                    .out(new PrintStream(out, true, StandardCharsets.UTF_8))
                    .err(new PrintStream(err, true, StandardCharsets.UTF_8))
                    .build();
        } catch (IllegalStateException e) { // JShell cannot say why
            java.outOfMemory();
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

    Job.End end() throws IOException {
        return timedOut ? Job.End.TIME : java.outOfMemory() ? Job.End.MEMORY : Job.End.EXIT;
    }

    /** What was printed since the last call. */
    String takeOutput() {
        return out.take();
    }

    String takeErrors() {
        return err.take();
    }

    /**
     * What the code of this cell calls that an instructor should know of. While a cell of the kit's is run, code of a
     * student's cell above it may first compile: what the kit's text does not name, is that one's.
     */
    Set<Job.Use> takeUses(Job.Step step) {
        String cell = step.byStudent() ? step.cell() : "a cell above " + step.cell();
        Set<Job.Use> uses = new LinkedHashSet<>();
        java.gate().takeRefused().forEach(what -> uses.add(new Job.Use(cell, what, true)));
        java.gate().takeNoted().stream()
                .filter(what -> step.byStudent() || !step.source().contains(what.replaceAll(".*\\.|\\$.*", "")))
                .forEach(what -> uses.add(new Job.Use(cell, what, false)));
        return uses;
    }

    /**
     * Runs a cell. A snippet that fails does not keep the next ones from being run.
     *
     * @param kits the names of variables that no student's code may write to
     * @param limit after so many seconds the Java is ended
     */
    List<Remark> run(Job.Step step, Set<String> kits, double limit) {
        ScheduledFuture<?> alarm = alarm(limit);
        List<Remark> remarks = new ArrayList<>();
        List<Runnable> say = new ArrayList<>(); // at the end: what a method uses may be declared below it
        java.gate().enter(step, kits);
        try {
            for (Part part : step.byStudent() ? snippets.parts(step.source()) : snippets.known(step.source())) {
                if (!isAlive()) {
                    break;
                }
                if (part.imported().startsWith("REPL")) {
                    remarks.add(new Remark(step.cell(), "line " + part.line() + ": not run, since cells import"
                            + " from libraries and not from each other"));
                } else if (part.declared().stream().noneMatch(name -> isReserved(name, step))) {
                    List<SnippetEvent> events = shell.eval(part.source());
                    events.stream().filter(event -> event.causeSnippet() == null)
                            .forEach(event -> say.add(() -> problems(event, part)
                                    .forEach(text -> remarks.add(new Remark(step.cell(), text)))));
                    if (step.byStudent() && events.stream().anyMatch(e -> e.status() == Snippet.Status.REJECTED)) {
                        dropOlder(part);
                    }
                    // What it declares, as the shell knows it: before, it may not have been told apart.
                    events.stream().map(SnippetEvent::snippet).filter(shell.snippets().toList()::contains)
                            .filter(s -> taken(Snippets.declaredBy(s), part, step, remarks)).forEach(shell::drop);
                } else {
                    taken(part.declared(), part, step, remarks);
                }
            }
            say.forEach(Runnable::run);
        } catch (IllegalStateException e) { // closed, because its Java is gone
        } finally {
            alarm.cancel(false);
        }
        return remarks;
    }

    /** Checks are not to pass with the text that a method had before the last one, which does not compile. */
    private void dropOlder(Part part) {
        List<CellText.Method> last = CellText.of(part.source()).methods();
        shell.methods().filter(m -> last.contains(new CellText.Method(m.name(), CellText.simple(m.parameterTypes()))))
                .toList().forEach(shell::drop);
    }

    /** The shell's own names among them. */
    private static boolean isReserved(String name, Job.Step step) {
        return step.reserved().contains(name) || step.byStudent() && name.startsWith("do_it");
    }

    private static boolean taken(Set<String> declared, Part part, Job.Step step, List<Remark> remarks) {
        Optional<String> taken = declared.stream().filter(name -> isReserved(name, step)).findFirst();
        taken.ifPresent(name -> remarks.add(new Remark(step.cell(), "line " + part.line() + ": the name " + name
                + " belongs to the assignment; this declaration of it was not run")));
        return taken.isPresent();
    }

    /**
     * Runs the cell with the checks: in a class with a name that no other cell can know, so that none can use what is
     * in it. What came of them comes back over JShell's own connection, behind a word that none can know either:
     * whatever is printed does not count.
     *
     * @return what came of each check; empty if the cell did not come to its end
     */
    Optional<List<Job.Check>> score(Job.Step step, double limit, List<Remark> remarks) {
        String nonce = "n" + UUID.randomUUID().toString().replace("-", "");
        java.exempt(nonce);
        StringBuilder members = new StringBuilder("class " + nonce + " {\n");
        StringBuilder body = new StringBuilder("java.lang.String verdict() throws java.lang.Throwable {\n");
        snippets.known(step.source())
                .forEach(part -> (part.member() ? members : body).append(part.source()).append(";\n"));
        String source = members.append(body) + "return \"" + nonce + "\\n\".concat(" + Source.checks(step.source())
                + ".verdict());\n}\n}";
        ScheduledFuture<?> alarm = alarm(limit);
        try {
            List<SnippetEvent> events = new ArrayList<>();
            for (String snippet : List.of(source, "new " + nonce + "().verdict()")) {
                if (isAlive()) {
                    Part part = new Part(snippet, 1, Set.of(), true, "");
                    List<SnippetEvent> now = shell.eval(snippet);
                    now.stream().filter(event -> event.causeSnippet() == null)
                            .flatMap(event -> problems(event, part).stream())
                            .filter(text -> !text.contains(nonce + " "))
                            .forEach(text -> remarks.add(new Remark(step.cell(), forTest(text, nonce))));
                    events.addAll(now);
                }
            }
            if (isAlive()) { // a later cell that declares an answer anew has nothing to do with them
                events.reversed().stream().map(SnippetEvent::snippet).filter(shell.snippets().toList()::contains)
                        .forEach(shell::drop);
            }
            return events.stream().map(SnippetEvent::value).filter(Objects::nonNull)
                    .filter(value -> value.startsWith("\"" + nonce)).map(Shell::checks).findFirst();
        } catch (IllegalStateException e) { // closed, because its Java is gone
            return Optional.empty();
        } finally {
            alarm.cancel(false);
        }
    }

    private static List<Job.Check> checks(String value) {
        return value.substring(1, value.length() - 1).translateEscapes().lines().skip(1)
                .map(line -> line.split("\t", 5))
                .map(c -> new Job.Check(c[3], Double.parseDouble(c[1]), c[0].equals("passed"), c[2].equals("hidden"),
                        c[4]))
                .toList();
    }

    /** A problem of a test as a student may read it: without the test's text, some of which is hidden. */
    private static String forTest(String problem, String nonce) {
        return problem.replaceFirst("^line \\d+", "the checks").replaceFirst(SOURCE_MARK + "[\\s\\S]*", "")
                .replaceAll("(class )?" + nonce, "the checks");
    }

    private ScheduledFuture<?> alarm(double seconds) {
        Patience patience = java.patience();
        return CLOCK.scheduleWithFixedDelay(() -> {
            if (patience.isOver(seconds)) {
                timedOut = true;
                java.kill();
            }
        }, Math.round(Math.max(seconds, 0) * 1000), 250, TimeUnit.MILLISECONDS);
    }

    private List<String> problems(SnippetEvent event, Part part) {
        JShellException thrown = event.exception();
        if (thrown != null) {
            return List.of(describe(thrown, part));
        }
        return switch (shell.status(event.snippet())) {
            case REJECTED -> compileErrors(event, part);
            case RECOVERABLE_DEFINED, RECOVERABLE_NOT_DEFINED -> {
                List<String> missing = shell.unresolvedDependencies((DeclarationSnippet) event.snippet())
                        .map(name -> "line " + lineOf(name, part) + ": nothing so far declares " + name)
                        .toList();
                yield missing.isEmpty() ? compileErrors(event, part) : missing;
            }
            default -> List.of();
        };
    }

    private List<String> compileErrors(SnippetEvent event, Part part) {
        return shell.diagnostics(event.snippet()).filter(Diag::isError).map(diag -> compileError(diag, part)).toList();
    }

    /** The line with the name: {@code sum} for {@code method sum(int,int)}. */
    private static int lineOf(String missing, Part part) {
        Matcher name = Pattern
                .compile("\\b" + Pattern.quote(missing.replaceFirst("^\\w+ ", "").replaceFirst("\\(.*", ""))
                        + "\\b")
                .matcher(part.source());
        return part.line() + (name.find() ? Snippets.lineEnds(part.source().substring(0, name.start())) : 0);
    }

    private static String compileError(Diag diag, Part part) {
        String source = part.source();
        int at = Math.clamp(diag.getPosition(), 0, source.length());
        int line = part.line() + Snippets.lineEnds(source.substring(0, at));
        String text = source.lines().skip(line - part.line()).findFirst().orElse("").strip();
        return "line " + line + " does not compile: " + plain(diag.getMessage(Locale.ENGLISH))
                + (text.isEmpty() ? "" : SOURCE_MARK + text);
    }

    /** What the compiler says, without the shell's own names for what it compiles. */
    private static String plain(String message) {
        return message.lines().filter(line -> !line.strip().startsWith("location:"))
                .collect(Collectors.joining(" ")).replaceAll("\\(?(class )?\\bREPL\\.?\\$JShell\\$\\w+\\)?[.$]?", "")
                .replaceAll("\\s+", " ");
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
        return "line " + part.line() + " threw " + plain(name).replaceFirst("^java\\.lang\\.", "")
                + (thrown.getMessage() == null ? "" : ": " + plain(thrown.getMessage())) + where;
    }

    @Override
    public void close() {
        java.kill();
        shell.close();
        java.close();
    }
}
