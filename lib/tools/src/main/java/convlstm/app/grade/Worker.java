package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.KernelSpec;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A process that runs jobs, one after the other: a line of JSON in, a line of JSON out. The compiler runs here, so that a
 * text on which it never ends costs this process and not the program; what it compiled runs in {@link RemoteJava}.
 */
final class Worker {
    /** What a job cannot choose. */
    record Setting(String classPath, String instructorJar, String heap, Isolation isolation) {}

    /** Begin the lines, after the job's token, that tell of a cell to be run, and of a verdict. */
    static final String AT = " at ";
    static final String DONE = " done ";

    /** How this process ends where the compiler broke down on a cell. */
    static final int COMPILER_BROKE = 9;

    /** The kit's own data, which the kit would look for where it runs. */
    static final Path DATA = Path.of(System.getProperty("convlstm.data", "data")).toAbsolutePath();

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
        Worker worker = new Worker(new Setting(args[0], args[1], args[2], Isolation.valueOf(args[3])));
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        ObjectMapper json = new ObjectMapper();
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
            try {
                Job job = json.readValue(line, Job.class);
                List<Job.Verdict> verdicts = worker.run(job, cell -> answers.println(job.token() + AT + cell));
                answers.println(job.token() + DONE + json.writeValueAsString(verdicts));
            } catch (StackOverflowError | OutOfMemoryError e) {
                Runtime.getRuntime().halt(COMPILER_BROKE);
            }
        }
        System.exit(0);
    }

    /**
     * Runs a job.
     *
     * @param at is told of each cell before it is run
     * @return one for each cell with checks, the last one for the cell that ended the Java, if one did
     */
    List<Job.Verdict> run(Job job, Consumer<String> at) throws IOException {
        Path folder = Files.createTempDirectory("grade");
        try (Shell shell = new Shell(setting.isolation(), flags(), setting.classPath(), folder)) {
            Set<String> kits = job.steps().stream().flatMap(step -> step.reserved().stream())
                    .collect(Collectors.toSet());
            kits.add("student");
            long end = System.nanoTime() + Math.round(job.total() * 1e9);
            long since = System.nanoTime();
            List<Job.Verdict> verdicts = new ArrayList<>();
            List<Job.Remark> remarks = new ArrayList<>();
            Set<Job.Use> uses = new LinkedHashSet<>();
            for (Job.Step step : job.steps()) {
                at.accept(step.cell());
                List<Job.Check> checks = List.of();
                boolean scored = false;
                if (step.test()) {
                    shell.takeOutput();
                    if (verdicts.isEmpty() && !setting.instructorJar().isEmpty()) {
                        shell.addToClassPath(setting.instructorJar());
                    }
                    Optional<List<Job.Check>> score = shell.score(step, limit(job, end), remarks);
                    scored = score.isPresent();
                    checks = score.orElse(List.of());
                } else {
                    List<Job.Remark> said = shell.run(step, kits, limit(job, end));
                    if (step.byStudent()) { // one of the kit's fails for a reason that was said of an answer above it
                        remarks.addAll(said);
                    }
                }
                uses.addAll(shell.takeUses(step));
                boolean alive = scored || shell.isAlive();
                if (step.test() || !alive) {
                    verdicts.add(new Job.Verdict(scored ? Job.End.SCORED : alive ? Job.End.NO_SCORE : shell.end(),
                            step.cell(), checks, List.copyOf(remarks), new LinkedHashSet<>(uses),
                            step.test() ? shell.takeOutput() : "", shell.takeErrors(),
                            (System.nanoTime() - since) / 1e9));
                    remarks.clear();
                    uses.clear();
                    since = System.nanoTime();
                }
                if (!alive) {
                    break;
                }
            }
            return verdicts;
        } finally {
            try {
                delete(folder);
            } catch (IOException | UncheckedIOException e) { // where it is not isolated, a cell may have locked a folder
                System.err.println("left in place: " + e.getMessage());
            }
        }
    }

    private static double limit(Job job, long end) {
        return Math.min(job.seconds(), (end - System.nanoTime()) / 1e9);
    }

    /**
     * The kit's own, but no native code and no Unsafe, which could reach into every object; numbers are written as in the
     * United States, wherever the grader runs.
     */
    private List<String> flags() {
        List<String> flags = new ArrayList<>(KernelSpec.JVM_FLAGS);
        flags.replaceAll(flag -> flag.replace("unsafe-memory-access=allow", "unsafe-memory-access=deny")
                .replace("--enable-native-access=ALL-UNNAMED", "--illegal-native-access=deny"));
        flags.addAll(List.of("-Xmx" + setting.heap(), "-XX:MaxMetaspaceSize=256m", "-XX:MaxDirectMemorySize=256m",
                "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:+DisplayVMOutputToStderr",
                "-XX:+DisableAttachMechanism", "-XX:-UsePerfData", "-Duser.language=en", "-Duser.country=US",
                "-Dconvlstm.checks.silent=true", "-Dconvlstm.data=" + DATA));
        return flags;
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
