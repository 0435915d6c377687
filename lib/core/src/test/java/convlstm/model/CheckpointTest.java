package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.DataFormatException;
import convlstm.data.Dataset;
import convlstm.data.Safetensors;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.Recurrent.Peephole;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private Path folder;

    private static Dataset noise(int n, long seed) {
        HostArray sequences = HostArray.zeros(n, 4, 5, 5, 1);
        Random random = new Random(seed);
        for (int i = 0; i < sequences.size(); i++) {
            sequences.values()[i] = random.nextInt(2);
        }
        return Dataset.nextFrame(sequences);
    }

    private static Sequential model(Backend K, long seed) {
        return model(K, 3, seed);
    }

    private static Sequential model(Backend K, int steps, long seed) {
        return new Sequential(K, Shape.of(steps, 5, 5, 1), seed,
                new ConvLstm2d(3, 3).padding(Padding.SAME).returnSequences(true).dropout(0.2).recurrentDropout(0.1),
                new TimeDistributed(new BatchNorm()),
                new TimeDistributed(new Dropout(0.2)),
                new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
    }

    private static Optimizer optimizer(String name) {
        return switch (name) {
            case "sgd" -> Optimizer.sgd(0.05, 0.9, true);
            case "rmsProp" -> Optimizer.rmsProp(0.01);
            default -> Optimizer.adam(0.01);
        };
    }

    private Trainer trainer(Model model, Optimizer optimizer) {
        return new Trainer(model, Loss.binaryCrossEntropy(), optimizer).batchSize(4).epochs(6).seed(4)
                .globalClipNorm(1).validation(noise(6, 2)).earlyStopping(4).listener(new LinearDecay(optimizer, 0.1));
    }

    private static Map<String, List<Float>> weights(Model model) {
        Map<String, List<Float>> weights = new LinkedHashMap<>();
        Checkpoint.weights(model).forEach((name, t) -> weights.put(name, list(model.backend().toArray(t))));
        return weights;
    }

    private static List<Float> list(float[] values) {
        Float[] boxed = new Float[values.length];
        Arrays.setAll(boxed, i -> values[i]);
        return List.of(boxed);
    }

    @ParameterizedTest
    @CsvSource({"reference, adam", "reference, sgd", "simd, adam", "simd, rmsProp"})
    void aTrainingThatWasInterruptedEndsWithTheSameBits(String backend, String kind) throws IOException {
        Path file = folder.resolve("training.safetensors");
        try (Backend one = Backends.byName(backend);
                Backend two = Backends.byName(backend);
                Backend three = Backends.byName(backend)) {
            Sequential straight = model(one, 1);
            History whole = trainer(straight, optimizer(kind)).fit(noise(10, 1));

            Trainer first = trainer(model(two, 1), optimizer(kind)).checkpoint(file).listener(new Trainer.Listener() {
                @Override
                public void batch(int epoch, int epochs, int batch, int batches, double loss) {
                    if (epoch == 4 && batch == 2) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
            assertEquals(3, first.fit(noise(10, 1)).epochs().size(), "three whole epochs");
            assertTrue(Thread.interrupted(), "the thread stays interrupted");

            Sequential resumed = model(three, 99);
            History rest = trainer(resumed, optimizer(kind)).resume(file).fit(noise(10, 1));
            assertEquals(whole.epochs().size(), rest.epochs().size());
            assertArrayEquals(whole.losses(), rest.losses(), 0);
            assertArrayEquals(whole.validationLosses(), rest.validationLosses(), 0);
            assertEquals(weights(straight), weights(resumed));
            assertEquals(straight.layers().stream().map(Layer::randomState).toList(),
                    resumed.layers().stream().map(Layer::randomState).toList());
        }
    }

    @Test
    void earlyStoppingsBestWeightsAreResumedToo() throws IOException {
        Path file = folder.resolve("training.safetensors");
        Function<Model, Trainer> trainer = m -> new Trainer(m, Loss.binaryCrossEntropy(), Optimizer.adam(0.3))
                .batchSize(4).validation(noise(6, 2)).earlyStopping(3);
        Sequential straight = model(K, 1);
        History whole = trainer.apply(straight).epochs(30).checkpoint(file).fit(noise(10, 1));
        assertTrue(whole.epochs().size() < 30, "the rate is too large to go on getting better");

        Sequential resumed = model(K, 99);
        History nothing = trainer.apply(resumed).epochs(30).resume(file).fit(noise(10, 1));
        assertEquals(whole, nothing, "it had stopped, and stays so");
        assertEquals(weights(straight), weights(resumed));

        Sequential again = model(K, 99);
        int best = whole.epochs().size() - 3;
        trainer.apply(model(K, 1)).epochs(best + 1).checkpoint(file).fit(noise(10, 1));
        trainer.apply(again).epochs(30).resume(file).fit(noise(10, 1));
        assertEquals(weights(straight), weights(again));
    }

    @Test
    void weightsComeBackFromTheFileBitByBit() throws IOException {
        Path file = folder.resolve("new/model.safetensors");
        Sequential saved = model(K, 1);
        Checkpoint.save(file, saved);
        Sequential loaded = model(K, 2);
        assertFalse(weights(saved).equals(weights(loaded)));
        Checkpoint.load(file, loaded);
        assertEquals(weights(saved), weights(loaded));
        byte[] bytes = Files.readAllBytes(file);
        Checkpoint.save(file, loaded);
        assertArrayEquals(bytes, Files.readAllBytes(file), "the same weights make the same file");
    }

    @Test
    void thePapersModelToo() throws IOException {
        LongFunction<EncoderForecaster> paper = seed -> new EncoderForecaster(K, Shape.of(2, 4, 4, 1), 2, seed,
                EncoderForecaster.Readout.ALL_LAYERS,
                List.of(() -> new ConvLstm2d(2, 5).padding(Padding.SAME).peephole(Peephole.PER_CHANNEL),
                        () -> new ConvLstm2d(3, 5).padding(Padding.SAME).peephole(Peephole.PER_CHANNEL)));
        EncoderForecaster saved = paper.apply(1);
        Checkpoint.save(folder.resolve("paper"), saved);
        EncoderForecaster loaded = paper.apply(2);
        Checkpoint.load(folder.resolve("paper"), loaded);
        assertEquals(weights(saved), weights(loaded));
    }

    @Test
    void weightsFitLargerImagesAndLongerSequences() throws IOException {
        Checkpoint.save(folder.resolve("a"), new Sequential(K, Shape.of(3, 5, 5, 1), 1, new ConvLstm2d(2, 3)));
        Sequential larger = new Sequential(K, Shape.of(9, 8, 7, 1), 2, new ConvLstm2d(2, 3));
        Checkpoint.load(folder.resolve("a"), larger);
    }

    @Test
    void onlyTheTrainingThatWasSavedIsResumed() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, model(K, 1));
        assertRefused(DataFormatException.class, () -> trainer(model(K, 1), optimizer("adam")).resume(file),
                "expected 2 numbers 'optimizer' in the metadata, got none", "Trainer.checkpoint");
        trainer(model(K, 1), optimizer("adam")).epochs(1).checkpoint(file).fit(noise(10, 1));
        Checkpoint.load(file, model(K, 2));

        assertRefused(IllegalStateException.class,
                () -> trainer(model(K, 1), optimizer("adam")).batchSize(5).resume(file).fit(noise(10, 1)),
                "Adam, batchSize 4", "got Adam, batchSize 5");
        assertRefused(IllegalStateException.class,
                () -> trainer(model(K, 1), optimizer("sgd")).resume(file).fit(noise(10, 1)), "Adam", "got Sgd");
        assertRefused(IllegalArgumentException.class, () -> trainer(model(K, 4, 1), optimizer("adam")).resume(file),
                "layer 1: expected ConvLSTM2D (3, 5, 5, 1) -> (3, 5, 5, 3) as in", "got ConvLSTM2D (4, 5");

        Safetensors saved = Safetensors.read(file);
        for (String key : List.of("optimizer", "random", "epochs")) {
            for (String value : List.of("", "1", "1 2 3 x", "1 y")) {
                Map<String, String> text = new LinkedHashMap<>(saved.metadata());
                text.put(key, value.isEmpty() && key.equals("epochs") ? "1,2,3" : value);
                new Safetensors(saved.tensors(), text).write(file);
                if (!key.equals("epochs") || !value.equals("1")) {
                    assertRefused(DataFormatException.class, () -> trainer(model(K, 1), optimizer("adam")).resume(file),
                            "numbers '" + key + "' in the metadata");
                }
            }
        }
    }

    @Test
    void whatDoesNotFitIsNamedAndChangesNothing() throws IOException {
        Path file = folder.resolve("a");
        Checkpoint.save(file, new Sequential(K, Shape.of(3, 5, 5, 1), 1, new ConvLstm2d(2, 3), new Flatten(),
                new Dense(4)));
        assertMismatch(file, new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3), new Flatten(),
                new Dense(3)), "1/Dense/kernel: expected shape (18, 4) as in " + file + ", got shape (18, 3)");
        assertMismatch(file, new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3), new Dense(4)),
                "layer 2: expected Flatten as in " + file + ", got Dense");
        assertMismatch(file, new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3)),
                "layer 2: expected Flatten as in " + file + ", got nothing");
        assertMismatch(file, new Sequential(K, Shape.of(3, 5), 2, new Lstm(4)), "layer 1: expected ConvLSTM2D");
        assertMismatch(file, new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3).useBias(false),
                new Flatten(), new Dense(4)), "0/ConvLSTM2D/bias: expected shape (8) as in " + file + ", got nothing");
        assertMismatch(file,
                new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3).peephole(Peephole.PER_CHANNEL),
                        new Flatten(), new Dense(4)),
                "0/ConvLSTM2D/peephole: expected nothing");
        assertMismatch(file, new Sequential(K, Shape.of(3, 5, 5, 1), 2, new ConvLstm2d(2, 3), new Flatten(),
                new Dense(4), new Dense(1)), "layer 4: expected nothing");
    }

    private static void assertMismatch(Path file, Sequential model, String message) {
        Map<String, List<Float>> before = weights(model);
        assertRefused(IllegalArgumentException.class, () -> Checkpoint.load(file, model), message, "Hint: ");
        assertEquals(before, weights(model));
    }

    private static void assertRefused(Class<? extends Exception> type, org.junit.jupiter.api.function.Executable call,
            String... words) {
        String message = assertThrows(type, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }
}
