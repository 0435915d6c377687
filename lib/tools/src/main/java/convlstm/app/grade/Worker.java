package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.KernelSpec;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A process that runs jobs, one after the other: a line of JSON in, a line of JSON out. The compiler runs here, so that a
 * text on which it never ends costs this process and not the program.
 */
final class Worker {
    /** What a job cannot choose. */
    record Setting(String classPath, String instructorJar, String heap) {}

    /** Begins the lines that tell of a cell to be run, and of a verdict. */
    static final String AT = "at ";
    static final String DONE = "done ";

    private final Setting setting;

    Worker(Setting setting) {
        this.setting = setting;
    }

    /** The arguments are the {@link Setting}'s fields. */
    public static void main(String[] args) throws IOException {
        // The program is gone: so goes this process, with what it started.
        ProcessHandle.current().parent().ifPresent(p -> p.onExit().thenRun(() -> {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            Runtime.getRuntime().halt(1);
        }));
        Worker worker = new Worker(new Setting(args[0], args[1], args[2]));
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        ObjectMapper json = new ObjectMapper();
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
            try {
                Job.Verdict verdict = worker.run(json.readValue(line, Job.class), cell -> answers.println(AT + cell));
                answers.println(DONE + json.writeValueAsString(verdict));
            } catch (StackOverflowError | OutOfMemoryError e) { // the compiler's; who asked sees that the process is gone
                Runtime.getRuntime().halt(1);
            }
        }
        System.exit(0);
    }

    /**
     * Runs a job.
     *
     * @param at is told of each cell before it is run
     */
    Job.Verdict run(Job job, Consumer<String> at) throws IOException {
        Path folder = Files.createTempDirectory("grade");
        try (Shell shell = new Shell(flags(), setting.classPath(), folder)) {
            List<Job.Remark> remarks = new ArrayList<>();
            Job.Step last = job.steps().getLast();
            for (Job.Step step : job.steps().subList(0, job.steps().size() - 1)) {
                at.accept(step.cell());
                remarks.addAll(shell.run(step, job.seconds()));
                if (!shell.isAlive()) {
                    return new Job.Verdict(shell.end(), step.cell(), 0, remarks, "", shell.takeErrors());
                }
            }
            shell.takeOutput();
            if (!setting.instructorJar().isEmpty()) {
                shell.addToClassPath(setting.instructorJar());
            }
            at.accept(last.cell());
            OptionalDouble points = shell.score(last, job.seconds(), remarks);
            Job.End end = points.isPresent() ? Job.End.SCORED : shell.isAlive() ? Job.End.NO_SCORE : shell.end();
            return new Job.Verdict(end, last.cell(), points.orElse(0), remarks, shell.takeOutput(),
                    shell.takeErrors());
        } finally {
            delete(folder);
        }
    }

    /** The kit's own flags and data, which it would look for where it runs; numbers are written as in the United States, wherever the grader runs. */
    private List<String> flags() {
        List<String> flags = new ArrayList<>(KernelSpec.JVM_FLAGS);
        flags.addAll(List.of("-Xmx" + setting.heap(), "-XX:MaxMetaspaceSize=256m", "-XX:MaxDirectMemorySize=256m",
                "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC", "-Xshare:auto", "-Duser.language=en",
                "-Duser.country=US", "-Dconvlstm.data=" + Path.of("data").toAbsolutePath()));
        return flags;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
