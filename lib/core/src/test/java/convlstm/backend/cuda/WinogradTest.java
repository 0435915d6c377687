package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.backend.cuda.CudaBackendTest.Convolution;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Winograd's convolutions against the plain loops, and when they are chosen. */
@Tag("slow")
class WinogradTest {
    /** Of the largest element; as for the SIMD backend, which has the same transforms. */
    private static final double THREE = 4e-6;

    private static final double FIVE = 2e-5;

    /** Room for a few tiles, so that images are worked through in several pieces. */
    private static final int LITTLE_ROOM = 120_000;

    @BeforeEach
    void isThere() {
        assumeTrue(CudaOnHost.unusable().isEmpty(), () -> CudaOnHost.unusable().orElse(""));
    }

    static List<Convolution> convolutions() {
        List<Convolution> all = new ArrayList<>();
        for (int r : new int[] {3, 5}) {
            Window same = Window.same(r, r);
            Window valid = new Window(r, r, 1, 1, 1, 1, Padding.VALID);
            all.add(new Convolution(2, 8, 12, 64, 32, same));
            all.add(new Convolution(3, 13, 10, 60, 68, same)); // ragged: pixels, and channels of a product's tile
            all.add(new Convolution(1, 11, 9, 68, 132, valid)); // the kernel's gradient by large tiles
            all.add(new Convolution(18, 8, 8, 32, 68, same)); // large tiles forward
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void isCloseToThePlainLoops(Convolution c) {
        assertTrue(Winograd.suits(c.sizes()) && Winograd.suits(c.sizes().back()), c + ": expected to be done here");
        assertClose(c, Winograd.ROOM);
    }

    @Test
    void isCloseToThemInSeveralPiecesToo() {
        assertClose(new Convolution(5, 16, 16, 64, 32, Window.same(3, 3)), LITTLE_ROOM);
    }

    private static void assertClose(Convolution c, int room) {
        try (Backend reference = new ReferenceBackend(); Backend K = winograd(room)) {
            assertClose(results(reference, c), results(K, c), c.w().height() == 3 ? THREE : FIVE);
        }
    }

    @Test
    void givesTheSameBitsInWhateverOrderThreadsRun() {
        Convolution c = new Convolution(2, 6, 5, 48, 68, Window.same(5, 5));
        try (HostCuda host = HostCuda.kit();
                Backend forwards = new CudaBackend(new Device());
                Backend backwards = new CudaBackend(new Device())) {
            List<float[]> expected = results(forwards, c);
            host.descending(true);
            try {
                List<float[]> actual = results(backwards, c);
                for (int k = 0; k < expected.size(); k++) {
                    assertArrayEquals(expected.get(k), actual.get(k), "result " + k);
                }
            } finally {
                host.descending(false);
            }
        }
    }

    private static Backend winograd(int room) {
        Device device = CudaOnHost.device();
        return new CudaBackend(device, new Winograd(device, room));
    }

    private static List<float[]> results(Backend K, Convolution c) {
        Random random = new Random(7);
        List<float[]> results = new ArrayList<>();
        for (Write write : Write.values()) {
            Tensor kernel = random(K, c.kernel(), random);
            Tensor x = random(K, c.x(), random);
            Tensor dOut = random(K, c.out(), random);
            Tensor out = random(K, c.out(), random);
            Tensor outWithBias = random(K, c.out(), random);
            Tensor dx = random(K, c.x(), random);
            Tensor dKernel = random(K, c.kernel(), random);
            K.conv2d(out, x, kernel, null, c.w(), write);
            K.conv2d(outWithBias, x, kernel, random(K, Shape.of(c.F()), random), c.w(), write);
            K.conv2dGradInput(dx, dOut, kernel, c.w(), write);
            K.conv2dGradKernel(dKernel, x, dOut, c.w());
            for (Tensor t : List.of(out, outWithBias, dx, dKernel)) {
                results.add(K.toArray(t));
            }
        }
        return results;
    }

    /** Uniform numbers in [-1, 1), which begin at an odd address as views may. */
    private static Tensor random(Backend K, Shape shape, Random random) {
        Tensor t = K.allocate(Shape.of(shape.size() + 1)).range(1, shape.size() + 1).reshape(shape);
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = random.nextFloat() * 2 - 1;
        }
        K.write(t, values);
        return t;
    }

    private static void assertClose(List<float[]> expected, List<float[]> actual, double tolerance) {
        for (int r = 0; r < expected.size(); r++) {
            float largest = 0;
            for (float e : expected.get(r)) {
                largest = Math.max(largest, Math.abs(e));
            }
            assertArrayEquals(expected.get(r), actual.get(r), (float) (tolerance * largest), "result " + r);
        }
    }

    /** As a recurrent layer uses it: the same kernel at every step, both ways, then another after the update. */
    @Test
    void aKernelIsTransformedAgainOnlyAfterItMayHaveChanged() {
        Window w = Window.same(3, 3);
        try (HostCuda host = HostCuda.kit(); Backend K = new CudaBackend(new Device())) {
            Random random = new Random(1);
            Tensor x = random(K, Shape.of(1, 4, 4, 64), random);
            Tensor out = random(K, Shape.of(1, 4, 4, 64), random);
            Tensor kernel = random(K, Shape.of(3, 3, 64, 64), random);
            Runnable convolutions = () -> {
                K.conv2d(out, x, kernel, null, w, Write.SET);
                K.conv2dGradInput(x, out, kernel, w, Write.SET);
            };
            assertEquals(8, launches(host, K, convolutions)); // three for each, and two kernels
            assertEquals(6, launches(host, K, convolutions));
            assertEquals(8 + 1, launches(host, K, () -> {
                K.addScaled(kernel, kernel, 0.5f);
                convolutions.run();
            }));
        }
    }

    private static long launches(HostCuda host, Backend K, Runnable calls) {
        long before = host.launched();
        calls.run();
        K.toArray(K.allocate(Shape.of(1))); // launches wait until somebody reads
        return host.launched() - before;
    }

    /** Where the transforms cost more than they save, and where there are none for a window, sums are plain. */
    @Test
    void isChosenWhereItPays() {
        assertTrue(suits(64, 256, Window.same(5, 5)));
        assertTrue(suits(64, 256, Window.same(3, 3)));
        assertFalse(suits(16, 64, Window.same(3, 3)), "few channels");
        assertFalse(suits(16, 256, Window.same(5, 5)), "few channels in");
        assertFalse(suits(256, 16, Window.same(5, 5)), "few channels out");
        assertFalse(suits(32, 32, Window.same(3, 3)), "too few for 3x3");
        assertFalse(suits(66, 256, Window.same(3, 3)), "not in fours");
        assertFalse(suits(64, 256, Window.same(1, 1)), "a product");
        assertFalse(suits(64, 256, Window.same(3, 5)), "not square");
        assertFalse(suits(64, 256, new Window(3, 3, 2, 2, 1, 1, Padding.SAME)), "strides");
        assertFalse(suits(64, 256, new Window(3, 3, 1, 1, 2, 2, Padding.SAME)), "dilation");
        assertFalse(Winograd.suits(new Convolution(4, 1, 1, 64, 256, Window.same(3, 3)).sizes()), "tiles nearly empty");
    }

    private static boolean suits(int C, int F, Window w) {
        return Winograd.suits(new Convolution(4, 16, 16, C, F, w).sizes());
    }
}
