package convlstm.flagship;

import convlstm.data.AtomicFile;
import convlstm.data.Dataset;
import convlstm.data.MovingDigits;
import convlstm.data.TrackedSequences;
import convlstm.evidence.Spread;
import convlstm.model.Metrics;
import convlstm.model.Model;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * How good forecasts are, sequence by sequence and frame by frame, and how sure that is: 95 % intervals of the mean over
 * test sequences. They say what other sequences would change, not what other seeds of the training would.
 */
public final class Scores {
    /** What is measured of a forecast frame. */
    public enum Measure {
        /** The squared error summed over the pixels of a frame: what the literature on Moving MNIST calls MSE. */
        SQUARED_ERROR,
        /** Structural similarity. */
        SSIM,
        /** Binary cross-entropy in nats, summed over the pixels of a frame. */
        CROSS_ENTROPY,
        /** The share of frames in which a {@link DigitReader} reads exactly the digits of the sequence. */
        DIGITS_READ;

        /** Its name in the table. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int AT_ONCE = 50;
    /** The row of the mean over all frames; of cross-entropy, the sum: that of a sequence. */
    private static final String ALL = "all";

    private final Scale scale;
    private final MovingDigits world;
    private final long seed;
    private final int N;
    private final DigitReader reader;
    private final Map<String, double[][][]> rows = new LinkedHashMap<>(); // [measure][T'][N]

    /**
     * Scores on so many sequences.
     *
     * @param world moving digits that no network was trained with
     * @param seed decides the sequences
     */
    public Scores(Scale scale, MovingDigits world, long seed, int sequences, DigitReader reader) {
        this.scale = scale;
        this.world = world;
        this.seed = seed;
        this.N = sequences;
        this.reader = reader;
    }

    /** Scores a network. */
    public Scores add(String name, Model model) {
        return add(name, sequences -> scale.frames(model.predict(scale.data(sequences).x())));
    }

    /** Scores what can be had without a network: the true frames, the last frame seen again and again, the empty frame. */
    public Scores addReferences() {
        int seen = scale.seen();
        add("truth", s -> Dataset.frames(s, seen, seen + scale.forecast()));
        add("last frame", s -> Metrics.copyLast(Dataset.frames(s, 0, seen), scale.forecast()));
        return add("empty frame", s -> {
            HostArray truth = Dataset.frames(s, seen, seen + scale.forecast());
            return new HostArray(truth.shape(), new float[truth.size()]);
        });
    }

    /** @param forecast the frames that follow some: {@code (N, seen, ...) -> (N, T', H, W, 1)} */
    private Scores add(String name, UnaryOperator<HostArray> forecast) {
        int T = scale.forecast();
        double[][][] scores = new double[Measure.values().length][T][N];
        for (int from = 0; from < N; from += AT_ONCE) {
            int to = Math.min(N, from + AT_ONCE);
            TrackedSequences tests = world.generate(seed, from, to);
            HostArray truth = Dataset.frames(tests.frames(), scale.seen(), scale.seen() + T);
            HostArray frames = forecast.apply(tests.frames());
            boolean[][] read = reader.reads(frames, tests.labels());
            int first = from;
            IntStream.range(from, to).parallel().forEach(n -> score(scores, n, frames.range(n - first, n - first + 1),
                    truth.range(n - first, n - first + 1), read[n - first]));
        }
        rows.put(name, scores);
        return this;
    }

    private void score(double[][][] scores, int n, HostArray forecast, HostArray truth, boolean[] read) {
        double[] squares = Metrics.squaredError(forecast, truth);
        double[] entropy = Metrics.crossEntropy(forecast, truth);
        int pixels = scale.pixels();
        for (int t = 0; t < squares.length; t++) {
            scores[Measure.SQUARED_ERROR.ordinal()][t][n] = squares[t];
            scores[Measure.CROSS_ENTROPY.ordinal()][t][n] = entropy[t];
            scores[Measure.SSIM.ordinal()][t][n] = Ssim.of(forecast.values(), truth.values(), t * pixels * pixels,
                    pixels, pixels);
            scores[Measure.DIGITS_READ.ordinal()][t][n] = read[t] ? 1 : 0;
        }
    }

    /**
     * The mean of a measure over all forecast frames and its interval; of cross-entropy, of their sum.
     *
     * @throws IllegalArgumentException if nothing of that name was scored
     */
    public Spread of(String name, Measure measure) {
        double[][][] scores = rows.get(name);
        if (scores == null) {
            throw new IllegalArgumentException("name: expected one of " + rows.keySet() + ", got '" + name + "'");
        }
        return Spread.of(sequence(scores[measure.ordinal()], measure == Measure.CROSS_ENTROPY));
    }

    private static double[] sequence(double[][] frames, boolean sum) {
        double[] sequence = new double[frames[0].length];
        for (double[] frame : frames) {
            for (int n = 0; n < sequence.length; n++) {
                sequence[n] += frame[n] / (sum ? 1 : frames.length);
            }
        }
        return sequence;
    }

    /** Writes a line for each network, measure and frame ahead: mean, and half its 95 % interval. */
    public void write(Path csv) throws IOException {
        List<String> lines = new ArrayList<>(List.of("network,measure,frame_ahead,sequences,mean,half_interval"));
        rows.forEach((name, scores) -> {
            for (Measure measure : Measure.values()) {
                double[][] frames = scores[measure.ordinal()];
                for (int t = 0; t < frames.length; t++) {
                    lines.add(line(name, measure, "" + (t + 1), frames[t]));
                }
                lines.add(line(name, measure, ALL, sequence(frames, measure == Measure.CROSS_ENTROPY)));
            }
        });
        AtomicFile.write(csv, String.join("\n", lines) + "\n");
    }

    private static String line(String name, Measure measure, String frame, double[] values) {
        Spread spread = Spread.of(values);
        return String.join(",", name, measure.label(), frame, "" + values.length, "" + (float) spread.mean(),
                "" + (float) spread.half());
    }
}
