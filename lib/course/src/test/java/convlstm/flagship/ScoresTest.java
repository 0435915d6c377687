package convlstm.flagship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.data.TrackedSequences;
import convlstm.flagship.Scores.Measure;
import convlstm.flagship.Training.Plan;
import convlstm.model.Model;
import convlstm.model.Trainer;
import convlstm.notebook.Frames;
import convlstm.tensor.HostArray;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoresTest {
    private static final int H = 12;
    private static final int W = 10;

    private static float[] picture(java.util.function.IntUnaryOperator value, int modulus) {
        float[] picture = new float[H * W];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = value.applyAsInt(i) % modulus / (float) modulus;
        }
        return picture;
    }

    /** The numbers are scikit-image 0.26.0's: {@code structural_similarity(a, b, data_range=1.0)}. */
    @Test
    void similarityIsThatOfScikitImage() {
        float[] a = picture(i -> i * 37, 101);
        float[] b = picture(i -> i * i * 13 + 7 * i, 89);
        float[] mixed = new float[a.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = 0.7f * a[i] + 0.2f * b[i];
        }
        assertEquals(1, Ssim.of(a, a, 0, H, W), 1e-12);
        assertEquals(0.018935485037092192, Ssim.of(a, b, 0, H, W), 1e-6);
        assertEquals(0.910406489338497, Ssim.of(a, mixed, 0, H, W), 1e-6);
        assertEquals(4.913444162724531e-06, Ssim.of(new float[a.length], a, 0, H, W), 1e-8);
    }

    @Test
    void aSimilarityIsThatOfItsFrame() {
        float[] two = new float[2 * H * W];
        System.arraycopy(picture(i -> i * 37, 101), 0, two, H * W, H * W);
        assertEquals(1, Ssim.of(new float[two.length], two, 0, H, W), 1e-12);
        assertTrue(Ssim.of(new float[two.length], two, H * W, H, W) < 0.01);
    }

    @Test
    void theReaderReadsTrueFramesAndNoBlanks() throws IOException {
        try (Backend K = Backends.best()) {
            Digits some = Digits.train().range(0, 20); // few, so that seconds are enough
            MovingDigits world = MovingDigits.scaled(some, 32).withCount(1);
            DigitReader reader = new DigitReader(K, 32, 1);
            reader.train(world, 1, 8, 1000, new Trainer.Listener() {
            });
            TrackedSequences test = world.withFrames(2).generate(2, 0, 100);
            double share = share(reader.reads(test.frames(), test.labels()));
            assertTrue(share > 0.6, "read " + share);
            int[][] wrong = new int[100][1];
            IntStream.range(0, 100).forEach(n -> wrong[n][0] = (test.labels()[n][0] + 1) % 10);
            assertTrue(share(reader.reads(test.frames(), wrong)) < 0.2);
        }
    }

    private static double share(boolean[][] read) {
        int hits = 0;
        for (boolean[] frames : read) {
            for (boolean frame : frames) {
                hits += frame ? 1 : 0;
            }
        }
        return hits / (double) (read.length * read[0].length);
    }

    @Test
    void scoresAreMeansOverSequencesWithIntervals(@TempDir Path folder) throws IOException {
        Scale scale = new Scale(16, 4, 2, 3, List.of(2), 2, 4);
        try (Backend K = Backends.best()) {
            Scores scores = new Scores(scale, scale.world(Digits.heldOut()), 3, 60, new DigitReader(K, 16, 1))
                    .addReferences().add("network", Arm.CONV_LSTM_5X5.build(K, scale, 1));
            assertEquals(0, scores.of("truth", Measure.SQUARED_ERROR).mean());
            assertEquals(1, scores.of("truth", Measure.SSIM).mean(), 1e-9);
            double empty = scores.of("empty frame", Measure.SQUARED_ERROR).mean();
            assertTrue(scores.of("last frame", Measure.SQUARED_ERROR).mean() > 0 && empty > 0);
            assertThrows(IllegalArgumentException.class, () -> scores.of("nobody", Measure.SSIM));
            scores.write(folder.resolve("scores.csv"));
            List<String> lines = Files.readAllLines(folder.resolve("scores.csv"));
            double sum = 0;
            for (String line : lines) {
                String[] f = line.split(",");
                sum += f[0].equals("empty frame") && f[1].equals("squared_error") && !f[2].equals("all")
                        ? Double.parseDouble(f[4])
                        : 0;
            }
            assertEquals(3 * empty, sum, 1e-4 * sum);
            String network = lines.stream().filter(l -> l.startsWith("network,cross_entropy,all,60,")).findFirst()
                    .orElseThrow();
            assertEquals(scores.of("network", Measure.CROSS_ENTROPY).mean(),
                    Double.parseDouble(network.split(",")[4]), 0.01);
        }
    }

    @Test
    void aStripHasAColumnForEachFrameThatIsNamed() throws IOException {
        Scale scale = new Scale(16, 4, 2, 3, List.of(2), 2, 4);
        try (Backend K = Backends.best()) {
            Map<String, Model> networks = Map.of("a", Arm.CONV_LSTM_5X5.build(K, scale, 1));
            HostArray sequence = scale.world(Digits.heldOut()).sequences(1, 1);
            int three = width(Film.strip(scale, networks, sequence, 2, 3, 5));
            int all = width(Film.of(scale, networks, sequence));
            assertEquals(2, Math.round((all - three) / (16.0 * 6 * 2)), "columns more, in " + all + " and " + three);
            assertThrows(RuntimeException.class, () -> Film.strip(scale, networks, sequence, 2, 6));
        }
    }

    private static int width(Frames strip) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(strip.zoom(6).picture().bytes())).getWidth();
    }

    @Test
    void theLearningRateRisesStaysAndFalls() {
        Plan plan = new Plan(10_000, 100, 4, 2e-3, 1);
        assertEquals(2e-3 * 4 / 400, plan.rate(0), 1e-9);
        assertEquals(2e-3, plan.rate(400));
        assertEquals(2e-3, plan.rate(6000));
        assertEquals(2e-3 * 0.51, plan.rate(8000), 1e-9);
        assertEquals(2e-3 * 0.02, plan.rate(10_000), 1e-9);
        assertEquals(2e-3 * 0.02, plan.rate(20_000), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> new Plan(10_050, 100, 4, 2e-3, 1));

        Plan shortened = new Plan(10_000, 100, 4, 2e-3, 1, 7000, 8000);
        assertEquals(plan.rate(7000), shortened.rate(7000));
        assertEquals((plan.rate(7000) + 4e-5) / 2, shortened.rate(7500), 1e-9);
        assertEquals(4e-5, shortened.rate(8000), 1e-9);
        assertEquals(4e-5, shortened.rate(9000), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> new Plan(10_000, 100, 4, 2e-3, 1, 8000, 7000));
    }
}
