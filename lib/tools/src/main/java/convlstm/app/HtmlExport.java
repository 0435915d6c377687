package convlstm.app;

import convlstm.notebook.Html;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Writes the notebooks, with the outputs stored in them, as web pages that need no network. */
final class HtmlExport {
    private static final String MATHJAX = "mathjax.js";
    private static final Pattern HEADING = Pattern.compile("<h1[^>]*>(.*?)(<a class=\"anchor-link\".*?)?</h1>",
            Pattern.DOTALL);
    private static final Pattern NOTEBOOK_LINK = Pattern.compile("(<a [^>]*href=\"[^\":]*)\\.ipynb([\"#])");
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private HtmlExport() {}

    /** Writes {@code target/html/}: a page for each notebook, and {@code index.html} with links to them. */
    static int write(Checkout kit, Jupyter jupyter) {
        List<Path> notebooks = Notebooks.ofCourse(kit, "");
        if (notebooks.isEmpty()) {
            throw new LabException("notebooks: expected some below " + kit.notebooks() + ", got none");
        }
        Path html = kit.target().resolve("html");
        StringBuilder links = new StringBuilder();
        try {
            Files.createDirectories(html);
            extractMathJax(kit, html.resolve(MATHJAX));
            for (Path notebook : notebooks) {
                String name = kit.notebooks().relativize(notebook).toString().replaceFirst("\\.ipynb$", "");
                Path page = html.resolve(name + ".html");
                convert(kit, jupyter, notebook, page, page.getParent().relativize(html.resolve(MATHJAX)));
                String text = NOTEBOOK_LINK.matcher(Files.readString(page)).replaceAll("$1.html$2");
                Files.writeString(page, text);
                Matcher heading = HEADING.matcher(text);
                String title = heading.find() ? heading.group(1).strip() : name;
                links.append("<li><a href=\"%s.html\">%s</a>%n".formatted(name.replace('\\', '/'), title));
            }
            Files.writeString(html.resolve("index.html"), index(links.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println(notebooks.size() + " notebooks: " + html.resolve("index.html"));
        return 0;
    }

    private static void convert(Checkout kit, Jupyter jupyter, Path notebook, Path page, Path mathJax) {
        List<String> says = new ArrayList<>();
        int code = Jupyter.run(jupyter.command("-m", "nbconvert", "--to", "html", "--template", "kit",
                "--TemplateExporter.extra_template_basedirs=" + kit.python("templates"),
                "--HTMLExporter.mathjax_url=" + mathJax.toString().replace('\\', '/'),
                "--output-dir", page.getParent().toString(), notebook.toString()), LIMIT, says::add);
        if (code != 0) {
            throw new LabException(kit.root().relativize(notebook) + ": nbconvert could not export it:\n"
                    + String.join("\n", says.subList(Math.max(0, says.size() - 5), says.size())));
        }
    }

    private static void extractMathJax(Checkout kit, Path file) throws IOException {
        try (ZipFile jar = new ZipFile(kit.mathJaxJar().toFile())) {
            ZipEntry script = jar.stream().filter(e -> e.getName().endsWith("/es5/tex-svg.js")).findFirst()
                    .orElseThrow();
            try (InputStream in = jar.getInputStream(script)) {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static String index(String links) {
        return Html.page("ConvLSTM Kit", """
                body { font: 1.1em/1.6 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }
                """,
                """
                        <h1>ConvLSTM Kit</h1>
                        <p>The notebooks, as they were last run. To run them yourself, type <code>mvn</code> in the kit's folder.
                        <ul>
                        %s</ul>
                        """
                        .formatted(links));
    }
}
