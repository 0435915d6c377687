package convlstm.course;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.ErroneousSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.VarSnippet;
import org.jspecify.annotations.Nullable;

/**
 * What a notebook's kernel knows of the cells that were run: which names nothing declares, and whether the last text of
 * a method is the one that is called. Read from the kernel's JShell by reflection, for IJava and JJava; where there is
 * none, as in the grader, nothing is known and nothing is said.
 *
 * <p>A notebook begins with {@code Cells.watch();}. From then on a cell that uses an undeclared name says so when it is
 * run.
 */
public final class Cells {
    /** The classes that keep the running kernel, and the method that returns it. */
    private static final Map<String, String> KERNELS = Map.of("io.github.spencerpark.ijava.IJava", "getKernelInstance",
            "org.dflib.jjava.jupyter.kernel.BaseKernel", "notebookKernel");

    /** A method as a check declares it: {@code double[] byHand()}. */
    private static final Pattern SIGNATURE = Pattern.compile("(\\S+(?:<.*>)?(?:\\[\\])*) (\\w+)\\((.*)\\)");

    private static @Nullable Cells current;

    private final JShell shell;
    private final @Nullable AtomicInteger counter;

    /** What was run, where the kernel keeps it, as the kit's does: a cell's number, its id in the notebook, its text. */
    private final List<List<String>> ran;

    /** The number of the cell that a snippet came from. */
    private final Map<Snippet, Integer> cells = new HashMap<>();

    /** Of the cells down to this one it is not known what they defined. */
    private final int watchedFrom;

    /** Under nbgrader cells are run once and in order; it is told nothing that it does not ask for. */
    private final boolean once = System.getenv("NBGRADER_EXECUTION") != null;

    /** When a check last called a method, and which text of it. */
    private final Map<String, Call> calls = new HashMap<>();

    /** What was said to use undeclared names. */
    private final Set<Snippet> told = new HashSet<>();

    /** What was said of a method whose place the checks' own took. */
    private final Map<String, String> replaced = new HashMap<>();

    private record Call(Snippet method, int cell) {}

    private Cells(JShell shell, @Nullable AtomicInteger counter, List<List<String>> ran) {
        this.shell = shell;
        this.counter = counter;
        this.ran = ran;
        watchedFrom = cell();
        shell.onSnippetEvent(this::tell);
    }

    /** From now on, undeclared names are said. Returns at once where no JShell is found. */
    public static void watch() {
        here();
    }

    /** The kernel that this runs in; empty in the grader. */
    static synchronized Optional<Cells> here() {
        if (current == null) {
            current = KERNELS.entrySet().stream().flatMap(name -> kernel(name.getKey(), name.getValue()).stream())
                    .findFirst()
                    .flatMap(kernel -> find(kernel, JShell.class, 3)
                            .map(shell -> new Cells(shell, field(kernel, "executionCount", AtomicInteger.class)
                                    .orElse(null), ran(kernel))))
                    .orElse(null);
        }
        return Optional.ofNullable(current);
    }

    /** For tests: a shell that is not a notebook's. */
    static Cells of(JShell shell, @Nullable AtomicInteger counter, List<List<String>> ran) {
        return new Cells(shell, counter, ran);
    }

    private static Optional<Object> kernel(String owner, String method) {
        try {
            return Optional.ofNullable(Class.forName(owner).getMethod(method).invoke(null));
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
        }
    }

    /** An object of that class in the fields of another, or in their fields. */
    private static <T> Optional<T> find(@Nullable Object in, Class<T> wanted, int depth) {
        if (in == null || wanted.isInstance(in)) {
            return Optional.ofNullable(wanted.cast(in));
        }
        if (in instanceof CompletableFuture<?> started) { // the kit's kernel starts its JShell beside the rest
            return find(started.getNow(null), wanted, depth);
        }
        if (depth == 0 || in.getClass().getName().startsWith("java.")) {
            return Optional.empty();
        }
        return fields(in.getClass()).flatMap(field -> find(value(field, in), wanted, depth - 1).stream()).findFirst();
    }

    @SuppressWarnings("unchecked")
    private static List<List<String>> ran(Object kernel) {
        return field(kernel, "ran", List.class).orElse(List.of());
    }

    private static <T> Optional<T> field(Object kernel, String name, Class<T> type) {
        return fields(kernel.getClass()).filter(field -> field.getName().equals(name))
                .map(field -> value(field, kernel)).filter(type::isInstance).map(type::cast).findFirst();
    }

    private static Stream<Field> fields(Class<?> type) {
        Stream<Field> own = Arrays.stream(type.getDeclaredFields())
                .filter(f -> !Modifier.isStatic(f.getModifiers()) && !f.getType().isPrimitive());
        return type.getSuperclass() == null ? own : Stream.concat(own, fields(type.getSuperclass()));
    }

    private static @Nullable Object value(Field field, Object of) {
        try {
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null; // closed to us: then it is not looked into
        }
    }

    private int cell() {
        return counter == null ? 0 : counter.get();
    }

    private void tell(SnippetEvent event) {
        if (event.status() == Snippet.Status.VALID && told.remove(event.snippet())) {
            System.out.println("Now it is declared: " + ((DeclarationSnippet) event.snippet()).name()
                    + " is complete.");
        }
        if (event.causeSnippet() == null) {
            cells.put(event.snippet(), cell());
        }
        if (event.causeSnippet() == null && !once && event.snippet() instanceof DeclarationSnippet declared
                && event.status().isDefined() && !event.snippet().source().contains(STUB)) {
            List<String> missing = shell.unresolvedDependencies(declared).toList();
            if (!missing.isEmpty()) {
                System.out.println(undeclared(declared, missing));
                told.add(declared);
            }
        }
    }

    /** Whether the notebook's first cell has been run in this kernel. */
    boolean isSetUp() {
        return once || shell.variables().anyMatch(v -> v.name().equals("student"));
    }

    /**
     * Why a method that a check is about to call is not what its cell says; empty if it is, as far as is known. Where it
     * is not there at all, one that says so takes its place, so that the check's cell compiles.
     *
     * @param signature {@code LstmStep step(double[], double[], double[], LstmWeights)}
     */
    Optional<String> problem(String check, String signature) {
        Matcher parts = SIGNATURE.matcher(signature);
        if (!parts.matches()) {
            throw new IllegalArgumentException("signature: expected TYPE NAME(TYPES), got " + signature);
        }
        String name = parts.group(2);
        String types = CellText.simple(parts.group(3));
        List<Snippet> all = shell.snippets().toList();
        int last = -1;
        int similar = -1;
        int failed = -1;
        int stub = -1;
        for (int k = 0; k < all.size(); k++) {
            Snippet snippet = all.get(k);
            if (snippet instanceof MethodSnippet m && m.name().equals(name)
                    && CellText.simple(m.parameterTypes()).equals(types)
                    && shell.status(m).isActive()
                    && CellText.simple(returned(m)).equals(CellText.simple(parts.group(1)))) {
                stub = m.source().contains(STUB) ? k : stub;
                last = m.source().contains(STUB) ? last : k;
            } else if (snippet instanceof MethodSnippet m && m.name().equals(name) && shell.status(m).isActive()) {
                similar = k;
            } else if (isRefused(snippet, name)) {
                failed = k;
            }
        }
        Optional<String> problem = later(name, signature, last < 0 ? null : all.get(last));
        if (once && (last < 0 || failed < last)) {
            return last < 0 ? Optional.empty() : problem;
        } else if (problem.isEmpty()) {
            problem = problem(check, name, signature, all, last, similar, failed);
        }
        if (last < 0 && problem.isPresent()) {
            if (stub > similar && stub > failed) {
                return Optional.of(isUnfinished(cells.getOrDefault(all.get(stub), cell()))
                        ? unfinished(name)
                        : replaced.getOrDefault(signature, "there is no method " + name));
            }
            replaced.put(signature, problem.get());
            shell.eval(stub(parts.group(1), name, types));
        }
        return problem;
    }

    private Optional<String> problem(String check, String name, String signature, List<Snippet> all, int last,
            int similar, int failed) {
        String asked = "the checks call " + signature;
        if (failed > last) {
            if (isUnfinished(cells.getOrDefault(all.get(failed), Integer.MAX_VALUE))) {
                return Optional.of(unfinished(name));
            }
            return Optional.of("the last text of " + name + " does not compile: " + error(all.get(failed)));
        }
        if (last < 0) {
            return Optional.of(similar >= 0
                    ? "there is no method " + signature + ", only "
                            + returned((MethodSnippet) all.get(similar)) + " "
                            + described((MethodSnippet) all.get(similar)) + ". Hint: keep name and parameters"
                    : "there is no method " + name + "; " + asked
                            + ". Hint: run the cell with your answer; if it is run,"
                            + " see whether it has another name");
        }
        MethodSnippet method = (MethodSnippet) all.get(last);
        List<String> missing = shell.unresolvedDependencies(method).toList();
        if (!missing.isEmpty()) {
            return Optional.of(undeclared(method, missing));
        }
        Optional<String> changed = changed(calls.get(check + " " + name), all, last, method, asked);
        if (changed.isEmpty()) {
            calls.put(check + " " + name, new Call(method, cell()));
        }
        return changed;
    }

    /** Where nobody says which cell was run again: what looks like a new text of a method. */
    private Optional<String> changed(@Nullable Call before, List<Snippet> all, int last, MethodSnippet method,
            String asked) {
        if (!id(cells.getOrDefault(method, 0)).isEmpty()) {
            return Optional.empty();
        }
        boolean again = before != null && before.method() == method;
        String hint = "if it is another of yours, run the cell with " + method.name() + " again";
        if (before != null && again && isUnfinished(before.cell())) {
            return Optional.of(unfinished(method.name()) + "; " + hint);
        }
        return all.subList(last + 1, all.size()).stream()
                .filter(MethodSnippet.class::isInstance).map(MethodSnippet.class::cast)
                .filter(m -> shell.status(m).isActive() && !m.source().contains(STUB))
                .filter(m -> cells.getOrDefault(m, 0) > cells.getOrDefault(method, 0) && isLike(m, method, again))
                .findFirst().map(m -> described(m) + " was defined later, which looks like a new text of "
                        + method.name() + "; " + asked + ". Hint: keep name and parameters; " + hint);
    }

    /** Reads nearly the same; where the checks see it for the first time, its name or its types have to be near, too. */
    private static boolean isLike(MethodSnippet other, MethodSnippet method, boolean again) {
        boolean types = CellText.simple(other.signature()).equals(CellText.simple(method.signature()));
        boolean name = distance(plain(other), plain(method)) <= 1;
        return types && name || (types || name || again) && alike(other.source(), method.source());
    }

    private static String plain(MethodSnippet m) {
        return m.name().toLowerCase(Locale.ROOT).replace("_", "");
    }

    /**
     * Where the kernel keeps what was run: that a later cell has a text of the method of which nothing came; or that the
     * method's own cell was run again and has it no more.
     */
    private Optional<String> later(String name, String signature, @Nullable Snippet method) {
        int from = Math.max(watchedFrom, method == null ? 0 : cells.getOrDefault(method, 0));
        String id = id(from);
        for (List<String> cell : ran.reversed()) {
            int number = Integer.parseInt(cell.get(0));
            CellText text = CellText.of(cell.get(2));
            boolean own = !id.isEmpty() && cell.get(1).equals(id);
            boolean defines = has(number, name, false);
            if (number <= from || has(number, name, true)) { // of the latter the compiler's words tell more
                return Optional.empty();
            } else if (number < cell() && own && defines) {
                return Optional.of("the last text of " + name + " has other parameters; the checks call " + signature
                        + ". Hint: keep name and parameters");
            } else if (number < cell() && !defines && (own || text.declares(name))) {
                return Optional.of(!text.declares(name)
                        ? gone(name, signature, text)
                        : text.isOpen()
                                ? unfinished(name)
                                : "the last text of " + name + " was not run, since its cell ended with an error before"
                                        + " it. Hint: run it again and read what it says");
            }
        }
        return Optional.empty();
    }

    private static String gone(String name, String signature, CellText now) {
        return "the cell that had " + name + " was run again, and now has "
                + (now.methods().isEmpty()
                        ? "no method"
                        : now.methods().stream().map(m -> m.name() + "(" + m.types().replace(",", ", ") + ")")
                                .collect(Collectors.joining(", ")))
                + "; the checks call " + signature + ". Hint: keep name and parameters";
    }

    /** The notebook's id of the cell with this number; empty if the kernel was not told. */
    private String id(int number) {
        return ran.reversed().stream().filter(cell -> cell.get(0).equals(String.valueOf(number)))
                .map(cell -> cell.get(1)).findFirst().orElse("");
    }

    /** Whether a cell defined a method of this name, or gave the compiler one to refuse. */
    private boolean has(int number, String name, boolean refused) {
        return cells.entrySet().stream().anyMatch(e -> e.getValue() == number && (refused
                ? isRefused(e.getKey(), name)
                : e.getKey() instanceof MethodSnippet m && m.name().equals(name) && !isRefused(m, name)));
    }

    private boolean isRefused(Snippet snippet, String name) {
        return snippet instanceof MethodSnippet m && m.name().equals(name) && shell.status(m) == Snippet.Status.REJECTED
                || snippet instanceof ErroneousSnippet e && CellText.of(e.source()).declares(name);
    }

    private static String unfinished(String name) {
        return "a cell that was run since does not come to its end: a bracket or a quotation mark is missing. Hint: run"
                + " the cell with " + name + " and read what it says";
    }

    /** Whether a cell after this one gave the shell nothing to run. */
    private boolean isUnfinished(int from) {
        return ran.isEmpty() && from < cell()
                && IntStream.range(from + 1, cell()).anyMatch(cell -> !cells.containsValue(cell));
    }

    /** Six of ten lines of the longer are lines of the other. */
    private static boolean alike(String a, String b) {
        List<String> lines = a.lines().map(String::strip).filter(l -> l.length() > 1).toList();
        List<String> others = b.lines().map(String::strip).filter(l -> l.length() > 1).toList();
        long same = lines.stream().filter(others::contains).count();
        return same >= 3 && same >= 0.6 * Math.max(lines.size(), others.size());
    }

    private static String described(MethodSnippet m) {
        return m.name() + "(" + m.parameterTypes().replace(",", ", ") + ")";
    }

    private static String returned(MethodSnippet m) {
        return m.signature().substring(m.signature().lastIndexOf(')') + 1);
    }

    private static final String STUB = "the checks' own, in place of a method that is missing";

    private static String stub(String type, String name, String types) {
        List<String> parameters = new ArrayList<>();
        for (String parameter : types.isEmpty() ? new String[0] : types.split(",(?![^<]*>)")) {
            parameters.add(parameter + " p" + parameters.size());
        }
        return type + " " + name + "(" + String.join(", ", parameters) + ") { throw new UnsupportedOperationException("
                + "\"not answered yet\"); /* " + STUB + " */ }";
    }

    private String error(Snippet snippet) {
        Diag diag = shell.diagnostics(snippet).filter(Diag::isError).findFirst().orElse(null);
        if (diag == null) {
            return "run its cell again and read what it says";
        }
        int at = (int) Math.clamp(diag.getPosition(), 0, snippet.source().length());
        String line = snippet.source().substring(snippet.source().lastIndexOf('\n', Math.max(0, at - 1)) + 1).lines()
                .findFirst().orElse("").strip();
        return words(diag) + " in the line: " + line + ". Checks do not run an older text";
    }

    /** Javac's message, with what to do about the ones that students meet most. */
    private static String words(Diag diag) {
        List<String> said = diag.getMessage(Locale.ENGLISH).lines().map(String::strip).toList();
        String message = said.stream().findFirst().orElse("") + said.stream().filter(l -> l.startsWith("symbol:"))
                .map(l -> l.replaceFirst("symbol:\\s*", ": ")).collect(Collectors.joining());
        String code = diag.getCode() == null ? "" : diag.getCode();
        return message + switch (code) {
            case "compiler.err.unreachable.stmt" ->
                " (it comes after a return or throw: delete the line throw new Unsupported...)";
            case "compiler.err.missing.ret.stmt" -> " (every way through the method ends with return)";
            case "compiler.err.premature.eof" -> " (a bracket } is missing)";
            default -> "";
        };
    }

    /** What a snippet uses that nothing declares, in a student's words. */
    private String undeclared(DeclarationSnippet snippet, List<String> missing) {
        return snippet.name() + " uses " + missing.stream().map(m -> name(m, snippet))
                .collect(Collectors.joining(", and "));
    }

    private String name(String missing, DeclarationSnippet in) {
        String kind = missing.contains(" ") ? missing.substring(0, missing.indexOf(' ')) : "";
        String name = missing.substring(kind.length()).strip().replaceFirst("\\(.*", "");
        String what = kind.equals("method") ? name + "(...)" : name;
        return what + ", which nothing declares" + near(kind, name, in).map(n -> " (did you mean " + n + "?)")
                .orElse(". Hint: a typing error, or a cell above that has not been run");
    }

    private Optional<String> near(String kind, String name, DeclarationSnippet in) {
        boolean method = kind.equals("method");
        if (method && Arrays.stream(Math.class.getMethods()).anyMatch(m -> m.getName().equals(name))) {
            return Optional.of("Math." + name);
        }
        Stream<String> known = method
                ? shell.methods().map(DeclarationSnippet::name)
                : Stream.concat(shell.variables().map(VarSnippet::name), Pattern.compile("\\b[A-Za-z]\\w*").matcher(in
                        .source()).results().map(r -> r.group()));
        return known.filter(other -> !other.equals(name) && other.length() > 1 && distance(other, name) == 1)
                .findFirst();
    }

    /** How many letters to change, add or leave out. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, k -> k);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int k = 1; k <= b.length(); k++) {
                int old = row[k];
                row[k] = Math.min(Math.min(row[k], row[k - 1]) + 1,
                        diagonal + (a.charAt(i - 1) == b.charAt(k - 1) ? 0 : 1));
                diagonal = old;
            }
        }
        return row[b.length()];
    }

    /** A class that the grader makes of a cell with checks, under a name that nobody can know. */
    private static final Pattern OF_THE_GRADER = Pattern.compile(".*\\$n[0-9a-f]{32}.*");

    /**
     * Refuses to compute in an answer what the answer is asked for: the checks have to call it, an answer must not.
     *
     * @throws UnsupportedOperationException if a check runs, and code of a cell that is not the check's calls this, in
     *     whatever thread
     */
    static void refuseInAnAnswer(String what) {
        List<StackTraceElement> calls = List.of(Thread.currentThread().getStackTrace());
        boolean byCheck = calls.stream().anyMatch(f -> f.getClassName().equals(Checks.class.getName()))
                && calls.stream().filter(f -> f.getClassName().startsWith("REPL.")).findFirst() // whose code calls it
                        .filter(f -> !f.getMethodName().contains("do_it$"))
                        .filter(f -> !OF_THE_GRADER.matcher(f.getClassName()).matches()).isEmpty();
        if (Checks.isRunning() && !byCheck) {
            throw new UnsupportedOperationException(what + " is the checks' own, and gives no result inside an answer."
                    + " Hint: compute it");
        }
    }
}
