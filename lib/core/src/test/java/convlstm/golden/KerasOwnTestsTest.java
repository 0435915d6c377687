package convlstm.golden;

import static convlstm.golden.Runs.arange;
import static convlstm.golden.Runs.forward;
import static convlstm.golden.Runs.get;
import static convlstm.golden.Runs.sum;
import static convlstm.golden.Runs.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.TestedBackends;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Recurrent;
import convlstm.layer.Recurrent.State;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The numbers in the test files of Keras 3 itself (keras/src/layers, conv_lstm2d_test.py and its neighbours): inputs
 * count up, weights are constant. Necessary but weak, since constant weights cannot tell one gate or one kernel pixel
 * from another; {@link GoldenTest} can. Keras' grouped convolutions, a gain of orthogonal kernels and masks
 * for BatchNormalization have no counterpart in this kit.
 */
@Tag("every-backend")
@ParameterizedClass
@MethodSource("convlstm.golden.GoldenTest#usable")
class KerasOwnTestsTest {
    private final Backend K;

    KerasOwnTestsTest(String backend) {
        K = TestedBackends.create(backend);
    }

    @AfterEach
    void close() {
        K.close();
    }

    /** Kernels 0.01 and 0.02, bias 0.03, forget gate 1 where there is a unit forget bias. */
    private <S extends Recurrent<S>> S constant(S layer) {
        return layer.kernelInitializer(Init.constant(0.01f))
                .recurrentInitializer(Init.constant(0.02f))
                .biasInitializer(Init.constant(0.03f));
    }

    private <L extends Layer> L built(L layer, HostArray x) {
        layer.build(K, x.shape().drop(1), 1);
        return layer;
    }

    private void assertUnitsEqual(HostArray y, float tolerance, double... expected) {
        int units = y.dim(-1);
        assertEquals(expected.length * units, y.size());
        for (int k = 0; k < y.size(); k++) {
            assertEquals(expected[k / units], y.values()[k], tolerance, "flat index " + k + " of " + y.shape());
        }
    }

    // ---- ConvLSTM2D, ConvLSTM1D

    @Test
    void convLstm2d() {
        HostArray x = arange(100, 2, 3, 4, 4, 5);
        ConvLstm2d layer = built(constant(new ConvLstm2d(2, 3)), x);
        HostArray y = forward(K, layer, x);
        assertEquals(Shape.of(2, 2, 2, 2), y.shape());
        assertUnitsEqual(y, 1e-6f,
                0.48694518, 0.50237733, 0.5461202, 0.5598283, 0.8661607, 0.86909103, 0.8774414, 0.8800861);
    }

    @Test
    void convLstm1d() {
        HostArray x = arange(10, 2, 3, 1, 4, 5); // images of height 1
        ConvLstm2d layer = built(constant(new ConvLstm2d(2, 1, 3)), x);
        assertUnitsEqual(forward(K, layer, x), 1e-6f, 0.40807986, 0.46421072, 0.80933154, 0.8233646);
    }

    @Test
    void convLstm2dShapes() {
        assertEquals(Shape.of(3, 4, 4, 5),
                forward(K, built(new ConvLstm2d(5, 3).padding(Padding.SAME), arange(100, 3, 2, 4, 4, 3)),
                        arange(100, 3, 2, 4, 4, 3)).shape());
        HostArray x = arange(100, 3, 2, 8, 8, 3);
        assertEquals(Shape.of(3, 6, 6, 5), forward(K, built(new ConvLstm2d(5, 3), x), x).shape());
        ConvLstm2d sequences = built(new ConvLstm2d(5, 3).returnSequences(true), x);
        assertEquals(Shape.of(3, 2, 6, 6, 5), forward(K, sequences, x).shape());
        assertEquals(3, sequences.parameters().stream().filter(p -> p.trainable()).count());
    }

    @Test
    void convLstm2dRefusesStridesWithDilation() {
        ConvLstm2d layer = new ConvLstm2d(2, 3).strides(2, 2);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> layer.dilationRate(3, 3));
        assertTrue(refused.getMessage().contains("strides") && refused.getMessage().contains("dilation"),
                refused.getMessage());
    }

    @Test
    void convLstmCell() {
        HostArray x = arange(10, 2, 1, 5, 5, 3);
        HostArray state = arange(10, 2, 5, 5, 4);
        ConvLstm2d layer = built(weights(new ConvLstm2d(4, 3).padding(Padding.SAME)), x);
        HostArray y = forward(K, layer, x, state(state));
        assertEquals(188.89502, sum(y), 188.89502e-6);
        assertEquals(188.89502, sum(get(K, layer.finalH())), 188.89502e-6);
        assertEquals(2170.444, sum(get(K, layer.finalC())), 2170.444e-6);
    }

    @Test
    void convLstmInitialState() {
        HostArray x = arange(100, 2, 3, 5, 5, 3);
        HostArray state = arange(100, 2, 5, 5, 4);
        ConvLstm2d layer = built(weights(new ConvLstm2d(4, 3).padding(Padding.SAME)), x);
        assertEquals(119.812454, sum(forward(K, layer, x, state(state))), 119.812454e-6);
    }

    /** Constant kernels, and the bias as Keras starts it. */
    private static ConvLstm2d weights(ConvLstm2d layer) {
        return layer.kernelInitializer(Init.constant(0.01f)).recurrentInitializer(Init.constant(0.02f));
    }

    // ---- LSTM

    @Test
    void lstm() {
        HostArray x = arange(1, 3, 6, 4);
        assertUnitsEqual(forward(K, built(constant(new Lstm(3)), x), x), 1e-5f, 0.6288687, 0.86899155, 0.9460773);
        assertUnitsEqual(forward(K, built(constant(new Lstm(3)).goBackwards(true), x), x), 1e-5f,
                0.35622165, 0.74789524, 0.8872726);
        assertUnitsEqual(forward(K, built(constant(new Lstm(3)).unitForgetBias(false), x), x), 1e-5f,
                0.57019705, 0.8661914, 0.9459622);
        assertUnitsEqual(forward(K, built(constant(new Lstm(3)).useBias(false), x), x), 1e-5f,
                0.54986924, 0.86226785, 0.9443936);
    }

    @Test
    void lstmStateful() {
        HostArray x = arange(1, 2, 3, 4);
        Lstm layer = built(constant(new Lstm(4)).stateful(true), x);
        for (int again = 0; again < 2; again++) {
            forward(K, layer, x);
            assertUnitsEqual(forward(K, layer, x), 1e-5f, 0.3124785, 0.6863672);
            layer.resetState();
        }
    }

    @Test
    void lstmInitialState() {
        HostArray x = arange(1, 2, 4, 3);
        HostArray state = arange(1, 2, 2);
        Lstm there = built(constant(new Lstm(2)), x);
        assertOutput(there, state(state), x, 0.20574439f, 0.3558822f, 0.64930826f, 0.66276f);
        Lstm back = built(constant(new Lstm(2)).goBackwards(true), x);
        assertOutput(back, state(state), x, 0.13281618f, 0.2790356f, 0.5839337f, 0.5992567f);
    }

    private State state(HostArray h) {
        return new State(tensor(K, h), tensor(K, h));
    }

    private void assertOutput(Recurrent<?> layer, State initial, HostArray x, float... expected) {
        assertArrayEquals(expected, forward(K, layer, x, initial).values(), 1e-5f);
    }

    @Test
    void lstmMasking() {
        HostArray x = arange(1, 2, 4, 3);
        HostArray mask = new HostArray(Shape.of(2, 4), new float[] {1, 1, 1, 0, 1, 1, 0, 0});
        assertUnitsEqual(masked(new Lstm(2), x, mask), 1e-5f, 0.11755939, 0.28556206);
        assertUnitsEqual(masked(new Lstm(2).returnSequences(true), x, mask), 1e-5f,
                0.01588910, 0.05552048, 0.11755939, 0.11755939, 0.14185596, 0.28556206, 0.28556206, 0.28556206);
        assertUnitsEqual(masked(new Lstm(2).returnSequences(true).zeroOutputForMask(true), x, mask), 1e-5f,
                0.01588910, 0.05552048, 0.11755939, 0, 0.14185596, 0.28556206, 0, 0);
        HostArray late = new HostArray(Shape.of(2, 4), new float[] {0, 1, 1, 1, 0, 0, 1, 1});
        assertUnitsEqual(masked(new Lstm(2).goBackwards(true), x, late), 1e-5f, 0.15341201, 0.3844719);
    }

    private HostArray masked(Lstm layer, HostArray x, HostArray mask) {
        built(constant(layer), x).mask(mask);
        return forward(K, layer, x);
    }

    /** Keras' Bidirectional with merge_mode "concat" is two layers, one of them going backwards. */
    @Test
    void bidirectionalLstm() {
        HostArray x = arange(1, 2, 4, 3);
        Lstm there = built(constant(new Lstm(2)).stateful(true), x);
        Lstm back = built(constant(new Lstm(2)).stateful(true).goBackwards(true), x);
        forward(K, there, x);
        forward(K, back, x);
        assertUnitsEqual(forward(K, there, x), 1e-5f, 0.26234663, 0.6137073);
        assertUnitsEqual(forward(K, back, x), 1e-5f, 0.16959146, 0.5381646);

        there = built(constant(new Lstm(2)), x);
        back = built(constant(new Lstm(2)).goBackwards(true), x);
        State first = new State(tensor(K, arange(1, 2, 2)), tensor(K, arange(1 / 2f, 2, 2)));
        State last = new State(tensor(K, arange(1 / 3f, 2, 2)), tensor(K, arange(1 / 4f, 2, 2)));
        assertOutput(there, first, x, 0.20794602f, 0.4577124f, 0.6682636f, 0.6711909f);
        assertOutput(back, last, x, 0.14046375f, 0.48191673f, 0.60943645f, 0.60950446f);
    }

    // ---- others

    @Test
    void timeDistributedDense() {
        HostArray x = arange(1, 3, 2, 4);
        Dense dense = new Dense(1).kernelInitializer(Init.constant(0.01f)).useBias(false);
        HostArray y = forward(K, built(new TimeDistributed(dense), x), x);
        assertEquals(Shape.of(3, 2, 1), y.shape());
        assertArrayEquals(new float[] {0.06f, 0.22f, 0.38f, 0.54f, 0.7f, 0.86f}, y.values(), 1e-6f);
    }

    @Test
    void conv2d() {
        HostArray x = normal(new Random(1), 0, 1, 2, 8, 8, 4);
        assertConv2d(x, new Conv2d(5, 2), 2, 2, 1, 1, 1, 1, false);
        assertConv2d(x, new Conv2d(4, 3).strides(2, 2).padding(Padding.SAME), 3, 3, 2, 2, 1, 1, true);
        assertConv2d(x, new Conv2d(6, 2).dilationRate(2, 2).padding(Padding.SAME), 2, 2, 1, 1, 2, 2, true);
        assertConv2d(x, new Conv2d(6, 2).dilationRate(2, 3).padding(Padding.SAME), 2, 2, 1, 1, 2, 3, true);
        assertConv2d(x, new Conv2d(6, 4, 3).strides(2, 1), 4, 3, 2, 1, 1, 1, false);
    }

    /** Compares with the sum that defines a convolution, padding computed as TensorFlow's documentation has it. */
    private void assertConv2d(
            HostArray x, Conv2d layer, int kh, int kw, int sh, int sw, int dh, int dw, boolean same) {
        HostArray y = forward(K, built(layer, x), x);
        HostArray kernel = get(K, layer.parameter("kernel").value());
        int H = x.dim(1);
        int W = x.dim(2);
        int outH = same ? (H + sh - 1) / sh : (H - dh * (kh - 1) - 1) / sh + 1;
        int outW = same ? (W + sw - 1) / sw : (W - dw * (kw - 1) - 1) / sw + 1;
        int top = same ? Math.max((outH - 1) * sh + dh * (kh - 1) + 1 - H, 0) / 2 : 0;
        int left = same ? Math.max((outW - 1) * sw + dw * (kw - 1) + 1 - W, 0) / 2 : 0;
        assertEquals(Shape.of(x.dim(0), outH, outW, kernel.dim(3)), y.shape());
        for (int b = 0; b < x.dim(0); b++) {
            for (int r = 0; r < outH; r++) {
                for (int s = 0; s < outW; s++) {
                    for (int f = 0; f < kernel.dim(3); f++) {
                        double sum = 0;
                        for (int i = 0; i < kh; i++) {
                            for (int j = 0; j < kw; j++) {
                                int row = r * sh + i * dh - top;
                                int column = s * sw + j * dw - left;
                                for (int c = 0; c < x.dim(3) && row >= 0 && row < H && column >= 0 && column < W; c++) {
                                    sum += (double) x.get(b, row, column, c) * kernel.get(i, j, c, f);
                                }
                            }
                        }
                        assertEquals(sum, y.get(b, r, s, f), 1e-6 + 5e-6 * Math.abs(sum));
                    }
                }
            }
        }
    }

    @Test
    void maxPooling2d() {
        HostArray x = arange(1, 1, 5, 5, 4);
        assertMaxPool(x, 2, 2, 1, 1, Padding.VALID);
        assertMaxPool(x, 2, 2, 2, 2, Padding.SAME);
        assertMaxPool(x, 2, 3, 3, 3, Padding.SAME);
    }

    /** Here what Keras' own oracle has, padding at the end, is what SAME gives. */
    private void assertMaxPool(HostArray x, int ph, int pw, int sh, int sw, Padding padding) {
        HostArray y = forward(K, built(new MaxPool2d(ph, pw, sh, sw, padding), x), x);
        for (int r = 0; r < y.dim(1); r++) {
            for (int s = 0; s < y.dim(2); s++) {
                // x counts up, so the largest element is the last one of the window
                int row = Math.min(r * sh + ph, x.dim(1)) - 1;
                int column = Math.min(s * sw + pw, x.dim(2)) - 1;
                for (int c = 0; c < x.dim(3); c++) {
                    assertEquals(x.get(0, row, column, c), y.get(0, r, s, c));
                }
            }
        }
    }

    @Test
    void batchNormalization() {
        HostArray x = normal(new Random(2), 5, 10, 200, 4, 4, 3);
        BatchNorm layer = built(new BatchNorm(0, 1e-3), x);
        HostArray y = x;
        for (int pass = 0; pass < 3; pass++) {
            y = forward(K, layer, x, true);
        }
        for (int c = 0; c < 3; c++) {
            double mean = 0;
            double square = 0;
            int n = y.size() / 3;
            for (int k = 0; k < n; k++) {
                double v = y.values()[3 * k + c];
                mean += v / n;
                square += v * v / n;
            }
            assertEquals(0, mean, 1e-3);
            assertEquals(1, Math.sqrt(square - mean * mean), 1e-3);
        }
        assertArrayEquals(y.values(), forward(K, layer, x).values(), 1e-5f);
    }

    private static HostArray normal(Random random, float mean, float deviation, int... dims) {
        HostArray a = HostArray.zeros(dims);
        for (int k = 0; k < a.size(); k++) {
            a.values()[k] = mean + deviation * (float) random.nextGaussian();
        }
        return a;
    }
}
