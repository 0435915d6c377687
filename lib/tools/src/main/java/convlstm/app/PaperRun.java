package convlstm.app;

import convlstm.backend.Backend;
import convlstm.course.PaperModel;
import convlstm.course.PaperModel.Scale;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.model.EncoderForecaster;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Summary;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Trains the six models of the paper's Table 1 (Shi et al. 2015, section 4.1) and prints our losses beside the paper's.
 *
 * <pre>
 * mvn -q -Drun=paper                                         small: minutes on two cores
 * mvn -q -Drun=paper -Dargs=full                             the paper's sizes: days on a processor, about 14 GB of heap
 * mvn -q -Drun=paper -Dargs="small --epochs 40 --seed 2"     the same, longer, with other weights and data
 * </pre>
 *
 * <p>The table is saved as {@code target/paper/table1.csv}. Small is a scaled-down experiment: smaller frames, fewer
 * frames, an eighth of the channels, a twentieth of the sequences. Its losses are of other data than the paper's and
 * cannot be compared with them; the order can.
 */
public final class PaperRun {
    static final String HELP = """
            mvn -q -Drun=paper -Dargs="small|full ..."
              trains the six models of the paper's Table 1; small, unless full is asked for
              --epochs N       at most so many passes over the training sequences; default: small 14, full 200
              --seed N         decides data, weights and order [default: 1]
              --backend NAME   computes on it; default: the fastest""";

    /**
     * An experiment.
     *
     * @param scale the models' size
     * @param train sequences to train on
     * @param validation sequences that decide when to stop
     * @param test sequences to report the loss of
     * @param epochs at most so many passes over the training sequences
     * @param patience stop after so many epochs without gain
     * @param batch sequences in a batch
     * @param seed decides data, weights and order
     */
    record Setting(
            Scale scale, int train, int validation, int test, int epochs, int patience, int batch, long seed) {
        /**
         * Eight by eight cells with an eighth of the paper's channels, five frames seen and five forecast. The epochs
         * matter: with an eighth of the channels the deep models learn faster but hold less, and the one-layer model,
         * which has the most weights, draws level after some 19 epochs of these 500 sequences.
         */
        static Setting small() {
            return new Setting(new Scale(32, 4, 5, 5, 8), 500, 100, 500, 14, 5, 4, 1);
        }

        /** The paper's own. The paper does not give the batch. */
        static Setting full() {
            return new Setting(Scale.paper(), 10_000, 2_000, 3_000, 200, 10, 16, 1);
        }

        Setting withEpochs(int n) {
            return new Setting(scale, train, validation, test, n, patience, batch, seed);
        }

        Setting withSeed(long s) {
            return new Setting(scale, train, validation, test, epochs, patience, batch, s);
        }

        MovingDigits digits() throws IOException {
            Digits digits = Digits.train(); // the paper, too, tests with digits it trained with, in other sequences
            MovingDigits moving = scale.pixels() == 64
                    ? MovingDigits.paper(digits)
                    : MovingDigits.scaled(digits, scale.pixels());
            return moving.withFrames(scale.seen() + scale.forecast());
        }
    }

    /**
     * What one model came to.
     *
     * @param paper the model and what the paper reports of it
     * @param parameters its weights here
     * @param loss its cross-entropy per test sequence here
     * @param epochs the epochs it was trained
     * @param seconds how long that took
     */
    record Result(PaperModel paper, long parameters, double loss, int epochs, double seconds) {}

    private PaperRun() {}

    public static void main(String[] args) throws Exception {
        Options.start(HELP, 1, PaperRun::run, args);
    }

    private static void run(Options options) throws IOException {
        Setting setting = setting(options);
        try (Backend K = options.backend()) {
            System.out.println("Backend: " + K.description());
            List<Result> results = run(K, setting, System.out);
            Table table = table(results);
            Path csv = Path.of("target/paper/table1.csv");
            Files.createDirectories(csv.getParent());
            Files.writeString(csv, table.write().toString("csv"), StandardCharsets.UTF_8);
            System.out.println("\n" + table.print() + "\n\n" + verdict(results) + "\nSaved as " + csv);
        }
    }

    static Setting setting(Options options) {
        String size = options.words().isEmpty() ? "small" : options.words().getFirst();
        Setting setting = switch (size) {
            case "small" -> Setting.small();
            case "full" -> Setting.full();
            default -> throw new LabException("size: expected small or full, got '" + size
                    + "'. Hint: mvn -q -Drun=paper -Dargs=\"small --epochs 5\"");
        };
        return setting.withEpochs(options.count("--epochs", setting.epochs()))
                .withSeed(options.count("--seed"));
    }

    /** Trains and tests the six models, one after the other, and says so as it goes. */
    static List<Result> run(Backend K, Setting s, PrintStream out) throws IOException {
        MovingDigits digits = s.digits();
        HostArray train = digits.sequences(3 * s.seed(), s.train());
        HostArray validation = digits.sequences(3 * s.seed() + 1, s.validation());
        HostArray test = digits.sequences(3 * s.seed() + 2, s.test());
        out.printf(Locale.ROOT, "%d sequences of %d + %d frames of %dx%d pixels, at most %d epochs, batches of %d%n",
                s.train(),
                s.scale().seen(), s.scale().forecast(), s.scale().pixels(), s.scale().pixels(), s.epochs(), s.batch());
        List<Result> results = new ArrayList<>();
        for (PaperModel paper : PaperModel.table1()) {
            EncoderForecaster model = paper.build(K, s.scale(), s.seed());
            out.printf(Locale.ROOT, "%n%s, channels %s: %,d parameters, %.2f GB for weights and a batch%n",
                    paper.name(),
                    paper.channels(s.scale()), model.parameterCount(), bytes(model, s.batch()) / 1e9);
            Trainer trainer = new Trainer(model, Loss.crossEntropyPerSequence(), Optimizer.rmsProp(1e-3, 0.9, 1e-7))
                    .batchSize(s.batch())
                    .epochs(s.epochs())
                    .seed(s.seed())
                    .validation(paper.data(validation, s.scale()))
                    .earlyStopping(s.patience())
                    .listener(progress(out));
            History history = trainer.fit(paper.data(train, s.scale()));
            double loss = trainer.evaluate(paper.data(test, s.scale()));
            out.printf(Locale.ROOT, "  test loss %.1f%n", loss);
            results.add(new Result(paper, model.parameterCount(), loss, history.epochs().size(), history.seconds()));
        }
        return results;
    }

    /** The backend's memory: weights with their gradients and RMSprop's means, and what a batch's training pass keeps. */
    static long bytes(Model model, int batch) {
        return 3 * Float.BYTES * model.parameterCount() + batch * Summary.of(model).activationBytes();
    }

    private static Trainer.Listener progress(PrintStream out) {
        return new Trainer.Listener() {
            @Override
            public void epoch(History.Epoch e, int epochs) {
                out.printf(Locale.ROOT, "  epoch %2d of %d: loss %.1f, validation %.1f, %.1f s%n", e.epoch(), epochs,
                        e.loss(), e.validationLoss(), e.seconds());
            }
        };
    }

    /** Ours beside the paper's, the best first. */
    static Table table(List<Result> results) {
        List<Result> sorted = results.stream().sorted(Comparator.comparingDouble(Result::loss)).toList();
        StringColumn name = StringColumn.create("model");
        LongColumn parameters = LongColumn.create("parameters");
        LongColumn paperParameters = LongColumn.create("the paper's parameters");
        DoubleColumn loss = DoubleColumn.create("loss");
        DoubleColumn paperLoss = DoubleColumn.create("the paper's loss");
        LongColumn epochs = LongColumn.create("epochs");
        LongColumn seconds = LongColumn.create("seconds");
        for (Result r : sorted) {
            name.append(r.paper().name());
            parameters.append(r.parameters());
            paperParameters.append(r.paper().parameters());
            loss.append(Math.round(10 * r.loss()) / 10.0);
            paperLoss.append(r.paper().crossEntropy());
            epochs.append(r.epochs());
            seconds.append(Math.round(r.seconds()));
        }
        return Table.create("Table 1", name, parameters, paperParameters, loss, paperLoss, epochs, seconds);
    }

    /** Which of the paper's findings showed here. */
    static String verdict(List<Result> results) {
        List<Result> papers = results.stream().sorted(Comparator.comparingDouble(r -> r.paper().crossEntropy()))
                .toList();
        StringBuilder s = new StringBuilder("The paper's order, pair by pair:\n");
        int held = 0;
        for (int k = 0; k + 1 < papers.size(); k++) {
            Result better = papers.get(k);
            Result worse = papers.get(k + 1);
            boolean holds = better.loss() < worse.loss();
            held += holds ? 1 : 0;
            s.append(String.format(Locale.ROOT, "  %-36s better than %-36s %s%n", better.paper().name(),
                    worse.paper().name(), holds ? "here too" : "not here"));
        }
        s.append(String.format(Locale.ROOT, "%d of %d pairs as in the paper.%n", held, papers.size() - 1));
        return s + """
                Losses are sums over a sequence's pixels and frames: compare them down a column, not across, unless the
                sizes are the paper's. A small run is one seed, little data and few epochs: models close to each other
                may change places with another --seed, and the order says nothing about longer training.
                """;
    }
}
