package convlstm.app.grade;

import convlstm.app.LabException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What stands between a submission and the computer: a process that sees the JDK, the class path and an empty folder, and
 * no network, no other process, no file of anybody. What holds it is bubblewrap, podman or docker.
 */
enum Isolation {
    BUBBLEWRAP,
    PODMAN,
    DOCKER,
    NONE;

    /** What is said of a batch that was not isolated. */
    static final String WARNING = "not isolated: marks can be changed by a submission";

    private static final String IMAGE = System.getProperty("convlstm.image", "eclipse-temurin:25");
    private static final int PROBE_SECONDS = 60;
    private static final long FOLDER_BYTES = 256L << 20;

    /** More than a heap: code, classes, threads' stacks, the JDK's own files. As an address space it is mostly empty. */
    private static final long BESIDES_HEAP_MB = 3072;

    /**
     * The one named, or for {@code auto} the first that works here.
     *
     * @throws LabException if the one named does not work; the message says why
     */
    static Isolation find(String wanted, String classPath) {
        List<Isolation> tried = wanted.equals("auto")
                ? List.of(values())
                : List.of(valueOf(wanted.toUpperCase(Locale.ROOT)));
        List<String> reasons = new ArrayList<>();
        for (Isolation isolation : tried) {
            String reason = isolation == NONE ? "" : isolation.fault(classPath);
            if (reason.isEmpty()) {
                if (isolation == NONE) {
                    reasons.forEach(System.out::println);
                }
                return isolation;
            }
            reasons.add(isolation.words() + " cannot be used: " + reason);
        }
        throw new LabException("--isolation: " + String.join("; ", reasons));
    }

    /** Why it does not work here; empty if it does. */
    private String fault(String classPath) {
        try {
            Path folder = Files.createTempDirectory("isolation");
            Path log = folder.resolve("log");
            try {
                Process process = new ProcessBuilder(command("convlstm-grade-probe", List.of("-Xmx64m"), classPath,
                        Agent.class.getName(), folder)).redirectErrorStream(true).redirectOutput(log.toFile()).start();
                process.getOutputStream().close();
                boolean ended = process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS);
                if (ended && process.exitValue() == 0) {
                    return "";
                }
                process.destroyForcibly();
                return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().reduce((a, b) -> b)
                        .orElse("no answer").strip();
            } finally {
                Worker.delete(folder);
            }
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            throw new LabException("The run was cut short.", e);
        }
    }

    String words() {
        return this == NONE ? WARNING : name().toLowerCase(Locale.ROOT);
    }

    /**
     * A command that runs a class in Java.
     *
     * @param name of a container
     * @param flags the JVM's; the heap's size is one
     * @param folder an empty one, for the command's own use
     */
    List<String> command(String name, List<String> flags, String classPath, String main, Path folder)
            throws IOException {
        List<String> java = new ArrayList<>(flags);
        java.addAll(List.of("-cp", classPath, main));
        List<Path> readable = Stream
                .concat(Arrays.stream(classPath.split(File.pathSeparator)).filter(entry -> !entry.isBlank()),
                        Stream.of(Worker.DATA.toString()))
                .map(Path::of).filter(Files::exists).toList();
        return switch (this) {
            case BUBBLEWRAP -> bubblewrap(java, heap(flags), readable, folder);
            case PODMAN, DOCKER -> container(name, java, heap(flags), readable);
            case NONE -> with(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()), java);
        };
    }

    private static long heap(List<String> flags) {
        String size = flags.stream().filter(flag -> flag.startsWith("-Xmx")).findFirst().orElseThrow().substring(4);
        long number = Long.parseLong(size.substring(0, size.length() - 1));
        return size.endsWith("g") ? number * 1024 : number;
    }

    /**
     * No /proc: through it a process reaches its own pipes, over which it is told what to run and answers. Without it
     * Java looks for its libraries where the environment says.
     */
    private static List<String> bubblewrap(List<String> java, long heap, List<Path> readable, Path folder)
            throws IOException {
        String home = System.getProperty("java.home");
        List<String> command = new ArrayList<>(List.of("bwrap", "--unshare-all", "--die-with-parent", "--new-session",
                "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "graded", "--clearenv",
                "--setenv", "LD_LIBRARY_PATH", home + "/lib:" + home + "/lib/server", "--setenv", "HOME", "/tmp",
                "--setenv", "OMP_WAIT_POLICY", "PASSIVE", "--setenv", "LC_ALL", "C.UTF-8"));
        for (String there : List.of("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/fonts", "/etc/fonts",
                "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")) {
            command.addAll(List.of("--ro-bind-try", there, there));
        }
        command.addAll(List.of("--ro-bind", home, home, "--size", Long.toString(FOLDER_BYTES), "--tmpfs", "/tmp"));
        readable.forEach(path -> command.addAll(List.of("--ro-bind", path.toString(), path.toString())));
        for (String device : List.of("null", "zero", "random", "urandom")) {
            command.addAll(List.of("--dev-bind", "/dev/" + device, "/dev/" + device));
        }
        byte[] filter = noNewProcesses();
        String open = "";
        if (filter.length > 0) {
            Path file = folder.resolve("filter");
            Files.write(file, filter);
            open = " 9<'" + file + "'";
            command.addAll(List.of("--seccomp", "9"));
        }
        command.addAll(List.of("--remount-ro", "/", "--chdir", "/tmp", home + "/bin/java"));
        command.addAll(java);
        return with(List.of("sh", "-c", "ulimit -c 0; ulimit -v " + (heap + BESIDES_HEAP_MB) * 1024 + "; exec \"$@\""
                + open, "sh"), command);
    }

    private List<String> container(String name, List<String> java, long heap, List<Path> readable) {
        String memory = heap + 1024 + "m";
        List<String> command = new ArrayList<>(List.of(words(), "run", "--rm", "-i", "--name", name, "--pull", "never",
                "--network", "none", "--read-only", "--tmpfs", "/tmp:size=" + FOLDER_BYTES, "--memory", memory,
                "--memory-swap", memory, "--pids-limit", "256", "--cap-drop", "ALL", "--security-opt",
                "no-new-privileges", "--user", "65534:65534", "--workdir", "/tmp"));
        readable.forEach(path -> command.addAll(List.of("--volume", path + ":" + path + ":ro")));
        command.addAll(List.of(IMAGE, "java"));
        return with(command, java);
    }

    /** Ends what outlives the process that started it: a container. */
    void end(String name) {
        if (this == PODMAN || this == DOCKER) {
            try {
                new ProcessBuilder(words(), "kill", name).redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            } catch (IOException e) {
                throw new LabException(words() + " kill " + name + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * A seccomp filter: threads may be made, processes not. In the kernel's instructions (linux/filter.h): fork and vfork
     * fail, clone unless it makes a thread, clone3 is said not to exist, so that the C library uses clone. Empty for
     * processors whose numbers of these calls are not written here.
     */
    private static byte[] noNewProcesses() {
        String arch = System.getProperty("os.arch");
        int[] numbers = switch (arch) { // the architecture, fork, vfork, clone
            case "amd64", "x86_64" -> new int[] {0xC000003E, 57, 58, 56};
            case "aarch64" -> new int[] {0xC00000B7, -1, -1, 220};
            default -> new int[0];
        };
        if (numbers.length == 0) {
            return new byte[0];
        }
        int load = 0x20, equal = 0x15, atLeast = 0x35, anyBit = 0x45, end = 0x06;
        int allow = 0x7FFF0000, notPermitted = 0x00050001, unknown = 0x00050000 | 38, cloneThread = 0x10000;
        int[][] program = {
            {load, 0, 0, 4}, {equal, 0, 9, numbers[0]}, // another architecture: to notPermitted
            {load, 0, 0, 0}, {atLeast, 7, 0, 0x40000000}, // x32's numbers
            {equal, 6, 0, numbers[1]}, {equal, 5, 0, numbers[2]},
            {equal, 5, 0, 435}, // clone3: to unknown
            {equal, 0, 2, numbers[3]}, // clone; all others: to allow
            {load, 0, 0, 16}, {anyBit, 0, 1, cloneThread},
            {end, 0, 0, allow}, {end, 0, 0, notPermitted}, {end, 0, 0, unknown}};
        ByteBuffer bytes = ByteBuffer.allocate(8 * program.length).order(ByteOrder.nativeOrder());
        for (int[] line : program) {
            bytes.putShort((short) line[0]).put((byte) line[1]).put((byte) line[2]).putInt(line[3]);
        }
        return bytes.array();
    }

    private static List<String> with(List<String> first, List<String> then) {
        return Stream.concat(first.stream(), then.stream()).toList();
    }
}
