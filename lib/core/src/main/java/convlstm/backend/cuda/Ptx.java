package convlstm.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compiles {@code kernels.cu} to the PTX text that travels with the kit: {@code mvn -q -Drun=ptx}. PTX is NVIDIA's
 * portable machine language, and every driver turns it into code for its own GPU; so one text serves all GPUs, and its
 * users need no compiler.
 *
 * <p>The compiler is NVRTC, CUDA's compiler as a library, which works without a GPU. The PTX begins with a line that names
 * the source by its SHA-256, so that a test can tell when the two have parted.
 */
@SuppressWarnings("restricted") // calling C is, and every start of the kit allows it
public final class Ptx {
    /** A path of NVRTC's library; without it, the usual names are tried. */
    private static final String PROPERTY = "convlstm.nvrtc";

    private static final List<String> USUAL_NAMES = List.of(
            "libnvrtc.so.11.2", "libnvrtc.so.12", "libnvrtc.so.13", "libnvrtc.so", "/usr/local/cuda/lib64/libnvrtc.so",
            "nvrtc64_112_0.dll", "nvrtc64_120_0.dll", "nvrtc64_130_0.dll");

    static final Path SOURCE = Path.of("lib/core/src/main/cuda/kernels.cu");
    private static final Path FOLDER = Path.of("lib/core/src/main/resources/convlstm/backend/cuda");

    /** In the names of the kernels for tensor cores. */
    static final String TENSOR_CORES = "Tf32";

    private static final Pattern VERSION = Pattern.compile("(?m)^\\.version (\\S+)");
    private static final Pattern KERNEL = Pattern.compile("\\.entry (\\w+)");

    /** The texts that travel with the kit, by the oldest compute capability they are for. */
    enum Text {
        /** All kernels but those for tensor cores, from Turing on. */
        KERNELS("kernels.ptx", "75"),
        /** Those for tensor cores, from Ampere on. */
        TENSOR_CORE_KERNELS("kernels-tf32.ptx", "80");

        private final String file;
        private final String capability;

        Text(String file, String capability) {
            this.file = file;
            this.capability = capability;
        }

        /** The name of the resource, beside this class. */
        String file() {
            return file;
        }

        Path path() {
            return FOLDER.resolve(file);
        }

        String target() {
            return "sm_" + capability;
        }

        private boolean has(String kernel) {
            return kernel.contains(TENSOR_CORES) == (this == TENSOR_CORE_KERNELS);
        }
    }

    private Ptx() {}

    /** Compiles the kernels and replaces the PTX; run at the top of the project. */
    public static void main(String[] args) throws IOException {
        try {
            replace();
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void replace() throws IOException {
        if (!Files.exists(SOURCE)) {
            throw new IllegalStateException("kernels: expected " + SOURCE + ", got none in "
                    + Path.of("").toAbsolutePath() + ". Hint: run mvn -q -Drun=ptx at the top of the project");
        }
        String source = Files.readString(SOURCE);
        for (Text text : Text.values()) {
            String all = compile(source, List.of("--gpu-architecture=compute_" + text.capability, "--std=c++17"));
            String ptx = firstLine(source) + "\n" + only(text, all);
            Path fresh = Files.writeString(FOLDER.resolve(text.file + ".new"), ptx);
            Files.move(fresh, text.path(), StandardCopyOption.REPLACE_EXISTING);
            Matcher version = VERSION.matcher(ptx);
            System.out.println(text.path() + ": " + kernels(ptx).size() + " kernels, PTX "
                    + (version.find() ? version.group(1) : "of unknown version"));
        }
    }

    /** The kernels in a PTX. */
    static Set<String> kernels(String ptx) {
        return KERNEL.matcher(ptx).results().map(m -> m.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A PTX without the kernels that belong to the other text, and without the compiler's remarks. */
    private static String only(Text text, String ptx) {
        String[] parts = ptx.split("(?m)^(?=\\.visible \\.entry)");
        return Arrays.stream(parts)
                .filter(part -> kernels(part).stream().allMatch(text::has))
                .collect(Collectors.joining())
                .replaceAll("(?m)^(//|\t// \\.globl|\t\\.loc).*\n", "");
    }

    /** What the PTX begins with: which source it was made from. */
    static String firstLine(String source) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
            return "// kernels.cu, SHA-256 " + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The PTX of a source, with NVRTC. */
    private static String compile(String source, List<String> options) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup nvrtc = library(arena);
            MemorySegment program = arena.allocate(ADDRESS);
            call(nvrtc, "nvrtcCreateProgram", program, arena.allocateFrom(source), arena.allocateFrom("kernels.cu"), 0,
                    MemorySegment.NULL, MemorySegment.NULL);
            MemorySegment handle = program.get(ADDRESS, 0);
            MemorySegment list = arena.allocate(ADDRESS, options.size());
            for (int k = 0; k < options.size(); k++) {
                list.setAtIndex(ADDRESS, k, arena.allocateFrom(options.get(k)));
            }
            int failed = status(nvrtc, "nvrtcCompileProgram", handle, options.size(), list);
            if (failed != 0) {
                throw new IllegalStateException(
                        "kernels: " + SOURCE + " does not compile:\n" + text(nvrtc, "ProgramLog", handle, arena));
            }
            return text(nvrtc, "PTX", handle, arena);
        }
    }

    private static SymbolLookup library(Arena arena) {
        String named = System.getProperty(PROPERTY, "");
        for (String name : named.isBlank() ? USUAL_NAMES : List.of(named)) {
            try {
                return name.contains("/") || name.contains("\\")
                        ? SymbolLookup.libraryLookup(Path.of(name), arena)
                        : SymbolLookup.libraryLookup(name, arena);
            } catch (IllegalArgumentException e) {
                continue; // no such library; the last word on that is below
            }
        }
        throw new IllegalStateException("nvrtc: expected CUDA's compiler library as "
                + (named.isBlank() ? String.join(", ", USUAL_NAMES) : named) + ", found none. Hint: pip install "
                + "nvidia-cuda-nvrtc-cu11==11.7.99 (no GPU is needed), then add -Dnvrtc=PATH of its libnvrtc.so.11.2. "
                + "Without a compiler the stored PTX is used");
    }

    /** What NVRTC has to say: the functions nvrtcGet...Size and nvrtcGet... */
    private static String text(SymbolLookup nvrtc, String what, MemorySegment program, Arena arena) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        call(nvrtc, "nvrtcGet" + what + "Size", program, size);
        MemorySegment text = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
        call(nvrtc, "nvrtcGet" + what, program, text);
        return text.getString(0);
    }

    private static void call(SymbolLookup nvrtc, String function, Object... arguments) {
        int status = status(nvrtc, function, arguments);
        if (status != 0) {
            throw new IllegalStateException("nvrtc: " + function + " failed with error " + status);
        }
    }

    private static int status(SymbolLookup nvrtc, String function, Object... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        for (int k = 0; k < layouts.length; k++) {
            layouts[k] = arguments[k] instanceof Integer ? JAVA_INT : ADDRESS;
        }
        MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(nvrtc.findOrThrow(function), FunctionDescriptor.of(JAVA_INT, layouts));
        try {
            return (int) handle.invokeWithArguments(arguments);
        } catch (Throwable t) {
            throw new IllegalStateException("nvrtc: " + function + " could not be called", t);
        }
    }
}
