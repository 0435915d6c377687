package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.layer.ConvLstm2d;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the contract's scenarios do not reach: tiles that fetch four elements at once (the scenarios' tensors begin at odd
 * addresses), sums cut into pieces, and how both are chosen. All numbers are small and whole, so that sums are exact in
 * any order and the results have to be equal.
 */
@Tag("slow")
class CudaBackendTest {
    private final Backend reference = new ReferenceBackend();
    private Backend K;

    @BeforeEach
    void open() {
        assumeTrue(CudaOnHost.unusable().isEmpty(), () -> CudaOnHost.unusable().orElse(""));
        K = new CudaBackend(CudaOnHost.device(), null); // Winograd's convolutions are not exact: WinogradTest
    }

    @AfterEach
    void close() {
        if (K != null) {
            K.close();
        }
    }

    /** A convolution (N, H, W, C) to F channels. */
    record Convolution(int N, int H, int W, int C, int F, Window w) {
        Shape x() {
            return Shape.of(N, H, W, C);
        }

        Shape kernel() {
            return Shape.of(w.height(), w.width(), C, F);
        }

        Shape out() {
            return w.outputShape(x(), F);
        }

        ConvShape sizes() {
            return new ConvShape(N, H, W, C, w.outH(H), w.outW(W), F, w.height(), w.width(), w.strideH(), w.strideW(),
                    w.dilationH(), w.dilationW(), w.padTop(H), w.padLeft(W));
        }

        /** How the three products are cut. */
        List<Product> products(boolean tensorCores) {
            ConvShape s = sizes();
            boolean inFours = s.inFours();
            return List.of(Product.of(s.outputs(), F, s.taps() * C, inFours, tensorCores),
                    Product.of(s.inputs(0, 0), C, s.tapsThatReach(0, 0) * F, inFours, tensorCores),
                    Product.of(s.taps() * C, F, s.outputs(), inFours, tensorCores));
        }
    }

    static List<Convolution> convolutions() {
        Window three = Window.same(3, 3);
        Window five = Window.same(5, 5);
        return List.of(
                new Convolution(2, 12, 13, 132, 128, three), // large tiles, ragged edges
                new Convolution(1, 9, 11, 128, 252, Window.same(1, 1)),
                new Convolution(3, 13, 12, 20, 64, five),
                new Convolution(3, 13, 12, 21, 63, five),
                new Convolution(2, 16, 17, 8, 32, five),
                new Convolution(2, 16, 17, 7, 31, three),
                new Convolution(1, 60, 60, 4, 8, three),
                new Convolution(1, 64, 40, 1, 5, three), // a kernel's gradient in many pieces
                new Convolution(2, 15, 14, 12, 16, new Window(3, 4, 2, 3, 1, 1, Padding.SAME)),
                new Convolution(2, 15, 14, 12, 16, new Window(3, 3, 1, 1, 2, 3, Padding.VALID)),
                new Convolution(2, 9, 8, 4, 8, new Window(2, 1, 4, 3, 1, 1, Padding.VALID)), // pixels no window sees
                new Convolution(300, 1, 1, 64, 256, Window.same(1, 1)));
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void convolutionsAreExact(Convolution c) {
        assertExact(c);
    }

    /** Small whole numbers lose nothing by TF32. */
    @ParameterizedTest
    @MethodSource("convolutions")
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void convolutionsOfWholeNumbersAreExactInTf32Too(Convolution c) {
        onTensorCores(() -> assertExact(c));
    }

    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void tf32Keeps10BitsOfFraction() {
        float keeps = 1 + 1 / 1024f;
        float loses = 1 + 1 / 2048f + 1 / 8192f;
        onTensorCores(() -> {
            assertTrue(K.description().contains("TF32"), K.description());
            Tensor x = K.allocate(Shape.of(128, 128));
            Tensor kernel = K.allocate(Shape.of(128, 128));
            Tensor out = K.allocate(Shape.of(128, 128));
            K.fill(x.at(0).reshape(128, 1).range(0, 1), keeps);
            K.fill(x.at(1).reshape(128, 1).range(0, 1), loses);
            K.fill(x.at(2).reshape(128, 1).range(0, 1), Float.NaN);
            K.fill(x.at(3).reshape(128, 1).range(0, 1), Float.NEGATIVE_INFINITY);
            K.fill(kernel, 1);
            K.dot(out, x, kernel, null, Write.SET);
            float[] results = K.toArray(out);
            assertEquals(keeps, results[0]);
            assertEquals(keeps, results[128], "rounded up to the next number of 10 bits");
            assertEquals(Float.NaN, results[2 * 128]);
            assertEquals(Float.NEGATIVE_INFINITY, results[3 * 128]);
        });
    }

    private void onTensorCores(Runnable test) {
        Backend exact = K;
        assumeFalse(exact.description().contains("compute capability 7."), "no tensor cores for TF32");
        System.setProperty(Device.TF32, "true");
        try (Backend tensorCores = CudaOnHost.create()) {
            K = tensorCores;
            test.run();
        } finally {
            K = exact;
            System.clearProperty(Device.TF32);
        }
    }

    private void assertExact(Convolution c) {
        for (Write write : Write.values()) {
            assertSame(k -> {
                Tensor out = numbers(k, c.out(), 1);
                k.conv2d(out, numbers(k, c.x(), 2), numbers(k, c.kernel(), 3), numbers(k, Shape.of(c.F), 4), c.w,
                        write);
                Tensor dx = numbers(k, c.x(), 5);
                k.conv2dGradInput(dx, numbers(k, c.out(), 6), numbers(k, c.kernel(), 7), c.w, write);
                Tensor dKernel = numbers(k, c.kernel(), 8);
                k.conv2dGradKernel(dKernel, numbers(k, c.x(), 9), numbers(k, c.out(), 10), c.w);
                return List.of(out, dx, dKernel);
            });
        }
    }

    @Test
    void theyUseEveryTileAndBothWaysOfCutting() {
        Set<Product.Tile> tiles = EnumSet.noneOf(Product.Tile.class);
        Set<Boolean> cut = new TreeSet<>();
        convolutions().stream().flatMap(c -> Stream.concat(c.products(false).stream(), c.products(true).stream()))
                .forEach(p -> {
                    tiles.add(p.tile());
                    cut.add(p.pieces() > 1);
                });
        assertEquals(EnumSet.allOf(Product.Tile.class), tiles);
        assertEquals(Set.of(false, true), cut);
    }

    @Test
    void dotIsExact() {
        assertSame(k -> {
            Tensor out = numbers(k, Shape.of(2, 65, 132), 1);
            Tensor dx = numbers(k, Shape.of(2, 65, 260), 2);
            Tensor dKernel = numbers(k, Shape.of(260, 132), 3);
            Tensor x = numbers(k, Shape.of(2, 65, 260), 4);
            Tensor kernel = numbers(k, Shape.of(260, 132), 5);
            Tensor dOut = numbers(k, Shape.of(2, 65, 132), 6);
            k.dot(out, x, kernel, numbers(k, Shape.of(132), 7), Write.ADD);
            k.dotGradInput(dx, dOut, kernel, Write.SET);
            k.dotGradKernel(dKernel, x, dOut);
            return List.of(out, dx, dKernel);
        });
    }

    /** Long sums are cut into pieces, whether there are one, some or many columns. */
    @Test
    void sumsOverManyRowsAreExact() {
        for (int F : new int[] {1, 3, 33}) {
            assertSame(k -> {
                Tensor dst = numbers(k, Shape.of(F), 1);
                k.sumRows(dst, numbers(k, Shape.of(60_001, F), 2));
                Tensor squares = numbers(k, Shape.of(1), 3);
                k.sumSquares(squares, numbers(k, Shape.of(60_001, F), 4));
                return List.of(dst, squares);
            });
        }
    }

    /** A weight that is infinite stays away from the pixels whose windows it does not touch, with strides too. */
    @Test
    void infinityStaysInItsPhase() {
        assertSame(k -> {
            Window w = new Window(2, 2, 2, 2, 1, 1, Padding.VALID);
            Tensor kernel = numbers(k, Shape.of(2, 2, 3, 5), 1);
            k.fill(kernel.at(0), Float.POSITIVE_INFINITY);
            Tensor dOut = k.allocate(Shape.of(1, 3, 3, 5));
            k.fill(dOut, 1);
            Tensor dx = k.allocate(Shape.of(1, 6, 6, 3));
            k.conv2dGradInput(dx, dOut, kernel, w, Write.SET);
            return List.of(dx);
        });
    }

    /** However a product is cut, its pieces cover K. */
    @Test
    void piecesCoverK() {
        for (int M : new int[] {1, 64, 130, 4096, 1 << 20}) {
            for (int N : new int[] {1, 32, 65, 512}) {
                for (int K : new int[] {1, 15, 16, 129, 576, 12800, 655_360}) {
                    for (boolean inFours : new boolean[] {false, true}) {
                        Product p = Product.of(M, N, K, inFours, false);
                        assertTrue(p.depth() % 16 == 0 && p.depth() > 0, p.toString());
                        assertTrue((long) p.pieces() * p.depth() >= K, K + " by " + p);
                        assertTrue((long) (p.pieces() - 1) * p.depth() < K, "an empty piece of " + K + ": " + p);
                        assertTrue(p.partials() < 1 << 24, "more than 64 MB of pieces: " + p);
                    }
                }
            }
        }
    }

    @Test
    void saysWhatItRunsOn() {
        assertTrue(K.description().contains("compute capability"), K.description());
    }

    /** A barrier that was forgotten shows where the last thread of a block runs first. */
    @Test
    void theOrderInWhichThreadsRunChangesNothing() {
        Backend forwards = K;
        try (HostCuda host = HostCuda.kit(); Backend backwards = new CudaBackend(new Device(), null)) {
            K = backwards;
            host.descending(true);
            try {
                convolutions().forEach(this::assertExact);
                sumsOverManyRowsAreExact();
            } finally {
                host.descending(false);
            }
        } finally {
            K = forwards;
        }
    }

    /** The recurrent loop is what a training step is made of: a launch more for each of its steps would show. */
    @Test
    void aTimeStepOfAConvLstmIsTwoLaunchesForwardAndTwoBackward() {
        assertEquals(4, launchesOfATrainingStep(7) - launchesOfATrainingStep(6)); // both sum gradients in as many pieces
    }

    private static long launchesOfATrainingStep(int T) {
        try (HostCuda host = HostCuda.kit(); Backend k = new CudaBackend(new Device())) {
            Sequential model = new Sequential(k, Shape.of(T, 5, 6, 2), 1,
                    new ConvLstm2d(4, 3).padding(Padding.SAME).returnSequences(true));
            Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.adam(1e-3));
            Tensor x = k.allocate(Shape.of(T, 2, 5, 6, 2));
            Tensor y = k.allocate(Shape.of(T, 2, 5, 6, 4));
            trainer.step(x, y, 2);
            long before = host.launched();
            trainer.step(x, y, 2);
            return host.launched() - before;
        }
    }

    /** The same calls on both backends give the same numbers. */
    private void assertSame(Function<Backend, List<Tensor>> calls) {
        List<float[]> expected = results(reference, calls);
        List<float[]> actual = results(K, calls);
        for (int r = 0; r < expected.size(); r++) {
            assertArrayEquals(expected.get(r), actual.get(r), "result " + r);
        }
    }

    private static List<float[]> results(Backend k, Function<Backend, List<Tensor>> calls) {
        return calls.apply(k).stream().map(k::toArray).toList();
    }

    /** Whole numbers from -3 to 3. */
    private static Tensor numbers(Backend k, Shape shape, int seed) {
        float[] values = new float[shape.size()];
        int state = seed * 7919 + 1;
        for (int n = 0; n < values.length; n++) {
            state = state * 1664525 + 1013904223;
            values[n] = (state >>> 16) % 7 - 3;
        }
        return k.tensor(shape, values);
    }
}
