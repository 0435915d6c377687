package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * NumPy's {@code .npz}: a zip file of named {@code .npy} arrays, stored ({@code numpy.savez}) or deflated
 * ({@code numpy.savez_compressed}). Nothing is ever unpacked to disk.
 */
public final class Npz {
    private static final String SUFFIX = ".npy";
    private static final LocalDateTime SAME_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Npz() {}

    /** Reads all arrays of a file of at most 1 GiB once unpacked; see {@link #read(Path, long)}. */
    public static Map<String, HostArray> read(Path path) throws IOException {
        return read(path, Limits.UNPACKED_BYTES);
    }

    /**
     * Reads all arrays of numbers in a file. Beside them there may be others, names or times: those are not in the map, and
     * {@code get} with their name throws an {@link IllegalArgumentException} that says why.
     *
     * @param path a .npz file
     * @param maxBytes the most bytes of float32 that all arrays together may unpack to
     * @return the arrays by name, without {@code .npy}, in the order of the file; unmodifiable
     * @throws DataFormatException if the file is not a zip of npy arrays, is truncated or corrupt (checksums are
     *     verified), is too large, or holds a name twice or one that climbs out of its folder
     */
    public static Map<String, HostArray> read(Path path, long maxBytes) throws IOException {
        String file = path.toString();
        Arrays arrays = new Arrays();
        long left = maxBytes;
        Files.newInputStream(path).close(); // a missing or unreadable file is no damaged one
        try (ZipFile zip = new ZipFile(path.toFile())) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements();) {
                ZipEntry entry = entries.nextElement();
                String name = name(entry.getName(), file);
                if (arrays.containsKey(name) || arrays.others.containsKey(name)) {
                    throw new DataFormatException(file, "every name once", name + " twice",
                            "the file is damaged or made to deceive; save it again with numpy.savez");
                }
                if (!entry.getName().endsWith(SUFFIX)) {
                    arrays.others.put(name, file + ": expected arrays, " + name + SUFFIX + ", got " + name
                            + ". Hint: open the file as the zip it is");
                    continue;
                }
                try {
                    HostArray array = read(zip, entry, left, file + "/" + entry.getName());
                    left -= 4L * array.size();
                    arrays.put(name, array);
                } catch (DataFormatException e) {
                    if (!e.isUnsuited()) {
                        throw e;
                    }
                    arrays.others.put(name, e.getMessage());
                }
            }
            if (arrays.isEmpty() && !arrays.others.isEmpty()) {
                throw new DataFormatException(file, "arrays of numbers", "none; " + arrays.others.values(),
                        "save arrays of numbers with numpy.savez");
            }
        } catch (ZipException | EOFException | IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage());
            String kind = Magic.of(path);
            boolean zip = kind.startsWith("a zip");
            throw new DataFormatException(file, "an intact .npz file (a zip of .npy arrays)",
                    zip ? reason : kind + ": " + reason,
                    reason.contains("compression method")
                            ? "it is packed in a way that Java does not read; save it with numpy.savez_compressed"
                            : zip
                                    ? "the file is damaged or only part of it arrived; fetch it again"
                                    : "a .npy file is read by Npy; save several arrays with numpy.savez",
                    e);
        }
        return Collections.unmodifiableMap(arrays);
    }

    /** The arrays that could be read, and why the others could not. */
    private static final class Arrays extends LinkedHashMap<String, HostArray> {
        private static final long serialVersionUID = 1L;
        private final transient Map<String, String> others = new LinkedHashMap<>();

        @Override
        public @Nullable HostArray get(@Nullable Object name) {
            String reason = name == null ? null : others.get(name);
            if (reason != null) {
                throw new IllegalArgumentException(
                        "name: expected one of " + keySet() + ", got " + name + ": " + reason);
            }
            return super.get(name);
        }
    }

    private static HostArray read(ZipFile zip, ZipEntry entry, long maxBytes, String file) throws IOException {
        long packed = entry.getMethod() == ZipEntry.STORED ? entry.getSize() : entry.getCompressedSize();
        CRC32 crc = new CRC32();
        try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc)) {
            HostArray array = HostArray.zeros(0);
            @Nullable
            DataFormatException unsuited = null;
            try {
                array = Npy.readFrom(in, Math.min(packed, Files.size(Path.of(zip.getName()))), maxBytes, file);
            } catch (DataFormatException e) {
                if (!e.isUnsuited()) {
                    throw e;
                }
                in.skip(maxBytes); // to the end: is it intact?
                unsuited = e;
            }
            if (crc.getValue() != entry.getCrc()) {
                throw new DataFormatException(file, String.format(Locale.ROOT, "checksum %08x", entry.getCrc()),
                        String.format(Locale.ROOT, "%08x", crc.getValue()), "the file is damaged; fetch it again");
            }
            if (unsuited != null) {
                throw unsuited;
            }
            return array;
        }
    }

    private static String name(String entry, String file) throws DataFormatException {
        boolean climbs = entry.startsWith("/") || entry.contains("\\") || entry.matches("[A-Za-z]:(?!\\d).*")
                || ("/" + entry + "/").contains("/../");
        String name = entry.endsWith(SUFFIX) ? entry.substring(0, entry.length() - SUFFIX.length()) : entry;
        if (climbs || name.isEmpty()) {
            throw new DataFormatException(file, "entries such as name.npy", entry.replaceAll("[^ -~]", "?"), climbs
                    ? "the name points outside the file's own folder; do not trust this file"
                    : "every array needs a name; save it again with numpy.savez");
        }
        return name;
    }

    /** Writes arrays as {@code numpy.savez} does, not compressed; see {@link #writeCompressed}. */
    public static void write(Path path, Map<String, HostArray> arrays) throws IOException {
        write(path, arrays, Deflater.NO_COMPRESSION);
    }

    /**
     * Writes arrays as {@code numpy.savez_compressed} does: float32, in the map's order. The same arrays give the same
     * bytes. The file is replaced as a whole.
     *
     * @throws IllegalArgumentException if a name is empty or points outside its folder
     */
    public static void writeCompressed(Path path, Map<String, HostArray> arrays) throws IOException {
        write(path, arrays, Deflater.DEFAULT_COMPRESSION);
    }

    private static void write(Path path, Map<String, HostArray> arrays, int level) throws IOException {
        for (String name : arrays.keySet()) {
            try {
                name(name + SUFFIX, path.toString());
            } catch (DataFormatException e) {
                throw new IllegalArgumentException("arrays: " + e.getMessage(), e);
            }
        }
        AtomicFile.write(path, out -> {
            ZipOutputStream zip = new ZipOutputStream(out);
            zip.setLevel(level);
            for (Map.Entry<String, HostArray> array : arrays.entrySet()) {
                ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
                entry.setTimeLocal(SAME_TIME);
                zip.putNextEntry(entry);
                Npy.writeTo(zip, array.getValue());
                zip.closeEntry();
            }
            zip.finish();
        });
    }
}
