package convlstm.data;

import static convlstm.data.Samples.assertRefused;
import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {
    @TempDir
    Path folder;

    private Path file(String name, byte... content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] idx(int type, int n, int bytes, Consumer<ByteBuffer> data) {
        ByteBuffer b = ByteBuffer.allocate(8 + bytes).putInt(type << 8 | 1).putInt(n);
        data.accept(b);
        return b.array();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(content);
        }
        return packed.toByteArray();
    }

    @Test
    void readsAllSixTypes() throws IOException {
        assertEquals(vector(0, 255), Idx.read(file("u1", idx(0x08, 2, 2, b -> b.put((byte) 0).put((byte) 255)))));
        assertEquals(vector(5, -1), Idx.read(file("i1", idx(0x09, 2, 2, b -> b.put((byte) 5).put((byte) 255)))));
        assertEquals(vector(300, -2),
                Idx.read(file("i2", idx(0x0B, 2, 4, b -> b.putShort((short) 300).putShort((short) -2)))));
        assertEquals(vector(70_000, -3), Idx.read(file("i4", idx(0x0C, 2, 8, b -> b.putInt(70_000).putInt(-3)))));
        assertEquals(vector(.1f, -4), Idx.read(file("f4", idx(0x0D, 2, 8, b -> b.putFloat(.1f).putFloat(-4)))));
        assertEquals(vector(.1f, -5), Idx.read(file("f8", idx(0x0E, 2, 16, b -> b.putDouble(.1).putDouble(-5)))));
    }

    private static HostArray vector(float... values) {
        return new HostArray(Shape.of(values.length), values);
    }

    @Test
    void whatIsWrittenIsReadPackedOrNot() throws IOException {
        HostArray array = HostArray.zeros(7, 5, 3);
        for (int i = 0; i < array.size(); i++) {
            array.values()[i] = i * 37 % 256;
        }
        for (String name : new String[] {"a.idx", "a.idx.gz"}) {
            Idx.write(folder.resolve(name), array);
            assertEquals(array, Idx.read(folder.resolve(name)));
        }
        assertEquals(4 + 3 * 4 + 105, Files.size(folder.resolve("a.idx")));
    }

    @Test
    void onlyBytesAreWritten() {
        for (float v : new float[] {-1, 256, .5f, Float.NaN}) {
            Throwable error = assertThrows(
                    IllegalArgumentException.class, () -> Idx.write(folder.resolve("a"), vector(1, v)));
            assertSays(error, "array: ", "element 1", String.valueOf(v));
        }
    }

    @Test
    void everyTruncationIsNoticed() throws IOException {
        byte[] plain = idx(0x0C, 2, 8, b -> b.putInt(1).putInt(2));
        byte[] packed = gzip(plain);
        for (int n = 0; n < plain.length; n++) {
            Path cut = file("cut", Arrays.copyOf(plain, n));
            assertRefused(() -> Idx.read(cut), "cut");
        }
        for (int n = 0; n < packed.length; n++) {
            Path cut = file("cut.gz", Arrays.copyOf(packed, n));
            assertRefused(() -> Idx.read(cut), "cut.gz");
        }
        for (int n = 0; n < plain.length; n++) {
            Path cut = file("packed.gz", gzip(Arrays.copyOf(plain, n)));
            assertRefused(() -> Idx.read(cut), "packed.gz");
        }
    }

    @Test
    void tooManyElementsInFrontOfAnAxisOfZeroAreRefused() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(16).putInt(0x0803).putInt(1 << 20).putInt(1 << 20).putInt(0);
        assertRefused(() -> Idx.read(file("zero", header.array())), "at most", "[1048576, 1048576, 0]");
    }

    @Test
    void moreDataThanDeclaredIsRefused() throws IOException {
        byte[] plain = Arrays.copyOf(idx(0x0C, 2, 8, b -> b.putInt(1).putInt(2)), 17);
        assertRefused(() -> Idx.read(file("long", plain)), "8 bytes of data for shape [2] of i4", "9 bytes");
        assertRefused(() -> Idx.read(file("long.gz", gzip(plain))), "the end of the file after 2 elements");
    }

    @Test
    void otherFilesAreNamed() throws IOException {
        byte[] packed = gzip(idx(0x08, 0, 0, b -> {}));
        assertEquals(Idx.read(file("a.gz", packed)), Idx.read(file("a.idx", packed)), "compressed, whatever the name");
        assertEquals(Idx.read(file("b.idx", idx(0x08, 0, 0, b -> {}))),
                Idx.read(file("b.gz", idx(0x08, 0, 0, b -> {}))));
        assertRefused(() -> Idx.read(file("c", idx(0x0A, 0, 0, b -> {}))), "00000a01", "08, 09, 0b, 0c, 0d or 0e");
        assertRefused(() -> Idx.read(file("d", (byte) 0, (byte) 0, (byte) 8, (byte) 0)), "0 axes");
        assertRefused(() -> Idx.read(file("e", (byte) 0, (byte) 0, (byte) 8, (byte) 99)), "99 axes");
        assertThrows(NoSuchFileException.class, () -> Idx.read(folder.resolve("missing")));
    }

    @Test
    void whatClaimsTooMuchIsRefusedBeforeItIsAllocated() throws IOException {
        byte[] claims = idx(0x08, 1 << 30, 4, b -> b.putInt(7));
        assertRefused(() -> Idx.read(file("a", claims)), "1073741824 bytes of data", "truncated");
        assertRefused(() -> Idx.read(file("a.gz", gzip(claims))), "compressed bytes can hold", "exhaust memory");
        byte[] negative = idx(0x08, -1, 0, b -> {});
        assertRefused(() -> Idx.read(file("b", negative)), "4294967295");
        byte[] overflow = ByteBuffer.allocate(20).putInt(0x0804).putInt(1 << 16).putInt(1 << 16).putInt(1 << 16)
                .putInt(1 << 16).array();
        assertRefused(() -> Idx.read(file("c", overflow)), "at most 2147483639 elements", "65536");
        byte[] bomb = gzip(idx(0x08, 1 << 22, 1 << 22, b -> {}));
        assertEquals(1 << 22, Idx.read(file("bomb.gz", bomb)).size());
        assertRefused(() -> Idx.read(file("bomb.gz", bomb), 1 << 20), "at most 1048576 bytes once unpacked");
    }
}
