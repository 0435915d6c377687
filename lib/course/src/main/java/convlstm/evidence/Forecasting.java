package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Metrics;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The task of most experiments: a model sees the first frames of a digit's path, then blank frames, and puts out at each
 * step the next frame. While a true frame comes in the forecast is <em>in view</em>; afterwards it is <em>in the
 * dark</em>, from the state alone.
 *
 * <p>The error of a frame is the squared error over all test sequences divided by that of the empty frame: 0 is perfect, 1
 * no better than drawing nothing. Losses are cross-entropies above the target's own entropy, in nats per pixel: 0 is
 * perfect.
 *
 * @param seen the frames in view
 * @param sequences to train on
 * @param batch sequences in a mini-batch
 * @param epochs at most so many passes over the training sequences
 * @param patience epochs without a better validation loss after which training stops, with the best weights put back; 0
 *     to train to the end
 */
public record Forecasting(int seen, int sequences, int batch, int epochs, int patience) {
    /** The learning rates that arms choose from that have one for all weights. */
    public static final List<Double> RATES = List.of(0.0006, 0.002, 0.006, 0.02, 0.06, 0.2);
    /** With two more, for arms of which 0.2 is the best of {@link #RATES}. */
    static final List<Double> HIGHER = Stream.concat(RATES.stream(), Stream.of(0.6, 2.0)).toList();

    /** At the end of an arm's name: all weights learn at one rate. */
    static final String ONE_RATE = " one rate";
    /** At the end of an arm's name: its {@code U} learns at {@link #U_SHARE} of the other weights' rate. */
    static final String OWN_RATE = " own rate";
    static final double U_SHARE = 1 / 30.0; // 0.002, best for K.dot, by 0.06, best for 3x3
    /** The rates that such arms choose from. */
    static final List<Double> OWN_RATES = List.of(0.006, 0.02, 0.06, 0.2, 0.6, 2.0);
    /** For {@code K.dot}, LSTMs and {@code Dense}, which take many times as long with the highest and do best below. */
    static final List<Double> LOWER = List.of(0.002, 0.006, 0.02, 0.06, 0.2, 0.6);

    private static final int VALIDATION = 200;
    private static final int TEST = 300;

    /** Arms that are trained in both ways; the search chooses between these, too. */
    static List<String> bothWays(List<String> names) {
        return Stream.of(ONE_RATE, OWN_RATE).flatMap(way -> names.stream().map(name -> name + way)).toList();
    }

    /** An arm's name without the way in which it is trained. */
    static String name(String arm) {
        return arm.replace(ONE_RATE, "").replace(OWN_RATE, "");
    }

    /** The rate of {@code U} as a share of the other weights'. */
    static double share(String arm) {
        return arm.endsWith(OWN_RATE) ? U_SHARE : 1;
    }

    /** The names of a world's errors: {@code prefix2} for the second frame, to T. */
    static List<String> frames(String prefix, World world) {
        return IntStream.rangeClosed(2, world.frames()).mapToObj(t -> prefix + t).toList();
    }

    /** The names of what {@link #train} measures where it is tested in one world. */
    static List<String> metrics(World world) {
        return Stream.concat(frames("frame", world).stream(), Stream.of("train_loss", "test_loss")).toList();
    }

    /** The frames in the dark, by the names of their errors. */
    public String[] dark(String prefix, World world) {
        return IntStream.rangeClosed(seen + 2, world.frames()).mapToObj(t -> prefix + t).toArray(String[]::new);
    }

    /** The frames in view but the second, which is forecast from one frame and so without a motion to go by. */
    public String[] view(String prefix) {
        return IntStream.rangeClosed(3, seen + 1).mapToObj(t -> prefix + t).toArray(String[]::new);
    }

    /** One sample: what goes into a model. */
    public Shape clip(World world) {
        return Shape.of(world.frames() - 1, world.height(), world.width(), 1);
    }

    /** A world's sequences as the models get them: true frames, then blank ones. */
    public Dataset data(World world, Digits digits, long seed, int n) {
        return Dataset.blindForecast(world.sequences(digits, seed, n), seen);
    }

    /** The sequences that all trainings are tested on. */
    public Dataset test(World world) throws IOException {
        return data(world, DigitSets.shipped().test(), -2, TEST);
    }

    /**
     * Trains a model in one world and tests it in one or more.
     *
     * @return its metrics are the errors of each test world's frames, then the losses on training and on test data of the
     *     first
     */
    public Outcome train(Backend K, Model model, World world, List<? extends World> tests, Run run,
            Trainer.Listener listener)
            throws IOException {
        DigitSets digits = DigitSets.shipped();
        Dataset train = data(world, digits.train(), 1000 + run.seed(), sequences);
        Dataset validation = data(world, digits.validation(), -1, VALIDATION);
        Optimizer adam = Optimizer.adam(run.rate())
                .share("recurrent_kernel", share(run.arm()));
        Trainer trainer = new Trainer(model, Loss.binaryCrossEntropy(), adam)
                .batchSize(batch).epochs(epochs).seed(run.seed()).globalClipNorm(1)
                .listener(new Schedule(adam)).listener(listener);
        if (patience > 0) {
            trainer.validation(validation).earlyStopping(patience);
        }
        History history = trainer.fit(train);
        List<Double> metrics = new ArrayList<>();
        for (World test : tests) {
            Arrays.stream(errors(model, test(test))).forEach(metrics::add);
        }
        metrics.add(excess(trainer, train));
        metrics.add(excess(trainer, test(tests.getFirst())));
        return new Outcome(model.parameterCount(), model.multiplyAdds(), sequences, history.epochs().size(),
                excess(trainer, validation), metrics.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** The error of each frame that a model puts out, divided by that of the empty frame. */
    public static double[] errors(Model model, Dataset data) {
        HostArray forecast = Metrics.probabilities(model.predict(data.x()));
        double[] error = Metrics.squaredError(forecast, data.y());
        double[] nothing = Metrics.squaredError(new HostArray(data.y().shape(), new float[data.y().size()]), data.y());
        Arrays.setAll(error, t -> error[t] / nothing[t]);
        return error;
    }

    /** The cross-entropy above the target's own, in nats per pixel. */
    private static double excess(Trainer trainer, Dataset data) {
        double own = 0;
        for (float y : data.y().values()) {
            own -= y <= 0 || y >= 1 ? 0 : y * Math.log(y) + (1 - y) * Math.log1p(-y);
        }
        return trainer.evaluate(data) - own / data.y().size();
    }
}
