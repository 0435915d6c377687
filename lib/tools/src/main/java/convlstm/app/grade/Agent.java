package convlstm.app.grade;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.execution.Util;

/** The Java in which one question's code runs, and nothing else. It takes compiled classes from {@link RemoteJava}. */
final class Agent {
    private Agent() {}

    /** The argument is the port, on this machine, of the one who started it. */
    public static void main(String[] args) throws IOException {
        // Whoever started it is gone: code that never ends must not outlive it.
        ProcessHandle.current().parent().ifPresent(p -> p.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        socket.setTcpNoDelay(true);
        Util.forwardExecutionControlAndIO(new DirectExecutionControl(), socket.getInputStream(),
                socket.getOutputStream(),
                Map.of("out", out -> System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8)),
                        "err", err -> System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8))),
                Map.of());
        Runtime.getRuntime().halt(0);
    }
}
