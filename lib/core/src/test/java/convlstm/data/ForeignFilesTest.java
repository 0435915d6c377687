package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as other programs write them. Each spelling here is one that NumPy reads. */
class ForeignFilesTest {
    @TempDir
    private Path folder;

    private Path npy(String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(10 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) text.length).put(text)
                .put(data);
        return Files.write(folder.resolve("a.npy"), file.array());
    }

    private static String header(String dtype, String shape) {
        return "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shape + ", }  \n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"|u1", "<u1", ">u1", "=u1", "u1", "uint8", "B"})
    void spellingsOfBytes(String dtype) throws IOException {
        assertArrayEquals(new float[] {1, 200},
                Npy.read(npy(header(dtype, "(2,)"), new byte[] {1, (byte) 200})).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"|b1", "<b1", "?", "bool", "|?"})
    void spellingsOfFlags(String dtype) throws IOException {
        assertArrayEquals(new float[] {1, 0}, Npy.read(npy(header(dtype, "(2,)"), new byte[] {1, 0})).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<f4", "=f4", "f4", "float32", "f", "<f", "|f4"})
    void spellingsOfFloats(String dtype) throws IOException {
        byte[] data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).array();
        assertArrayEquals(new float[] {1.5f}, Npy.read(npy(header(dtype, "(1,)"), data)).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'descr': '<u1', 'fortran_order': False, 'shape': (2L, 1L), }",
        "{\"descr\": \"<u1\", \"fortran_order\": False, \"shape\": (2, 1)}",
        "{u'descr': u'|u1', u'fortran_order': True, u'shape': (2L,1L,)}",
        "{'shape': (2, 1), 'fortran_order': False, 'descr': 'u1'}"})
    void oldAndForeignHeaders(String header) throws IOException {
        assertEquals(List.of(2, 1), Stream.of(0, 1).map(a -> {
            try {
                return Npy.read(npy(header, new byte[] {3, 4})).dim(a);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }).toList());
    }

    @Test
    void wholeNumbersOf64BitsAreExactOrRefused() throws IOException {
        long[] fine = {0, 16_777_216, 1L << 40, 1L << 62};
        for (long v : fine) {
            for (String order : List.of("<", ">")) {
                byte[] data = ByteBuffer.allocate(8)
                        .order(order.equals("<") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                        .putLong(v).array();
                assertEquals((float) v, Npy.read(npy(header(order + "i8", "(1,)"), data)).values()[0]);
                assertEquals((float) v, Npy.read(npy(header(order + "u8", "(1,)"), data)).values()[0]);
            }
        }
        byte[] top = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(3L << 62).array();
        assertEquals(3 * 0x1p62f, Npy.read(npy(header("<u8", "(1,)"), top)).values()[0]);
        assertEquals(-0x1p62f, Npy.read(npy(header("<i8", "(1,)"), top)).values()[0]);
        byte[] odd = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(-1).array();
        assertTrue(assertThrows(DataFormatException.class, () -> Npy.read(npy(header("<u8", "(1,)"), odd))).getMessage()
                .contains("18446744073709551615"));
    }

    @Test
    void longDoublesOfX86() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putLong(0x8000000000000000L).putLong(0x3FFF); // 1
        data.putLong(0xC000000000000000L).putLong(0xC000); // -3
        data.putLong(0).putLong(0);
        data.putLong(0x8000000000000000L).putLong(0x7FFF); // infinity
        assertArrayEquals(new float[] {1, -3, 0, Float.POSITIVE_INFINITY},
                Npy.read(npy(header("<f16", "(4,)"), data.array())).values());
        byte[] quad = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(0x3FFF000000000000L)
                .array();
        assertTrue(
                assertThrows(DataFormatException.class, () -> Npy.read(npy(header("<f16", "(1,)"), quad))).getMessage()
                        .contains("another machine"));
    }

    /** x87 writes 10 of the 16 bytes; the others are what was there before. */
    @Test
    void whatLiesBehindALongDoubleDoesNotMatter() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        data.putLong(0x8000000000000000L).putLong(0x7FFF_1234_5678_3FFFL); // 1
        data.putLong(0xC000000000000000L).putLong(0xABCD_0000_0000_C000L); // -3
        assertArrayEquals(new float[] {1, -3}, Npy.read(npy(header("<f16", "(2,)"), data.array())).values());
    }

    private Path zip(String... namesAndTexts) throws IOException {
        Path file = folder.resolve("a.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int k = 0; k < namesAndTexts.length; k += 2) {
                zip.putNextEntry(new ZipEntry(namesAndTexts[k]));
                zip.write(namesAndTexts[k + 1].getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return file;
    }

    @Test
    void anArchivesOtherEntriesDoNotHideItsArrays() throws IOException {
        String one = Files.readString(npy(header("|u1", "(1,)"), new byte[] {1}), StandardCharsets.ISO_8859_1);
        Map<String, HostArray> read = Npz.read(zip("lstm/kernel:0.npy", one, "w:0.npy", one, "__MACOSX/._x.npy", "x"));
        assertEquals(Set.of("lstm/kernel:0", "w:0"), read.keySet());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> read.get("__MACOSX/._x")).getMessage()
                .contains("begins 93"));
    }

    @Test
    void whatAFileIsIsToldByItsBytes() throws IOException {
        Path npy = npy(header("|u1", "(1,)"), new byte[] {1});
        assertSays("a .npy file", () -> Npz.read(npy));
        assertSays("a .npy file", () -> Safetensors.read(npy));
        Path npz = zip("x.npy", "x");
        assertSays("a zip", () -> Npy.read(npz));
        assertSays("an empty file", () -> Npy.read(Files.write(folder.resolve("empty"), new byte[0])));
        assertSays("text", () -> Npy.read(Files.writeString(folder.resolve("csv"), "1,2,3,4\n5")));
        assertSays("a gzip file",
                () -> Npy.read(Files.write(folder.resolve("gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0})));
        byte[] bzip2 = Files.readAllBytes(npz);
        for (int k = 0; k + 10 < bzip2.length; k++) {
            if (bzip2[k] == 'P' && bzip2[k + 1] == 'K' && bzip2[k + 2] == 1) {
                bzip2[k + 10] = 12;
            }
        }
        assertSays("packed in a way", () -> Npz.read(Files.write(npz, bzip2)));
    }

    private static void assertSays(String words, Executable read) {
        String message = assertThrows(DataFormatException.class, read).getMessage();
        assertTrue(message.contains(words) && message.contains("Hint: "), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<c8", "<M8[s]", "<U3", "|S3", "|V4", "float8", "ufloat32", "l", "x", ""})
    void otherTypesAreRefusedByName(String dtype) {
        String message = assertThrows(DataFormatException.class,
                () -> Npy.read(npy(header(dtype, "(0,)"), new byte[0])))
                .getMessage();
        assertTrue(message.contains("type " + dtype) && message.contains("astype"), message);
    }

    @Test
    void safetensorsOfEveryType() throws IOException {
        Map<String, Object> ones = Map.of("F16", (short) 0x3C00, "BF16", (short) 0x3F80, "F32", 1f, "F64", 1d, "I64",
                1L,
                "I32", 1, "I16", (short) 1, "I8", (byte) 1, "U8", (byte) 1, "BOOL", (byte) 1);
        for (Map.Entry<String, Object> one : ones.entrySet()) {
            ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            switch (one.getValue()) {
                case Short v -> data.putShort(v);
                case Float v -> data.putFloat(v);
                case Double v -> data.putDouble(v);
                case Long v -> data.putLong(v);
                case Integer v -> data.putInt(v);
                case Byte v -> data.put(v);
                default -> throw new AssertionError(one);
            }
            int n = data.position();
            String json = "{\"num\":{\"dtype\":\"" + one.getKey() + "\",\"shape\":[],\"data_offsets\":[0," + n + "]}}";
            ByteBuffer file = ByteBuffer.allocate(8 + json.length() + n).order(ByteOrder.LITTLE_ENDIAN);
            file.putLong(json.length()).put(json.getBytes(StandardCharsets.US_ASCII)).put(data.array(), 0, n);
            Path path = Files.write(folder.resolve("a.safetensors"), file.array());
            assertEquals(1, Safetensors.read(path).tensors().get("num").values()[0], one.getKey());
        }
    }

    /** A number that is formatted without a locale has the digits of the user's language, and no program reads it back. */
    @Test
    void nothingIsFormattedWithoutALocale() throws IOException {
        Pattern localised = Pattern.compile(
                "(\"[^\"\\n]*%[-0-9,.+ #]*[dfegE][^\"\\n]*\"\\s*\\.formatted\\()|String\\.format\\(\\s*\"|printf\\(\\s*\"");
        try (Stream<Path> files = Files.walk(Path.of("lib"))) {
            List<String> found = files
                    .filter(f -> f.toString().matches(".*[/\\\\]src[/\\\\]main[/\\\\]java[/\\\\].*\\.java"))
                    .flatMap(f -> localised.matcher(text(f)).results().map(m -> f.getFileName() + ": " + m.group()))
                    .toList();
            assertEquals(List.of(), found);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
