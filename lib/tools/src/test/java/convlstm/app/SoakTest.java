package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.app.Soak.Reading;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class SoakTest {
    @Test
    void aThousandStepsKeepMemoryFlat(@TempDir Path folder) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Backend K = Backends.byName("simd")) {
            Soak soak = new Soak(K, folder.resolve("a"));
            List<Reading> readings = soak.run(0, new PrintStream(out, true, StandardCharsets.UTF_8));
            while (readings.getLast().steps() < 1000) {
                readings = soak.run(0, new PrintStream(out, true, StandardCharsets.UTF_8));
            }
            assertEquals("", Soak.growth(List.of(readings.getFirst(), readings.getFirst(), readings.getLast()))
                    .replaceFirst("^The process.*", ""), out.toString(StandardCharsets.UTF_8));
        }
        assertTrue(Files.exists(folder.resolve("a")));
        assertEquals(1, folder.toFile().list().length, "a checkpoint and nothing else");
    }

    @Test
    void growthIsNoticed() {
        Reading warmUp = new Reading(1, 10, 1 << 20, 100 << 20);
        Reading flat = new Reading(2, 20, 10 << 20, 200 << 20);
        assertEquals("", Soak.growth(List.of(warmUp, flat, new Reading(9, 90, 11 << 20, 210 << 20))));
        assertEquals("Live heap grew by 10 MB: something is kept for ever.",
                Soak.growth(List.of(warmUp, flat, new Reading(9, 90, 20 << 20, 200 << 20))));
        assertEquals("The process grew by 200 MB outside Java's live objects.",
                Soak.growth(List.of(warmUp, flat, new Reading(9, 90, 10 << 20, 400 << 20))));
    }
}
