package convlstm.course;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which methods a cell's text declares, by its words alone: a compiler knows nothing of a text that it does not accept.
 *
 * @param methods those outside of classes, and all where a bracket is missing, so that nobody knows what is outside
 * @param isOpen whether a bracket, a quotation mark or the end of a comment is missing
 */
public record CellText(List<Method> methods, boolean isOpen) {
    /**
     * A method.
     *
     * @param types its parameters', without packages and blanks: {@code double[],LstmWeights}
     */
    public record Method(String name, String types) {}

    private static final Pattern NO_CODE = Pattern.compile("""
            \""" [\\s\\S]*? (?: \""" | \\z ) | "(?: \\\\. | [^"\\\\\\n] )*+ "? | '(?: \\\\. | [^'\\\\\\n] )*+ '?
                | //[^\\n]* | /\\*[\\s\\S]*? (?: \\*/ | \\z )""", Pattern.COMMENTS);
    /** Bounded, and by whole words: linear in the text, whatever a student wrote. */
    private static final Pattern HEAD = Pattern.compile(
            """
                    \\b (?: ( \\w++ (?: < [^;{}()=]{0,200} > )? (?: \\s* \\[ \\s* ] )*+ ) \\s+ )? ( \\w++ ) \\s* \\( ( [^(){}]{0,2000} )
                        (?: \\) \\s* (?: throws [\\w\\s.,]{1,200} )? (?: ( \\{ ) | [^\\s;,.)?:&|=+*/<>-] | $ ) | (?= \\{ ) | $ )""",
            Pattern.COMMENTS);
    private static final Pattern NO_TYPE = Pattern.compile("return|else|new|throw|case|do|yield|assert|instanceof");
    private static final Pattern PARAMETER = Pattern
            .compile("(?:final\\s+|@\\w+\\s+)*(.*[\\w\\]>.])\\s*\\b(\\w+)\\s*((?:\\[\\s*]\\s*)*)", Pattern.DOTALL);

    /** Reads a cell. */
    public static CellText of(String cell) {
        boolean[] cut = {false};
        String code = NO_CODE.matcher(cell).replaceAll(found -> {
            String text = found.group();
            cut[0] |= text.length() < 2 || !(text.startsWith("//") || text.endsWith("*/") && text.length() > 3
                    || !text.startsWith("/*") && text.endsWith(text.substring(0, 1)));
            return text.replaceAll("[^\\n]", " ");
        });
        int[] depth = new int[code.length() + 1];
        for (int k = 0; k < code.length(); k++) {
            char c = code.charAt(k);
            depth[k + 1] = Math.max(0, depth[k] + (c == '{' || c == '(' ? 1 : c == '}' || c == ')' ? -1 : 0));
        }
        boolean open = cut[0] || depth[code.length()] > 0;
        List<Method> methods = new ArrayList<>();
        Matcher head = HEAD.matcher(code);
        for (int from = 0; head.find(from); from = head.start(3)) {
            List<String> types = types(head.group(3));
            boolean typed = head.group(1) == null ? head.group(4) != null : !NO_TYPE.matcher(head.group(1)).matches();
            if (typed && (open || depth[head.start()] == 0) && !types.contains("")) {
                methods.add(new Method(head.group(2), String.join(",", types)));
            }
        }
        return new CellText(methods, open);
    }

    /** Whether it declares a method of this name. */
    boolean declares(String name) {
        return methods.stream().anyMatch(m -> m.name().equals(name));
    }

    /** The types of parameters; empty for what is none. */
    private static List<String> types(String parameters) {
        return parameters.isBlank() ? List.of() : Arrays.stream(parameters.split(",(?![^<]*>)")).map(one -> {
            Matcher parameter = PARAMETER.matcher(one.strip());
            return parameter.matches() ? simple(parameter.group(1).replace("...", "[]") + parameter.group(3)) : "";
        }).collect(Collectors.toList());
    }

    /** Types without packages, blanks and parameter names. */
    public static String simple(String types) {
        return types.replaceAll("\\b[a-z]\\w*\\.", "").replaceAll("\\s+", "");
    }
}
