package convlstm.golden;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.TimeDistributed;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Twenty updates of a small model, from Keras' initial weights and on Keras' batches. */
final class TrainingRun {
    private TrainingRun() {}

    /** The loss before each update, and the weights after the last one, under golden.py's names. */
    static Map<String, HostArray> of(Backend K, Golden golden) {
        HostArray x = golden.array("x"); // (steps, B, ...)
        HostArray target = golden.array("target");
        Sequential model = model(K, golden.text("model"), x.shape().drop(2));
        List<Parameter> weights = model.parameters();
        for (int i = 0; i < weights.size(); i++) {
            K.write(weights.get(i).value(), golden.array("w" + i).values());
        }
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), optimizer(golden));
        float[] losses = new float[x.dim(0)];
        for (int step = 0; step < losses.length; step++) {
            Tensor inputs = Runs.tensor(K, x.at(step));
            Tensor targets = Runs.tensor(K, target.at(step));
            losses[step] = (float) trainer.step(
                    model.sequenceIn() ? Runs.swapped(K, inputs) : inputs,
                    model.sequenceOut() ? Runs.swapped(K, targets) : targets,
                    x.dim(1));
        }
        Map<String, HostArray> results = new LinkedHashMap<>();
        results.put("losses", new HostArray(Shape.of(losses.length), losses));
        for (int i = 0; i < weights.size(); i++) {
            results.put("w" + i + "_after", Runs.get(K, weights.get(i).value()));
        }
        return results;
    }

    private static Sequential model(Backend K, String name, Shape input) {
        return switch (name) {
            case "convlstm2d" -> new Sequential(K, input, 1,
                    new ConvLstm2d(3, 3, 2).padding(Padding.SAME),
                    new Conv2d(1, 2, 3).padding(Padding.SAME));
            case "lstm" -> new Sequential(K, input, 1, new Lstm(5), new Dense(2));
            case "stacked" -> new Sequential(K, input, 1,
                    new ConvLstm2d(2, 3).padding(Padding.SAME).returnSequences(true),
                    new TimeDistributed(new BatchNorm()),
                    new ConvLstm2d(2, 1, 3).returnSequences(true),
                    new TimeDistributed(new Conv2d(1, 2, 1).activation(ActivationFunction.TANH)));
            default -> throw new IllegalArgumentException("model: there is no " + name);
        };
    }

    private static Optimizer optimizer(Golden golden) {
        float rate = golden.number("learning_rate", 0);
        return switch (golden.text("optimizer")) {
            case "adam" -> Optimizer.adam(rate, 0.9, 0.999, 1e-7);
            case "rmsprop" -> Optimizer.rmsProp(rate, 0.9, 1e-7);
            case "momentum" -> Optimizer.sgd(rate, 0.9, false);
            case "sgd" -> Optimizer.sgd(rate);
            default -> throw new IllegalArgumentException("optimizer: there is no " + golden.text("optimizer"));
        };
    }
}
