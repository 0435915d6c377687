package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * An open {@code .npy} file of which only parts are read, so that a file larger than the memory can be used: the usual
 * Moving MNIST test set has 819 MB, which would be 3.3 GB of float32.
 */
public final class NpyFile implements AutoCloseable {
    private final String file;
    private final FileChannel channel;
    private final NpyHeader header;

    private NpyFile(String file, FileChannel channel, NpyHeader header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks that its length agrees with its header; reads no data yet.
     *
     * @throws DataFormatException if the file is not npy, truncated, corrupt, or of a type that is no number
     */
    public static NpyFile open(Path path) throws IOException {
        String file = path.toString();
        FileChannel channel = FileChannel.open(path);
        try {
            NpyHeader header = NpyHeader.read(new BufferedInputStream(Channels.newInputStream(channel)), file);
            long dataBytes = channel.size() - header.bytes();
            long count = 1;
            for (int d : header.dims()) {
                count = d == 0 || count == 0 ? 0 : count > Long.MAX_VALUE / 16 / d ? Long.MAX_VALUE / 16 : count * d;
            }
            if (dataBytes != count * header.type().bytes) {
                throw header.type().truncated(dataBytes, count, header.declared(), file);
            }
            return new NpyFile(file, channel, header);
        } catch (EOFException e) {
            channel.close();
            throw Npy.headerCutOff(file, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** The number of axes. */
    public int rank() {
        return header.dims().length;
    }

    /** The size of an axis. */
    public int dim(int axis) {
        if (axis < 0 || axis >= rank()) {
            throw new IndexOutOfBoundsException(
                    "axis: expected one of the " + rank() + " axes of " + header.declared() + ", got " + axis);
        }
        return header.dims()[axis];
    }

    /** NumPy's name of the element type, without the byte order: {@code u1}, {@code f4}. */
    public String type() {
        return header.type().code;
    }

    /** {@code shape (20, 10000, 64, 64) of u1}. */
    @Override
    public String toString() {
        return header.declared() + " of " + type();
    }

    HostArray readAll() throws IOException {
        int[] dims = header.dims();
        float[] values = Limits.floats(Limits.elements(dims, header.declared(), file), rank() == 0 ? 1 : dim(0),
                "indices of the first axis of " + this);
        readRun(0, values, 0, values.length);
        return Npy.inCOrder(header, dims, values);
    }

    /**
     * Reads indices {@code from} (inclusive) to {@code to} (exclusive) of one axis, and all of the others.
     *
     * @param axis the axis to cut
     * @return the values as they are in the file, in C order; the shape is the file's with {@code axis} of size
     *     {@code to - from}
     * @throws IndexOutOfBoundsException if the axis has no such indices
     */
    public HostArray range(int axis, int from, int to) throws IOException {
        if (from < 0 || to < from || to > dim(axis)) {
            throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + dim(axis) + " on axis "
                    + axis + " of " + header.declared() + ", got " + from + ", " + to);
        }
        int[] dims = header.dims().clone();
        dims[axis] = to - from;
        String wanted = "indices " + from + " to " + to + " of axis " + axis + " of " + header.declared();
        float[] values = Limits.floats(Limits.elements(dims, wanted, file), to - from,
                "indices of axis " + axis + " of " + this);
        // In the file's own order: "outer" axes vary slower than the cut one, "inner" ones faster.
        int outer = 1;
        int inner = 1;
        for (int a = 0; a < dims.length; a++) {
            if (a != axis && a < axis != header.fortran()) {
                outer *= dims[a];
            } else if (a != axis) {
                inner *= dims[a];
            }
        }
        int run = (to - from) * inner;
        for (int o = 0; o < outer && run > 0; o++) {
            readRun(((long) o * dim(axis) + from) * inner, values, o * run, run);
        }
        return Npy.inCOrder(header, dims, values);
    }

    private void readRun(long element, float[] values, int at, int n) throws IOException {
        ElementType type = header.type();
        int bytes = (int) Math.min(1 << 18, (long) n * type.bytes);
        ByteBuffer chunk = ByteBuffer.allocate(bytes).order(header.order());
        long position = header.bytes() + element * type.bytes;
        for (int done = 0; done < n;) {
            int m = Math.min(n - done, chunk.capacity() / type.bytes);
            chunk.clear().limit(m * type.bytes);
            while (chunk.hasRemaining()) {
                int got = channel.read(chunk, position + chunk.position());
                if (got < 0) {
                    throw type.truncated(channel.size() - header.bytes(), element + n, header.declared(), file);
                }
            }
            type.decode(chunk.flip(), values, at + done, at + done + m, file);
            done += m;
            position += (long) m * type.bytes;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
