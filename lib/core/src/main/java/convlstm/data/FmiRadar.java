package convlstm.data;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Radar frames as the Finnish Meteorological Institute publishes them: binary grey maps ({@code .pgm}, mostly
 * {@code .pgm.gz}) of bytes v with {@code dBZ = (v - 64) / 2}, 255 for no data. The kit brings none.
 *
 * <p>Source: the FMI archive's importer in pySTEPS; the pgm format of Netpbm.
 */
public final class FmiRadar {
    private static final int NO_DATA = 255;
    private static final int LONGEST_COMMENT = 1 << 16;

    private FmiRadar() {}

    /**
     * Reads one frame.
     *
     * @param path a .pgm file, gzip-compressed if its name ends in {@code .gz}
     * @return {@code (H, W)} in dBZ, NaN where there are no data
     * @throws DataFormatException if the file is not a pgm of bytes, truncated, corrupt or too large
     */
    public static HostArray read(Path path) throws IOException {
        HostArray raw = readPgm(path);
        for (int i = 0; i < raw.size(); i++) {
            float v = raw.values()[i];
            raw.values()[i] = v == NO_DATA ? Float.NaN : (v - 64) / 2;
        }
        return raw;
    }

    /**
     * Reads frames as one sequence to forecast.
     *
     * @param paths the frames in the order of time, all of one size
     * @param scale what a pixel is to mean; no data and anything below 0 dBZ become 0
     * @return {@code (1, T, H, W, 1)} in [0, 1]
     */
    public static HostArray sequence(List<Path> paths, RainScale scale) throws IOException {
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("paths: expected one frame or more, got none");
        }
        HostArray first = read(paths.get(0));
        int H = first.dim(0);
        int W = first.dim(1);
        HostArray sequence = HostArray.zeros(1, paths.size(), H, W, 1);
        for (int t = 0; t < paths.size(); t++) {
            HostArray dbz = t == 0 ? first : read(paths.get(t));
            if (!dbz.shape().equals(first.shape())) {
                throw new DataFormatException(paths.get(t).toString(), "a frame of shape " + first.shape()
                        + " like the first", "shape " + dbz.shape(), "take frames of one product");
            }
            for (int i = 0; i < H * W; i++) {
                float v = dbz.values()[i];
                sequence.values()[t * H * W + i] = Float.isNaN(v) ? 0 : (float) Math.clamp(v / scale.maxDbz(), 0, 1);
            }
        }
        return sequence;
    }

    /** The bytes of a binary grey map: {@code (H, W)}, 0 to 255. */
    private static HostArray readPgm(Path path) throws IOException {
        String file = path.toString();
        boolean packed = Gzip.is(path);
        try (InputStream raw = Files.newInputStream(path);
                InputStream in = new BufferedInputStream(packed ? new GZIPInputStream(raw, 1 << 16) : raw, 1 << 16)) {
            if (in.read() != 'P' || in.read() != '5') {
                throw new DataFormatException(file, "a binary grey map, which begins P5", "something else",
                        "a text map begins P2; save it as a binary one");
            }
            int W = number(in, "width", file);
            int H = number(in, "height", file);
            int max = number(in, "largest value", file);
            if (max < 1 || max > 255) {
                throw new DataFormatException(file, "bytes, a largest value from 1 to 255", String.valueOf(max),
                        "16-bit maps are another product");
            }
            String declared = H + " rows of " + W + " pixels";
            int count = Limits.elements(new int[] {H, W}, declared, file);
            if (packed) {
                Limits.checkPacked(count, 1, Files.size(path), Limits.UNPACKED_BYTES, declared, file);
            } else if (Files.size(path) < count) {
                throw ElementType.U1.truncated(Files.size(path), count, declared, file);
            }
            float[] values = ElementType.U1.readAll(in, ByteOrder.BIG_ENDIAN, count, declared, file);
            return new HostArray(Shape.of(H, W), values);
        } catch (EOFException | ZipException e) {
            throw new DataFormatException(file, packed ? "a gzip file that holds a pgm" : "a pgm header",
                    e instanceof EOFException ? "a file that ends early" : String.valueOf(e.getMessage()),
                    "the file is damaged or only part of it arrived; fetch it again", e);
        }
    }

    /** The next number of the header and the one white space behind it; comments run from # to the end of a line. */
    private static int number(InputStream in, String what, String file) throws IOException {
        long number = -1;
        int skipped = 0;
        boolean comment = false;
        while (true) {
            int c = in.read();
            boolean space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
            if (c < 0) {
                throw new EOFException();
            } else if (comment) {
                comment = c != '\n' && c != '\r';
            } else if (c >= '0' && c <= '9' && number < 100_000_000) {
                number = Math.max(number, 0) * 10 + c - '0';
            } else if (space && number >= 0) {
                return (int) number;
            } else if (c == '#' && number < 0) {
                comment = true;
            } else if (!space) {
                throw new DataFormatException(file, "a number, the " + what,
                        String.format(Locale.ROOT, "the byte %02x", c), "the header is damaged");
            }
            if (++skipped > LONGEST_COMMENT) {
                throw new DataFormatException(file, "a header of at most " + LONGEST_COMMENT + " bytes", "a longer one",
                        "the file is damaged, or no pgm");
            }
        }
    }
}
