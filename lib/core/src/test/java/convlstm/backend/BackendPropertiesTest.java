package convlstm.backend;

import static convlstm.backend.ActivationFunction.SIGMOID;
import static convlstm.backend.ActivationFunction.TANH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/** What holds for every size, whatever the numbers: the laws that convolution, product and cell obey. */
@Tag("every-backend")
class BackendPropertiesTest {
    private static final Map<String, Backend> BACKENDS = TestedBackends.names().stream()
            .collect(Collectors.toMap(Function.identity(), TestedBackends::create));

    @AfterContainer
    static void close() {
        BACKENDS.values().forEach(Backend::close);
    }

    /** A convolution of any kind: x (N, H, W, C) to (N, H', W', F) on one of the backends. */
    record Convolution(String backend, int N, int H, int W, int C, int F, Window w, long seed) {
        Lab lab() {
            return new Lab(BACKENDS.get(backend), seed);
        }

        int[] image() {
            return new int[] {N, H, W, C};
        }

        int[] kernel() {
            return new int[] {w.height(), w.width(), C, F};
        }

        int[] output() {
            return new int[] {N, w.outH(H), w.outW(W), F};
        }

        float[] conv2d(Lab l, Tensor x, Tensor kernel) {
            Tensor out = l.toBeSet(output());
            l.K.conv2d(out, x, kernel, null, w, Write.SET);
            return l.K.toArray(out);
        }

        /** The longest sum among the convolution and its gradients. */
        int terms() {
            return w.height() * w.width() * Math.max(C, F) + N * H * W;
        }
    }

    @Provide
    Arbitrary<String> backends() {
        return Arbitraries.of(List.copyOf(BACKENDS.keySet()));
    }

    @Provide
    Arbitrary<Window> windows() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 5);
        Arbitrary<Integer> step = Arbitraries.integers().between(1, 3);
        Arbitrary<Boolean> strided = Arbitraries.of(true, false);
        return Combinators.combine(size, size, step, step, strided, Arbitraries.of(Padding.values()))
                .as((kh, kw, v, h, s, p) -> s ? new Window(kh, kw, v, h, 1, 1, p) : new Window(kh, kw, 1, 1, v, h, p));
    }

    @Provide
    Arbitrary<Convolution> convolutions() {
        Arbitrary<Integer> channels = Arbitraries.integers().between(1, 20);
        Arbitrary<Integer> more = Arbitraries.integers().between(0, 8);
        return Combinators.combine(
                backends(), Arbitraries.integers().between(1, 3), more, more, channels, channels, windows(),
                Arbitraries.longs())
                .as((backend, N, moreH, moreW, C, F, w, seed) -> {
                    int H = (w.height() - 1) * w.dilationH() + 1 + moreH; // so that at least one window fits
                    int W = (w.width() - 1) * w.dilationW() + 1 + moreW;
                    return new Convolution(backend, N, H, W, C, F, w, seed);
                });
    }

    @Property(tries = 150)
    void conv2dIsLinearInTheImage(@ForAll("convolutions") Convolution c) {
        Lab l = c.lab();
        Tensor kernel = l.random(c.kernel());
        Tensor x = l.random(c.image());
        Tensor y = l.random(c.image());
        float[] expected = sum(c.conv2d(l, x, kernel), 0.5f, c.conv2d(l, y, kernel));
        l.K.addScaled(x, y, 0.5f);
        Close.assertClose("x + y / 2", expected, c.conv2d(l, x, kernel), c.terms());
    }

    @Property(tries = 150)
    void conv2dIsLinearInTheKernel(@ForAll("convolutions") Convolution c) {
        Lab l = c.lab();
        Tensor x = l.random(c.image());
        Tensor kernel = l.random(c.kernel());
        Tensor other = l.random(c.kernel());
        float[] expected = sum(c.conv2d(l, x, kernel), -2, c.conv2d(l, x, other));
        l.K.addScaled(kernel, other, -2);
        Close.assertClose("kernel - 2 other", expected, c.conv2d(l, x, kernel), c.terms());
    }

    /** (conv2d(x), y) = (x, conv2dGradInput(y)) = (kernel, conv2dGradKernel(x, y)): each is the other's transpose. */
    @Property(tries = 150)
    void theGradientsAreTheTransposes(@ForAll("convolutions") Convolution c) {
        Lab l = c.lab();
        Tensor x = l.random(c.image());
        Tensor kernel = l.random(c.kernel());
        Tensor y = l.random(c.output());
        Tensor dx = l.toBeSet(c.image());
        Tensor dKernel = l.filled(0, c.kernel());
        l.K.conv2dGradInput(dx, y, kernel, c.w(), Write.SET);
        l.K.conv2dGradKernel(dKernel, x, y, c.w());
        double expected = inner(c.conv2d(l, x, kernel), l.K.toArray(y));
        double tolerance = 1e-5 * c.terms() * Math.sqrt(y.size());
        assertEquals(expected, inner(l.K.toArray(x), l.K.toArray(dx)), tolerance, "(x, dx)");
        assertEquals(expected, inner(l.K.toArray(kernel), l.K.toArray(dKernel)), tolerance, "(kernel, dKernel)");
    }

    @Property(tries = 100)
    void gradientsOfWeightsAccumulate(@ForAll("convolutions") Convolution c) {
        Lab l = c.lab();
        Tensor x = l.random(c.image());
        Tensor y = l.random(c.output());
        Tensor once = l.filled(0, c.kernel());
        Tensor three = l.filled(0, c.kernel());
        Tensor bias = l.filled(0, c.F());
        Tensor biasTwice = l.filled(0, c.F());
        l.K.conv2dGradKernel(once, x, y, c.w());
        for (int time = 0; time < 3; time++) {
            l.K.conv2dGradKernel(three, x, y, c.w());
        }
        l.K.sumRows(bias, y);
        l.K.sumRows(biasTwice, y);
        l.K.sumRows(biasTwice, y);
        float[] g = l.K.toArray(once);
        Close.assertClose("dKernel three times", sum(g, 2, g), l.K.toArray(three), 3 * c.terms());
        float[] b = l.K.toArray(bias);
        Close.assertClose("dBias twice", sum(b, 1, b), l.K.toArray(biasTwice), 2 * c.terms());
    }

    /** Away from the border, a moved image gives the moved result. */
    @Property(tries = 100)
    void conv2dMovesWithTheImage(
            @ForAll("convolutions") Convolution c, @ForAll @IntRange(max = 3) int down) {
        Window valid = new Window(c.w().height(), c.w().width(), 1, 1, c.w().dilationH(), c.w().dilationW(),
                Padding.VALID);
        Lab l = c.lab();
        Tensor tall = l.random(1, c.H() + down, c.W(), c.C());
        Tensor kernel = l.random(c.kernel());
        int Ho = valid.outH(c.H());
        Tensor whole = l.toBeSet(1, Ho + down, valid.outW(c.W()), c.F());
        Tensor moved = l.toBeSet(1, Ho, valid.outW(c.W()), c.F());
        l.K.conv2d(whole, tall, kernel, null, valid, Write.SET);
        l.K.conv2d(moved, tall.at(0).range(down, c.H() + down).reshape(1, c.H(), c.W(), c.C()), kernel, null, valid,
                Write.SET);
        Close.assertClose("moved by " + down, l.K.toArray(whole.at(0).range(down, Ho + down)), l.K.toArray(moved),
                c.terms());
    }

    @Property(tries = 100)
    void oneByOneConvolutionIsAProduct(
            @ForAll("backends") String backend, @ForAll @IntRange(min = 1, max = 70) int C,
            @ForAll @IntRange(min = 1, max = 70) int F, @ForAll long seed) {
        Lab l = new Lab(BACKENDS.get(backend), seed);
        Window w = Window.same(1, 1);
        Tensor x = l.random(2, 3, 5, C);
        Tensor kernel = l.random(C, F);
        Tensor bias = l.random(F);
        Tensor conv = l.toBeSet(2, 3, 5, F);
        Tensor dot = l.toBeSet(2, 3, 5, F);
        l.K.conv2d(conv, x, kernel.reshape(1, 1, C, F), bias, w, Write.SET);
        l.K.dot(dot, x, kernel, bias, Write.SET);
        Close.assertClose("conv2d, dot", l.K.toArray(dot), l.K.toArray(conv), C);
    }

    /** The cell knows nothing of what is beside what: rows in another order give the results in that order. */
    @Property(tries = 60)
    void gatesWorkRowByRow(@ForAll("backends") String backend, @ForAll @IntRange(min = 1, max = 40) int F,
            @ForAll long seed) {
        Lab l = new Lab(BACKENDS.get(backend), seed);
        Tensor gates = l.random(3, 2, 4 * F);
        Tensor c_tm1 = l.random(3, 2, F);
        Tensor peephole = l.random(3, 1, F);
        Tensor swappedGates = l.toBeSet(2, 3, 4 * F);
        Tensor swapped_c_tm1 = l.toBeSet(2, 3, F);
        l.K.swap01(swappedGates, gates);
        l.K.swap01(swapped_c_tm1, c_tm1);
        Tensor h = l.toBeSet(3, 2, F);
        Tensor c = l.toBeSet(3, 2, F);
        Tensor h2 = l.toBeSet(2, 3, F);
        Tensor c2 = l.toBeSet(2, 3, F);
        l.K.lstmGates(h, c, gates, c_tm1, peephole, TANH, SIGMOID);
        l.K.lstmGates(h2, c2, swappedGates, swapped_c_tm1, peephole, TANH, SIGMOID);
        Tensor expected = l.toBeSet(2, 3, F);
        l.K.swap01(expected, h);
        Close.assertClose("h", l.K.toArray(expected), l.K.toArray(h2), 1);
        l.K.swap01(expected, c);
        Close.assertClose("c", l.K.toArray(expected), l.K.toArray(c2), 1);
    }

    @Property(tries = 60)
    void swappingTwiceChangesNothing(@ForAll("backends") String backend, @ForAll @IntRange(min = 1, max = 9) int B,
            @ForAll @IntRange(min = 1, max = 9) int T, @ForAll @IntRange(min = 1, max = 40) int D) {
        Lab l = new Lab(BACKENDS.get(backend), B);
        Tensor x = l.random(B, T, D);
        Tensor swapped = l.toBeSet(T, B, D);
        Tensor back = l.toBeSet(B, T, D);
        l.K.swap01(swapped, x);
        l.K.swap01(back, swapped);
        assertArrayEquals(l.K.toArray(x), l.K.toArray(back));
        assertArrayEquals(l.K.toArray(x.reshape(Shape.of(B * T, D)).at(T - 1)), l.K.toArray(swapped.at(T - 1).at(0)));
    }

    private static float[] sum(float[] a, float scale, float[] b) {
        float[] sum = new float[a.length];
        for (int k = 0; k < a.length; k++) {
            sum[k] = a[k] + scale * b[k];
        }
        return sum;
    }

    private static double inner(float[] a, float[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += (double) a[k] * b[k];
        }
        return sum;
    }
}
