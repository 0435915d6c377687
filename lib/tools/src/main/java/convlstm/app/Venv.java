package convlstm.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A Python virtual environment with pinned packages, made where it is missing or was made for others.
 *
 * @param folder where it lies
 * @param requirements the packages, as pip reads them
 * @param what the reader is told is being installed
 * @param otherWay what to do where pip cannot
 */
record Venv(Path folder, Path requirements, String what, String otherWay) {
    static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    /** Succeeds where the pinned packages can be installed. */
    private static final String NEW_ENOUGH = """
            import sys
            assert sys.version_info >= (3, 11)
            print(sys.executable)
            """;

    private static final String MINIMUM = "Python 3.11";

    private static final Duration PROBE_LIMIT = Duration.ofMinutes(1);
    private static final Duration INSTALL_LIMIT = Duration.ofMinutes(30);

    /** The names under which Python is on the PATH. */
    static List<String> pythonsOfPath() {
        return WINDOWS ? List.of("python", "py", "python3") : List.of("python3", "python");
    }

    /** Where a virtual environment has its interpreter. */
    static Path interpreter(Path venv) {
        return venv.resolve(WINDOWS ? "Scripts/python.exe" : "bin/python");
    }

    /** The interpreter's own path, as the script prints it, of the first that runs the script without a fault. */
    static Optional<String> firstThatRuns(List<String> pythons, String script) {
        for (String python : pythons) {
            List<String> out = new ArrayList<>();
            try {
                if (Jupyter.run(new ProcessBuilder(python, "-c", script), PROBE_LIMIT, out::add) == 0
                        && !out.isEmpty()) {
                    return Optional.of(out.getLast());
                }
            } catch (UncheckedIOException e) {
                continue; // there is no such program
            }
        }
        return Optional.empty();
    }

    /**
     * Its interpreter; the packages are there.
     *
     * @throws LabException if there is no Python or the packages cannot be installed; the message says what to do
     */
    String python() {
        return ready().orElseGet(() -> {
            Path python = interpreter(folder);
            make();
            install(python);
            try {
                Files.copy(requirements, installed());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return python.toString();
        });
    }

    /** Its interpreter, if it is there with these packages. */
    Optional<String> ready() {
        try {
            return Files.isRegularFile(installed()) && Files.mismatch(requirements, installed()) == -1
                    ? firstThatRuns(List.of(interpreter(folder).toString()), NEW_ENOUGH)
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path installed() {
        return folder.resolve("installed.txt");
    }

    private void make() {
        String base = firstThatRuns(pythonsOfPath(), NEW_ENOUGH).orElseThrow(() -> new LabException(
                what + " cannot be installed: " + MINIMUM + " or newer was not found on the PATH. Install Python from"
                        + " python.org (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python),"
                        + " then run mvn again."));
        System.out.println("Installing " + what + " into " + folder + " (once)");
        List<String> out = new ArrayList<>();
        if (Jupyter.run(new ProcessBuilder(base, "-m", "venv", "--clear", folder.toString()), INSTALL_LIMIT,
                out::add) != 0) {
            throw new LabException("Python could not make a virtual environment in " + folder + ": " + brief(out)
                    + "\nOn Debian and Ubuntu: apt install python3-venv, then run mvn again.");
        }
    }

    private void install(Path python) {
        List<String> out = new ArrayList<>();
        int[] fetched = {0};
        int code = Jupyter.run(
                new ProcessBuilder(python.toString(), "-m", "pip", "install", "--no-input", "--progress-bar", "off",
                        "--disable-pip-version-check", "-r", requirements.toString()),
                INSTALL_LIMIT, line -> {
                    out.add(line);
                    if (line.startsWith("Collecting ") && ++fetched[0] % 10 == 0) {
                        System.out.println("  " + fetched[0] + " packages fetched");
                    } else if (line.startsWith("Installing ")) {
                        System.out.println("  installing them");
                    }
                });
        if (code != 0) {
            throw new LabException("pip could not install " + what + ": " + brief(out)
                    + "\nCheck that this computer is online and that pip may reach PyPI, then run mvn again.\n"
                    + otherWay);
        }
    }

    /** The last lines that say something is wrong, or just the last. */
    private static String brief(List<String> out) {
        List<String> errors = out.stream().filter(line -> line.toLowerCase(Locale.ROOT).contains("error")).toList();
        List<String> lines = errors.isEmpty() ? out : errors;
        return String.join("\n  ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
