package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.Dense;
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.GlobalAveragePool2d;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.RepeatVector;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What belongs to a sample travels with it; data, model and loss are looked at before the first step. */
class FitTest {
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private Path folder;

    /** Eight sequences of three steps, of which each uses another number; what is masked is far away. */
    private static Dataset masked() {
        HostArray x = HostArray.zeros(8, 3, 1);
        HostArray y = HostArray.zeros(8, 1);
        HostArray mask = HostArray.zeros(8, 3);
        for (int n = 0; n < 8; n++) {
            y.values()[n] = n;
            for (int t = 0; t < 3; t++) {
                mask.values()[3 * n + t] = t <= n % 3 ? 1 : 0;
                x.values()[3 * n + t] = t <= n % 3 ? 0.1f * n : 900;
            }
        }
        return new Dataset(x, y, mask);
    }

    private static Sequential lstm() {
        return new Sequential(K, Shape.of(3, 1), 1, new Lstm(2), new Dense(1));
    }

    @Test
    void aMaskTravelsWithItsSample() {
        Trainer trainer = new Trainer(lstm(), Loss.meanSquaredError(), Optimizer.sgd(1e-12));
        double all = trainer.batchSize(8).evaluate(masked());
        assertEquals(all, trainer.fit(masked()).last().loss(), 1e-5, "shuffled");
        assertEquals(all, trainer.batchSize(3).fit(masked()).last().loss(), 1e-5, "in batches");
        assertEquals(all, trainer.evaluate(masked()), 1e-5);
        Dataset.Split split = masked().split(0.25, 7);
        double parts = 6 * trainer.evaluate(split.train()) + 2 * trainer.evaluate(split.validation());
        assertEquals(all, parts / 8, 1e-5, "split");
        Sequential model = lstm();
        HostArray y = model.predict(masked());
        HostArray one = model.predict(masked().select(new int[] {5}));
        assertEquals(y.get(5, 0), one.get(0, 0), 1e-6);
    }

    @Test
    void aMaskSetByHandIsNotShuffledAway() {
        Lstm layer = new Lstm(2);
        Sequential model = new Sequential(K, Shape.of(3, 1), 1, layer, new Dense(1));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(1e-12)).batchSize(8);
        double right = trainer.evaluate(masked());
        layer.mask(masked().mask());
        Dataset data = new Dataset(masked().x(), masked().y());
        assertEquals(right, trainer.evaluate(data), 1e-6, "one batch, in order");
        assertEquals(right, trainer.shuffle(false).fit(data).last().loss(), 1e-6);
        assertSays(IllegalStateException.class, "new Dataset(x, y, mask)", () -> trainer.shuffle(true).fit(data));
        assertSays(IllegalStateException.class, "mask", () -> trainer.batchSize(4).evaluate(data));
    }

    @Test
    void masksThatDoNotFitAreRefused() {
        HostArray x = HostArray.zeros(4, 3, 1);
        HostArray y = HostArray.zeros(4, 1);
        assertSays(IllegalArgumentException.class, "mask", () -> new Dataset(x, y, HostArray.zeros(3, 4)));
        HostArray half = HostArray.zeros(4, 3);
        half.values()[2] = 0.5f;
        assertSays(IllegalArgumentException.class, "ones and zeros", () -> new Dataset(x, y, half));
        Sequential norm = new Sequential(K, Shape.of(3, 1), 1, new BatchNorm(), new Lstm(2), new Dense(1));
        assertSays(IllegalStateException.class, "BatchNormalization",
                () -> new Trainer(norm, Loss.meanSquaredError(), Optimizer.sgd(1)).fit(masked()));
    }

    @Test
    void statefulLayersTrainInOrder() {
        HostArray x = new HostArray(Shape.of(8, 3, 1), noise(24, 1));
        Dataset data = new Dataset(x, new HostArray(Shape.of(8, 1), noise(8, 2)));
        Supplier<Sequential> stateful = () -> new Sequential(K, Shape.of(3, 1), 1, new Lstm(2).stateful(true),
                new Dense(1));
        Trainer trainer = new Trainer(stateful.get(), Loss.meanSquaredError(), Optimizer.sgd(1e-12)).batchSize(2)
                .epochs(2);
        assertSays(IllegalStateException.class, "shuffle(false)", () -> trainer.fit(data));
        assertSays(IllegalStateException.class, "batchSize: expected a divisor",
                () -> trainer.shuffle(false).batchSize(3).fit(data));
        History history = trainer.batchSize(2).validation(data).fit(data);
        assertEquals(history.losses()[0], history.losses()[1], 1e-6, "every epoch starts from zeros");
        assertEquals(history.losses()[0], history.validationLosses()[1], 1e-6, "so does validation");
        // two samples go on for four batches: the same as sequences of 12 steps
        Sequential model = stateful.get();
        HostArray first = model.predict(data.x().range(0, 2));
        HostArray second = model.predict(data.x().range(2, 4));
        Sequential plain = new Sequential(K, Shape.of(6, 1), 1, new Lstm(2).returnSequences(true), new Dense(1));
        float[] long0 = new float[6];
        System.arraycopy(data.x().values(), 0, long0, 0, 3);
        System.arraycopy(data.x().values(), 6, long0, 3, 3);
        HostArray y = plain.predict(new HostArray(Shape.of(1, 6, 1), long0));
        assertEquals(y.get(0, 2, 0), first.get(0, 0), 1e-6);
        assertEquals(y.get(0, 5, 0), second.get(0, 0), 1e-6);
        model.layers().stream().filter(Lstm.class::isInstance).forEach(l -> ((Lstm) l).resetState());
        assertEquals(Shape.of(40, 1), model.predict(HostArray.zeros(40, 3, 1)).shape(), "more samples than a batch");
    }

    private static float[] noise(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Trainer trainer(Loss loss, ActivationFunction end) {
        return new Trainer(
                new Sequential(K, Shape.of(2, 2, 1), 1, new Conv2d(1, 1).padding(Padding.SAME).activation(end)),
                loss, Optimizer.sgd(0.1));
    }

    private static Dataset targets(float... y) {
        return new Dataset(HostArray.zeros(1, 2, 2, 1), new HostArray(Shape.of(1, 2, 2, 1), Arrays.copyOf(y, 4)));
    }

    @Test
    void lossesLookAtTargetsAndAtTheModelsEnd() {
        Loss logits = Loss.binaryCrossEntropy();
        assertSays(IllegalArgumentException.class, "255", () -> trainer(logits, ActivationFunction.LINEAR)
                .fit(targets(0, 255)));
        assertSays(IllegalArgumentException.class, "y: expected targets in [0, 1]",
                () -> trainer(logits, ActivationFunction.LINEAR).evaluate(targets(-1, 1)));
        assertSays(IllegalArgumentException.class, "y: expected targets in [0, 1]",
                () -> trainer(Loss.crossEntropyPerSequence(), ActivationFunction.LINEAR).validation(targets(2))
                        .fit(targets(1)));
        for (ActivationFunction f : ActivationFunction.values()) {
            boolean sigmoid = f.name().contains("SIGMOID");
            if (f == ActivationFunction.LINEAR) {
                trainer(logits, f).fit(targets(1));
            } else {
                assertSays(IllegalArgumentException.class, "ends in " + f, () -> trainer(logits, f).fit(targets(1)));
            }
            if (sigmoid) {
                trainer(logits.fromProbabilities(), f).fit(targets(1));
            } else {
                assertSays(IllegalArgumentException.class, "ends in " + f,
                        () -> trainer(logits.fromProbabilities(), f).fit(targets(1)));
            }
        }
        assertSays(IllegalArgumentException.class, "one-hot", () -> new Trainer(
                new Sequential(K, Shape.of(2), 1, new Dense(3)), Loss.softmaxCrossEntropy(), Optimizer.sgd(1))
                .fit(new Dataset(HostArray.zeros(1, 2), new HostArray(Shape.of(1, 3), new float[] {0, 1, 1}))));
        assertSays(IllegalArgumentException.class, "can reach", () -> trainer(Loss.meanSquaredError(),
                ActivationFunction.SIGMOID).fit(targets(0, 255)));
        Sequential hidden = new Sequential(K, Shape.of(3, 2, 2, 1), 1, new TimeDistributed(new Conv2d(1, 1)),
                new Activation(ActivationFunction.SIGMOID), new Dropout(0.1), new TimeDistributed(new Flatten()));
        assertSays(IllegalArgumentException.class, "fromProbabilities()", () -> new Trainer(hidden, logits,
                Optimizer.sgd(1)).fit(new Dataset(HostArray.zeros(1, 3, 2, 2, 1), HostArray.zeros(1, 3, 4))));
    }

    /** A sigmoid stays one behind layers that choose, repeat or average its numbers. */
    @Test
    void anActivationIsSeenBehindLayersThatKeepItsRange() {
        Loss logits = Loss.binaryCrossEntropy();
        for (Layer last : List.of(new MaxPool2d(2), new GlobalAveragePool2d(true))) {
            Sequential model = new Sequential(K, Shape.of(2, 2, 1), 1,
                    new Conv2d(1, 1).activation(ActivationFunction.SIGMOID), last);
            assertSays(IllegalArgumentException.class, "ends in SIGMOID", () -> new Trainer(model, logits,
                    Optimizer.sgd(1)).fit(new Dataset(HostArray.zeros(1, 2, 2, 1), HostArray.zeros(1, 1, 1, 1))));
        }
        Sequential repeated = new Sequential(K, Shape.of(3), 1, new Dense(1).activation(ActivationFunction.SIGMOID),
                new RepeatVector(4));
        assertSays(IllegalArgumentException.class, "ends in SIGMOID", () -> new Trainer(repeated, logits,
                Optimizer.sgd(1)).fit(new Dataset(HostArray.zeros(1, 3), HostArray.zeros(1, 4, 1))));
    }

    @Test
    void targetsThatNoOutputReachesAreRefused() {
        Loss mse = Loss.meanSquaredError();
        assertSays(IllegalArgumentException.class, "stays above 0", () -> trainer(mse, ActivationFunction.RELU)
                .fit(targets(-2, 2)));
        assertSays(IllegalArgumentException.class, "within 0 and 1", () -> trainer(mse, ActivationFunction.SIGMOID)
                .fit(targets(-1, 1)));
        trainer(mse, ActivationFunction.RELU).fit(targets(-0.1f, 300));
        HostArray nan = new HostArray(Shape.of(1, 3), new float[] {0, Float.NaN, 1});
        assertTrue(assertThrows(ArithmeticException.class, () -> new Trainer(
                new Sequential(K, Shape.of(2), 1, new Dense(3)), Loss.softmaxCrossEntropy(), Optimizer.sgd(1))
                .fit(new Dataset(HostArray.zeros(1, 2), nan))).getMessage().contains("NaN in the data"));
    }

    @Test
    void sequencesWithTimeFirstAreAskedAbout() {
        Sequential model = new Sequential(K, Shape.of(3, 1), 1, new Lstm(2).returnSequences(true));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1));
        assertSays(IllegalArgumentException.class, "time came first",
                () -> trainer.fit(new Dataset(HostArray.zeros(3, 40, 1), HostArray.zeros(3, 40, 2))));
        trainer.fit(new Dataset(HostArray.zeros(4, 5, 1), HostArray.zeros(4, 5, 2)));
        trainer.fit(new Dataset(HostArray.zeros(3, 3, 1), HostArray.zeros(3, 3, 2)));
    }

    @Test
    void aLossBelowItsBoundStopsTheTraining() {
        Trainer trainer = trainer(Loss.binaryCrossEntropy(), ActivationFunction.LINEAR);
        assertSays(ArithmeticException.class, "below which", () -> {
            for (int k = 0; k < 100; k++) {
                trainer.step(K.tensor(Shape.of(1, 2, 2, 1), new float[] {1, 1, 1, 1}),
                        K.tensor(Shape.of(1, 2, 2, 1), new float[] {255, 255, 255, 255}), 1);
            }
        });
    }

    /** Digits of a language of its own must not get into files, nor into comparisons. */
    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "fa-IR", "hi-IN-u-nu-deva", "tr", "ar-EG-u-nu-arab", "th-TH-u-nu-thai"})
    void trainsSavesAndResumesInAnyLanguage(String language) throws IOException {
        Locale before = Locale.getDefault();
        Path file = folder.resolve("training.safetensors");
        try {
            Locale.setDefault(Locale.ROOT);
            train(2).checkpoint(file).fit(masked());
            Locale.setDefault(Locale.forLanguageTag(language));
            Trainer resumed = train(4).checkpoint(file);
            resumed.resume(file);
            double last = resumed.fit(masked()).last().loss();
            assertEquals(train(4).fit(masked()).last().loss(), last, 0);
            Locale.setDefault(Locale.ROOT);
            Trainer again = train(5);
            again.resume(file);
            assertEquals(5, again.fit(masked()).epochs().size());
        } finally {
            Locale.setDefault(before);
        }
    }

    private static Trainer train(int epochs) {
        return new Trainer(lstm(), Loss.meanSquaredError(), Optimizer.adam(0.01)).batchSize(3).epochs(epochs);
    }

    private static void assertSays(Class<? extends Exception> kind, String word, Executable executable) {
        String message = assertThrows(kind, executable).getMessage();
        assertTrue(message.contains(word) && message.contains("Hint: ") && message.contains("expected"), message);
    }
}
