package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The core stays small enough to be read whole. What does not fit belongs in another room or is not needed. Counted are
 * the lines that say something: not blanks and comments, nor package and import lines, lone brackets and annotations.
 */
class LineBudgetTest {
    private static final int BUDGET = 2500;
    private static final List<String> CORE = List.of("tensor", "layer", "model", "check");

    @Test
    void theCoreFitsItsBudget() throws IOException {
        int total = 0;
        StringBuilder table = new StringBuilder("Lines of the core that say something:");
        for (String room : CORE) {
            int lines = linesIn(Path.of("lib/core/src/main/java/convlstm", room));
            table.append(" %s %d,".formatted(room, lines));
            total += lines;
        }
        System.out.println(table + " together %d of %d".formatted(total, BUDGET));
        assertTrue(total > 0 && total <= BUDGET, table + " together " + total + ": expected 1 to " + BUDGET);
    }

    @Test
    void countsCodeOnly() {
        assertEquals(5, count("""
                package a; // a comment after code
                import b.C;
                @Override
                @SuppressWarnings("unchecked")
                void f() {
                }
                /** Javadoc
                    of two lines. */
                int a = /* inside */ 1;
                // a comment
                String url = "http://x"; /* begins
                ends */ int b;
                char quote = '"'; // "
                """));
    }

    private static int linesIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        int lines = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                lines += count(Files.readString(file));
            }
        }
        return lines;
    }

    /** A text block, string, character or comment: matched whole, so that a // in a string is no comment. */
    private static final Pattern TOKEN = Pattern.compile("""
            (?<code> \""" [\\s\\S]*? \""" | "(?: \\\\. | [^"\\\\\\n] )*" | '(?: \\\\. | [^'\\\\\\n] )+' )
            | //[^\\n]* | /\\*[\\s\\S]*?\\*/""", Pattern.COMMENTS);

    /** A line that Java wants and a reader skips. */
    private static final Pattern CEREMONY = Pattern
            .compile("\\s*((package|import) .*|[(){};]*|@\\w+(\\([^()]*\\))?)\\s*");

    /** The lines that say something. */
    static int count(String source) {
        String code = TOKEN.matcher(source).replaceAll(token -> token.group("code") != null
                ? Matcher.quoteReplacement(token.group())
                : "\n".repeat((int) token.group().chars().filter(c -> c == '\n').count()));
        return (int) code.lines().filter(line -> !CEREMONY.matcher(line).matches()).count();
    }
}
