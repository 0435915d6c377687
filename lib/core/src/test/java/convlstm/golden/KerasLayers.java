package convlstm.golden;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Padding;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Recurrent;
import convlstm.layer.Regularizer;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.Init;
import java.util.Locale;

/** The kit's layer for a Keras layer's name and arguments. */
final class KerasLayers {
    private KerasLayers() {}

    static Layer make(Golden g) {
        return make(g.layer(), g);
    }

    private static Layer make(String layer, Golden g) {
        return switch (layer) {
            case "ConvLSTM2D" -> recurrent(convLstm2d(g), g);
            case "LSTM" -> recurrent(new Lstm(g.integer("units")), g);
            case "Conv2D" -> conv2d(g);
            case "MaxPooling2D" -> maxPool2d(g);
            case "BatchNormalization" -> batchNorm(g);
            case "Dense" -> dense(g);
            case "Activation" -> new Activation(activation(g, "activation", "linear"));
            case "TimeDistributed" -> new TimeDistributed(make(g.text("inner"), g));
            default -> throw new IllegalArgumentException("layer: the kit has no " + layer);
        };
    }

    private static ConvLstm2d convLstm2d(Golden g) {
        int[] kernel = g.pair("kernel_size");
        int[] strides = g.pair("strides", 1, 1);
        int[] dilation = g.pair("dilation_rate", 1, 1);
        return new ConvLstm2d(g.integer("filters"), kernel[0], kernel[1])
                .strides(strides[0], strides[1])
                .dilationRate(dilation[0], dilation[1])
                .padding(padding(g));
    }

    private static <S extends Recurrent<S>> S recurrent(S layer, Golden g) {
        return layer.activation(activation(g, "activation", "tanh"))
                .recurrentActivation(activation(g, "recurrent_activation", "sigmoid"))
                .useBias(g.flag("use_bias", true))
                .unitForgetBias(g.flag("unit_forget_bias", true))
                .biasInitializer(Init.constant(g.number("bias_initializer", 0)))
                .regularizers(regularizer(g, "kernel"), regularizer(g, "recurrent"), regularizer(g, "bias"))
                .dropout(g.number("dropout", 0))
                .recurrentDropout(g.number("recurrent_dropout", 0))
                .returnSequences(g.is("return_sequences"))
                .goBackwards(g.is("go_backwards"))
                .stateful(g.is("stateful"))
                .zeroOutputForMask(g.is("zero_output_for_mask"));
    }

    private static Conv2d conv2d(Golden g) {
        int[] kernel = g.pair("kernel_size");
        int[] strides = g.pair("strides", 1, 1);
        int[] dilation = g.pair("dilation_rate", 1, 1);
        return new Conv2d(g.integer("filters"), kernel[0], kernel[1])
                .strides(strides[0], strides[1])
                .dilationRate(dilation[0], dilation[1])
                .padding(padding(g))
                .activation(activation(g, "activation", "linear"))
                .useBias(g.flag("use_bias", true))
                .regularizers(regularizer(g, "kernel"), regularizer(g, "bias"));
    }

    private static MaxPool2d maxPool2d(Golden g) {
        int[] pool = g.pair("pool_size");
        int[] strides = g.pair("strides", pool);
        return new MaxPool2d(pool[0], pool[1], strides[0], strides[1], padding(g));
    }

    private static BatchNorm batchNorm(Golden g) {
        return new BatchNorm(g.number("momentum", 0.99f), g.number("epsilon", 1e-3f))
                .scale(g.flag("scale", true))
                .center(g.flag("center", true));
    }

    private static Dense dense(Golden g) {
        return new Dense(g.integer("units"))
                .activation(activation(g, "activation", "linear"))
                .useBias(g.flag("use_bias", true))
                .regularizers(regularizer(g, "kernel"), regularizer(g, "bias"));
    }

    private static Regularizer regularizer(Golden g, String weight) {
        return new Regularizer(g.number(weight + "_l1", 0), g.number(weight + "_l2", 0));
    }

    private static ActivationFunction activation(Golden g, String option, String otherwise) {
        return ActivationFunction.valueOf(g.options().getOrDefault(option, otherwise).toUpperCase(Locale.ROOT));
    }

    private static Padding padding(Golden g) {
        return Padding.valueOf(g.options().getOrDefault("padding", "valid").toUpperCase(Locale.ROOT));
    }
}
