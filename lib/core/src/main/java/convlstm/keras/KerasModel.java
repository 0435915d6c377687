package convlstm.keras;

import com.fasterxml.jackson.databind.JsonNode;
import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.DataFormatException;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Recurrent;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.model.Sequential;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Builds a kit model from a {@code .keras} file: the same layers with the same options and weights.
 *
 * <p>Read are Sequential models, and functional ones whose layers form one chain, of the layers the kit has. Anything
 * that would compute something else is refused, never dropped. What matters only to further training (initialisers,
 * regularisers, constraints, the optimiser's state) is not taken over.
 */
public final class KerasModel {
    private final KerasArchive archive;

    private KerasModel(KerasArchive archive) {
        this.archive = archive;
    }

    /**
     * Reads a model.
     *
     * @param K the backend it will run on
     * @param path a {@code .keras} file
     * @throws DataFormatException if it is damaged, or has a layer or an option that the kit has not; the message
     *     names it
     */
    public static Sequential load(Backend K, Path path) throws IOException {
        if (!KerasArchive.isZip(path)) {
            throw new DataFormatException(path.toString(), "a .keras file", "something else",
                    "save with model.save(\"name.keras\"); for a .weights.h5 build the layers and use KerasWeights");
        }
        KerasArchive archive = KerasArchive.read(path);
        KerasModel reader = new KerasModel(archive);
        KerasWeights weights = archive.weights();
        try {
            weights.fitted(reader.build(Backends.planning())); // no memory for what the file only claims
            Sequential model = reader.build(K);
            weights.into(model);
            return model;
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            throw new DataFormatException(path.toString(), "layers and weights that fit",
                    String.valueOf(e.getMessage()),
                    "compare with model.summary() in Keras", e);
        }
    }

    private Sequential build(Backend K) throws IOException {
        List<JsonNode> layers = archive.layers();
        requireChain(layers);
        Layer[] built = new Layer[layers.size()];
        for (int k = 0; k < built.length; k++) {
            built[k] = layer(layers.get(k));
        }
        return new Sequential(K, inputShape(layers.getFirst()), 0, built);
    }

    /** One sample's shape, from the input layer or from what the first layer was built for. */
    private Shape inputShape(JsonNode first) throws IOException {
        JsonNode batch = archive.config().path("config").path("layers").path(0).path("config").path("batch_shape");
        if (batch.isMissingNode()) {
            batch = first.path("build_config").path("input_shape");
        }
        int[] dims = new int[Math.max(0, batch.size() - 1)];
        for (int a = 0; a < dims.length; a++) {
            if (!batch.path(a + 1).isInt() || batch.path(a + 1).asInt() < 1) {
                throw bad("an input of known size", "shape " + batch,
                        "give keras.Input every size but the batch's, time steps too, then save again");
            }
            dims[a] = batch.path(a + 1).asInt();
        }
        if (dims.length == 0) {
            throw bad("an input shape", "none", "start the model with keras.Input(shape), then save again");
        }
        return Shape.of(dims);
    }

    /** Functional models say where each layer's input comes from: it must be the layer before. */
    private void requireChain(List<JsonNode> layers) throws IOException {
        if (archive.config().path("class_name").asText().equals("Sequential")) {
            return;
        }
        String before = archive.config().path("config").path("layers").path(0).path("config").path("name").asText();
        for (JsonNode layer : layers) {
            List<JsonNode> from = layer.path("inbound_nodes").findValues("keras_history");
            if (from.size() != 1 || !from.getFirst().path(0).asText().equals(before)) {
                throw bad("layers in one chain", name(layer) + ", which has not just " + before + " for its input",
                        "the kit's Sequential has no branches and no shared layers");
            }
            before = layer.path("config").path("name").asText();
        }
    }

    private Layer layer(JsonNode layer) throws IOException {
        JsonNode c = layer.path("config");
        String kind = layer.path("class_name").asText();
        return switch (kind) {
            case "LSTM" -> recurrent(new Lstm(integer(layer, "units")), layer);
            case "ConvLSTM2D" -> recurrent(new ConvLstm2d(integer(layer, "filters"), integer(layer, "kernel_size", 0),
                    integer(layer, "kernel_size", 1))
                    .padding(padding(layer))
                    .strides(integer(layer, "strides", 0), integer(layer, "strides", 1))
                    .dilationRate(integer(layer, "dilation_rate", 0), integer(layer, "dilation_rate", 1)), layer);
            case "Conv2D" -> {
                require(layer, "groups", c.path("groups").asInt(1) == 1, "1");
                yield new Conv2d(integer(layer, "filters"), integer(layer, "kernel_size", 0),
                        integer(layer, "kernel_size", 1))
                        .padding(padding(layer))
                        .strides(integer(layer, "strides", 0), integer(layer, "strides", 1))
                        .dilationRate(integer(layer, "dilation_rate", 0), integer(layer, "dilation_rate", 1))
                        .activation(activation(layer, "activation"))
                        .useBias(c.path("use_bias").asBoolean(true));
            }
            case "Dense" -> new Dense(integer(layer, "units"))
                    .activation(activation(layer, "activation"))
                    .useBias(c.path("use_bias").asBoolean(true));
            case "MaxPooling2D" -> new MaxPool2d(integer(layer, "pool_size", 0), integer(layer, "pool_size", 1),
                    integer(layer, "strides", 0), integer(layer, "strides", 1), padding(layer));
            case "BatchNormalization" -> batchNorm(layer);
            case "TimeDistributed" -> new TimeDistributed(layer(c.path("layer")));
            case "Activation" -> new Activation(activation(layer, "activation"));
            case "Dropout" -> new Dropout(c.path("rate").asDouble());
            case "Flatten" -> new Flatten();
            case "Reshape" -> new Reshape(StreamSupport.stream(c.path("target_shape").spliterator(), false)
                    .mapToInt(JsonNode::asInt).toArray());
            default -> throw bad("layers that the kit has", name(layer),
                    "it has LSTM, ConvLSTM2D, Conv2D, Dense, MaxPooling2D, BatchNormalization, TimeDistributed,"
                            + " Activation, Dropout, Flatten and Reshape");
        };
    }

    private <L extends Recurrent<L>> L recurrent(L to, JsonNode layer) throws IOException {
        JsonNode c = layer.path("config");
        require(layer, "return_state", !c.path("return_state").asBoolean(), "false");
        return to.activation(activation(layer, "activation"))
                .recurrentActivation(activation(layer, "recurrent_activation"))
                .useBias(c.path("use_bias").asBoolean(true))
                .unitForgetBias(c.path("unit_forget_bias").asBoolean(true))
                .dropout(c.path("dropout").asDouble())
                .recurrentDropout(c.path("recurrent_dropout").asDouble())
                .returnSequences(c.path("return_sequences").asBoolean())
                .goBackwards(c.path("go_backwards").asBoolean())
                .stateful(c.path("stateful").asBoolean())
                .zeroOutputForMask(c.path("zero_output_for_mask").asBoolean());
    }

    private Layer batchNorm(JsonNode layer) throws IOException {
        JsonNode c = layer.path("config");
        int axis = c.path("axis").isArray() ? c.path("axis").path(0).asInt(-1) : c.path("axis").asInt(-1);
        int rank = layer.path("build_config").path("input_shape").size();
        require(layer, "axis", axis == -1 || axis == rank - 1, "the last");
        return new BatchNorm(c.path("momentum").asDouble(0.99), c.path("epsilon").asDouble(1e-3))
                .scale(c.path("scale").asBoolean(true))
                .center(c.path("center").asBoolean(true));
    }

    private Padding padding(JsonNode layer) throws IOException {
        JsonNode format = layer.path("config").path("data_format");
        require(layer, "data_format", format.asText("channels_last").equals("channels_last"), "channels_last");
        String padding = layer.path("config").path("padding").asText();
        require(layer, "padding", padding.equals("valid") || padding.equals("same"), "valid or same");
        return padding.equals("same") ? Padding.SAME : Padding.VALID;
    }

    private ActivationFunction activation(JsonNode layer, String option) throws IOException {
        JsonNode f = layer.path("config").path(option);
        return switch (f.isNull() ? "linear" : f.asText()) {
            case "linear" -> ActivationFunction.LINEAR;
            case "tanh" -> ActivationFunction.TANH;
            case "sigmoid" -> ActivationFunction.SIGMOID;
            case "hard_sigmoid" -> ActivationFunction.HARD_SIGMOID;
            case "relu" -> ActivationFunction.RELU;
            default -> throw bad("an activation that the kit has for " + option + " of " + name(layer), f.toString(),
                    "it has linear, tanh, sigmoid, hard_sigmoid and relu; for a softmax at the end use linear, and take"
                            + " the softmax of both sides");
        };
    }

    private int integer(JsonNode layer, String option) throws IOException {
        return integer(layer, option, layer.path("config").path(option));
    }

    private int integer(JsonNode layer, String option, int index) throws IOException {
        return integer(layer, option, layer.path("config").path(option).path(index));
    }

    private int integer(JsonNode layer, String option, JsonNode value) throws IOException {
        require(layer, option, value.isInt() && value.asInt() > 0, "whole numbers above 0");
        return value.asInt();
    }

    private void require(JsonNode layer, String option, boolean ok, String expected) throws IOException {
        if (!ok) {
            throw bad(option + " of " + name(layer) + " to be " + expected,
                    layer.path("config").path(option).toString(), "change it in Keras, or build the layers yourself");
        }
    }

    private static String name(JsonNode layer) {
        return layer.path("class_name").asText("nothing") + " '" + layer.path("config").path("name").asText() + "'";
    }

    private DataFormatException bad(String expected, String got, String hint) {
        return new DataFormatException(archive.file(), expected, got, hint);
    }
}
