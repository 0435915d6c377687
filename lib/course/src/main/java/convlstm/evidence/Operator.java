package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.layer.Transform;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The main experiment: everything is equal but what happens to {@code h_tm1}. */
public final class Operator extends Experiment {
    /** Digits that go up or down, one pixel per frame. */
    public static final PixelWorld WORLD = PixelWorld.of(5, 12, 7, 7, new Velocity(1, 0), new Velocity(-1, 0));
    /** Three frames seen; the fourth is forecast in view, three more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 1000, 4, 15, 0);
    private static final int FILTERS = 6;
    /** K.dot with more time: what it has not learned in 15 epochs. */
    private static final String LONGER = "K.dot longer";
    private static final int TIMES_LONGER = 3;

    private final Forecasting task;

    /** The experiment as it is run. */
    public Operator() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Operator(Forecasting task) {
        super("operator", "Only the transform of h_tm1 changes: 1x1, 3x3, 5x5, or K.dot. What does it change?",
                List.of("1x1", "3x3", "5x5", "K.dot", LONGER), Forecasting.RATES, 5, Forecasting.metrics(WORLD),
                String.format(Locale.ROOT, "%s, %s, %d filters, rates %s, longer %d times", WORLD, task, FILTERS,
                        Forecasting.RATES, TIMES_LONGER));
        this.task = task;
    }

    @Override
    public String searchedWith(String arm) {
        return arm.equals(LONGER) ? "K.dot" : arm;
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        Forecasting training = run.arm().equals(LONGER)
                ? new Forecasting(task.seen(), task.sequences(), task.batch(), TIMES_LONGER * task.epochs(),
                        task.patience())
                : task;
        return training.train(K, model(K, run.arm(), run.seed()), WORLD, List.of(WORLD), run, listener);
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String arm, long seed) {
        Transform recurrent = arm.startsWith("K.dot") ? Nets.dot() : Nets.convolution(arm.charAt(0) - '0');
        return Nets.stack(K, task.clip(WORLD), seed, Nets.images(FILTERS, recurrent), Nets.readout());
    }
}
