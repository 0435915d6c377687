package convlstm.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.UnresolvedReferenceException;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a cell, where, and what to do: the error first, then the line, then the way there. */
final class Errors {
    private static final int FRAMES = 20;
    private static final int DIAGNOSTICS = 5;
    private static final int ATTEMPTS = 20;
    private static final long PAUSE_NANOS = 100_000_000;
    private static final String RED = "\u001b[1;31m";
    private static final String PLAIN = "\u001b[0m";
    private static final Pattern SYMBOL = Pattern.compile("symbol:\\s+(\\w+) (\\w+)");

    private final JShell shell;
    private final Map<String, Cells.Part> parts;
    private final Names names;

    Errors(JShell shell, Map<String, Cells.Part> parts) {
        this.shell = shell;
        this.parts = parts;
        this.names = new Names(shell);
    }

    CellError interrupted(Cells.Part part) {
        return error(part, "Interrupted", "the cell was stopped; what ran before that has been done", List.of());
    }

    CellError incomplete(Cells.Part part) {
        int line = part.line(Math.max(0, part.code().stripTrailing().length() - part.offset()));
        List<String> lines = new ArrayList<>();
        lines.add(place(part.cell(), line, part.text(line)));
        lines.add("Something that begins here or above does not end: a ), ], }, a quote or a ; may be missing.");
        return error(part, "IncompleteCode", "the cell ends in the middle of a statement", lines);
    }

    /** Code that the compiler refused. */
    CellError compilation(Cells.Part part, Snippet snippet) {
        List<Diag> all = shell.diagnostics(snippet).toList();
        List<Diag> wrong = all.stream().filter(Diag::isError).toList();
        if (wrong.isEmpty() && snippet instanceof DeclarationSnippet declaration) {
            return unresolved(part, declaration, "it cannot be declared yet");
        }
        List<String> lines = new ArrayList<>();
        String first = "";
        for (Diag d : (wrong.isEmpty() ? all : wrong).stream().limit(DIAGNOSTICS).toList()) {
            String message = oneLine(d.getMessage(null));
            if (first.isEmpty()) {
                first = message;
            } else {
                lines.add(RED + message + PLAIN);
            }
            lines.addAll(marked(part, d));
            Matcher symbol = SYMBOL.matcher(d.getMessage(null));
            if (symbol.find()) {
                lines.addAll(names.unknown(symbol.group(1), symbol.group(2), snippet.source(), (int) d.getPosition()));
            }
        }
        return error(part, "CompilationException", first, lines);
    }

    /** The message and the symbol that it is about; where it is, is shown. */
    private static String oneLine(String message) {
        List<String> said = message.lines().map(String::strip).filter(line -> !line.startsWith("location:")).toList();
        return String.join("; ", said).replaceFirst("; symbol:\\s+", ": ");
    }

    /** The line of a fault, and marks below it. */
    private static List<String> marked(Cells.Part part, Diag d) {
        if (d.getPosition() < 0 || part.offset() + d.getPosition() > part.code().length()) {
            return List.of(place(part.cell(), part.line(0), part.text(part.line(0))));
        }
        int start = part.offset() + (int) Math.max(0, d.getStartPosition());
        int at = part.offset() + (int) d.getPosition();
        int line = part.line(d.getPosition());
        int begin = part.code().lastIndexOf('\n', at - 1) + 1;
        String text = part.text(line);
        String place = place(part.cell(), line, text);
        int indent = text.length() - text.stripLeading().length();
        int from = Math.max(0, Math.max(start, begin) - begin - indent);
        int to = (int) Math.clamp(part.offset() + d.getEndPosition() - begin - indent, from + 1L,
                Math.max(from + 1L, text.strip().length()));
        return List.of(place, " ".repeat(place.length() - text.strip().length() + from) + "^".repeat(to - from));
    }

    private static String place(int cell, int line, String text) {
        return "    cell [" + cell + "], line " + line + ":  " + text.strip();
    }

    /** Code that ran and failed. */
    CellError thrown(Cells.Part part, JShellException e, @Nullable Throwable thrown) {
        if (e instanceof UnresolvedReferenceException unresolved) {
            return unresolved(part, unresolved.getSnippet(), "it cannot run yet");
        }
        String type = ((EvalException) e).getExceptionClassName();
        List<String> lines = new ArrayList<>(way(e, FRAMES));
        switch (type) {
            case CellControl.INTERRUPTED -> {
                return error(part, "Interrupted", "the cell was stopped", lines.subList(0, Math.min(1, lines.size())));
            }
            case CellControl.LEFT_BEHIND -> {
                lines.addFirst("It does not listen to an interrupt and goes on by itself; you can run other cells."
                        + " Kernel, Restart ends it.");
                return error(part, "Interrupted", "the cell was left, but what it called still runs", lines);
            }
            default -> {
            }
        }
        if (thrown instanceof Stop.ExitRefused) {
            lines.add("Hint: return leaves a method; Kernel, Restart begins anew.");
            return error(part, "ExitRefused", String.valueOf(thrown.getMessage()), lines);
        }
        if (ofMemory(thrown)) {
            lines.add(moreMemory());
        }
        if (thrown instanceof StackOverflowError) {
            lines.add("Hint: a method that calls itself has to stop at some point.");
        }
        String message = thrown == null || thrown.getMessage() == null ? "" : oneClass(thrown.getMessage());
        for (Throwable cause = e.getCause(); cause instanceof EvalException c; cause = c.getCause()) {
            lines.add("because of " + simple(c.getExceptionClassName()) + ": "
                    + oneClass(String.valueOf(c.getMessage())));
            lines.addAll(way(c, 4));
        }
        return error(part, simple(type), message, lines);
    }

    /** Whether memory was the reason, in whichever thread. */
    private static boolean ofMemory(@Nullable Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static String moreMemory() {
        long megabytes = Runtime.getRuntime().maxMemory() >> 20;
        return ("Hint: this notebook may take %,d MB. Make less, or let go of what is large: name = null; or end"
                + " this and begin with more: mvn -Dlab.heap=%dg").formatted(megabytes, (megabytes + 511) / 512);
    }

    /** A thread that a cell started has ended so; the cell may have ended long ago. */
    static void ofThread(Thread thread, Throwable e) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                say(thread.getName() + ", a thread that a cell started, was ", e);
                return;
            } catch (OutOfMemoryError full) {
                LockSupport.parkNanos(PAUSE_NANOS); // other threads end for the same reason
            }
        }
    }

    private static void say(String start, Throwable e) {
        if (e instanceof Stop.Interrupted) {
            System.err.println(start + "interrupted, too.");
        } else if (ofMemory(e)) {
            System.err.println(start + "ended: " + e + "\n" + moreMemory());
        } else {
            System.err.print(start + "ended: ");
            e.printStackTrace();
        }
    }

    /** The value of a cell is there, but what makes a text or a picture of it failed. */
    static CellError ofValue(int cell, Throwable e) {
        List<String> lines = new ArrayList<>();
        lines.add(e instanceof StackOverflowError
                ? "Hint: its toString() seems to call itself."
                : "Hint: look at its toString(); the cell itself has run.");
        if (ofMemory(e)) {
            lines.add(moreMemory());
        }
        String message = "the cell's value could not be shown" + (e.getMessage() == null ? "" : ": " + e.getMessage());
        return error(new Cells.Part(cell, "", 0), e.getClass().getSimpleName(), oneClass(message), lines);
    }

    /** Declared, but with names in it that mean nothing yet. */
    private CellError unresolved(Cells.Part part, DeclarationSnippet snippet, String what) {
        List<String> missing = shell.unresolvedDependencies(snippet).toList();
        Cells.Part home = parts.getOrDefault(snippet.id(), part);
        List<String> lines = new ArrayList<>();
        int line = home.line(leading(snippet.source()));
        lines.add(place(home.cell(), line, home.text(line)));
        for (String name : missing) {
            Matcher words = Pattern.compile("(\\w+) (\\w+)").matcher(name);
            if (words.find()) {
                int at = snippet.source().indexOf(words.group(2));
                lines.addAll(names.unknown(words.group(1), words.group(2), snippet.source(), Math.max(0, at)));
            }
        }
        lines = lines.stream().distinct().toList();
        return error(part, "UnknownName",
                snippet.name() + ": " + what + ", since nothing is known of " + String.join(", ", missing), lines);
    }

    private static final Pattern BLANK = Pattern.compile("(\\s|//.*|/\\*[\\s\\S]*?\\*/)*+");

    /** Where code begins, after blanks and comments: JShell counts lines from there. */
    private static int leading(String source) {
        Matcher blank = BLANK.matcher(source);
        return blank.lookingAt() ? blank.end() : 0;
    }

    /** Where it happened: the line of the cell, then the way there, the innermost place first. */
    private List<String> way(JShellException e, int most) {
        List<String> stack = new ArrayList<>();
        String nearest = "";
        int times = 1;
        for (StackTraceElement frame : e.getStackTrace()) {
            if (!ofReaders(frame)) {
                continue;
            }
            String text = text(frame);
            nearest = nearest.isEmpty() && ofCell(frame) ? text : nearest;
            if (!stack.isEmpty() && stack.getLast().equals(text)) {
                times++;
                continue;
            }
            repeated(stack, times);
            stack.add(text);
            times = 1;
        }
        repeated(stack, times);
        List<String> lines = new ArrayList<>();
        if (!nearest.isEmpty()) {
            lines.add(nearest);
            if (stack.getFirst().startsWith(nearest)) {
                lines.set(0, stack.removeFirst());
            }
        }
        stack.stream().limit(most - 1).map(text -> "      at " + text.strip()).forEach(lines::add);
        if (stack.size() >= most) {
            lines.add("      and " + (stack.size() - most + 1) + " more");
        }
        return lines;
    }

    private static void repeated(List<String> stack, int times) {
        if (times > 1) {
            stack.set(stack.size() - 1, stack.getLast() + "  (" + times + " times)");
        }
    }

    private static boolean ofCell(StackTraceElement frame) {
        return frame.getFileName() != null && frame.getFileName().startsWith("#");
    }

    private static boolean ofReaders(StackTraceElement frame) {
        return ofCell(frame) || !frame.getClassName()
                .matches("(convlstm\\.kernel|jdk\\.jshell|jdk\\.internal|java\\.lang\\.(reflect|invoke)|REPL)\\..*");
    }

    private String text(StackTraceElement frame) {
        Cells.Part part = ofCell(frame) ? parts.get(frame.getFileName().substring(1)) : null;
        if (part == null) {
            return "    " + frame;
        }
        int line = part.line(leading(part.code().substring(part.offset()))) + frame.getLineNumber() - 1;
        String method = frame.getMethodName().isEmpty() || frame.getMethodName().matches("(lambda|do_it)\\$.*")
                ? ""
                : "  (in " + frame.getMethodName().replace("<init>", "the constructor") + ")";
        return place(part.cell(), line, part.text(line)) + method;
    }

    /** Names of classes of cells, without what JShell puts around them. */
    private static String oneClass(String message) {
        return message.replaceAll("REPL\\.\\$JShell\\$\\w+[.$]", "")
                .replaceAll(" \\((\\S+) and (\\S+) are in [^)]*\\)", "");
    }

    private static String simple(String type) {
        return oneClass(type).replaceFirst(".*[.$]", "");
    }

    private static CellError error(Cells.Part part, String name, String message, List<String> more) {
        List<String> lines = new ArrayList<>();
        lines.add(RED + name + (message.isEmpty() ? "" : ": " + message) + PLAIN);
        lines.addAll(more);
        return new CellError(name, message, part.cell(), lines);
    }

    /** A fault that is not the reader's. */
    static CellError ofKernel(int cell, Throwable e) {
        Cells.Part part = new Cells.Part(cell, "", 0);
        if (ofMemory(e)) {
            return error(part, "OutOfMemoryError", "there is no memory left to run this", List.of(moreMemory()));
        }
        return error(part, e.getClass().getSimpleName(),
                String.format(Locale.ROOT, "%s (in the kernel or the compiler, not in the cell)", e.getMessage()),
                Arrays.stream(e.getStackTrace()).limit(FRAMES).map(frame -> "      at " + frame).toList());
    }
}
