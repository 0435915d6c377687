package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the notebooks rely on in their kernel, and that a fault in a notebook is not missed. */
@Tag("notebooks")
class KernelTest {
    private static final Checkout KIT = Checkout.here();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static Jupyter jupyter;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        jupyter = Jupyter.find(KIT);
        KernelSpec.writeFast(KIT, Lab.heap(), jupyter);
    }

    @Test
    void flagsAreThoseOfTheTests() {
        Set<String> missing = new HashSet<>(KernelSpec.JVM_FLAGS);
        missing.removeAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        assertEquals(Set.of(), missing, "flags of KernelSpec that jvm.flags in pom.xml lacks");
    }

    @Test
    void kitVectorApiAndLibrariesWorkInCells() throws IOException {
        Path notebook = notebook("""
                import convlstm.tensor.Shape;
                System.out.println("shape " + Shape.of(2, 3).size());""", """
                import jdk.incubator.vector.FloatVector;
                import jdk.incubator.vector.VectorOperators;
                FloatVector.broadcast(FloatVector.SPECIES_128, 1f).reduceLanes(VectorOperators.ADD)""", """
                org.apache.commons.lang3.StringUtils.class.getProtectionDomain().getCodeSource()""");
        assertEquals("", run(notebook, LIMIT));
        String copy = Files.readString(folder.resolve("copy.ipynb"));
        assertTrue(copy.contains("shape 6"), copy);
        assertTrue(copy.contains("4.0"), copy);
        assertTrue(copy.contains("commons-lang3-"), "the kit's libraries come before the kernel's own copies: " + copy);
    }

    @Test
    void imagesAndChartsAreShownAsPng() throws IOException {
        Path notebook = notebook("""
                import java.awt.image.BufferedImage;
                var id = display(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB));""", """
                import org.knowm.xchart.BitmapEncoder;
                import org.knowm.xchart.XYChartBuilder;
                var chart = new XYChartBuilder().title("loss").build();
                var series = chart.addSeries("train", new double[] {1, 2}, new double[] {2, 1});
                BitmapEncoder.getBufferedImage(chart)""");
        assertEquals("", run(notebook, LIMIT));
        String copy = Files.readString(folder.resolve("copy.ipynb"));
        assertEquals(2, copy.split("\"image/png\"", -1).length - 1, copy);
    }

    @Test
    void anExceptionInACellFailsTheRunAndIsNamed() throws IOException {
        String failure = run(notebook("int a = 1;", "throw new IllegalStateException(\"the lamp is out\");"), LIMIT);
        assertTrue(failure.contains("some.ipynb, cell 2: "), failure);
        assertTrue(failure.contains("the lamp is out"), failure);
    }

    @Test
    void codeThatDoesNotCompileFailsTheRun() throws IOException {
        String failure = run(notebook("int a = \"one\";"), LIMIT);
        assertTrue(failure.contains("some.ipynb, cell 1: "), failure);
        assertTrue(failure.contains("incompatible types"), failure);
    }

    @Test
    void aKernelThatDiesFailsTheRun() throws IOException {
        assumeFalse(Venv.WINDOWS, "there is no kill");
        String kill = "new ProcessBuilder(\"kill\", \"-9\", \"\" + ProcessHandle.current().pid()).start().waitFor();";
        String failure = run(notebook("int a = 1;", kill, "int b = 2;"), LIMIT);
        assertTrue(failure.contains("some.ipynb, cell 2: the kernel died"), failure);
    }

    @Test
    void aRunThatTakesTooLongIsStopped() throws IOException {
        Path notebook = notebook("Thread.sleep(600_000);");
        String failure = "";
        for (int limit = 5; limit < 600 && !failure.contains("in cell"); limit *= 4) { // until the kernel has started
            failure = run(notebook, Duration.ofSeconds(limit));
            assertTrue(failure.contains("stopped after " + limit + " s, "), failure);
        }
        assertTrue(failure.contains("in cell 1 of 1"), failure);
    }

    @Test
    void notebooksAreFoundInSubFoldersButNotCheckpoints() throws IOException {
        for (String name : new String[] {"b.ipynb", "a/c.ipynb", "a/.ipynb_checkpoints/c-checkpoint.ipynb",
            "a/notes.txt"}) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), "");
        }
        assertEquals(2, Notebooks.list(folder, "").size());
        assertEquals(folder.resolve("a/c.ipynb"), Notebooks.list(folder, "a/").getFirst());
        assertFalse(Notebooks.list(folder, "missing").iterator().hasNext());
    }

    private String run(Path notebook, Duration limit) {
        return Notebooks.run(jupyter, KIT, notebook, folder.resolve("copy.ipynb"), limit).failure();
    }

    /** A notebook of the given code cells, in a folder of its own. */
    private Path notebook(String... cells) throws IOException {
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String source = cells[i].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            json.append(i == 0 ? "" : ",").append("""
                    {"cell_type": "code", "id": "c%d", "metadata": {}, "outputs": [], "execution_count": null,
                     "source": "%s"}""".formatted(i, source));
        }
        return Files.writeString(folder.resolve("some.ipynb"), """
                {"nbformat": 4, "nbformat_minor": 5, "cells": [%s],
                 "metadata": {"kernelspec": {"name": "java", "display_name": "Java", "language": "java"}}}"""
                .formatted(json));
    }
}
