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
 * convolution, wide enough to fetch a digit from where it was last seen. Two smaller experiments ask the same of a longer
 * dark and of more directions.
 */
public final class Operator extends Experiment {
    private static final Velocity DOWN = new Velocity(1, 0);
    private static final Velocity UP = new Velocity(-1, 0);
    /** Digits that go up or down, one pixel per frame. */
    public static final PixelWorld WORLD = PixelWorld.of(5, 12, 7, 7, DOWN, UP);
    /** Three frames seen; the fourth is forecast in view, three more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 1000, 4, 15, 0);
    /** The same for the two smaller experiments, trained three times as long. */
    public static final Forecasting LONGER = new Forecasting(3, 1000, 4, 45, 0);
    /** Ten frames, so six in the dark. A 9x9 readout and the input's kernel reach five pixels, enough for the first three. */
    private static final PixelWorld LONG_DARK = PixelWorld.of(5, 16, 7, 10, DOWN, UP);
    private static final PixelWorld EIGHT = PixelWorld.of(5, 12, 12, 7, DOWN, UP, new Velocity(0, 1),
            new Velocity(0, -1), new Velocity(1, 1), new Velocity(1, -1), new Velocity(-1, 1), new Velocity(-1, -1));
    private static final String DENSE = " Dense";
    private static final String WIDE = " wide";

    private final PixelWorld world;
    private final Forecasting task;
    private final int filters;

    /** The main experiment as it is run. */
    public Operator() {
        this(TASK);
    }

    /** The main experiment with another task: a smaller one, to try it. */
    public Operator(Forecasting task) {
        this("operator", "Only the transform of h_tm1 changes: 1x1, 3x3, 5x5, or K.dot. What does it change?",
                List.of("1x1", "3x3", "5x5", "K.dot", "3x3 untied", "3x3 scattered", "3x3 scattered untied",
                        "1x1 Dense", "3x3 Dense", "1x1 wide", "3x3 wide"),
                WORLD, task, 6);
    }

    private Operator(String name, String question, List<String> arms, PixelWorld world, Forecasting task, int filters) {
        super(name, question, Forecasting.bothWays(arms), Forecasting.RATES, 5, Forecasting.metrics(world),
                String.format(Locale.ROOT, "%s, %s, %d filters, a permutation for each seed, rates %s", world, task,
                        filters, Forecasting.RATES));
        rates(Forecasting.HIGHER, "1x1 one rate", "1x1 Dense one rate", "3x3 Dense one rate", "1x1 wide one rate",
                "3x3 wide one rate");
        rates(Forecasting.LOWER, "K.dot own rate", "1x1 Dense own rate");
        this.world = world;
        this.task = task;
        this.filters = filters;
    }

    /** A longer dark. A recurrent kernel of 3x3 reaches a pixel more at each step; a {@code Dense} readout reaches all. */
    public static Operator longDark(Forecasting task) {
        return new Operator("longdark", "Six frames in the dark: does another readout replace a recurrent kernel?",
                List.of("1x1", "1x1 wide", "1x1 Dense", "3x3"), LONG_DARK, task, 6);
    }

    /** Digits that also go left, right and aslant; twice the filters. */
    public static Operator eight(Forecasting task) {
        return new Operator("eight", "Eight directions in place of two: does 3x3 still follow in the dark?",
                List.of("1x1", "3x3"), EIGHT, task, 12);
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), world, List.of(world), run, listener);
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String trained, long seed) {
        String arm = Forecasting.name(trained);
        Shape clip = task.clip(world);
        List<Layer> draw = arm.endsWith(DENSE)
                ? Stream.concat(Nets.flatten().stream(), Nets.draw(clip).stream()).toList()
                : Nets.readout(arm.endsWith(WIDE) ? 9 : 1);
        String state = arm.replace(DENSE, "").replace(WIDE, "");
        return Nets.stack(K, clip, seed, state(state, seed), draw);
    }

    private List<Layer> state(String arm, long seed) {
        int H = world.height();
        int W = world.width();
        return switch (arm) {
            case "K.dot" -> Nets.images(filters, Nets.dot());
            case "3x3 untied" -> Nets.images(filters, Neighbours.near(H, W, true));
            case "3x3 scattered" -> Nets.images(filters, Neighbours.scattered(H, W, false, seed));
            case "3x3 scattered untied" -> Nets.images(filters, Neighbours.scattered(H, W, true, seed));
            default -> Nets.images(filters, Nets.convolution(arm.charAt(0) - '0'));
        };
    }
}
