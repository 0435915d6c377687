package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedTest {
    @TempDir
    private Path folder;

    /** A picture or checkpoint without a checksum would be loaded by nobody; a checksum without a file is a lie. */
    @Test
    void everyDigitFileAndCheckpointIsListedAndRight() throws IOException {
        Path data = Shipped.folder();
        TreeSet<String> listed = Files.readAllLines(data.resolve(Shipped.CHECKSUMS)).stream()
                .map(line -> line.substring(66)).collect(Collectors.toCollection(TreeSet::new));
        for (String name : listed) {
            assertEquals(data.resolve(name), Shipped.file(name));
        }
        try (Stream<Path> files = Files.walk(data)) {
            TreeSet<String> present = files.filter(Files::isRegularFile)
                    .map(file -> data.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.startsWith("digits-") || name.startsWith("checkpoints/")
                            || name.startsWith("radar/"))
                    .filter(name -> !name.endsWith(".md"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(present, listed);
        }
    }

    @Test
    void aFileThatIsNotTheShippedOneIsRefused() throws IOException {
        Files.createDirectories(folder.resolve("checkpoints"));
        Path file = Files.writeString(folder.resolve("checkpoints/a.safetensors"), "a");
        Files.writeString(folder.resolve(Shipped.CHECKSUMS), Shipped.sha256(file) + "  checkpoints/a.safetensors\n");
        assertEquals(file, Shipped.file(folder, "checkpoints/a.safetensors"));
        Files.writeString(file, "b");
        Samples.assertRefused(() -> Shipped.file(folder, "checkpoints/a.safetensors"), "the SHA-256 ca978112ca1bbdc",
                "git checkout " + file);
        Files.writeString(folder.resolve("new"), "");
        Samples.assertRefused(() -> Shipped.file(folder, "new"), "a SHA-256 for new in SHA256SUMS, got none",
                "sha256sum new");
        Samples.assertRefused(() -> Shipped.file(folder, "SHA256SUMS"), "got none");
        assertThrows(NoSuchFileException.class, () -> Shipped.file(folder, "missing"));
        assertTrue(Shipped.sha256(folder.resolve("new")).startsWith("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
