package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.course.StateExplorer;
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
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Writes the course as a site that needs no network: the notebooks and assignments with the outputs stored in them, each
 * with links to the one before and after, the page to click through a state, and a contents page.
 */
final class HtmlExport {
    private static final String MATHJAX = "mathjax.js";
    private static final String CONTENTS = "index.html";
    private static final String EXPLORER = "one-state.html";
    private static final Pattern HEADING = Pattern.compile("<h1[^>]*>(.*?)(<a class=\"anchor-link\".*?)?</h1>"
            + "(?:(?:\\s*<p><em>[^<]*</em></p>)?\\s*<p><strong>The question[^:<]*: (.*?)</strong>)?", Pattern.DOTALL);
    private static final Pattern NOTEBOOK_LINK = Pattern.compile("(<a [^>]*href=\"[^\":]*)\\.ipynb([\"#])");
    private static final Pattern LINK = Pattern.compile("<a [^>]*href=\"([^\":#]+)[\"#]");
    /** The end of a picture of {@code Picture.html}, its attributes in the order that nbconvert gives them. */
    private static final Pattern PICTURE = Pattern.compile("style=\"max-width:\\s*100%;?\" width=\"(\\d+)\"");
    /** The least part of its size that a picture is shown with: a plot fits a phone, a wide strip scrolls. */
    private static final double SMALLEST = 0.56;
    /** What a cell printed. */
    private static final Pattern PRINTED = Pattern.compile("(?<=text/plain\" tabindex=\"0\">\n<pre)(?=>([^<]*)<)");
    /** A line with columns: they must not be broken on a narrow page. */
    private static final Pattern COLUMNS = Pattern.compile("\\S {2,}\\S+ {2,}\\S");
    private static final Pattern MAIN = Pattern.compile("<main>|</main>");
    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** A finished page: its file, and from its notebook the title and the question it asks, both as HTML. */
    private record Page(Path file, String title, String question) {}

    private HtmlExport() {}

    static int write(Checkout kit, Jupyter jupyter) {
        List<Path> assignments = Notebooks.list(kit.assignments(), "").stream()
                .filter(notebook -> kit.assignments().equals(notebook.getParent())).toList();
        List<Path> notebooks = Stream.concat(Notebooks.ofCourse(kit, "").stream(), assignments.stream()).toList();
        if (notebooks.isEmpty()) {
            throw new LabException("notebooks: expected some below " + kit.notebooks() + ", got none");
        }
        Path html = kit.target().resolve("html");
        write(kit, jupyter, notebooks, html);
        List<String> dead = deadLinks(html);
        if (!dead.isEmpty()) {
            throw new LabException("links: expected pages of the site, got " + String.join("; ", dead)
                    + ". Hint: mend them in the notebook, or link to where the file is on the web");
        }
        System.out.println(notebooks.size() + " notebooks: " + html.resolve(CONTENTS));
        return 0;
    }

    /** The same for some notebooks, into any folder. */
    static void write(Checkout kit, Jupyter jupyter, List<Path> notebooks, Path html) {
        Map<Path, List<Path>> folders = notebooks.stream().collect(Collectors.groupingBy(Path::getParent, TreeMap::new,
                Collectors.toList()));
        try (Backend K = Backends.byName("reference")) {
            Files.createDirectories(html);
            extractMathJax(kit, html.resolve(MATHJAX));
            Files.writeString(html.resolve(EXPLORER), StateExplorer.page(K));
            StringBuilder contents = new StringBuilder();
            for (Map.Entry<Path, List<Path>> folder : folders.entrySet()) {
                Path into = html.resolve(kit.notebooks().relativize(folder.getKey()).toString());
                convert(jupyter, kit, folder.getValue(), into, url(into, html.resolve(MATHJAX)));
                List<Page> pages = new ArrayList<>();
                for (Path notebook : folder.getValue()) {
                    pages.add(read(into.resolve(notebook.getFileName().toString().replaceFirst("ipynb$", "html"))));
                }
                for (int k = 0; k < pages.size(); k++) {
                    addLinks(pages, k, url(into, html.resolve(CONTENTS)));
                }
                contents.append(section(html, into, pages));
            }
            Files.writeString(html.resolve(CONTENTS), contents(contents.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void convert(Jupyter jupyter, Checkout kit, List<Path> notebooks, Path into, String mathJax) {
        List<String> args = new ArrayList<>(List.of("-m", "nbconvert", "--to", "html", "--template", "kit",
                "--TemplateExporter.extra_template_basedirs=" + kit.python("templates"),
                "--HTMLExporter.mathjax_url=" + mathJax, "--output-dir", into.toString()));
        notebooks.forEach(notebook -> args.add(notebook.toString()));
        List<String> says = new ArrayList<>();
        int code = Jupyter.run(jupyter.command(args.toArray(String[]::new)), LIMIT, says::add);
        if (code != 0) {
            throw new LabException("nbconvert could not export " + kit.root().relativize(notebooks.getFirst())
                    + " or one beside it:\n"
                    + String.join("\n", says.subList(Math.max(0, says.size() - 5), says.size())));
        }
    }

    private static Page read(Path file) throws IOException {
        String text = NOTEBOOK_LINK.matcher(Files.readString(file)).replaceAll("$1.html$2");
        text = PICTURE.matcher(text).replaceAll(picture -> "style=\"max-width:max(100%%,%dpx)\" width=\"%s\""
                .formatted(Math.round(SMALLEST * Integer.parseInt(picture.group(1))), picture.group(1)));
        text = PRINTED.matcher(text).replaceAll(printed -> COLUMNS.matcher(printed.group(1)).find()
                ? " style=\"white-space:pre\""
                : "");
        Files.writeString(file, text);
        Matcher heading = HEADING.matcher(text);
        boolean found = heading.find();
        String question = found && heading.group(3) != null ? heading.group(3) : "";
        return new Page(file, found ? heading.group(1).strip() : file.getFileName().toString(),
                question.isEmpty() ? "" : question.substring(0, 1).toUpperCase(Locale.ROOT) + question.substring(1));
    }

    /** Links to the contents and to the pages beside it, above and below a page. */
    private static void addLinks(List<Page> pages, int k, String contents) throws IOException {
        String links = " class=\"kit-links\">"
                + (k == 0 ? "<span></span>" : link("prev", "‹ " + pages.get(k - 1).title, pages.get(k - 1)))
                + "<a href=\"" + contents + "\">Contents</a>"
                + (k == pages.size() - 1
                        ? "<span></span>"
                        : link("next", pages.get(k + 1).title + " ›", pages.get(k + 1)))
                + "</nav>";
        Path file = pages.get(k).file;
        Files.writeString(file, MAIN.matcher(Files.readString(file)).replaceAll(main -> Matcher.quoteReplacement(
                main.group().equals("<main>")
                        ? "<main><nav aria-label=\"Pages\"" + links
                        : "<nav aria-label=\"Pages, again\"" + links + "</main>")));
    }

    private static String link(String rel, String text, Page to) {
        return "<a rel=\"" + rel + "\" href=\"" + to.file.getFileName() + "\">" + text + "</a>";
    }

    private static String url(Path from, Path to) {
        return from.relativize(to).toString().replace('\\', '/');
    }

    private static String section(Path html, Path folder, List<Page> pages) {
        boolean course = folder.equals(html);
        String name = course ? "Notebooks" : folder.getFileName().toString();
        StringBuilder list = new StringBuilder();
        for (Page page : pages) {
            list.append("<li><a href=\"%s\">%s</a>%s\n".formatted(url(html, page.file), page.title,
                    page.question.isEmpty() ? "" : "<br><span>" + page.question + "</span>"));
        }
        return "<h2>%s</h2>\n<ul%s>\n%s</ul>\n".formatted(
                name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1), course ? "" : " class=\"short\"",
                list);
    }

    /** Links from a page of the site to a file that the site lacks. */
    static List<String> deadLinks(Path html) {
        List<String> dead = new ArrayList<>();
        try (Stream<Path> files = Files.walk(html)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".html")).sorted().toList()) {
                LINK.matcher(Files.readString(file)).results().map(link -> link.group(1)).distinct()
                        .filter(link -> !Files.exists(file.resolveSibling(link)))
                        .forEach(link -> dead.add(url(html, file) + " to " + link));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return dead;
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

    private static String contents(String sections) {
        return Html.page("ConvLSTM Kit", """
                :root { color-scheme: light dark }
                body { font: 1.05em/1.5 system-ui, sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em 3em }
                h1 { line-height: 1.2; margin-bottom: .2em }
                ul { list-style: none; padding: 0 }
                li { margin: .7em 0 }
                li a, .card a { font-weight: 600 }
                .short li { margin: .2em 0 }
                .short a { font-weight: normal }
                .card { padding: .1em 1em; border: 1px solid #8888; border-radius: 10px }
                a { color: light-dark(#005a9c, #7cc0f5) }
                """,
                """
                        <h1>ConvLSTM Kit</h1>
                        <p>Are stacked <code>Conv2D</code> + <code>LSTM</code> layers and <code>ConvLSTM2D</code> the same? If not, what
                        exactly differs?</p>
                        <p class="card"><a href="%s">One state, in your hands</a><br>
                        Click a pixel, step through time, exchange the operator on the state, and see what depends on what.</p>
                        %s
                        <p>Notebooks are shown as they were last run. To run them yourself, type <code>mvn</code> in the kit's folder.</p>
                        """
                        .formatted(EXPLORER, sections));
    }
}
