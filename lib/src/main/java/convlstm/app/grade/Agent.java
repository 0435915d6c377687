package convlstm.app.grade;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.execution.Util;

/**
 * The Java in which one question's code runs, and nothing else. It takes compiled classes from {@link RemoteJava}, over
 * its standard input, and answers over its standard output; neither is what cells know as System.in and System.out.
 */
final class Agent {
    private Agent() {}

    public static void main(String[] args) throws IOException {
        InputStream commands = new FileInputStream(FileDescriptor.in);
        OutputStream answers = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        System.setIn(InputStream.nullInputStream());
        try {
            Util.forwardExecutionControlAndIO(new DirectExecutionControl(), commands, answers,
                    Map.of("out", out -> System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8)),
                            "err", err -> System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8))),
                    Map.of());
        } catch (EOFException e) { // who asked is gone
        }
        Runtime.getRuntime().halt(0);
    }
}
