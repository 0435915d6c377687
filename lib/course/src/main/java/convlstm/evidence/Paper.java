package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.data.Patches;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Recurrent;
import convlstm.layer.Recurrent.Peephole;
import convlstm.model.EncoderForecaster;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The paper's harness (Shi et al. 2015, section 4.1) with the kernels taken apart: the recurrent kernel changes alone, with
 * one layer and with two (and the forecaster reversed, see {@link EncoderForecaster}). The forecaster's first layer has no
 * input and the readout is 1x1, so with one layer nothing in the forecaster but the recurrent kernel can move the picture;
 * with two, the input kernel of the upper layer can draw what lies below it moved, always by as much.
 *
 * <p>Two digits in frames of 32x32 in patches of 2, so that the grid is the paper's 16x16; five frames seen, five forecast;
 * 16 filters in every layer, an eighth of the paper's two-layer model's and a sixteenth of its one-layer model's; RMSprop,
 * and early stopping as in the paper. Training, validation and test share no digit. Measured are cross-entropies per
 * sequence in nats, on test and on training data, and the error of each forecast frame.
 */
public final class Paper extends Experiment {
    /** The frames that are seen; as many are forecast. */
    public static final int SEEN = 5;
    private static final int PIXELS = 32;
    private static final int PATCH = 2;
    private static final int FILTERS = 16;
    private static final int BATCH = 4;
    private static final int PATIENCE = 3;
    /** The paper's. */
    private static final List<Double> RATES = List.of(0.001);

    private record Net(int layers, int kernel, int recurrentKernel) {
        @Override
        public String toString() {
            return (layers == 1 ? "one layer" : "two layers") + ": " + kernel + "x" + kernel + " and " + recurrentKernel
                    + "x" + recurrentKernel;
        }
    }

    private static final List<Net> NETS = List.of(new Net(1, 5, 5), new Net(1, 5, 1), new Net(2, 5, 5),
            new Net(2, 5, 1), new Net(2, 9, 1));

    private final int sequences;
    private final int epochs;
    private final int tests;

    /** The experiment as it is run. */
    public Paper() {
        this(1000, 12, 500);
    }

    /** The same with so many sequences to train on, epochs at most, and sequences to test with. */
    public Paper(int sequences, int epochs, int tests) {
        super("paper", "In the paper's encoder and forecaster only the recurrent kernel changes: 5x5 or 1x1?",
                NETS.stream().map(Net::toString).toList(), RATES, 3,
                Stream.concat(Stream.of("test_loss", "train_loss"),
                        IntStream.rangeClosed(SEEN + 1, 2 * SEEN).mapToObj(t -> "frame" + t)).toList(),
                String.format(Locale.ROOT,
                        "%d pixels, patch %d, %d filters, %d seen, %d sequences, batch %d, %d epochs,"
                                + " patience %d, %d tests, %s",
                        PIXELS, PATCH, FILTERS, SEEN, sequences, BATCH, epochs,
                        PATIENCE, tests, RATES));
        this.sequences = sequences;
        this.epochs = epochs;
        this.tests = tests;
    }

    /** Sequences in patches: the frames seen, and those to forecast. */
    public static Dataset data(Digits digits, long seed, int n) {
        HostArray frames = MovingDigits.scaled(digits, PIXELS).withFrames(2 * SEEN).sequences(seed, n);
        return Dataset.forecast(Patches.split(frames, PATCH), SEEN, SEEN);
    }

    /** The network of an arm. */
    public static EncoderForecaster model(Backend K, String arm, long seed) {
        Net net = NETS.stream().filter(n -> n.toString().equals(arm)).findFirst().orElseThrow();
        Supplier<Recurrent<?>> layer = () -> new ConvLstm2d(FILTERS, net.kernel())
                .recurrentKernelSize(net.recurrentKernel(), net.recurrentKernel())
                .padding(Padding.SAME)
                .peephole(Peephole.PER_CHANNEL)
                .recurrentInitializer(Init.glorotUniform());
        int grid = PIXELS / PATCH;
        return new EncoderForecaster(K, Shape.of(SEEN, grid, grid, PATCH * PATCH), SEEN, seed,
                EncoderForecaster.Readout.ALL_LAYERS, Collections.nCopies(net.layers(), layer));
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        DigitSets digits = DigitSets.shipped();
        Model model = model(K, run.arm(), run.seed());
        Dataset train = data(digits.train(), 1000 + run.seed(), sequences);
        Dataset validation = data(digits.validation(), -1, Math.min(sequences, 200));
        Dataset test = data(digits.test(), -2, tests);
        Trainer trainer = new Trainer(model, Loss.crossEntropyPerSequence(), Optimizer.rmsProp(run.rate(), 0.9, 1e-7))
                .batchSize(BATCH).epochs(epochs).seed(run.seed()).validation(validation).earlyStopping(PATIENCE)
                .listener(listener);
        History history = trainer.fit(train);
        DoubleStream losses = DoubleStream.of(trainer.evaluate(test), trainer.evaluate(train));
        return new Outcome(model.parameterCount(), model.multiplyAdds(), sequences, history.epochs().size(),
                trainer.evaluate(validation),
                DoubleStream.concat(losses, Arrays.stream(Forecasting.errors(model, test))).toArray());
    }
}
