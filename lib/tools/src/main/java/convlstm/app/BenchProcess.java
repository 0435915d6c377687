package convlstm.app;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A contestant at work: a process that computes only while it is asked something. */
final class BenchProcess implements AutoCloseable {
    private static final String MARK = "bench: ";
    private static final String END = "error the process ended";

    /** What PyTorch's worker, oneDNN and MKL print of the instructions they use, the latter two if asked to be verbose. */
    private static final Pattern VECTORS = Pattern.compile(
            "(?:aten|(onednn)_verbose.*,cpu),isa:(.*)|MKL_VERBOSE .* architecture (.*) processors,.*");

    private final Path log;
    private final Process process;
    private final BufferedWriter questions;
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Set<String> vectors = Collections.synchronizedSet(new LinkedHashSet<>());
    private final Thread end;
    private final Thread listener;

    /**
     * Starts it.
     *
     * @param environment what it is to be told besides
     * @param log takes what it writes besides its answers
     */
    BenchProcess(List<String> command, Map<String, String> environment, Path folder, Path log) throws IOException {
        this.log = log;
        Files.createDirectories(log.toAbsolutePath().getParent());
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectError(log.toFile());
        builder.environment().putAll(environment);
        builder.environment().put("PYTHONUTF8", "1");
        builder.environment().put("TORCHINDUCTOR_CACHE_DIR", folder.resolve("target/bench/compiled").toString());
        Jupyter.safePython(builder);
        process = builder.start();
        end = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(end);
        questions = process.outputWriter();
        listener = Thread.ofVirtual().start(this::listen);
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader()) {
            lines.lines().forEach(line -> {
                Matcher isa = VECTORS.matcher(line);
                if (line.startsWith(MARK)) {
                    answers.add(line.substring(MARK.length()));
                } else if (isa.matches()) {
                    vectors.add(isa.group(3) != null
                            ? "MKL " + isa.group(3)
                            : (isa.group(1) != null ? "oneDNN " : "ATen ") + isa.group(2));
                }
            });
        } catch (UncheckedIOException | IOException e) {
            answers.add("error " + e.getMessage());
        }
        answers.add(END);
    }

    /**
     * Asks, and waits for the answer.
     *
     * @param wanted the answer's first word
     * @return the rest of the answer
     * @throws BenchFault if the answer is another, or does not come in time
     */
    String ask(String question, String wanted, Duration limit) throws BenchFault {
        try {
            questions.write(question + "\n");
            questions.flush();
        } catch (IOException e) {
            throw new BenchFault("ended before it was asked to; its own words are in " + log, e);
        }
        return await(wanted, limit);
    }

    /** Waits for an answer; the first one, {@code ready NAME}, comes unasked. */
    String await(String wanted, Duration limit) throws BenchFault {
        String answer;
        try {
            answer = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new BenchFault("was interrupted", e);
        }
        if (answer == null) {
            throw new BenchFault("gave no answer within " + limit.toSeconds() + " s", null);
        }
        if (!answer.startsWith(wanted + " ")) {
            throw new BenchFault(answer + " (more in " + log + ")", null);
        }
        return answer.substring(wanted.length() + 1);
    }

    /** What its libraries have said of the instructions they use. */
    String vectors() {
        return String.join(", ", vectors).replace("(R)", "");
    }

    /** The most memory it has had resident, in MB; empty where the operating system does not tell. */
    OptionalDouble peakMegabytes() {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / 1e6)
                    .findFirst();
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }

    @Override
    public void close() {
        try {
            questions.write("quit\n");
            questions.close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            listener.join(5000); // so that nothing it has said is missed
        } catch (IOException | InterruptedException e) {
            process.destroyForcibly();
        }
        Runtime.getRuntime().removeShutdownHook(end);
    }
}
