package convlstm.golden;

import static convlstm.golden.Runs.arange;
import static convlstm.golden.Runs.forward;
import static convlstm.golden.Runs.full;
import static convlstm.golden.Runs.get;
import static convlstm.golden.Runs.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.layer.Regularizer;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the tests of older Keras ask of ConvLSTM2D (Keras 2.15, conv_lstm_test.py; 2.2.4,
 * convolutional_recurrent_test.py), asked of both layers, and what Keras refuses, refused with words that teach.
 */
class KerasPropertiesTest {
    private final Backend K = Backends.byName("reference");

    @AfterEach
    void close() {
        K.close();
    }

    private record Kind(String name, Supplier<? extends Recurrent<?>> layer, HostArray x) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("LSTM", () -> new Lstm(3), arange(50, 2, 4, 5)),
                new Kind("ConvLSTM2D", () -> new ConvLstm2d(3, 2, 3), arange(100, 2, 4, 5, 4, 2)));
    }

    private <L extends Layer> L built(L layer, HostArray x) {
        layer.build(K, x.shape().drop(1), 7);
        return layer;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theFirstStateIsTheLastOutput(Kind kind) {
        Recurrent<?> layer = built(kind.layer.get().returnSequences(true), kind.x);
        HostArray y = forward(K, layer, kind.x);
        HostArray h = get(K, layer.finalH());
        for (int b = 0; b < y.dim(0); b++) {
            assertEquals(y.at(b).at(y.dim(1) - 1), h.at(b));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void statefulLayersGoOnAndStartAnew(Kind kind) {
        Recurrent<?> layer = built(kind.layer.get().stateful(true), kind.x);
        HostArray first = forward(K, layer, kind.x);
        HostArray second = forward(K, layer, kind.x);
        assertTrue(distance(first, second) > 1e-3, "the second call starts from other states");
        layer.resetState();
        assertEquals(first, forward(K, layer, kind.x));
    }

    /** Two halves of a sequence, one after the other, are the whole: by stateful and by handing over the states. */
    @ParameterizedTest
    @MethodSource("kinds")
    void aSequenceInTwoHalvesIsTheWhole(Kind kind) {
        HostArray whole = forward(K, built(kind.layer.get(), kind.x), kind.x);
        HostArray[] halves = halves(kind.x);

        Recurrent<?> stateful = built(kind.layer.get().stateful(true), halves[0]);
        forward(K, stateful, halves[0]);
        assertArrayEquals(whole.values(), forward(K, stateful, halves[1]).values(), 1e-6f);

        Recurrent<?> handed = built(kind.layer.get(), halves[0]);
        forward(K, handed, halves[0]);
        handed.initialState(tensor(K, get(K, handed.finalH())), tensor(K, get(K, handed.finalC())));
        assertArrayEquals(whole.values(), forward(K, handed, halves[1]).values(), 1e-6f);
    }

    private static HostArray[] halves(HostArray x) {
        int half = x.dim(1) / 2;
        int[] shape = x.shape().with(1, half).toArray();
        HostArray[] halves = {HostArray.zeros(shape), HostArray.zeros(shape)};
        int row = x.shape().drop(2).size();
        for (int b = 0; b < x.dim(0); b++) {
            for (int part = 0; part < 2; part++) {
                int from = (b * x.dim(1) + part * half) * row;
                System.arraycopy(x.values(), from, halves[part].values(), b * half * row, half * row);
            }
        }
        return halves;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void eachOfTheThreeWeightsHasItsPenalty(Kind kind) {
        Recurrent<?> layer = built(kind.layer.get().regularizers(
                new Regularizer(0.01f, 0), new Regularizer(0, 0.02f), new Regularizer(0.03f, 0.04f)), kind.x);
        assertEquals(List.of(new Regularizer(0.01f, 0), new Regularizer(0, 0.02f), new Regularizer(0.03f, 0.04f)),
                layer.parameters().stream().map(Parameter::regularizer).toList());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aCopyWithTheSameWeightsGivesTheSameOutput(Kind kind) {
        Recurrent<?> layer = built(kind.layer.get(), kind.x);
        Recurrent<?> copy = kind.layer.get();
        copy.build(K, kind.x.shape().drop(1), 8);
        assertTrue(distance(forward(K, layer, kind.x), forward(K, copy, kind.x)) > 1e-3, "other seeds, other weights");
        for (Parameter p : layer.parameters()) {
            K.copy(copy.parameter(p.name()).value(), p.value());
        }
        assertEquals(forward(K, layer, kind.x), forward(K, copy, kind.x));
    }

    // ---- dropout

    @ParameterizedTest
    @MethodSource("kinds")
    void dropoutIsForTrainingAlone(Kind kind) {
        Recurrent<?> plain = built(kind.layer.get(), kind.x);
        Recurrent<?> dropping = built(kind.layer.get().dropout(0.5).recurrentDropout(0.5), kind.x);
        assertEquals(forward(K, plain, kind.x), forward(K, dropping, kind.x));
        HostArray once = forward(K, dropping, kind.x, true);
        assertTrue(distance(once, forward(K, plain, kind.x)) > 1e-3, "training drops");
        assertTrue(distance(once, forward(K, dropping, kind.x, true)) > 1e-3, "every call draws masks of its own");
    }

    // ---- initialisers

    static List<Golden> orthogonal() {
        return Golden.of("Orthogonal");
    }

    /** From the very normal numbers that Keras drew. */
    @ParameterizedTest
    @MethodSource("orthogonal")
    void orthogonalAsKeras(Golden golden) {
        HostArray normal = golden.array("normal");
        java.util.Random keras = new java.util.Random() {
            private int k;

            @Override
            public double nextGaussian() { // the kit draws column after column of what Keras drew row by row
                int column = k / normal.dim(0);
                int row = k++ % normal.dim(0);
                return normal.get(row, column);
            }
        };
        HostArray expected = golden.array("w0");
        assertArrayEquals(expected.values(), Init.orthogonal().values(expected.shape(), keras), 1e-5f);
    }

    @Test
    void orthonormalRowsOrColumns() {
        for (Shape shape : List.of(Shape.of(5, 5), Shape.of(3, 3, 4, 8), Shape.of(6, 24))) {
            float[] kernel = Init.orthogonal().values(shape, new java.util.Random(3));
            int columns = shape.dim(-1);
            int rows = shape.size() / columns;
            boolean byRow = rows < columns;
            for (int a = 0; a < Math.min(rows, columns); a++) {
                for (int b = 0; b <= a; b++) {
                    double dot = 0;
                    for (int k = 0; k < Math.max(rows, columns); k++) {
                        dot += (double) kernel[byRow ? a * columns + k : k * columns + a]
                                * kernel[byRow ? b * columns + k : k * columns + b];
                    }
                    assertEquals(a == b ? 1 : 0, dot, 1e-6);
                }
            }
        }
    }

    static Stream<Arguments> glorot() {
        return Golden.lines("glorot_uniform.csv").stream().skip(1).map(row -> Arguments.of((Object) row.split(",")));
    }

    @ParameterizedTest
    @MethodSource("glorot")
    void glorotUniformAsKeras(String[] row) {
        Shape shape = Shape.of(Stream.of(row[0].split("x")).mapToInt(Integer::parseInt).toArray());
        double limit = Double.parseDouble(row[3]);
        double deviation = Double.parseDouble(row[5]);
        double largest = 0;
        double squares = 0;
        float[] values = Init.glorotUniform().values(shape, new java.util.Random(5));
        for (float v : values) {
            largest = Math.max(largest, Math.abs(v));
            squares += (double) v * v;
        }
        assertTrue(largest <= limit * (1 + 1e-6) && largest > 0.9 * limit, largest + " of " + limit);
        double tolerance = 3 / Math.sqrt(values.length); // of two random samples
        assertEquals(1, Math.sqrt(squares / values.length) / deviation, tolerance);
    }

    // ---- what Keras refuses

    private record Refusal(String name, Executable call, String... words) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Refusal> refusals() {
        Backend K = Backends.byName("reference");
        return Stream.of(
                new Refusal("units below one", () -> new Lstm(0), "units", "1 or more", "0"),
                new Refusal("filters below one", () -> new Conv2d(-1, 3), "filters", "1 or more", "-1"),
                new Refusal("filters below one, recurrent", () -> new ConvLstm2d(0, 3), "filters", "1 or more", "0"),
                new Refusal("kernel below one", () -> new ConvLstm2d(2, 0, 3), "kernelSize", "1 or more", "0"),
                new Refusal("stride below one", () -> new Conv2d(2, 3).strides(0, 1), "stride", "1 or more", "0"),
                new Refusal("dilation below one", () -> new Conv2d(2, 3).dilationRate(1, 0),
                        "dilation", "1 or more", "0"),
                new Refusal("strides with dilation", () -> new Conv2d(2, 3).strides(2, 1).dilationRate(1, 2), "strides",
                        "dilation"),
                new Refusal("strides with dilation, recurrent",
                        () -> new ConvLstm2d(2, 3).dilationRate(1, 2).strides(2, 1), "strides", "dilation"),
                new Refusal("a kernel larger than a valid input",
                        () -> new Conv2d(2, 5).build(K, Shape.of(4, 6, 1), 1), "kernel", "5", "4"),
                new Refusal("images for an LSTM", () -> new Lstm(2).build(K, Shape.of(3, 4, 4, 1), 1),
                        "LSTM", "(T, D)"),
                new Refusal("vectors for a ConvLSTM2D", () -> new ConvLstm2d(2, 3).build(K, Shape.of(3, 4), 1),
                        "ConvLSTM2D", "(T, H, W, C)"),
                new Refusal("no time for TimeDistributed",
                        () -> new TimeDistributed(new Dense(2)).build(K, Shape.of(3), 1), "TimeDistributed", "T"),
                new Refusal("a negative penalty", () -> new Regularizer(-0.1f, 0), "l1"),
                new Refusal("an infinite penalty", () -> new Regularizer(0, Float.POSITIVE_INFINITY), "l2"),
                new Refusal("dropping more than all", () -> new Lstm(2).dropout(1.5), "dropout", "1.5"),
                new Refusal("dropping a negative share", () -> new ConvLstm2d(2, 3).recurrentDropout(-0.1),
                        "recurrentDropout", "-0.1"),
                new Refusal("another batch size for a stateful layer", () -> {
                    Lstm layer = new Lstm(2).stateful(true);
                    layer.build(K, Shape.of(3, 4), 1);
                    forward(K, layer, full(1, 2, 3, 4));
                    forward(K, layer, full(1, 5, 3, 4));
                }, "batch", "2", "5", "resetState"),
                new Refusal("a mask for other steps", () -> {
                    Lstm layer = new Lstm(2);
                    layer.build(K, Shape.of(3, 4), 1);
                    layer.mask(full(1, 2, 7));
                    forward(K, layer, full(1, 2, 3, 4));
                }, "mask", "(T, B)", "(3, 2, 4)"),
                new Refusal("an initial state of another shape", () -> {
                    ConvLstm2d layer = new ConvLstm2d(2, 3).padding(Padding.SAME);
                    layer.build(K, Shape.of(2, 4, 5, 1), 1);
                    HostArray wrong = full(0, 3, 5, 4, 2);
                    layer.initialState(tensor(K, wrong), tensor(K, wrong));
                    forward(K, layer, full(1, 3, 2, 4, 5, 1));
                }, "initialState", "(3, 4, 5, 2)", "(3, 5, 4, 2)"),
                new Refusal("half an initial state", () -> {
                    Lstm layer = new Lstm(2);
                    layer.build(K, Shape.of(3, 4), 1);
                    layer.initialState(tensor(K, full(0, 1, 2)), null);
                }, "h0", "c0"),
                new Refusal("other channels than it was built for", () -> {
                    Conv2d layer = new Conv2d(2, 3);
                    layer.build(K, Shape.of(5, 5, 3), 1);
                    forward(K, layer, full(1, 2, 5, 5, 4));
                }, "x", "3", "(2, 5, 5, 4)"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refused(Refusal refusal) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, refusal.call);
        for (String word : refusal.words) {
            assertTrue(String.valueOf(refused.getMessage()).contains(word),
                    "expected '" + word + "' in: " + refused.getMessage());
        }
    }

    private static double distance(HostArray a, HostArray b) {
        double largest = 0;
        for (int k = 0; k < a.size(); k++) {
            largest = Math.max(largest, Math.abs(a.values()[k] - b.values()[k]));
        }
        return largest;
    }
}
