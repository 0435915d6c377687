package convlstm.app.grade;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the beginning of what is printed, however much that is. */
final class LimitedOutput extends OutputStream {
    private final int limit;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private long dropped;

    LimitedOutput(int bytes) {
        limit = bytes;
    }

    @Override
    public synchronized void write(int b) {
        if (kept.size() < limit) {
            kept.write(b);
        } else {
            dropped++;
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) {
        int fits = Math.clamp(limit - kept.size(), 0, count);
        kept.write(bytes, from, fits);
        dropped += count - fits;
    }

    /** What was printed since the last call. */
    synchronized String take() {
        String text = kept.toString(StandardCharsets.UTF_8);
        String end = dropped == 0 ? "" : "\n[" + dropped + " more bytes left out]";
        kept.reset();
        dropped = 0;
        return text.strip() + end;
    }
}
