package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Write;
import convlstm.check.GradientCheck;
import convlstm.data.Shipped;
import convlstm.layer.Hybrid;
import convlstm.layer.Layer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each experiment from end to end, far too small to show anything, and the rows that come with the kit. */
class ExperimentsTest {
    private static final Forecasting TINY = new Forecasting(3, 8, 4, 1, 0);
    private static final Trainer.Listener NOBODY = new Trainer.Listener() {
    };

    @AutoClose
    private final Backend K = Backends.best();

    @TestFactory
    Stream<DynamicTest> everyArmTrainsAndIsMeasured() {
        return Stream
                .of(new Direction(TINY), new Operator(TINY), Operator.longDark(TINY), Operator.eight(TINY),
                        new Place(TINY), new Scramble(TINY),
                        new Reach(TINY),
                        new Fair(new Forecasting(3, 8, 4, 1, 1)), new Paper(8, 1, 4))
                .flatMap(e -> e.arms().stream().map(arm -> DynamicTest.dynamicTest(e.name() + ": " + arm, () -> {
                    Outcome o = e.train(K, new Run(arm, 1, e.rates().getFirst()), NOBODY);
                    assertEquals(e.metrics().size(), o.metrics().length);
                    assertTrue(Arrays.stream(o.metrics()).allMatch(m -> Double.isFinite(m) && m > 0),
                            Arrays.toString(o.metrics()));
                    assertTrue(o.weights() > 0 && o.multiplyAdds() > 0 && o.epochs() >= 1 && o.validation() > 0);
                })));
    }

    @Test
    void theSameRunGivesTheSameNumbers() throws IOException {
        Run run = new Run("3x3", 2, 0.01);
        assertEquals(Arrays.toString(new Operator(TINY).train(K, run, NOBODY).metrics()),
                Arrays.toString(new Operator(TINY).train(K, run, NOBODY).metrics()));
    }

    @Test
    void theOperatorsShareEverythingElse() {
        Operator operator = new Operator();
        Sequential one = operator.model(K, "1x1", 1);
        for (String arm : operator.arms()) {
            Sequential other = operator.model(K, arm, 1);
            assertEquals(one.parameters().getFirst().value().shape(), other.parameters().getFirst().value().shape());
            assertEquals(one.layers().getFirst().outputShape(), other.layers().getFirst().outputShape());
            assertEquals(one.outputShape(), other.outputShape());
        }
    }

    @Test
    void nineNearSharedNeighboursAreTheConvolution() {
        Tensor x = K.tensor(Shape.of(2, 4, 5, 3), Init.uniform(1).values(Shape.of(2, 4, 5, 3), new Random(1)));
        float[] kernel = Init.uniform(1).values(Shape.of(3, 3, 3, 8), new Random(2));
        float[] bias = {1, 2, 3, 4, 5, 6, 7, 8};
        List<float[]> outs = Stream.of(Nets.convolution(3), Neighbours.near(4, 5, false)).map(f -> {
            Tensor w = K.tensor(f.kernelShape(Shape.of(4, 5, 3), 8), kernel);
            Tensor out = K.tensor(Shape.of(2, 4, 5, 8), new float[2 * 4 * 5 * 8]);
            f.apply(K, out, x, w, K.tensor(Shape.of(8), bias), Write.SET);
            f.apply(K, out, x, w, null, Write.ADD);
            assertEquals(4 * 5 * 9 * 3 * 8, f.multiplyAdds(Shape.of(4, 5, 3), 8));
            return K.toArray(out);
        }).toList();
        assertArrayEquals(outs.getFirst(), outs.getLast(), 1e-5f);
    }

    @Test
    void scatteredNeighboursAreTheConvolutionBetweenShuffles() {
        Shape image = Shape.of(1, 4, 5, 3);
        Tensor x = K.tensor(Shape.of(1, 2, 4, 5, 3), Init.uniform(1).values(Shape.of(2, 4, 5, 3), new Random(1)));
        Tensor kernel = K.tensor(Shape.of(9, 3, 8), Init.uniform(1).values(Shape.of(9, 3, 8), new Random(2)));
        Tensor direct = K.tensor(Shape.of(1, 2, 4, 5, 8), new float[2 * 4 * 5 * 8]);
        Neighbours.scattered(4, 5, false, 7).apply(K, direct, x, kernel, null, Write.SET);
        Tensor around = K.tensor(Shape.of(1, 2, 4, 5, 8), new float[2 * 4 * 5 * 8]);
        Tensor gathered = Shuffle.gather(7).build(K, image, 1).forward(x, false);
        Nets.convolution(3).apply(K, around, gathered, kernel.reshape(3, 3, 3, 8), null, Write.SET);
        assertArrayEquals(K.toArray(direct),
                K.toArray(Shuffle.scatter(7).build(K, Shape.of(1, 4, 5, 8), 1).forward(around, false)), 1e-5f);
    }

    @TestFactory
    Stream<DynamicTest> gradientsOfNeighboursAreRight() {
        return Stream.of(Neighbours.near(4, 5, false), Neighbours.near(4, 5, true),
                Neighbours.scattered(4, 5, false, 7), Neighbours.scattered(4, 5, true, 7))
                .map(f -> DynamicTest.dynamicTest("" + f.kernelShape(Shape.of(4, 5, 2), 8), () -> {
                    Layer layer = new Hybrid(2, Nets.convolution(3), f).returnSequences(true)
                            .build(K, Shape.of(3, 4, 5, 1), 1);
                    Shape batch = Shape.of(3, 2, 4, 5, 1);
                    Tensor x = K.tensor(batch, Init.uniform(1).values(batch, new Random(3)));
                    GradientCheck.layer(K, layer, x, true)
                            .forEach(r -> assertTrue(r.relativeError() < 1e-3, r.toString()));
                }));
    }

    @Test
    void theDirectionsAreEqualInWeightsAndTheFirstFrameTellsNothing() throws IOException {
        Direction direction = new Direction();
        List<Sequential> four = direction.arms().subList(0, 4).stream().map(arm -> direction.model(K, arm, 1)).toList();
        assertEquals(1, four.stream().mapToLong(Sequential::parameterCount).distinct().count());
        assertEquals(1, four.stream().mapToLong(Sequential::multiplyAdds).distinct().count());
        HostArray up = Direction.VERTICAL.sequences(DigitSets.shipped().test(), 3, 200);
        assertEquals(firstRows(up, true), firstRows(up, false), "digits that go down start where those do that go up");
        HostArray across = Direction.HORIZONTAL.sequences(DigitSets.shipped().test(), 3, 200);
        assertEquals(Shape.of(200, 7, 7, 20, 1), across.shape());
    }

    /** The first rows with ink in the first frames of the sequences that go one way. */
    private static List<Integer> firstRows(HostArray sequences, boolean down) {
        return IntStream.range(0, sequences.dim(0))
                .filter(n -> top(sequences, n, 1) > top(sequences, n, 0) == down)
                .mapToObj(n -> top(sequences, n, 0)).distinct().sorted().toList();
    }

    private static int top(HostArray sequences, int n, int t) {
        HostArray frame = sequences.at(n).at(t);
        return IntStream.range(0, frame.size()).filter(i -> frame.values()[i] > 0).findFirst().orElseThrow()
                / frame.dim(1);
    }

    @Test
    void theOpponentsAreEqualInWhatTheyAreNamedFor() {
        Sequential convLstm = Fair.model(K, "ConvLSTM2D", 1);
        assertEquals(1, Fair.model(K, "LSTM equal weights", 1).parameterCount() / (double) convLstm.parameterCount(),
                0.15);
        assertEquals(1, Fair.model(K, "LSTM equal arithmetic", 1).multiplyAdds() / (double) convLstm.multiplyAdds(),
                0.01);
        assertEquals(1, Fair.model(K, "LSTM without pooling", 1).multiplyAdds() / (double) convLstm.multiplyAdds(),
                0.01);
    }

    @Test
    void aShuffleMovesPixelsAndItsGradientMovesThemBack() {
        Shape clip = Shape.of(2, 3, 4, 2);
        Layer scatter = Shuffle.scatter(5).build(K, clip, 1);
        Layer gather = Shuffle.gather(5).build(K, clip, 1);
        float[] values = new float[2 * 3 * 3 * 4 * 2];
        for (int k = 0; k < values.length; k++) {
            values[k] = k;
        }
        var x = K.tensor(Shape.of(2, 3, 3, 4, 2), values);
        float[] scattered = K.toArray(scatter.forward(x, false));
        assertTrue(!Arrays.equals(values, scattered));
        for (int k = 0; k < values.length; k += 2) {
            assertEquals(scattered[k] + 1, scattered[k + 1], "channels stay together");
            assertEquals((int) scattered[k] / 24, k / 24, "frames keep their pixels");
        }
        assertTrue(Arrays.equals(values, K.toArray(gather.forward(scatter.forward(x, false), false))));
        assertTrue(Arrays.equals(values, K.toArray(scatter.backward(scatter.forward(x, false)))));
    }

    @Test
    void theScrambledNetworksBeginAsTheSameFunctions() throws IOException {
        Scramble scramble = new Scramble();
        HostArray x = TINY.data(Scramble.WORLD, DigitSets.shipped().test(), 1, 4).x();
        float[] plain = scramble.model(K, "LSTM", 3).predict(x).values();
        float[] scrambled = scramble.model(K, "LSTM scrambled", 3).predict(x).values();
        for (int k = 0; k < plain.length; k++) {
            assertEquals(plain[k], scrambled[k], 1e-4);
        }
    }

    @Test
    void theRatesScheduleRisesAndFalls() {
        assertEquals(1, Schedule.share(Schedule.WARM_UP), 1e-9);
        assertEquals(0.5, Schedule.share(Schedule.WARM_UP / 2), 1e-9);
        assertEquals(Schedule.LAST_SHARE, Schedule.share(1), 1e-9);
    }

    @Test
    void everyFileThatIsShippedIsReadable() throws IOException {
        for (Experiment e : Experiments.all()) {
            Results results = Results.open(Shipped.folder().resolve("evidence"), e);
            results.rows().stream().filter(r -> !r.run().search())
                    .forEach(r -> assertEquals(results.rate(r.run().arm()).orElseThrow(), r.run().rate(),
                            () -> e.name() + ": " + r.run() + " has the rate that the search chose"));
        }
        assertEquals(Experiments.all().size(),
                new HashSet<>(Experiments.all().stream().map(Experiment::name).toList()).size());
        assertEquals(List.of(), Experiments.all().stream().filter(e -> e.name().contains(",")).toList());
    }
}
