package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.layer.Layer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The main experiment: everything is equal but what happens to {@code h_tm1}. Further arms take 3x3 apart: its weights
 * untied, its reads scattered ({@link Neighbours}), both; and change who draws: a {@code Dense} layer, or a 9x9
 * convolution, wide enough to fetch a digit from where it was last seen.
 */
public final class Operator extends Experiment {
    /** Digits that go up or down, one pixel per frame. */
    public static final PixelWorld WORLD = PixelWorld.of(5, 12, 7, 7, new Velocity(1, 0), new Velocity(-1, 0));
    /** Three frames seen; the fourth is forecast in view, three more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 1000, 4, 15, 0);
    private static final int FILTERS = 6;
    private static final String DENSE = " Dense";
    private static final String WIDE = " wide";

    private final Forecasting task;

    /** The experiment as it is run. */
    public Operator() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Operator(Forecasting task) {
        super("operator", "Only the transform of h_tm1 changes: 1x1, 3x3, 5x5, or K.dot. What does it change?",
                List.of("1x1", "3x3", "5x5", "K.dot", "1x1 own rate", "3x3 own rate", "5x5 own rate", "K.dot own rate",
                        "3x3 untied own rate", "3x3 scattered own rate", "3x3 scattered untied own rate", "1x1 Dense",
                        "3x3 Dense", "1x1 wide", "3x3 wide"),
                Forecasting.RATES, 5, Forecasting.metrics(WORLD),
                String.format(Locale.ROOT, "%s, %s, %d filters, a permutation for each seed, rates %s, own %.4f", WORLD,
                        task, FILTERS, Forecasting.RATES, Forecasting.U_SHARE));
        this.task = task;
        rates(Forecasting.HIGHER, "1x1", "1x1 Dense", "3x3 Dense", "1x1 wide", "3x3 wide");
        rates(Forecasting.OWN_RATES.subList(0, 4), "K.dot own rate");
        rates(Forecasting.OWN_RATES, "1x1 own rate", "3x3 own rate", "5x5 own rate", "3x3 untied own rate",
                "3x3 scattered own rate", "3x3 scattered untied own rate");
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), WORLD, List.of(WORLD), run, listener);
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String arm, long seed) {
        return model(K, task.clip(WORLD), arm.replace(Forecasting.OWN_RATE, ""), seed);
    }

    /** The network of an arm for clips of that shape. */
    static Sequential model(Backend K, Shape clip, String arm, long seed) {
        List<Layer> draw = arm.endsWith(DENSE)
                ? Stream.concat(Nets.flatten().stream(), Nets.draw(clip).stream()).toList()
                : Nets.readout(arm.endsWith(WIDE) ? 9 : 1);
        String state = arm.replace(DENSE, "").replace(WIDE, "");
        return Nets.stack(K, clip, seed, state(clip.dim(1), clip.dim(2), state, seed), draw);
    }

    private static List<Layer> state(int H, int W, String arm, long seed) {
        return switch (arm) {
            case "K.dot" -> Nets.images(FILTERS, Nets.dot());
            case "3x3 untied" -> Nets.images(FILTERS, Neighbours.near(H, W, true));
            case "3x3 scattered" -> Nets.images(FILTERS, Neighbours.scattered(H, W, false, seed));
            case "3x3 scattered untied" -> Nets.images(FILTERS, Neighbours.scattered(H, W, true, seed));
            default -> Nets.images(FILTERS, Nets.convolution(arm.charAt(0) - '0'));
        };
    }
}
