package convlstm.app.grade;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jshell.execution.StreamingExecutionControl;
import jdk.jshell.execution.Util;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/** An isolated process for JShell to run code in, which can be ended whatever that code does. */
final class RemoteJava implements ExecutionControlProvider, AutoCloseable {
    private static final int LOG_BYTES = 4096;

    private final Isolation isolation;
    private final String name = "convlstm-grade-" + UUID.randomUUID();
    private final Gate gate = new Gate();
    private final Path log;
    private final Process process;
    private String exempt = " ";

    /**
     * Starts the process.
     *
     * @param flags its JVM flags
     * @param folder an empty one, for what it says and, where it is not isolated, for what it leaves
     */
    RemoteJava(Isolation isolation, List<String> flags, String classPath, Path folder) throws IOException {
        this.isolation = isolation;
        log = folder.resolve("java.log");
        process = new ProcessBuilder(isolation.command(name, flags, classPath, Agent.class.getName(), folder))
                .directory(folder.toFile()).redirectError(log.toFile()).start();
    }

    @Override
    public String name() {
        return "graded";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) throws IOException {
        return Util.remoteInputOutput(process.getInputStream(), process.getOutputStream(),
                Map.of("out", env.userOut(), "err", env.userErr()), Map.of(), Control::new);
    }

    /** What the code that was loaded calls. */
    Gate gate() {
        return gate;
    }

    /** Lets classes be whose names have this in them: the instructor's checks, under a word that no cell can know. */
    void exempt(String nonce) {
        exempt = nonce;
    }

    private final class Control extends StreamingExecutionControl {
        Control(ObjectInput in, ObjectOutput out) {
            super(out, in);
        }

        @Override
        public void load(ClassBytecodes[] classes) throws ClassInstallException, NotImplementedException,
                EngineTerminationException {
            List<ClassBytecodes> checks = Arrays.stream(classes).filter(c -> c.name().contains(exempt)).toList();
            List<ClassBytecodes> looked = Arrays.stream(classes).filter(c -> !checks.contains(c)).toList();
            List<byte[]> passed = gate.pass(looked.stream().map(ClassBytecodes::bytecodes).toList());
            super.load(Stream.concat(checks.stream(), IntStream.range(0, passed.size())
                    .mapToObj(k -> new ClassBytecodes(looked.get(k).name(), passed.get(k))))
                    .toArray(ClassBytecodes[]::new));
        }

        /** The classes of a jar that the process cannot read are handed to it. */
        @Override
        public void addToClasspath(String jar) throws EngineTerminationException, InternalException {
            List<ClassBytecodes> classes = new ArrayList<>();
            try (JarFile file = new JarFile(jar)) {
                for (JarEntry entry : file.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
                    try (InputStream in = file.getInputStream(entry)) {
                        classes.add(new ClassBytecodes(
                                entry.getName().replace('/', '.').replaceFirst("\\.class$", ""), in.readAllBytes()));
                    }
                }
                super.load(classes.toArray(ClassBytecodes[]::new));
            } catch (IOException | ClassInstallException | NotImplementedException e) {
                throw new InternalException(jar + ": " + e);
            }
        }

        @Override
        public void close() {
            kill();
        }
    }

    /** Ends the process and all that it started, at once. */
    void kill() {
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList()
                .forEach(ProcessHandle::destroyForcibly);
        isolation.end(name);
    }

    Patience patience() {
        return new Patience(process.toHandle());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits a moment for a process whose connection broke; whether it wanted more memory than it may have. */
    boolean outOfMemory() throws IOException {
        try {
            process.waitFor(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return said().matches("(?s).*(java\\.lang\\.OutOfMemoryError|insufficient memory).*");
    }

    /** What the JVM itself said: a refused flag, a crash. */
    String said() throws IOException {
        try (InputStream in = Files.newInputStream(log)) {
            return new String(in.readNBytes(LOG_BYTES), StandardCharsets.UTF_8).strip();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
