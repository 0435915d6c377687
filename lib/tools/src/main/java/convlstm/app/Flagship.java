package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.DataFormatException;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.data.Shipped;
import convlstm.flagship.Arm;
import convlstm.flagship.DigitReader;
import convlstm.flagship.Film;
import convlstm.flagship.Scale;
import convlstm.flagship.Scores;
import convlstm.flagship.Scores.Measure;
import convlstm.flagship.Training;
import convlstm.flagship.Training.Plan;
import convlstm.model.Checkpoint;
import convlstm.model.History;
import convlstm.model.Model;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Trains the forecast at the paper's size, 64x64 pixels with two digits, ten frames seen and ten forecast, by three
 * networks with the same sequences:
 *
 * <pre>
 * mvn -q -Drun=flagship -Dargs="--mnist FOLDER"                 all three in turn, hours
 * mvn -q -Drun=flagship -Dargs="--mnist FOLDER --minutes 30"    for half an hour
 * mvn -q -Drun=flagship -Dargs=--list                           what is there
 * </pre>
 *
 * <p>Stopped at any time, it goes on to the same bits when it is started again; at most a minute's work is done anew.
 */
public final class Flagship {
    private static final String HELP = """
            mvn -q -Drun=flagship -Dargs="..."
              --mnist NAME    the folder with MNIST's four files, unpacked; data/README.md says where they come from
              --arms NAME     these networks only; several names with commas between them: %s
              --sequences N   to train each with, a multiple of %d [default: %d]. Before it has seen three fifths
                              of them, a network may be given another number
              --shorten S,N   a training of which S sequences of the budget have been seen ends after N: the learning rate
                              falls from what it is there to a fiftieth
              --minutes TIME  stop after so many minutes
              --no-films      draws no pictures, for a machine without fonts
              --folder NAME   where trainings and films are kept [default: target/flagship]
              --ship          measures the networks on 2,000 test sequences and stores what the kit ships: tables and the
                              trainings' logs in data/flagship, weights in half precision in data/checkpoints
              --data NAME     the folder for it [default: data]
              --list          what is there
              --help          this text
            -Dconvlstm.backend=NAME chooses the backend. The network with the fewest sequences is trained next, so that all
            are equally far. A film of forecasts, films/early.png, is drawn every ten minutes.""";

    /** A checkpoint every minute or so on two cores, every second on a GPU. */
    private static final int CHUNK = 512;
    private static final int READER_ROUNDS = 8;
    private static final String FLOAT32 = " float32";
    private static final long FILM_EVERY = 600_000_000_000L;
    /** Seeds of sequences that are no training's. */
    private static final long FILM = -1;
    private static final long TEST = -2;
    private static final long READER = -3;

    /** Where digits come from: a folder, and whether those to train with. */
    @FunctionalInterface
    interface Source {
        Digits of(Path folder, boolean train) throws IOException;
    }

    /**
     * What is trained and tested.
     *
     * @param scale the networks and their frames
     * @param plan of the training
     * @param tests sequences that are tested on
     * @param frames that the reader of digits is trained with in each of its rounds
     * @param digits where they come from
     */
    record Setting(Scale scale, Plan plan, int tests, int frames, Source digits) {
        static Setting full() {
            return new Setting(Scale.full(), new Plan(300 * CHUNK, CHUNK, 8, 1e-3, 1), 2000, 20_000, Digits::mnist);
        }
    }

    private final Options options;
    private final List<Arm> arms;
    private final Path folder;
    private final Scale scale;
    private final Plan plan;
    private final Setting setting;
    private final PrintStream out;

    private Flagship(Options options, Setting setting, PrintStream out) {
        this.options = options;
        this.setting = setting;
        this.out = out;
        arms = options.some("--arms", labels()).stream().map(Arm::named).toList();
        folder = Path.of(options.text("--folder"));
        scale = setting.scale();
        int sequences = options.count("--sequences");
        int[] shorten = {sequences, sequences};
        if (options.has("--shorten")) {
            shorten = Arrays.stream(options.text("--shorten", "[1-9][0-9]{0,8},[1-9][0-9]{0,8}",
                    "two whole numbers with a comma, S,N").split(",")).mapToInt(Integer::parseInt).toArray();
        }
        Plan plan = setting.plan();
        this.plan = new Plan(sequences, plan.chunk(), plan.batch(), plan.rate(), plan.seed(), shorten[0], shorten[1]);
    }

    public static void main(String[] args) throws Exception {
        Options.start(help(Setting.full().plan()), 0, options -> run(System.out, Setting.full(), options), args);
    }

    static void run(PrintStream out, Setting setting, Options options) throws IOException {
        if (!options.has("--list") && !options.has("--mnist")) {
            throw new LabException("--mnist: expected the folder with MNIST's four files, unpacked, got none. Hint: the"
                    + " kit brings 700 digits of MNIST; this training takes all. data/README.md says which package has"
                    + " them");
        }
        Flagship flagship;
        try {
            flagship = new Flagship(options, setting, out);
        } catch (IllegalArgumentException e) {
            throw new LabException("--" + e.getMessage(), e);
        }
        if (options.has("--list")) {
            flagship.list();
        } else {
            flagship.work();
        }
    }

    static String help(Plan plan) {
        return String.format(Locale.ROOT, HELP, String.join(", ", labels()), plan.chunk(), plan.sequences());
    }

    private static List<String> labels() {
        return Arrays.stream(Arm.values()).map(Arm::label).toList();
    }

    private void list() throws IOException {
        for (Arm arm : arms) {
            Path file = Training.file(folder, arm);
            List<History.Epoch> chunks = Training.history(file);
            out.println(chunks.isEmpty()
                    ? String.format(Locale.ROOT, "%-13s nothing yet", arm.label())
                    : String.format(Locale.ROOT,
                            "%-13s %,7d sequences of %,d, loss %.0f at first, %.0f now, %.1f hours",
                            arm.label(), chunks.size() * plan.chunk(), plan.sequences(), chunks.getFirst().loss(),
                            chunks.getLast().loss(), new History(chunks).seconds() / 3600));
        }
    }

    private void work() throws IOException {
        Files.createDirectories(folder);
        try (FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            if (held == null) {
                throw new LabException("flagship: another program writes to " + folder
                        + ". Hint: wait until it has finished, or give --folder");
            }
            try (Backend K = Backends.best()) {
                Path mnist = Path.of(options.text("--mnist"));
                MovingDigits world = scale.world(setting.digits().of(mnist, true));
                MovingDigits unseen = scale.world(setting.digits().of(mnist, false));
                List<Training> trainings = new ArrayList<>();
                for (Arm arm : arms) {
                    trainings.add(open(K, arm, world));
                }
                if (options.has("--ship")) {
                    ship(K, trainings, world, unseen);
                } else {
                    train(trainings, unseen.sequences(FILM, 1));
                }
            }
        } catch (ArithmeticException | IllegalStateException e) { // it exploded; or it was begun with another plan
            throw new LabException(e);
        }
    }

    private void train(List<Training> trainings, HostArray film) throws IOException {
        double minutes = options.number("--minutes", Double.POSITIVE_INFINITY);
        long start = System.nanoTime();
        long filmed = start - FILM_EVERY; // the first film comes with the first chunk
        Training next = behind(trainings);
        while (!next.done()) {
            next.next();
            progress(next, trainings);
            if (System.nanoTime() - filmed >= FILM_EVERY) {
                filmed = System.nanoTime();
                film(trainings, film);
            }
            if ((System.nanoTime() - start) / 6e10 >= minutes) {
                break;
            }
            next = behind(trainings);
        }
        film(trainings, film);
    }

    private static Training behind(List<Training> trainings) {
        return trainings.stream().min(Comparator.comparingInt(Training::sequences)).orElseThrow();
    }

    /** Measures what was trained and stores what the kit ships: the networks that were measured are those of the files. */
    private void ship(Backend K, List<Training> trainings, MovingDigits world, MovingDigits unseen)
            throws IOException {
        if (trainings.stream().mapToInt(Training::sequences).distinct().count() > 1
                || trainings.getFirst().sequences() == 0) {
            throw new LabException("--ship: expected networks trained with equally many sequences, got "
                    + trainings.stream().map(t -> t.arm().label() + " " + t.sequences()).toList()
                    + ". Hint: train on; the network that is behind is trained first");
        }
        Path data = Path.of(options.text("--data"));
        Path tables = data.resolve("flagship");
        DigitReader reader = new DigitReader(K, scale.pixels(), plan.seed());
        Path readerFile = folder.resolve("reader.safetensors");
        if (Files.exists(readerFile)) {
            Checkpoint.load(readerFile, reader.model());
        } else {
            reader.train(world, READER, READER_ROUNDS, setting.frames(), new Trainer.Listener() {
                @Override
                public void epoch(History.Epoch done, int epochs) {
                    out.printf(Locale.ROOT, "reader of digits, %d frames, loss %.4f%n", setting.frames(), done.loss());
                }
            });
            Checkpoint.save(readerFile, reader.model());
        }
        Scores scores = new Scores(scale, unseen, TEST, setting.tests(), reader).addReferences();
        for (Training t : trainings) {
            Path file = data.resolve(t.arm().file());
            Checkpoint.saveHalf(file, t.model());
            Model shipped = t.arm().build(K, scale, plan.seed());
            Checkpoint.load(file, shipped);
            scores.add(t.arm().label(), shipped).add(t.arm().label() + FLOAT32, t.model());
            out.printf(Locale.ROOT, "%-13s squared error per frame %s, cross-entropy per sequence %s, digits read %s%n",
                    t.arm().label(), scores.of(t.arm().label(), Measure.SQUARED_ERROR),
                    scores.of(t.arm().label(), Measure.CROSS_ENTROPY), scores.of(t.arm().label(), Measure.DIGITS_READ));
            t.log(tables.resolve("training-" + t.arm().label() + ".csv"));
            Shipped.add(data, t.arm().file());
        }
        scores.write(tables.resolve("scores.csv"));
    }

    private Training open(Backend K, Arm arm, MovingDigits world) throws IOException {
        try {
            return new Training(K, arm, scale, plan, world, folder);
        } catch (IllegalArgumentException | DataFormatException foreign) {
            throw new LabException(foreign.getMessage() + ". Hint: " + Training.file(folder, arm)
                    + " is not a training of this program; give another --folder, or move the file away", foreign);
        }
    }

    /** One line for each chunk: how far, how good, how fast, and when all will be done at that speed. */
    private void progress(Training t, List<Training> trainings) {
        double left = 0;
        for (Training other : trainings) {
            List<History.Epoch> chunks = other.chunks().isEmpty() ? t.chunks() : other.chunks();
            double[] latest = chunks.subList(Math.max(0, chunks.size() - 9), chunks.size()).stream()
                    .mapToDouble(History.Epoch::seconds).sorted().toArray();
            double median = latest[latest.length / 2]; // of some, for the machine may have had other work
            left += (plan.sequences() - other.sequences()) / (double) plan.chunk() * median;
        }
        out.printf(Locale.ROOT, "%-13s %,7d of %,d sequences, loss %.0f, %.1f sequences/s, about %.0f min left%n",
                t.arm().label(), t.sequences(), plan.sequences(), t.chunks().getLast().loss(),
                plan.chunk() / t.chunks().getLast().seconds(), left / 60);
        out.flush();
    }

    /** A sequence that is not trained with: the truth, and what each network forecasts. */
    private void film(List<Training> trainings, HostArray sequence) throws IOException {
        if (options.has("--no-films")) {
            return;
        }
        Map<String, Model> networks = new LinkedHashMap<>();
        trainings.forEach(t -> networks.put(t.arm().label() + ", " + t.sequences(), t.model()));
        Film.of(scale, networks, sequence).picture().write(folder.resolve("films").resolve("early.png"));
    }
}
