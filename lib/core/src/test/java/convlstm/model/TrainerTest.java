package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Regularizer;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerTest {
    private static final Backend K = Backends.byName("reference");

    /** A dot that moves one pixel to the right in each frame of 6x6; the next frame is to be said. */
    private static Dataset movingDots(int n) {
        HostArray sequences = HostArray.zeros(n, 5, 6, 6, 1);
        for (int s = 0; s < n; s++) {
            for (int t = 0; t < 5; t++) {
                sequences.set(1, s, t, s % 6, (s / 6 + t) % 6, 0);
            }
        }
        return Dataset.nextFrame(sequences);
    }

    private static Sequential model(Backend K, long seed) {
        return new Sequential(K, Shape.of(4, 6, 6, 1), seed,
                new ConvLstm2d(4, 3).padding(Padding.SAME).returnSequences(true).dropout(0.1),
                new TimeDistributed(new BatchNorm()),
                new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
    }

    private static Trainer trainer(Sequential model) {
        return new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(0.02)).batchSize(8).epochs(3).seed(4);
    }

    @Test
    void aFixedSeedGivesAFixedLossCurve() {
        double[] losses = trainer(model(K, 1)).fit(movingDots(36)).losses();
        assertArrayEquals(new double[] {0.64475, 0.39667, 0.17723}, losses, 2e-4,
                "if a change of the arithmetic is meant, put the new curve here: " + Arrays.toString(losses));
    }

    static Stream<BackendProvider> usable() {
        return Backends.providers().stream().filter(p -> p.unusable().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("usable")
    void theSameSeedGivesTheSameBits(BackendProvider provider) {
        List<float[]> weights = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            try (Backend backend = Backends.byName(provider.name())) {
                Sequential model = model(backend, 1);
                trainer(model).fit(movingDots(20));
                weights.add(backend.toArray(model.parameters().getFirst().value()));
            }
        }
        assertArrayEquals(weights.get(0), weights.get(1), 0);
        Sequential other = model(K, 2);
        trainer(other).fit(movingDots(20));
        assertFalse(Arrays.equals(weights.get(0), K.toArray(other.parameters().getFirst().value())));
    }

    @ParameterizedTest
    @MethodSource("usable")
    void everyBackendTrainsToTheSameLoss(BackendProvider provider) {
        try (Backend backend = Backends.byName(provider.name())) {
            double[] expected = trainer(model(K, 1)).fit(movingDots(20)).losses();
            assertArrayEquals(expected, trainer(model(backend, 1)).fit(movingDots(20)).losses(), 2e-4);
        }
    }

    @Test
    void earlyStoppingPutsTheBestWeightsBack() {
        Sequential model = new Sequential(K, Shape.of(2), 1, new Dense(1));
        Dataset train = new Dataset(new HostArray(Shape.of(1, 2), new float[] {1, 0}), HostArray.zeros(1, 1));
        Dataset other = new Dataset(train.x(), new HostArray(Shape.of(1, 1), new float[] {1}));
        List<float[]> seen = new ArrayList<>();
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1)).epochs(50)
                .validation(other).earlyStopping(3).listener(new Trainer.Listener() {
                    @Override
                    public void epoch(History.Epoch done, int epochs) {
                        seen.add(K.toArray(model.parameters().getFirst().value()));
                    }
                });
        double before = trainer.evaluate(other);
        History history = trainer.fit(train);
        double best = Arrays.stream(history.validationLosses()).min().getAsDouble();
        int at = 0;
        while (history.validationLosses()[at] != best) {
            at++;
        }
        assertEquals(Math.min(50, at + 1 + 3), history.epochs().size(), "three epochs after the best");
        assertArrayEquals(seen.get(at), K.toArray(model.parameters().getFirst().value()), 0);
        assertEquals(best, trainer.evaluate(other), 1e-7);
        assertTrue(before != best);
    }

    @Test
    void penaltiesJoinTheLossAndShrinkTheWeights() {
        Dataset data = new Dataset(HostArray.zeros(4, 2), HostArray.zeros(4, 1));
        Sequential model = new Sequential(K, Shape.of(2), 1, new Dense(1).kernelInitializer(Init.constant(2))
                .regularizers(new Regularizer(0.1f, 0.01f), Regularizer.NONE));
        History history = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.5)).fit(data);
        assertEquals(2 * (0.1 * 2 + 0.01 * 4), history.losses()[0], 1e-6);
        assertEquals(2 - 0.5 * (0.1 + 2 * 0.01 * 2), K.toArray(model.parameters().getFirst().value())[0], 1e-6);
    }

    @Test
    void clippingBoundsTheStep() {
        Dataset data = new Dataset(new HostArray(Shape.of(1, 1), new float[] {100}), HostArray.zeros(1, 1));
        for (boolean global : new boolean[] {true, false}) {
            Sequential model = new Sequential(K, Shape.of(1), 1,
                    new Dense(1).useBias(false).kernelInitializer(Init.ones()));
            Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(1));
            (global ? trainer.globalClipNorm(0.25) : trainer.clipNorm(0.25)).fit(data);
            assertEquals(0.75, K.toArray(model.parameters().getFirst().value())[0], 1e-6);
        }
    }

    @Test
    void aLossThatIsNoNumberStopsWithAReason() {
        Sequential model = new Sequential(K, Shape.of(1), 1, new Dense(1));
        Dataset data = new Dataset(new HostArray(Shape.of(1, 1), new float[] {Float.NaN}), HostArray.zeros(1, 1));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(1));
        String message = assertThrows(ArithmeticException.class, () -> trainer.fit(data)).getMessage();
        assertTrue(message.contains("NaN in epoch 1, batch 1") && message.contains("learning rate"), message);
    }

    @Test
    void optimisersFollowTheirFormulas() {
        // one weight, gradient g = 2 (w x - y) x with x = 1, y = 0, worked out in double beside
        double[][] expected = new double[5][];
        Optimizer[] optimizers = {Optimizer.sgd(0.1), Optimizer.sgd(0.1, 0.9, false), Optimizer.sgd(0.1, 0.9, true),
            Optimizer.rmsProp(0.1), Optimizer.adam(0.1)};
        for (int k = 0; k < 5; k++) {
            double w = 1;
            double m = 0;
            double v = 0;
            for (int t = 1; t <= 4; t++) {
                double g = 2 * w;
                switch (k) {
                    case 0 -> w -= 0.1 * g;
                    case 1 -> w += m = 0.9 * m - 0.1 * g;
                    case 2 -> {
                        m = 0.9 * m - 0.1 * g;
                        w += 0.9 * m - 0.1 * g;
                    }
                    case 3 -> {
                        v = 0.9 * v + 0.1 * g * g;
                        w -= 0.1 * g / Math.sqrt(v + 1e-7);
                    }
                    default -> {
                        m = 0.9 * m + 0.1 * g;
                        v = 0.999 * v + 0.001 * g * g;
                        w -= 0.1 * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-7);
                    }
                }
            }
            expected[k] = new double[] {w};
            Sequential model = new Sequential(K, Shape.of(1), 1,
                    new Dense(1).useBias(false).kernelInitializer(Init.ones()));
            Dataset data = new Dataset(new HostArray(Shape.of(1, 1), new float[] {1}), HostArray.zeros(1, 1));
            new Trainer(model, Loss.meanSquaredError(), optimizers[k]).epochs(4).fit(data);
            assertEquals(expected[k][0], K.toArray(model.parameters().getFirst().value())[0], 2e-6, "optimiser " + k);
        }
    }

    @Test
    void predictKeepsTheOrderOfSamplesAndSteps() {
        Sequential model = model(K, 1);
        Dataset data = movingDots(36);
        HostArray all = model.predict(data.x());
        assertEquals(Shape.of(36, 4, 6, 6, 1), all.shape());
        HostArray one = model.predict(data.x().range(33, 34));
        assertArrayEquals(all.range(33, 34).values(), one.values(), 1e-6f);
        assertEquals(Shape.of(1, 2, 6, 6, 1), model.predict(Dataset.frames(data.x().range(0, 1), 0, 2)).shape(),
                "fewer steps than it was built for");
    }

    @Test
    void layersThatDoNotFitAreNamed() {
        Shape images = Shape.of(4, 6, 6, 1);
        assertMessage(
                "LSTM needs a sequence, but gets (144). Hint: Flatten took (4, 6, 6, 1) for one sample; for each step"
                        + " of a sequence wrap it in TimeDistributed",
                () -> new Sequential(K, images, 1, new Flatten(), new Lstm(3)));
        assertMessage("LSTM needs a sequence, but gets (5)",
                () -> new Sequential(K, Shape.of(4, 2), 1, new Lstm(5), new Lstm(3)));
        assertMessage("expected one or more, got none", () -> new Sequential(K, images, 1));
        Sequential model = new Sequential(K, images, 1, new ConvLstm2d(2, 3), new Flatten(), new Dropout(0.1),
                new Dense(1),
                new Activation(ActivationFunction.SIGMOID));
        assertMessage("x: expected (N, T) and then (6, 6, 1), got (3, 6, 6, 1)",
                () -> model.predict(HostArray.zeros(3, 6, 6, 1)));
        assertMessage("epochs: expected 1 or more, got 0",
                () -> new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(1)).epochs(0));
        assertMessage("learningRate: expected a finite number above 0, got -1.0", () -> Optimizer.adam(-1));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(1)).earlyStopping(1);
        assertTrue(assertThrows(IllegalStateException.class,
                () -> trainer.fit(new Dataset(HostArray.zeros(2, 4, 6, 6, 1), HostArray.zeros(2, 1)))).getMessage()
                .contains("validation data to watch"));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable code) {
        String got = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(got.contains(message), got);
    }

    @Test
    void summaryCountsByHand() {
        Summary summary = Summary.of(model(K, 1));
        assertEquals(3 * 3 * 1 * 16 + 3 * 3 * 4 * 16 + 16, summary.rows().get(0).parameters());
        assertEquals(8, summary.rows().get(1).parameters(), "moving statistics are not trained");
        assertEquals(2L * 4 * 36 * (9 * 1 * 16 + 9 * 4 * 16), summary.rows().get(0).flops());
        assertEquals(model(K, 1).parameterCount(), summary.parameters());
        assertTrue(summary.toString().contains("TimeDistributed(BatchNormalization)"), summary.toString());
        long lstm = Summary.of(new Sequential(K, Shape.of(5, 3), 1, new Lstm(7))).rows().getFirst().flops();
        assertEquals(2L * 5 * (3 * 28 + 7 * 28), lstm);
    }

    @Test
    void everyLossAgainstCentralDifferences() {
        Random random = new Random(5);
        for (Loss loss : List.of(Loss.meanSquaredError(), Loss.binaryCrossEntropy(), Loss.crossEntropyPerSequence(),
                Loss.softmaxCrossEntropy())) {
            Sequential model = new Sequential(K, Shape.of(3), 1, new Dense(4));
            HostArray x = HostArray.zeros(5, 3);
            HostArray y = HostArray.zeros(5, 4);
            for (int k = 0; k < x.size(); k++) {
                x.values()[k] = (float) random.nextGaussian();
            }
            for (int n = 0; n < 5; n++) {
                y.set(1, n, n % 4);
            }
            for (var r : convlstm.check.GradientCheck.model(model, loss, K.tensor(x.shape(), x.values()),
                    K.tensor(y.shape(), y.values()), 5)) {
                assertTrue(r.relativeError() < 1e-3, loss + ": " + r);
            }
        }
        assertEquals(0.5 * Math.log(2) + 0.5 * Math.log(2), lossOf(Loss.binaryCrossEntropy(), 0, 0.5f), 1e-6);
        assertEquals(9, lossOf(Loss.meanSquaredError(), 3, 0), 1e-6);
        assertEquals(3, lossOf(Loss.meanAbsoluteError(), 3, 0), 1e-6);
    }

    private static double lossOf(Loss loss, float prediction, float target) {
        var value = K.allocate(Shape.of(1));
        var p = K.tensor(Shape.of(1), new float[] {prediction});
        loss.apply(K, value, K.allocate(Shape.of(1)), p, K.tensor(Shape.of(1), new float[] {target}), 1);
        return K.toArray(value)[0];
    }

    @Test
    void parametersHaveKerasNames() {
        assertEquals(List.of("kernel", "recurrent_kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance",
                "kernel", "bias"), model(K, 1).parameters().stream().map(Parameter::name).toList());
    }
}
