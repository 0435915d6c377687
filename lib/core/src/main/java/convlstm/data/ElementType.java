package convlstm.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.ZipException;

/** The number types a file may hold, and how each becomes a float32. */
enum ElementType {
    BOOL("b1", 1),
    I1("i1", 1),
    U1("u1", 1),
    I2("i2", 2),
    U2("u2", 2),
    I4("i4", 4),
    U4("u4", 4),
    I8("i8", 8),
    U8("u8", 8),
    F2("f2", 2),
    BF2("bfloat16", 2),
    F4("f4", 4),
    F8("f8", 8),
    F16("f16", 16);

    /** The name in NumPy's {@code dtype.str}, without the byte order. */
    final String code;

    final int bytes;

    ElementType(String code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /**
     * Decodes the next elements of a buffer.
     *
     * @param file named in the error
     * @throws DataFormatException if a whole number is not exactly a float32, or a finite double overflows it
     */
    void decode(ByteBuffer in, float[] out, int from, int to, String file) throws DataFormatException {
        switch (this) {
            case U1 -> {
                for (int i = from; i < to; i++) {
                    out[i] = in.get() & 0xFF;
                }
            }
            case F4 -> {
                for (int i = from; i < to; i++) {
                    out[i] = in.getFloat();
                }
            }
            default -> {
                for (int i = from; i < to; i++) {
                    out[i] = next(in, file);
                }
            }
        }
    }

    private float next(ByteBuffer in, String file) throws DataFormatException {
        return switch (this) {
            case BOOL -> in.get() == 0 ? 0 : 1;
            case I1 -> in.get();
            case U1 -> in.get() & 0xFF;
            case I2 -> in.getShort();
            case U2 -> in.getShort() & 0xFFFF;
            case I4 -> exact(in.getInt(), file);
            case U4 -> exact(in.getInt() & 0xFFFFFFFFL, file);
            case I8 -> exact(in.getLong(), file);
            case U8 -> exactUnsigned(in.getLong(), file);
            case F2 -> Float.float16ToFloat(in.getShort());
            case BF2 -> Float.intBitsToFloat(in.getShort() << 16);
            case F4 -> in.getFloat();
            case F8 -> finite(in.getDouble(), file);
            case F16 -> extended(in, file);
        };
    }

    private static float exact(long value, String file) throws DataFormatException {
        float f = value;
        if ((long) f != value || f >= 0x1p63f) {
            throw inexact(String.valueOf(value), file);
        }
        return f;
    }

    private static float exactUnsigned(long value, String file) throws DataFormatException {
        if (value >= 0) {
            return exact(value, file);
        }
        if (Long.numberOfTrailingZeros(value) < 40) { // 24 of 64 bits fit
            throw inexact(Long.toUnsignedString(value), file);
        }
        return (value >>> 1) * 2f;
    }

    private static DataFormatException inexact(String value, String file) {
        return DataFormatException.unsuited(file, "whole numbers that float32 holds exactly", value,
                "above 16777216 float32 skips numbers; scale the data first, or keep identifiers out of arrays");
    }

    /**
     * A long double of x86: 64 bits of mantissa, the first of them always 1, 16 of sign and exponent, and 48 that may hold
     * anything. Other machines' are read as x86's only if they could be: zeros, or by a rare chance.
     */
    private static float extended(ByteBuffer in, String file) throws DataFormatException {
        long mantissa = in.getLong();
        long rest = in.getLong();
        int exponent = (int) rest & 0x7FFF;
        boolean near = rest >>> 16 == 0 || Math.abs(exponent - 16383) < 200; // as float32 has, with some to spare
        if (in.order() != ByteOrder.LITTLE_ENDIAN
                || !(exponent == 0 ? mantissa >= 0 && rest >>> 16 == 0 : mantissa < 0 && near)) {
            throw DataFormatException.unsuited(file, "long doubles as x86 writes them",
                    "f16 that may be another machine's",
                    "convert in Python with astype('float64')");
        }
        double size = exponent == 0x7FFF
                ? mantissa << 1 == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : Math.scalb(((mantissa >>> 1) + (double) (mantissa & 1) / 2) * 2, exponent - 16383 - 63);
        return finite((rest & 0x8000) == 0 ? size : -size, file);
    }

    private static float finite(double value, String file) throws DataFormatException {
        float f = (float) value;
        if (Float.isInfinite(f) && !Double.isInfinite(value)) {
            throw DataFormatException.unsuited(file, "numbers within float32, up to 3.4e38", String.valueOf(value),
                    "scale the data first, or look whether the byte order in the header is the right one");
        }
        return f;
    }

    /**
     * Reads elements from a stream whose length is not known beforehand, such as a compressed one. Memory grows with
     * what really arrives, so that a header that declares too much costs nothing.
     *
     * @param declared where the count was declared, for the error: "shape (3, 4)"
     * @throws DataFormatException if the stream ends early, is corrupt, or goes on after the last element
     */
    float[] readAll(InputStream in, ByteOrder order, int count, String declared, String file) throws IOException {
        float[] values = new float[Math.min(count, 1 << 18)];
        ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(order);
        int at = 0;
        try {
            while (at < count) {
                int n = Math.min(count - at, chunk.capacity() / bytes);
                int got = in.readNBytes(chunk.array(), 0, n * bytes);
                if (got < n * bytes) {
                    throw truncated((long) at * bytes + got, count, declared, file);
                }
                if (at + n > values.length) {
                    values = Arrays.copyOf(values, (int) Math.min(count, Math.max(2L * values.length, at + n)));
                }
                decode(chunk.clear(), values, at, at + n, file);
                at += n;
            }
            if (in.read() >= 0) {
                throw new DataFormatException(file, "the end of the file after " + count + " elements of " + declared,
                        "more bytes", "the header and the data do not belong together; fetch the file again");
            }
        } catch (ZipException | EOFException e) {
            throw new DataFormatException(file, "intact compressed data", String.valueOf(e.getMessage()),
                    "the file is damaged or only part of it arrived; fetch it again", e);
        }
        return values;
    }

    DataFormatException truncated(long gotBytes, long count, String declared, String file) {
        return new DataFormatException(file, count * bytes + " bytes of data for " + declared + " of " + code,
                gotBytes + " bytes", gotBytes < count * bytes
                        ? "the file is truncated, often a download that was cut off; fetch it again"
                        : "the header and the data do not belong together; fetch the file again");
    }
}
