package convlstm.kernel;

import io.github.spencerpark.jupyter.channels.JupyterSocket;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.publish.PublishStream;
import io.github.spencerpark.jupyter.messages.publish.PublishStream.StreamType;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a notebook shows, in order and from a thread of its own, once it is started. What is printed goes out in
 * batches, since JupyterLab draws a cell's text anew for each: after 50 ms, half a second where the cell has printed
 * much, or when something else follows. {@link OutputLimit} keeps Jupyter's server from dropping some.
 *
 * <p>Only this thread uses the socket: an interrupt that met a cell in the midst of sending would close it.
 */
final class Publisher extends Thread {
    private static final long SHORTEST_BATCH_NANOS = 50_000_000;
    private static final long LONGEST_BATCH_NANOS = 500_000_000;
    /** A batch is as much longer: drawing a character anew takes JupyterLab about a quarter of it. */
    private static final long NANOS_PER_CHAR = 1000;
    private static final int MOST_BATCH_CHARS = 256 << 10;
    /** A cell that prints faster than its reader reads waits. */
    private static final int MOST_WAITING_CHARS = 4 << 20;

    /** A message, or what was printed since the one before it. */
    private static final class Item {
        final @Nullable Message<?> message;
        final @Nullable MessageContext parent;
        final @Nullable StreamType type;
        final StringBuilder text = new StringBuilder();
        final long since = System.nanoTime();

        Item(@Nullable Message<?> message, @Nullable MessageContext parent, @Nullable StreamType type) {
            this.message = message;
            this.parent = parent;
            this.type = type;
        }
    }

    private final JupyterSocket socket;
    private final @Nullable OutputLimit limit;
    private final Deque<Item> waiting = new ArrayDeque<>();
    private int waitingChars;
    private boolean sending;
    private @Nullable MessageContext parent;
    private long printed; // characters, by the cell

    /** @param limited whether a server may be between this and the reader that drops what comes too fast */
    Publisher(JupyterSocket socket, boolean limited) {
        super("publisher");
        this.socket = socket;
        limit = limited ? new OutputLimit() : null;
        setDaemon(true);
    }

    /** The cell that what is printed from now on belongs to. */
    synchronized void parent(MessageContext cell) {
        parent = cell;
        printed = 0;
    }

    synchronized void publish(Message<?> message) {
        waiting.add(new Item(message, null, null));
        notifyAll();
    }

    private synchronized void print(StreamType type, CharSequence text) {
        boolean interrupted = false;
        while (waitingChars > MOST_WAITING_CHARS && !interrupted) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Item last = waiting.peekLast();
        if (last == null || last.message != null || last.type != type || last.parent != parent
                || last.text.length() >= MOST_BATCH_CHARS) {
            last = new Item(null, parent, type);
            waiting.add(last);
            notifyAll();
        }
        last.text.append(text);
        waitingChars += text.length();
        printed += text.length();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A stream whose text goes to the reader. */
    OutputStream stream(StreamType type) {
        return new OutputStream() {
            private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
            private byte[] begun = new byte[0]; // of a character whose other bytes are still to come

            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public synchronized void write(byte[] b, int offset, int length) {
                ByteBuffer in = ByteBuffer.allocate(begun.length + length).put(begun).put(b, offset, length).flip();
                CharBuffer out = CharBuffer.allocate(in.remaining());
                decoder.decode(in, out, false);
                begun = new byte[in.remaining()];
                in.get(begun);
                if (out.position() > 0) {
                    print(type, out.flip());
                }
            }
        };
    }

    /** Returns when all is sent, or after a second. */
    synchronized void drain() {
        long end = System.nanoTime() + 1_000_000_000;
        try {
            while ((sending || !waiting.isEmpty()) && System.nanoTime() < end) {
                wait(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        Item item = null;
        while (true) {
            try {
                item = item == null ? next() : item;
                send(item);
                item = null;
            } catch (InterruptedException e) {
                return;
            } catch (OutOfMemoryError e) {
                Thread.yield(); // that of a cell, which will say so; this is sent when there is room again
            } catch (RuntimeException e) {
                item = null;
                Kernel.LOG.println("kernel: lost a message to Jupyter, since " + e);
            }
        }
    }

    private synchronized Item next() throws InterruptedException {
        sending = false;
        notifyAll();
        while (true) {
            Item first = waiting.peek();
            if (first == null) {
                wait();
            } else if (first.message == null && waiting.size() == 1) {
                long batch = Math.clamp(printed * NANOS_PER_CHAR, SHORTEST_BATCH_NANOS, LONGEST_BATCH_NANOS);
                long left = batch - (System.nanoTime() - first.since);
                if (left <= 0) {
                    break;
                }
                wait(left / 1_000_000, (int) (left % 1_000_000));
            } else {
                break;
            }
        }
        sending = true;
        Item item = waiting.remove();
        waitingChars -= item.text.length();
        return item;
    }

    private void send(Item item) throws InterruptedException {
        Message<?> message = item.message;
        if (message == null && item.type != null) {
            String text = item.text.toString();
            slowDown(text);
            message = new Message<>(item.parent, PublishStream.MESSAGE_TYPE, new PublishStream(item.type, text));
        } else {
            slowDown("");
        }
        if (message != null) {
            socket.sendMessage(message);
        }
    }

    private void slowDown(String text) throws InterruptedException {
        if (limit != null) {
            int bytes = OutputLimit.bytes(text);
            long wait;
            while ((wait = limit.send(System.nanoTime(), bytes)) > 0) {
                Thread.sleep(wait / 1_000_000 + 1);
            }
        }
    }
}
