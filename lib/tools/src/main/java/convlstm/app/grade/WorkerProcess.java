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

    private final Worker.Setting setting;
    private final ObjectMapper json = new ObjectMapper();
    private Process process;
    private LinkedBlockingQueue<String> answers;

    WorkerProcess(Worker.Setting setting) throws IOException {
        this.setting = setting;
        this.process = start();
        this.answers = listen(process);
    }

    private Process start() throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx768m",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                Worker.class.getName(), setting.classPath(), setting.instructorJar(), setting.heap())
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

    /** Has a job done. A cell on which even the compiler does not end is answered for, too. */
    Job.Verdict ask(Job job) throws IOException, InterruptedException {
        if (!process.isAlive()) {
            restart();
        }
        try {
            BufferedWriter jobs = process.outputWriter(StandardCharsets.UTF_8);
            jobs.write(json.writeValueAsString(job) + "\n");
            jobs.flush();
        } catch (IOException e) {
            restart();
            throw e;
        }
        String cell = job.steps().getFirst().cell();
        while (true) {
            String answer = answers.poll(Math.round(job.seconds()) + GRACE_SECONDS, TimeUnit.SECONDS);
            if (answer == null || answer.equals(GONE)) {
                restart();
                return new Job.Verdict(Job.End.COMPILER, cell, 0, List.of(), "", "");
            }
            if (answer.startsWith(Worker.DONE)) {
                return json.readValue(answer.substring(Worker.DONE.length()), Job.Verdict.class);
            }
            cell = answer.substring(Worker.AT.length());
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
