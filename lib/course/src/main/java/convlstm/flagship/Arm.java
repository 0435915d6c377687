package convlstm.flagship;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Shipped;
import convlstm.layer.Activation;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.layer.RepeatVector;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.model.Checkpoint;
import convlstm.model.EncoderForecaster;
import convlstm.model.Model;
import convlstm.model.Sequential;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** One of the networks that are compared. All see patches {@code (seen, H, W, C)} and forecast {@code (T', H, W, C)}, logits. */
public enum Arm {
    /** The paper's encoder-forecaster, its forecaster reversed: 5x5 kernels for x_t and h_tm1. */
    CONV_LSTM_5X5("convlstm-5x5", "ConvLSTM2D, recurrent kernels 5x5"),
    /** The same but for its recurrent kernels of 1x1: each place of the state sees only itself in h_tm1. */
    CONV_LSTM_1X1("convlstm-1x1", "ConvLSTM2D, recurrent kernels 1x1"),
    /** The state a list: Conv2D features, flattened, into an LSTM; a second one gets its last output at each step. */
    CNN_LSTM("cnn-lstm", "Conv2D, then LSTM");

    /** The ink of a mean frame: with the output's bias at its logit, no step is spent on learning that most is paper. */
    private static final double INK = 0.05;

    private final String label;
    private final String description;

    Arm(String label, String description) {
        this.label = label;
        this.description = description;
    }

    /** Its name in files and on the command line. */
    public String label() {
        return label;
    }

    /** What it is, for tables and films. */
    public String description() {
        return description;
    }

    /**
     * The arm of a name.
     *
     * @throws IllegalArgumentException if there is none; the message names all
     */
    public static Arm named(String label) {
        return Arrays.stream(values()).filter(arm -> arm.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("arms: expected one of "
                        + Arrays.stream(values()).map(Arm::label).collect(Collectors.joining(", ")) + ", got '" + label
                        + "'"));
    }

    /** The network, with weights that the seed decides. */
    public Model build(Backend K, Scale scale, long seed) {
        Shape seen = scale.frame().prepend(scale.seen());
        Model model = switch (this) {
            case CONV_LSTM_5X5 -> encoderForecaster(K, scale, seen, 5, seed);
            case CONV_LSTM_1X1 -> encoderForecaster(K, scale, seen, 1, seed);
            case CNN_LSTM -> new Sequential(K, seen, seed,
                    new TimeDistributed(new Conv2d(scale.features(), 5).padding(Padding.SAME).strides(2, 2)),
                    new Activation(ActivationFunction.RELU),
                    new TimeDistributed(new Flatten()),
                    lstm(scale).returnSequences(false),
                    new RepeatVector(scale.forecast()),
                    lstm(scale).returnSequences(true),
                    new TimeDistributed(new Dense(scale.frame().size())),
                    new TimeDistributed(new Reshape(scale.frame().toArray())));
        };
        Parameter bias = model.parameters().getLast();
        float[] paper = new float[bias.value().size()];
        Arrays.fill(paper, (float) Math.log(INK / (1 - INK)));
        K.write(bias.value(), paper);
        return model;
    }

    /**
     * The network with the weights that the kit ships, trained at {@link Scale#full}. Those of ConvLSTM2D fit frames of any
     * size.
     *
     * @throws IOException if the file is missing or not as it was shipped
     */
    public Model trained(Backend K, Scale scale) throws IOException {
        Model model = build(K, scale, 1);
        Checkpoint.load(Shipped.file(file()), model);
        return model;
    }

    /** The file of its weights in the folder of data. */
    public String file() {
        return "checkpoints/full-size-" + label + ".safetensors";
    }

    private static EncoderForecaster encoderForecaster(
            Backend K, Scale scale, Shape seen, int recurrentKernel, long seed) {
        List<Supplier<Recurrent<?>>> layers = scale.channels().stream()
                .<Supplier<Recurrent<?>>>map(filters -> () -> new ConvLstm2d(filters, 5)
                        .recurrentKernelSize(recurrentKernel, recurrentKernel)
                        .padding(Padding.SAME)
                        .recurrentInitializer(Init.glorotUniform()))
                .toList();
        return new EncoderForecaster(
                K, seen, scale.forecast(), seed, EncoderForecaster.Readout.ALL_LAYERS, layers);
    }

    private static Lstm lstm(Scale scale) {
        return new Lstm(scale.units()).recurrentInitializer(Init.glorotUniform());
    }
}
