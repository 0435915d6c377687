package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * A readout of 9x9 reaches four pixels and the input's convolution one more: five, as far as a digit goes from the last
 * frame seen to the fifth after it. Here the dark lasts longer. A recurrent kernel of 3x3 reaches a pixel more at each step;
 * a {@code Dense} readout reaches all.
 */
public final class LongDark extends Experiment {
    /** Digits that go up or down, one pixel per frame, for ten frames. */
    public static final PixelWorld WORLD = PixelWorld.of(5, 16, 7, 10, new Velocity(1, 0), new Velocity(-1, 0));
    /** Three frames seen; the fourth is forecast in view, six more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 1000, 4, 45, 0);

    private final Forecasting task;

    /** The experiment as it is run. */
    public LongDark() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public LongDark(Forecasting task) {
        super("longdark", "Six frames in the dark: does another readout replace a recurrent kernel?",
                List.of("1x1", "1x1 wide", "1x1 Dense", "3x3"), Forecasting.RATES, 5,
                Forecasting.metrics(WORLD),
                String.format(Locale.ROOT, "%s, %s, rates %s", WORLD, task, Forecasting.RATES));
        this.task = task;
        rates(Forecasting.HIGHER, "1x1", "1x1 wide", "1x1 Dense");
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), WORLD, List.of(WORLD), run, listener);
    }

    /** The network of an arm, as in {@link Operator}. */
    public Sequential model(Backend K, String arm, long seed) {
        return Operator.model(K, task.clip(WORLD), arm, seed);
    }
}
