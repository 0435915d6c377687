package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Shipped;
import convlstm.evidence.Experiment;
import convlstm.evidence.Experiments;
import convlstm.evidence.Outcome;
import convlstm.evidence.Results;
import convlstm.evidence.Row;
import convlstm.evidence.Run;
import convlstm.model.Trainer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Runs the experiments behind what the course says about learning, and keeps a row for each training:
 *
 * <pre>
 * mvn -q -Drun=evidence                                    what is missing in data/evidence
 * mvn -q -Drun=evidence -Dargs=--list                      the experiments, and what is there
 * mvn -q -Drun=evidence -Dargs="--only place --seeds 3"    one experiment, three seeds for each arm
 * </pre>
 *
 * <p>Stopped, it goes on where it was when it is started again; only the trainings under way are lost.
 */
public final class Evidence {
    static final String HELP = """
            mvn -q -Drun=evidence -Dargs="..."
              --list          the experiments, and how many of their trainings are done
              --only NAME     this experiment only; several names with commas between them
              --arms NAME     these arms of it only; several names with commas between them
              --seeds N       so many seeds for each arm; default: what the experiment asks for
              --jobs N        so many trainings at the same time, one thread each; default: one for each processor
              --folder NAME   where the rows are; default: data/evidence
              --help          this text
            -Dconvlstm.backend=NAME chooses the backend. What was done is not done again.""";

    private record Asked(List<Experiment> experiments, List<String> arms, int seeds, int jobs, Path folder,
            boolean list) {}

    private final Asked asked;
    private final Supplier<Backend> backends;
    private final Progress progress;

    private Evidence(Asked asked, Supplier<Backend> backends, PrintStream out) {
        this.asked = asked;
        this.backends = backends;
        this.progress = new Progress(out);
    }

    public static void main(String[] args) throws Exception {
        Options.start(HELP, 0, options -> run(System.out, Experiments.all(), options), args);
    }

    static void run(PrintStream out, List<Experiment> all, Options options) throws IOException {
        Asked asked = asked(all, options);
        if (asked.list()) {
            list(asked, out);
            return;
        }
        if (asked.jobs() > 1 && System.getProperty("convlstm.threads") == null) {
            System.setProperty("convlstm.threads", "1"); // small tensors: two trainings side by side beat one on two threads
        }
        new Evidence(asked, Backends::best, out).run();
    }

    private static Asked asked(List<Experiment> all, Options options) throws IOException {
        List<String> names = options.some("--only", all.stream().map(Experiment::name).toList());
        List<Experiment> experiments = names.stream()
                .flatMap(name -> all.stream().filter(e -> e.name().equals(name))).toList();
        List<String> arms = options.has("--arms") ? List.of(options.text("--arms").split(",", -1)) : List.of();
        for (String arm : arms) {
            if (experiments.stream().noneMatch(e -> e.arms().contains(arm))) {
                throw new LabException("--arms: expected arms of "
                        + experiments.stream().map(e -> e.name() + ": " + e.arms()).toList() + ", got '" + arm + "'");
            }
        }
        boolean list = options.has("--list");
        if (!list) {
            experiments = able(experiments, options.has("--only"));
        }
        return new Asked(experiments, arms, options.count("--seeds", 0),
                options.count("--jobs", Runtime.getRuntime().availableProcessors()),
                options.has("--folder") ? Path.of(options.text("--folder")) : Shipped.folder().resolve("evidence"),
                list);
    }

    /** Those that find what they need; one that was asked for by name must. */
    private static List<Experiment> able(List<Experiment> experiments, boolean named) {
        for (Experiment e : experiments) {
            if (!e.lacks().isEmpty() && named) {
                throw new LabException(e.name() + ": lacks " + e.lacks());
            } else if (!e.lacks().isEmpty()) {
                System.out.println(e.name() + " is left out: it lacks " + e.lacks());
            }
        }
        return experiments.stream().filter(e -> e.lacks().isEmpty()).toList();
    }

    private static int seeds(Asked asked, Experiment e) {
        return asked.seeds() > 0 ? asked.seeds() : e.seeds();
    }

    private static List<String> arms(Asked asked, Experiment e) {
        return asked.arms().isEmpty() ? e.arms() : e.arms().stream().filter(asked.arms()::contains).toList();
    }

    /** Forecasts that train nothing have one row, whatever the number of seeds. */
    private static int seeds(Experiment e, String arm, int seeds) {
        return e.seeds(arm) == 1 ? 1 : seeds;
    }

    /** The trainings that arms of an experiment consist of, search included. */
    private static int trainings(Experiment e, List<String> arms, int seeds) {
        int searched = e.rates().size() == 1
                ? 0
                : arms.stream().map(e::searchedWith).distinct().mapToInt(arm -> e.rates(arm).size()).sum();
        int trained = arms.stream().mapToInt(arm -> seeds(e, arm, seeds)).sum();
        return trained + searched;
    }

    private static void list(Asked asked, PrintStream out) throws IOException {
        for (Experiment e : asked.experiments()) {
            Results results = Results.open(asked.folder(), e);
            List<Row> rows = results.rows();
            int seeds = seeds(asked, e);
            out.printf(Locale.ROOT, "%-9s %3d of %3d trainings, %.0f minutes of training so far. %s%n", e.name(),
                    rows.stream().filter(r -> r.run().search() || results.of(r.run().arm()).contains(r))
                            .filter(r -> r.run().seed() <= seeds).count(),
                    trainings(e, e.arms(), seeds),
                    rows.stream().mapToDouble(Row::seconds).sum() / 60, e.question());
            for (String arm : e.arms()) {
                out.printf(Locale.ROOT, "          %-28s seeds %s%n", arm,
                        results.of(arm).stream().map(r -> r.run().seed()).toList());
            }
        }
    }

    private void run() throws IOException {
        Files.createDirectories(asked.folder());
        Path lock = Path.of(System.getProperty("java.io.tmpdir"), "convlstm-evidence-"
                + Integer.toHexString(asked.folder().toRealPath().hashCode()) + ".lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            if (held == null) {
                throw new LabException("evidence: another program writes to " + asked.folder()
                        + ". Hint: wait until it has finished, or give --folder");
            }
            List<Results> all = new ArrayList<>();
            for (Experiment e : asked.experiments()) {
                all.add(Results.open(asked.folder(), e)); // all files are read before the first training
            }
            for (int k = 0; k < all.size(); k++) {
                Experiment e = asked.experiments().get(k);
                List<String> arms = arms(asked, e);
                Results results = all.get(k);
                int missing = results.openSearch(arms).size() + arms.stream()
                        .mapToInt(arm -> Math.max(0, seeds(e, arm, seeds(asked, e)) - results.of(arm).size())).sum();
                progress.add(trainings(e, arms, seeds(asked, e)), missing);
            }
            for (int k = 0; k < all.size(); k++) {
                Experiment e = asked.experiments().get(k);
                List<String> arms = arms(asked, e);
                train(e, all.get(k), all.get(k).openSearch(arms));
                train(e, all.get(k), all.get(k).open(arms, seeds(asked, e)));
            }
            progress.finish();
        }
    }

    /** Does trainings side by side; the first that fails ends the program once those under way are done. */
    private void train(Experiment e, Results results, List<Run> runs) throws IOException {
        if (runs.isEmpty()) {
            return;
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(asked.jobs())) {
            List<Future<?>> futures = new ArrayList<>();
            for (Run run : runs) {
                futures.add(pool.submit(() -> {
                    results.add(train(e, run));
                    progress.done(e, run);
                    return null;
                }));
            }
            try {
                for (Future<?> future : futures) {
                    future.get();
                }
            } catch (ExecutionException failed) {
                pool.shutdownNow();
                switch (failed.getCause()) {
                    case IOException io -> throw io;
                    case UncheckedIOException io -> throw io.getCause();
                    case ArithmeticException exploded -> throw new LabException(exploded);
                    case null, default -> throw new IllegalStateException(failed);
                }
            } catch (InterruptedException stopped) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
    }

    private Row train(Experiment e, Run run) throws IOException {
        long start = System.nanoTime();
        try (Backend K = backends.get()) {
            Outcome outcome;
            try {
                outcome = e.train(K, run, progress.listener(e, run));
            } catch (ArithmeticException exploded) {
                if (!run.search()) {
                    throw exploded;
                }
                double[] none = new double[e.metrics().size()]; // the rate is too large: never chosen
                Arrays.fill(none, Double.NaN);
                outcome = new Outcome(0, 0, 0, 0, Double.POSITIVE_INFINITY, none);
            }
            return new Row(run, outcome, (System.nanoTime() - start) / 1e9, K.name());
        }
    }

    /** One line: a bar, what is trained, an estimate from the mean time of a training so far. */
    private static final class Progress {
        private static final int WIDTH = 24;
        private final PrintStream out;
        private final boolean interactive = System.console() != null && System.console().isTerminal();
        private final long start = System.nanoTime();
        private int all;
        private int before;
        private int done;
        private long shown;

        Progress(PrintStream out) {
            this.out = out;
        }

        void add(int trainings, int missing) {
            all += trainings;
            before += trainings - missing;
        }

        Trainer.Listener listener(Experiment e, Run run) {
            return new Trainer.Listener() {
                @Override
                public void batch(int epoch, int epochs, int batch, int batches, double loss) {
                    show(e, run, String.format(Locale.ROOT, "epoch %d of %d, loss %.4f", epoch, epochs, loss));
                }
            };
        }

        synchronized void done(Experiment e, Run run) {
            done++;
            shown = 0;
            line(e, run, "done", !interactive);
        }

        private synchronized void show(Experiment e, Run run, String what) {
            if (interactive && System.nanoTime() - shown > 5e8) {
                line(e, run, what, false);
            }
        }

        private void line(Experiment e, Run run, String what, boolean end) {
            shown = System.nanoTime();
            double minutes = (shown - start) / 6e10;
            int filled = all == 0 ? WIDTH : Math.min(WIDTH, WIDTH * (before + done) / all);
            String left = done == 0
                    ? ""
                    : String.format(Locale.ROOT, ", about %.0f min left", minutes / done * (all - before - done));
            String text = String.format(Locale.ROOT, "[%s%s] %d of %d%s | %s: %s, %s %s", "=".repeat(filled),
                    " ".repeat(WIDTH - filled), before + done, all, left, e.name(), run.arm(),
                    run.search() ? "rate " + run.rate() + ":" : "seed " + run.seed() + ":", what);
            out.print(interactive ? "\r\033[K" + text : end ? text + "\n" : text);
            out.flush();
        }

        void finish() {
            out.printf(Locale.ROOT, "%s%d trainings, %d of them now, %.0f minutes%n", interactive ? "\r\033[K" : "",
                    before + done, done, (System.nanoTime() - start) / 6e10);
        }
    }
}
