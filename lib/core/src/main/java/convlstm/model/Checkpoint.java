package convlstm.model;

import static java.util.Objects.requireNonNull;

import convlstm.data.DataFormatException;
import convlstm.data.Safetensors;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.tensor.HostArray;
import convlstm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A model's weights in a {@code .safetensors} file, by names such as {@code 0/ConvLSTM2D/recurrent_kernel}: the layer's
 * place among those that have weights, its kind, the weight. Layers and shapes are in the file too, and loading compares
 * them. To go on with a training, see {@link Trainer#checkpoint}.
 */
public final class Checkpoint {
    /** The names of what is not a weight begin with this. */
    static final String TRAINING = "training/";

    private static final String LAYERS = "layers";

    private Checkpoint() {}

    /** Saves the weights; an interrupted save leaves the old file, never half of the new one. */
    public static void save(Path path, Model model) throws IOException {
        save(path, model, weights(model), Map.of());
    }

    /**
     * The same in half precision, for files that are shipped: half the bytes, each weight rounded to 10 bits of mantissa.
     */
    public static void saveHalf(Path path, Model model) throws IOException {
        file(model, weights(model), Map.of()).writeHalf(path);
    }

    static void save(Path path, Model model, Map<String, Tensor> tensors, Map<String, String> text) throws IOException {
        file(model, tensors, text).write(path);
    }

    private static Safetensors file(Model model, Map<String, Tensor> tensors, Map<String, String> text) {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        tensors.forEach((name, t) -> arrays.put(name, new HostArray(t.shape(), model.backend().toArray(t))));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(LAYERS, layers(model));
        metadata.putAll(text);
        return new Safetensors(arrays, metadata);
    }

    /**
     * Sets a model's weights to those of a file, from the kit or from Python. Sequences may be longer and images larger
     * than those that the saved model was built for, wherever the weights do not depend on it.
     *
     * @throws DataFormatException if the file is damaged
     * @throws IllegalArgumentException if layers or shapes differ; the message names both sides, and nothing is changed
     */
    public static void load(Path path, Model model) throws IOException {
        load(path, Safetensors.read(path), model, weights(model), false);
    }

    /** Compares layers, names and shapes, then writes the tensors of the given names. */
    static void load(Path path, Safetensors file, Model model, Map<String, Tensor> tensors, boolean sameSizes) {
        Map<String, String> saved = layers(file.metadata().getOrDefault(LAYERS, layers(model)), sameSizes);
        Map<String, String> built = layers(layers(model), sameSizes);
        file.tensors().forEach((name, array) -> {
            if (tensors.containsKey(name) || !name.startsWith(TRAINING)) {
                saved.put(name, "shape " + array.shape());
            }
        });
        tensors.forEach((name, t) -> built.put(name, "shape " + t.shape()));
        Safetensors.requireSame("model", path, saved, built);
        tensors.forEach((name, t) -> model.backend().write(t, requireNonNull(file.tensors().get(name)).values()));
    }

    /** A line {@code ConvLSTM2D (9, 20, 20, 1) -> (9, 20, 20, 16)} for each layer. */
    private static String layers(Model model) {
        return model.layers().stream().map(l -> l.kind() + " " + l.inputShape() + " -> " + l.outputShape())
                .collect(Collectors.joining("\n"));
    }

    private static Map<String, String> layers(String lines, boolean sizes) {
        Map<String, String> layers = new LinkedHashMap<>();
        lines.lines().forEach(l -> layers.put("layer " + (layers.size() + 1), sizes ? l : l.split(" ")[0]));
        return layers;
    }

    /** A model's weights by their names. */
    public static Map<String, Tensor> weights(Model model) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        int k = 0;
        for (Layer layer : model.layers()) {
            for (Parameter p : layer.parameters()) {
                weights.put(k + "/" + layer.kind() + "/" + p.name(), p.value());
            }
            k += layer.parameters().isEmpty() ? 0 : 1;
        }
        return weights;
    }
}
