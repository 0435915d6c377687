package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A program's command line. Its help declares the options, so that none is missing there:
 *
 * <pre>
 *   --list           an option without a value
 *   --epochs N       one with a whole number [default: 9]
 *   --minutes TIME   one with a number above 0, such as 0.5
 *   --folder NAME    one with a text, as with any other word in capitals
 * </pre>
 *
 * <p>{@code --epochs 3}, {@code --epochs=3} and {@code epochs=3} mean the same. What the help does not declare is refused by name.
 */
public final class Options {
    private static final Pattern DECLARED = Pattern.compile("(?m)^ +(--[a-z0-9-]+)(?: ([A-Z][A-Z,]*))?(?=  |$)");
    private static final Pattern DEFAULT = Pattern.compile("\\[default: ([^]]*)]");

    /** What a program does with its options. */
    @FunctionalInterface
    public interface Program {
        void run(Options options) throws Exception;
    }

    private final String help;
    private final Map<String, String> kinds = new LinkedHashMap<>(); // the word for an option's value; empty for none
    private final Map<String, String> values = new LinkedHashMap<>(); // what was given, and defaults
    private final Set<String> given = new HashSet<>();
    private final List<String> words = new ArrayList<>();

    private Options(String help) {
        this.help = help;
        List<MatchResult> lines = DECLARED.matcher(help).results().toList();
        for (int k = 0; k < lines.size(); k++) {
            String name = lines.get(k).group(1);
            kinds.put(name, lines.get(k).group(2) == null ? "" : lines.get(k).group(2));
            int end = k + 1 < lines.size() ? lines.get(k + 1).start() : help.length();
            DEFAULT.matcher(help.substring(lines.get(k).end(), end)).results().findFirst()
                    .ifPresent(value -> values.put(name, value.group(1)));
        }
    }

    /**
     * Starts a program: prints its help if that is asked for, and ends Java with 1 after a fault.
     *
     * @param words how many arguments may be no options
     */
    public static void start(String help, int words, Program program, String... args) throws Exception {
        if (List.of(args).contains("--help")) {
            System.out.println(help);
            return;
        }
        try {
            program.run(parse(help, words, args));
        } catch (LabException e) {
            System.err.println("\n" + e.getMessage());
            System.exit(1);
        } catch (IOException e) {
            System.err.println("\nA file could not be read or written, or a process not be started: " + e);
            System.exit(1);
        }
    }

    /**
     * Reads a command line.
     *
     * @throws LabException if an argument is not understood; the message says what is
     */
    public static Options parse(String help, int words, String... args) {
        Options options = new Options(help);
        for (int k = 0; k < args.length; k++) {
            String[] parts = args[k].split("=", 2);
            if (parts.length == 2 && options.kinds.containsKey("--" + parts[0])) {
                parts[0] = "--" + parts[0];
            }
            String kind = options.kinds.get(parts[0]);
            if (!parts[0].startsWith("-") && options.words.size() < words) {
                options.words.add(args[k]);
            } else if (kind == null || kind.isEmpty() && parts.length == 2) {
                throw new LabException("option: expected one of the following, got '" + args[k] + "'\n" + help);
            } else if (kind.isEmpty()) {
                options.given.add(parts[0]);
            } else if (parts.length == 2) {
                options.put(parts[0], kind, parts[1]);
            } else {
                boolean none = k + 1 == args.length || args[k + 1].startsWith("--");
                options.put(parts[0], kind, none ? "" : args[++k]);
            }
        }
        return options;
    }

    private void put(String name, String kind, String value) {
        require(!value.isEmpty(), name, "a value after it", value);
        require(given.add(name), name, "one value, not '" + values.get(name) + "' and another", value);
        require(!kind.equals("N") || value.matches("[1-9][0-9]{0,8}"), name, "a whole number from 1 to 999999999",
                value);
        require(!kind.equals("TIME")
                || value.matches("[0-9]+(\\.[0-9]+)?(e-?[0-9]+)?") && Double.parseDouble(value) > 0,
                name, "a number above 0", value);
        values.put(name, value);
    }

    private void require(boolean right, String name, String expected, String got) {
        if (!right) {
            throw new LabException(name + ": expected " + expected + ", got "
                    + (got.isEmpty() ? "none\n" + help : "'" + got + "'"));
        }
    }

    /** Whether an option was given. */
    public boolean has(String name) {
        return given.contains(declared(name));
    }

    private String declared(String name) {
        if (!kinds.containsKey(name)) {
            throw new IllegalArgumentException("name: expected one of " + kinds.keySet() + ", got " + name);
        }
        return name;
    }

    /** An option's value, as given or by default. */
    public String text(String name) {
        return values.getOrDefault(declared(name), "");
    }

    /** The same where it has to be of a form, which {@code expected} describes. */
    public String text(String name, String form, String expected) {
        require(text(name).matches(form), name, expected, text(name));
        return text(name);
    }

    /** A whole number. */
    public int count(String name) {
        return Integer.parseInt(text(name));
    }

    /** A whole number where the default is none that a help can name. */
    public int count(String name, int otherwise) {
        return has(name) ? count(name) : otherwise;
    }

    /** A number above 0. */
    public double number(String name, double otherwise) {
        return has(name) ? Double.parseDouble(text(name)) : otherwise;
    }

    /** Names with commas between, of those that there are; all unless given. */
    public List<String> some(String name, List<String> known) {
        return text(name).isEmpty()
                ? known
                : Arrays.stream(text(name).split(",", -1))
                        .map(word -> known.stream().filter(word::equalsIgnoreCase).findFirst()
                                .orElseThrow(() -> new LabException(name + ": expected some of "
                                        + String.join(",", known)
                                        + ", got '" + word + "'. Hint: names have commas between and no blanks")))
                        .distinct().toList();
    }

    /** The arguments that are no options. */
    public List<String> words() {
        return words;
    }

    /** The backend that {@code --backend} names, or the best. */
    Backend backend() {
        try {
            return has("--backend") ? Backends.byName(text("--backend")) : Backends.best();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new LabException(e);
        }
    }

    /** All values, as they would be typed. */
    @Override
    public String toString() {
        return values.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).collect(Collectors.joining(" "));
    }
}
