package convlstm.app;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;

/**
 * Puts everything into one archive that tests and times the {@code cuda} backend on a GPU machine that has NVIDIA's
 * driver and nothing else: a trimmed Java, the kit's jar, the tests, {@code gpu.sh} and {@code gpu-check.sh}. Started
 * with the test class path.
 */
public final class Bundle {
    private static final String NAME = "convlstm-gpu";
    private static final long MOST_BYTES = 60_000_000;

    private static final String MODULES = "java.base,java.logging,java.management,jdk.incubator.vector,jdk.unsupported";

    /** The tests that say something about a GPU, most of it first; the classes they use are compiled with them. */
    private static final List<String> TESTS = List.of("backend.cuda.CudaBackendTest", "backend.cuda.WinogradTest",
            "golden.GoldenTest", "backend.BackendContractTest", "backend.cuda.CudaTrainingTest",
            "backend.EquationsTest");

    private static final List<String> JARS = List.of("convlstm-", "junit-", "opentest4j", "apiguardian", "jspecify",
            "jackson-", "commons-math3");

    private final Checkout kit;
    private final Path folder;

    private Bundle(Checkout kit) {
        this.kit = kit;
        this.folder = kit.target().resolve("bundle").resolve(NAME);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            new Bundle(Checkout.here()).make();
        } catch (LabException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private void make() throws IOException, InterruptedException {
        clear(folder);
        Files.createDirectories(folder.resolve("jars"));
        run("jlink", "--add-modules", MODULES, "--strip-debug", "--no-header-files", "--no-man-pages", "--compress",
                "zip-6", "--output", folder.resolve("runtime").toString());
        jars();
        tests();
        for (String file : List.of("LICENSE", "lib/tools/src/main/python/execute.py",
                "lib/tools/src/main/python/bench_peers.py",
                "lib/core/src/main/cuda/kernels.cu")) {
            copy(kit.root().resolve(file), folder.resolve(file));
        }
        script("gpu.sh");
        script("gpu-check.sh");
        Path archive = folder.resolveSibling(NAME + ".tar.gz");
        start("tar", "-czf", archive.toString(), "-C", folder.resolveSibling("").toString(), NAME);
        if (Files.size(archive) >= MOST_BYTES) {
            throw new LabException(
                    String.format(Locale.ROOT, "bundle: expected below %,d bytes, got %,d", MOST_BYTES,
                            Files.size(archive)));
        }
        System.out.printf(Locale.ROOT, "%s, %.1f MB. On the GPU machine: tar -xzf %s.tar.gz && %s/gpu.sh test%n",
                kit.root().relativize(archive), Files.size(archive) / 1e6, NAME, NAME);
    }

    /** The jar of this program, and of the test class path the kit's others and the test engine. */
    private void jars() throws IOException {
        List<Path> jars = new ArrayList<>();
        try (Stream<Path> own = Files.list(kit.jars())) {
            own.filter(jar -> jar.getFileName().toString().startsWith("convlstm-tools-")).forEach(jars::add);
        }
        classPath().map(Path::of)
                .filter(jar -> JARS.stream().anyMatch(jar.getFileName().toString()::startsWith))
                .forEach(jars::add);
        for (Path jar : jars) {
            copy(jar, folder.resolve("jars").resolve(jar.getFileName().toString()));
        }
    }

    private static Stream<String> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    private void tests() throws IOException {
        Path sources = kit.root().resolve("lib/core/src/test/java");
        Path classes = Files.createDirectories(folder.resolve("tests"));
        JavaCompiler compiler = javax.tools.ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var units = files.getJavaFileObjectsFromPaths(
                    Stream.concat(TESTS.stream(), Stream.of("build.RunTests"))
                            .map(name -> sources.resolve("convlstm/" + name.replace('.', '/') + ".java")).toList());
            String jars = classPath().filter(entry -> !entry.endsWith("test-classes")) // all is compiled from source
                    .collect(Collectors.joining(File.pathSeparator));
            List<String> options = List.of("-proc:none", "-nowarn", "-parameters", "-implicit:class", "-d",
                    classes.toString(), "-sourcepath", sources.toString(), "-cp", jars);
            if (!compiler.getTask(messages, files, null, options, null, units).call()) {
                throw new LabException("bundle: the tests did not compile\n" + messages);
            }
        }
        Path golden = kit.root().resolve("lib/core/src/test/resources/golden");
        try (Stream<Path> arrays = Files.list(golden)) {
            for (Path array : arrays.toList()) {
                copy(array, classes.resolve("golden").resolve(array.getFileName().toString()));
            }
        }
    }

    /** A script, with the flags that this Java was started with and the names of the tests. */
    private void script(String name) throws IOException {
        List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--")).toList();
        try (InputStream in = Bundle.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new LabException("bundle: the kit was built without " + name + ". Hint: mvn -q -Drun=bundle");
            }
            Path script = folder.resolve(name);
            Files.writeString(script, new String(in.readAllBytes()).replace("@flags@", String.join(" ", flags))
                    .replace("@tests@", String.join(" ", TESTS)));
            if (!script.toFile().setExecutable(true)) {
                throw new LabException("bundle: " + script + " could not be made executable");
            }
        }
    }

    private static void run(String tool, String... args) {
        ToolProvider found = ToolProvider.findFirst(tool).orElseThrow(
                () -> new LabException("bundle: this Java has no " + tool + ". Hint: a full JDK 25 has it"));
        StringWriter messages = new StringWriter();
        try (var out = new PrintWriter(messages)) {
            if (found.run(out, out, args) != 0) {
                throw new LabException("bundle: " + tool + " failed\n" + messages);
            }
        }
    }

    private static void start(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (code != 0) {
            throw new LabException("bundle: " + String.join(" ", command) + " ended with " + code);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void clear(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
