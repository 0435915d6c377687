package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.app.Flagship.Setting;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Digits;
import convlstm.data.Safetensors;
import convlstm.flagship.Arm;
import convlstm.flagship.Scale;
import convlstm.flagship.Training;
import convlstm.flagship.Training.Plan;
import convlstm.model.Checkpoint;
import convlstm.model.History;
import convlstm.model.Model;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagshipTest {
    private static final Scale TOY = new Scale(16, 4, 3, 2, List.of(4, 3), 4, 8);
    private static final Plan PLAN = new Plan(24, 8, 4, 1e-2, 5);
    private static final Setting SETTING = new Setting(TOY, PLAN, 12, 64,
            (folder, train) -> train ? Digits.train() : Digits.heldOut());

    @TempDir
    Path folder;

    private static String run(Setting setting, String... args) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Flagship.run(new PrintStream(out, true, StandardCharsets.UTF_8), setting,
                Options.parse(Flagship.help(setting.plan()), 0, args));
        return out.toString(StandardCharsets.UTF_8);
    }

    private String run(Path state, String... more) throws IOException {
        return run(SETTING, Stream.concat(Stream.of("--mnist", "unused", "--folder", state.toString()),
                Arrays.stream(more)).toArray(String[]::new));
    }

    private static String refused(Class<? extends Exception> type, Setting setting, String... args) {
        return assertThrows(type, () -> run(setting, args)).getMessage();
    }

    @Test
    void stoppedAndGoneOnItEndsInTheSameBits() throws IOException {
        Path atOnce = folder.resolve("at-once");
        Path inPieces = folder.resolve("in-pieces");
        String said = run(atOnce);
        assertTrue(said.contains("24 of 24 sequences"), said);
        for (int piece = 0; piece < 9; piece++) {
            run(inPieces, "--minutes", "1e-9"); // one chunk of one network
            assertEquals(piece + 1, chunks(inPieces, 0) + chunks(inPieces, 1) + chunks(inPieces, 2));
        }
        for (Arm arm : Arm.values()) {
            Safetensors a = Safetensors.read(Training.file(atOnce, arm));
            Safetensors b = Safetensors.read(Training.file(inPieces, arm));
            assertEquals(a.tensors(), b.tensors(), arm.label());
            assertEquals(a.metadata().get("optimizer"), b.metadata().get("optimizer"));
            assertArrayEquals(losses(atOnce, arm), losses(inPieces, arm));
            assertEquals(3, losses(atOnce, arm).length);
        }
        assertTrue(Files.size(atOnce.resolve("films/early.png")) > 0);
        assertEquals("", run(atOnce), "nothing is left to train");
    }

    private static double[] losses(Path state, Arm arm) throws IOException {
        return new History(Training.history(Training.file(state, arm))).losses();
    }

    private static int chunks(Path state, int arm) throws IOException {
        return losses(state, Arm.values()[arm]).length;
    }

    @Test
    void theNetworkThatIsBehindIsTrainedNext() throws IOException {
        run(folder, "--arms", "cnn-lstm", "--minutes", "1e-9");
        run(folder, "--arms", "cnn-lstm", "--minutes", "1e-9");
        assertEquals(2, chunks(folder, 2));
        run(folder, "--minutes", "1e-9");
        run(folder, "--minutes", "1e-9");
        assertEquals(List.of(1, 1, 2), List.of(chunks(folder, 0), chunks(folder, 1), chunks(folder, 2)));
        String list = run(folder, "--list");
        assertTrue(list.contains("convlstm-5x5") && list.contains("16 sequences of 24"), list);
    }

    @Test
    void theBudgetIsFixedOnceTheRateFalls() throws IOException {
        Setting setting = new Setting(TOY, new Plan(1280, 128, 4, 1e-2, 5), 12, 64, SETTING.digits());
        String[] args = {"--mnist", "unused", "--folder", folder.toString(), "--arms", "cnn-lstm", "--minutes", "1e-9"};
        for (int chunk = 0; chunk < 4; chunk++) {
            run(setting, args); // 512 of 1280, where the rate has risen and not yet fallen
        }
        String[] more = Arrays.copyOf(args, args.length + 2);
        more[args.length] = "--sequences";
        more[args.length + 1] = "1024";
        run(setting, more);
        run(setting, more); // 768 of 1024
        assertEquals(6, chunks(folder, 2));
        String message = refused(LabException.class, setting, args);
        assertTrue(message.contains("learning rate") && message.contains("budget"), message);

        String[] shorter = Arrays.copyOf(more, more.length + 2);
        shorter[more.length] = "--shorten";
        shorter[more.length + 1] = "768,896";
        run(setting, shorter);
        assertEquals("", run(setting, shorter), "it has ended");
        assertEquals(7, chunks(folder, 2));
        List<String> log = Files.readAllLines(folder.resolve("cnn-lstm.csv"));
        assertEquals(8, log.size());
        assertTrue(log.getLast().matches("5,896,0[.]00.*,(simd|reference|nd4j|cuda)"), log.getLast());
    }

    @Test
    void everyNetworkLearns() throws IOException {
        Setting longer = new Setting(TOY, new Plan(1536, 256, 4, 1e-2, 5), 12, 64, SETTING.digits());
        run(longer, "--mnist", "unused", "--folder", folder.toString(), "--no-films");
        assertFalse(Files.exists(folder.resolve("films")));
        for (Arm arm : Arm.values()) {
            double[] losses = losses(folder, arm);
            assertTrue(losses[5] < 0.9 * losses[0], arm + ": " + Arrays.toString(losses));
        }
    }

    @Test
    void whatAKilledWriterLeftIsNoHindrance() throws IOException {
        run(folder, "--arms", "convlstm-5x5", "--minutes", "1e-9");
        Path file = Training.file(folder, Arm.CONV_LSTM_5X5);
        byte[] whole = Files.readAllBytes(file);
        Path half = file.resolveSibling(file.getFileName() + ".999999999-1.tmp");
        Files.write(half, Arrays.copyOf(whole, whole.length / 2));
        run(folder, "--arms", "convlstm-5x5");
        assertFalse(Files.exists(half));
        assertEquals(3, chunks(folder, 0));
    }

    @Test
    void damagedAndForeignFilesAreRefusedAndKept() throws IOException {
        run(folder);
        Path file = Training.file(folder, Arm.CONV_LSTM_5X5);
        byte[] whole = Files.readAllBytes(file);
        byte[][] others = {Arrays.copyOf(whole, whole.length - 9), "a text".getBytes(StandardCharsets.UTF_8),
            Files.readAllBytes(Training.file(folder, Arm.CNN_LSTM)),
            Files.readAllBytes(Training.file(folder, Arm.CONV_LSTM_1X1))};
        for (byte[] other : others) {
            Files.write(file, other);
            String message = assertThrows(LabException.class, () -> run(folder)).getMessage();
            assertTrue(message.contains("convlstm-5x5.safetensors") && message.contains("--folder"), message);
            assertArrayEquals(other, Files.readAllBytes(file));
        }
        Files.write(file, whole);
        Setting wider = new Setting(new Scale(16, 4, 3, 2, List.of(5, 3), 4, 8), PLAN, 12, 64, SETTING.digits());
        String message = refused(LabException.class, wider, "--mnist", "x", "--folder", folder.toString());
        assertTrue(message.contains("(3, 4, 4, 5)") && message.contains("convlstm-5x5.safetensors"), message);
        assertArrayEquals(whole, Files.readAllBytes(file));
        Setting otherSeed = new Setting(TOY, new Plan(24, 8, 4, 1e-2, 6), 12, 64, SETTING.digits());
        Path begun = folder.resolve("begun");
        run(begun, "--minutes", "1e-9");
        message = refused(LabException.class, otherSeed, "--mnist", "x", "--folder", begun.toString());
        assertTrue(message.contains("seed 5") && message.contains("seed 6"), message);
    }

    @Test
    void withoutMnistItSaysWhereItComesFrom() {
        String message = refused(LabException.class, Setting.full(), "--folder", folder.toString());
        assertTrue(message.contains("--mnist") && message.contains("data/README.md"), message);
        message = refused(NoSuchFileException.class, Setting.full(), "--mnist", folder.toString(), "--folder",
                folder.resolve("state").toString());
        assertTrue(message.contains("train-images-idx3-ubyte"), message);
    }

    @ParameterizedTest
    @CsvSource({"--arms, convlstm, convlstm-5x5", "--sequences, 20, multiple of 8", "--sequences, many, 'many'",
        "--minutes, -1, --minutes", "--folder, , --help", "--film, 3, --film"})
    void whatIsNotUnderstoodIsRefused(String option, String value, String expected) {
        String[] args = value == null
                ? new String[] {"--mnist", "x", option}
                : new String[] {"--mnist", "x", option, value};
        String message = refused(LabException.class, SETTING, args);
        assertTrue(message.contains(expected), message);
        assertTrue(message.contains(option), message);
    }

    @Test
    void whatIsShippedIsWhatWasMeasured() throws IOException {
        Path data = folder.resolve("data");
        run(folder, "--arms", "cnn-lstm");
        String message = assertThrows(LabException.class,
                () -> run(folder, "--ship", "--data", data.toString())).getMessage();
        assertTrue(message.contains("equally many"), message);
        run(folder);
        String said = run(folder, "--ship", "--data", data.toString());
        assertTrue(said.contains("convlstm-1x1") && said.contains("digits read"), said);
        List<String> sums = Files.readAllLines(data.resolve("SHA256SUMS"));
        assertEquals(3, sums.size());
        List<String> scores = Files.readAllLines(data.resolve("flagship/scores.csv"));
        int networks = 3 + 2 * 3; // truth, last and empty frame; each arm in half and in full precision
        assertEquals(1 + networks * 4 * (TOY.forecast() + 1), scores.size());
        assertTrue(scores.stream().allMatch(line -> line.split(",").length == 6), scores.toString());
        assertTrue(scores.contains("truth,squared_error,all,12,0.0,0.0"), scores.toString());
        assertTrue(scores.contains("truth,ssim,2,12,1.0,0.0"), scores.toString());
        assertEquals(1 + 3, Files.readAllLines(data.resolve("flagship/training-cnn-lstm.csv")).size());
        try (Backend K = Backends.best()) {
            for (Arm arm : Arm.values()) {
                Path file = data.resolve("checkpoints/full-size-" + arm.label() + ".safetensors");
                Model model = arm.build(K, TOY, 99);
                Checkpoint.load(file, model);
                assertEquals(2 * model.parameterCount(), Files.size(file), 3000);
                assertTrue(sums.stream().anyMatch(line -> line.endsWith("  checkpoints/" + file.getFileName())));
            }
        }
    }
}
