package convlstm.app.grade;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.jshell.execution.StreamingExecutionControl;
import jdk.jshell.execution.Util;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/**
 * A process for JShell to run code in, which can be ended whatever that code does. JShell's own provider starts it under
 * a debugger, which starts slower.
 */
final class RemoteJava implements ExecutionControlProvider, AutoCloseable {
    private static final int CONNECT_MS = 30_000;
    private static final int LOG_BYTES = 4096;

    private final Path log;
    private final ServerSocket listener;
    private final Process process;

    /** Why the process is gone. */
    enum Death {
        /** Its code called {@code System.exit}, or it crashed. */
        EXIT,
        /** It wanted more memory than it may have. */
        MEMORY
    }

    /**
     * Starts the process.
     *
     * @param flags its JVM flags
     * @param folder where it works; what it leaves there is its own affair
     */
    RemoteJava(List<String> flags, String classPath, Path folder) throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        listener.setSoTimeout(CONNECT_MS);
        log = folder.resolve("java.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, Agent.class.getName(), Integer.toString(listener.getLocalPort())));
        try {
            process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                    .redirectOutput(log.toFile()).start();
            process.getOutputStream().close();
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return "graded";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) throws IOException {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true); // JShell asks and answers in small pieces, each of which would wait for the one before
        return Util.remoteInputOutput(socket.getInputStream(), socket.getOutputStream(),
                Map.of("out", env.userOut(), "err", env.userErr()), Map.of(), Control::new);
    }

    private final class Control extends StreamingExecutionControl {
        Control(ObjectInput in, ObjectOutput out) {
            super(out, in);
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
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits a moment for a process whose connection broke, and says why it ended. */
    Death death() throws IOException, InterruptedException {
        process.waitFor(1, TimeUnit.SECONDS);
        return said().contains("java.lang.OutOfMemoryError") ? Death.MEMORY : Death.EXIT;
    }

    /** What the JVM itself said: a refused flag, a crash. */
    String said() throws IOException {
        try (InputStream in = Files.newInputStream(log)) {
            return new String(in.readNBytes(LOG_BYTES), StandardCharsets.UTF_8).strip();
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        listener.close();
    }
}
