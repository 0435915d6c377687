package convlstm.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a file is, told by its first bytes: its name may say something else. For messages. */
public final class Magic {
    private static final String[][] KINDS = {{"\u001f\u008b", "a gzip file, to be unpacked first"},
        {"PK\3\4", "a zip, as .npz and .keras are"}, {"\u0093NUMPY", "a .npy file"},
        {"\u0089HDF", "an HDF5 file, as .h5"},
        {"\u0080\2", "a Python pickle"}, {"\u0080\4", "a Python pickle"}, {"GIF8", "a GIF"}, {"\u0089PNG", "a PNG"}};

    private Magic() {}

    /** {@code "a gzip file"}, {@code "text"}; the bytes themselves if they say nothing. */
    public static String of(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return of(in.readNBytes(8));
        }
    }

    static String of(byte[] start) {
        String s = new String(start, StandardCharsets.ISO_8859_1);
        for (String[] kind : KINDS) {
            if (s.startsWith(kind[0])) {
                return kind[1];
            }
        }
        return s.isEmpty() ? "an empty file" : s.matches("[\\t-\\r -~]+") ? "text" : Arrays.toString(start);
    }
}
