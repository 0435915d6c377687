package convlstm.kernel;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import org.jspecify.annotations.Nullable;

/**
 * Signatures and comments as a reader wants them. JShell knows the comments of Java's own classes, where the JDK came with
 * its sources; those of the kit are read from its sources here.
 */
final class Javadoc {
    private static final Pattern METHOD = Pattern.compile("(?:.*?(\\w+)(?:<.*>)?\\.)?(?:<.*>)?(\\w+)\\(([^()]*)\\)");
    private static final Pattern TYPE = Pattern.compile("(?:\\w+:)?([\\w.]+)(?:<.*>)?");
    private static final Pattern TAG = Pattern.compile("\\{@(\\w+)\\s*((?:[^{}]|\\{[^{}]*\\})*)\\}");

    /** Below this folder are the kit's sources. */
    private final String sources = System.getProperty("convlstm.sources", "");
    private @Nullable Map<String, Path> files;

    /** For a reader without a browser. */
    String text(Documentation d) {
        return (signature(d) + "\n" + comment(d, false)).strip();
    }

    /** The same with letters of equal width for code. */
    String html(Documentation d) {
        return "<pre>" + escape(signature(d)) + "</pre>" + comment(d, true);
    }

    /** Without packages, and without the components that JShell writes behind the name of a record. */
    private static String signature(Documentation d) {
        return d.signature().replaceAll("(\\w)\\([^()]*\\)\\.(\\w+)\\(", "$1.$2(")
                .replaceAll("\\b(?:[a-z]\\w*\\.)+([A-Z])", "$1")
                .replace(" extends Object", "");
    }

    private String comment(Documentation d, boolean html) {
        String raw = d.javadoc() == null ? ofKit(d) : d.javadoc();
        return raw == null ? "" : html ? asHtml(raw) : asText(raw);
    }

    private @Nullable String ofKit(Documentation d) {
        String signature = signature(d);
        Matcher method = METHOD.matcher(signature);
        Matcher type = TYPE.matcher(d.signature());
        try {
            if (method.matches()) {
                String owner = method.group(1) == null ? method.group(2) : method.group(1);
                List<String> parameters = method.group(3).isBlank()
                        ? List.of()
                        : Arrays.stream(method.group(3).split(", ")).map(p -> p.replaceFirst(".*\\s", "")).toList();
                return find(owner, owner, method.group(1) == null ? "<init>" : method.group(2), parameters);
            }
            if (type.matches()) {
                String[] names = type.group(1).split("\\.");
                String first = Arrays.stream(names).filter(n -> Character.isUpperCase(n.charAt(0))).findFirst()
                        .orElse("");
                return find(first, names[names.length - 1], "", List.of());
            }
        } catch (IOException e) {
            return null; // the sources are gone
        }
        return null;
    }

    private @Nullable String find(String file, String type, String method, List<String> parameters)
            throws IOException {
        Path source = files().get(file);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (source == null || compiler == null) {
            return null;
        }
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(null, manager, d -> {}, List.of("-proc:none"), null,
                    manager.getJavaFileObjects(source));
            DocTrees trees = DocTrees.instance(task);
            String[] found = new String[1];
            for (CompilationUnitTree unit : task.parse()) {
                new TreePathScanner<@Nullable Void, @Nullable Void>() {
                    @Override
                    public @Nullable Void visitClass(ClassTree node, @Nullable Void p) {
                        if (method.isEmpty() && node.getSimpleName().contentEquals(type)) {
                            found[0] = trees.getDocComment(getCurrentPath());
                        }
                        return super.visitClass(node, p);
                    }

                    @Override
                    public @Nullable Void visitMethod(MethodTree node, @Nullable Void p) {
                        ClassTree owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
                        if (node.getName().contentEquals(method) && owner.getSimpleName().contentEquals(type)
                                && node.getParameters().stream().map(v -> v.getName().toString()).toList()
                                        .equals(parameters)) {
                            found[0] = trees.getDocComment(getCurrentPath());
                        }
                        return super.visitMethod(node, p);
                    }
                }.scan(unit, null);
            }
            return found[0];
        }
    }

    private Map<String, Path> files() throws IOException {
        Map<String, Path> known = files;
        if (known == null) {
            known = new HashMap<>();
            if (!sources.isEmpty() && Files.isDirectory(Path.of(sources))) {
                try (Stream<Path> all = Files.walk(Path.of(sources))) {
                    for (Path file : all.filter(p -> p.toString().endsWith(".java"))
                            .filter(p -> p.toString().replace('\\', '/').contains("src/main/java")).toList()) {
                        known.put(file.getFileName().toString().replace(".java", ""), file);
                    }
                }
            }
            files = known;
        }
        return known;
    }

    private static String asHtml(String raw) {
        String text = inline(raw, true).strip();
        text = text.replaceFirst("\\R\\s*@", "<p>@");
        text = text.replaceAll("(?m)(?:^|<p>)\\s*@param\\s+(\\S+)", "<br><b>$1</b>: ")
                .replaceAll("(?m)(?:^|<p>)\\s*@return\\b", "<br><b>returns</b>: ")
                .replaceAll("(?m)(?:^|<p>)\\s*@throws\\s+(\\S+)", "<br><b>throws $1</b>: ")
                .replaceAll("(?m)(?:^|<p>)\\s*@(see|since|author|implNote|apiNote|implSpec)\\b", "<br><b>$1</b>: ");
        return text;
    }

    static String asText(String raw) {
        return inline(raw, false)
                .replaceAll("<li>", "- ")
                .replaceAll("<[^>]+>", "")
                .replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
                .replaceAll("(?m)^ ", "")
                .replaceAll("(?m)^@param\\s+(\\S+)", "  $1:")
                .replaceAll("(?m)^@return\\b", "  returns:")
                .replaceAll("(?m)^@throws\\s+(\\S+)", "  throws $1:")
                .strip();
    }

    /** {@code ...} and {@link ...} without their brackets. */
    private static String inline(String raw, boolean html) {
        return TAG.matcher(raw).replaceAll(tag -> {
            String content = tag.group(2).strip();
            String word = switch (tag.group(1)) {
                case "link", "linkplain" -> {
                    String[] parts = content.split("\\s+(?![^(]*\\))", 2);
                    yield parts.length > 1 ? parts[1] : parts[0].replaceFirst("^#", "").replace('#', '.');
                }
                case "inheritDoc" -> "";
                default -> content;
            };
            return Matcher.quoteReplacement(html ? "<code>" + escape(word) + "</code>" : word);
        });
    }

    private static String escape(String s) {
        return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
