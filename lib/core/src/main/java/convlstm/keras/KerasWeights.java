package convlstm.keras;

import convlstm.backend.Backend;
import convlstm.data.DataFormatException;
import convlstm.data.Npz;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.model.Model;
import convlstm.tensor.HostArray;
import io.jhdf.api.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a Keras model, layer by layer, and the way back.
 *
 * <pre>
 * KerasWeights.read(Path.of("student.weights.h5")).into(model);      // Keras to kit
 * KerasWeights.save(model, Path.of("kit.npz"));                      // kit to Keras, see load_kit_weights.py
 * </pre>
 *
 * <p>Three kinds of file are read: {@code .keras} (Keras 3), {@code .weights.h5} (Keras 3), and {@code .h5} in the
 * older layout of Keras 2, which Keras 3 still writes. Weights need no permuting: kernels are {@code (kh, kw, in, out)}
 * and gates i | f | c | o in both.
 *
 * <p><b>Order.</b> {@code .keras} and the older layout say in which order the layers come. A bare {@code .weights.h5}
 * does not: its groups bear the layers' <em>kinds</em>, numbered by kind ({@code lstm}, {@code lstm_1}, {@code dense}),
 * whatever the layers were called. There the n-th LSTM of the kit model gets the n-th {@code lstm}, and so for each
 * kind.
 *
 * @param file where they come from, for messages
 * @param ordered whether the layers are in the model's order
 * @param layers the layers that have weights
 */
public record KerasWeights(String file, boolean ordered, List<LayerWeights> layers) {
    static final int MAX_BYTES = 1 << 30;

    /**
     * One layer's weights.
     *
     * @param group its name in the file: {@code conv_lstm2d_1}
     * @param kind its class, {@code ConvLSTM2D}; null where the file does not say
     * @param values its weights in Keras' order: kernel, recurrent kernel, bias
     */
    public record LayerWeights(String group, @Nullable String kind, List<HostArray> values) {}

    /**
     * Reads a file that Keras saved.
     *
     * @param path a {@code .keras}, {@code .weights.h5} or {@code .h5} file
     * @throws DataFormatException if it is none of these, or damaged
     */
    public static KerasWeights read(Path path) throws IOException {
        Files.newInputStream(path).close(); // a missing or unreadable file is no damaged one
        if (KerasArchive.isZip(path)) {
            return KerasArchive.read(path).weights();
        }
        if (Files.size(path) > MAX_BYTES) {
            throw new DataFormatException(path.toString(), "at most " + MAX_BYTES + " bytes", "" + Files.size(path),
                    "a model of this size is beyond the kit");
        }
        return fromH5(path.toString(), Files.readAllBytes(path));
    }

    static KerasWeights fromH5(String file, byte[] bytes) throws IOException {
        return H5.read(file, bytes, h5 -> {
            Group legacy = h5.group(h5.root(), "model_weights");
            Group root = legacy == null ? h5.root() : legacy;
            List<String> names = h5.texts(root, "layer_names");
            return names != null ? keras2(file, h5, root, names) : keras3(file, h5);
        });
    }

    private static KerasWeights keras3(String file, H5 h5) throws IOException {
        Group groups = h5.group(h5.root(), "layers");
        if (groups == null) {
            throw h5.bad("a group 'layers', as model.save_weights writes it", h5.names(h5.root()).toString(),
                    "the kit reads Sequential and functional models; not subclassed ones, nor other HDF5 files");
        }
        List<LayerWeights> layers = new ArrayList<>();
        for (String name : h5.names(groups)) {
            Group group = h5.group(groups, name);
            if (group != null) {
                add(layers, new LayerWeights(name, null, variables(h5, group, 0)));
            }
        }
        return new KerasWeights(file, false, List.copyOf(layers));
    }

    /** A layer's arrays: its own, its cell's (recurrent layers), or those of the layer it applies (TimeDistributed). */
    private static List<HostArray> variables(H5 h5, Group layer, int depth) throws IOException {
        for (String unknown : List.of("forward_layer", "layers")) {
            if (h5.group(layer, unknown) != null || depth > 3) {
                throw h5.bad("layers that the kit has", layer.getPath() + unknown,
                        "it has no Bidirectional layer, and no model inside a model");
            }
        }
        for (String inner : List.of("cell", "layer")) {
            Group group = h5.group(layer, inner);
            if (group != null) {
                return variables(h5, group, depth + 1);
            }
        }
        List<HostArray> values = new ArrayList<>();
        Group vars = h5.group(layer, "vars");
        for (int v = 0; vars != null && v < h5.names(vars).size(); v++) {
            values.add(h5.array(vars, "" + v));
        }
        return List.copyOf(values);
    }

    private static KerasWeights keras2(String file, H5 h5, Group root, List<String> names) throws IOException {
        List<LayerWeights> layers = new ArrayList<>();
        for (String name : names) {
            Group group = h5.group(root, name);
            List<String> weights = group == null ? null : h5.texts(group, "weight_names");
            if (group == null || weights == null) {
                throw h5.bad("a group " + name + " with weight_names", "none", "save the file again with model.save");
            }
            List<HostArray> values = new ArrayList<>();
            for (String weight : weights) {
                values.add(named(h5, group, weight));
            }
            add(layers, new LayerWeights(name, null, List.copyOf(values)));
        }
        return new KerasWeights(file, true, List.copyOf(layers));
    }

    /** The array {@code a/b/c} below a group. */
    private static HostArray named(H5 h5, Group group, String path) throws IOException {
        String[] parts = path.split("/");
        Group at = group;
        for (int p = 0; p < parts.length - 1; p++) {
            Group next = h5.group(at, parts[p]);
            if (next == null) {
                throw h5.bad("an array " + group.getPath() + path, "none", "save the file again with model.save");
            }
            at = next;
        }
        return h5.array(at, parts[parts.length - 1]);
    }

    private static void add(List<LayerWeights> layers, LayerWeights layer) {
        if (!layer.values().isEmpty()) {
            layers.add(layer);
        }
    }

    /** These weights in the order of a model's layers, given by Keras' class names. */
    KerasWeights inOrderOf(List<String> kinds) throws IOException {
        Map<String, LayerWeights> left = byGroup();
        Names names = new Names();
        List<LayerWeights> sorted = new ArrayList<>();
        for (String kind : kinds) {
            LayerWeights layer = left.remove(names.next(kind));
            if (layer != null) {
                sorted.add(new LayerWeights(layer.group(), kind, layer.values()));
            }
        }
        if (!left.isEmpty()) {
            throw new DataFormatException(file, "weights of the layers in config.json, " + kinds,
                    "also " + left.keySet(), "the file was put together from two models");
        }
        return new KerasWeights(file, true, List.copyOf(sorted));
    }

    private Map<String, LayerWeights> byGroup() {
        return layers.stream().collect(
                Collectors.toMap(LayerWeights::group, layer -> layer, (a, b) -> a, LinkedHashMap::new));
    }

    /** Keras' names for the groups of a file: the class in snake case, numbered from the second of its kind. */
    private static final class Names {
        private final Map<String, Integer> used = new HashMap<>();

        String next(String kind) {
            String snake = kind.replaceAll("(.)([A-Z][a-z]+)", "$1_$2").replaceAll("([a-z])([A-Z])", "$1_$2")
                    .toLowerCase(Locale.ROOT);
            int n = used.merge(snake, 1, Integer::sum) - 1;
            return n == 0 ? snake : snake + "_" + n;
        }
    }

    /**
     * Sets a model's weights to these. Everything is compared first: if anything does not fit, nothing is changed.
     *
     * @throws IllegalArgumentException if layers, weights or shapes differ; the message names both sides
     */
    public void into(Model model) {
        List<LayerWeights> from = fitted(model);
        List<Layer> to = weighted(model);
        Backend K = model.backend();
        for (int k = 0; k < to.size(); k++) {
            List<Parameter> parameters = to.get(k).parameters();
            for (int w = 0; w < parameters.size(); w++) {
                K.write(parameters.get(w).value(), from.get(k).values().get(w).values());
            }
        }
    }

    private static List<Layer> weighted(Model model) {
        return model.layers().stream().filter(layer -> !layer.parameters().isEmpty()).toList();
    }

    /** The weights of each of the model's layers that has any; refuses whatever does not fit. */
    List<LayerWeights> fitted(Model model) {
        List<Layer> to = weighted(model);
        List<LayerWeights> from = ordered ? layers : matchedByKind(model);
        if (from.size() != to.size()) {
            throw new IllegalArgumentException("model: expected " + from.size() + " layers with weights as in " + file
                    + ", "
                    + describe(from) + ", got " + to.size() + ", " + to.stream().map(Layer::kind).toList()
                    + ". Hint: build the same layers in the same order; Dropout, Flatten and pooling do not count");
        }
        for (int k = 0; k < to.size(); k++) {
            check(from.get(k), to.get(k), k);
        }
        return from;
    }

    /** The n-th layer of each kind of the model, and the n-th group of that kind. */
    private List<LayerWeights> matchedByKind(Model model) {
        Map<String, LayerWeights> left = byGroup();
        Names names = new Names();
        List<LayerWeights> matched = new ArrayList<>();
        for (Layer layer : model.layers()) {
            String group = names.next(outer(layer.kind()));
            LayerWeights weights = left.remove(group);
            if (weights == null && !layer.parameters().isEmpty()) {
                throw new IllegalArgumentException("model: expected layers as in " + file + ", " + describe(layers)
                        + ", got " + layer.kind() + ", for which the file should have '" + group
                        + "'. Hint: a .weights.h5 file names groups by the layers' kinds; build the same layers");
            }
            if (weights != null) {
                matched.add(weights);
            }
        }
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("model: expected layers as in " + file + ", got none for "
                    + describe(List.copyOf(left.values())) + ". Hint: build the same layers in the same order");
        }
        return matched;
    }

    /** {@code TimeDistributed(Conv2D)} is a TimeDistributed to Keras. */
    private static String outer(String kind) {
        int inner = kind.indexOf('(');
        return inner < 0 ? kind : kind.substring(0, inner);
    }

    private static String describe(List<LayerWeights> layers) {
        return layers.stream()
                .map(layer -> layer.group() + layer.values().stream().map(HostArray::shape).toList())
                .collect(Collectors.joining(", "));
    }

    private void check(LayerWeights from, Layer to, int k) {
        String where = "model: layer " + (k + 1) + " with weights, " + to.kind() + ": ";
        if (from.kind() != null && !from.kind().equals(outer(to.kind()))) {
            throw new IllegalArgumentException(where + "expected a " + from.kind() + " as in " + file + ", got a "
                    + to.kind() + ". Hint: build the same layers in the same order");
        }
        List<Parameter> parameters = to.parameters();
        if (from.values().size() != parameters.size()) {
            throw new IllegalArgumentException(where + "expected " + from.values().size() + " weights as in "
                    + from.group()
                    + " of " + file + " with shapes " + from.values().stream().map(HostArray::shape).toList() + ", got "
                    + parameters.size() + ", " + parameters
                    + ". Hint: useBias, scale and center must be the same; Keras has no peepholes");
        }
        for (int w = 0; w < parameters.size(); w++) {
            Parameter p = parameters.get(w);
            if (!p.value().shape().equals(from.values().get(w).shape())) {
                throw new IllegalArgumentException(where + p.name() + ": expected shape " + from.values().get(w).shape()
                        + " as in " + from.group() + " of " + file + ", got " + p.value().shape() + ". Hint: "
                        + hint(p.name()));
            }
        }
    }

    private static String hint(String weight) {
        return switch (weight) {
            case "kernel" ->
                "a kernel is (input, output) or (height, width, input, output), with 4 outputs for each unit"
                        + " of a recurrent layer; compare units or filters, kernelSize, and the layer before";
            case "recurrent_kernel" -> "compare units or filters, and recurrentKernelSize, which Keras does not have";
            default -> "compare units or filters";
        };
    }

    /**
     * Saves a model's weights as {@code .npz} for Keras to read, with arrays named {@code layer/kind/weight}: {@code
     * 0/ConvLSTM2D/recurrent_kernel}. The ten lines of Python that read it are {@code
     * lib/core/src/test/python/load_kit_weights.py}.
     */
    public static void save(Model model, Path npz) throws IOException {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        int k = 0;
        for (Layer layer : model.layers()) {
            for (Parameter p : layer.parameters()) {
                HostArray value = new HostArray(p.value().shape(), model.backend().toArray(p.value()));
                arrays.put(k + "/" + layer.kind() + "/" + p.name(), value);
            }
            k += layer.parameters().isEmpty() ? 0 : 1;
        }
        Npz.write(npz, arrays);
    }
}
