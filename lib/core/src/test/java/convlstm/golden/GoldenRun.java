package convlstm.golden;

import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What this kit computes for a golden configuration: the same arrays, under the same names, from the same inputs and
 * weights. Arrays are batch-major here as they are in Keras; sequences are swapped on their way into a layer and out.
 */
final class GoldenRun {
    private final Backend K;
    private final Golden golden;
    private final boolean sequences;
    private final Map<String, HostArray> results = new LinkedHashMap<>();

    private GoldenRun(Backend K, Golden golden) {
        this.K = K;
        this.golden = golden;
        this.sequences = List.of("ConvLSTM2D", "LSTM", "TimeDistributed").contains(golden.layer());
    }

    /** All arrays of the configuration that are results. */
    static Map<String, HostArray> of(Backend K, Golden golden) {
        GoldenRun run = new GoldenRun(K, golden);
        if (golden.layer().equals("Loss")) {
            run.loss();
        } else {
            run.layer();
        }
        return run.results;
    }

    private void layer() {
        Layer layer = KerasLayers.make(golden);
        layer.build(K, golden.array("x").shape().drop(1), 1);
        if (golden.has("init2")) {
            results.put("init2", get(layer.parameter("bias").value()));
        }
        load(layer.parameters());
        if (layer instanceof Recurrent<?> recurrent) {
            recurrent(recurrent);
        } else {
            passes(layer, "");
        }
        gradients(layer.parameters());
        for (String statistic : List.of("moving_mean", "moving_variance")) {
            if (golden.has(statistic + "_after")) {
                results.put(statistic + "_after", get(layer.parameter(statistic).value()));
            }
        }
    }

    private void load(List<Parameter> parameters) {
        List<HostArray> weights = golden.weights();
        if (weights.size() != parameters.size()) {
            throw new AssertionError(golden + ": Keras has " + weights.size() + " weights, the kit " + parameters);
        }
        for (int i = 0; i < weights.size(); i++) {
            Tensor value = parameters.get(i).value();
            if (!value.shape().equals(weights.get(i).shape())) {
                throw new AssertionError(golden + ": w" + i + " is " + weights.get(i).shape() + " in Keras, "
                        + parameters.get(i) + " in the kit");
            }
            K.write(value, weights.get(i).values());
        }
    }

    /** Forward and backward; the arrays' names end in {@code suffix}. */
    private void passes(Layer layer, String suffix) {
        results.put("y" + suffix, getOutput(layer.forward(putInput("x" + suffix), golden.is("training"))));
        results.put("dx" + suffix, getInput(layer.backward(putOutput("dy"))));
    }

    private void options(Recurrent<?> layer) {
        if (golden.has("mask")) {
            layer.mask(golden.array("mask"));
        }
        if (golden.has("h0")) {
            layer.initialState(put("h0"), put("c0"));
        }
        layer.fixDropoutMasks(golden.arrays().get("dropout_mask"), golden.arrays().get("recurrent_dropout_mask"));
        if (golden.has("dhT")) {
            layer.finalStateGradient(put("dhT"), put("dcT"));
        }
    }

    private void recurrent(Recurrent<?> layer) {
        options(layer);
        boolean stateful = golden.is("stateful");
        if (stateful) {
            results.put("y", getOutput(layer.forward(putInput("x"), golden.is("training"))));
        }
        passes(layer, stateful ? "2" : "");
        results.put("hT", get(layer.finalH()));
        results.put("cT", get(layer.finalC()));
        Recurrent<?> asked = golden.has("h0") || stateful ? layer : fromZeros();
        results.put("dh0", get(asked.initialHGradient()));
        results.put("dc0", get(asked.initialCGradient()));
        if (stateful) {
            layer.resetState();
            results.put("y3", getOutput(layer.forward(putInput("x"), golden.is("training"))));
        }
    }

    /** The same layer, given the zeros from which it starts by itself, so that it computes their gradients too. */
    private Recurrent<?> fromZeros() {
        Recurrent<?> layer = (Recurrent<?>) KerasLayers.make(golden);
        Shape x = golden.array("x").shape();
        layer.build(K, x.drop(1), 1);
        load(layer.parameters());
        options(layer);
        Shape state = layer.stateShape().prepend(x.dim(0));
        layer.initialState(K.allocate(state), K.allocate(state));
        HostArray y = getOutput(layer.forward(putInput("x"), golden.is("training")));
        if (!Arrays.equals(y.values(), results.get("y").values())) {
            throw new AssertionError(golden + ": zeros as initial state change the output");
        }
        layer.backward(putOutput("dy"));
        return layer;
    }

    /** The gradients of the weights, and the loss with its penalties. */
    private void gradients(List<Parameter> parameters) {
        Tensor penalty = K.allocate(Shape.of(1));
        for (int i = 0; i < parameters.size(); i++) {
            Parameter p = parameters.get(i);
            if (p.trainable()) {
                K.regularize(penalty, p.gradient(), p.value(), p.regularizer().l1(), p.regularizer().l2());
                results.put("dw" + i, get(p.gradient()));
            }
        }
        HostArray regLoss = get(penalty).reshape();
        results.put("reg_loss", regLoss);
        double loss = regLoss.values()[0];
        loss += dot(results.get(golden.is("stateful") ? "y2" : "y"), golden.array("dy"));
        if (golden.has("dhT")) {
            loss += dot(results.get("hT"), golden.array("dhT")) + dot(results.get("cT"), golden.array("dcT"));
        }
        results.put("loss", new HostArray(Shape.of(), new float[] {(float) loss}));
    }

    private void loss() {
        HostArray x = golden.array("x");
        Tensor value = K.allocate(Shape.of(1));
        Tensor dx = K.allocate(x.shape());
        boolean softmax = golden.text("loss").equals("categorical_crossentropy");
        LossFunction f = switch (golden.text("loss")) {
            case "mean_squared_error" -> LossFunction.SQUARED_ERROR;
            case "binary_crossentropy" -> LossFunction.BINARY_CROSS_ENTROPY;
            case "categorical_crossentropy" -> LossFunction.SOFTMAX_CROSS_ENTROPY;
            default -> throw new IllegalArgumentException(golden.text("loss"));
        };
        int terms = softmax ? x.size() / x.dim(-1) : x.size(); // Keras takes the mean over these
        K.loss(f, value, dx, put("x"), put("target"), 1f / terms);
        results.put("loss", get(value).reshape());
        results.put("dx", get(dx));
    }

    // ---- to the backend and back

    private Tensor put(String name) {
        HostArray a = golden.array(name);
        return K.tensor(a.shape(), a.values());
    }

    private Tensor putInput(String name) {
        return sequences ? swapped(put(name)) : put(name);
    }

    private Tensor putOutput(String name) {
        return sequenceOut() ? swapped(put(name)) : put(name);
    }

    private HostArray getInput(Tensor t) {
        return get(sequences ? swapped(t) : t);
    }

    private HostArray getOutput(Tensor t) {
        return get(sequenceOut() ? swapped(t) : t);
    }

    private boolean sequenceOut() {
        return sequences && golden.flag("return_sequences", true);
    }

    private Tensor swapped(Tensor t) {
        return Runs.swapped(K, t);
    }

    private HostArray get(Tensor t) {
        return Runs.get(K, t);
    }

    private static double dot(HostArray a, HostArray b) {
        double sum = 0;
        for (int k = 0; k < a.size(); k++) {
            sum += (double) a.values()[k] * b.values()[k];
        }
        return sum;
    }
}
