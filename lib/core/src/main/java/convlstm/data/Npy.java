package convlstm.data;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * NumPy's {@code .npy}: one array a file. Reads versions 1 to 3, either byte order, C and Fortran order, booleans,
 * integers and floats, all as float32 in C order; writes float32. For a part of a large file see {@link NpyFile}.
 */
public final class Npy {
    private Npy() {}

    /**
     * Reads a whole file.
     *
     * @return the values as they are in the file, in the file's shape
     * @throws DataFormatException if the file is not npy, truncated, corrupt, or of a type that is no number
     */
    public static HostArray read(Path path) throws IOException {
        try (NpyFile file = NpyFile.open(path)) {
            return file.readAll();
        }
    }

    /** Writes an array as float32, little-endian, C order; the file is replaced as a whole. */
    public static void write(Path path, HostArray array) throws IOException {
        AtomicFile.write(path, out -> writeTo(out, array));
    }

    static void writeTo(OutputStream out, HostArray array) throws IOException {
        out.write(NpyHeader.float32(array.shape()));
        float[] values = array.values();
        ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < values.length; from += chunk.capacity() / 4) {
            int to = Math.min(values.length, from + chunk.capacity() / 4);
            chunk.clear();
            for (int i = from; i < to; i++) {
                chunk.putFloat(values[i]);
            }
            out.write(chunk.array(), 0, chunk.position());
        }
    }

    /**
     * Reads an array from a stream, to its end.
     *
     * @param packedBytes the compressed length behind the stream
     * @param maxBytes the most bytes of float32 to unpack to
     */
    static HostArray readFrom(InputStream in, long packedBytes, long maxBytes, String file) throws IOException {
        NpyHeader header;
        try {
            header = NpyHeader.read(in, file);
        } catch (EOFException e) {
            throw headerCutOff(file, e);
        }
        int count = Limits.elements(header.dims(), header.declared(), file);
        Limits.checkPacked(count, header.type().bytes, packedBytes, maxBytes, header.declared(), file);
        return inCOrder(header, header.dims(),
                header.type().readAll(in, header.order(), count, header.declared(), file));
    }

    static DataFormatException headerCutOff(String file, EOFException cause) {
        return new DataFormatException(file, "a whole .npy header", "a file that ends inside it",
                "the file is truncated; fetch it again", cause);
    }

    /** The values under a shape, turned if the file has its first axis innermost. */
    static HostArray inCOrder(NpyHeader header, int[] dims, float[] values) {
        Shape shape = Shape.of(dims);
        if (!header.fortran() || dims.length < 2) {
            return new HostArray(shape, values);
        }
        // Element (i0, i1, ..) lies at i0 + d0 * (i1 + d1 * ..): walk in C order, keep the index, follow the address.
        int[] stride = new int[dims.length];
        for (int a = 0, step = 1; a < dims.length; step *= dims[a], a++) {
            stride[a] = step;
        }
        float[] turned = new float[values.length];
        int[] index = new int[dims.length];
        int from = 0;
        for (int to = 0; to < turned.length; to++) {
            turned[to] = values[from];
            int a = dims.length - 1;
            from += stride[a];
            while (++index[a] == dims[a] && a > 0) {
                from += stride[a - 1] - dims[a] * stride[a];
                index[a] = 0;
                a--;
            }
        }
        return new HostArray(shape, turned);
    }
}
