package convlstm.evidence;

import static convlstm.evidence.RainTask.BASELINES;
import static convlstm.evidence.RainTask.NOWCAST;
import static convlstm.evidence.RainTask.TRUTH;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.data.RainField;
import convlstm.data.RainSequences;
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
    /** The same, trained on {@link #MORE} times as many sequences, {@link #LONGER} times as often. */
    public static final String MUCH = "ConvLSTM2D balanced much";
    private static final String SQUARED = "ConvLSTM2D squared";
    /** As many multiply-adds as the main arm, its own learning rate. */
    public static final String LIST = "Conv2D then LSTM balanced";
    /** To train on. */
    public static final int SEQUENCES = 600;
    /** Passes over them. */
    public static final int EPOCHS = 5;
    private static final int MORE = 4;
    private static final int LONGER = 2;
    private static final List<Double> RATES = List.of(0.001, 0.003, 0.01, 0.03, 0.1);
    private static final int TEST = 100;

    private RainTask.@Nullable Test test;

    /** The experiment as it is run. */
    public Rain() {
        super("rain", "On made-up rain: do networks beat persistence, blurred persistence, one wind and optical flow?",
                Stream.of(BASELINES, List.of(TRUTH, BALANCED, MUCH, SQUARED, LIST)).flatMap(List::stream).toList(),
                RATES, 3, RainTask.metrics(""),
                ("%s, %s, scored without %d pixels on each side, %d sequences, batch %d, %d epochs, much %d and %d"
                        + " times, %d layers of %d filters, %d x %d, LSTM of equal arithmetic, rates %s, %d tests")
                        .formatted(FIELD, NOWCAST, RainTask.MARGIN, SEQUENCES, RainTask.BATCH, EPOCHS, MORE, LONGER,
                                RainTask.LAYERS, RainTask.FILTERS, RainTask.KERNEL, RainTask.KERNEL, RATES, TEST));
    }

    @Override
    public int seeds(String arm) {
        return BASELINES.contains(arm) || arm.equals(TRUTH) ? 1 : seeds();
    }

    @Override
    public String searchedWith(String arm) {
        return arm.equals(SQUARED) || arm.equals(LIST) ? arm : BALANCED;
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
        boolean balanced = !run.arm().equals(SQUARED);
        int n = (run.arm().equals(MUCH) ? MORE : 1) * SEQUENCES;
        int epochs = (run.arm().equals(MUCH) ? LONGER : 1) * EPOCHS;
        RainTask.train(model, training(run.seed(), n), balanced, epochs, run, listener);
        return new Outcome(model.parameterCount(), model.multiplyAdds(), n, epochs,
                RainTask.loss(model, FIELD.sequences(3, TEST), balanced), tests.scores(model));
    }

    private synchronized RainTask.Test test() {
        if (test == null) {
            test = new RainTask.Test(testing(), 1);
        }
        return test;
    }
}
