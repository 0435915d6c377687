package convlstm.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.DataFormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A {@code .keras} file: a zip of {@code config.json}, which describes the layers, and {@code model.weights.h5}.
 *
 * @param file where it is, for messages
 * @param config the model's class and arguments
 * @param h5 the HDF5 file inside
 */
record KerasArchive(String file, JsonNode config, byte[] h5) {
    private static final int MAX_CONFIG = 16 << 20;

    /** Weights hardly shrink, and Keras does not compress them: what unpacks to more than this many times is a bomb. */
    private static final int MAX_RATIO = 64;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whether a file starts as a zip does. */
    static boolean isZip(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(4);
            return start.length == 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
        }
    }

    static KerasArchive read(Path path) throws IOException {
        String file = path.toString();
        try (ZipFile zip = new ZipFile(path.toFile())) {
            int most = (int) Math.min(KerasWeights.MAX_BYTES, MAX_RATIO * Files.size(path) + (1 << 16));
            byte[] config = entry(zip, "config.json", Math.min(MAX_CONFIG, most), file);
            byte[] weights = entry(zip, "model.weights.h5", most, file);
            return new KerasArchive(file, JSON.readTree(new String(config, StandardCharsets.UTF_8)), weights);
        } catch (ZipException | EOFException | JsonProcessingException | IllegalArgumentException e) {
            throw new DataFormatException(file, "an intact .keras file (a zip with config.json and model.weights.h5)",
                    String.valueOf(e.getMessage()), "the file is damaged or only part of it arrived; save it again", e);
        }
    }

    private static byte[] entry(ZipFile zip, String name, int maxBytes, String file) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new DataFormatException(file, "an entry " + name, "none", "save with model.save(\"name.keras\")");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new DataFormatException(file, name + " of at most " + maxBytes + " bytes", "more",
                        "it is made to exhaust memory, or a model too large for the kit");
            }
            return bytes;
        }
    }

    /** The model's layers as config.json lists them, without the input. */
    List<JsonNode> layers() throws DataFormatException {
        List<JsonNode> layers = new ArrayList<>();
        for (JsonNode layer : config.path("config").path("layers")) {
            if (!layer.path("class_name").asText().equals("InputLayer")) {
                layers.add(layer);
            }
        }
        if (layers.isEmpty()) {
            throw new DataFormatException(file, "a Sequential or functional model with layers in config.json",
                    config.path("class_name").asText("nothing"), "the kit does not read subclassed models");
        }
        return layers;
    }

    /** The weights in the order of the layers. */
    KerasWeights weights() throws IOException {
        return KerasWeights.fromH5(file + "/model.weights.h5", h5)
                .inOrderOf(layers().stream().map(layer -> layer.path("class_name").asText()).toList());
    }
}
