package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain {@code mvn}: what it opens, that it is found again, and that nothing of it stays behind. */
@Tag("notebooks")
class LabTest {
    private static final Checkout KIT = Checkout.here();
    private static final int SECONDS = 300;

    @TempDir
    Path folder;
    private Checkout kit;
    private final List<Process> started = new ArrayList<>();

    /** A second checkout, of links into this one, so that a reader's own Lab is left alone. */
    @BeforeEach
    void aCheckout() throws IOException {
        assumeFalse(Venv.WINDOWS, "links need a privilege on Windows");
        KernelSpec.writeFast(KIT, Lab.heap(), Jupyter.find(KIT));
        kit = new Checkout(folder.toRealPath().resolve("kit"));
        Files.createDirectories(kit.jupyter());
        for (String linked : List.of("lib", "data", "target/jars", "target/tools", "target/venv",
                "target/jupyter/kernel.jsa", "target/jupyter/kernel.jsa.txt")) { // which need not be made each time
            Files.createSymbolicLink(kit.root().resolve(linked), KIT.root().resolve(linked));
        }
        Files.createDirectories(kit.notebooks());
        Files.copy(KIT.notebooks().resolve("00-start-here.ipynb"), kit.notebooks().resolve("00-start-here.ipynb"));
    }

    @AfterEach
    void end() {
        started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
        started.forEach(Process::destroyForcibly);
    }

    private Process lab(Path output) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(KernelSpec.JVM_FLAGS);
        command.addAll(List.of("-Dlab.browser=false", "-Dlab.heap=512m", "-cp", kit.jars() + File.separator + "*",
                "convlstm.app.Main", "lab"));
        ProcessBuilder builder = new ProcessBuilder(command).directory(kit.root().toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("PYTHONPROFILEIMPORTTIME", "1"); // Python says what it imports
        builder.environment().merge("PATH", node().getParent().toString(),
                (old, bin) -> bin + File.pathSeparator + old);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** A Node.js that says in a file that it was started; JupyterLab asks the first on the PATH for Yarn's settings. */
    private Path node() throws IOException {
        Path node = folder.resolve("bin/node");
        if (!Files.exists(node)) {
            Files.createDirectories(node.getParent());
            Files.writeString(node, "#!/bin/sh\ntouch '" + folder.resolve("asked") + "'\n");
            assertTrue(node.toFile().setExecutable(true));
        }
        return node;
    }

    private JsonNode server() throws IOException {
        try (Stream<Path> files = Files.list(kit.jupyter().resolve("runtime"))) {
            return new ObjectMapper()
                    .readTree(files.filter(f -> f.getFileName().toString().matches("jpserver-\\d+\\.json"))
                            .findFirst().orElseThrow().toFile());
        }
    }

    private Optional<RunningLabs.Running> running() {
        return new RunningLabs(kit.jupyter().resolve("runtime")).on(kit.mine());
    }

    private static void await(BooleanSupplier condition, String otherwise) throws InterruptedException {
        for (int tenth = 0; tenth < 10 * SECONDS; tenth++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError(otherwise);
    }

    /** Starts a kernel and returns its id. */
    private String startKernel(RunningLabs.Running lab) throws IOException {
        HttpURLConnection post = (HttpURLConnection) URI.create(lab.page("api/kernels")).toURL().openConnection();
        post.setRequestMethod("POST");
        assertEquals(201, post.getResponseCode());
        return new ObjectMapper().readTree(post.getInputStream()).path("id").asText();
    }

    /** Whether this process was started with a signal ignored, which those that it starts inherit. */
    private static boolean isIgnored(String signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        int number = switch (signal) {
            case "HUP" -> 1;
            case "INT" -> 2;
            default -> 0;
        };
        if (number == 0 || !Files.exists(status)) {
            return false;
        }
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> number - 1 & 1) == 1);
    }

    /** The terminal closed, Maven stopped, the launcher killed: no server and no kernel goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"HUP", "TERM", "INT", "KILL"})
    void nothingStaysBehind(String signal) throws Exception {
        assumeFalse(isIgnored(signal), "SIG" + signal + " is ignored here, as under nohup, and so by what is started");
        Path output = folder.resolve("lab.txt");
        Process launcher = lab(output);
        await(() -> running().isPresent(), "JupyterLab does not start");
        startKernel(running().orElseThrow());
        ProcessHandle server = ProcessHandle.of(server().path("pid").asLong()).orElseThrow();
        await(() -> server.children().findAny().isPresent(), "no kernel");
        List<ProcessHandle> all = Stream.concat(Stream.of(server), server.descendants()).toList();
        new ProcessBuilder("kill", "-" + signal, String.valueOf(launcher.pid())).start().waitFor();
        await(() -> all.stream().noneMatch(ProcessHandle::isAlive), "after SIG" + signal + " goes on: " + all.stream()
                .filter(ProcessHandle::isAlive).map(p -> p.info().commandLine().orElse("?")).toList());
        assertTrue(launcher.waitFor(SECONDS, TimeUnit.SECONDS));
        assertFalse(running().isPresent());
    }

    @Test
    void aSecondOneFindsTheFirstAndATakenPortIsSaid() throws Exception {
        Path stale = kit.jupyter().resolve("runtime/kernel-old.json");
        Files.createDirectories(stale.getParent());
        Files.writeString(stale, "{\"shell_port\": 1}");
        assertTrue(stale.toFile().setLastModified(0));
        Path output = folder.resolve("lab.txt");
        try (ServerSocket taken = takePort()) {
            lab(output);
            await(() -> running().isPresent(), "JupyterLab does not start");
        }
        String said = Files.readString(output);
        assertTrue(said.contains("Another program has port 8888"), said);
        assertFalse(Files.exists(stale), "what an earlier one left is swept");
        assertTrue(Files.exists(kit.mine().resolve("00-start-here.ipynb")), "the reader's copy");

        Path second = folder.resolve("second.txt");
        Process again = lab(second);
        assertTrue(again.waitFor(SECONDS, TimeUnit.SECONDS));
        assertEquals(0, again.exitValue());
        assertTrue(Files.readString(second).contains("open already: " + running().orElseThrow().page(
                "lab/tree/00-start-here.ipynb")), Files.readString(second));
    }

    /** A browser that does nothing with what comes. */
    private static final class Silent implements WebSocket.Listener {}

    /** A notebook is opened: what a browser gets, and that the terminal stays quiet. */
    @Test
    void pagesHaveTheKitsStylesAndTheTerminalNoWarnings() throws Exception {
        Path output = folder.resolve("lab.txt");
        lab(output);
        await(() -> running().isPresent(), "JupyterLab does not start");
        RunningLabs.Running lab = running().orElseThrow();
        try (HttpClient browser = HttpClient.newHttpClient()) {
            for (String page : List.of("lab", "custom/custom.css")) {
                String text = browser.send(HttpRequest.newBuilder(URI.create(lab.page(page))).build(),
                        HttpResponse.BodyHandlers.ofString()).body();
                assertTrue(text.contains(page.equals("lab") ? "custom.css" : "data-jp-theme-light"), text);
            }
            String channels = lab.page("api/kernels/" + startKernel(lab) + "/channels") + "&session_id=a-browser";
            WebSocket socket = browser.newWebSocketBuilder()
                    .buildAsync(URI.create(channels.replace("http:", "ws:")), new Silent()).join();
            Thread.sleep(1000); // Tornado looks at its settings as it sends the first message
            socket.abort();
        }
        List<String> said = Files.readAllLines(output);
        List<String> untilItAnswers = said.subList(0, said.indexOf(said.stream()
                .filter(line -> line.contains("To access the server")).findFirst().orElseThrow()));
        assertTrue(untilItAnswers.stream().anyMatch(line -> line.matches("import time:.* jupyterlab.labapp")));
        assertEquals(List.of(), untilItAnswers.stream().filter(line -> line.matches(
                "import time:.* (lark|IPython|httpcore)")).toList(), "seconds that lab.py and Lab save");
        assertFalse(Files.exists(folder.resolve("asked")), "nor does a start wait for Node.js");
        List<String> warnings = said.stream().filter(line -> line.matches("(?i)\\[[WE] .*|.*warning.*|.*ping.*"))
                .filter(line -> !line.startsWith("import time:") && !line.contains("incubator")) // the latter is Java's
                .toList();
        assertEquals(List.of(), warnings);
    }

    /** Takes Jupyter's port, unless another program has it already. */
    private static ServerSocket takePort() throws IOException {
        try {
            return new ServerSocket(8888, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            return new ServerSocket();
        }
    }
}
