package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    private Path folder;

    private static Safetensors sample() {
        Map<String, HostArray> tensors = new LinkedHashMap<>();
        tensors.put("kernel", new HostArray(Shape.of(2, 3), new float[] {1, -2, 0.5f, Float.NaN, 1e-40f, -0f}));
        tensors.put("größe \"x\"", new HostArray(Shape.of(), new float[] {7}));
        tensors.put("nothing", HostArray.zeros(0, 4));
        tensors.put("long", HostArray.zeros(40_001));
        tensors.get("long").values()[40_000] = 3;
        return new Safetensors(tensors, Map.of("text", "zwei\nZeilen"));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path file = folder.resolve("a.safetensors");
        sample().write(file);
        Safetensors read = Safetensors.read(file);
        assertEquals(sample(), read);
        assertEquals(List.of("kernel", "größe \"x\"", "nothing", "long"), List.copyOf(read.tensors().keySet()));
        assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(read.tensors().get("kernel").get(1, 2)));
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(0, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8, "arrays are aligned");
        read.write(file);
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void halfPrecisionRoundsAndHalves() throws IOException {
        Path file = folder.resolve("half.safetensors");
        HostArray exact = new HostArray(Shape.of(2, 2), new float[] {1, -0.5f, 2048, 65504});
        HostArray rounded = new HostArray(Shape.of(4001), new float[4001]);
        rounded.values()[4000] = 1 + 1 / 4096f; // 10 bits of mantissa: the next number after 1 is 1 + 1/1024
        Map<String, HostArray> tensors = new LinkedHashMap<>(Map.of("exact", exact));
        tensors.put("rounded", rounded);
        new Safetensors(tensors, Map.of("text", "a")).writeHalf(file);
        Safetensors read = Safetensors.read(file);
        assertEquals(exact, read.tensors().get("exact"));
        assertEquals(1, read.tensors().get("rounded").get(4000));
        assertEquals("a", read.metadata().get("text"));
        Path whole = folder.resolve("whole.safetensors");
        read.write(whole);
        assertEquals(2 * 4005, Files.size(whole) - Files.size(file), 16); // 2 bytes a number, and digits in the header

        HostArray large = new HostArray(Shape.of(1), new float[] {-70_000});
        Exception e = assertThrows(IllegalArgumentException.class,
                () -> new Safetensors(Map.of("kernel", large), Map.of()).writeHalf(file));
        assertTrue(e.getMessage().contains("65504") && e.getMessage().contains("kernel"), e.getMessage());
        assertEquals(read, Safetensors.read(file), "the old file is still there");
    }

    /** Made by safetensors.numpy.save_file, see lib/core/src/test/python/safetensors_sample.py. */
    @Test
    void whatPythonWroteIsRead() throws IOException {
        Safetensors read = Safetensors.read(Samples.path("python.safetensors"));
        assertEquals(Map.of("made by", "Python"), read.metadata());
        assertEquals(new HostArray(Shape.of(2, 3), new float[] {0, 0.5f, 1, 1.5f, 2, 2.5f}),
                read.tensors().get("a/kernel"));
        assertEquals(new HostArray(Shape.of(), new float[] {-7}), read.tensors().get("scalar"));
        assertEquals(2, read.tensors().size());
    }

    @Tag("slow")
    @Test
    void everyChangedBitIsNoticedOrChangesNothing() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Map<String, HostArray> tensors = new LinkedHashMap<>();
        tensors.put("a", new HostArray(Shape.of(2), new float[] {1, 2}));
        tensors.put("b", new HostArray(Shape.of(2), new float[] {1, 2}));
        Safetensors whole = new Safetensors(tensors, Map.of("steps", "12"));
        whole.write(file);
        byte[] bytes = Files.readAllBytes(file);
        int refused = 0;
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, changed);
            try {
                Safetensors read = Safetensors.read(file);
                assertEquals(whole.tensors(), read.tensors(), "bit " + bit + " changed an array");
                assertEquals("12", read.metadata().get("steps"), "bit " + bit + " changed a text");
            } catch (DataFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > 7 * bytes.length, "refused " + refused + " of " + 8 * bytes.length);
    }

    @Test
    void everyShorterFileIsRefused() throws IOException {
        Path file = folder.resolve("a.safetensors");
        new Safetensors(Map.of("a", HostArray.zeros(9)), Map.of()).write(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int n = 0; n < bytes.length; n++) {
            Files.write(file, Arrays.copyOf(bytes, n));
            Samples.assertRefused(() -> Safetensors.read(file), "a.safetensors: expected", "Hint: ");
        }
    }

    private Path file(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return file(json.length, json, dataBytes);
    }

    private Path file(long length, byte[] header, int dataBytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        out.writeBytes(header);
        out.writeBytes(new byte[dataBytes]);
        return Files.write(folder.resolve("hostile.safetensors"), out.toByteArray());
    }

    private static String entry(String name, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    private void assertRefused(String header, int dataBytes, String... words) throws IOException {
        Path file = file(header, dataBytes);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        Samples.assertRefused(() -> Safetensors.read(file), words);
        long allocated = thread.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 8 << 20, "allocated " + allocated + " bytes before it refused " + header);
    }

    @Test
    void theSmallestFilesAreFine() throws IOException {
        assertEquals(Map.of(), Safetensors.read(file("{}", 0)).tensors());
        assertEquals(Map.of("a", HostArray.zeros(1, 2)),
                Safetensors.read(file("{" + entry("a", "[1,2]", "[0,8]") + "}   ", 8)).tensors());
    }

    @Test
    void headersOfTheWrongLengthAreRefused() throws IOException {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        for (long length : new long[] {0, 1, 3, 1 << 20, (1 << 20) + 1, 100_000_000, Integer.MAX_VALUE, Long.MAX_VALUE,
            -1,
            Long.MIN_VALUE}) {
            Path file = file(length, header, 0);
            Samples.assertRefused(() -> Safetensors.read(file), "a header of 2 to 2 bytes",
                    Long.toUnsignedString(length));
        }
        byte[] spaces = new byte[(1 << 20) + 8];
        Arrays.fill(spaces, (byte) ' ');
        spaces[0] = '{';
        spaces[1] = '}';
        Path file = file(spaces.length, spaces, 0);
        Samples.assertRefused(() -> Safetensors.read(file), "a header of 2 to 1048576 bytes, got 1048584");
    }

    @Test
    void headersThatAreNoJsonObjectAreRefused() throws IOException {
        String object = "a header that is a JSON object, with every name once";
        for (String header : List.of("[]", "12", "\"\"", "null", "    ", "{}{}", "{ ", "{\"a\":}", "{} {}", "{}x",
                "{'a':1}",
                "{\"a\":NaN}",
                "[".repeat(100_000), "{\"a\":".repeat(100_000), "{\"a\":" + "9".repeat(100_000) + "}")) {
            assertRefused(header, 0, object);
        }
        Path file = file(4, new byte[] {'{', (byte) 0xC3, '}', ' '}, 0);
        Samples.assertRefused(() -> Safetensors.read(file), object, "no UTF-8");
        byte[] wide = "{}".getBytes(StandardCharsets.UTF_16LE);
        Path utf16 = file(wide.length, wide, 0);
        Samples.assertRefused(() -> Safetensors.read(utf16), object);
    }

    @Test
    void namesThatComeTwiceAreRefused() throws IOException {
        String a = entry("a", "[1]", "[0,4]");
        assertRefused("{" + a + "," + a + "}", 4, "every name once", "Duplicate field 'a'");
        assertRefused("{" + a + "," + entry("\\u0061", "[1]", "[4,8]") + "}", 8, "Duplicate field 'a'");
        assertRefused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "Duplicate");
        assertRefused("{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}", 0, "Duplicate");
    }

    @Test
    void offsetsThatOverlapLeaveGapsOrLeaveTheFileAreRefused() throws IOException {
        String begin = "to begin at byte ";
        assertRefused("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[2]", "[4,12]") + "}", 12,
                "b " + begin + "8", "byte 4");
        assertRefused("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[2]", "[0,8]") + "}", 8, "b " + begin + "8",
                "byte 0");
        assertRefused("{" + entry("a", "[1]", "[0,4]") + "," + entry("b", "[1]", "[8,12]") + "}", 12,
                "b " + begin + "4", "byte 8");
        assertRefused("{" + entry("a", "[1]", "[4,8]") + "}", 8, "a " + begin + "0");
        assertRefused("{" + entry("a", "[1]", "[4,0]") + "}", 4, "4 bytes for a", "from 4 to 0");
        assertRefused("{" + entry("a", "[3]", "[0,8]") + "}", 8, "12 bytes for a", "from 0 to 8");
        assertRefused("{" + entry("a", "[500000000]", "[0,2000000000]") + "}", 8, "2000000000 bytes of data", "8 bytes",
                "truncated");
        assertRefused("{" + entry("a", "[1]", "[9223372036854775804,9223372036854775807]") + "}", 4, "4 bytes for a");
        assertRefused("{" + entry("a", "[1]", "[0,9223372036854775808]") + "}", 4, "data_offsets of a",
                "9223372036854775808");
        assertRefused("{" + entry("a", "[1]", "[-4,0]") + "}", 4, "data_offsets of a", "-4");
        assertRefused("{" + entry("a", "[1]", "[0.0,4]") + "}", 4, "data_offsets of a", "0.0");
        assertRefused("{" + entry("a", "[1]", "[0]") + "}", 4, "two data_offsets for a");
        assertRefused("{" + entry("a", "[1]", "{}") + "}", 4, "two data_offsets for a", "object of 0");
    }

    @Test
    void bytesBehindTheLastArrayAreRefused() throws IOException {
        assertRefused("{" + entry("a", "[1]", "[0,4]") + "}", 5, "4 bytes of data, as the header says, got 5",
                "behind the last");
        assertRefused("{}", 1, "0 bytes of data");
    }

    @Test
    void shapesThatAreNoneAreRefused() throws IOException {
        for (String axis : List.of("-1", "1.5", "1.0", "\"1\"", "null", "true", "[1]", "4294967297",
                "99999999999999999999")) {
            assertRefused("{" + entry("a", "[" + axis + "]", "[0,4]") + "}", 4, "axes of a to be whole numbers", axis);
        }
        assertRefused("{" + entry("a", "[65536,65536]", "[0,4]") + "}", 4, "at most 2147483639 elements",
                "[65536, 65536]");
        assertRefused("{" + entry("a", "[2147483647,2147483647,4]", "[0,4]") + "}", 4, "elements");
        assertRefused("{" + entry("a", "[65536,65536,65536,65536]", "[0,0]") + "}", 0, "elements");
        assertRefused("{" + entry("a", "[65536,65536,0]", "[0,0]") + "}", 0, "elements");
        assertRefused("{" + entry("a", "[" + "1,".repeat(32) + "1]", "[0,4]") + "}", 4, "at most 32 axes", "33");
        assertRefused("{" + entry("a", "3", "[0,4]") + "}", 4, "a shape of at most");
        assertRefused("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "a shape", "missing");
    }

    @Test
    void otherNumberTypesAreRefused() throws IOException {
        for (String type : List.of("C64", "F8_E4M3", "f32", "")) {
            assertRefused(("{" + entry("a", "[1]", "[0,4]") + "}").replace("F32", type), 4,
                    " for a, got " + type);
        }
        assertRefused("{\"a\":{}}", 0, " for a, got none");
        assertRefused("{\"a\":7}", 0, " for a, got none");
    }

    @Test
    void metadataThatIsNoTextIsRefused() throws IOException {
        assertRefused("{\"__metadata__\":[]}", 0, "__metadata__ of names and texts", "array");
        assertRefused("{\"__metadata__\":{\"a\":1}}", 0, "number for a");
        assertRefused("{\"__metadata__\":null}", 0, "null");
    }

    @Test
    void namesInMessagesAreShortAndHarmless() throws IOException {
        String message = assertThrows(DataFormatException.class, () -> Safetensors
                .read(file("{\"\\u001b[2J" + "x".repeat(9999) + "\":{}}", 0))).getMessage();
        assertTrue(message.contains("?[2Jxxx") && message.length() < 400, message);
    }

    @Test
    void whatTheFormatCannotHoldIsNotWritten() {
        Path file = folder.resolve("a");
        Map<String, HostArray> one = Map.of("__metadata__", HostArray.zeros(1));
        Samples.assertSays(
                assertThrows(IllegalArgumentException.class, () -> new Safetensors(one, Map.of()).write(file)),
                "__metadata__, which the format keeps for itself");
        Safetensors large = new Safetensors(Map.of(), Map.of("a", "x".repeat(1 << 20)));
        Samples.assertSays(assertThrows(IllegalArgumentException.class, () -> large.write(file)), "fit 1048576 bytes");
        assertTrue(Files.notExists(file));
    }
}
