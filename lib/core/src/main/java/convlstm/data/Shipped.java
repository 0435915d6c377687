package convlstm.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that come with the kit, in its folder {@code data}: pictures, and checkpoints of models that take long to
 * train. None is used before its SHA-256 is that of {@code data/SHA256SUMS}. The digits are in the library's jar too,
 * for a program of another project.
 *
 * <pre>{@code
 * Checkpoint.load(Shipped.file("checkpoints/NAME.safetensors"), model);
 * }</pre>
 */
public final class Shipped {
    static final String CHECKSUMS = "SHA256SUMS";

    private Shipped() {}

    /**
     * Where a file is, once its checksum was found to be right.
     *
     * @param name its path inside {@code data}, with {@code /}
     * @throws IOException if the folder or the file is not there
     * @throws DataFormatException if it is not listed, or not the file that was shipped
     */
    public static Path file(String name) throws IOException {
        return file(folder(), name);
    }

    static Path file(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        String expected = null;
        for (String line : Files.readAllLines(folder.resolve(CHECKSUMS))) {
            if (line.endsWith("  " + name)) {
                expected = line.substring(0, line.length() - name.length() - 2);
            }
        }
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected in the kit's folder data, got no such file."
                    + " Hint: start from inside a checkout of the kit, or set -Dconvlstm.data=FOLDER");
        }
        String got = sha256(file);
        if (expected == null) {
            throw new DataFormatException(file.toString(), "a SHA-256 for " + name + " in " + CHECKSUMS, "none",
                    "restore both with git checkout data; a new file is added with: sha256sum " + name + " >> "
                            + CHECKSUMS);
        }
        if (!got.equals(expected)) {
            throw new DataFormatException(file.toString(), "the SHA-256 " + expected + " from " + CHECKSUMS, got,
                    "the file was changed or damaged; restore it with git checkout " + file
                            + ", or give files of your own"
                            + " to Digits.read or Checkpoint.load");
        }
        return file;
    }

    /**
     * Adds a file to the list of checksums, or renews its line: what it is now is what is shipped.
     *
     * @param folder the kit's data
     * @param name the file's path inside it, with {@code /}
     */
    public static void add(Path folder, String name) throws IOException {
        Path sums = folder.resolve(CHECKSUMS);
        Map<String, String> byName = new TreeMap<>();
        if (Files.exists(sums)) {
            Files.readAllLines(sums).forEach(line -> byName.put(line.substring(66), line.substring(0, 64)));
        }
        byName.put(name, sha256(folder.resolve(name)));
        StringBuilder lines = new StringBuilder();
        byName.forEach((file, sum) -> lines.append(sum).append("  ").append(file).append('\n'));
        AtomicFile.write(sums, lines.toString());
    }

    /**
     * The folder with the kit's data: the system property {@code convlstm.data}, else {@code data} in the working
     * directory or the nearest folder above that has it, else what the library's jar has of it.
     */
    public static Path folder() throws FileNotFoundException {
        String property = System.getProperty("convlstm.data");
        if (property != null) {
            return Path.of(property);
        }
        Path start = Path.of("").toAbsolutePath();
        for (Path at = start; at != null; at = at.getParent()) {
            Path folder = at.resolve("data");
            if (Files.exists(folder.resolve(CHECKSUMS)) && Files.exists(folder.resolve(Digits.TRAIN + Digits.IMAGES))) {
                return folder;
            }
        }
        if (InJar.FOLDER != null) {
            return InJar.FOLDER;
        }
        throw new FileNotFoundException("data: expected a folder data with " + CHECKSUMS + " in " + start
                + " or above it, got none. Hint: start from inside the kit's folder, or set -Dconvlstm.data=FOLDER");
    }

    /** The folder inside the jar, or null if the library was compiled without it. */
    private static final class InJar {
        static final @Nullable Path FOLDER = find();

        private static @Nullable Path find() {
            URI sums = URI.create(String.valueOf(Shipped.class.getResource(CHECKSUMS)));
            try {
                if ("jar".equals(sums.getScheme())) {
                    FileSystems.newFileSystem(sums, Map.of()); // open until the program ends
                }
                return sums.isAbsolute() ? Path.of(sums).getParent() : null;
            } catch (FileSystemAlreadyExistsException e) {
                return Path.of(sums).getParent();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static String sha256(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The SHA-256 of bytes, in 64 hexadecimal digits. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
