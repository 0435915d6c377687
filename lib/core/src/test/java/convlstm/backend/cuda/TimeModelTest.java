package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Padding;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.TimeDistributed;
import convlstm.model.EncoderForecaster;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * A model of the time that a training step takes on an H200, from the launches that the backend really makes: the driver
 * made for the tests writes them down and runs none. A product takes the time of its multiplications on the busiest
 * multiprocessor, everything else the time of the bytes it moves; each launch takes a little more. One of its figures is
 * fitted, to P2 at batch 64 with plain sums; what it says of the other workloads and of Winograd's convolutions stands in
 * the library's page beside what was measured in data/gpu.csv.
 */
@Tag("slow")
@Isolated("launches of every device are written down while it runs")
class TimeModelTest {
    // NVIDIA's data sheet of the H200
    private static final int MULTIPROCESSORS = 132;
    private static final double MULTIPLICATIONS_PER_SECOND = 67e12 / 2;
    private static final double BYTES_PER_SECOND = 4.8e12;

    /** From the end of one kernel to the first result of the next, in a graph. */
    private static final double LAUNCH_SECONDS = 2.5e-6;

    /** The part of the card's multiplications that large tiles reach: fitted. Other tiles, by Product.Tile. */
    private static final double SHARE = 0.63;

    private static final Path README = Path.of("lib/README.md");
    private static final Path MEASURED = Path.of("data/gpu.csv");

    /** One of the benchmark's workloads: convlstm.app.GpuBench has the same. */
    private record Workload(String name, int B, Shape input, Function<CudaBackend, Model> model) {}

    private static final List<Workload> WORKLOADS = List.of(
            new Workload("S1", 8, Shape.of(10, 32, 32, 1),
                    K -> sequential(K, Shape.of(10, 32, 32, 1), sequence(16, 3))),
            new Workload("P1", 8, Shape.of(10, 16, 16, 16),
                    K -> sequential(K, Shape.of(10, 16, 16, 16), sequence(64, 5))),
            paper(16),
            paper(64),
            new Workload("K1", 5, Shape.of(19, 64, 64, 1), K -> new Sequential(K, Shape.of(19, 64, 64, 1), 1,
                    sequence(64, 5), sequence(64, 3), sequence(64, 1), new TimeDistributed(new Conv2d(1, 1)))));

    private static Workload paper(int B) {
        Shape input = Shape.of(10, 16, 16, 16);
        List<Supplier<ConvLstm2d>> layers = Stream.of(128, 64, 64)
                .<Supplier<ConvLstm2d>>map(F -> () -> layer(F, 5)).toList();
        return new Workload("P2-" + B, B, input, K -> new EncoderForecaster(K, input, 10, 1,
                EncoderForecaster.Readout.ALL_LAYERS, layers));
    }

    private static Model sequential(CudaBackend K, Shape input, ConvLstm2d layer) {
        return new Sequential(K, input, 1, layer);
    }

    private static ConvLstm2d sequence(int F, int k) {
        return layer(F, k).returnSequences(true);
    }

    /** Nothing is computed, and weights need not be good ones. */
    private static ConvLstm2d layer(int F, int k) {
        return new ConvLstm2d(F, k).padding(Padding.SAME).kernelInitializer(Init.zeros())
                .recurrentInitializer(Init.zeros());
    }

    /** One launch as the driver wrote it down. */
    private record Made(String kernel, long blocks, long threads, long[] a) {
        static Made of(String line) {
            String[] words = line.split(" ");
            long[] n = Arrays.stream(words).skip(1).mapToLong(Long::parseLong).toArray();
            return new Made(words[0], n[0] * n[1] * n[2], n[3] * n[4], Arrays.copyOfRange(n, 5, n.length));
        }

        /** The kind of tile, for a product. */
        Product.@Nullable Tile tile() {
            return Arrays.stream(Product.Tile.values()).filter(t -> kernel.endsWith(t.suffix())).findFirst()
                    .orElse(null);
        }

        /** The sizes of a plain convolution, which are its kernel's last arguments. */
        private ConvShape shape() {
            int[] s = Arrays.stream(a).skip(a.length - 15).mapToInt(Math::toIntExact).toArray();
            return new ConvShape(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13],
                    s[14]);
        }

        /** How far a block of a product goes along k. */
        private long depth() {
            if (kernel.startsWith("winogradProduct")) {
                return a[4]; // the channels forward, the tiles for the gradient
            }
            ConvShape s = shape();
            if (kernel.startsWith("conv2dGradKernel")) {
                return Math.min(a[4], s.outputs());
            }
            return kernel.startsWith("conv2dGradInput")
                    ? Math.min(a[5], s.taps() * s.F())
                    : Math.min(a[6], s.taps() * s.C());
        }

        /** Multiplications of a product, with those in the part of a tile that sticks out of the matrix. */
        double multiplications() {
            Product.Tile tile = tile();
            return tile == null ? 0 : (double) blocks * tile.elements() * depth();
        }

        /** Floats that are read or written in memory. */
        double floats() {
            if (kernel.startsWith("conv2d")) { // two tensors are read, and the result read and written
                ConvShape s = shape();
                double in = (double) s.inputs(0, 0) * s.C();
                double out = (double) s.outputs() * s.F();
                double weights = (double) s.taps() * s.C() * s.F();
                return in + out + weights
                        + (kernel.startsWith("conv2dGradKernel")
                                ? weights
                                : kernel.startsWith("conv2dGradInput") ? in : out);
            }
            double threads = (double) blocks * this.threads;
            int positions = kernel.endsWith("3") ? 36 : 64;
            return switch (kernel.replaceAll("[35]$|By4$|Large|Small", "")) {
                case "winogradProduct", "winogradProductGrad" -> 0; // what they read and write is counted with the transforms
                case "winogradInput", "winogradOutputGrad" -> threads * (2 * positions + 16);
                case "winogradOutput" -> threads * (2 * positions + 32);
                case "winogradKernel", "winogradKernelGrad" -> threads * (2 * positions + 25);
                case "lstmGates" -> threads * 11;
                case "lstmGatesGrad" -> threads * 13;
                case "adam" -> threads * 7;
                case "fill" -> threads;
                case "addPartials" -> threads * (a[5] + 2);
                case "sumRows" -> (double) a[3] * a[4];
                default -> threads * 3;
            };
        }

        double seconds() {
            Product.Tile tile = tile();
            double bytes = 4 * floats() / BYTES_PER_SECOND;
            if (tile == null) {
                return LAUNCH_SECONDS + bytes;
            }
            long busiest = (blocks + MULTIPROCESSORS - 1) / MULTIPROCESSORS;
            double rate = MULTIPLICATIONS_PER_SECOND / MULTIPROCESSORS * SHARE * tile.speed();
            return LAUNCH_SECONDS + Math.max(bytes, busiest * (double) tile.elements() * depth() / rate);
        }
    }

    /** The launches of a training step that is one of many, by the backend that {@code backend} makes of a device. */
    private static List<Made> launches(Workload w, Function<Device, CudaBackend> backend, Path file)
            throws IOException {
        try (HostCuda host = HostCuda.kit()) {
            host.device(1, 90, 12040, 100L << 30);
            host.record(file.toString());
            try (CudaBackend K = backend.apply(new Device())) {
                Model model = w.model.apply(K);
                Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.adam(1e-3));
                Tensor x = K.allocate(timeFirst(model.inputShape(), w.B));
                Tensor y = K.allocate(timeFirst(model.outputShape(), w.B));
                trainer.step(x, y, w.B);
                host.record(file.toString()); // begins anew
                trainer.step(x, y, w.B);
            } finally {
                host.record("");
                host.device(1, 80, 12040, 4L << 30);
            }
        }
        return Files.readAllLines(file).stream().map(Made::of).toList();
    }

    private static Shape timeFirst(Shape sample, int B) {
        int[] dims = sample.toArray();
        return Shape.of(IntStream.concat(IntStream.of(dims[0], B), Arrays.stream(dims).skip(1)).toArray());
    }

    private static String row(Workload w, Path folder) throws IOException {
        List<Made> plain = launches(w, device -> new CudaBackend(device, null), folder.resolve("plain"));
        List<Made> winograd = launches(w, CudaBackend::new, folder.resolve("winograd"));
        return String.format(Locale.ROOT, "| %s | %s | %s | %s | %s |", w.name, columns(plain),
                measured(w, "cuda-plain"), columns(winograd), measured(w, "cuda"));
    }

    /** What a step took on the H200, in milliseconds. */
    private static String measured(Workload w, String contestant) throws IOException {
        return Files.readAllLines(MEASURED).stream()
                .filter(line -> line.startsWith(w.name + ",") && line.contains("," + contestant + ",float32,"))
                .map(line -> line.split(",")[4]).findFirst().orElseThrow();
    }

    private static String columns(List<Made> launches) {
        double multiplications = launches.stream().mapToDouble(Made::multiplications).sum();
        double floats = launches.stream().mapToDouble(Made::floats).sum();
        long few = launches.stream().filter(l -> l.tile() != null && l.blocks < MULTIPROCESSORS).count();
        double seconds = launches.stream().mapToDouble(Made::seconds).sum();
        return String.format(Locale.ROOT, "%d | %d | %.2f | %.1f | %.2f", launches.size(), few,
                2 * multiplications / 1e12, 4 * floats / 1e9, 1e3 * seconds);
    }

    @Test
    void theTableInTheReadmeIsWhatTheModelSays(@TempDir Path folder) throws IOException {
        List<String> rows = new ArrayList<>();
        for (Workload w : WORKLOADS) {
            rows.add(row(w, folder));
        }
        String table = String.join("\n", rows);
        assertTrue(Files.readString(README).contains(table), README + " lacks the model's table:\n" + table);
    }
}
