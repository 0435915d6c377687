package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The pixels are scattered by one fixed permutation <em>between</em> Conv2D and the recurrent layer. The encoder sees
 * images in both cases; the question is whether what keeps the state notices. ConvLSTM2D's input kernel is 1x1, so that
 * behind the permutation nothing but its recurrent kernel sees neighbours.
 */
public final class Scramble extends Experiment {
    /** The world of the main experiment. */
    public static final PixelWorld WORLD = Operator.WORLD;
    /** The task of the main experiment, with fewer sequences. */
    public static final Forecasting TASK = new Forecasting(Operator.TASK.seen(), 600, 4, 10, 0);
    private static final int FILTERS = 8;
    private static final int UNITS = 96;
    private static final long PERMUTATION = 7;
    private static final int READS_PIXELS = 2; // the LSTM's kernel, after the encoder's kernel and bias

    private final Forecasting task;

    /** The experiment as it is run. */
    public Scramble() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Scramble(Forecasting task) {
        super("scramble", "Pixels scattered between Conv2D and the recurrent layer: who notices?",
                Forecasting.bothWays(List.of("LSTM", "LSTM scrambled", "ConvLSTM2D", "ConvLSTM2D scrambled")),
                Forecasting.RATES, 5,
                Forecasting.metrics(WORLD), String.format(Locale.ROOT,
                        "%s, %s, %d filters, input kernel 1x1, %d units, rates %s", WORLD, task, FILTERS, UNITS,
                        Forecasting.RATES));
        this.task = task;
        rates(Forecasting.LOWER, "LSTM own rate", "LSTM scrambled own rate");
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        return task.train(K, model(K, run.arm(), run.seed()), WORLD, List.of(WORLD), run, listener);
    }

    /**
     * The network of an arm. The scrambled ones start from the weights of the others; those with which the LSTM reads the
     * pixels are moved along with them, ConvLSTM2D's belong to no pixel.
     */
    public Sequential model(Backend K, String arm, long seed) {
        boolean list = arm.startsWith("LSTM");
        Sequential plain = model(K, list, List.of(), List.of(), seed);
        if (!arm.contains("scrambled")) {
            return plain;
        }
        Sequential scrambled = model(K, list, List.of(Shuffle.scatter(PERMUTATION)),
                List.of(Shuffle.gather(PERMUTATION)), seed);
        for (int p = 0; p < plain.parameters().size(); p++) {
            Parameter from = plain.parameters().get(p);
            boolean readsPixels = list && p == READS_PIXELS;
            float[] weights = K.toArray(from.value());
            K.write(scrambled.parameters().get(p).value(), readsPixels ? moved(weights) : weights);
        }
        return scrambled;
    }

    private Sequential model(Backend K, boolean list, List<Layer> scatter, List<Layer> gather, long seed) {
        Shape clip = task.clip(WORLD);
        return list
                ? Nets.stack(K, clip, seed, Nets.encoder(FILTERS), scatter, Nets.flatten(), Nets.list(UNITS),
                        Nets.draw(clip))
                : Nets.stack(K, clip, seed, Nets.encoder(FILTERS), scatter, Nets.images(FILTERS, Nets.convolution(1),
                        Nets.convolution(3)), gather, Nets.readout());
    }

    /** The rows of a kernel {@code (H·W·C, 4·units)}, moved as the pixels are. */
    private static float[] moved(float[] kernel) {
        float[] to = new float[kernel.length];
        int[] place = Shuffle.permutation(WORLD.height() * WORLD.width(), PERMUTATION);
        int block = kernel.length / place.length;
        for (int p = 0; p < place.length; p++) {
            System.arraycopy(kernel, p * block, to, place[p] * block, block);
        }
        return to;
    }
}
