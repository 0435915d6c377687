package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checkpoints that come with the kit are those whose checksums are stored beside them, all of them and no others. */
class ChecksumsTest {
    private static final Path FOLDER = Path.of("data/checkpoints");

    @Test
    void everyCheckpointHasItsChecksum() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                byte[] digest = Sha256.digest().digest(Files.readAllBytes(file));
                found.put(file.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        Map<String, String> stored = new TreeMap<>();
        for (String line : Files.readAllLines(FOLDER.resolve("SHA256SUMS"))) {
            stored.put(line.substring(66), line.substring(0, 64));
        }
        assertEquals(stored, found);
    }
}
