package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.TimeDistributed;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Trains without end, or rather for so many minutes, and shows that memory stays flat: epochs with dropout and
 * validation, forecasts, checkpoints written, and every tenth epoch a new model that resumes from the last one.
 *
 * <pre>mvn -q -Drun=soak -Dargs="--minutes 30"</pre>
 */
public final class Soak {
    private static final String HELP = """
            mvn -q -Drun=soak -Dargs="..."
              trains for a time and shows that memory stays flat
              --minutes TIME   how long; default: 30
              --backend NAME   on which backend; default: the fastest""";

    private static final int READINGS = 6;

    /** What live objects may grow by, and the whole process: caches that fill, code that is compiled. */
    private static final long HEAP_SLACK = 4 << 20;

    private static final long PROCESS_SLACK = 128 << 20;

    /** Bytes that live objects take after garbage collection, and that the process has in memory; -1 if unknown. */
    record Reading(double minutes, long steps, long heap, long process) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%5.1f min %8d steps   live heap %7.2f MB   process %s", minutes,
                    steps, heap / 1e6, process < 0 ? "unknown" : String.format(Locale.ROOT, "%d MB", process >> 20));
        }
    }

    private final Backend K;
    private final Path checkpoint;
    private final Dataset data;
    private final Dataset other;
    private long steps;
    private int rounds;
    private Sequential model;
    private Trainer trainer;

    Soak(Backend K, Path checkpoint) throws IOException {
        this.K = K;
        this.checkpoint = checkpoint;
        MovingDigits digits = new MovingDigits(Digits.train().shrink(10), 6, 16, 1, 0.6, 1.2, true);
        data = Dataset.nextFrame(digits.sequences(1, 144));
        other = Dataset.nextFrame(digits.sequences(2, 8));
        model = model();
        trainer = trainer();
    }

    private Sequential model() {
        return new Sequential(K, data.x().shape().drop(1), 1,
                new ConvLstm2d(8, 3).padding(Padding.SAME).returnSequences(true).dropout(0.1),
                new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
    }

    private Trainer trainer() {
        return new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(1e-4)).batchSize(8).globalClipNorm(1)
                .validation(other).checkpoint(checkpoint);
    }

    public static void main(String[] args) throws Exception {
        Options.start(HELP, 0, Soak::run, args);
    }

    private static void run(Options options) throws IOException {
        Path folder = Files.createDirectories(Path.of("target/soak"));
        try (Backend K = options.backend()) {
            System.out.println("backend: " + K.name() + ", " + K.description());
            List<Reading> readings = new Soak(K, folder.resolve("soak.safetensors"))
                    .run(options.number("--minutes", 30), System.out);
            String growth = growth(readings);
            System.out.println(growth.isEmpty() ? "Memory is flat." : growth);
            System.exit(growth.isEmpty() ? 0 : 1);
        }
    }

    /** Trains for so long; reads memory every minute, and at least six times. */
    List<Reading> run(double minutes, PrintStream out) throws IOException {
        List<Reading> readings = new ArrayList<>();
        long start = System.nanoTime();
        int count = Math.max(READINGS, (int) minutes);
        for (int r = 1; r <= count; r++) {
            do {
                round();
            } while ((System.nanoTime() - start) / 60e9 < minutes * r / count);
            readings.add(reading((System.nanoTime() - start) / 60e9));
            out.println(readings.getLast());
        }
        return readings;
    }

    private void round() throws IOException {
        rounds++;
        trainer.epochs(10);
        if (rounds % 2 == 0) { // as if the program had been stopped and started again
            model = model();
            trainer = trainer().epochs(20).resume(checkpoint);
        }
        trainer.fit(data);
        model.predict(other.x());
        steps += 10L * Math.ceilDiv(data.count(), 8);
    }

    private Reading reading(double minutes) throws IOException {
        for (int n = 0; n < 3; n++) {
            System.gc();
        }
        Path status = Path.of("/proc/self/status");
        long process = !Files.exists(status)
                ? -1
                : Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).findFirst().orElse(-1);
        return new Reading(minutes, steps, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), process);
    }

    /** What has grown from the second reading to the last, when everything is loaded and compiled; nothing if empty. */
    static String growth(List<Reading> readings) {
        Reading from = readings.get(1);
        Reading to = readings.getLast();
        if (to.heap() - from.heap() > HEAP_SLACK) {
            return "Live heap grew by " + (to.heap() - from.heap() >> 20) + " MB: something is kept for ever.";
        }
        if (to.process() - from.process() > PROCESS_SLACK) {
            return "The process grew by " + (to.process() - from.process() >> 20) + " MB outside Java's live objects.";
        }
        return "";
    }
}
