package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@link Worker} seen from the program: asked one job at a time, ended and started anew where it does not answer. */
final class WorkerProcess implements AutoCloseable {
    private static final String GONE = "gone";
    private static final long GRACE_SECONDS = 30; // for the compiler

    /** Of Java's serialisation, in which JShell's connection hands stack traces on, nothing else is read. */
    private static final String SERIAL_FILTER = "-Djdk.serialFilter=maxdepth=4;maxarray=100000;"
            + "java.lang.StackTraceElement;!*";

    private final Worker.Setting setting;
    private final ObjectMapper json = new ObjectMapper();
    private Process process;
    private LinkedBlockingQueue<String> answers;

    /** A worker that twice did not answer as one does; the message says what it did. */
    static final class Strange extends Exception {
        private static final long serialVersionUID = 1;

        Strange(String message) {
            super(message);
        }
    }

    WorkerProcess(Worker.Setting setting) throws IOException {
        this.setting = setting;
        this.process = start();
        this.answers = listen(process);
    }

    private Process start() throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx768m",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", SERIAL_FILTER, "-Dconvlstm.data=" + Worker.DATA,
                "-cp", System.getProperty("java.class.path"), Worker.class.getName(), setting.classPath(),
                setting.instructorJar(), setting.heap(), setting.isolation().name())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static LinkedBlockingQueue<String> listen(Process process) {
        LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
        Thread.ofVirtual().start(() -> {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().forEach(answers::add);
            } catch (UncheckedIOException | IOException e) { // ended by force
            }
            answers.add(GONE);
        });
        return answers;
    }

    /**
     * Has a job done. A cell on which even the compiler does not end is answered for, too; where the worker dies or says
     * what nobody asked, a new one does the job again.
     */
    List<Job.Verdict> ask(Job job) throws IOException, InterruptedException, Strange {
        try {
            return askOnce(job);
        } catch (Strange | IOException e) {
            restart();
            try {
                return askOnce(job);
            } catch (Strange again) {
                restart();
                throw again;
            }
        }
    }

    private List<Job.Verdict> askOnce(Job job) throws IOException, InterruptedException, Strange {
        if (!process.isAlive() || !answers.isEmpty()) {
            restart();
        }
        BufferedWriter jobs = process.outputWriter(StandardCharsets.UTF_8);
        jobs.write(json.writeValueAsString(job) + "\n");
        jobs.flush();
        String cell = job.steps().getFirst().cell();
        while (true) {
            Patience patience = new Patience(process.toHandle());
            String answer = null;
            while (answer == null && !patience.isOver(job.seconds() + GRACE_SECONDS)) {
                answer = answers.poll(1, TimeUnit.SECONDS);
            }
            if (answer == null || answer.equals(GONE) && process.waitFor() == Worker.COMPILER_BROKE) {
                restart();
                return List.of(Job.Verdict.ended(Job.End.COMPILER, cell));
            } else if (answer.equals(GONE)) {
                throw new Strange("the worker died at " + cell);
            } else if (answer.startsWith(job.token() + Worker.DONE)) {
                return List.of(json.readValue(answer.substring((job.token() + Worker.DONE).length()),
                        Job.Verdict[].class));
            } else if (!answer.startsWith(job.token() + Worker.AT)) {
                throw new Strange("somebody else spoke in the worker's place at " + cell);
            }
            cell = answer.substring((job.token() + Worker.AT).length());
        }
    }

    private void restart() throws IOException {
        close();
        process = start();
        answers = listen(process);
    }

    /** Ends it by force, with the Java that it started, and waits until it is gone. */
    @Override
    public void close() {
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList()
                .forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }
}
