package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.DataFormatException;
import convlstm.model.Sequential;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every field of every layer that the kit loads, at other values, as {@code walk.py} had the real Keras save them. */
class KerasWalkTest {
    private static final Path ZIP = Path.of("lib/core/src/test/resources/keras/walk.zip");
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private static Path folder;

    private static List<String[]> rows = List.of();

    @BeforeAll
    static void unpack() throws IOException {
        try (ZipFile zip = new ZipFile(ZIP.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.write(folder.resolve(entry.getName()), in.readAllBytes());
                }
            }
        }
        rows = Files.readAllLines(folder.resolve("walk.csv"), StandardCharsets.UTF_8).stream().skip(1)
                .map(line -> line.split(",", 4)).toList();
    }

    /** The two answers that are right: Keras' output, or a refusal that names the field. */
    @Test
    void sameOutputOrRefusedByName() throws IOException {
        StringBuilder wrong = new StringBuilder();
        int loaded = 0;
        int refused = 0;
        for (String[] row : rows) {
            String name = row[0];
            String field = row[2].replaceFirst("^layer\\.", "");
            try {
                Sequential model = KerasModel.load(K, folder.resolve(name + ".keras"));
                double difference = StepDifferences.of(model, folder.resolve(name + ".npz")).largest();
                loaded++;
                if (!(difference < 1e-5)) {
                    wrong.append(name).append(": off by ").append(difference).append('\n');
                }
            } catch (DataFormatException e) {
                refused++;
                if (field.isEmpty() || !e.getMessage().contains(field) || !e.getMessage().contains("Hint: ")) {
                    wrong.append(name).append(": ").append(e.getMessage()).append('\n');
                }
            } catch (RuntimeException e) {
                wrong.append(name).append(": ").append(e).append('\n');
            }
        }
        assertEquals("", wrong.toString());
        assertTrue(loaded > 100 && refused > 100, loaded + " loaded, " + refused + " refused");
    }

    /** A layer in the table that the walk does not take, or a field that nobody changed, would go unseen. */
    @Test
    void theWalkTakesEveryLayerOfTheTable() {
        Map<String, Set<String>> walked = new TreeMap<>();
        rows.forEach(row -> walked.computeIfAbsent(row[1], layer -> new TreeSet<>()).add(row[2]));
        for (Map.Entry<String, KerasFields> layer : KerasFields.OF.entrySet()) {
            if (List.of("CuDNNLSTM", "InputLayer").contains(layer.getKey())) {
                continue; // Keras 3 has no CuDNNLSTM; the input's fields are tested below
            }
            Set<String> fields = walked.get(layer.getKey().toLowerCase(java.util.Locale.ROOT));
            if (fields == null) {
                fail(layer.getKey() + " is in the table and not in the walk");
            }
            assertTrue(fields.contains("dtype") && fields.contains("trainable"), layer.getKey() + ": " + fields);
        }
        List<String> names = rows.stream().map(row -> row[0]).toList();
        List<String> last = List.of("own-LSTM-None", "own-inside", "own-model", "skip", "three-outputs", "frozen");
        assertTrue(names.containsAll(last), "classes of somebody's own, and graphs that are no chain: " + names);
    }

    /** One field is in one column. */
    @Test
    void theTableSaysOneThingOfEachField() {
        KerasFields.OF.forEach((layer, fields) -> {
            Set<String> all = new TreeSet<>(fields.used());
            all.addAll(fields.neutral());
            all.addAll(fields.only().keySet());
            assertEquals(all.size(), fields.used().size() + fields.neutral().size() + fields.only().size(), layer);
        });
    }

    /** Fields that no Keras of today has, on every layer and on the model. */
    @Test
    void unknownFieldsAreRefusedByName() throws IOException {
        for (String base : List.of("lstm", "dense", "flatten", "timedistributed", "masking")) {
            String config = config(base);
            for (String changed : List.of(
                    config.replaceFirst("\"trainable\": true, \"dtype\": \\{[^}]*\\}[^}]*\\}, \"layers\"", "$0")
                            .replace("\"layers\": [", "\"surprise\": 1, \"layers\": ["),
                    config.replace("\"registered_name\": null", "\"registered_name\": null, \"surprise\": 1"),
                    config.replaceFirst("\"config\": \\{\"name\": \"" + base,
                            "\"config\": {\"surprise\": null, \"name\": \""
                                    + base))) {
                if (!changed.equals(config)) {
                    assertRefused(changed, base, "surprise");
                }
            }
            assertRefused(config.replace("\"ragged\": false", "\"ragged\": true"), base, "ragged");
            assertRefused(config.replace("\"sparse\": false", "\"sparse\": true"), base, "sparse");
        }
    }

    private static String config(String base) throws IOException {
        try (ZipFile zip = new ZipFile(folder.resolve(base + ".keras").toFile());
                InputStream in = zip.getInputStream(zip.getEntry("config.json"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void assertRefused(String config, String base, String word) throws IOException {
        Path saved = Files.createDirectories(folder.resolve("changed"));
        try (ZipFile zip = new ZipFile(folder.resolve(base + ".keras").toFile());
                InputStream in = zip.getInputStream(zip.getEntry("model.weights.h5"))) {
            Files.write(saved.resolve("model.weights.h5"), in.readAllBytes());
        }
        Files.writeString(saved.resolve("metadata.json"), "{\"keras_version\": \"3.15.1\"}");
        Files.writeString(saved.resolve("config.json"), config);
        try {
            KerasModel.load(K, saved);
        } catch (DataFormatException e) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
            return;
        }
        fail(base + " with " + word + " was loaded: " + config);
    }
}
