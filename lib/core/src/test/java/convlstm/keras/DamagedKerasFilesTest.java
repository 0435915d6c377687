package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/** Keras' files with random damage, see {@link Fuzz}. */
@Tag("slow")
class DamagedKerasFilesTest {
    private static final Path FILES = Path.of("lib/core/src/test/resources/keras");
    private static final Backend K = Backends.byName("reference");
    private static final int BATCH = 250;

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(FILES.resolve(name));
    }

    private static Map<String, byte[]> entries(String name) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file(name)))) {
            for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                entries.put(e.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(e.getKey()));
                zip.write(e.getValue());
            }
        }
        return out.toByteArray();
    }

    private static Fuzz model() {
        return new Fuzz(".keras", path -> KerasModel.load(K, path));
    }

    @Property(tries = 30, shrinking = ShrinkingMode.OFF)
    void hdf5(@ForAll long seed) throws IOException {
        new Fuzz(".weights.h5", KerasWeights::read)
                .on(List.of(file("cnn_lstm.weights.h5"), file("conv.weights.h5"), file("conv.h5"))).run(seed, BATCH);
    }

    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void archives(@ForAll long seed) throws IOException {
        model().on(List.of(file("cnn_lstm.keras"), file("softmax.keras"))).run(seed, BATCH);
    }

    /** Packed anew after the damage, so that the zip file's own checksums do not catch it. */
    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void configurationsInsideArchives(@ForAll long seed) throws IOException {
        Map<String, byte[]> entries = entries("softmax.keras");
        model().on(List.of(entries.get("config.json"))).packing(config -> {
            Map<String, byte[]> damaged = new LinkedHashMap<>(entries);
            damaged.put("config.json", config);
            return zip(damaged);
        }).run(seed, BATCH);
    }

    /** A small file that unpacks to 128 MB of zeros is refused long before. */
    @Example
    void bombsAreRefused() throws IOException {
        Map<String, byte[]> entries = entries("softmax.keras");
        for (String name : List.of("config.json", "model.weights.h5")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(out)) {
                for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                    zip.putNextEntry(new ZipEntry(e.getKey()));
                    for (int n = 0; e.getKey().equals(name) && n < 128; n++) {
                        zip.write(new byte[1 << 20]);
                    }
                    zip.write(e.getValue());
                }
            }
            assertTrue(out.size() < 1 << 20, "a bomb is small");
            assertNull(model().mostBytes(60 << 20).read(out.toByteArray()));
        }
    }
}
