package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.data.TrackedSequences;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Recurrent;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Models;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
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
 * What the states of trained networks know, h and c, in the light and in the dark: a digit of 9 pixels moves at up to 1.2
 * pixels per frame in frames of 16x16 and bounces; five frames are seen, four more steps have no input. A 3x3 recurrent
 * kernel hands on one pixel a step and cannot follow the fastest, a 5x5 kernel can. ConvLSTM2D draws a pixel from the
 * state at that pixel, the LSTM draws all from all numbers; so ConvLSTM2D has an arm with such a readout, too.
 */
public final class Probes extends Experiment {
    /** The frames whose states are asked; from the sixth on nothing is seen. */
    public static final int[] ASKED = {3, 5, 6, 7, 8, 9};
    /** The frames seen. */
    public static final int SEEN = 5;
    /** The frames without input. The last state that saw something is asked about each: {@code position_ahead9}. */
    private static final List<Integer> DARK = List.of(6, 7, 8, 9);
    /** The parts of a state: the output, the cell, and both. */
    public static final List<String> PARTS = List.of("h", "c", "hc");

    private static final int FRAMES = 10;
    private static final int SIZE = 16;
    private static final int DIGIT = 9;
    private static final double SLOWEST = 0.6;
    private static final double FASTEST = 1.2;
    private static final int FILTERS = 16;
    /** To train on. */
    public static final int SEQUENCES = 4000;
    private static final int EPOCHS = 8;
    private static final int VALIDATION = 200;
    private static final int TEST = 300;
    private static final int FOLDS = 5;
    private static final List<Double> RATES = List.of(0.001, 0.003, 0.01, 0.03);
    private static final String UNTRAINED = " untrained";
    private static final String LIST = "Conv2D then LSTM";
    private static final String THREE = "ConvLSTM2D 3x3";
    private static final String FIVE = "ConvLSTM2D 5x5";
    private static final String DENSE = FIVE + " then Dense";
    private static final String PIXELS = "pixels of frames 1 to 5";

    /** The experiment as it is run. */
    public Probes() {
        super("probes", "What can a linear probe read from h and c, and how long does it last in the dark?",
                Stream.of(List.of(PIXELS, THREE + UNTRAINED, FIVE + UNTRAINED, LIST + UNTRAINED),
                        Forecasting.bothWays(List.of(THREE, FIVE, DENSE, LIST))).flatMap(List::stream).toList(),
                RATES, 5, measured(),
                ("one digit of %d pixels in %d x %d, %s to %s pixels a frame, bounces, %d of %d frames seen, %d"
                        + " sequences, batch 4, %d epochs, %d filters, 2 filters and equal arithmetic, rates %s, ridge on"
                        + " %d sequences in %d folds").formatted(DIGIT, SIZE, SIZE, SLOWEST, FASTEST, SEEN, FRAMES,
                                SEQUENCES, EPOCHS, FILTERS, RATES, TEST, FOLDS));
        rates(List.of(0.001, 0.003, 0.01, 0.03, 0.1), THREE + Forecasting.ONE_RATE,
                DENSE + Forecasting.ONE_RATE);
        rates(List.of(0.01, 0.03, 0.1, 0.3, 1.0), THREE + Forecasting.OWN_RATE);
        rates(List.of(0.03, 0.1, 0.3), FIVE + Forecasting.OWN_RATE);
        rates(List.of(0.01, 0.03, 0.1, 0.3), DENSE + Forecasting.OWN_RATE);
        rates(List.of(0.003, 0.01, 0.03, 0.1), LIST + Forecasting.OWN_RATE);
    }

    private static List<String> measured() {
        List<String> names = new ArrayList<>();
        for (int t : ASKED) {
            for (String part : PARTS) {
                names.addAll(List.of("position_" + part + t, "velocity_" + part + t));
            }
        }
        PARTS.forEach(part -> names.add("digit_" + part + SEEN));
        DARK.forEach(t -> names.addAll(List.of("position_ahead" + t, "velocity_ahead" + t)));
        names.add("test_loss");
        return names;
    }

    @Override
    public String searchedWith(String arm) {
        return (arm.equals(PIXELS) ? THREE + UNTRAINED : arm).replace(UNTRAINED, Forecasting.ONE_RATE);
    }

    @Override
    public int seeds(String arm) {
        return arm.equals(PIXELS) ? 1 : seeds();
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        TrackedSequences tracked = tracked(TEST);
        if (run.arm().equals(PIXELS)) {
            return new Outcome(0, 0, 0, 0, Double.NaN, ofPixels(tracked));
        }
        boolean trained = !run.arm().endsWith(UNTRAINED);
        Sequential model = model(K, Forecasting.name(run.arm()).replace(UNTRAINED, ""), run.seed());
        double validation = Double.NaN;
        if (trained) {
            fit(model, run, SEQUENCES, listener);
            validation = loss(model, world(DigitSets.shipped().validation()).sequences(3, VALIDATION));
        }
        double[] metrics = Arrays.copyOf(ask(model, tracked), metrics().size());
        metrics[metrics.length - 1] = loss(model, tracked.frames());
        return new Outcome(model.parameterCount(), model.multiplyAdds(), trained ? SEQUENCES : 0,
                trained ? EPOCHS : 0, validation, metrics);
    }

    private static double loss(Sequential model, HostArray frames) {
        return new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(RATES.getFirst()))
                .evaluate(Dataset.blindForecast(frames, SEEN));
    }

    /** The world: {@code frames (N, 10, 16, 16, 1)} of digits that no network trains on. */
    public static TrackedSequences tracked(int n) throws IOException {
        return world(Digits.heldOut()).generate(2, 0, n);
    }

    private static MovingDigits world(Digits digits) {
        return new MovingDigits(digits.shrink(DIGIT), FRAMES, SIZE, 1, SLOWEST, FASTEST, true);
    }

    /** An arm's network: ConvLSTM2D with a 3x3 or 5x5 kernel, or an LSTM with as much arithmetic as the 3x3. */
    public static Sequential model(Backend K, String arm, long seed) {
        Shape clip = Shape.of(FRAMES - 1, SIZE, SIZE, 1);
        Sequential three = Models.convLstm(K, clip, 1, FILTERS, 3, seed);
        return switch (arm) {
            case THREE -> three;
            case FIVE -> Models.convLstm(K, clip, 1, FILTERS, 5, seed);
            case DENSE -> Nets.stack(K, clip, seed,
                    List.of(new ConvLstm2d(FILTERS, 5).padding(Padding.SAME).returnSequences(true)), Nets.flatten(),
                    Nets.draw(clip));
            case LIST -> Models.cnnLstm(K, clip, 2, Models.unitsForMultiplyAdds(clip, 2, three.multiplyAdds()), seed);
            default ->
                throw new IllegalArgumentException("arm: expected " + List.of(THREE, FIVE, DENSE, LIST) + ", got '"
                        + arm + "'");
        };
    }

    /** Trains an arm's network as the experiment does, on {@code n} sequences. */
    public static History fit(Sequential model, Run run, int n, Trainer.Listener listener) throws IOException {
        Optimizer adam = Optimizer.adam(run.rate()).share("recurrent_kernel", Forecasting.share(run.arm()));
        return new Trainer(model, Loss.binaryCrossEntropy(), adam).batchSize(4).epochs(EPOCHS).seed(run.seed())
                .globalClipNorm(1).listener(new Schedule(adam)).listener(listener)
                .fit(Dataset.blindForecast(world(DigitSets.shipped().train()).sequences(1000 + run.seed(), n),
                        SEEN));
    }

    /**
     * States of all sequences at one moment. Images are averaged over blocks of 2x2 pixels, which leaves no more numbers
     * than the frames seen have.
     *
     * @param h the output, {@code (N, ...)}
     * @param c the cell, {@code (N, ...)}
     */
    public record States(HostArray h, HostArray c) {
        /** One of {@link #PARTS}. */
        public HostArray part(String name) {
            return switch (name) {
                case "h" -> blocks(h);
                case "c" -> blocks(c);
                case "hc" -> side(blocks(h), blocks(c));
                default -> throw new IllegalArgumentException("part: expected one of " + PARTS + ", got '" + name
                        + "'");
            };
        }
    }

    /**
     * The states of a model's recurrent layer after frame t.
     *
     * @param x inputs {@code (N, T, H, W, C)} of which the first t are fed
     */
    public static States states(Sequential model, HostArray x, int t) {
        int at = IntStream.range(0, model.layers().size()).filter(k -> model.layers().get(k) instanceof Recurrent<?>)
                .findFirst().orElseThrow();
        Recurrent<?> layer = (Recurrent<?>) model.layers().get(at);
        Sequential first = model.upTo(at + 1);
        HostArray fed = Dataset.frames(x, 0, t);
        HostArray h = HostArray.zeros(layer.stateShape().prepend(x.dim(0)).toArray());
        HostArray c = HostArray.zeros(h.shape().toArray());
        int step = layer.stateShape().size();
        Backend K = model.backend();
        for (int n = 0; n < x.dim(0); n += 25) {
            int batch = Math.min(25, x.dim(0) - n);
            first.predict(fed.range(n, n + batch));
            System.arraycopy(K.toArray(layer.finalH()), 0, h.values(), n * step, batch * step);
            System.arraycopy(K.toArray(layer.finalC()), 0, c.values(), n * step, batch * step);
        }
        return new States(h, c);
    }

    /** The mean over blocks of 2x2 pixels, {@code (N, H, W, F)} to {@code (N, H/2, W/2, F)}; lists stay as they are. */
    private static HostArray blocks(HostArray states) {
        if (states.shape().rank() != 4) {
            return states;
        }
        int H = states.dim(1) / 2;
        int W = states.dim(2) / 2;
        HostArray means = HostArray.zeros(states.dim(0), H, W, states.dim(3));
        for (int n = 0; n < states.dim(0); n++) {
            for (int i = 0; i < 4 * H * W; i++) {
                int y = i / (2 * W);
                int x = i % (2 * W);
                for (int f = 0; f < states.dim(3); f++) {
                    float sum = means.get(n, y / 2, x / 2, f) + states.get(n, y, x, f) / 4;
                    means.set(sum, n, y / 2, x / 2, f);
                }
            }
        }
        return means;
    }

    private static HostArray side(HostArray a, HostArray b) {
        int N = a.dim(0);
        int F = a.size() / N;
        HostArray both = HostArray.zeros(N, 2 * F);
        for (int n = 0; n < N; n++) {
            System.arraycopy(a.values(), n * F, both.values(), n * 2 * F, F);
            System.arraycopy(b.values(), n * F, both.values(), n * 2 * F + F, F);
        }
        return both;
    }

    /** Row, column and the two velocities at frame t: {@code (N, 4)}. */
    public static HostArray truth(TrackedSequences tracked, int t) {
        int N = tracked.frames().dim(0);
        HostArray numbers = HostArray.zeros(N, 4);
        for (int n = 0; n < N; n++) {
            for (int axis = 0; axis < 2; axis++) {
                numbers.set(tracked.positions().get(n, t - 1, 0, axis), n, axis);
                numbers.set(tracked.velocities().get(n, t - 1, 0, axis), n, 2 + axis);
            }
        }
        return numbers;
    }

    /** Row, column and the velocities as a ridge reads them from states of frame t. */
    public static List<Probe.Answer> read(HostArray states, TrackedSequences tracked, int t) {
        return new Probe(FOLDS, 1).numbers(states, truth(tracked, t), "row", "column", "vertical velocity",
                "horizontal velocity");
    }

    private double[] ask(Sequential model, TrackedSequences tracked) {
        HostArray x = Dataset.blindForecast(tracked.frames(), SEEN).x();
        List<Double> numbers = new ArrayList<>();
        for (int t : ASKED) {
            States states = states(model, x, t);
            PARTS.forEach(part -> addScores(numbers, read(states.part(part), tracked, t)));
        }
        States lit = states(model, x, SEEN);
        PARTS.forEach(part -> numbers.add(digit(lit.part(part), tracked)));
        DARK.forEach(t -> addScores(numbers, read(lit.part("hc"), tracked, t)));
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void addScores(List<Double> numbers, List<Probe.Answer> read) {
        numbers.add((read.get(0).mean() + read.get(1).mean()) / 2);
        numbers.add((read.get(2).mean() + read.get(3).mean()) / 2);
    }

    private static double digit(HostArray states, TrackedSequences tracked) {
        int[] labels = Arrays.stream(tracked.labels()).mapToInt(of -> of[0]).toArray();
        return new Probe(FOLDS, 1).classes(states, "digit", labels).mean();
    }

    /** What needs no network: all frames seen, asked about the frames to come too. */
    private double[] ofPixels(TrackedSequences tracked) {
        HostArray pixels = Dataset.frames(tracked.frames(), 0, SEEN);
        List<Double> numbers = new ArrayList<>();
        for (int t : ASKED) {
            List<Double> of = new ArrayList<>();
            addScores(of, read(pixels, tracked, t));
            PARTS.forEach(part -> numbers.addAll(of));
        }
        double digit = digit(pixels, tracked);
        PARTS.forEach(part -> numbers.add(digit));
        DARK.forEach(t -> addScores(numbers, read(pixels, tracked, t)));
        numbers.add(Double.NaN);
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
