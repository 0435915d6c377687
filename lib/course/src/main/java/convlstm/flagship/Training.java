package convlstm.flagship;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.data.AtomicFile;
import convlstm.data.MovingDigits;
import convlstm.data.Safetensors;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The training of one arm, chunk by chunk. A chunk is {@link Plan#chunk} sequences that no chunk had before, the same for
 * every arm; after each of them all that the training needs is in a file, and the next begins from that file. So a
 * training that is stopped and started again goes on to the same bits, and loses at most a chunk that it trains anew.
 *
 * <p>The loss is binary cross-entropy in nats per sequence, measured on sequences before they are trained on.
 */
public final class Training {
    /**
     * What all arms have in common.
     *
     * @param planned the sequences that the fall of the learning rate was planned for: the budget
     * @param chunk sequences between two checkpoints
     * @param batch sequences in a batch
     * @param rate the highest learning rate
     * @param seed decides weights, sequences and their order
     * @param shortened the sequences after which the budget was cut; the budget where it was not
     * @param sequences that each arm is trained with
     */
    public record Plan(int planned, int chunk, int batch, double rate, long seed, int shortened, int sequences) {
        private static final double WARM_UP = 400;
        private static final double FALL_FROM = 0.6;
        private static final double LAST_SHARE = 0.02;

        /** Checks the numbers. */
        public Plan {
            for (int n : new int[] {planned, shortened, sequences}) {
                require(chunk >= 1 && batch >= 1 && chunk % batch == 0 && n >= chunk && n % chunk == 0, "sequences",
                        "a multiple of " + chunk + ", the sequences between two checkpoints", n);
            }
            require(sequences >= planned || shortened < sequences, "shortened",
                    "fewer sequences than the " + sequences + " at the end", shortened);
        }

        /** A training that keeps to its budget. */
        public Plan(int sequences, int chunk, int batch, double rate, long seed) {
            this(sequences, chunk, batch, rate, seed, sequences, sequences);
        }

        /**
         * The learning rate once so many sequences were seen: it rises on a straight line over the first 400, stays, and
         * falls on a straight line to a fiftieth over the last two fifths of the budget. Until then nothing depends on the
         * budget, so it may be changed. From where the budget was cut it falls to a fiftieth at the new end.
         */
        public double rate(long seen) {
            double part = (seen - shortened) / (double) Math.max(1, sequences - shortened);
            return seen <= shortened
                    ? asPlanned(seen)
                    : Math.max(LAST_SHARE * rate, asPlanned(shortened) * (1 - part) + LAST_SHARE * rate * part);
        }

        private double asPlanned(long seen) {
            double fall = (seen / (double) planned - FALL_FROM) / (1 - FALL_FROM);
            return rate * Math.min(Math.min(1, (seen + batch) / WARM_UP),
                    Math.max(LAST_SHARE, 1 - Math.max(0, fall) * (1 - LAST_SHARE)));
        }
    }

    /** The largest norm of all gradients together, of a loss summed over a sequence's pixels. */
    private static final double CLIP = 1000;

    private final Arm arm;
    private final Scale scale;
    private final Plan plan;
    private final MovingDigits world;
    private final Path file;
    private final Model model;
    private final Optimizer adam;
    private final Trainer trainer;
    private List<History.Epoch> chunks;

    /**
     * A training, from its file if there is one.
     *
     * @param folder where the file {@code NAME.safetensors} is kept
     * @param world the moving digits to train with
     * @throws IOException if the file is not one of this training; the message says how it differs
     */
    public Training(Backend K, Arm arm, Scale scale, Plan plan, MovingDigits world, Path folder) throws IOException {
        this.arm = arm;
        this.scale = scale;
        this.plan = plan;
        this.world = world;
        this.file = file(folder, arm);
        this.model = arm.build(K, scale, plan.seed());
        this.adam = Optimizer.adam(plan.rate());
        this.trainer = new Trainer(model, Loss.crossEntropyPerSequence(), adam)
                .batchSize(plan.batch()).seed(plan.seed()).globalClipNorm(CLIP).checkpoint(file)
                .listener(new Trainer.Listener() {
                    @Override
                    public void begins(int before) {
                        adam.learningRate(plan.rate(adam.steps() * plan.batch()));
                    }

                    @Override
                    public void batch(int epoch, int epochs, int batch, int batches, double loss) {
                        adam.learningRate(plan.rate(adam.steps() * plan.batch()));
                    }
                });
        this.chunks = history(file);
        if (!chunks.isEmpty()) {
            trainer.resume(file);
            float expected = (float) plan.rate(adam.steps() * plan.batch());
            if (adam.learningRate() != expected) {
                throw new IllegalArgumentException("learning rate: expected " + expected + " after " + sequences()
                        + " sequences, got " + adam.learningRate() + " in " + file
                        + ". Hint: go on with the budget that it was trained with; once the rate falls, it is fixed");
            }
        }
    }

    /** The file of an arm's training. */
    public static Path file(Path folder, Arm arm) {
        return folder.resolve(arm.label() + ".safetensors");
    }

    /** What a file says of the chunks trained so far: their losses and times; empty where there is no file. */
    public static List<History.Epoch> history(Path file) throws IOException {
        return Files.exists(file)
                ? History.of(Safetensors.read(file).numbers(file, "epochs", 0)).epochs()
                : List.of();
    }

    /** Trains one chunk and saves. */
    public void next() throws IOException {
        int k = chunks.size();
        if (k > 0) {
            trainer.resume(file);
        }
        chunks = trainer.epochs(k + 1)
                .fit(scale.data(world.generate(plan.seed(), k * plan.chunk(), (k + 1) * plan.chunk()).frames()))
                .epochs();
        List<String> lines = new ArrayList<>(lines(k));
        lines.add(line(chunks.getLast(), model.backend().name()));
        AtomicFile.write(logFile(), String.join("\n", lines) + "\n");
    }

    /** Copies the file {@code NAME.csv} beside the checkpoint, a line for each chunk: what it took, and what it came to. */
    public void log(Path csv) throws IOException {
        AtomicFile.write(csv, String.join("\n", lines(chunks.size())) + "\n");
    }

    /** The log of the first chunks. It says of each on which backend it was trained, for another may go on. */
    private List<String> lines(int count) throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.exists(logFile())) {
            lines.addAll(Files.readAllLines(logFile()));
        } else {
            lines.add("seed,sequences,learning_rate,loss,seconds,backend");
        }
        while (lines.size() <= count) { // the program ended between checkpoint and log
            lines.add(line(chunks.get(lines.size() - 1), "unknown"));
        }
        return lines.subList(0, count + 1);
    }

    private String line(History.Epoch chunk, String backend) {
        int seen = chunk.epoch() * plan.chunk();
        return String.format(Locale.ROOT, "%d,%d,%.3g,%.2f,%.1f,%s", plan.seed(), seen,
                plan.rate(seen - plan.batch()), chunk.loss(), chunk.seconds(), backend);
    }

    private Path logFile() {
        return file.resolveSibling(arm.label() + ".csv");
    }

    /** Whether the budget is used up. */
    public boolean done() {
        return sequences() >= plan.sequences();
    }

    /** The sequences trained with so far. */
    public int sequences() {
        return chunks.size() * plan.chunk();
    }

    /** The chunks so far. */
    public List<History.Epoch> chunks() {
        return List.copyOf(chunks);
    }

    /** Which arm is trained. */
    public Arm arm() {
        return arm;
    }

    /** The network as it is now. */
    public Model model() {
        return model;
    }
}
