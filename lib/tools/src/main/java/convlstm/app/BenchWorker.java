package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.simd.PeakProbe;
import convlstm.data.Npz;
import convlstm.layer.Parameter;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The kit's side of the benchmark: one backend, one process, asked over standard input. It answers as {@code
 * bench_peers.py} does, where the questions are described, and besides {@code peak THREADS} with {@code peak GFLOPS}, one probe.
 */
final class BenchWorker {
    private final Backend K;
    private @Nullable Trainer trainer;
    private @Nullable Tensor x;
    private @Nullable Tensor y;
    private int B;

    private BenchWorker(Backend K) {
        this.K = K;
    }

    /** Answers until {@code quit} or the end of the input; the argument is the backend's name. */
    public static void main(String[] args) throws IOException {
        try (Backend K = Backends.byName(args[0])) {
            say("ready " + K.description());
            BenchWorker worker = new BenchWorker(K);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
                try {
                    say(worker.answer(line.split(" ", 3)));
                } catch (Exception | OutOfMemoryError fault) { // the other side decides what to do about it
                    fault.printStackTrace();
                    say("error " + fault);
                }
            }
        }
    }

    private static void say(String answer) {
        System.out.println("bench: " + answer.replace('\n', ' '));
        System.out.flush();
    }

    private String answer(String[] words) throws IOException {
        return switch (words[0]) {
            case "load" -> "loaded " + load(BenchWorkload.of("", words[1], 1), Path.of(words[2]));
            case "steps" -> "steps " + steps(Integer.parseInt(words[1]), Double.parseDouble(words[2]));
            case "peak" -> "peak " + PeakProbe.gflops(Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException(
                    "command: expected load, steps, peak or quit, got '" + words[0] + "'");
        };
    }

    private long load(BenchWorkload workload, Path file) throws IOException {
        Map<String, HostArray> arrays = Npz.read(file);
        Model model = workload.build(K, 0);
        int k = 0;
        for (Parameter p : model.parameters()) {
            K.write(p.value(), array(arrays, "w" + k++).values());
        }
        B = workload.size("B");
        x = timeMajor(array(arrays, "x"));
        y = timeMajor(array(arrays, "y"));
        trainer = new Trainer(model, workload.loss(), Optimizer.adam(1e-3));
        return model.parameterCount();
    }

    private static HostArray array(Map<String, HostArray> arrays, String name) {
        HostArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("file: expected an array " + name + ", got " + arrays.keySet());
        }
        return array;
    }

    private Tensor timeMajor(HostArray array) {
        Tensor sampleFirst = K.tensor(array.shape(), array.values());
        Tensor t = K.allocate(array.shape().with(0, array.dim(1)).with(1, array.dim(0)));
        K.swap01(t, sampleFirst);
        return t;
    }

    private String steps(int count, double seconds) {
        if (trainer == null || x == null || y == null) {
            throw new IllegalStateException("steps: expected load before, got none");
        }
        StringJoiner times = new StringJoiner(",");
        StringJoiner losses = new StringJoiner(",");
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (int step = 0; step < count && (step == 0 || System.nanoTime() < end); step++) {
            long start = System.nanoTime();
            double loss = trainer.step(x, y, B);
            times.add(String.format(Locale.ROOT, "%.4f", (System.nanoTime() - start) / 1e6));
            losses.add(String.format(Locale.ROOT, "%.9g", loss));
        }
        return times + " " + losses;
    }
}
