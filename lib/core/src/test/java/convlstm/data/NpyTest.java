package convlstm.data;

import static convlstm.data.Samples.assertRefused;
import static convlstm.data.Samples.assertSays;
import static convlstm.data.Samples.path;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {
        "little_b1", "little_i1", "little_u1", "little_i2", "big_i2", "little_u2", "little_i4", "big_i4", "little_u4",
        "little_i8", "big_i8", "little_f2", "big_f2", "little_f4", "big_f4", "little_f8", "big_f8", "fortran_f4",
        "version2", "version3"
    })
    void readsWhatNumpyWrote(String name) throws IOException {
        HostArray array = Npy.read(path(name + ".npy"));
        assertEquals(Shape.of(2, 3, 4), array.shape());
        char kind = name.contains("_") ? name.charAt(name.length() - 2) : 'f';
        for (int i = 0; i < 24; i++) {
            float expected = switch (kind) {
                case 'b' -> i % 2;
                case 'u' -> i;
                case 'i' -> i - 8;
                default -> i / 4f - 2;
            };
            assertEquals(expected, array.values()[i], name + " element " + i);
        }
    }

    @Test
    void readsScalarsVectorsAndNothing() throws IOException {
        assertEquals(new HostArray(Shape.of(), new float[] {2.5f}), Npy.read(path("scalar.npy")));
        assertEquals(
                new HostArray(Shape.of(5), new float[] {-2, -1.75f, -1.5f, -1.25f, -1}), Npy.read(path("vector.npy")));
        assertEquals(HostArray.zeros(0, 3), Npy.read(path("empty.npy")));
    }

    @Test
    void writesTheSameBytesAsNumpy() throws IOException {
        for (String name : new String[] {"little_f4", "scalar", "vector", "empty"}) {
            Path copy = folder.resolve(name + ".npy");
            Npy.write(copy, Npy.read(path(name + ".npy")));
            assertArrayEquals(Files.readAllBytes(path(name + ".npy")), Files.readAllBytes(copy), name);
        }
    }

    @Test
    void largeArraysAndOddValuesSurvive() throws IOException {
        HostArray array = HostArray.zeros(3, 40_001);
        for (int i = 0; i < array.size(); i++) {
            array.values()[i] = (float) Math.sin(i) * i;
        }
        array.values()[7] = Float.NaN;
        array.values()[8] = Float.NEGATIVE_INFINITY;
        array.values()[9] = Float.MIN_VALUE;
        Path file = folder.resolve("a.npy");
        Npy.write(file, array);
        assertEquals(array, Npy.read(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"little_f8.npy", "fortran_f4.npy", "fortran_u1_time_first.npy"})
    void rangesAreSlicesOfTheWhole(String name) throws IOException {
        HostArray whole = Npy.read(path(name));
        try (NpyFile file = NpyFile.open(path(name))) {
            for (int axis = 0; axis < whole.shape().rank(); axis++) {
                for (int from = 0; from <= whole.dim(axis); from++) {
                    for (int to = from; to <= whole.dim(axis); to++) {
                        assertEquals(slice(whole, axis, from, to), file.range(axis, from, to));
                    }
                }
            }
        }
    }

    private static HostArray slice(HostArray whole, int axis, int from, int to) {
        HostArray part = HostArray.zeros(whole.shape().with(axis, to - from).toArray());
        int[] index = new int[whole.shape().rank()];
        for (int i = 0; i < part.size(); i++) {
            int rest = i;
            for (int a = index.length - 1; a >= 0; a--) {
                index[a] = rest % part.dim(a);
                rest /= part.dim(a);
            }
            index[axis] += from;
            part.values()[i] = whole.get(index);
        }
        return part;
    }

    @Test
    void rangesOutsideTheFileAreNamed() throws IOException {
        try (NpyFile file = NpyFile.open(path("little_u1.npy"))) {
            assertSays(assertThrows(IndexOutOfBoundsException.class, () -> file.range(1, 2, 4)), "<= 3 on axis 1");
            assertSays(assertThrows(IndexOutOfBoundsException.class, () -> file.range(3, 0, 1)), "3 axes");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            refused_object       | pickled Python objects
            refused_structured   | type
            refused_complex      | c8
            refused_text         | U2
            refused_large_int    | 16777217
            refused_large_double | 1.0E300
            """)
    void otherTypesAreRefused(String name, String word) {
        assertRefused(() -> Npy.read(path(name + ".npy")), name + ".npy", word, "Hint: ");
    }

    @Test
    void everyTruncationIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(path("little_i4.npy"));
        Path file = folder.resolve("cut.npy");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused(() -> Npy.read(file), "cut.npy");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertRefused(() -> Npy.read(file), "96 bytes", "97 bytes");
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertRefused(() -> Npy.read(file), "96 bytes", "95 bytes", "truncated");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            (2, 3, 5)                           | 120 bytes
            (2000000000, 2000000000)            | truncated
            (2000000000, 2000000000, 2000000000, 2000000000) | truncated
            (99999999999,)                      | 2147483647
            (-1, 3)                             | (-1, 3)
            (2, x)                              | (2, x)
            [2, 3]                              | shape
            """)
    void shapesThatLieAreRefused(String shape, String word) throws IOException {
        assertRefused(() -> Npy.read(withHeader("'descr': '<f4', 'fortran_order': False, 'shape': " + shape)), word);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "'descr': '<f4', 'shape': (2,)",
        "'descr': '<f4', 'fortran_order': 0, 'shape': (2,)",
        "'descr': '<f4', 'fortran_order': '', 'shape': (2,)",
        "'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': True",
        "'descr': '<f4', 'descr': '<f4', 'fortran_order': False",
        "'descr': True, 'fortran_order': False, 'shape': (2,)",
        "'descr': '', 'fortran_order': False, 'shape': (2,)",
        "import os"
    })
    void damagedHeadersAreRefused(String header) {
        assertRefused(() -> Npy.read(withHeader(header)), "header.npy", "Hint: ");
    }

    private Path withHeader(String entries) throws IOException {
        byte[] text = ("{" + entries + "}\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, (byte) (text.length >> 8)};
        byte[] file = Arrays.copyOf(start, start.length + text.length + 8);
        System.arraycopy(text, 0, file, start.length, text.length);
        return Files.write(folder.resolve("header.npy"), file);
    }

    @Test
    void hugeHeadersAreRefusedBeforeTheyAreRead() throws IOException {
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1};
        Path file = Files.write(folder.resolve("huge.npy"), start);
        assertRefused(() -> Npy.read(file), "4294967295 bytes");
    }

    @Test
    void otherFilesAreNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("text.npy"), "not an array at all");
        assertRefused(() -> Npy.read(file), "text.npy", "NUMPY");
        assertRefused(() -> Npy.read(path("stored.npz")), "a .npz is read by Npz");
        assertThrows(NoSuchFileException.class, () -> Npy.read(folder.resolve("missing.npy")));
    }
}
