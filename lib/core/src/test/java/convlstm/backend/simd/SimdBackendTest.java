package convlstm.backend.simd;

import static convlstm.backend.ActivationFunction.HARD_SIGMOID;
import static convlstm.backend.ActivationFunction.RELU;
import static convlstm.backend.ActivationFunction.SIGMOID;
import static convlstm.backend.ActivationFunction.TANH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.LossFunction;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimdBackendTest {
    private static final double SUM = 2e-6;
    private static final double WINOGRAD_3 = 4e-6;
    private static final double WINOGRAD_5 = 2e-5;

    @Test
    void isTheBestBackendHere() {
        try (Backend best = Backends.byName("simd")) {
            assertEquals("simd", best.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,3,4", "13,1,207", "12,32,32", "11,17,33", "207,13,31", "1,64,1", "64,128,96", "5,70,300",
        "8,128,64", "14,33,1000"})
    void dotAndItsGradients(int N, int D, int U) {
        dotAndItsGradients(SUM, N, D, U);
    }

    private static void dotAndItsGradients(double tolerance, int N, int D, int U) {
        for (Write write : Write.values()) {
            Twins.assertSame(tolerance, (K, source) -> {
                Tensor x = source.random(N, D);
                Tensor kernel = source.random(D, U);
                Tensor dOut = source.random(N, U);
                Tensor out = source.random(N, U);
                Tensor outWithBias = source.random(N, U);
                Tensor dx = source.random(N, D);
                Tensor dKernel = source.random(D, U);
                K.dot(out, x, kernel, null, write);
                K.dot(outWithBias, x, kernel, source.random(U), write);
                K.dotGradInput(dx, dOut, kernel, write);
                K.dotGradKernel(dKernel, x, dOut);
                return new Tensor[] {out, outWithBias, dx, dKernel};
            });
        }
    }

    /**
     * Tensors are whole arrays here: a tile that reads past the end of one, on any vector width, is an exception. The
     * tolerance is for results of few elements, of which all may be close to zero.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void dotsOfEverySmallSize(int N) {
        for (int D = 1; D <= 50; D++) {
            for (int U = 1; U <= 9; U++) {
                dotAndItsGradients(1e-4, N, D, U);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Padding.class)
    void conv2dOfEverySmallSize(Padding padding) {
        for (int k = 1; k <= 3; k++) {
            for (int C = 1; C <= 13; C++) {
                for (int F = 1; F <= 9; F++) {
                    conv2dAndItsGradients(new Conv(1, 3, 4, C, F, new Window(k, k, 1, 1, 1, 1, padding)));
                }
            }
        }
    }

    /** A convolution to test: sizes and window. */
    record Conv(int N, int H, int W, int C, int F, Window window) {}

    static Stream<Conv> convolutions() {
        List<Conv> all = new ArrayList<>();
        for (Padding padding : Padding.values()) {
            all.add(new Conv(1, 1, 1, 1, 1, new Window(1, 1, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 5, 7, 3, 4, new Window(3, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(3, 13, 6, 1, 5, new Window(5, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(1, 9, 11, 16, 33, new Window(3, 5, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 8, 8, 32, 64, new Window(3, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 10, 13, 20, 70, new Window(5, 5, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 10, 13, 32, 64, new Window(3, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(3, 17, 9, 64, 16, new Window(5, 5, 1, 1, 1, 1, padding)));
            all.add(new Conv(40, 8, 11, 16, 48, new Window(5, 5, 1, 1, 1, 1, padding)));
            all.add(new Conv(11, 14, 15, 16, 144, new Window(3, 3, 1, 1, 1, 1, padding))); // parts and stripes
            all.add(new Conv(2, 9, 10, 9, 13, new Window(3, 3, 1, 1, 1, 1, padding))); // vectors that are not filled
            all.add(new Conv(3, 10, 9, 12, 9, new Window(5, 5, 1, 1, 1, 1, padding)));
            all.add(new Conv(40, 5, 6, 10, 141, new Window(3, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 9, 10, 16, 1, new Window(3, 3, 1, 1, 1, 1, padding)));
            all.add(new Conv(3, 9, 10, 37, 3, new Window(3, 3, 1, 1, 1, 1, padding)));
            for (int k : new int[] {4, 6, 7, 8, 9}) {
                all.add(new Conv(2, 13, 12, 20, 41, new Window(k, k, 1, 1, 1, 1, padding)));
                all.add(new Conv(40, 16, 17, 16, 16, new Window(k, k, 1, 1, 1, 1, padding)));
            }
            all.add(new Conv(2, 9, 10, 64, 2, new Window(1, 1, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 7, 8, 5, 1, new Window(2, 4, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 9, 10, 4, 35, new Window(3, 3, 2, 2, 1, 1, padding)));
            all.add(new Conv(2, 9, 10, 17, 3, new Window(3, 2, 3, 2, 1, 1, padding)));
            all.add(new Conv(1, 12, 11, 7, 40, new Window(3, 3, 1, 1, 2, 3, padding)));
            all.add(new Conv(2, 6, 6, 13, 13, new Window(1, 1, 1, 1, 1, 1, padding)));
            all.add(new Conv(2, 6, 7, 3, 5, new Window(1, 1, 2, 3, 1, 1, padding)));
        }
        all.add(new Conv(9, 4, 5, 16, 32, Window.same(9, 9))); // wider than the image
        all.add(new Conv(9, 5, 4, 12, 9, Window.same(8, 8)));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void conv2dAndItsGradients(Conv s) {
        for (Write write : Write.values()) {
            double tolerance = s.window.height() > 3 ? WINOGRAD_5 : WINOGRAD_3;
            Twins.assertSame(tolerance, (K, source) -> {
                int Ho = s.window.outH(s.H);
                int Wo = s.window.outW(s.W);
                Tensor x = source.random(s.N, s.H, s.W, s.C);
                Tensor kernel = source.random(s.window.height(), s.window.width(), s.C, s.F);
                Tensor dOut = source.random(s.N, Ho, Wo, s.F);
                Tensor out = source.random(s.N, Ho, Wo, s.F);
                Tensor outWithBias = source.random(s.N, Ho, Wo, s.F);
                Tensor dx = source.random(s.N, s.H, s.W, s.C);
                Tensor dKernel = source.random(s.window.height(), s.window.width(), s.C, s.F);
                K.conv2d(out, x, kernel, null, s.window, write);
                K.conv2d(outWithBias, x, kernel, source.random(s.F), s.window, write);
                K.conv2dGradInput(dx, dOut, kernel, s.window, write);
                K.conv2dGradKernel(dKernel, x, dOut, s.window);
                return new Tensor[] {out, outWithBias, dx, dKernel};
            });
        }
    }

    @ParameterizedTest
    @EnumSource(ActivationFunction.class)
    void gatesWithEveryActivation(ActivationFunction f) {
        assertGates(6, 5, 0, f, SIGMOID);
        assertGates(6, 32, 0, TANH, f);
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "1,1,1", "6,16,1", "6,17,2", "100,3,4", "24,33,24", "300,64,1"})
    void gatesWithPeepholes(int N, int F, int R) {
        assertGates(N, F, R, TANH, SIGMOID);
        assertGates(N, F, R, RELU, HARD_SIGMOID);
    }

    private static void assertGates(int N, int F, int R, ActivationFunction a, ActivationFunction s) {
        Twins.assertSame(3e-6, (K, source) -> {
            Tensor gates = source.random(N, 4 * F);
            Tensor c_tm1 = source.random(N, F);
            Tensor h = source.random(N, F);
            Tensor c = source.random(N, F);
            Tensor dh = source.random(N, F);
            Tensor dc = source.random(N, F);
            Tensor dGates = source.random(N, 4 * F);
            @Nullable
            Tensor peephole = R == 0 ? null : source.random(3, R, F);
            @Nullable
            Tensor dPeephole = R == 0 ? null : source.random(3, R, F);
            K.lstmGates(h, c, gates, c_tm1, peephole, a, s);
            K.lstmGatesGrad(dGates, dc, dPeephole, dh, gates, c, c_tm1, peephole, a, s);
            return R == 0
                    ? new Tensor[] {h, c, gates, dGates, dc}
                    : new Tensor[] {h, c, gates, dGates, dc, dPeephole};
        });
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "13,207", "1,16", "600,33", "70,1000"})
    void elementsSumsAndOptimisers(int N, int F) {
        Twins.assertSame(2e-6, (K, source) -> {
            Tensor x = source.random(N, F);
            Tensor y = source.random(N, F);
            Tensor sigmoid = source.random(N, F);
            Tensor sigmoidGrad = source.random(N, F);
            Tensor product = source.random(N, F);
            Tensor repeated = source.random(N, F);
            Tensor scaled = source.random(N, F);
            Tensor columns = source.random(F);
            K.activate(sigmoid, x, SIGMOID);
            K.activateGrad(sigmoidGrad, sigmoid, y, SIGMOID);
            K.multiply(product, x, y, Write.ADD);
            K.multiply(repeated, x, source.random(F), Write.SET);
            K.addScaled(scaled, x, 0.3f);
            K.sumRows(columns, x);

            Tensor squares = source.random(1);
            Tensor values = source.random(2);
            Tensor[] gradients = {source.random(N, F), source.random(N, F), source.random(N, F)};
            Tensor targets = source.random(N, F);
            K.sumSquares(squares, x);
            K.loss(LossFunction.SQUARED_ERROR, values.range(0, 1), gradients[0], x, targets, 0.01f);
            K.addScaled(y, y, 20);
            K.loss(LossFunction.BINARY_CROSS_ENTROPY, values.range(1, 2), gradients[1], y, targets, 0.01f);
            K.loss(LossFunction.ABSOLUTE_ERROR, values.range(1, 2), gradients[2], y, targets, 0.01f);

            Tensor[] w = {source.random(N, F), source.random(N, F), source.random(N, F)};
            Tensor m = source.random(N, F);
            Tensor v = source.random(N, F);
            Tensor velocity = source.random(N, F);
            K.multiply(v, v, v, Write.SET);
            K.adam(w[0], x, m, v, 1e-3f, 0.9f, 0.999f, 1e-7f);
            K.rmsProp(w[1], x, v, 1e-3f, 0.9f, 1e-7f);
            K.sgd(w[2], x, velocity, 1e-2f, 0.9f, F % 2 == 0);
            return new Tensor[] {
                sigmoid, sigmoidGrad, product, repeated, scaled, columns, squares, values, gradients[0], gradients[1],
                gradients[2], w[0], w[1], w[2], m, v, velocity
            };
        });
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,1,2", "2,9,7,3,2", "3,8,8,33,3", "2,5,12,64,2"})
    void pooling(int N, int H, int W, int C, int size) {
        for (Padding padding : Padding.values()) {
            for (int stride = 1; stride <= size; stride++) {
                Window w = new Window(Math.min(size, H), Math.min(size, W), stride, stride, 1, 1, padding);
                Twins.assertSame(1e-6, (K, source) -> {
                    Tensor x = source.random(N, H, W, C);
                    K.fill(x.at(0).at(0), 0.25f); // equals: the first must win
                    K.fill(x.at(N - 1).at(H - 1), Float.NEGATIVE_INFINITY);
                    Tensor out = source.random(N, w.outH(H), w.outW(W), C);
                    Tensor dx = source.random(N, H, W, C);
                    K.maxPool2d(out, x, w);
                    K.maxPool2dGrad(dx, source.random(N, w.outH(H), w.outW(W), C), x, w);
                    return new Tensor[] {out, dx};
                });
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,13,5", "4,600,33", "2,7,64"})
    void batchNormalisation(int G, int M, int C) {
        for (boolean training : new boolean[] {true, false}) {
            for (boolean affine : new boolean[] {true, false}) {
                Twins.assertSame(5e-6, (K, source) -> {
                    Tensor x = source.random(G, M, C);
                    Tensor mean = source.random(G, C);
                    Tensor variance = source.random(G, C);
                    K.multiply(variance, variance, variance, Write.SET);
                    @Nullable
                    Tensor gamma = affine ? source.random(C) : null;
                    @Nullable
                    Tensor beta = affine ? source.random(C) : null;
                    @Nullable
                    Tensor dGamma = affine ? source.random(C) : null;
                    @Nullable
                    Tensor dBeta = affine ? source.random(C) : null;
                    Tensor y = source.random(G, M, C);
                    Tensor dx = source.random(G, M, C);
                    K.batchNorm(y, x, gamma, beta, mean, variance, 1e-2f, training);
                    K.batchNormGrad(
                            dx, dGamma, dBeta, source.random(G, M, C), x, gamma, mean, variance, 1e-2f, training);
                    return affine
                            ? new Tensor[] {y, mean, variance, dx, dGamma, dBeta}
                            : new Tensor[] {y, mean, variance, dx};
                });
            }
        }
    }

    @Test
    void aChangedKernelIsNoticed() {
        Window w = Window.same(3, 3);
        Twins.assertSame(WINOGRAD_3, (K, source) -> {
            Tensor x = source.random(1, 8, 8, 16);
            Tensor kernel = source.random(3, 3, 16, 16);
            Tensor first = source.random(1, 8, 8, 16);
            Tensor again = source.random(1, 8, 8, 16);
            Tensor changed = source.random(1, 8, 8, 16);
            Tensor back = source.random(1, 8, 8, 16);
            K.conv2d(first, x, kernel, null, w, Write.SET);
            K.conv2d(again, x, kernel, null, w, Write.SET);
            K.fill(kernel.at(2).at(2).at(15), 3);
            K.conv2d(changed, x, kernel, null, w, Write.SET);
            K.conv2dGradInput(back, x, kernel, w, Write.SET);
            return new Tensor[] {first, again, changed, back};
        });
    }

    @Test
    void theSameNumbersAsAKernelOfAnotherShapeAreAnotherKernel() {
        Window w = Window.same(3, 3);
        Twins.assertSame(WINOGRAD_3, (K, source) -> {
            Tensor kernel = source.random(3, 3, 16, 32);
            Tensor wide = source.random(1, 8, 8, 32);
            Tensor narrow = source.random(1, 8, 8, 16);
            K.conv2d(wide, source.random(1, 8, 8, 16), kernel, null, w, Write.SET);
            K.conv2d(narrow, source.random(1, 8, 8, 32), kernel.reshape(3, 3, 32, 16), null, w, Write.SET);
            return new Tensor[] {wide, narrow};
        });
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        float[][] results = new float[3][];
        for (int threads = 1; threads <= 3; threads++) {
            try (SimdBackend K = new SimdBackend(threads)) {
                Twins.Source source = new Twins.Source(K);
                Tensor all = K.allocate(Shape.of(60_000)); // every result, one behind the other
                Tensor x = source.random(3, 9, 9, 8);
                Tensor y = source.random(3, 9, 9, 32);
                Tensor directKernel = all.range(0, 9 * 8 * 40).reshape(3, 3, 8, 40);
                Tensor winogradKernel = all.range(10_000, 10_000 + 9 * 32 * 32).reshape(3, 3, 32, 32);
                Tensor out = all.range(20_000, 20_000 + y.size()).reshape(y.shape());
                Tensor direct = all.range(30_000, 30_000 + 3 * 81 * 40).reshape(3, 9, 9, 40);
                K.conv2d(direct, x, source.random(3, 3, 8, 40), null, Window.same(3, 3), Write.SET);
                K.conv2dGradKernel(directKernel, x, direct, Window.same(3, 3));
                K.conv2d(out, y, source.random(3, 3, 32, 32), null, Window.same(3, 3), Write.SET);
                K.conv2dGradKernel(winogradKernel, y, out, Window.same(3, 3));
                K.sumRows(all.range(50_000, 50_032), y);
                K.sumSquares(all.range(50_100, 50_101), all);
                results[threads - 1] = K.toArray(all);
            }
        }
        assertArrayEquals(results[0], results[1]);
        assertArrayEquals(results[0], results[2]);
    }
}
