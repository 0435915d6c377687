package convlstm.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a file is compressed: its bytes say so. Its name may not, for browsers unpack what they fetch, and keep the name. */
final class Gzip {
    private Gzip() {}

    /** Whether the file begins as gzip does, 1f 8b. */
    static boolean is(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(2);
            return start.length == 2 && start[0] == 0x1f && start[1] == (byte) 0x8b;
        }
    }
}
