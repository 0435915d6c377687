package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes checkpoints is killed at 200 random moments: what lies there is always whole. */
@Tag("slow")
class KilledWriterTest {
    private static final int KILLS = 200;
    private static final String NAME = "training.safetensors";

    @TempDir
    private Path folder;

    /** Writes now one content, now the other to a file, in small pieces, until it is killed. */
    public static final class Writer {
        private static final int PIECE = 4096;

        private Writer() {}

        /** The file to write, and two whose content it takes. */
        public static void main(String[] args) throws IOException {
            byte[][] contents = {Files.readAllBytes(Path.of(args[1])), Files.readAllBytes(Path.of(args[2]))};
            for (int n = 0;; n++) {
                byte[] content = contents[n % 2];
                AtomicFile.write(Path.of(args[0]), out -> {
                    for (int at = 0; at < content.length; at += PIECE) {
                        out.write(content, at, Math.min(PIECE, content.length - at));
                    }
                });
                System.out.print('.');
                System.out.flush();
            }
        }
    }

    private Process start(Path file) throws IOException {
        String classPath = Stream.of(AtomicFile.class, Writer.class).map(KilledWriterTest::place).distinct()
                .collect(Collectors.joining(File.pathSeparator));
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath, Writer.class.getName(),
                file.toString(),
                content(1).toString(), content(2).toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String place(Class<?> c) {
        try {
            return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path content(int number) {
        return folder.resolve("content " + number);
    }

    @Test
    void theOldOrTheNewFileIsThereAlwaysWhole() throws IOException {
        for (int number = 1; number <= 2; number++) {
            HostArray array = HostArray.zeros(100_000);
            Arrays.fill(array.values(), number);
            new Safetensors(Map.of("weights", array), Map.of("number", "" + number)).write(content(number));
        }
        int leftovers = IntStream.range(0, 2).parallel()
                .map(worker -> killAgainAndAgain(folder.resolve("worker " + worker), new Random(worker), KILLS / 2))
                .sum();
        assertTrue(leftovers > 0, "not one kill hit a write under way");
    }

    /** Returns how often a half-written temporary file was left. */
    private int killAgainAndAgain(Path here, Random random, int kills) {
        try {
            List<byte[]> whole = List.of(Files.readAllBytes(content(1)), Files.readAllBytes(content(2)));
            int leftovers = 0;
            for (int k = 0; k < kills; k++) {
                Process writer = start(here.resolve(NAME));
                assertEquals('.', writer.getInputStream().read(), "the writer writes");
                Thread.sleep(random.nextInt(12), random.nextInt(1_000_000));
                writer.destroyForcibly().waitFor();
                byte[] now = Files.readAllBytes(here.resolve(NAME));
                assertTrue(whole.stream().anyMatch(content -> Arrays.equals(content, now)), "kill " + k + ": "
                        + now.length + " bytes that are neither content");
                List<Path> litter = litter(here);
                assertTrue(litter.size() <= 1, "kill " + k + ": litter grows: " + litter);
                leftovers += litter.size();
            }
            Safetensors.read(here.resolve(NAME)).write(here.resolve(NAME));
            assertEquals(List.of(), litter(here), "the next writer tidies up");
            return leftovers;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> litter(Path here) throws IOException {
        try (Stream<Path> files = Files.list(here)) {
            return new ArrayList<>(files.filter(f -> !f.getFileName().toString().equals(NAME)).toList());
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoLitter() throws IOException {
        Path file = folder.resolve(NAME);
        AtomicFile.write(file, out -> out.write("old".getBytes()));
        for (Throwable failure : List.of(new IOException("disk full"), new OutOfMemoryError("test"))) {
            Throwable thrown = assertThrows(Throwable.class, () -> AtomicFile.write(file, out -> {
                out.write(new byte[100_000]);
                if (failure instanceof IOException e) {
                    throw e;
                }
                throw (Error) failure;
            }));
            assertEquals(failure, thrown);
            assertEquals("old", Files.readString(file));
            assertEquals(List.of(), litter(folder));
        }
    }

    @Test
    void aThreadThatWasInterruptedCanStillSave() throws IOException {
        Thread.currentThread().interrupt();
        try {
            AtomicFile.write(folder.resolve(NAME), out -> out.write(new byte[100_000]));
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(100_000, Files.size(folder.resolve(NAME)));
    }

    @Test
    void oneWriterLeavesAnothersTemporaryFileAlone() throws IOException {
        Path file = folder.resolve(NAME);
        AtomicFile.write(file, outer -> {
            AtomicFile.write(file, inner -> inner.write(1));
            outer.write(2);
        });
        assertEquals(2, Files.readAllBytes(file)[0], "whoever moves last wins");
        long parent = ProcessHandle.current().parent().orElseThrow().pid();
        Path others = Files.write(folder.resolve(NAME + "." + parent + "-1.tmp"), new byte[1]);
        Path like = Files.write(folder.resolve(NAME + ".tmp"), new byte[1]);
        AtomicFile.write(file, out -> out.write(3));
        assertEquals(List.of(others, like), litter(folder).stream().sorted().toList(), "its writer lives; not ours");
    }
}
