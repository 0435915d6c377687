package convlstm.kernel;

import com.google.gson.Gson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When a message may be sent, so that Jupyter's server drops none: it does where in any three seconds more than 3 MB are
 * printed or more than 3000 messages come.
 */
final class OutputLimit {
    /** Longer than the server's, since messages may reach it closer to each other than they were sent. */
    private static final long WINDOW_NANOS = 3_300_000_000L;
    private static final long BYTES = 2_900_000;
    private static final int MESSAGES = 2_900;
    /** What a message has beside its text. */
    private static final int HEADERS = 1_000;
    private static final Gson JSON = new Gson();

    private record Sent(long nanos, int bytes) {}

    private final Deque<Sent> sent = new ArrayDeque<>();
    private long bytes;

    /** How many bytes of the server's limit a text takes: those of the JSON that is sent. */
    static int bytes(String text) {
        return text.isEmpty() ? 0 : JSON.toJson(text).getBytes(StandardCharsets.UTF_8).length + HEADERS;
    }

    /** How long a message has to wait, in nanoseconds; if 0, it counts as sent now. */
    long send(long now, int length) {
        while (!sent.isEmpty() && now - sent.element().nanos >= WINDOW_NANOS) {
            bytes -= sent.remove().bytes;
        }
        if (!sent.isEmpty() && (sent.size() >= MESSAGES || bytes + length > BYTES)) {
            return WINDOW_NANOS - (now - sent.element().nanos);
        }
        sent.add(new Sent(now, length));
        bytes += length;
        return 0;
    }
}
