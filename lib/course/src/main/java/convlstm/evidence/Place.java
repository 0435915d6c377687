package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Trained with digits in the left half of the frame, tested in both halves: what ties a network to the places it was
 * trained at, the transform of the state, its weights that are or are not shared, or the layer that draws?
 */
public final class Place extends Experiment {
    private static final PixelWorld WHOLE = PixelWorld.of(5, 12, 14, 7, new Velocity(1, 0), new Velocity(-1, 0));
    /** Where digits are in training. */
    public static final PixelWorld LEFT = WHOLE.columns(0, 7);
    /** Where no digit has been. */
    public static final PixelWorld RIGHT = WHOLE.columns(7, 14);
    /** Three frames seen; the fourth is forecast in view, three more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 600, 4, 10, 0);
    private static final int FILTERS = 8;
    private static final int DOT_FILTERS = 3;
    private static final int UNITS = 96;

    private final Forecasting task;

    /** The experiment as it is run. */
    public Place() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Place(Forecasting task) {
        super("place", "Trained in the left half: who can forecast in the right half?",
                Forecasting.bothWays(List.of("ConvLSTM2D", "ConvLSTM2D untied",
                        "input_conv and K.dot", "ConvLSTM2D then Dense", "Conv2D then LSTM")),
                Forecasting.RATES, 5,
                Stream.of(Forecasting.frames("same", LEFT), Forecasting.frames("other", RIGHT),
                        List.of("train_loss", "test_loss")).flatMap(List::stream).toList(),
                String.format(Locale.ROOT, "%s, %s, %d filters, %d for K.dot, %d units, rates %s", LEFT, task, FILTERS,
                        DOT_FILTERS, UNITS, Forecasting.RATES));
        this.task = task;
        rates(Forecasting.HIGHER, "ConvLSTM2D then Dense one rate");
        rates(List.of(0.02, 0.06, 0.2, 0.6, 2.0, 6.0), "ConvLSTM2D own rate");
        rates(Forecasting.LOWER, "input_conv and K.dot own rate", "ConvLSTM2D then Dense own rate",
                "Conv2D then LSTM own rate");
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), LEFT, List.of(LEFT, RIGHT), run, listener);
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String arm, long seed) {
        Shape clip = task.clip(LEFT);
        return switch (Forecasting.name(arm)) {
            case "ConvLSTM2D" -> Nets.stack(K, clip, seed, Nets.images(FILTERS, Nets.convolution(3)), Nets.readout());
            case "input_conv and K.dot" -> Nets.stack(K, clip, seed, Nets.images(DOT_FILTERS, Nets.dot()),
                    Nets.readout());
            case "ConvLSTM2D then Dense" -> Nets.stack(K, clip, seed, Nets.images(FILTERS, Nets.convolution(3)),
                    Nets.flatten(), Nets.draw(clip));
            case "ConvLSTM2D untied" -> Nets.stack(K, clip, seed,
                    Nets.images(FILTERS, Neighbours.near(LEFT.height(), LEFT.width(), true)), Nets.readout());
            default -> Nets.stack(K, clip, seed, Nets.encoder(FILTERS), Nets.flatten(), Nets.list(UNITS),
                    Nets.draw(clip));
        };
    }
}
