package convlstm.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.app.Finding.Mark;
import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import convlstm.backend.reference.ReferenceProvider;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDot;
import convlstm.model.Loss;
import convlstm.model.Models;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Says of everything that the course needs whether it is there and works, and of what is not, how to mend it: {@code mvn
 * -q -Drun=doctor}, or {@code Doctor.report(System.out::println)} in a notebook. The exit code is 0 if nothing is to be mended.
 */
public final class Doctor {
    private static final int JAVA = 25;
    private static final long MB = 1_000_000;

    /** What Maven and pip leave under {@code target/} and in their caches, rounded up. */
    private static final long DISK = 1500 * MB;
    /** What a started kit still writes: outputs, executed copies. */
    private static final long DISK_LATER = 200 * MB;
    /** The smallest heap with which every notebook of the course runs. */
    private static final long HEAP = 1000 * MB;

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)[.\\w+-]*");
    private static final Pattern JAVA_VERSION = Pattern.compile("version \"(\\d+)[^\"]*\"");
    private static final Pattern MOST_MEMORY = Pattern.compile("-xmx(\\d+)([kmg])");

    private final Patient patient;

    Doctor(Patient patient) {
        this.patient = patient;
    }

    public static void main(String[] args) {
        int code = 1;
        try {
            List<Finding> findings = new Doctor(new Patient(Checkout.around()))
                    .examine(f -> System.out.println(f.line(true)));
            System.out.println(summary(findings));
            code = findings.stream().anyMatch(f -> f.mark() == Mark.WRONG) ? 1 : 0;
        } catch (LabException e) {
            System.err.println("\n" + e.getMessage());
        }
        System.exit(code);
    }

    /**
     * The report for a notebook: one line for each part as soon as it is known, and the fix below it where one is needed.
     * Takes seconds.
     */
    public static void report(Consumer<String> line) {
        line.accept(summary(new Doctor(new Patient(Checkout.around())).examine(f -> line.accept(f.line(false)))));
    }

    static String text(List<Finding> findings, boolean paths) {
        return findings.stream().map(f -> f.line(paths)).collect(Collectors.joining("\n")) + "\n" + summary(findings);
    }

    private static String summary(List<Finding> findings) {
        long wrong = findings.stream().filter(f -> f.mark() == Mark.WRONG).count();
        return wrong == 0 ? "Everything works." : "To mend: " + wrong + " of " + findings.size() + ".";
    }

    /** One part of the examination; what it throws is a finding too. */
    private interface Look {
        Finding look() throws IOException;
    }

    List<Finding> examine() {
        return examine(f -> {});
    }

    /** @param each is told of a finding as soon as it is made */
    List<Finding> examine(Consumer<Finding> each) {
        List<Finding> all = new ArrayList<>();
        looks().forEach((part, look) -> {
            all.add(guarded(part, look));
            each.accept(all.getLast());
        });
        backends(finding -> {
            all.add(finding);
            each.accept(finding);
        });
        return all;
    }

    private Map<String, Look> looks() {
        Map<String, Look> looks = new LinkedHashMap<>();
        looks.put("JDK", this::jdk);
        looks.put("JVM flags", this::flags);
        looks.put("class path", this::classPath);
        looks.put("heap", this::heap);
        looks.put("CPU vectors", this::vectors);
        looks.put("Maven", this::maven);
        looks.put("Python", this::python);
        looks.put("Jupyter", this::jupyter);
        looks.put("kernel", this::kernel);
        looks.put("disk", this::disk);
        looks.put("memory", this::memory);
        looks.put("folders", this::folders);
        looks.put("fonts", this::fonts);
        looks.put("data", this::data);
        looks.put("GPU", this::gpu);
        return looks;
    }

    private static Finding guarded(String part, Look look) {
        try {
            return look.look();
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
            return Finding.wrong(part, "failed: " + e, "what the message says; else mvn clean, then mvn again");
        }
    }

    private Finding jdk() {
        String says = "Java " + patient.java();
        return (patient.java().feature() >= JAVA
                ? Finding.good("JDK", says)
                : Finding.wrong("JDK", says + ", expected " + JAVA + " or newer",
                        "install Temurin " + JAVA + " from adoptium.net and run mvn again, which finds it"))
                .at(patient.javaHome());
    }

    private Finding flags() {
        Set<String> missing = new HashSet<>(KernelSpec.JVM_FLAGS);
        missing.removeAll(patient.jvmFlags());
        return missing.isEmpty()
                ? Finding.good("JVM flags", "Vector API and native access are on")
                : Finding.wrong("JVM flags", "missing: " + String.join(" ", missing),
                        "start by mvn, or add them to your own java command");
    }

    /** A jar that is missing, or that a broken download left half. */
    private Finding classPath() throws IOException {
        List<Path> entries = patient.classPath();
        long bytes = 0;
        for (Path entry : entries) {
            if (Files.isDirectory(entry)) {
                continue;
            }
            if (!Files.isRegularFile(entry)) {
                return Finding.wrong("class path", entry.getFileName() + " is not there",
                        "mvn fetches it again; restart the kernel afterwards").at(entry);
            }
            try (JarFile jar = new JarFile(entry.toFile())) {
                bytes += jar.size() == 0 ? 0 : Files.size(entry);
            } catch (IOException e) {
                return Finding.wrong("class path", entry.getFileName() + " is damaged: " + e.getMessage(),
                        "delete it, then run mvn, which fetches it again").at(entry);
            }
        }
        return Finding.good("class path", String.format(Locale.ROOT, "%d entries, %,d MB", entries.size(), bytes / MB));
    }

    private Finding heap() {
        String says = String.format(Locale.ROOT, "%,d MB at most", patient.heap() / MB);
        return patient.heap() >= HEAP
                ? Finding.good("heap", says)
                : Finding.wrong("heap", says + String.format(Locale.ROOT, ", expected %,d MB", HEAP / MB),
                        "for notebooks: mvn -Dlab.heap=3g; for programs: java -Xmx3g");
    }

    private Finding vectors() {
        int bits = patient.vectorBits();
        if (bits == 0) {
            return Finding.note("CPU vectors", "this virtual machine does not say how wide they are",
                    "nothing, unless training is slow: then use a HotSpot JDK, for example Temurin");
        }
        return bits >= 128
                ? Finding.good("CPU vectors", bits + " bits, " + bits / 32 + " numbers at a time")
                : Finding.wrong("CPU vectors", bits + " bits, expected 128 or more",
                        "remove -XX:UseAVX and -XX:MaxVectorSize from the flags; in an emulator use the host's own CPU");
    }

    private Finding maven() {
        Optional<String> said = patient.output(Venv.WINDOWS ? "mvn.cmd" : "mvn", "--version");
        Matcher version = VERSION.matcher(said.orElse(""));
        if (!version.find()) {
            return Finding.wrong("Maven", "not found on the PATH",
                    "install it: apt install maven, brew install maven, or from maven.apache.org");
        }
        return atLeast(version, 3, 8)
                ? Finding.good("Maven", version.group())
                : Finding.wrong("Maven", version.group() + ", expected 3.8 or newer",
                        "install it from maven.apache.org");
    }

    private static boolean atLeast(Matcher version, int major, int minor) {
        int found = Integer.parseInt(version.group(1));
        return found > major || found == major && Integer.parseInt(version.group(2)) >= minor;
    }

    private Finding python() {
        for (String name : Venv.pythonsOfPath()) {
            Matcher version = VERSION.matcher(patient.output(name, "-c", "import sys; print(sys.version)").orElse(""));
            if (version.find() && atLeast(version, 3, 11)) {
                return Finding.good("Python", version.group()).at(name);
            }
        }
        String instead = "install Python 3.11 or newer: apt install python3 python3-venv, brew install python, or from"
                + " python.org; or use conda: conda env create -f environment.yml";
        return jupyterPython().isPresent()
                ? Finding.note("Python", "3.11 or newer is not on the PATH; JupyterLab has its own", instead)
                : Finding.wrong("Python", "3.11 or newer is not on the PATH", instead);
    }

    private Finding jupyter() {
        return jupyterPython()
                .map(found -> Finding.good("Jupyter", "JupyterLab " + found.lines().toList().getFirst())
                        .at(found.lines().toList().getLast()))
                .orElseGet(() -> Finding.note("Jupyter", "no JupyterLab 4 yet",
                        "plain mvn installs it into target/venv, once; it needs a network for that"));
    }

    /** The version of the JupyterLab that plain mvn would start, and its interpreter. */
    private Optional<String> jupyterPython() {
        return Jupyter.pythons(patient.kit, patient.variable("PATH")).stream()
                .map(python -> patient.output(python, "-c", Jupyter.HAS_JUPYTER))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Which JDK runs the kernel is what goes wrong most: asks that very java for its version. */
    private Finding kernel() throws IOException {
        Path file = KernelSpec.file(patient.kit);
        if (!Files.isRegularFile(file)) {
            return Finding.note("kernel", "not set up yet", "plain mvn does it").at(file);
        }
        String again = "run mvn, which writes it anew";
        JsonNode argv;
        try {
            argv = new ObjectMapper().readTree(file.toFile()).path("argv");
        } catch (JsonProcessingException e) {
            return Finding.wrong("kernel", "its specification is no JSON", again).at(file);
        }
        List<String> command = new ArrayList<>();
        argv.forEach(word -> command.add(word.asText()));
        Path jars = patient.kit.jars();
        if (!command.containsAll(KernelSpec.JVM_FLAGS)) {
            return Finding.wrong("kernel", "its flags are not those that the kit needs", again).at(file);
        }
        if (command.stream().noneMatch(word -> word.startsWith(jars.toString()))
                || !Files.isRegularFile(patient.kit.kernelJar())) {
            return Finding.wrong("kernel", "its class path is not this checkout's", again).at(file);
        }
        Matcher version = JAVA_VERSION.matcher(patient.output(command.getFirst(), "-version").orElse(""));
        if (!version.find()) {
            return Finding.wrong("kernel", "the java that it names does not run", again).at(command.getFirst());
        }
        if (Integer.parseInt(version.group(1)) < JAVA) {
            return Finding
                    .wrong("kernel", "it runs java " + version.group(1) + ", expected " + JAVA + " or newer", again)
                    .at(command.getFirst());
        }
        return kernelHeap(command, "java " + version.group().substring("version ".length())).at(command.getFirst());
    }

    /** A notebook's memory must hold the course and fit into the computer. */
    private Finding kernelHeap(List<String> command, String java) {
        Matcher most = MOST_MEMORY.matcher(String.join(" ", command).toLowerCase(Locale.ROOT));
        if (!most.find()) {
            return Finding.good("kernel", java);
        }
        long bytes = Long.parseLong(most.group(1)) << 10 * (1 + "kmg".indexOf(most.group(2)));
        String says = java + String.format(Locale.ROOT, ", up to %,d MB for a notebook", bytes / MB);
        if (bytes < HEAP) {
            return Finding.wrong("kernel", says + String.format(Locale.ROOT, ", expected %,d", HEAP / MB),
                    "mvn -Dlab.heap=3g");
        }
        return bytes <= patient.memory()
                ? Finding.good("kernel", says)
                : Finding.wrong("kernel", says + ", more than there is", "mvn -Dlab.heap=2g");
    }

    private Finding disk() throws IOException {
        long free = patient.freeDisk(patient.kit.root());
        long needed = Files.isDirectory(patient.kit.jars()) && Files.isDirectory(patient.kit.jupyter())
                ? DISK_LATER
                : DISK;
        String says = String.format(Locale.ROOT, "%,d MB free", free / MB);
        return free >= needed
                ? Finding.good("disk", says)
                : Finding.wrong("disk", says + String.format(Locale.ROOT, ", expected %,d MB", needed / MB),
                        "make room on the disk of this folder").at(patient.kit.root());
    }

    private Finding memory() {
        String says = String.format(Locale.ROOT, "%,d MB", patient.memory() / MB);
        return patient.memory() >= 2 * HEAP
                ? Finding.good("memory", says)
                : Finding.wrong("memory",
                        says + String.format(Locale.ROOT, "; a notebook and JupyterLab together take %,d",
                                2 * HEAP / MB),
                        "close other programs; give a container or hub more memory");
    }

    /** Where the kit writes, and whether Java can spell the path. */
    private Finding folders() {
        Path root = patient.kit.root();
        if (!patient.fileNames().toUpperCase(Locale.ROOT).startsWith("UTF")
                && !Pattern.matches("\\p{ASCII}*", root.toString())) {
            return Finding.wrong("folders", "the kit's path has letters that Java cannot spell in this terminal ("
                    + patient.fileNames() + ")", "set LC_ALL=C.UTF-8 and start again, or move the kit").at(root);
        }
        Path writes = Files.isDirectory(patient.kit.target()) ? patient.kit.target() : root;
        return patient.writable(writes)
                ? Finding.good("folders", "target/ can be written").at(root)
                : Finding.wrong("folders", "target/ cannot be written", "copy the kit to a folder of your own")
                        .at(writes);
    }

    private Finding fonts() {
        String install = "install some: apt install fonts-dejavu-core libfontconfig1 libfreetype6";
        try {
            return patient.widthOfAWord() > 0
                    ? Finding.good("fonts", "plots have letters")
                    : Finding.wrong("fonts", "letters have no width", install);
        } catch (RuntimeException | LinkageError e) {
            return Finding.wrong("fonts", "Java finds none: " + e.getMessage(), install);
        }
    }

    private Finding data() throws IOException {
        return Finding.good("data", String.format(Locale.ROOT, "%d and %d digits, files as shipped (SHA-256)",
                Digits.train().count(), Digits.heldOut().count()));
    }

    private Finding gpu() {
        Optional<String> card = patient.output("nvidia-smi", "--query-gpu=name,driver_version",
                "--format=csv,noheader");
        Optional<BackendProvider> cuda = patient.backends().stream().filter(p -> p.name().equals("cuda")).findFirst();
        Optional<String> reason = cuda.map(p -> p.unusable().orElse("")).filter(why -> !why.isEmpty());
        if (card.isEmpty()) {
            return Finding.note("GPU", "none that nvidia-smi finds", "nothing: the course runs on the CPU");
        }
        String says = card.get().lines().findFirst().orElse("").replace(", ", ", driver ");
        if (cuda.isEmpty()) {
            return Finding.note("GPU", says + "; not used", "nothing: this version of the kit computes on the CPU");
        }
        return reason.isEmpty() ? Finding.good("GPU", says) : Finding.wrong("GPU", says, reason.get());
    }

    /** A step of training on each backend for a second; its loss must be that of the plain loops. */
    private void backends(Consumer<Finding> each) {
        List<BackendProvider> providers = patient.backends();
        if (providers.isEmpty()) {
            return;
        }
        double expected;
        try (Backend plain = new ReferenceProvider().create()) {
            expected = train(plain, 0).loss();
        }
        providers.forEach(provider -> each.accept(guarded(provider.name(), () -> backend(provider, expected))));
    }

    private static Finding backend(BackendProvider provider, double expected) {
        Optional<String> reason = provider.unusable();
        if (reason.isPresent()) {
            // Only a few computers have a GPU, and the course needs none.
            return provider.name().equals("cuda")
                    ? Finding.note(provider.name(), "not usable", reason.get())
                    : Finding.wrong(provider.name(), "not usable", reason.get());
        }
        try (Backend K = provider.create()) {
            Step step = train(K, 1_000_000_000L);
            String says = String.format(Locale.ROOT, "%s; %.1f ms for a training step", K.description(), step.millis());
            return Math.abs(step.loss() - expected) <= 1e-3 * Math.abs(expected)
                    ? Finding.good(provider.name(), says)
                    : Finding.wrong(provider.name(), "computes wrongly: loss " + step.loss() + ", expected " + expected,
                            "choose another, -Dconvlstm.backend=reference; mvn verify says which operation is wrong");
        }
    }

    /** The loss of the fifth step, which the gradients of four have made, and the time of the fastest. */
    private record Step(double loss, double millis) {}

    private static Step train(Backend K, long nanos) {
        Sequential model = Models.convLstm(K, Shape.of(8, 16, 16, 1), 1, 8, 3, 1);
        Trainer trainer = new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(0.01)).batchSize(8);
        Dataset clips = Dataset.nextFrame(MovingDot.generator(9, 16).sequences(1, 8));
        double loss = trainer.epochs(5).fit(clips).last().loss();
        trainer.epochs(1);
        double best = Double.POSITIVE_INFINITY;
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            best = Math.min(best, trainer.fit(clips).seconds());
        }
        return new Step(loss, 1000 * best);
    }
}
