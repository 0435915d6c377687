package convlstm.keras;

import com.fasterxml.jackson.databind.JsonNode;
import convlstm.backend.ActivationFunction;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.Conv3d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.GlobalAveragePool2d;
import convlstm.layer.Layer;
import convlstm.layer.Linear;
import convlstm.layer.Lstm;
import convlstm.layer.Masking;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Recurrent;
import convlstm.layer.RepeatVector;
import convlstm.layer.Rescaling;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;

/** Makes the kit's layers of Keras' configurations; {@link KerasFields} says what becomes of each field. */
final class KerasLayers {
    private KerasLayers() {}

    static Layer of(String file, String keras, KerasArchive.Leaf leaf) throws IOException {
        KerasConfig c = KerasConfig.of(file, keras, leaf.entry());
        Layer layer = of(c);
        if (leaf.everyStep()) {
            layer = perStep(c, layer);
        }
        return leaf.trains() ? layer : layer.trainable(false);
    }

    private static Layer of(KerasConfig c) throws IOException {
        return switch (c.kind()) {
            case "LSTM" -> recurrent(new Lstm(c.integer("units")), c, "sigmoid");
            case "CuDNNLSTM" -> recurrent(new Lstm(c.integer("units")), c, "sigmoid").activation(
                    ActivationFunction.TANH);
            case "ConvLSTM2D" -> {
                int[] kernel = c.integers("kernel_size", 2, "");
                int[] strides = c.integers("strides", 2, "");
                int[] dilation = c.integers("dilation_rate", 2, "");
                yield recurrent(new ConvLstm2d(c.integer("filters"), kernel[0], kernel[1])
                        .padding(c.padding()).strides(strides[0], strides[1]).dilationRate(dilation[0], dilation[1]), c,
                        c.keras().startsWith("3") ? "sigmoid" : "hard_sigmoid");
            }
            case "Conv2D" -> {
                int[] kernel = c.integers("kernel_size", 2, "");
                int[] strides = c.integers("strides", 2, "");
                int[] dilation = c.integers("dilation_rate", 2, "");
                yield linear(new Conv2d(c.integer("filters"), kernel[0], kernel[1])
                        .padding(c.padding()).strides(strides[0], strides[1]).dilationRate(dilation[0], dilation[1]),
                        c);
            }
            case "Conv3D" -> {
                int[] kernel = c.integers("kernel_size", 3, "");
                int[] strides = c.integers("strides", 3, "");
                int[] dilation = c.integers("dilation_rate", 3, "");
                yield linear(new Conv3d(c.integer("filters"), kernel[0], kernel[1], kernel[2])
                        .padding(c.padding()).strides(strides[0], strides[1], strides[2])
                        .dilationRate(dilation[0], dilation[1], dilation[2]), c);
            }
            case "Dense" -> linear(new Dense(c.integer("units")), c);
            case "MaxPooling2D" -> {
                int[] pool = c.integers("pool_size", 2, "");
                int[] strides = c.integers("strides", 2, "pool_size");
                yield new MaxPool2d(pool[0], pool[1], strides[0], strides[1], c.padding());
            }
            case "MaxPooling3D" -> {
                int[] pool = c.integers("pool_size", 3, "");
                int[] strides = c.integers("strides", 3, "pool_size");
                c.require("pool_size", pool[0] == 1, "(1, n, m), which pools each step alone");
                c.require("strides", strides[0] == 1, "(1, n, m), which leaves no step out");
                yield new TimeDistributed(new MaxPool2d(pool[1], pool[2], strides[1], strides[2], c.padding()));
            }
            case "GlobalAveragePooling2D" -> new GlobalAveragePool2d(c.flag("keepdims", false));
            case "BatchNormalization" -> batchNorm(c);
            case "TimeDistributed" -> {
                KerasConfig inner = KerasConfig.of(c.file(), c.keras(), c.field("layer"));
                yield perStep(c, of(inner));
            }
            case "Activation" -> new Activation(c.activation("activation", "linear"));
            case "ReLU" -> new Activation(ActivationFunction.RELU);
            case "Dropout" -> new Dropout(c.number("rate", 0));
            case "Flatten" -> new Flatten();
            case "Reshape" -> reshape(c);
            case "RepeatVector" -> new RepeatVector(c.integer("n"));
            case "Masking" -> new Masking(c.number("mask_value", 0));
            case "Rescaling" -> new Rescaling(c.number("scale", 1), c.number("offset", 0));
            default -> throw new AssertionError(c.kind() + " has fields in the table, and no layer here");
        };
    }

    private static Layer perStep(KerasConfig c, Layer layer) throws IOException {
        if (layer.needsSequence() || layer.makesSequence()) {
            throw c.bad("layers for one time step inside TimeDistributed", c.name() + " with " + layer.kind(),
                    "the kit has no sequences of sequences");
        }
        return new TimeDistributed(layer);
    }

    private static <L extends Linear<L>> L linear(L to, KerasConfig c) throws IOException {
        return to.activation(c.activation("activation", "linear"))
                .useBias(c.flag("use_bias", true))
                .regularizers(c.regularizer("kernel_regularizer"), c.regularizer("bias_regularizer"));
    }

    private static <L extends Recurrent<L>> L recurrent(L to, KerasConfig c, String gates) throws IOException {
        return to.activation(c.activation("activation", "tanh"))
                .recurrentActivation(c.activation("recurrent_activation", gates))
                .useBias(c.flag("use_bias", true))
                .unitForgetBias(c.flag("unit_forget_bias", true))
                .regularizers(c.regularizer("kernel_regularizer"), c.regularizer("recurrent_regularizer"),
                        c.regularizer("bias_regularizer"))
                .dropout(c.number("dropout", 0))
                .recurrentDropout(c.number("recurrent_dropout", 0))
                .returnSequences(c.flag("return_sequences", false))
                .goBackwards(c.flag("go_backwards", false))
                .stateful(c.flag("stateful", false))
                .zeroOutputForMask(c.flag("zero_output_for_mask", false));
    }

    private static Layer batchNorm(KerasConfig c) throws IOException {
        return new BatchNorm(c.number("momentum", 0.99), c.number("epsilon", 1e-3))
                .scale(c.flag("scale", true))
                .center(c.flag("center", true));
    }

    /**
     * What only a built model shows. BatchNormalization's axis is the last, which Keras writes as -1 or by its number,
     * Keras 2 in a list; and a mask comes through a layer as in Keras.
     */
    static void requireSame(String file, String keras, List<KerasArchive.Leaf> leaves, Layer[] layers)
            throws IOException {
        boolean masked = false;
        for (int k = 0; k < layers.length; k++) {
            KerasConfig c = new KerasConfig(file, keras, leaves.get(k).inner());
            Layer layer = layers[k] instanceof TimeDistributed each ? each.layer() : layers[k];
            if (layer instanceof BatchNorm) {
                JsonNode axis = c.field("axis").isArray() && c.field("axis").size() == 1
                        ? c.field("axis").path(0)
                        : c.field("axis");
                c.require("axis", axis.isMissingNode() || axis.isInt()
                        && (axis.asInt() == -1 || axis.asInt() == layer.inputShape().rank()), "the last");
            }
            if (masked && layer instanceof Rescaling && !keras.startsWith("3")) {
                throw c.bad("no mask at " + c.name(), "one, of Masking before it",
                        "Keras 2 drops it there and Keras 3 does not; put Rescaling before Masking");
            }
            masked = layer instanceof Masking || masked && layers[k].passesMask();
        }
    }

    private static Layer reshape(KerasConfig c) throws IOException {
        JsonNode target = c.field("target_shape");
        boolean whole = target.isArray() && StreamSupport.stream(target.spliterator(), false).allMatch(JsonNode::isInt);
        c.require("target_shape", whole && target.size() > 0, "a list of whole numbers");
        return new Reshape(StreamSupport.stream(target.spliterator(), false).mapToInt(JsonNode::asInt).toArray());
    }
}
