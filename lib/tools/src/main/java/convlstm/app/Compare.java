package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.model.History;
import convlstm.model.LinearDecay;
import convlstm.model.Loss;
import convlstm.model.Metrics;
import convlstm.model.Model;
import convlstm.model.Models;
import convlstm.model.Optimizer;
import convlstm.model.Summary;
import convlstm.model.Trainer;
import convlstm.notebook.Frames;
import convlstm.notebook.LinePlot;
import convlstm.notebook.Picture;
import convlstm.notebook.Plots;
import convlstm.notebook.Progress;
import convlstm.notebook.Tables;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * ConvLSTM2D against Conv2D, then LSTM, without a notebook: trains both to forecast moving digits, prints who forecasts
 * better, and writes tables (CSV), plots (PNG) and forecasts (PNG, GIF) to {@code target/compare/}.
 *
 * <p>There are two of the latter: one with as many weights as ConvLSTM2D, one larger.
 */
public final class Compare {
    static final String HELP = """
            mvn -q -Drun=compare -Dargs="..."
              trains both architectures on moving digits; results in target/compare
              --sequences N   to train on [default: 1000]
              --epochs N      how often each is seen [default: 9]
              --batch N       sequences in a mini-batch [default: 1]
              --size N        height and width of a frame in pixels [default: 20]
              --digits N      how many move in a sequence [default: 1]
              --seen N        frames that the models see [default: 5]
              --forecast N    frames for which they have to go on [default: 5]
              --layers N      of ConvLSTM2D [default: 2]
              --filters N     channels of each one's state [default: 16]
              --units N       of the larger CNN-LSTM [default: 256]
              --seed N        decides data, weights and order [default: 1]""";

    private static final int TESTS = 100;
    private static final int SHOWN = 3;

    private final Options options;
    private final Backend K;
    private final Path out;
    private final int seen;
    private final int forecast;

    /** Forecasts {@code (N, T, H, W, 1)} in [0, 1], and whose they are. */
    private record Forecast(String name, HostArray frames) {}

    /** A model and what its training did. */
    private record Trained(String name, Model model, History history) {}

    Compare(Options options, Backend K, Path out) {
        this.options = options;
        this.K = K;
        this.out = out;
        seen = options.count("--seen");
        forecast = options.count("--forecast");
    }

    public static void main(String[] args) throws Exception {
        Options.start(HELP, 0, options -> {
            try (Backend K = Backends.best()) {
                new Compare(options, K, Path.of("target/compare")).run();
            }
        }, args);
    }

    void run() throws IOException {
        System.out.println("settings: " + options);
        System.out.println("backend: " + K.name() + ", " + K.description());
        HostArray unseen = movingDigits(Digits.heldOut()).sequences(options.count("--seed") + 1, TESTS);
        Dataset test = Dataset.blindForecast(unseen, seen);
        Dataset train = Dataset.blindForecast(
                movingDigits(Digits.train()).sequences(options.count("--seed"), options.count("--sequences")), seen);

        List<Trained> trained = new ArrayList<>();
        Shape clip = train.x().shape().drop(1);
        Model convLstm = Models.convLstm(K, clip, options.count("--layers"), options.count("--filters"), 3,
                options.count("--seed"));
        trained.add(train("ConvLSTM2D", convLstm, 0.005, train, test));
        int sameWeights = Models.unitsForParameters(clip, 2, convLstm.parameterCount());
        trained.add(train("CNN-LSTM, same weights", cnnLstm(clip, sameWeights), 0.005, train, test));
        int units = options.count("--units");
        trained.add(train("CNN-LSTM, " + units + " units", cnnLstm(clip, units), 0.001, train, test));

        List<Forecast> forecasts = new ArrayList<>();
        for (Trained t : trained) {
            HostArray frames = Metrics.probabilities(t.model().predict(test.x()));
            forecasts.add(new Forecast(t.name(), Dataset.frames(frames, seen - 1, seen - 1 + forecast)));
        }
        forecasts.add(new Forecast("copy of the last frame",
                Metrics.copyLast(Dataset.frames(unseen, 0, seen), forecast)));
        report(trained, forecasts, unseen);
    }

    private MovingDigits movingDigits(Digits digits) {
        int size = options.count("--size");
        return new MovingDigits(digits.shrink(size * 3 / 5), seen + forecast, size, options.count("--digits"), 0.6, 1.2,
                true);
    }

    private Model cnnLstm(Shape clip, int units) {
        return Models.cnnLstm(K, clip, 2, units, options.count("--seed"));
    }

    private Trained train(String name, Model model, double learningRate, Dataset train, Dataset test) {
        Optimizer adam = Optimizer.adam(learningRate);
        Trainer trainer = new Trainer(model, Loss.binaryCrossEntropy(), adam)
                .batchSize(options.count("--batch"))
                .epochs(options.count("--epochs"))
                .seed(options.count("--seed"))
                .globalClipNorm(1)
                .validation(test)
                .listener(new LinearDecay(adam, 0.02))
                .listener(Progress.terminal(name, System.out));
        return new Trained(name, model, trainer.fit(train));
    }

    private void report(List<Trained> trained, List<Forecast> forecasts, HostArray unseen) throws IOException {
        HostArray truth = Dataset.frames(unseen, seen, seen + forecast);
        Table costs = costs(trained);
        Table errors = perFrame("Squared error per frame, lower is better",
                forecasts, f -> Metrics.squaredError(f, truth));
        Table hits = perFrame("Critical success index of ink (brighter than 0.3), higher is better",
                forecasts, f -> Metrics.criticalSuccess(f, truth, 0.3));
        for (Table table : List.of(costs, errors, hits)) {
            System.out.println();
            System.out.println(Tables.text(table));
        }
        Tables.csv(costs, out.resolve("costs.csv"));
        Tables.csv(errors, out.resolve("squared-error.csv"));
        Tables.csv(hits, out.resolve("critical-success.csv"));
        for (Trained t : trained) {
            Tables.csv(Tables.history(t.name(), t.history()), out.resolve("training " + t.name() + ".csv"));
        }
        LinePlot loss = Plots.lines("Loss on digits never trained on", "epoch", "cross-entropy (nats per pixel)");
        trained.forEach(t -> loss.series(t.name(), t.history().validationLosses()));
        loss.picture().write(out.resolve("loss.png"));
        plot(errors, "squared error per frame (grey levels²)").write(out.resolve("squared-error.png"));
        plot(hits, "critical success index").write(out.resolve("critical-success.png"));
        for (int n = 0; n < SHOWN; n++) {
            Frames strip = Frames.strip().row("truth", unseen.at(n));
            for (Forecast f : forecasts) {
                strip.row(f.name(), f.frames().at(n), seen + 1);
            }
            strip.picture().write(out.resolve("forecast-" + (n + 1) + ".png"));
            strip.gif(400).write(out.resolve("forecast-" + (n + 1) + ".gif"));
        }
        System.out.println("Written to " + out.toAbsolutePath());
    }

    private static Table costs(List<Trained> trained) {
        Table table = Table.create("What the models cost and reach",
                StringColumn.create("model"), LongColumn.create("parameters"),
                DoubleColumn.create("MFLOP per sequence"),
                DoubleColumn.create("training (s)"), DoubleColumn.create("test loss (nats per pixel)"));
        for (Trained t : trained) {
            Summary cost = Summary.of(t.model());
            table.stringColumn(0).append(t.name());
            table.longColumn(1).append(cost.parameters());
            table.doubleColumn(2).append(cost.flops() / 1e6);
            table.doubleColumn(3).append(t.history().seconds());
            table.doubleColumn(4).append(t.history().last().validationLoss());
        }
        return table;
    }

    private interface PerFrame {
        double[] of(HostArray forecast);
    }

    /** A row for each forecast frame, by its number in the sequence, and a column for each forecaster. */
    private Table perFrame(String title, List<Forecast> forecasts, PerFrame measure) {
        int[] numbers = IntStream.rangeClosed(seen + 1, seen + forecast).toArray();
        Table table = Table.create(title, IntColumn.create("frame", numbers));
        for (Forecast f : forecasts) {
            table.addColumns(DoubleColumn.create(f.name(), measure.of(f.frames())));
        }
        return table;
    }

    private static Picture plot(Table perFrame, String yLabel) {
        LinePlot plot = Plots.lines(perFrame.name(), "frame", yLabel).yFrom(0);
        double[] frames = perFrame.intColumn(0).asDoubleArray();
        for (int c = 1; c < perFrame.columnCount(); c++) {
            plot.series(perFrame.column(c).name(), frames, perFrame.doubleColumn(c).asDoubleArray());
        }
        return plot.picture();
    }
}
