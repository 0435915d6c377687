package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.DataFormatException;
import convlstm.data.Npz;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.TimeDistributed;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bridge, against files that the real Keras saved ({@code lib/core/src/test/python/bridge.py}). */
class KerasBridgeTest {
    private static final Path SAVED = Path.of("lib/core/src/test/resources/keras");
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private Path folder;

    /** What bridge.py calls conv. */
    private static Sequential conv() {
        return conv(3);
    }

    private static Sequential conv(int filters) {
        return new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new ConvLstm2d(filters, 3, 2).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new BatchNorm()),
                new ConvLstm2d(2, 3).recurrentActivation(ActivationFunction.HARD_SIGMOID).useBias(false)
                        .returnSequences(true),
                new TimeDistributed(new Conv2d(4, 1, 2).activation(ActivationFunction.RELU)),
                new TimeDistributed(new Dense(1).activation(ActivationFunction.SIGMOID)));
    }

    /** What bridge.py calls cnn_lstm. */
    private static Sequential cnnLstm() {
        return new Sequential(K, Shape.of(4, 8, 6, 1), 1,
                new TimeDistributed(
                        new Conv2d(3, 3).strides(2, 1).padding(Padding.SAME).activation(ActivationFunction.RELU)),
                new TimeDistributed(new MaxPool2d(2)),
                new TimeDistributed(new Flatten()),
                new Lstm(7).returnSequences(true).goBackwards(true),
                new Lstm(5).activation(ActivationFunction.RELU),
                new Dense(3));
    }

    private static Sequential model(String name) {
        return name.equals("conv") ? conv() : cnnLstm();
    }

    @ParameterizedTest
    @CsvSource({"conv, .keras", "conv, .weights.h5", "conv, .h5", "cnn_lstm, .keras", "cnn_lstm, .weights.h5",
        "cnn_lstm, .h5"})
    void weightsOfEveryKindOfFileGiveKerasOutput(String name, String suffix) throws IOException {
        Sequential model = model(name);
        Path probe = SAVED.resolve(name + ".npz");
        assertTrue(StepDifferences.of(model, probe).largest() > 0.05, "before loading");
        KerasWeights.read(SAVED.resolve(name + suffix)).into(model);
        assertTrue(StepDifferences.of(model, probe).largest() < 1e-5, StepDifferences.of(model, probe).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv", "cnn_lstm"})
    void modelIsBuiltFromItsDescription(String name) throws IOException {
        Sequential model = KerasModel.load(K, SAVED.resolve(name + ".keras"));
        assertEquals(model(name).layers().stream().filter(l -> !l.parameters().isEmpty()).map(Layer::kind).toList(),
                model.layers().stream().filter(l -> !l.parameters().isEmpty()).map(Layer::kind).toList());
        StepDifferences d = StepDifferences.of(model, SAVED.resolve(name + ".npz"));
        assertTrue(d.largest() < 1e-5, d.toString());
        assertEquals(name.equals("conv") ? 4 : 1, d.steps().size());
    }

    @Test
    void aWrongOptionShowsInTheDifferences() throws IOException {
        Sequential wrong = new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new ConvLstm2d(3, 3, 2).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new BatchNorm()),
                new ConvLstm2d(2, 3).useBias(false).returnSequences(true), // sigmoid, where Keras had hard_sigmoid
                new TimeDistributed(new Conv2d(4, 1, 2).activation(ActivationFunction.RELU)),
                new TimeDistributed(new Dense(1).activation(ActivationFunction.SIGMOID)));
        KerasWeights.read(SAVED.resolve("conv.keras")).into(wrong);
        assertTrue(StepDifferences.of(wrong, SAVED.resolve("conv.npz")).steps().getFirst().largest() > 1e-4);
    }

    // ---- what does not fit is refused, and nothing is changed

    @ParameterizedTest
    @ValueSource(strings = {".keras", ".weights.h5", ".h5"})
    void anotherShapeIsRefusedByLayerWeightAndBothShapes(String suffix) throws IOException {
        Sequential model = conv(5);
        float[] before = K.toArray(model.parameters().getFirst().value());
        String message = refused(suffix, model);
        for (String part : List.of("layer 1", "ConvLSTM2D", "kernel", "(3, 2, 2, 12)", "(3, 2, 2, 20)", "conv")) {
            assertTrue(message.contains(part), part + " in " + message);
        }
        assertArrayEquals(before, K.toArray(model.parameters().getFirst().value()));
    }

    @Test
    void theFirstLayersStayAsTheyWereIfALaterOneDiffers() throws IOException {
        Sequential model = new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new ConvLstm2d(3, 3, 2).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new BatchNorm()),
                new ConvLstm2d(2, 3).useBias(false).returnSequences(true),
                new TimeDistributed(new Conv2d(4, 1, 2)),
                new TimeDistributed(new Dense(2)));
        float[] before = K.toArray(model.parameters().getFirst().value());
        String message = refused(".keras", model);
        assertTrue(message.contains("layer 5") && message.contains("(4, 1)") && message.contains("(4, 2)"), message);
        assertArrayEquals(before, K.toArray(model.parameters().getFirst().value()));
    }

    @ParameterizedTest
    @ValueSource(strings = {".keras", ".weights.h5", ".h5"})
    void aMissingBiasAndAMissingLayerAreNamed(String suffix) throws IOException {
        Sequential biased = new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new ConvLstm2d(3, 3, 2).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new BatchNorm()),
                new ConvLstm2d(2, 3).returnSequences(true),
                new TimeDistributed(new Conv2d(4, 1, 2)),
                new TimeDistributed(new Dense(1)));
        String message = refused(suffix, biased);
        assertTrue(message.contains("expected 2 weights") && message.contains("bias"), message);

        Sequential shorter = new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new ConvLstm2d(3, 3, 2).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new BatchNorm()));
        message = refused(suffix, shorter);
        assertTrue(message.contains("conv_lstm2d_1"), message);
    }

    @Test
    void anotherKindOfLayerIsNamed() throws IOException {
        Sequential model = new Sequential(K, Shape.of(4, 6, 5, 2), 1,
                new TimeDistributed(new Conv2d(12, 3, 2).padding(Padding.SAME)),
                new TimeDistributed(new BatchNorm()),
                new TimeDistributed(new BatchNorm()),
                new TimeDistributed(new Conv2d(4, 1, 2)),
                new TimeDistributed(new Dense(1)));
        String message = refused(".keras", model);
        assertTrue(message.contains("expected a ConvLSTM2D") && message.contains("TimeDistributed(Conv2D)"), message);
        message = refused(".weights.h5", model);
        assertTrue(message.contains("time_distributed_3"), message);
    }

    private static String refused(String suffix, Sequential model) throws IOException {
        KerasWeights weights = KerasWeights.read(SAVED.resolve("conv" + suffix));
        return assertThrows(IllegalArgumentException.class, () -> weights.into(model)).getMessage();
    }

    @ParameterizedTest
    @CsvSource({"bidirectional, Bidirectional", "softmax, softmax", "branches, chain", "shared, chain"})
    void whatTheKitDoesNotHaveIsNamed(String name, String word) {
        DataFormatException e = assertThrows(
                DataFormatException.class, () -> KerasModel.load(K, SAVED.resolve(name + ".keras")));
        assertTrue(e.getMessage().contains(word) && e.getMessage().contains(name), e.getMessage());
    }

    // ---- files made to harm, and damaged ones

    @ParameterizedTest
    @CsvSource({"soft_link, link", "external_link, link", "claims_too_much, without compression"})
    void linksAndClaimsAreRefused(String name, String word) {
        DataFormatException e = assertThrows(
                DataFormatException.class, () -> KerasWeights.read(SAVED.resolve(name + ".weights.h5")));
        assertTrue(e.getMessage().contains(word), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv.weights.h5", "conv.h5", "cnn_lstm.keras"})
    void damageEndsInAnIoException(String name) throws IOException {
        byte[] intact = Files.readAllBytes(SAVED.resolve(name));
        Random random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 300; round++) {
            byte[] damaged = intact.clone();
            if (round % 10 == 0) {
                damaged = java.util.Arrays.copyOf(intact, random.nextInt(intact.length));
            } else {
                for (int flip = 0; flip < 40; flip++) {
                    int at = random.nextInt(round % 2 == 0 ? 4096 : damaged.length);
                    damaged[at] = (byte) (round % 3 == 0 ? 0xff : random.nextInt());
                }
            }
            Path file = Files.write(folder.resolve("damaged-" + round + "-" + name), damaged);
            try {
                KerasWeights.read(file);
            } catch (DataFormatException e) {
                assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("Hint"), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 100, "of 300 damaged files " + refused + " were noticed");
    }

    @Test
    void anotherFileIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("weights.h5"), "These are no weights.");
        assertThrows(DataFormatException.class, () -> KerasWeights.read(text));
        assertThrows(DataFormatException.class, () -> KerasModel.load(K, text));
        assertThrows(DataFormatException.class, () -> KerasWeights.read(SAVED.resolve("conv.npz")));
    }

    @Test
    void aConfigThatUnpacksToTooMuchIsRefused() throws IOException {
        Path bomb = folder.resolve("bomb.keras");
        Map<String, byte[]> entries = entries(SAVED.resolve("conv.keras"));
        entries.put("config.json", new byte[17 << 20]);
        zip(bomb, entries);
        DataFormatException e = assertThrows(DataFormatException.class, () -> KerasWeights.read(bomb));
        assertTrue(e.getMessage().contains("config.json"), e.getMessage());
    }

    /** Each of these would take more memory than there is if it were built as it says. */
    @ParameterizedTest
    @CsvSource({"\"filters\": 3, \"filters\": 10000", "[3 2], [2000 2000]", "6 5 2], 2000000000 5 2]",
        "\"units\": 1, \"units\": 2000000000"})
    void aConfigThatClaimsTooMuchIsRefused(String what, String claim) throws IOException {
        Path liar = folder.resolve("liar.keras");
        Map<String, byte[]> entries = entries(SAVED.resolve("conv.keras"));
        String config = new String(entries.get("config.json"), StandardCharsets.UTF_8);
        String lie = config.replace(what.replace(" ", what.startsWith("\"") ? " " : ", "),
                claim.replace(" ", claim.startsWith("\"") ? " " : ", "));
        assertTrue(!lie.equals(config), what + " in " + config);
        entries.put("config.json", lie.getBytes(StandardCharsets.UTF_8));
        zip(liar, entries);
        assertThrows(DataFormatException.class, () -> KerasModel.load(K, liar));
    }

    private static Map<String, byte[]> entries(Path path) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(path.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return entries;
    }

    private static void zip(Path path, Map<String, byte[]> entries) throws IOException {
        try (OutputStream out = Files.newOutputStream(path); ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
    }

    // ---- and back to Keras

    @Test
    void savedWeightsBearLayerKindAndName() throws IOException {
        Path file = folder.resolve("kit.npz");
        Sequential model = conv();
        KerasWeights.save(model, file);
        Map<String, HostArray> arrays = Npz.read(file);
        assertEquals(List.of("0/ConvLSTM2D/kernel", "0/ConvLSTM2D/recurrent_kernel", "0/ConvLSTM2D/bias",
                "1/TimeDistributed(BatchNormalization)/gamma", "1/TimeDistributed(BatchNormalization)/beta",
                "1/TimeDistributed(BatchNormalization)/moving_mean",
                "1/TimeDistributed(BatchNormalization)/moving_variance",
                "2/ConvLSTM2D/kernel", "2/ConvLSTM2D/recurrent_kernel", "3/TimeDistributed(Conv2D)/kernel",
                "3/TimeDistributed(Conv2D)/bias", "4/TimeDistributed(Dense)/kernel", "4/TimeDistributed(Dense)/bias"),
                new ArrayList<>(arrays.keySet()));
        assertArrayEquals(K.toArray(model.parameters().get(1).value()),
                arrays.get("0/ConvLSTM2D/recurrent_kernel").values());
    }

    /** The kit's own weights, loaded by the real Keras, which then must put out what the kit put out. */
    @ParameterizedTest
    @ValueSource(strings = {"conv", "cnn_lstm"})
    void kerasReadsTheKitsWeights(String name) throws Exception {
        String python = System.getenv().getOrDefault("KERAS_PYTHON", "python3");
        assumeTrue(run(python, "-c", "import keras, torch") == 0,
                "needs a Python with keras and torch: set KERAS_PYTHON, see lib/core/src/test/python/requirements.txt");
        Sequential model = model(name);
        Path weights = folder.resolve("kit.npz");
        Path probe = folder.resolve("probe.npz");
        HostArray x = Npz.read(SAVED.resolve(name + ".npz")).get("x");
        KerasWeights.save(model, weights);
        Npz.write(probe, Map.of("x", x, "y", model.predict(x)));
        assertEquals(0,
                run(python, "lib/core/src/test/python/bridge.py", "read", SAVED.resolve(name + ".keras").toString(),
                        weights.toString(), probe.toString()));
    }

    private static int run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                return -1;
            }
            return process.exitValue();
        } catch (IOException e) {
            return -1; // no such program
        }
    }
}
