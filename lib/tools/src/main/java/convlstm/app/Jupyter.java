package convlstm.app;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
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
    /** Succeeds where all that the launcher uses is installed; prints JupyterLab's version, then the interpreter's path. */
    static final String HAS_JUPYTER = """
            import sys
            import jupyterlab, nbclient, nbconvert, nbformat
            assert int(jupyterlab.__version__.split('.')[0]) >= 4
            print(jupyterlab.__version__)
            print(sys.executable)
            """;

    private final Checkout kit;
    private final String python;

    private Jupyter(Checkout kit, String python) {
        this.kit = kit;
        this.python = python;
    }

    /**
     * The JupyterLab in the virtual environment {@code target/venv}; where there is none, that of the PATH; where there is
     * none either, the environment is made: some 90 pinned packages, once.
     *
     * @throws LabException if there is no Python or the packages cannot be installed; the message says what to do
     */
    static synchronized Jupyter find(Checkout kit) {
        Venv venv = new Venv(kit.venv(), kit.python("requirements.txt"), "JupyterLab and what it needs",
                "Or install it another way, so that it is on the PATH: conda env create -f environment.yml,"
                        + " or pip install jupyterlab nbconvert nbclient.");
        String path = System.getenv("PATH");
        return new Jupyter(kit, venv.ready()
                .or(() -> Venv.firstThatRuns(pythonsOfPath(path == null ? "" : path), HAS_JUPYTER))
                .orElseGet(venv::python));
    }

    /** The same, where it is installed already. */
    static Optional<Jupyter> installed(Checkout kit) {
        String path = System.getenv("PATH");
        return Venv.firstThatRuns(pythons(kit, path == null ? "" : path), HAS_JUPYTER)
                .map(python -> new Jupyter(kit, python));
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
     * Runs a process to its end, or to the limit: then it is ended, with all that it started. Its standard input is empty,
     * and ends with this program.
     *
     * @param each is given every line of its output and errors
     * @return its exit code
     */
    static int run(ProcessBuilder builder, Duration limit, Consumer<String> each) {
        try {
            safePython(builder);
            Process process = builder.redirectErrorStream(true).start();
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

    /** Python takes modules from where they are installed: not from the folder it is started in, nor where a variable says. */
    static void safePython(ProcessBuilder builder) {
        builder.environment().keySet().removeAll(List.of("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"));
        builder.environment().put("PYTHONSAFEPATH", "1"); // as python -P, for what that starts, too
    }

    /** The end of a process that may need a while for it, and then of what is left of it. */
    static void endGently(Process process, Duration limit) {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                endAll(process);
            }
        } catch (InterruptedException e) {
            endAll(process);
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Ends a process and what it started: a kernel is a child of Jupyter's. */
    private static void endAll(Process process) {
        Stream.concat(process.descendants().toList().stream(), Stream.of(process.toHandle()))
                .forEach(ProcessHandle::destroyForcibly);
    }

    /** Every Python that may have JupyterLab, in the order in which they are tried. */
    static List<String> pythons(Checkout kit, String path) {
        List<String> all = new ArrayList<>(List.of(Venv.interpreter(kit.venv()).toString()));
        all.addAll(pythonsOfPath(path));
        return all;
    }

    /** Those beside a jupyter on the PATH, then those on the PATH themselves. */
    private static List<String> pythonsOfPath(String path) {
        List<String> found = new ArrayList<>();
        for (Path bin : folders(path)) {
            if (Files.isRegularFile(bin.resolve(Venv.WINDOWS ? "jupyter.exe" : "jupyter"))) {
                Stream.of("python3", "python", "python.exe", "../python.exe")
                        .map(bin::resolve)
                        .filter(Files::isRegularFile)
                        .forEach(p -> found.add(p.toString()));
            }
        }
        found.addAll(Venv.pythonsOfPath());
        return found;
    }

    /** The entries of a PATH, less those that are no paths: on Windows an entry may be in quotes, or nonsense. */
    static List<Path> folders(String path) {
        List<Path> folders = new ArrayList<>();
        for (String folder : path.split(File.pathSeparator)) {
            try {
                folders.add(Path.of(folder.replace("\"", "")));
            } catch (InvalidPathException e) {
                continue; // the shell finds nothing there either
            }
        }
        return folders;
    }
}
