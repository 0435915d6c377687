package convlstm.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The driver library without a GPU, {@code fake_cuda.cpp}, around kernels compiled for the CPU. Compiled once into
 * {@code target/cuda-on-host}; where there is no C++ compiler, the test that asks for it is skipped and says so.
 */
@SuppressWarnings("restricted") // it calls C
final class HostCuda implements AutoCloseable {
    private static final Path HERE = Path.of("lib/core/src/test/cpp");
    /** The kit's own kernels. */
    static final Path KERNELS = Path.of("lib/core/src/main/cuda/kernels.cu");

    private static final Path OUT = Path.of("target/cuda-on-host");
    private static final List<String> FLAGS = List.of("-std=c++20", "-O2", "-march=native", "-ffp-contract=off",
            "-fvisibility=hidden", "-w", "-shared", "-fPIC", "-pthread");

    /** A kernel's name: after its result type and, if there are any, its launch bounds. */
    private static final Pattern KERNEL = Pattern
            .compile("__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s*)?(\\w+)\\s*\\(");

    private final Path library;
    private final List<String> names;
    private final SymbolLookup symbols;
    private final @Nullable String before = System.getProperty(Driver.PROPERTY);

    private HostCuda(Path library, List<String> names) {
        this.library = library;
        this.names = names;
        this.symbols = SymbolLookup.libraryLookup(library, Arena.global());
        System.setProperty(Driver.PROPERTY, library.toString());
    }

    /** The driver around the small kernels of the tests, until it is closed; a new one each time. */
    static HostCuda small() {
        HostCuda host = of(HERE.resolve("small.cu"));
        CudaProvider.closeAll();
        host.reset();
        return host;
    }

    /** The driver around the kit's own kernels, until it is closed; devices opened before stay open. */
    static HostCuda kit() {
        return of(KERNELS);
    }

    private static HostCuda of(Path source) {
        return new HostCuda(compile(source), kernels(source));
    }

    /** Compiles the driver around the kernels of a file, if that was not done before. */
    static Path compile(Path kernels) {
        if (!Files.exists(HERE)) {
            abort("no " + HERE + " here: the CUDA kernels were not run on the CPU");
        }
        List<Path> sources = List.of(kernels, HERE.resolve("fake_cuda.cpp"), HERE.resolve("cuda_on_host.h"));
        String compiler = compiler();
        int version = sources.stream().map(HostCuda::text).toList().hashCode() + FLAGS.hashCode();
        String name = "%s-%08x".formatted(kernels.getFileName().toString().replace(".cu", ""), version);
        Path library = OUT.resolve(name + ".so").toAbsolutePath();
        if (Files.exists(library)) {
            return library;
        }
        try {
            Files.createDirectories(OUT);
            Path list = OUT.resolve(name + ".list").toAbsolutePath();
            Files.write(list, kernels(kernels).stream().map("KERNEL(%s)"::formatted).toList());
            Path half = Files.createTempFile(OUT, name, ".so").toAbsolutePath();
            List<String> command = new ArrayList<>(List.of(compiler));
            command.addAll(FLAGS);
            command.addAll(List.of("-DKERNELS=\"" + kernels.toAbsolutePath() + "\"",
                    "-DKERNEL_LIST=\"" + list + "\"", sources.get(1).toString(), "-o", half.toString()));
            run(command);
            return Files.move(half, library, StandardCopyOption.ATOMIC_MOVE); // another process may have made it, too
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String compiler() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return abort("not Linux: the CUDA kernels were not run on the CPU");
        }
        for (String name : List.of("c++", "g++", "clang++")) {
            try {
                run(List.of(name, "--version"));
                return name;
            } catch (IOException e) { // the next one then
                continue;
            }
        }
        return abort("no C++ compiler (c++, g++ or clang++) on the PATH: the CUDA kernels were not run on the CPU");
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + "\n" + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of the kernels in a file, in its order. */
    static List<String> kernels(Path source) {
        return KERNEL.matcher(text(source)).results().map(m -> m.group(1)).toList();
    }

    /** The library's file. */
    Path library() {
        return library;
    }

    /** As much of a PTX text as the driver made for the tests looks at. */
    String ptx() {
        return ptx("7.4", "sm_75");
    }

    String ptx(String version, String target) {
        return ".version " + version + "\n.target " + target + "\n"
                + names.stream().map(".visible .entry %s()\n"::formatted).collect(Collectors.joining());
    }

    // ---- what the driver made for the tests has besides

    /** A new driver, as after the start of the computer. */
    void reset() {
        call("fake_reset");
    }

    /** Other devices: how many, of which compute capability (10 major + minor), driver version and memory. */
    void device(int devices, int capability, int version, long memory) {
        call("fake_device", devices, capability, version, memory);
    }

    /** Lets a function of the driver fail once, after so many calls that succeed. */
    void fail(String function, int error, long after) {
        try (Arena arena = Arena.ofConfined()) {
            call("fake_fail", arena.allocateFrom(function), error, after);
        }
    }

    /** How often a function was called; all of them together for "". */
    long calls(String function) {
        try (Arena arena = Arena.ofConfined()) {
            return call("fake_calls", arena.allocateFrom(function));
        }
    }

    /** How many kernels ran. */
    long launched() {
        return call("fake_launched");
    }

    /** How many there are of allocations, pinned, modules, contexts, streams, events, graphs or executables. */
    long live(String kind) {
        try (Arena arena = Arena.ofConfined()) {
            return call("fake_live", arena.allocateFrom(kind));
        }
    }

    /** Lets the threads of a block start with the last one. */
    void descending(boolean yes) {
        call("fake_descending", yes ? 1 : 0);
    }

    /** From now on launches are not run, but written to a file, a line each; with "" they run again. */
    void record(String file) {
        try (Arena arena = Arena.ofConfined()) {
            call("fake_record", arena.allocateFrom(file));
        }
    }

    /** Does not print what is wrong with a kernel: the test expects it. */
    void quiet() {
        call("fake_quiet", 1);
    }

    private long call(String name, Object... arguments) {
        MemoryLayout[] parameters = Arrays.stream(arguments).map(a -> switch (a) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            default -> ADDRESS;
        }).toArray(MemoryLayout[]::new);
        MemorySegment symbol = symbols.find(name).orElseThrow();
        MethodHandle handle = Linker.nativeLinker().downcallHandle(symbol,
                FunctionDescriptor.of(JAVA_LONG, parameters));
        try {
            return (long) handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(name, e);
        }
    }

    /** Closes what {@link CudaProvider#unusable} keeps open. From here on the driver is what it was before. */
    @Override
    public void close() {
        CudaProvider.closeAll();
        if (before == null) {
            System.clearProperty(Driver.PROPERTY);
        } else {
            System.setProperty(Driver.PROPERTY, before);
        }
    }
}
