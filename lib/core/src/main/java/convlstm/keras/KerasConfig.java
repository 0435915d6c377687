package convlstm.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.backend.ActivationFunction;
import convlstm.backend.Padding;
import convlstm.data.DataFormatException;
import convlstm.layer.Regularizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The configuration of one layer: only Keras' own classes, and only fields that {@link KerasFields} knows.
 *
 * @param file for messages
 * @param keras the version that saved it, {@code "3.15.1"}; empty if the file does not say
 * @param entry the layer: its class, its fields, in functional models where its input comes from
 */
record KerasConfig(String file, String keras, JsonNode entry) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What stands beside a layer's fields. {@code build_config} repeats shapes; {@code compile_config} is training's. */
    private static final Set<String> BESIDE = Set.of("module", "class_name", "config", "registered_name",
            "build_config", "compile_config", "name", "inbound_nodes", "shared_object_id");

    /** Checks the class, then every field. */
    static KerasConfig of(String file, String keras, JsonNode entry) throws DataFormatException {
        KerasConfig layer = new KerasConfig(file, keras, entry);
        layer.requireOwn("keras.layers", "keras.src.legacy.layers");
        KerasFields known = KerasFields.OF.get(layer.kind());
        if (known == null) {
            throw layer.notOfTheKit();
        }
        for (var field : entry.path("config").properties()) {
            String option = field.getKey();
            String only = known.only().get(option);
            if (only != null) {
                layer.require(option, field.getValue().isNull() || same(field.getValue(), only), only);
            } else if (!known.used().contains(option) && !known.neutral().contains(option)) {
                throw layer.unknown(option, field.getValue());
            }
        }
        JsonNode dtype = layer.field("dtype");
        String type = dtype.isObject() ? dtype.path("config").path("name").asText() : dtype.asText("float32");
        layer.require("dtype", type.equals("float32") || dtype.isNull(), "float32, in which the kit computes");
        return layer;
    }

    DataFormatException notOfTheKit() {
        return bad("layers that the kit has", name(),
                "it has " + String.join(", ", KerasFields.OF.keySet().stream().sorted().toList())
                        + ", and Sequential inside Sequential");
    }

    /** A class of Keras' own, under no name registered by somebody else, with nothing beside it that is not known. */
    void requireOwn(String... modules) throws DataFormatException {
        JsonNode module = entry.path("module");
        JsonNode registered = entry.path("registered_name");
        boolean own = module.isMissingNode() || module.isTextual() && List.of(modules).contains(module.asText());
        boolean plain = registered.isMissingNode() || registered.isNull()
                || registered.asText().equals(kind()) && !module.isMissingNode() && own;
        if (!own || !plain) {
            throw bad("layers of Keras' own for " + name(), "module " + module + ", registered_name " + registered,
                    "a class of your own computes what the kit cannot know; use Keras' layer, or build the model here");
        }
        for (var field : entry.properties()) {
            if (!BESIDE.contains(field.getKey())) {
                throw unknown(field.getKey(), field.getValue());
            }
        }
    }

    private DataFormatException unknown(String option, JsonNode value) {
        return bad("fields of " + name() + " that the kit knows", option + " = " + shorten(value),
                "it may change what the layer computes; leave the option at Keras' default and save again");
    }

    private static boolean same(JsonNode value, String json) throws DataFormatException {
        try {
            JsonNode expected = JSON.readTree(json);
            return expected.isNumber()
                    ? value.isNumber() && value.asDouble() == expected.asDouble()
                    : value.equals(expected);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    String kind() {
        return entry.path("class_name").asText("nothing");
    }

    /** Its class and its name: {@code LSTM 'encoder'}. */
    String name() {
        return kind() + " '" + entry.path("config").path("name").asText() + "'";
    }

    JsonNode field(String option) {
        return entry.path("config").path(option);
    }

    boolean flag(String option, boolean otherwise) throws DataFormatException {
        JsonNode value = field(option);
        require(option, value.isBoolean() || missing(value), "true or false");
        return value.asBoolean(otherwise);
    }

    double number(String option, double otherwise) throws DataFormatException {
        JsonNode value = field(option);
        require(option, value.isNumber() || missing(value), "a number");
        return value.asDouble(otherwise);
    }

    int integer(String option) throws DataFormatException {
        return integer(option, field(option));
    }

    private int integer(String option, JsonNode value) throws DataFormatException {
        require(option, value.isInt() && value.asInt() > 0, "whole numbers above 0");
        return value.asInt();
    }

    /** A field of n whole numbers; one stands for n, none for the other field or for ones. */
    int[] integers(String option, int n, String otherwise) throws DataFormatException {
        JsonNode value = field(option);
        if (missing(value) && !otherwise.isEmpty()) {
            return integers(otherwise, n, "");
        }
        int[] numbers = new int[n];
        require(option, !value.isArray() || value.size() == n, n + " whole numbers");
        for (int k = 0; k < n; k++) {
            numbers[k] = missing(value) ? 1 : integer(option, value.isArray() ? value.path(k) : value);
        }
        return numbers;
    }

    Padding padding() throws DataFormatException {
        String padding = field("padding").asText("valid");
        require("padding", padding.equals("valid") || padding.equals("same"), "valid or same");
        return padding.equals("same") ? Padding.SAME : Padding.VALID;
    }

    ActivationFunction activation(String option, String otherwise) throws DataFormatException {
        JsonNode f = field(option);
        return switch (f.isNull() ? "linear" : f.asText(f.isMissingNode() ? otherwise : "")) {
            case "linear" -> ActivationFunction.LINEAR;
            case "tanh" -> ActivationFunction.TANH;
            case "sigmoid" -> ActivationFunction.SIGMOID;
            case "relu" -> ActivationFunction.RELU;
            case "hard_sigmoid" -> {
                require("keras_version", keras.matches("[123]\\..*"),
                        "known, since hard_sigmoid is x/6 + 0.5 in Keras 3 and 0.2x + 0.5 before");
                yield keras.startsWith("3") ? ActivationFunction.HARD_SIGMOID : ActivationFunction.HARD_SIGMOID_KERAS2;
            }
            default -> throw bad("an activation that the kit has for " + option + " of " + name(), shorten(f),
                    "it has linear, tanh, sigmoid, hard_sigmoid and relu; for a softmax at the end use linear, and take"
                            + " the softmax of both sides");
        };
    }

    Regularizer regularizer(String option) throws DataFormatException {
        JsonNode r = field(option);
        if (missing(r)) {
            return Regularizer.NONE;
        }
        boolean own = Set.of("L1", "L2", "L1L2").contains(r.path("class_name").asText())
                && r.path("module").asText("keras.regularizers").equals("keras.regularizers")
                && (r.path("registered_name").isMissingNode() || r.path("registered_name").isNull());
        require(option, own, "L1, L2 or L1L2 of Keras' own");
        return new Regularizer((float) r.path("config").path("l1").asDouble(),
                (float) r.path("config").path("l2").asDouble());
    }

    /** The sizes in a shape of Keras', without the batch's; -1 where it is left open. */
    List<Integer> shape(JsonNode batch) throws DataFormatException {
        List<Integer> dims = new ArrayList<>();
        for (int a = 1; a < batch.size(); a++) {
            JsonNode dim = batch.path(a);
            if (!dim.isNull() && !(dim.isInt() && dim.asInt() > 0)) {
                throw bad("an input of sizes above 0", "shape " + batch, "the file is damaged; save it again");
            }
            dims.add(dim.isNull() ? -1 : dim.asInt());
        }
        return dims;
    }

    private static boolean missing(JsonNode value) {
        return value.isNull() || value.isMissingNode();
    }

    void require(String option, boolean ok, String expected) throws DataFormatException {
        if (!ok) {
            JsonNode got = option.equals("keras_version") ? JSON.getNodeFactory().textNode(keras) : field(option);
            throw bad(option + " of " + name() + " to be " + expected, shorten(got),
                    "change it in Keras, or build the layers yourself");
        }
    }

    DataFormatException bad(String expected, String got, String hint) {
        return new DataFormatException(file, expected, got, hint);
    }

    private static String shorten(JsonNode value) {
        String text = value.isMissingNode() ? "nothing" : value.toString();
        return text.length() < 120 ? text : text.substring(0, 117) + "...";
    }
}
