package convlstm.keras;

import static convlstm.tensor.Arguments.require;

import com.fasterxml.jackson.databind.JsonNode;
import convlstm.backend.Backend;
import convlstm.data.DataFormatException;
import convlstm.data.Npz;
import convlstm.keras.KerasArchive.Leaf;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.model.Checkpoint;
import convlstm.model.Model;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import io.jhdf.api.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
 * <p>Three kinds of file are read: {@code .keras} (or the folder that {@code zipped=False}
 * makes), {@code .weights.h5} (Keras 3), and {@code .h5} in the
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
     * @param names their names, {@code recurrent_kernel}; empty where the file does not say
     */
    public record LayerWeights(String group, @Nullable String kind, List<HostArray> values, List<String> names) {
        LayerWeights(String group, @Nullable String kind, List<HostArray> values) {
            this(group, kind, values, List.of());
        }
    }

    /**
     * Reads a file that Keras saved.
     *
     * @param path a {@code .keras}, {@code .weights.h5} or {@code .h5} file
     * @throws DataFormatException if it is none of these, or damaged
     */
    public static KerasWeights read(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return KerasArchive.read(path).weights();
        }
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
        List<LayerWeights> layers = new ArrayList<>();
        Group groups = layersOf(h5);
        for (String name : h5.names(groups)) {
            Group group = h5.group(groups, name);
            if (group != null) {
                add(layers, new LayerWeights(name, null, variables(h5, group, 0)));
            }
        }
        return new KerasWeights(file, false, List.copyOf(layers));
    }

    private static Group layersOf(H5 h5) throws IOException {
        Group groups = h5.group(h5.root(), "layers");
        if (groups == null) {
            throw h5.bad("a group 'layers', as model.save_weights writes it", h5.names(h5.root()).toString(),
                    "the kit reads Sequential and functional models; not subclassed ones, nor other HDF5 files");
        }
        return groups;
    }

    /** The weights of a model whose layers are known. */
    static KerasWeights ofLeaves(String file, byte[] bytes, List<Leaf> leaves) throws IOException {
        return H5.read(file, bytes, h5 -> {
            Group legacy = h5.group(h5.root(), "model_weights");
            List<LayerWeights> layers = legacy == null
                    ? byPath(file, h5, leaves)
                    : byName(keras2(file, h5, legacy, List.copyOf(h5.requireTexts(legacy, "layer_names"))), leaves);
            return new KerasWeights(file, true, layers.stream().filter(l -> !l.values().isEmpty()).toList());
        });
    }

    private static List<LayerWeights> byPath(String file, H5 h5, List<Leaf> leaves) throws IOException {
        List<LayerWeights> layers = new ArrayList<>();
        Set<String> known = new HashSet<>();
        layersOf(h5);
        for (Leaf leaf : leaves) {
            @Nullable
            Group group = h5.root();
            for (int p = 0; p < leaf.path().size() && group != null; p++) {
                group = h5.group(group, leaf.path().get(p));
            }
            String name = leaf.path().stream().filter(part -> !part.matches("layers?"))
                    .collect(Collectors.joining("/"));
            known.add("/" + String.join("/", leaf.path()) + "/");
            layers.add(new LayerWeights(name, leaf.kind(), group == null ? List.of() : variables(h5, group, 0)));
        }
        Set<String> left = new TreeSet<>();
        arrays(h5, h5.root(), left, 0);
        left.removeIf(
                array -> !array.startsWith("/layers/") || array.matches(".*/(seed_generator|optimizer|\\w*metrics)/.*")
                        || known.stream().anyMatch(array::startsWith)); // beside the layers: the compiled training's
        if (!left.isEmpty()) {
            throw new DataFormatException(file, "weights of the layers in config.json, "
                    + leaves.stream().map(Leaf::kind).toList(), "also " + left,
                    "the file was put together from two models");
        }
        return layers;
    }

    private static void arrays(H5 h5, Group group, Set<String> paths, int depth) throws IOException {
        for (String name : h5.names(group)) {
            Group below = h5.group(group, name);
            if (below == null) {
                paths.add(group.getPath() + name);
            } else if (depth < 60) {
                arrays(h5, below, paths, depth + 1);
            }
        }
    }

    /**
     * The weights of each layer, from groups named after the model's own layers. The group of a model inside the model has
     * the trained weights of all its layers first, then the others: BatchNorm's statistics, and all of a frozen layer.
     */
    private static List<LayerWeights> byName(KerasWeights groups, List<Leaf> leaves) throws IOException {
        Map<String, LayerWeights> left = groups.byGroup();
        List<LayerWeights> layers = new ArrayList<>();
        for (int from = 0, to; from < leaves.size(); from = to) {
            String group = leaves.get(from).group();
            for (to = from + 1; to < leaves.size() && leaves.get(to).group().equals(group);) {
                to++;
            }
            List<Leaf> inside = leaves.subList(from, to);
            LayerWeights of = left.remove(group);
            List<HostArray> values = of == null ? List.of() : of.values();
            if (inside.size() == 1) {
                layers.add(new LayerWeights(group, inside.getFirst().kind(), values));
            } else {
                List<List<HostArray>> split = inside.stream().<List<HostArray>>map(leaf -> new ArrayList<>()).toList();
                int at = 0;
                for (boolean trained : new boolean[] {true, false}) {
                    for (int k = 0; k < inside.size(); k++) {
                        int count = count(inside.get(k), trained);
                        if (at + count > values.size()) {
                            throw new DataFormatException(groups.file(), "weights for all layers of " + group,
                                    values.size() + " arrays", "save the model again as .keras");
                        }
                        split.get(k).addAll(values.subList(at, at += count));
                    }
                }
                if (at < values.size()) {
                    throw new DataFormatException(groups.file(), at + " arrays for the layers of " + group,
                            values.size() + "", "save the model again as .keras");
                }
                for (int k = 0; k < split.size(); k++) {
                    layers.add(new LayerWeights(group, inside.get(k).kind(), split.get(k)));
                }
            }
        }
        if (!left.isEmpty()) {
            throw new DataFormatException(groups.file(), "weights of the model's layers", "also " + left.keySet(),
                    "the file was put together from two models");
        }
        return layers;
    }

    /** How many arrays a layer has among a model's trained ones, or among the others. */
    private static int count(Leaf leaf, boolean trained) {
        JsonNode c = leaf.inner().path("config");
        int bias = c.path("use_bias").asBoolean(true) ? 1 : 0;
        int weights = switch (leaf.inner().path("class_name").asText()) {
            case "LSTM", "ConvLSTM2D", "CuDNNLSTM" -> 2 + bias;
            case "Conv2D", "Conv3D", "Dense" -> 1 + bias;
            case "BatchNormalization" ->
                (c.path("scale").asBoolean(true) ? 1 : 0) + (c.path("center").asBoolean(true) ? 1 : 0);
            default -> 0;
        };
        int statistics = leaf.isBatchNorm() ? 2 : 0;
        return leaf.trains() ? trained ? weights : statistics : trained ? 0 : weights + statistics;
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
            String known = group.getPath().substring(root.getPath().length()).replaceFirst("/$", "");
            add(layers, new LayerWeights(known, null, fromCuDnn(values), weights.stream()
                    .map(weight -> weight.replaceFirst(".*/", "").replaceFirst("(_\\d+)?(:\\d+)?$", "")).toList()));
        }
        return new KerasWeights(file, true, List.copyOf(layers));
    }

    /**
     * The weights of a layer, those of a CuDNNLSTM as an LSTM has them: that layer adds two biases, and lays out its kernels
     * gate by gate for NVIDIA's library (transposed; the input's rows by column). Source: tf_keras,
     * {@code saving/legacy/hdf5_format.py}, which converts likewise.
     */
    private static List<HostArray> fromCuDnn(List<HostArray> values) {
        int units = values.size() == 3 && values.get(1).shape().rank() == 2 ? values.get(1).dim(0) : 0;
        if (units == 0 || values.get(0).shape().rank() != 2 || values.get(1).dim(1) != 4 * units
                || !values.get(2).shape().equals(Shape.of(8 * units))) {
            return List.copyOf(values);
        }
        int D = values.get(0).dim(0);
        HostArray kernel = HostArray.zeros(D, 4 * units);
        HostArray recurrent = HostArray.zeros(units, 4 * units);
        HostArray bias = HostArray.zeros(4 * units);
        for (int gate = 0; gate < 4 * units; gate += units) {
            for (int u = 0; u < units; u++) {
                for (int d = 0; d < D; d++) {
                    int at = d + u * D; // in row-major order of this gate's (D, units)
                    kernel.values()[d * 4 * units + gate + u] = values.get(0).get(at / units, gate + at % units);
                }
                for (int v = 0; v < units; v++) {
                    recurrent.values()[v * 4 * units + gate + u] = values.get(1).get(u, gate + v);
                }
            }
        }
        for (int k = 0; k < 4 * units; k++) {
            bias.values()[k] = values.get(2).get(k) + values.get(2).get(4 * units + k);
        }
        return List.of(kernel, recurrent, bias);
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

    private Map<String, LayerWeights> byGroup() {
        return layers.stream().collect(
                Collectors.toMap(LayerWeights::group, layer -> layer, (a, b) -> a, LinkedHashMap::new));
    }

    /** Keras' names for the groups of a file: the class in snake case, numbered from the second of its kind. */
    static final class Names {
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
        require(left.isEmpty(), "model", "layers as in " + file, "none for " + describe(List.copyOf(left.values())),
                "build the same layers in the same order");
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
            if (!from.names().isEmpty() && !from.names().get(w).equals(p.name())) {
                throw new IllegalArgumentException(
                        where + "expected " + from.names() + " as in " + from.group() + " of "
                                + file + ", got " + parameters
                                + ". Hint: build the same layer, with the same useBias, scale and"
                                + " center; equal shapes do not make it one");
            }
            require(p.value().shape().equals(from.values().get(w).shape()), where + p.name(),
                    "shape " + from.values().get(w).shape() + " as in " + from.group() + " of " + file,
                    p.value().shape(), hint(p.name()));
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
        Checkpoint.weights(model)
                .forEach((name, t) -> arrays.put(name, new HostArray(t.shape(), model.backend().toArray(t))));
        Npz.write(npz, arrays);
    }
}
