package convlstm.data;

import static convlstm.data.Samples.assertRefused;
import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moving MNIST, radar frames, and how files are written. */
class FilesTest {
    @TempDir
    Path folder;

    @Test
    void aFileWrittenAnewIsAsPrivateAsBefore() throws IOException {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"), "permissions of POSIX");
        Path file = folder.resolve("private");
        AtomicFile.write(file, "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        AtomicFile.write(file, "new");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("new", Files.readString(file));
    }

    @Test
    void movingMnistIsTurnedSampleFirst() throws IOException {
        // fortran_u1_time_first.npy holds element i = ((t 3 + n) 2 + y) 5 + x.
        HostArray s = MovingMnist.read(Samples.path("fortran_u1_time_first.npy"), 1, 3);
        assertEquals(Shape.of(2, 4, 2, 5, 1), s.shape());
        for (int n = 0; n < 2; n++) {
            for (int t = 0; t < 4; t++) {
                for (int y = 0; y < 2; y++) {
                    for (int x = 0; x < 5; x++) {
                        assertEquals((((t * 3 + n + 1) * 2 + y) * 5 + x) / 255f, s.get(n, t, y, x, 0));
                    }
                }
            }
        }
    }

    @Test
    void movingMnistOfAnotherShapeOrTypeIsRefused() {
        assertRefused(() -> MovingMnist.read(Samples.path("little_u1.npy"), 0, 1), "(20, 10000, 64, 64)", "(2, 3, 4)");
        assertRefused(() -> MovingMnist.read(Samples.path("little_f4.npy"), 0, 1), "of f4");
        assertSays(assertThrows(IndexOutOfBoundsException.class,
                () -> MovingMnist.read(Samples.path("fortran_u1_time_first.npy"), 2, 4)), "<= 3 sequences");
    }

    private Path radar(String name, String header, int... pixels) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(bytes) : bytes) {
            out.write(header.getBytes(StandardCharsets.ISO_8859_1));
            for (int p : pixels) {
                out.write(p);
            }
        }
        return Files.write(folder.resolve(name), bytes.toByteArray());
    }

    @Test
    void radarFramesAreReadAsDbz() throws IOException {
        String header = "P5\n# obstime 201609281600\n# 760 1226\n3 2\n255\n";
        HostArray expected = new HostArray(Shape.of(2, 3), new float[] {-32, 0, .5f, 30, 95, Float.NaN});
        assertEquals(expected, FmiRadar.read(radar("a.pgm", header, 0, 64, 65, 124, 254, 255)));
        assertEquals(expected, FmiRadar.read(radar("a.pgm.gz", header, 0, 64, 65, 124, 254, 255)));
    }

    @Test
    void radarSequencesAreScaled() throws IOException {
        Path a = radar("a.pgm", "P5 2 1 255\n", 0, 124);
        Path b = radar("b.pgm", "P5 2 1 255\n", 255, 254);
        HostArray s = FmiRadar.sequence(List.of(a, b), RainScale.PAPER);
        assertEquals(new HostArray(Shape.of(1, 2, 1, 2, 1), new float[] {0, .5f, 0, 1}), s);
        Path c = radar("c.pgm", "P5 1 2 255\n", 1, 2);
        assertRefused(() -> FmiRadar.sequence(List.of(a, c), RainScale.PAPER), "c.pgm", "(1, 2)", "(2, 1)");
    }

    @Test
    void damagedRadarFramesAreRefused() throws IOException {
        String[] headers = {"", "P", "P2 1 1 255\n", "P5", "P5 1 1 65535\n", "P5 1 1 0\n", "P5 -1 1 255\n",
            "P5 1 99999999999 255\n", "P5 99999 99999 255\n", "P5 2 1 255\n", "P5 1 1 255\nmore", "P5 1 1 255#\n",
            "P5 #" + "x".repeat(70_000)};
        for (String header : headers) {
            for (String name : new String[] {"a.pgm", "a.pgm.gz"}) {
                Path file = radar(name, header, 7);
                assertRefused(() -> FmiRadar.read(file), name, "Hint: ");
            }
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("new/folder/a");
        AtomicFile.write(file, out -> out.write(1));
        assertThrows(IOException.class, () -> AtomicFile.write(file, out -> {
            out.write(new byte[1 << 20]);
            throw new IOException("disk full");
        }));
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(file));
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertEquals(List.of(file), files.toList());
        }
        AtomicFile.write(file, out -> out.write(2));
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(file));
    }
}
