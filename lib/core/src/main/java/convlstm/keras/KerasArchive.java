package convlstm.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.DataFormatException;
import convlstm.data.Magic;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A saved model: its configuration and its weights. Three containers are read: a {@code .keras} file, which is a zip of
 * {@code metadata.json}, {@code config.json} and {@code model.weights.h5}; a folder of the same ({@code zipped=False});
 * and a whole {@code .h5}, where configuration and version are attributes.
 *
 * @param file where it is, for messages
 * @param keras the version of Keras that saved it; empty if the file does not say
 * @param config the model's class and arguments
 * @param h5 the HDF5 file with the weights
 */
record KerasArchive(String file, String keras, JsonNode config, byte[] h5) {
    private static final int MAX_CONFIG = 16 << 20;
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.weights.h5";

    /** Weights hardly shrink, and Keras does not compress them: what unpacks to more than this many times is a bomb. */
    private static final int MAX_RATIO = 64;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * One layer of the model, those of models inside it included.
     *
     * @param entry its configuration
     * @param path its groups in a file of Keras 3
     * @param group the top layer it belongs to, by which Keras 2 names its weights
     * @param everyStep whether it belongs to a model inside TimeDistributed, so that it is applied at every step
     * @param trainable whether the models it is in are
     */
    record Leaf(JsonNode entry, List<String> path, String group, boolean everyStep, boolean trainable) {
        /** A layer beside a model. */
        static Leaf of(JsonNode entry) {
            return new Leaf(entry, List.of(), "", false, true);
        }

        /** Its configuration, or that of the layer it applies at every step. */
        JsonNode inner() {
            return entry.path("config").has("layer") ? entry.path("config").path("layer") : entry;
        }

        boolean trains() {
            return trainable && trains(entry) && trains(entry.path("config").path("layer"));
        }

        private static boolean trains(JsonNode entry) {
            return entry.path("config").path("trainable").asBoolean(true);
        }

        String kind() {
            String kind = entry.path("class_name").asText();
            return everyStep ? "TimeDistributed" : kind.equals("CuDNNLSTM") ? "LSTM" : kind;
        }

        boolean isBatchNorm() {
            return inner().path("class_name").asText().equals("BatchNormalization");
        }
    }

    static boolean isZip(Path path) throws IOException {
        return starts(path, 'P', 'K', 3, 4);
    }

    private static boolean starts(Path path, int... with) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(with.length);
            return start.length == with.length
                    && IntStream.range(0, with.length).allMatch(k -> (start[k] & 0xFF) == with[k]);
        }
    }

    static KerasArchive read(Path path) throws IOException {
        String file = path.toString();
        try {
            if (Files.isDirectory(path)) {
                if (!Files.exists(path.resolve(CONFIG)) && Files.exists(path.resolve("saved_model.pb"))) {
                    throw new DataFormatException(file, "a folder with " + CONFIG, "a TensorFlow SavedModel",
                            "load it in Keras and save it with model.save(\"name.keras\")");
                }
                return of(file, name -> {
                    Path part = path.resolve(name);
                    long bytes = Files.exists(part) ? Files.size(part) : -1;
                    return bytes < 0
                            ? null
                            : bytes > most(name, KerasWeights.MAX_BYTES)
                                    ? tooLarge(file, name, most(name, KerasWeights.MAX_BYTES))
                                    : Files.readAllBytes(part);
                });
            }
            if (isZip(path)) {
                try (ZipFile zip = new ZipFile(path.toFile())) {
                    int most = (int) Math.min(KerasWeights.MAX_BYTES, MAX_RATIO * Files.size(path) + (1 << 16));
                    return of(file, name -> entry(zip, name, most(name, most), file));
                }
            }
            if (starts(path, 0x89, 'H', 'D', 'F') && Files.size(path) <= KerasWeights.MAX_BYTES) {
                return ofH5(file, Files.readAllBytes(path));
            }
        } catch (ZipException | EOFException | JsonProcessingException | IllegalArgumentException e) {
            throw new DataFormatException(file, "an intact .keras file (a zip with config.json and model.weights.h5)",
                    String.valueOf(e.getMessage()), "the file is damaged or only part of it arrived; save it again", e);
        }
        throw new DataFormatException(file, "a .keras file, a whole .h5 file, or a folder that Keras saved",
                Magic.of(path), "save with model.save(\"name.keras\")");
    }

    /** A part of a container by its name; null if it is not there. */
    private interface Parts {
        byte @Nullable [] get(String name) throws IOException;
    }

    private static KerasArchive of(String file, Parts parts) throws IOException {
        byte[] metadata = parts.get("metadata.json");
        JsonNode version = metadata == null ? JSON.missingNode() : json(metadata).path("keras_version");
        byte[] config = parts.get(CONFIG);
        byte[] weights = parts.get(WEIGHTS);
        if (config == null || weights == null) {
            throw new DataFormatException(file, "an entry " + (config == null ? CONFIG : WEIGHTS), "none",
                    "save with model.save(\"name.keras\")");
        }
        return new KerasArchive(file, version.asText(), json(config), weights);
    }

    private static JsonNode json(byte[] text) throws IOException {
        return JSON.readTree(new String(text, StandardCharsets.UTF_8));
    }

    private static KerasArchive ofH5(String file, byte[] bytes) throws IOException {
        String[] texts = H5.read(file, bytes, h5 -> new String[] {h5.text("model_config"), h5.text("keras_version")});
        if (texts[0].isEmpty()) {
            throw new DataFormatException(file, "a model with its configuration", "weights alone",
                    "save with model.save(\"name.keras\"), or build the layers here and use KerasWeights.read(path)"
                            + ".into(model)");
        }
        return new KerasArchive(file, texts[1], JSON.readTree(texts[0]), bytes);
    }

    private static int most(String name, int most) {
        return name.equals(WEIGHTS) ? most : Math.min(MAX_CONFIG, most);
    }

    private static byte @Nullable [] entry(ZipFile zip, String name, int maxBytes, String file) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            return null;
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            return bytes.length > maxBytes ? tooLarge(file, name, maxBytes) : bytes;
        }
    }

    private static byte[] tooLarge(String file, String name, int maxBytes) throws DataFormatException {
        throw new DataFormatException(file, name + " of at most " + maxBytes + " bytes", "more",
                "it is made to exhaust memory, or a model too large for the kit");
    }

    /** All layers in the order of the model, without inputs; layers of models inside it in their place. */
    List<Leaf> leaves() throws DataFormatException {
        List<Leaf> leaves = new ArrayList<>();
        collect(config, List.of(), "", false, true, leaves);
        if (leaves.isEmpty()) {
            throw new DataFormatException(file, "a Sequential or functional model with layers in its configuration",
                    config.path("class_name").asText("nothing"), "the kit does not read subclassed models");
        }
        return leaves;
    }

    private void collect(JsonNode model, List<String> path, String group, boolean everyStep, boolean trainable,
            List<Leaf> leaves) throws DataFormatException {
        if (path.size() > 40) {
            throw new DataFormatException(file, "models inside models at most ten deep", "more",
                    "the file is damaged or made to harm");
        }
        KerasWeights.Names names = new KerasWeights.Names();
        for (JsonNode layer : layers(model)) {
            String kind = layer.path("class_name").asText();
            List<String> below = Stream.concat(path.stream(), Stream.of("layers", names.next(kind))).toList();
            String top = group.isEmpty() ? layer.path("config").path("name").asText() : group;
            JsonNode inner = layer.path("config").path("layer");
            boolean trains = trainable && Leaf.trains(layer);
            if (isModel(layer)) {
                collect(layer, below, top, everyStep, trains, leaves);
            } else if (kind.equals("TimeDistributed") && isModel(inner)) {
                collect(inner, Stream.concat(below.stream(), Stream.of("layer")).toList(), top, true,
                        trains && Leaf.trains(inner), leaves);
            } else if (!kind.equals("InputLayer") && !isMaskOp(layer)) {
                leaves.add(new Leaf(layer, below, top, everyStep, trainable));
            }
        }
    }

    /** A model's layers; early versions of Keras 2 had nothing but their list for its configuration. */
    static JsonNode layers(JsonNode model) {
        return model.path("config").isArray() ? model.path("config") : model.path("config").path("layers");
    }

    /** Whether an entry is a step of what a Masking layer computes in Keras 3, no layer; see KerasModel's Mask. */
    static boolean isMaskOp(JsonNode entry) {
        return entry.path("module").asText("keras.src.ops.numpy").equals("keras.src.ops.numpy")
                && Set.of("NotEqual", "Any").contains(entry.path("class_name").asText());
    }

    /** Whether an entry has layers of its own. */
    static boolean isModel(JsonNode entry) {
        return !layers(entry).isMissingNode();
    }

    /** The weights in the order of the layers. */
    KerasWeights weights() throws IOException {
        return KerasWeights.ofLeaves(file, h5, leaves());
    }
}
