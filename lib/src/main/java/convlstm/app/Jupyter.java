package convlstm.app;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Python that has JupyterLab, and processes started with it. They write under {@code target/jupyter/} and leave the
 * reader's own Jupyter settings alone.
 */
final class Jupyter {
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    /** Succeeds where everything that the launcher uses is installed, and prints the interpreter's path. */
    private static final String HAS_JUPYTER = """
            import sys
            import jupyterlab, nbclient, nbconvert, nbformat
            assert int(jupyterlab.__version__.split('.')[0]) >= 4
            print(sys.executable)
            """;

    /** Succeeds where the pinned packages can be installed. */
    private static final String CAN_HAVE_JUPYTER = """
            import sys
            assert sys.version_info >= (3, 11)
            print(sys.executable)
            """;

    private static final String MINIMUM = "Python 3.11";

    private static final Duration PROBE_LIMIT = Duration.ofMinutes(1);
    private static final Duration INSTALL_LIMIT = Duration.ofMinutes(30);

    private final Checkout kit;
    private final String python;

    private Jupyter(Checkout kit, String python) {
        this.kit = kit;
        this.python = python;
    }

    /**
     * The JupyterLab of the PATH, else one in a virtual environment under {@code target/venv}, which is made where it
     * is missing: some 90 pinned packages, once.
     *
     * @throws LabException if there is no Python or the packages cannot be installed; the message says what to do
     */
    static Jupyter find(Checkout kit) {
        String python = firstThatRuns(pythonsBesideJupyter(), HAS_JUPYTER)
                .or(() -> firstThatRuns(pythonsOfPath(), HAS_JUPYTER))
                .orElseGet(() -> ofVenv(kit));
        return new Jupyter(kit, python);
    }

    /** A process to start: {@code python ARGS...} in the kit's folder. */
    ProcessBuilder command(String... args) {
        List<String> command = new ArrayList<>(List.of(python));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(kit.root().toFile());
        Map<String, String> env = builder.environment();
        Path own = kit.jupyter();
        env.put("JUPYTER_PATH", own.toString());
        env.put("JUPYTER_CONFIG_DIR", own.resolve("config").toString());
        env.put("JUPYTER_DATA_DIR", own.resolve("data").toString());
        env.put("JUPYTER_RUNTIME_DIR", own.resolve("runtime").toString());
        env.put("IPYTHONDIR", own.resolve("ipython").toString());
        env.put("JUPYTER_PLATFORM_DIRS", "1");
        env.put("PYTHONUTF8", "1");
        return builder;
    }

    /**
     * Runs a process to its end, or to the limit: then it is ended, with all that it started.
     *
     * @param each is given every line of its output and errors
     * @return its exit code
     */
    static int run(ProcessBuilder builder, Duration limit, Consumer<String> each) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            process.getOutputStream().close();
            Thread end = new Thread(() -> endAll(process));
            Runtime.getRuntime().addShutdownHook(end);
            CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS).execute(end::run);
            try (BufferedReader lines = process.inputReader()) {
                lines.lines().forEach(each);
            }
            int code = process.waitFor();
            Runtime.getRuntime().removeShutdownHook(end);
            return code;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new LabException("The run was cut short.", e);
        }
    }

    /** Ends a process and what it started: a kernel is a child of Jupyter's. */
    private static void endAll(Process process) {
        Stream.concat(process.descendants().toList().stream(), Stream.of(process.toHandle()))
                .forEach(ProcessHandle::destroyForcibly);
    }

    private static List<String> pythonsBesideJupyter() {
        List<String> found = new ArrayList<>();
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path bin = Path.of(folder);
            if (Files.isRegularFile(bin.resolve(WINDOWS ? "jupyter.exe" : "jupyter"))) {
                Stream.of("python3", "python", "python.exe", "../python.exe")
                        .map(bin::resolve)
                        .filter(Files::isRegularFile)
                        .forEach(p -> found.add(p.toString()));
            }
        }
        return found;
    }

    private static List<String> pythonsOfPath() {
        return WINDOWS ? List.of("python", "py", "python3") : List.of("python3", "python");
    }

    /** The interpreter's own path, of the first that runs the script without a fault. */
    private static Optional<String> firstThatRuns(List<String> pythons, String script) {
        for (String python : pythons) {
            List<String> out = new ArrayList<>();
            try {
                if (run(new ProcessBuilder(python, "-c", script), PROBE_LIMIT, out::add) == 0 && !out.isEmpty()) {
                    return Optional.of(out.getLast());
                }
            } catch (UncheckedIOException e) {
                continue; // there is no such program
            }
        }
        return Optional.empty();
    }

    private static String ofVenv(Checkout kit) {
        Path python = kit.venv().resolve(WINDOWS ? "Scripts/python.exe" : "bin/python");
        Path wanted = kit.python("requirements.txt");
        Path installed = kit.venv().resolve("installed.txt");
        try {
            if (Files.isRegularFile(installed) && Files.mismatch(wanted, installed) == -1
                    && firstThatRuns(List.of(python.toString()), HAS_JUPYTER).isPresent()) {
                return python.toString();
            }
            makeVenv(kit);
            install(python, wanted);
            Files.copy(wanted, installed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return python.toString();
    }

    private static void makeVenv(Checkout kit) {
        String base = firstThatRuns(pythonsOfPath(), CAN_HAVE_JUPYTER).orElseThrow(() -> new LabException(
                "Neither JupyterLab nor " + MINIMUM + " or newer was found on the PATH. Install Python from python.org"
                        + " (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python),"
                        + " then run mvn again."));
        System.out
                .println("No JupyterLab on the PATH: installing one into " + kit.venv() + " (once, about 90 packages)");
        List<String> out = new ArrayList<>();
        if (run(new ProcessBuilder(base, "-m", "venv", "--clear", kit.venv().toString()), INSTALL_LIMIT,
                out::add) != 0) {
            throw new LabException("Python could not make a virtual environment in " + kit.venv() + ": " + brief(out)
                    + "\nOn Debian and Ubuntu: apt install python3-venv, then run mvn again.");
        }
    }

    private static void install(Path python, Path requirements) throws IOException {
        long packages;
        try (Stream<String> lines = Files.lines(requirements)) {
            packages = lines.filter(line -> line.contains("==") && !line.contains("sys_platform ==")).count();
        }
        List<String> out = new ArrayList<>();
        int[] fetched = {0};
        int code = run(
                new ProcessBuilder(python.toString(), "-m", "pip", "install", "--no-input", "--progress-bar", "off",
                        "--disable-pip-version-check", "-r", requirements.toString()),
                INSTALL_LIMIT, line -> {
                    out.add(line);
                    if (line.startsWith("Collecting ") && ++fetched[0] % 10 == 0) {
                        System.out.println("  " + fetched[0] + " of " + packages + " packages fetched");
                    } else if (line.startsWith("Installing ")) {
                        System.out.println("  installing them (half a minute)");
                    }
                });
        if (code != 0) {
            throw new LabException("pip could not install JupyterLab: " + brief(out)
                    + "\nCheck that this computer is online and that pip may reach PyPI, then run mvn again."
                    + "\nOr install it another way, so that it is on the PATH:"
                    + " conda env create -f environment.yml, or pip install jupyterlab nbconvert nbclient.");
        }
    }

    /** The last lines that say something is wrong, or just the last. */
    private static String brief(List<String> out) {
        List<String> errors = out.stream().filter(line -> line.toLowerCase().contains("error")).toList();
        List<String> lines = errors.isEmpty() ? out : errors;
        return String.join("\n  ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
