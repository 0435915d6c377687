package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.data.RainScale;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Metrics;
import convlstm.model.Models;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.rain.Advection;
import convlstm.rain.Blur;
import convlstm.rain.Nowcast;
import convlstm.rain.OpticalFlow;
import convlstm.rain.RainScores;
import convlstm.rain.SumRatio;
import convlstm.tensor.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What the two experiments on rain share: five frames of 64x64 pixels seen, five forecast, scored in the middle 32x32
 * pixels, where no wind below 3.2 pixels a frame has brought in what nobody saw.
 */
public final class RainTask {
    /** The task. */
    public static final Nowcast NOWCAST = new Nowcast(64, 5, 5);
    /** The pixels on each side that are not scored. */
    public static final int MARGIN = 16;
    /** Thresholds in mm/h. */
    public static final double[] RATES = {0.5, 2, 5};
    /** The most that the one wind may be, in pixels per frame. */
    public static final double MAX_SPEED = 4;

    static final int LAYERS = 2;
    static final int FILTERS = 16;
    static final int KERNEL = 3;
    static final int BATCH = 4;
    /** The learning rate. */
    public static final double RATE = 0.01;

    static final String PERSISTENCE = "persistence";
    static final String BLURRED = "persistence blurred";
    static final String ADVECTION = "one wind";
    static final String FLOW = "optical flow";
    static final String FLOW_BLURRED = "optical flow blurred";
    /** The arms that train nothing. */
    public static final List<String> BASELINES = List.of(PERSISTENCE, BLURRED, ADVECTION, FLOW, FLOW_BLURRED);

    /** What truly came, as an arm: of its numbers only the spectrum says something. */
    public static final String TRUTH = "truth";

    private static final double[] SIGMAS = {0.5, 0.75, 1, 1.5, 2, 3};
    private static final RainScale SCALE = RainScale.PAPER;

    private RainTask() {}

    /** The names of a test's numbers. "lead" is how far the score lies above the optical flow's. */
    static List<String> metrics(String prefix) {
        List<String> names = new ArrayList<>();
        for (double rate : RATES) {
            names.addAll(withIntervals("csi" + number(rate)));
        }
        names.addAll(withIntervals("mse"));
        for (double rate : RATES) {
            names.add("bias" + number(rate));
        }
        IntStream.rangeClosed(1, NOWCAST.ahead()).forEach(t -> names.add("csi2_frame" + t));
        return names.stream().map(name -> prefix + name).toList();
    }

    private static List<String> withIntervals(String score) {
        return List.of(score, score + "_low", score + "_high", score + "_lead", score + "_lead_low",
                score + "_lead_high");
    }

    private static String number(double rate) {
        return rate == Math.rint(rate) ? "" + (int) rate : "" + rate;
    }

    /** Sequences to test with, what truly came and what the optical flow says, computed once. */
    static final class Test {
        private final HostArray clips;
        private final HostArray truth;
        private final HostArray flow;
        private final int block;

        /** {@code block} sequences in a row come from one place and are no independent draws. */
        Test(HostArray clips, int block) {
            this.clips = clips;
            this.truth = centre(Dataset.frames(clips, NOWCAST.seen(), NOWCAST.frames()));
            this.flow = centre(baseline(FLOW, clips, 0));
            this.block = block;
        }

        double[] scores(String arm, double sigma) {
            return scores(baseline(arm, clips, sigma));
        }

        double[] scores(Sequential model) {
            return scores(NOWCAST.forecast(model, clips));
        }

        /** The numbers that {@link #metrics} names, of forecasts {@code (N, ahead, H, W, 1)}. */
        double[] scores(HostArray forecast) {
            HostArray middle = centre(forecast);
            RainScores scores = new RainScores(middle, truth, SCALE);
            RainScores ofFlow = new RainScores(flow, truth, SCALE);
            DoubleStream.Builder numbers = DoubleStream.builder();
            for (double rate : RATES) {
                intervals(numbers, scores.csi(rate), ofFlow.csi(rate));
            }
            intervals(numbers, scores.pixelMse(), ofFlow.pixelMse());
            for (double rate : RATES) {
                numbers.add(scores.bias(rate).value());
            }
            IntStream.range(0, NOWCAST.ahead()).forEach(t -> numbers.add(new RainScores(
                    Dataset.frames(middle, t, t + 1), Dataset.frames(truth, t, t + 1), SCALE).csi(2).value()));
            return numbers.build().toArray();
        }

        private void intervals(DoubleStream.Builder numbers, SumRatio score, SumRatio flow) {
            SumRatio.Interval own = score.blocks(block).interval(1);
            SumRatio.Interval lead = score.blocks(block).minus(flow.blocks(block), 1);
            numbers.add(own.value()).add(own.low()).add(own.high()).add(lead.value()).add(lead.low()).add(lead.high());
        }

        /** The numbers of a perfect forecast: only bias and frequencies matter. */
        double[] ofTruth() {
            return scores(Dataset.frames(clips, NOWCAST.seen(), NOWCAST.frames()));
        }
    }

    /**
     * One line for each forecast: its trainings, and means over them of the critical success index at three rates, of the
     * bias at one, of the squared error, and of the lead over optical flow at 2 mm/h. The lead's interval covers those of
     * all trainings, each over sequences (bootstrap, 95 %): it reaches from the lowest bound to the highest.
     *
     * @param prefix of the metrics' names: empty, or the event and an underscore
     * @param biasRate in mm/h, one of {@link #RATES}
     */
    public static Table table(Results results, String title, String prefix, double biasRate) {
        StringColumn forecast = StringColumn.create("forecast");
        IntColumn trainings = IntColumn.create("trainings");
        Table table = Table.create(title, forecast, trainings);
        DoubleStream.of(RATES).forEach(rate -> table.addColumns(StringColumn.create("CSI, " + number(rate) + " mm/h")));
        table.addColumns(StringColumn.create("bias, " + number(biasRate) + " mm/h"),
                StringColumn.create("squared error"), StringColumn.create("lead at 2 mm/h [95 %]"));
        for (String arm : results.experiment().arms()) {
            List<Row> rows = results.of(arm);
            if (rows.isEmpty() || arm.equals(TRUTH)) {
                continue;
            }
            forecast.append(label(arm));
            trainings.append(BASELINES.contains(arm) ? null : Integer.valueOf(rows.size()));
            for (int k = 0; k < RATES.length; k++) {
                table.stringColumn(2 + k).append(String.format(Locale.ROOT, "%.3f",
                        mean(results, arm, prefix + "csi" + number(RATES[k]))));
            }
            table.stringColumn(2 + RATES.length).append(String.format(Locale.ROOT, "%.2f",
                    mean(results, arm, prefix + "bias" + number(biasRate))));
            table.stringColumn(3 + RATES.length).append(String.format(Locale.ROOT, "%.4f",
                    mean(results, arm, prefix + "mse")));
            String lead = prefix + "csi2_lead";
            table.stringColumn(4 + RATES.length).append(arm.equals(FLOW)
                    ? ""
                    : String.format(Locale.ROOT, "%+.3f [%+.3f, %+.3f]", mean(results, arm, lead),
                            low(results, arm, lead), high(results, arm, lead)));
        }
        return table;
    }

    /** An arm's name as tables and plots have it. */
    public static String label(String arm) {
        return switch (arm) {
            case BLURRED -> "blurred persistence";
            case FLOW_BLURRED -> "blurred optical flow";
            case "ConvLSTM2D balanced" -> "ConvLSTM2D, balanced loss";
            case Rain.MUCH -> "ConvLSTM2D, balanced loss, more training";
            case "ConvLSTM2D squared" -> "ConvLSTM2D, squared error";
            case "Conv2D then LSTM balanced" -> "Conv2D, then LSTM, balanced loss";
            case "ConvLSTM2D on 20160928" -> "ConvLSTM2D, real widespread rain";
            case "ConvLSTM2D on 20160928 turned" -> "ConvLSTM2D, real widespread rain, turned";
            case "ConvLSTM2D on 20170509" -> "ConvLSTM2D, real showers";
            case "ConvLSTM2D on RainField" -> "ConvLSTM2D, made-up rain of both kinds";
            case "ConvLSTM2D on RainField showers" -> "ConvLSTM2D, made-up showers";
            case "ConvLSTM2D on RainField more showers" -> "ConvLSTM2D, twice the made-up showers";
            default -> arm;
        };
    }

    /** A metric, the mean over an arm's trainings. */
    public static double mean(Results results, String arm, String metric) {
        return Arrays.stream(results.values(arm, metric)).average().orElse(Double.NaN);
    }

    /** The lowest bound of a metric's intervals: over sequences, of each training, and over the arm's trainings. */
    public static double low(Results results, String arm, String metric) {
        return -bound(results, arm, metric, "_low", -1);
    }

    /** The highest. */
    public static double high(Results results, String arm, String metric) {
        return bound(results, arm, metric, "_high", 1);
    }

    private static double bound(Results results, String arm, String metric, String end, int side) {
        double sequences = Arrays.stream(results.values(arm, metric + end)).map(v -> side * v).max().orElse(Double.NaN);
        return results.of(arm).size() < 2
                ? sequences
                : Math.max(sequences, side * mean(results, arm, metric) + results.spread(arm, metric).half());
    }

    /**
     * Compares a training that was just done with the rows of its arm.
     *
     * @param score the metric as it is now
     * @return a sentence with the numbers of all trainings
     * @throws IllegalStateException if the score lies outside the intervals of the rows
     */
    public static String compare(Results results, String arm, String metric, double score) {
        double low = Arrays.stream(results.values(arm, metric + "_low")).min().orElse(Double.NaN);
        double high = Arrays.stream(results.values(arm, metric + "_high")).max().orElse(Double.NaN);
        String sentence = String.format(Locale.ROOT, "%s, %s: %.3f now, %s when stored, interval %.3f to %.3f",
                label(arm), metric, score, Arrays.stream(results.values(arm, metric))
                        .mapToObj(v -> String.format(Locale.ROOT, "%.3f", v)).collect(Collectors.joining(", ")),
                low, high);
        if (!(score >= low && score <= high)) {
            throw new IllegalStateException(sentence + ": outside what one more training is expected to reach");
        }
        return sentence;
    }

    /** Metrics that are numbered from 1, such as {@code csi2_frame}: means over an arm's trainings. */
    public static double[] curve(Results results, String arm, String metric, int n) {
        return IntStream.rangeClosed(1, n).mapToDouble(k -> mean(results, arm, metric + k)).toArray();
    }

    /** The part that is scored. */
    public static HostArray centre(HostArray frames) {
        return RainScores.centre(frames, MARGIN);
    }

    /**
     * A forecast without a network.
     *
     * @param clips {@code (N, seen + ahead, H, W, 1)}
     * @param sigma of the blur, where the arm has one
     */
    public static HostArray baseline(String arm, HostArray clips, double sigma) {
        HostArray past = Dataset.frames(clips, 0, NOWCAST.seen());
        int ahead = NOWCAST.ahead();
        return switch (arm) {
            case PERSISTENCE -> Metrics.copyLast(past, ahead);
            case BLURRED -> Blur.gaussian(Metrics.copyLast(past, ahead), sigma);
            case ADVECTION -> Advection.forecast(past, ahead, Advection.winds(past, MAX_SPEED));
            case FLOW -> OpticalFlow.forecast(past, ahead, OpticalFlow.winds(past, MAX_SPEED));
            case FLOW_BLURRED -> Blur.gaussian(baseline(FLOW, clips, 0), sigma);
            default -> throw new IllegalArgumentException("arm: expected one of " + BASELINES + ", got '" + arm + "'");
        };
    }

    /** The blur with the least squared error on training clips. */
    static double sigma(String arm, HostArray clips) {
        if (!arm.equals(BLURRED) && !arm.equals(FLOW_BLURRED)) {
            return 0;
        }
        HostArray truth = centre(Dataset.frames(clips, NOWCAST.seen(), NOWCAST.frames()));
        HostArray sharp = baseline(arm.equals(BLURRED) ? PERSISTENCE : FLOW, clips, 0);
        return DoubleStream.of(SIGMAS).boxed()
                .min(Comparator.comparingDouble(
                        s -> new RainScores(centre(Blur.gaussian(sharp, s)), truth, SCALE).pixelMse().value()))
                .orElseThrow();
    }

    /** The network of the experiments. */
    public static Sequential convLstm(Backend K, long seed) {
        return NOWCAST.convLstm(K, LAYERS, FILTERS, KERNEL, seed);
    }

    /** Its opponent, whose state is a list of numbers, with as much arithmetic. */
    static Sequential cnnLstm(Backend K, long seed) {
        int units = Models.unitsForMultiplyAdds(NOWCAST.input(), 8, convLstm(K, seed).multiplyAdds());
        return Models.cnnLstm(K, NOWCAST.input(), 8, units, seed);
    }

    /** Trains a network on clips. */
    public static History train(Sequential model, HostArray clips, boolean balanced, int epochs, Run run,
            Trainer.Listener listener) {
        Optimizer adam = Optimizer.adam(run.rate());
        return new Trainer(model, loss(balanced), adam).batchSize(BATCH).epochs(epochs).seed(run.seed())
                .globalClipNorm(1)
                .listener(new Schedule(adam)).listener(listener).fit(NOWCAST.samples(clips));
    }

    /** The loss of a network on clips. */
    static double loss(Sequential model, HostArray clips, boolean balanced) {
        return new Trainer(model, loss(balanced), Optimizer.adam(RATE)).evaluate(NOWCAST.samples(clips));
    }

    private static Loss loss(boolean balanced) {
        return balanced ? Loss.balancedSquaredError(SCALE) : Loss.meanSquaredError();
    }
}
