package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.DataFormatException;
import convlstm.data.Dataset;
import convlstm.data.Npz;
import convlstm.layer.BatchNorm;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models as people have them, from {@code people.py}: Keras 2 and 3, {@code .keras}, whole {@code .h5}, a folder. */
class PeoplesModelsTest {
    private static final Path SAVED = Path.of("lib/core/src/test/resources/keras/people");
    private static final Path REFUSED = SAVED.resolveSibling("refused");
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private Path folder;

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(SAVED)) {
            return files.filter(f -> f.toString().matches(".*(?<!masked_loss|cudnn)(\\.keras|\\.h5|_folder)"))
                    .sorted().toList(); // those two have tests of their own
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void predictsAsKeras(Path file) throws IOException {
        Path probe = SAVED.resolve(file.getFileName().toString().replaceFirst("(\\.keras|\\.h5|_folder)$", ".npz"));
        Sequential model = KerasModel.load(K, file, Npz.read(probe).get("x").shape().drop(1));
        assertTrue(StepDifferences.of(model, probe).largest() < 1e-5, () -> file + ": " + largest(model, probe));
    }

    private static double largest(Sequential model, Path probe) {
        try {
            return StepDifferences.of(model, probe).largest();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theHandfulOfEachKindIsThere() throws IOException {
        assertTrue(files().size() >= 28, "" + files());
    }

    @Test
    void anOpenSizeIsAskedFor() {
        String message = assertThrows(DataFormatException.class,
                () -> KerasModel.load(K, SAVED.resolve("example.keras"))).getMessage();
        assertTrue(message.contains("[null,null,8,8,1]") && message.contains("Shape.of("), message);
        message = assertThrows(DataFormatException.class,
                () -> KerasModel.load(K, SAVED.resolve("example.keras"), Shape.of(5, 9, 8, 1))).getMessage();
        assertTrue(message.contains("(5, 9, 8, 1)"), message);
    }

    @Test
    void kerasExampleTrains() throws IOException {
        Sequential model = KerasModel.load(K, SAVED.resolve("example.keras"), Shape.of(3, 8, 8, 1));
        HostArray x = Npz.read(SAVED.resolve("example.npz")).get("x");
        HostArray y = HostArray.zeros(x.shape().toArray());
        Arrays.fill(y.values(), 1);
        Dataset data = new Dataset(x, y);
        Trainer trainer = new Trainer(model, Loss.binaryCrossEntropy().fromProbabilities(), Optimizer.adam(0.03))
                .epochs(15);
        double before = trainer.evaluate(data);
        History history = trainer.fit(data);
        assertTrue(history.last().loss() < 0.8 * before, before + " -> " + history.last().loss());
    }

    /** Keras leaves masked steps out of the loss; three epochs of its own training say so. */
    @Test
    void masksReachTheLossAsInKeras() throws IOException {
        Map<String, HostArray> keras = Npz.read(SAVED.resolve("masked_loss.npz"));
        Sequential model = KerasModel.load(K, SAVED.resolve("masked_loss.keras"));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1)).batchSize(3).epochs(3)
                .shuffle(false);
        History history = trainer.fit(new Dataset(keras.get("x"), keras.get("target")));
        for (int e = 0; e < 3; e++) {
            assertEquals(keras.get("losses").get(e), history.losses()[e], 1e-5, "epoch " + e);
        }
        assertArrayEquals(keras.get("y").values(), model.predict(keras.get("x")).values(), 1e-5f);
    }

    @Test
    void frozenLayersStayFrozen() throws IOException {
        Sequential model = KerasModel.load(K, SAVED.resolve("frozen_inside.keras"));
        Layer conv = model.layers().getFirst();
        assertFalse(conv.trainable());
        float[] kernel = K.toArray(conv.parameters().getFirst().value());
        float[] last = K.toArray(model.layers().getLast().parameters().getFirst().value());
        HostArray x = Npz.read(SAVED.resolve("frozen_inside.npz")).get("x");
        new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1)).fit(new Dataset(x, HostArray.zeros(2, 2)));
        assertArrayEquals(kernel, K.toArray(conv.parameters().getFirst().value()));
        assertFalse(Arrays.equals(last, K.toArray(model.layers().getLast().parameters().getFirst().value())));
    }

    @Test
    void cuDnnWeightsBecomeAnLstms() throws IOException {
        Sequential model = new Sequential(K, Shape.of(5, 3), 1, new Lstm(4).returnSequences(true));
        KerasWeights.read(SAVED.resolve("cudnn.h5")).into(model);
        assertTrue(largest(model, SAVED.resolve("cudnn.npz")) < 1e-5);
    }

    @Test
    void otherContainersAreNamed() throws IOException {
        Files.createDirectories(folder.resolve("tf"));
        Files.writeString(folder.resolve("tf/saved_model.pb"), "x");
        assertSays(folder.resolve("tf"), "SavedModel");
        assertSays(Files.createDirectories(folder.resolve("empty")), "config.json");
        assertSays(Files.writeString(folder.resolve("a.json"), "{}"), "text");
        assertSays(SAVED.resolve("cudnn.h5"), "weights alone");
    }

    /** Models that Keras would compute in another way than the kit, and no field says so where they were saved. */
    @Test
    void whatDiffersInSilenceIsRefused() throws IOException {
        for (String name : List.of("axis.h5", "axis2.h5", "axis_keras2.h5", "axis2_keras2.h5", "mask_keras2.h5")) {
            assertSays(REFUSED.resolve(name), name.replaceFirst("[2_.].*", ""));
        }
        Sequential model = new Sequential(K, Shape.of(3), 1, new BatchNorm().scale(false), new Dense(1));
        for (String name : List.of("gamma.h5", "gamma_keras2.h5")) {
            KerasWeights weights = KerasWeights.read(REFUSED.resolve(name));
            String message = assertThrows(IllegalArgumentException.class, () -> weights.into(model)).getMessage();
            assertTrue(message.contains("gamma") && message.contains("beta"), message);
            KerasModel.load(K, REFUSED.resolve(name));
        }
    }

    private static void assertSays(Path path, String word) {
        String message = assertThrows(DataFormatException.class, () -> KerasModel.load(K, path)).getMessage();
        assertTrue(message.contains(word) && message.contains("Hint: "), message);
    }
}
