package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.data.DataFormatException;
import convlstm.layer.Activation;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.TimeDistributed;
import convlstm.model.Sequential;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch's weights, against what the real PyTorch computed with them ({@code torch_golden.py}). */
class TorchWeightsTest {
    private static final Path SAVED = Path.of("lib/core/src/test/resources/torch");
    private static final Backend K = Backends.byName("reference");

    @TempDir
    private Path folder;

    private static TorchWeights weights(String name) throws IOException {
        return TorchWeights.read(SAVED.resolve(name + ".safetensors"));
    }

    private static void assertAsTorch(String name, Sequential model, String... modules) throws IOException {
        weights(name).into(model, modules);
        StepDifferences differences = StepDifferences.of(model, SAVED.resolve(name + ".npz"));
        assertTrue(differences.largest() < 1e-5, name + "\n" + differences);
    }

    private static Sequential lstm() {
        return new Sequential(K, Shape.of(5, 4), 1, new Lstm(3).returnSequences(true),
                new Lstm(3).returnSequences(true),
                new TimeDistributed(new Dense(2)));
    }

    private static Sequential cnn(BatchNorm norm) {
        return new Sequential(K, Shape.of(6, 5, 3), 1, new Conv2d(4, 3, 2), norm,
                new Activation(ActivationFunction.RELU), new Conv2d(2, 3).padding(Padding.SAME), new Flatten(),
                new Dense(3));
    }

    private static Sequential convLstm(Padding padding, int kernel) {
        return new Sequential(K, Shape.of(4, 6, 5, 3), 1,
                new ConvLstm2d(2, kernel, 5).padding(padding).returnSequences(true),
                new ConvLstm2d(4, 3).padding(Padding.SAME).useBias(false).returnSequences(true));
    }

    @Test
    void everyStepIsPyTorchs() throws IOException {
        assertAsTorch("lstm", lstm(), "lstm", "lstm_l1", "head");
        assertAsTorch("lstm_no_bias", new Sequential(K, Shape.of(5, 4), 1, new Lstm(3).useBias(false)
                .returnSequences(true)), "lstm");
        assertAsTorch("cnn", cnn(new BatchNorm(0.9, 1e-5)), "0", "1", "3", "5");
        assertAsTorch("cnn_half", cnn(new BatchNorm(0.9, 1e-5)), "0", "1", "3", "5");
        assertAsTorch("convlstm", convLstm(Padding.SAME, 3), "cell_list.0", "cell_list.1");
        assertAsTorch("cnn_lstm", new Sequential(K, Shape.of(4, 6, 5, 3), 1, new TimeDistributed(new Conv2d(2, 3)),
                new TimeDistributed(new Flatten()), new Lstm(3).returnSequences(true)), "conv", "lstm");
    }

    @Test
    void aPartOfAFileIsTakenByItsPrefix() throws IOException {
        Sequential model = new Sequential(K, Shape.of(4, 6, 5, 3), 1,
                new ConvLstm2d(2, 3, 5).padding(Padding.SAME).returnSequences(true));
        weights("convlstm").below("cell_list.0.").into(model, "conv");
        Sequential both = convLstm(Padding.SAME, 3);
        weights("convlstm").into(both, "cell_list.0", "cell_list.1");
        assertArrayEquals(K.toArray(both.parameters().getFirst().value()),
                K.toArray(model.parameters().getFirst().value()));
    }

    @Test
    void whatDoesNotFitIsRefusedByName() throws IOException {
        Layer one = new Lstm(3).returnSequences(true);
        Sequential model = new Sequential(K, Shape.of(5, 4), 1, one);
        float[] before = K.toArray(one.parameters().getFirst().value());
        assertRefused("lstm_bidirectional", model, "weight_ih_l0_reverse", "lstm");
        assertRefused("lstm_projection", model, "recurrent_kernel", "lstm");
        assertRefused("lstm_no_bias", model, "bias", "lstm");
        assertRefused("lstm", model, "head.weight", "lstm");
        assertRefused("lstm", lstm(), "a module for each layer", "lstm");
        assertRefused("lstm", lstm(), "no.weight_ih_l0", "lstm", "no", "head");
        assertArrayEquals(before, K.toArray(one.parameters().getFirst().value()), "nothing was changed");
        assertRefused("cnn", cnn(new BatchNorm()), "batchNormEpsilon", "0", "1", "3", "5");
        assertRefused("convlstm", convLstm(Padding.VALID, 3), "SAME", "cell_list.0", "cell_list.1");
        assertRefused("convlstm_even", new Sequential(K, Shape.of(4, 6, 5, 3), 1,
                new ConvLstm2d(2, 2, 3).padding(Padding.SAME)), "odd kernels", "cell");
        assertRefused("lstm_no_bias", new Sequential(K, Shape.of(5, 4), 1, new Lstm(3).useBias(false)
                .activation(ActivationFunction.RELU)), "tanh", "lstm");
        Path pickle = Files.write(folder.resolve("model.pt"), new byte[] {'P', 'K', 3, 4, 0, 0});
        assertTrue(assertThrows(DataFormatException.class, () -> TorchWeights.read(pickle)).getMessage()
                .contains("save_file"));
    }

    private static void assertRefused(String name, Sequential model, String word, String... modules)
            throws IOException {
        TorchWeights weights = weights(name);
        String message = assertThrows(IllegalArgumentException.class, () -> weights.into(model, modules)).getMessage();
        assertTrue(message.contains(word) && message.contains("expected") && message.contains("Hint: "), message);
    }
}
