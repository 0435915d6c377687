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
import convlstm.layer.Dropout;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.RepeatVector;
import convlstm.layer.Rescaling;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

    /** PyTorch orders features channel by channel; a reshape that is no plain flatten could be read in two ways. */
    @Test
    void reshapesThatMixChannelsAreRefused() {
        TorchWeights made = new TorchWeights("made", Map.of("a.weight", HostArray.zeros(8, 3), "a.bias",
                HostArray.zeros(8), "b.weight", HostArray.zeros(1, 2, 1, 1), "b.bias", HostArray.zeros(1),
                "c.weight", HostArray.zeros(3, 4), "c.bias", HostArray.zeros(3)), 1e-5);
        Sequential decoder = new Sequential(K, Shape.of(3), 1, new Dense(8), new Reshape(2, 2, 2), new Conv2d(1, 1));
        Sequential rows = new Sequential(K, Shape.of(2, 2, 2), 1, new Reshape(2, 4), new Dropout(0.5),
                new TimeDistributed(new Dense(3)));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> made.into(decoder, "a", "b")).getMessage()
                .contains("channels before pixels"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> made.into(rows, "c")).getMessage()
                .contains("channels before pixels"));
    }

    @Test
    void aLayerBetweenFlattenAndDenseChangesNoOrder() {
        HostArray kernel = HostArray.zeros(1, 8);
        for (int k = 0; k < 8; k++) {
            kernel.values()[k] = k; // channel k / 4, pixel k % 4
        }
        TorchWeights made = new TorchWeights("made", Map.of("d.weight", kernel, "d.bias", HostArray.zeros(1)), 1e-5);
        Sequential model = new Sequential(K, Shape.of(2, 2, 2), 1, new Flatten(), new Rescaling(1, 0),
                new RepeatVector(2), new TimeDistributed(new Dense(1)));
        made.into(model, "d");
        assertArrayEquals(new float[] {0, 4, 1, 5, 2, 6, 3, 7}, K.toArray(model.parameters().getFirst().value()));
    }

    /** PyTorch pads both sides alike: with strides, SAME here is another layer of the same shapes. */
    @Test
    void stridesWithUnevenPaddingAreRefused() {
        TorchWeights made = new TorchWeights("made", Map.of("a.weight", HostArray.zeros(1, 1, 3, 3), "a.bias",
                HostArray.zeros(1)), 1e-5);
        Sequential uneven = new Sequential(K, Shape.of(8, 8, 1), 1,
                new Conv2d(1, 3).padding(Padding.SAME).strides(2, 2));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> made.into(uneven, "a")).getMessage()
                .contains("pads all sides alike"));
        made.into(new Sequential(K, Shape.of(9, 9, 1), 1, new Conv2d(1, 3).padding(Padding.SAME).strides(2, 2)), "a");
        made.into(new Sequential(K, Shape.of(8, 8, 1), 1, new Conv2d(1, 3).padding(Padding.SAME)), "a");
    }

    private static void assertRefused(String name, Sequential model, String word, String... modules)
            throws IOException {
        TorchWeights weights = weights(name);
        String message = assertThrows(IllegalArgumentException.class, () -> weights.into(model, modules)).getMessage();
        assertTrue(message.contains(word) && message.contains("expected") && message.contains("Hint: "), message);
    }
}
