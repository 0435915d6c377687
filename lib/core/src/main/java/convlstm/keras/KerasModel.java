package convlstm.keras;

import com.fasterxml.jackson.databind.JsonNode;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.DataFormatException;
import convlstm.keras.KerasArchive.Leaf;
import convlstm.layer.Layer;
import convlstm.model.Sequential;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds a kit model from a model that Keras saved, Keras 2 or 3: the same layers with the same options and weights.
 *
 * <p>Read are {@code .keras} files, whole {@code .h5} files and the folders of {@code zipped=False}; in them Sequential
 * models, and functional ones whose layers form one chain with one input and one output, of the layers the kit has, nested
 * models included. Every field of every layer is used, or known to change nothing, or refused by name; {@link KerasFields}
 * is the table. Frozen layers ({@code trainable=False}) stay frozen. Not taken over is what belongs to Keras' own training:
 * the compiled loss, the optimiser and its state.
 */
public final class KerasModel {
    /** Where Keras' own containers come from. */
    private static final String[] MODULES = {"keras", "keras.models", "keras.engine.sequential",
        "keras.engine.functional", "keras.engine.training", "keras.src.models.sequential",
        "keras.src.models.functional", "keras.src.engine.sequential", "keras.src.engine.functional", "tf_keras",
        "tf_keras.src.engine.sequential", "tf_keras.src.engine.functional"};

    private static final Set<String> FIELDS = Set.of("name", "trainable", "dtype", "layers", "build_input_shape",
            "input_layers", "output_layers");

    private final KerasArchive archive;
    private final @Nullable Shape sample;

    private KerasModel(KerasArchive archive, @Nullable Shape sample) {
        this.archive = archive;
        this.sample = sample;
    }

    /**
     * Reads a model whose input has a known size.
     *
     * @param K the backend it will run on
     * @param path a {@code .keras} file, a whole {@code .h5} file, or a folder
     * @throws DataFormatException if it is damaged, or has a layer, a field or a value that the kit has not; the message
     *     names it
     */
    public static Sequential load(Backend K, Path path) throws IOException {
        return read(K, path, null);
    }

    /**
     * Reads a model whose input leaves sizes open, {@code keras.Input((None, 64, 64, 1))}.
     *
     * @param sample the shape of one sample, {@code Shape.of(20, 64, 64, 1)}; it must agree with the sizes that are known
     * @see #load(Backend, Path)
     */
    public static Sequential load(Backend K, Path path, Shape sample) throws IOException {
        return read(K, path, sample);
    }

    private static Sequential read(Backend K, Path path, @Nullable Shape sample) throws IOException {
        KerasArchive archive = KerasArchive.read(path);
        KerasModel reader = new KerasModel(archive, sample);
        List<Leaf> leaves = archive.leaves();
        reader.requireChain(archive.config());
        try {
            Shape input = reader.inputShape(leaves);
            Layer[] planned = reader.layers(leaves);
            KerasWeights weights = archive.weights();
            weights.fitted(new Sequential(Backends.planning(), input, 0, planned)); // no memory for mere claims
            KerasLayers.requireSame(archive.file(), archive.keras(), leaves, planned);
            Sequential model = new Sequential(K, input, 0, reader.layers(leaves));
            weights.into(model);
            return model;
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            throw new DataFormatException(path.toString(), "layers and weights that fit",
                    String.valueOf(e.getMessage()),
                    "compare with model.summary() in Keras", e);
        }
    }

    private Layer[] layers(List<Leaf> leaves) throws IOException {
        Layer[] layers = new Layer[leaves.size()];
        for (int k = 0; k < layers.length; k++) {
            layers[k] = KerasLayers.of(archive.file(), archive.keras(), leaves.get(k));
        }
        return layers;
    }

    /** One sample's shape, from the input layer or from what the first layer was built for, and from the caller. */
    private Shape inputShape(List<Leaf> leaves) throws IOException {
        JsonNode model = archive.config();
        JsonNode first = KerasArchive.layers(model).path(0);
        while (KerasArchive.isModel(first)) {
            first = KerasArchive.layers(first).path(0);
        }
        JsonNode shape = List.of(first.path("config").path("batch_shape"),
                first.path("config").path("batch_input_shape"), model.path("config").path("build_input_shape"),
                leaves.getFirst().entry().path("build_config").path("input_shape")).stream()
                .filter(JsonNode::isArray).findFirst().orElse(first.path("nothing"));
        List<Integer> dims = new KerasConfig(archive.file(), archive.keras(), first).shape(shape);
        if (dims.isEmpty()) {
            throw bad("an input shape", "none", "start the model with keras.Input(shape), then save again");
        }
        int[] given = sample == null ? dims.stream().mapToInt(d -> d).toArray() : sample.toArray();
        boolean fits = given.length == dims.size();
        for (int a = 0; a < given.length && fits; a++) {
            fits = given[a] > 0 && (dims.get(a) == -1 || dims.get(a) == given[a]);
        }
        if (!fits) {
            throw bad("an input of known size" + (sample == null ? "" : " that fits " + sample), "shape " + shape,
                    sample == null
                            ? "say the shape of one sample: KerasModel.load(K, path, Shape.of(20, 64, 64, 1))"
                            : "give the sizes that the model knows, and any for those it leaves open");
        }
        return Shape.of(given);
    }

    /** A container of Keras' own whose layers come one after the other, with nothing beside them. */
    private void requireChain(JsonNode model) throws IOException {
        KerasConfig container = new KerasConfig(archive.file(), archive.keras(), model);
        container.requireOwn(MODULES);
        if (!Set.of("Sequential", "Functional", "Model").contains(container.kind())) {
            throw bad("a Sequential or functional model", container.name(), "the kit does not read subclassed models");
        }
        for (var field : model.path("config").isArray()
                ? Set.<java.util.Map.Entry<String, JsonNode>>of()
                : model.path("config").properties()) {
            if (!FIELDS.contains(field.getKey())) {
                throw container.bad("fields of " + container.name() + " that the kit knows",
                        field.getKey() + " = " + field.getValue(),
                        "it may change what the model computes; save it again without");
            }
        }
        boolean functional = !container.kind().equals("Sequential");
        List<List<String>> inputs = references(model.path("config").path("input_layers"));
        List<List<String>> outputs = references(model.path("config").path("output_layers"));
        if (functional && (inputs.size() != 1 || outputs.size() != 1)) {
            throw bad("one input and one output of " + container.name(), inputs.size() + " and " + outputs.size() + ", "
                    + inputs + " -> " + outputs,
                    "in Keras: keras.Model(x, the_output_to_keep).save(...), once for each output");
        }
        List<String> before = functional ? inputs.getFirst() : List.of();
        @Nullable
        Mask mask = null;
        for (JsonNode layer : KerasArchive.layers(model)) {
            if (KerasArchive.isMaskOp(layer)) {
                continue;
            }
            KerasConfig c = new KerasConfig(archive.file(), archive.keras(), layer);
            boolean isInput = c.kind().equals("InputLayer");
            if (isInput) {
                KerasConfig.of(archive.file(), archive.keras(), layer);
            }
            JsonNode inner = layer.path("config").path("layer");
            if (functional && !isInput) {
                requireInput(c, before, mask, model);
                boolean passes = KerasArchive.isModel(inner) || mask != null && !KerasArchive.isModel(layer)
                        && KerasLayers.of(archive.file(), archive.keras(), Leaf.of(layer)).passesMask();
                mask = c.kind().equals("Masking")
                        ? new Mask(before, c.number("mask_value", 0))
                        : passes ? mask : null;
            }
            if (functional) {
                before = List.of(layer.path("config").path("name").asText(), "0");
            }
            if (KerasArchive.isModel(layer)) {
                requireChain(layer);
            } else if (KerasArchive.isModel(inner)) {
                KerasConfig.of(archive.file(), archive.keras(), layer);
                requireChain(inner);
            }
        }
        if (functional && !outputs.getFirst().equals(before)) {
            throw bad("the last layer's output, " + before + ", for the output of " + container.name(),
                    outputs.toString(), "layers behind the output would be dropped; save the model without them");
        }
    }

    /** A functional layer is called once, on the output of the layer before, with no more than that and its mask. */
    private void requireInput(KerasConfig layer, List<String> before, @Nullable Mask mask, JsonNode model)
            throws IOException {
        JsonNode nodes = layer.entry().path("inbound_nodes");
        if (nodes.size() != 1) {
            throw bad("layers in one chain", layer.name() + ", which is called " + nodes.size() + " times",
                    "the kit's Sequential has no shared layers");
        }
        JsonNode node = nodes.path(0);
        boolean keras3 = node.has("args");
        List<List<String>> from = references(keras3 ? node.path("args") : node);
        boolean single = keras3 ? node.path("args").size() == 1 : node.size() == 1;
        if (from.size() == 1 && !KerasArchive.isModel(layer.entry()) && !KerasFields.OF.containsKey(layer.kind())) {
            throw layer.notOfTheKit();
        }
        if (!single || from.size() != 1 || !from.getFirst().equals(before)) {
            throw bad("layers in one chain", layer.name() + ", which has not just " + before + " for its input but "
                    + from, "the kit's Sequential has no branches and no shared layers");
        }
        JsonNode arguments = keras3 ? node.path("kwargs") : node.path(0).path(3);
        if (keras3 && mask != null && layer.kind().contains("LSTM") && arguments.path("mask").isEmpty()) {
            throw bad("the mask of Masking in the call of " + layer.name(), "none",
                    "behind Masking the kit skips steps");
        }
        for (var argument : arguments.properties()) {
            JsonNode value = argument.getValue();
            if (!value.isNull() && !(argument.getKey().equals("training") && value.equals(FALSE))
                    && !(argument.getKey().equals("mask") && mask != null && mask.is(value, model))) {
                throw bad("a call of " + layer.name() + " with its input alone",
                        argument.getKey() + " = " + value, argument.getKey().equals("training")
                                ? "training=True keeps dropout and batch statistics on in predictions; the kit has no such"
                                        + " layer"
                                : "hand it to the kit's layer after loading, if that has it");
            }
        }
    }

    /** What a Masking layer masks. Keras 3 writes it into a functional model's calls as Any(NotEqual(input, value)). */
    private record Mask(List<String> input, double value) {
        boolean is(JsonNode reference, JsonNode model) {
            JsonNode any = op("Any", reference, model);
            JsonNode notEqual = op("NotEqual", any.path("inbound_nodes").path(0), model);
            JsonNode args = notEqual.path("inbound_nodes").path(0).path("args");
            return any.path("config").path("axis").asInt() == -1 && !any.path("config").path("keepdims").asBoolean()
                    && references(args).equals(List.of(input)) && args.path(1).isNumber()
                    && args.path(1).asDouble() == value;
        }

        private static JsonNode op(String kind, JsonNode reference, JsonNode model) {
            List<List<String>> names = references(reference);
            for (JsonNode layer : KerasArchive.layers(model)) {
                if (names.size() == 1 && layer.path("name").asText().equals(names.getFirst().getFirst())
                        && KerasArchive.isMaskOp(layer) && layer.path("class_name").asText().equals(kind)) {
                    return layer;
                }
            }
            return FALSE;
        }
    }

    private static final JsonNode FALSE = com.fasterxml.jackson.databind.node.BooleanNode.FALSE;

    /** All references {@code [layer, node, tensor]} inside, without the node: each layer is called once. */
    private static List<List<String>> references(JsonNode json) {
        List<List<String>> found = new ArrayList<>();
        if (json.isArray() && json.size() >= 3 && json.path(0).isTextual() && json.path(1).isInt()) {
            found.add(List.of(json.path(0).asText(), json.path(2).asText()));
        } else {
            json.forEach(child -> found.addAll(references(child)));
        }
        return found;
    }

    private DataFormatException bad(String expected, String got, String hint) {
        return new DataFormatException(archive.file(), expected, got, hint);
    }
}
