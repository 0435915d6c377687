package convlstm.data;

import static convlstm.data.Samples.assertRefused;
import static convlstm.data.Samples.assertSays;
import static convlstm.data.Samples.path;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stored.npz", "deflated.npz"})
    void readsWhatNumpyWrote(String name) throws IOException {
        Map<String, HostArray> arrays = Npz.read(path(name));
        assertEquals(List.of("x", "mask", "steps"), List.copyOf(arrays.keySet()));
        assertEquals(Npy.read(path("little_f4.npy")), arrays.get("x"));
        assertEquals(Npy.read(path("little_b1.npy")), arrays.get("mask"));
        assertEquals(new HostArray(Shape.of(6), new float[] {-8, -7, -6, -5, -4, -3}), arrays.get("steps"));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("z", HostArray.zeros(3, 100_000));
        arrays.put("layer/kernel", new HostArray(Shape.of(2), new float[] {1.5f, Float.NaN}));
        Path stored = folder.resolve("stored.npz");
        Path deflated = folder.resolve("deflated.npz");
        Npz.write(stored, arrays);
        Npz.writeCompressed(deflated, arrays);
        assertEquals(arrays, Npz.read(stored));
        assertEquals(arrays, Npz.read(deflated));
        assertTrue(Files.size(stored) > 1_200_000, "stored is not compressed");
        assertTrue(Files.size(deflated) < 10_000, "deflated is");
        byte[] first = Files.readAllBytes(deflated);
        Npz.writeCompressed(deflated, arrays);
        assertArrayEquals(first, Files.readAllBytes(deflated), "the same arrays, the same bytes");
    }

    @Test
    void namesThatClimbOutAreRefused() {
        assertRefused(() -> Npz.read(path("refused_climbs.npz")), "../outside.npy", "do not trust");
        for (String name : new String[] {"../x", "a/../../x", "/x", "C:x", "a\\x", ""}) {
            assertSays(assertThrows(IllegalArgumentException.class,
                    () -> Npz.write(folder.resolve("x.npz"), Map.of(name, HostArray.zeros(1)))), "arrays");
        }
    }

    @Test
    void otherZipsAreRefused() throws IOException {
        Path nothing = folder.resolve("nothing.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(nothing))) {
            zip.putNextEntry(new ZipEntry("readme.txt"));
            zip.closeEntry();
        }
        assertRefused(() -> Npz.read(nothing), "readme.txt", "arrays of numbers");
        assertRefused(() -> Npz.read(path("vector.npy")), "vector.npy", "zip");
        assertThrows(NoSuchFileException.class, () -> Npz.read(folder.resolve("missing.npz")));
    }

    /** Names, times and notes beside the frames: those are read, the others named by whoever asks for them. */
    @Test
    void arraysOfNumbersAreReadAndOthersNamed() throws IOException {
        Path file = folder.resolve("mixed.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : List.of("names", "frames", "times", "text")) {
                zip.putNextEntry(new ZipEntry(name + ".npy"));
                zip.write(Files.readAllBytes(path(switch (name) {
                    case "names" -> "refused_text.npy";
                    case "frames" -> "little_f4.npy";
                    case "times" -> "refused_large_int.npy";
                    default -> "refused_object.npy";
                })));
                zip.closeEntry();
            }
            zip.putNextEntry(new ZipEntry("readme.txt"));
            zip.closeEntry();
        }
        Map<String, HostArray> arrays = Npz.read(file);
        assertEquals(List.of("frames"), List.copyOf(arrays.keySet()));
        assertEquals(Npy.read(path("little_f4.npy")), arrays.get("frames"));
        assertNull(arrays.get("x"));
        Map.of("names", "U2", "times", "16777217", "text", "pickled", "readme.txt", "zip").forEach(
                (name, word) -> assertSays(assertThrows(IllegalArgumentException.class, () -> arrays.get(name)), name,
                        word, "Hint: "));
    }

    @Test
    void everyTruncationAndEveryChangedNumberIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(path("stored.npz"));
        Path file = folder.resolve("cut.npz");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused(() -> Npz.read(file), "cut.npz");
        }
        int data = indexOf(whole, "NUMPY") + 127 + 2;
        whole[data] ^= 1;
        Files.write(file, whole);
        assertRefused(() -> Npz.read(file), "x.npy", "checksum");
    }

    private static int indexOf(byte[] whole, String text) {
        for (int i = 0;; i++) {
            if (new String(whole, i, text.length(), StandardCharsets.ISO_8859_1).equals(text)) {
                return i;
            }
        }
    }

    @Test
    void bombsAreRefusedBeforeTheyUnpack() throws IOException {
        HostArray zeros = HostArray.zeros(1 << 20);
        Path file = folder.resolve("bomb.npz");
        Npz.writeCompressed(file, Map.of("a", zeros, "b", zeros, "c", zeros));
        assertEquals(3, Npz.read(file).size());
        assertRefused(() -> Npz.read(file, 10 << 20), "at most 2097152 bytes once unpacked", "higher limit");

        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("a.npy"));
            zip.write(NpyHeader.float32(Shape.of(1 << 28)));
            zip.closeEntry();
        }
        assertRefused(() -> Npz.read(file), "compressed bytes can hold", "exhaust memory");
    }
}
