package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.model.Models;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Conv2D, then LSTM, against ConvLSTM2D, made equal in weights or in arithmetic; and against the main experiment's
 * opponents with a state of equal size. All are trained until the validation loss has not fallen for ten epochs, or for 60.
 */
public final class Fair extends Experiment {
    /** The world of the main experiment. */
    public static final PixelWorld WORLD = Operator.WORLD;
    /** The task of the main experiment, trained for longer. */
    public static final Forecasting TASK = new Forecasting(Operator.TASK.seen(), 1000, 4, 60, 10);
    private static final int FILTERS = 6;
    private static final int ENCODER = 4;
    /** Each pixel is drawn from the whole state, as in the LSTMs; fewer filters pay for the readout's arithmetic. */
    private static final String DENSE = "ConvLSTM2D then Dense";
    /** With as much arithmetic, too: without pooling the LSTM reads every pixel, and has fewer units. */
    private static final String UNPOOLED = "LSTM without pooling";
    /** At the end of a name: {@code U} starts orthogonal in ConvLSTM2D, as in Keras, and in an LSTM as in {@link Nets}. */
    private static final String OTHER_START = " other start";

    private final Forecasting task;

    /** The experiment as it is run. */
    public Fair() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Fair(Forecasting task) {
        super("fair", "Conv2D then LSTM with as many weights, or as much arithmetic: is it level?",
                Forecasting.bothWays(List.of("ConvLSTM2D", DENSE, "LSTM equal weights", "LSTM equal arithmetic",
                        UNPOOLED, UNPOOLED + OTHER_START, "LSTM with 504 units", "ConvLSTM2D" + OTHER_START,
                        DENSE + OTHER_START, "1x1", "1x1 Dense", "3x3 Dense", "K.dot", "K.dot Dense")),
                Forecasting.RATES, 5, Forecasting.metrics(WORLD),
                String.format(Locale.ROOT, "%s, %s, %d filters, encoder of %d, rates %s", WORLD, task, FILTERS, ENCODER,
                        Forecasting.RATES));
        this.task = task;
        rates(Forecasting.LOWER, arms().stream().filter(arm -> arm.matches("(LSTM|K\\.dot|3x3 Dense).* own rate"))
                .toArray(String[]::new));
        rates(Forecasting.HIGHER, DENSE + OTHER_START + Forecasting.ONE_RATE);
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), WORLD, List.of(WORLD), run, listener);
    }

    /** The network of an arm. */
    public static Sequential model(Backend K, String trained, long seed) {
        boolean other = trained.contains(OTHER_START);
        String arm = Forecasting.name(trained).replace(OTHER_START, "");
        Shape clip = TASK.clip(WORLD);
        Sequential convLstm = Nets.stack(K, clip, seed, images(FILTERS, other), Nets.readout());
        return switch (arm) {
            case "ConvLSTM2D" -> convLstm;
            case DENSE -> withinArithmetic(K, convLstm.multiplyAdds(), (on, filters) -> Nets.stack(on, clip, seed,
                    images(filters, other), Nets.flatten(), Nets.draw(clip)));
            case "LSTM equal weights" -> Models.cnnLstm(K, clip, ENCODER,
                    Models.unitsForParameters(clip, ENCODER, convLstm.parameterCount()), seed);
            case UNPOOLED -> unpooled(K, clip, ENCODER, convLstm.multiplyAdds(), seed, other);
            case "LSTM with 504 units" -> unpooled(K, clip, ENCODER, seed, list(FILTERS * clip.drop(1).size(), false));
            case "LSTM equal arithmetic" -> Models.cnnLstm(K, clip, ENCODER,
                    Models.unitsForMultiplyAdds(clip, ENCODER, convLstm.multiplyAdds()), seed);
            default -> new Operator(TASK).model(K, arm, seed); // its arms, trained for longer
        };
    }

    private static List<Layer> images(int filters, boolean otherStart) {
        return otherStart
                ? List.of(new ConvLstm2d(filters, 3).padding(Padding.SAME).returnSequences(true))
                : Nets.images(filters, Nets.convolution(3));
    }

    private static List<Layer> list(int units, boolean otherStart) {
        return otherStart ? Nets.list(units) : List.of(new Lstm(units).returnSequences(true)); // as in cnnLstm
    }

    /** {@link Models#cnnLstm} without its pooling, with as many units as the arithmetic allows. */
    static Sequential unpooled(Backend K, Shape clip, int encoder, long multiplyAdds, long seed, boolean otherStart) {
        return withinArithmetic(K, multiplyAdds,
                (on, units) -> unpooled(on, clip, encoder, seed, list(units, otherStart)));
    }

    private static Sequential unpooled(Backend K, Shape clip, int encoder, long seed, List<Layer> state) {
        return Nets.stack(K, clip, seed, Nets.encoder(encoder), Nets.flatten(), state, Nets.draw(clip));
    }

    /** The largest network of a kind that the arithmetic allows. */
    private static Sequential withinArithmetic(Backend K, long multiplyAdds,
            BiFunction<Backend, Integer, Sequential> network) {
        return network.apply(K, IntStream.iterate(1, n -> n + 1)
                .filter(n -> network.apply(Backends.planning(), n + 1).multiplyAdds() > multiplyAdds).findFirst()
                .orElseThrow());
    }
}
