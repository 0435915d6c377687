package convlstm.backend;

import static convlstm.backend.ActivationFunction.SIGMOID;
import static convlstm.backend.ActivationFunction.TANH;
import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every backend, the reference too, against the equations: forward against {@link Naive}, and each gradient against
 * central differences of it. A gradient primitive is right if, for a random weighting of the outputs, it gives how the
 * weighted sum changes with each input.
 */
@Tag("every-backend")
@ParameterizedClass(name = "{0}")
@MethodSource("convlstm.backend.TestedBackends#names")
class EquationsTest {
    private final Random random = new Random(7);
    private final Backend K;

    EquationsTest(String name) {
        this.K = TestedBackends.create(name);
    }

    @AfterEach
    void close() {
        K.close();
    }

    @Test
    void dot() {
        int N = 3;
        int D = 5;
        int U = 4;
        double[] x = numbers(N * D);
        double[] kernel = numbers(D * U);
        double[] bias = numbers(U);
        double[] weighting = numbers(N * U);
        Tensor out = zeros(N, U);
        K.dot(out, tensor(x, N, D), tensor(kernel, D, U), tensor(bias, U), Write.SET);
        assertClose("dot", Naive.dot(x, kernel, bias, N, D, U), out);

        Tensor dOut = tensor(weighting, N, U);
        Tensor dx = zeros(N, D);
        Tensor dKernel = zeros(D, U);
        Tensor dBias = zeros(U);
        K.dotGradInput(dx, dOut, tensor(kernel, D, U), Write.SET);
        K.dotGradKernel(dKernel, tensor(x, N, D), dOut);
        K.sumRows(dBias, dOut);
        assertGradient("dotGradInput", x, v -> weigh(weighting, Naive.dot(v, kernel, bias, N, D, U)), dx);
        assertGradient("dotGradKernel", kernel, v -> weigh(weighting, Naive.dot(x, v, bias, N, D, U)), dKernel);
        assertGradient("sumRows", bias, v -> weigh(weighting, Naive.dot(x, kernel, v, N, D, U)), dBias);
    }

    static Stream<Naive.Image> images() {
        return Stream.of(Padding.values()).flatMap(p -> Stream.of(
                new Naive.Image(2, 5, 6, 2, 3, new Window(3, 3, 1, 1, 1, 1, p)),
                new Naive.Image(1, 6, 5, 2, 3, new Window(2, 4, 1, 1, 1, 1, p)),
                new Naive.Image(2, 7, 6, 1, 2, new Window(3, 2, 2, 3, 1, 1, p)),
                new Naive.Image(1, 8, 7, 2, 1, new Window(3, 2, 1, 1, 2, 3, p)),
                new Naive.Image(2, 4, 3, 3, 2, new Window(1, 1, 1, 1, 1, 1, p))));
    }

    @ParameterizedTest
    @MethodSource("images")
    void conv2d(Naive.Image s) {
        Window w = s.w();
        int[] image = {s.N(), s.H(), s.W(), s.C()};
        int[] output = {s.N(), s.outH(), s.outW(), s.F()};
        int[] kernelDims = {w.height(), w.width(), s.C(), s.F()};
        double[] x = numbers(Shape.of(image).size());
        double[] kernel = numbers(Shape.of(kernelDims).size());
        double[] bias = numbers(s.F());
        double[] weighting = numbers(Shape.of(output).size());
        Tensor out = zeros(output);
        K.conv2d(out, tensor(x, image), tensor(kernel, kernelDims), tensor(bias, s.F()), w, Write.SET);
        assertClose("conv2d", Naive.conv2d(x, kernel, bias, s), out);

        Tensor dOut = tensor(weighting, output);
        Tensor dx = zeros(image);
        Tensor dKernel = zeros(kernelDims);
        K.conv2dGradInput(dx, dOut, tensor(kernel, kernelDims), w, Write.SET);
        K.conv2dGradKernel(dKernel, tensor(x, image), dOut, w);
        assertGradient("conv2dGradInput", x, v -> weigh(weighting, Naive.conv2d(v, kernel, bias, s)), dx);
        assertGradient("conv2dGradKernel", kernel, v -> weigh(weighting, Naive.conv2d(x, v, bias, s)), dKernel);
    }

    @ParameterizedTest
    @MethodSource("images")
    void maxPool2d(Naive.Image s) {
        int[] image = {s.N(), s.H(), s.W(), s.C()};
        int[] output = {s.N(), s.outH(), s.outW(), s.C()};
        double[] x = numbers(Shape.of(image).size());
        double[] weighting = numbers(Shape.of(output).size());
        Tensor out = zeros(output);
        Tensor dx = zeros(image);
        K.maxPool2d(out, tensor(x, image), s.w());
        K.maxPool2dGrad(dx, tensor(weighting, output), tensor(x, image), s.w());
        assertClose("maxPool2d", Naive.maxPool2d(x, s), out);
        assertGradient("maxPool2dGrad", x, v -> weigh(weighting, Naive.maxPool2d(v, s)), dx);
    }

    @ParameterizedTest
    @EnumSource
    void lstmGatesWithActivation(ActivationFunction a) {
        lstmGates(a, SIGMOID);
    }

    @ParameterizedTest
    @EnumSource
    void lstmGatesWithRecurrentActivation(ActivationFunction s) {
        lstmGates(TANH, s);
    }

    private void lstmGates(ActivationFunction a, ActivationFunction s) {
        int N = 6;
        int F = 3;
        int R = 2;
        double[] gates = numbers(N * 4 * F);
        double[] c_tm1 = numbers(N * F);
        double[] peephole = numbers(3 * R * F);
        double[] weighting = numbers(2 * N * F); // of h, then of c
        Tensor h = zeros(N, F);
        Tensor c = zeros(N, F);
        Tensor g = tensor(gates, N, 4 * F);
        Tensor prev = tensor(c_tm1, N, F);
        Tensor p = tensor(peephole, 3, R, F);
        K.lstmGates(h, c, g, prev, p, a, s);
        double[] expected = Naive.lstmGates(gates, c_tm1, peephole, N, F, R, a, s);
        assertClose("h", Arrays.copyOf(expected, N * F), h);
        assertClose("c", Arrays.copyOfRange(expected, N * F, 2 * N * F), c);

        Tensor weights = tensor(weighting, 2, N, F);
        Tensor dGates = zeros(N, 4 * F);
        Tensor dc = zeros(N, F);
        Tensor dPeephole = zeros(3, R, F);
        K.copy(dc, weights.at(1));
        K.lstmGatesGrad(dGates, dc, dPeephole, weights.at(0), g, c, prev, p, a, s);
        assertGradient("dGates", gates,
                v -> weigh(weighting, Naive.lstmGates(v, c_tm1, peephole, N, F, R, a, s)), dGates);
        assertGradient("dc_tm1", c_tm1,
                v -> weigh(weighting, Naive.lstmGates(gates, v, peephole, N, F, R, a, s)), dc);
        assertGradient("dPeephole", peephole,
                v -> weigh(weighting, Naive.lstmGates(gates, c_tm1, v, N, F, R, a, s)), dPeephole);
    }

    @ParameterizedTest
    @EnumSource
    void activate(ActivationFunction f) {
        double[] x = numbers(40);
        double[] weighting = numbers(40);
        Tensor y = zeros(40);
        Tensor dx = zeros(40);
        K.activate(y, tensor(x, 40), f);
        K.activateGrad(dx, y, tensor(weighting, 40), f);
        assertClose("activate", map(f, x), y);
        assertGradient("activateGrad", x, v -> weigh(weighting, map(f, v)), dx);
    }

    private static double[] map(ActivationFunction f, double[] x) {
        return Arrays.stream(x).map(Naive.activation(f)).toArray();
    }

    @Test
    void batchNorm() {
        int G = 2;
        int M = 5;
        int C = 3;
        double[] x = numbers(G * M * C);
        double[] gamma = numbers(C);
        double[] beta = numbers(C);
        double[] weighting = numbers(G * M * C);
        double epsilon = 1e-3;
        Tensor y = zeros(G, M, C);
        Tensor mean = zeros(G, C);
        Tensor variance = zeros(G, C);
        Tensor x_ = tensor(x, G, M, C);
        K.batchNorm(y, x_, tensor(gamma, C), tensor(beta, C), mean, variance, (float) epsilon, true);
        assertClose("batchNorm", Naive.batchNorm(x, gamma, beta, G, M, C, epsilon), y);

        Tensor dx = zeros(G, M, C);
        Tensor dGamma = zeros(C);
        Tensor dBeta = zeros(C);
        K.batchNormGrad(dx, dGamma, dBeta, tensor(weighting, G, M, C), x_, tensor(gamma, C), mean, variance,
                (float) epsilon, true);
        assertGradient("dx", x, v -> weigh(weighting, Naive.batchNorm(v, gamma, beta, G, M, C, epsilon)), dx);
        assertGradient("dGamma", gamma, v -> weigh(weighting, Naive.batchNorm(x, v, beta, G, M, C, epsilon)), dGamma);
        assertGradient("dBeta", beta, v -> weigh(weighting, Naive.batchNorm(x, gamma, v, G, M, C, epsilon)), dBeta);
    }

    @ParameterizedTest
    @EnumSource
    void loss(LossFunction f) {
        int n = 4;
        double[] p = numbers(3 * n);
        double[] t = numbers(3 * n);
        Tensor value = zeros(1);
        Tensor dPrediction = zeros(3, n);
        K.loss(f, value, dPrediction, tensor(p, 3, n), tensor(t, 3, n), 0.5f);
        assertClose("loss", new double[] {0.5 * Naive.loss(f, p, t, n)}, value);
        assertGradient("dPrediction", p, v -> 0.5 * Naive.loss(f, v, t, n), dPrediction);
    }

    @Test
    void penaltiesAndNorms() {
        double[] w = numbers(9);
        Tensor value = zeros(1);
        Tensor dw = zeros(9);
        Tensor squares = zeros(1);
        K.regularize(value, dw, tensor(w, 9), 0.3f, 0.2f);
        K.sumSquares(squares, tensor(w, 9));
        ToDoubleFunction<double[]> penalty = v -> Arrays.stream(v)
                .map(e -> 0.3f * Math.abs(e) + 0.2f * e * e).sum();
        assertClose("regularize", new double[] {penalty.applyAsDouble(w)}, value);
        assertGradient("dw", w, penalty, dw);
        assertClose("sumSquares", new double[] {weigh(w, w)}, squares);

        Tensor x = tensor(w, 9);
        K.clipByNorm(x, squares, 0.5f);
        double factor = 0.5 / Math.sqrt(weigh(w, w));
        assertClose("clipByNorm", Arrays.stream(w).map(e -> e * factor).toArray(), x);
    }

    @Test
    void optimisers() {
        Tensor w = tensor(new double[] {1}, 1);
        Tensor dw = tensor(new double[] {0.5}, 1);
        Tensor m = tensor(new double[] {0.25}, 1);
        Tensor v = tensor(new double[] {4}, 1);
        K.sgd(w, dw, m, 0.5f, 0.5f, false); // v = 0.125 - 0.25
        assertClose("sgd", new double[] {0.875}, w);
        K.sgd(w, dw, m, 0.5f, 0.5f, true); // v = -0.0625 - 0.25, w += -0.15625 - 0.25
        assertClose("sgd, Nesterov", new double[] {0.46875}, w);
        K.rmsProp(w, dw, v, 0.5f, 0.5f, 0.125f); // v = 2 + 0.125, w -= 0.25 / sqrt(2.25)
        assertClose("rmsProp", new double[] {0.46875 - 0.25 / 1.5}, w);
        K.write(w, new float[] {1});
        K.write(v, new float[] {4});
        K.adam(w, dw, m, v, 0.5f, 0.5f, 0.75f, 0.25f); // m = -0.15625 + 0.25, v = 3 + 0.0625, root 1.75
        assertClose("adam", new double[] {1 - 0.5 * 0.09375 / 2}, w);
    }

    // ---- numbers and comparisons

    /** Numbers of size about one that float32 holds exactly, none near a kink at 0 and no two equal. */
    private double[] numbers(int n) {
        double[] values = new double[n];
        for (int k = 0; k < n; k++) {
            double size = (0.05f + random.nextFloat());
            values[k] = (float) (random.nextBoolean() ? size : -size);
        }
        return values;
    }

    private Tensor tensor(double[] values, int... dims) {
        float[] floats = new float[values.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = (float) values[k];
        }
        return K.tensor(Shape.of(dims), floats);
    }

    private Tensor zeros(int... dims) {
        return K.allocate(Shape.of(dims));
    }

    private static double weigh(double[] weighting, double[] values) {
        double sum = 0;
        for (int k = 0; k < values.length; k++) {
            sum += weighting[k] * values[k];
        }
        return sum;
    }

    private void assertClose(String what, double[] expected, Tensor actual) {
        float[] values = K.toArray(actual);
        assertEquals(expected.length, values.length, what + ": number of elements");
        for (int k = 0; k < values.length; k++) {
            assertEquals(expected[k], values[k], 2e-5 * (1 + Math.abs(expected[k])), what + ": element " + k);
        }
    }

    /** Central differences of the function around x, in double precision, against the backend's gradient. */
    private void assertGradient(String what, double[] x, ToDoubleFunction<double[]> function, Tensor gradient) {
        double step = 1e-5;
        double[] differences = new double[x.length];
        double[] moved = x.clone();
        for (int k = 0; k < x.length; k++) {
            moved[k] = x[k] + step;
            double above = function.applyAsDouble(moved);
            moved[k] = x[k] - step;
            differences[k] = (above - function.applyAsDouble(moved)) / (2 * step);
            moved[k] = x[k];
        }
        assertClose(what, differences, gradient);
    }
}
