package convlstm.app.grade;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A cell's text as a sequence of tokens: what can be said of Java without compiling it. */
final class Source {
    /** Where a notebook says whose it is; the exercise's numbers depend on it. */
    static final Pattern STUDENT = Pattern
            .compile("\\b(?:String|var)\\s++student\\s*+=\\s*+(\"(?:[^\"\\\\\\n]++|\\\\.)*+\")");

    /** Each text matches to its end, or to that of its line: nothing is looked at twice. */
    private static final Pattern TOKEN = Pattern.compile("""
            (?<text> \""" [\\s\\S]*? (?: \""" | \\z ) | "[^"\\\\\\n]*+(?: \\\\. [^"\\\\\\n]*+ )*+"?+
                | '(?: \\\\. | [^'\\\\\\n] )[^'\\n]{0,5}' )
            | (?<comment> //[^\\n]* | /\\*[\\s\\S]*?(?: \\*/ | \\z ) )
            | (?<dot> \\. \\s* | :: \\s* )? (?<name> \\b[A-Za-z_$][\\w$]*\\b ) (?<call> \\s*\\( )?""",
            Pattern.COMMENTS);
    private static final Pattern UNICODE = Pattern.compile("\\\\u+([0-9a-fA-F]{4})");
    private static final Pattern MAGIC = Pattern.compile("(?m)^[ \\t]*%.*$");
    /** Packages begin with these; a variable of such a name would hide them. */
    static final Set<String> ROOTS = Set.of("convlstm", "java", "javax", "jdk", "org", "com", "tech", "io");

    /** What a student may be called in a notebook: as their instructor knows them, and no code. */
    private static final Pattern ID = Pattern.compile("[\\p{L}\\p{M}\\p{N} ._@'-]{1,64}");

    /** How every cell with checks ends. */
    private static final Pattern SCORE = Pattern.compile("(\\w+)\\.score\\(\\)\\s*;?\\s*$");

    private Source() {}

    /** What a string literal says; empty if it cannot be a student's id. */
    static String id(String literal) {
        try {
            String text = literal.substring(1, literal.length() - 1);
            String plain = UNICODE.matcher(text)
                    .replaceAll(u -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(u.group(1), 16))))
                    .translateEscapes();
            return ID.matcher(plain).matches() ? plain : "";
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** The variable that holds a cell's checks; empty if the cell does not end as it has to. */
    static String checks(String test) {
        Matcher score = SCORE.matcher(test);
        return score.find() ? score.group(1) : "";
    }

    /** A cell with checks, in which those of the hidden regions are marked as hidden. */
    static String marked(String test) {
        return test.replaceAll("(?m)^[ \\t]*//+ *BEGIN HIDDEN TESTS.*$", checks(test) + ".hidden(true);")
                .replaceAll("(?m)^[ \\t]*//+ *END HIDDEN TESTS.*$", checks(test) + ".hidden(false);");
    }

    /** One kind of line end, no byte order mark, no kernel commands; lines keep their numbers. */
    static String plain(String text) {
        String lines = text.replace("\uFEFF", "").replace("\r\n", "\n").replace('\r', '\n');
        return MAGIC.matcher(lines).replaceAll("");
    }

    /** How a cell writes the student's name, the last time if several; empty if it does not. */
    static String student(String cell) {
        Matcher name = STUDENT.matcher(uncommented(cell));
        String last = "";
        while (name.find()) {
            last = name.group(1);
        }
        return last;
    }

    /** The text with nobody's name in it. */
    static String anyStudent(String cell) {
        return STUDENT.matcher(cell).replaceAll("String student = \"\"");
    }

    /** The text without comments and white space: equal for cells that say the same to a compiler. */
    static String bare(String cell) {
        return uncommented(cell).replaceAll("\\s+", "");
    }

    /** The text without comments. */
    static String uncommented(String cell) {
        return TOKEN.matcher(cell).replaceAll(t -> t.group("comment") == null
                ? Matcher.quoteReplacement(t.group())
                : "");
    }

    /**
     * The names that the text relies on to mean what its author meant: types, packages, and methods called without
     * anything before them.
     */
    static Set<String> reliedOn(String cell) {
        Set<String> names = new TreeSet<>();
        Matcher token = TOKEN.matcher(cell);
        while (token.find()) {
            String name = token.group("name");
            if (name != null && token.group("dot") == null && (Character.isUpperCase(name.charAt(0))
                    || ROOTS.contains(name) || token.group("call") != null)) {
                names.add(name);
            }
        }
        return names;
    }
}
