package convlstm.evidence;

import static convlstm.evidence.RainTask.BASELINES;
import static convlstm.evidence.RainTask.NOWCAST;
import static convlstm.evidence.RainTask.TRUTH;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.data.RainField;
import convlstm.data.RainSequences;
import convlstm.model.History;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Made-up rain, calibrated to real rain, forecast by networks and by methods that need none. */
public final class Rain extends Experiment {
    /** Wind of 0.5 to 2.6 pixels a frame. */
    public static final RainField FIELD = RainField.of(NOWCAST.size()).withFrames(NOWCAST.frames());
    /** The main arm. */
    public static final String BALANCED = "ConvLSTM2D balanced";
    private static final String SQUARED = "ConvLSTM2D squared";
    private static final String LIST = "Conv2D then LSTM balanced";
    /** To train on. */
    public static final int SEQUENCES = 600;
    /** Passes over them. */
    public static final int EPOCHS = 5;
    private static final int TEST = 100;

    private RainTask.@Nullable Test test;

    /** The experiment as it is run. */
    public Rain() {
        super("rain", "On made-up rain: do networks beat persistence, blurred persistence, one wind and optical flow?",
                Stream.of(BASELINES, List.of(TRUTH, BALANCED, SQUARED, LIST)).flatMap(List::stream).toList(),
                List.of(RainTask.RATE), 3, RainTask.metrics(""),
                ("%s, %s, scored without %d pixels on each side, %d sequences, batch %d, %d epochs, %d layers of %d"
                        + " filters, %d x %d, LSTM of %d, rate %s, %d tests").formatted(FIELD, NOWCAST, RainTask.MARGIN,
                                SEQUENCES, RainTask.BATCH, EPOCHS, RainTask.LAYERS, RainTask.FILTERS, RainTask.KERNEL,
                                RainTask.KERNEL, RainTask.UNITS, RainTask.RATE, TEST));
    }

    @Override
    public int seeds(String arm) {
        return BASELINES.contains(arm) || arm.equals(TRUTH) ? 1 : seeds();
    }

    /** The sequences to train on with a seed. */
    public static HostArray training(long seed, int n) {
        return FIELD.sequences(1000 + seed, n);
    }

    /** Of the first {@code pool} sequences of a seed those that are showers, {@code most} at most. */
    static HostArray showers(long seed, int pool, int most) {
        RainSequences both = FIELD.generate(1000 + seed, 0, pool);
        int[] showers = IntStream.range(0, pool).filter(k -> !both.widespread()[k]).limit(most).toArray();
        return new Dataset(both.frames(), both.wind()).select(showers).x();
    }

    /** The sequences that all forecasts are tested on. */
    public static HostArray testing() {
        return FIELD.sequences(2, TEST);
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) {
        RainTask.Test tests = test();
        if (run.arm().equals(TRUTH)) {
            return new Outcome(0, 0, 0, 0, Double.NaN, tests.ofTruth());
        }
        if (BASELINES.contains(run.arm())) {
            double sigma = RainTask.sigma(run.arm(), training(run.seed(), TEST));
            return new Outcome(0, 0, 0, 0, sigma, tests.scores(run.arm(), sigma));
        }
        Sequential model = run.arm().equals(LIST) ? RainTask.cnnLstm(K, run.seed()) : RainTask.convLstm(K, run.seed());
        History history = RainTask.train(model, training(run.seed(), SEQUENCES), !run.arm().equals(SQUARED), EPOCHS,
                run, listener);
        return new Outcome(model.parameterCount(), model.multiplyAdds(), SEQUENCES, EPOCHS, history.last().loss(),
                tests.scores(model));
    }

    private synchronized RainTask.Test test() {
        if (test == null) {
            test = new RainTask.Test(testing(), 1);
        }
        return test;
    }
}
