package convlstm.app;

import static convlstm.app.KernelClientTest.code;
import static convlstm.app.KernelClientTest.says;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Cells that fill memory. A cell is stopped in the moments between the collector's word and the last byte, and nothing
 * runs beside these tests that could take them away.
 */
@Tag("notebooks")
@Isolated
class KernelMemoryTest {
    @TempDir
    private Path folder;

    @SafeVarargs
    private JsonNode run(Map<String, Object>... cells) throws IOException {
        Checkout kit = Checkout.here();
        Jupyter jupyter = Jupyter.find(kit);
        KernelSpec.writeFast(kit, Lab.heap(), jupyter);
        KernelSpec.write(kit, "512m", folder);
        ProcessBuilder client = jupyter.command(KernelClientTest.CLIENT.toString());
        client.environment().put("JUPYTER_PATH", folder.toString());
        return KernelClientTest.run(client, folder, 1, List.of(cells)).getFirst();
    }

    @Test
    void theKernelSurvivesCellsThatFillMemory() throws IOException {
        JsonNode got = run(
                code("float[][] big = new float[100000][1000000];"),
                code("float[][] big = new float[100000][];\nfor (int i = 0; i < big.length; i++) big[i] = new float[1000000];"),
                code("big = null;"),
                code("List<int[]> list = new ArrayList<>();\nwhile (true) list.add(new int[10]);"),
                code("list.size() > 1000"),
                code("while (true) list.add(new int[10]);"),
                code("list = null;"),
                code("int sum = 0;\nfor (int i = 0; i < 1000; i++) sum += new int[10].length;\nsum"));
        for (int full : new int[] {0, 1, 3, 5}) {
            says(got.get(full), "OutOfMemoryError", "-Dlab.heap", "line " + (full % 5 == 0 ? 1 : 2));
        }
        assertEquals("[[\"execute_result\",\"true\"]]", got.get(4).path("order").toString(), "what was made is there");
        assertEquals("[[\"execute_result\",\"10000\"]]", got.get(7).path("order").toString(), "there is room again");
    }

    /** Whichever thread asks for the last byte: the cell's, the common pool's, one of a cell that has ended. */
    @Test
    void theKernelSurvivesThreadsThatFillMemory() throws IOException {
        JsonNode got = run(
                code("import java.util.concurrent.*;\nimport java.util.stream.*;\nint kept = 42;"),
                code("IntStream.range(0, 100_000_000).parallel().mapToObj(i -> new int[10]).toList()"),
                code("kept"),
                code("{\n    ExecutorService pool = Executors.newFixedThreadPool(4);\n"
                        + "    List<Future<?>> all = new ArrayList<>();\n"
                        + "    for (int t = 0; t < 4; t++) {\n        all.add(pool.submit(() -> {\n"
                        + "            List<int[]> list = new ArrayList<>();\n"
                        + "            while (true) list.add(new int[10]);\n        }));\n    }\n"
                        + "    for (Future<?> f : all) f.get();\n}"),
                code("IntStream.range(0, 1_000_000_000).boxed().toList()"),
                code("CountDownLatch go = new CountDownLatch(1);\nList<Thread> threads = new ArrayList<>();\n"
                        + "for (int t = 0; t < 2; t++) {\n"
                        + "    threads.add(Thread.ofPlatform().name(\"of mine\").unstarted(() -> {\n"
                        + "        List<int[]> list = new ArrayList<>();\n"
                        + "        try { go.await(); } catch (InterruptedException e) { return; }\n"
                        + "        while (true) list.add(new int[10]);\n    }));\n    threads.getLast().start();\n}"),
                code("go.countDown();\nfor (Thread t : threads) t.join();"),
                code("for (Thread t : threads) t.join();"), // on a busy machine the cell above is ended before they are
                code("int sum = 0;\nfor (int i = 0; i < 1000; i++) sum += new int[10].length;\nsum + kept"));
        for (int full : new int[] {1, 3, 4}) {
            says(got.get(full), "OutOfMemoryError", "-Dlab.heap");
        }
        assertEquals("[[\"execute_result\",\"42\"]]", got.get(2).path("order").toString(), "what was made is there");
        String said = IntStream.of(6, 7, 8) // late: a thread may end between two cells
                .mapToObj(cell -> got.path(cell).path("stderr").asText() + got.path(cell).path("late").asText())
                .collect(Collectors.joining());
        assertTrue(said.contains("of mine, a thread that a cell started, was ended") && said.contains("-Dlab.heap"),
                said + got.get(6).path("error"));
        assertEquals("[[\"execute_result\",\"10042\"]]", got.get(8).path("order").toString(), "there is room again");
    }
}
