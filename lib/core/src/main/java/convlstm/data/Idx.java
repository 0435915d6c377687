package convlstm.data;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * IDX, the format of MNIST: two zero bytes, a type, the number of axes, each axis as a big-endian int32, the elements
 * row-major and big-endian. Read compressed or not, whatever the name; written compressed under a name that ends in
 * {@code .gz}.
 *
 * <p>Source: the format note of LeCun, Cortes and Burges on their MNIST page.
 */
public final class Idx {
    private Idx() {}

    /** Reads a file of at most 1 GiB once unpacked; see {@link #read(Path, long)}. */
    public static HostArray read(Path path) throws IOException {
        return read(path, Limits.UNPACKED_BYTES);
    }

    /**
     * Reads a file of any of the six IDX types.
     *
     * @param path an IDX file, gzip-compressed or not
     * @param maxBytes the most bytes of float32 that a compressed file may unpack to
     * @return the values as they are in the file (0 to 255 for images), in the file's shape
     * @throws DataFormatException if the file is not IDX, truncated, corrupt or too large
     */
    public static HostArray read(Path path, long maxBytes) throws IOException {
        String file = path.toString();
        boolean packed = Gzip.is(path);
        try (InputStream raw = Files.newInputStream(path);
                InputStream in = new BufferedInputStream(packed ? new GZIPInputStream(raw, 1 << 16) : raw, 1 << 16)) {
            DataInputStream header = new DataInputStream(in);
            int magic = header.readInt();
            ElementType type = type(magic, file);
            int[] dims = new int[magic & 0xFF];
            for (int a = 0; a < dims.length; a++) {
                dims[a] = header.readInt();
                if (dims[a] < 0) {
                    throw new DataFormatException(file, "axes of size 0 to 2147483647",
                            "axis " + a + " of " + Integer.toUnsignedLong(dims[a]), "the header is damaged");
                }
            }
            String declared = "shape " + Arrays.toString(dims);
            int count = Limits.elements(dims, declared, file);
            if (packed) {
                Limits.checkPacked(count, type.bytes, Files.size(path), maxBytes, declared, file);
            } else {
                long dataBytes = Files.size(path) - 4 - 4L * dims.length;
                if (dataBytes != (long) count * type.bytes) {
                    throw type.truncated(dataBytes, count, declared, file);
                }
            }
            float[] values = type.readAll(in, ByteOrder.BIG_ENDIAN, count, declared, file);
            return new HostArray(Shape.of(dims), values);
        } catch (EOFException | ZipException e) {
            throw new DataFormatException(file, packed ? "a gzip file that holds IDX" : "an IDX header",
                    e instanceof EOFException ? "a file that ends early" : String.valueOf(e.getMessage()),
                    "the file is damaged, only part of it arrived, or it is no IDX file at all", e);
        }
    }

    private static ElementType type(int magic, String file) throws DataFormatException {
        int rank = magic & 0xFF;
        ElementType type = switch (magic >>> 8) {
            case 0x08 -> ElementType.U1;
            case 0x09 -> ElementType.I1;
            case 0x0B -> ElementType.I2;
            case 0x0C -> ElementType.I4;
            case 0x0D -> ElementType.F4;
            case 0x0E -> ElementType.F8;
            default -> throw new DataFormatException(file,
                    "an IDX file, which begins 00 00, a type of 08, 09, 0b, 0c, 0d or 0e, and the number of axes",
                    String.format(Locale.ROOT, "%08x", magic),
                    "MNIST images begin 00000803, labels 00000801; this is another format");
        };
        if (rank < 1 || rank > Limits.RANK) {
            throw new DataFormatException(file, "1 to " + Limits.RANK + " axes", rank + " axes",
                    "the header is damaged; MNIST images have 3 axes, labels 1");
        }
        return type;
    }

    /**
     * Writes unsigned bytes.
     *
     * @param path the file, compressed if its name ends in {@code .gz}; replaced as a whole
     * @param array whole numbers from 0 to 255, of 1 to 32 axes
     * @throws IllegalArgumentException if a value is no unsigned byte
     */
    public static void write(Path path, HostArray array) throws IOException {
        if (array.shape().rank() < 1 || array.shape().rank() > Limits.RANK) {
            throw new IllegalArgumentException(
                    "array: expected 1 to " + Limits.RANK + " axes, got shape " + array.shape());
        }
        byte[] bytes = new byte[array.size()];
        for (int i = 0; i < bytes.length; i++) {
            float v = array.values()[i];
            if (!(v >= 0 && v <= 255 && v == (int) v)) {
                throw new IllegalArgumentException("array: expected whole numbers from 0 to 255, got " + v
                        + " at element " + i + ". Hint: multiply values in [0, 1] by 255 and round, or write npy");
            }
            bytes[i] = (byte) (int) v;
        }
        AtomicFile.write(path, out -> {
            if (path.toString().endsWith(".gz")) {
                GZIPOutputStream gzip = new BestGzip(out);
                writeTo(gzip, array.shape(), bytes);
                gzip.finish();
            } else {
                writeTo(out, array.shape(), bytes);
            }
        });
    }

    private static void writeTo(OutputStream out, Shape shape, byte[] bytes) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(0x08 << 8 | shape.rank());
        for (int d : shape.toArray()) {
            data.writeInt(d);
        }
        data.write(bytes);
        data.flush();
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(OutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }
}
