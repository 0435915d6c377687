package convlstm.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * The launcher behind plain {@code mvn}: finds or installs JupyterLab, tells it of the Java kernel, and opens, refreshes
 * or exports the notebooks.
 *
 * <ul>
 * <li>{@code lab}: JupyterLab on the reader's copies of the notebooks, see {@link MyCourse}; or, with
 * {@code -Dlab.folder=notebooks}, on the originals. {@code -Dlab.browser=false} opens no browser.
 * <li>{@code kernel}: only tells Jupyter of the kernel, for those that start it themselves: Binder, JupyterHub, an editor.
 * <li>{@code refresh}: runs the notebooks whose path contains {@code -Dnotebooks} and stores their outputs in them.
 * <li>{@code html}: writes them all, as stored, to {@code target/html/}, readable without a network.
 * </ul>
 *
 * <p>{@code -Dlab.heap=3g} is the memory a notebook may take. The exit code is 0 if all went well.
 */
public final class Lab {
    /** The notebook that a reader sees first. */
    private static final String FIRST = "00-start-here.ipynb";
    /** Where Jupyter servers listen, if nobody says otherwise. */
    private static final int PORT = 8888;
    /** How long JupyterLab has to end its kernels. */
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private Lab() {}

    /** Runs one of these programs on the checkout that this one was started in, and ends with its exit code. */
    static void start(ToIntFunction<Checkout> program) {
        // Maven gone, for example by an editor's stop button: JupyterLab and the kernels go too.
        ProcessHandle.current().parent().ifPresent(maven -> maven.onExit().thenRun(() -> System.exit(1)));
        System.exit(program.applyAsInt(Checkout.here()));
    }

    /** The memory for a notebook's Java, as in {@code -Xmx}. */
    static String heap() {
        return System.getProperty("lab.heap", "3g");
    }

    /** The longest that a notebook may run when no reader is watching. */
    static Duration timeout() {
        return Duration.ofSeconds(Long.getLong("notebooks.timeout", 1800));
    }

    static int open(Checkout kit) {
        String other = System.getProperty("lab.folder", "");
        Path folder = other.isEmpty() ? kit.mine() : kit.root().resolve(other).normalize();
        if (!other.isEmpty() && !Files.isDirectory(folder)) {
            throw new LabException("lab.folder: expected a folder, got " + folder
                    + ". Hint: a path from the kit's own, for example -Dlab.folder=notebooks");
        }
        Jupyter jupyter = Jupyter.find(kit);
        RunningLabs labs = new RunningLabs(kit.jupyter().resolve("runtime"));
        String first = Files.exists((other.isEmpty() ? kit.notebooks() : folder).resolve(FIRST))
                ? "/tree/" + FIRST
                : "";
        boolean browser = Boolean.parseBoolean(System.getProperty("lab.browser", "true"));
        Optional<RunningLabs.Running> open = labs.on(folder);
        if (open.isPresent()) {
            String url = open.get().page("lab" + first);
            System.out.println("The course is open already: " + url);
            return browser
                    ? Jupyter.run(jupyter.command("-m", "webbrowser", url), Duration.ofMinutes(1), line -> {})
                    : 0;
        }
        labs.sweep();
        int port = RunningLabs.freePort(PORT);
        if (port != PORT) {
            System.out.println("Another program has port " + PORT + "; this JupyterLab takes " + port + ".");
        }
        List<String> args = new ArrayList<>(List.of(
                kit.python("lab.py").toString(),
                "--ServerApp.root_dir=" + folder,
                "--ServerApp.port=" + port,
                "--ServerApp.answer_yes=True", // Ctrl-C ends it at once
                "--Application.log_level=WARN",
                "--ZMQChannelsWebsocketConnection.limit_rate=False", // nothing printed is dropped
                // No pings to a browser on the same machine. Tornado would send them too, and warn that Jupyter's
                // milliseconds are no fit seconds.
                "--ServerApp.tornado_settings={'ws_ping_interval': 0}",
                // What takes time and serves no reader: a search for language servers, the options of Jupyter Notebook 6,
                // and a client of PyPI.
                "--LanguageServerManager.autodetect=False",
                "--ServerApp.jpserver_extensions={'notebook_shim': False}",
                "--LabApp.extension_manager=readonly",
                "--LabApp.default_url=/lab" + first,
                "--LabApp.custom_css=True", // see settings
                "--MultiKernelManager.default_kernel_name=" + KernelSpec.NAME,
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"));
        if (!browser) {
            args.add("--no-browser");
        }
        if (System.getProperty("user.name").equals("root")) {
            args.add("--allow-root");
        }
        if (other.isEmpty()) {
            args.add("--ContentsManager.hide_globs=solutions"); // links to them work
        }
        ProcessBuilder builder = jupyter.command(args.toArray(String[]::new))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CONVLSTM_OUTPUT_LIMIT", "off"); // for kernels, as limit_rate above
        Jupyter.safePython(builder);
        try {
            Process process = builder.start(); // it loads its modules while the rest is made ready
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Jupyter.endGently(process, END_LIMIT)));
            KernelSpec.writeFast(kit, heap(), jupyter);
            if (other.isEmpty()) {
                MyCourse.update(kit).forEach(System.out::println);
            }
            settings(kit);
            System.out.println("Starting JupyterLab on " + folder + "; Ctrl-C ends it.");
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new LabException("JupyterLab was ended.", e);
        }
    }

    static int kernel(Checkout kit) {
        Path file = KernelSpec.write(kit, heap());
        Jupyter.installed(kit).ifPresent(jupyter -> KernelSpec.writeFast(kit, heap(), jupyter));
        System.out.println("The kernel is described in " + file + "; JUPYTER_PATH=" + kit.jupyter() + " finds it.");
        return 0;
    }

    /** How pictures look in a dark theme; and JupyterLab would ask at its first start whether it may fetch news. */
    private static void settings(Checkout kit) throws IOException {
        Path config = kit.jupyter().resolve("config");
        Files.createDirectories(config.resolve("custom"));
        Files.copy(kit.python("custom.css"), config.resolve("custom/custom.css"), StandardCopyOption.REPLACE_EXISTING);
        Path file = config.resolve("lab/user-settings/@jupyterlab/apputils-extension")
                .resolve("notification.jupyterlab-settings");
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, "{\"checkForUpdates\": false, \"fetchNews\": \"false\"}\n");
        }
    }

    static int refresh(Checkout kit, String part) {
        List<Path> notebooks = Notebooks.ofCourse(kit, part);
        if (notebooks.isEmpty()) {
            throw new LabException("notebooks: expected some with '" + part + "' in their path below " + kit.notebooks()
                    + ", got none");
        }
        Jupyter jupyter = Jupyter.find(kit);
        KernelSpec.write(kit, heap());
        int failed = 0;
        for (Path notebook : notebooks) {
            Path copy = kit.target().resolve("refreshed").resolve(kit.notebooks().relativize(notebook));
            System.out.printf(Locale.ROOT, "%-50s ", kit.root().relativize(notebook));
            System.out.flush();
            Notebooks.Outcome outcome = Notebooks.run(jupyter, kit, notebook, copy, timeout());
            if (outcome.passed()) {
                replace(notebook, copy);
                System.out.println("refreshed in " + outcome.seconds());
            } else {
                failed++;
                System.out.println("left as it was, after " + outcome.seconds() + "\n" + outcome.failure());
            }
        }
        return failed == 0 ? 0 : 1;
    }

    private static void replace(Path notebook, Path copy) {
        try {
            RadarCells.keepOutputs(notebook, copy);
            Files.move(copy, notebook, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
