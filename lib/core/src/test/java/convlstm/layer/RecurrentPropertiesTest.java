package convlstm.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/** What holds for ConvLSTM2D of every size on every backend. */
class RecurrentPropertiesTest {
    private static final Map<String, Backend> BACKENDS = Backends.providers().stream()
            .filter(p -> p.unusable().isEmpty())
            .map(BackendProvider::name)
            .collect(Collectors.toMap(name -> name, Backends::byName));

    @AfterContainer
    static void close() {
        BACKENDS.values().forEach(Backend::close);
    }

    @Provide
    Arbitrary<String> backends() {
        return Arbitraries.of(List.copyOf(BACKENDS.keySet()));
    }

    /** On an image of one pixel only the middle of each kernel meets data, and ConvLSTM2D is LSTM, forward and back. */
    @Property(tries = 80)
    void onOnePixelConvLstmIsLstm(
            @ForAll("backends") String backend, @ForAll @IntRange(min = 1, max = 5) int T,
            @ForAll @IntRange(min = 1, max = 4) int B, @ForAll @IntRange(min = 1, max = 9) int C,
            @ForAll @IntRange(min = 1, max = 18) int F, @ForAll @IntRange(max = 2) int border, @ForAll long seed) {
        Backend K = BACKENDS.get(backend);
        int k = 2 * border + 1;
        Lstm lstm = new Lstm(F).returnSequences(true).build(K, Shape.of(T, C), seed);
        ConvLstm2d conv = new ConvLstm2d(F, k).padding(Padding.SAME).returnSequences(true)
                .build(K, Shape.of(T, 1, 1, C), seed + 1);
        for (String name : List.of("kernel", "recurrent_kernel")) {
            K.copy(middle(conv.parameter(name).value(), k), lstm.parameter(name).value());
        }
        K.copy(conv.parameter("bias").value(), lstm.parameter("bias").value());

        Tensor x = random(K, seed + 2, T, B, C);
        Tensor dy = random(K, seed + 3, T, B, F);
        assertClose("y", K, lstm.forward(x, true), conv.forward(x.reshape(T, B, 1, 1, C), true));
        assertClose("dx", K, lstm.backward(dy), conv.backward(dy.reshape(T, B, 1, 1, F)));
        for (String name : List.of("kernel", "recurrent_kernel")) {
            assertClose("d " + name, K, lstm.parameter(name).gradient(),
                    middle(conv.parameter(name).gradient(), k));
        }
        assertClose("d bias", K, lstm.parameter("bias").gradient(), conv.parameter("bias").gradient());
    }

    /** The matrix (in, out) at the middle pixel of a k x k kernel. */
    private static Tensor middle(Tensor kernel, int k) {
        return kernel.reshape(k * k, kernel.dim(2), kernel.dim(3)).at(k * k / 2);
    }

    /**
     * Two windows on one larger scene, the second lower by some pixels: where no window of any step has reached the
     * border, the second output is the first, moved.
     */
    @Property(tries = 40)
    void theOutputMovesWithTheImage(
            @ForAll("backends") String backend, @ForAll @IntRange(min = 1, max = 3) int T,
            @ForAll @IntRange(min = 1, max = 4) int C, @ForAll @IntRange(min = 1, max = 9) int F,
            @ForAll @IntRange(min = 1, max = 3) int down, @ForAll long seed) {
        Backend K = BACKENDS.get(backend);
        int reach = T; // how far the border is felt with 3 x 3 kernels: 1 through x, and 1 more at each later step
        int H = 2 * reach + down + 2;
        int W = 2 * reach + 3;
        Tensor scene = random(K, seed, T, H + down, W, C);
        ConvLstm2d layer = new ConvLstm2d(F, 3).padding(Padding.SAME).returnSequences(true)
                .build(K, Shape.of(T, H, W, C), seed + 1);
        float[] above = K.toArray(layer.forward(rows(K, scene, 0, H), false));
        float[] below = K.toArray(layer.forward(rows(K, scene, down, H), false));
        for (int t = 0; t < T; t++) {
            for (int y = reach; y + down < H - reach; y++) {
                for (int x = reach; x < W - reach; x++) {
                    for (int f = 0; f < F; f++) {
                        int at = ((t * H + y) * W + x) * F + f;
                        assertEquals(above[at + down * W * F], below[at], 1e-5, "t " + t + " y " + y + " x " + x);
                    }
                }
            }
        }
    }

    /** A sequence (T, 1, H, W, C) of rows of a scene (T, more rows, W, C). */
    private static Tensor rows(Backend K, Tensor scene, int from, int H) {
        Tensor part = K.allocate(Shape.of(scene.dim(0), 1, H, scene.dim(2), scene.dim(3)));
        for (int t = 0; t < scene.dim(0); t++) {
            K.copy(part.at(t).at(0), scene.at(t).range(from, from + H));
        }
        return part;
    }

    private static Tensor random(Backend K, long seed, int... dims) {
        Random random = new Random(seed);
        float[] values = new float[Shape.of(dims).size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return K.tensor(Shape.of(dims), values);
    }

    private static void assertClose(String what, Backend K, Tensor expected, Tensor actual) {
        float[] e = K.toArray(expected);
        float[] a = K.toArray(actual);
        assertEquals(e.length, a.length, what);
        for (int k = 0; k < e.length; k++) {
            assertEquals(e[k], a[k], 2e-5 * (1 + Math.abs(e[k])), what + ": element " + k);
        }
    }
}
