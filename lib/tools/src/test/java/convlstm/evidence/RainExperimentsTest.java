package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.DataFormatException;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.rain.RadarEvent;
import convlstm.tensor.HostArray;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class RainExperimentsTest {
    private final HostArray clips = Rain.FIELD.sequences(3, 4);
    private final RainTask.Test test = new RainTask.Test(clips, 2);
    private final List<String> names = RainTask.metrics("");

    @TempDir
    Path folder;

    private double number(double[] scores, String name) {
        return scores[names.indexOf(name)];
    }

    @Test
    void theTableSaysWhoWasTrainedAndLeadsOverOpticalFlow() throws IOException {
        Results rows = Results.shipped(new Rain());
        Table table = RainTask.table(rows, "Rain", "", 5);
        List<String> forecasts = table.stringColumn("forecast").asList();
        assertEquals(List.of("persistence", "blurred persistence"), forecasts.subList(0, 2));
        assertTrue(forecasts.contains("Conv2D, then LSTM, balanced loss") && !forecasts.contains("truth"),
                "" + forecasts);
        int flow = forecasts.indexOf("optical flow");
        assertEquals("", table.getString(flow, "lead at 2 mm/h [95 %]"));
        assertTrue(table.intColumn("trainings").isMissing(flow));
        int network = forecasts.indexOf("ConvLSTM2D, balanced loss");
        assertEquals(rows.of(Rain.BALANCED).size(), table.intColumn("trainings").get(network));
        assertTrue(table.getString(network, "lead at 2 mm/h [95 %]").startsWith("-0."), table.print());
        assertEquals("%.2f".formatted(RainTask.mean(rows, Rain.BALANCED, "bias5")),
                table.getString(network, "bias, 5 mm/h"));
    }

    @Test
    void aTrainingThatIsUnlikeTheStoredOnesIsNoticed() throws IOException {
        Results rows = Results.shipped(new Rain());
        double stored = RainTask.mean(rows, Rain.BALANCED, "csi2");
        assertTrue(RainTask.compare(rows, Rain.BALANCED, "csi2", stored).contains("%.3f now".formatted(stored)));
        for (double score : new double[] {0.1, 0.9, Double.NaN}) {
            assertThrows(IllegalStateException.class, () -> RainTask.compare(rows, Rain.BALANCED, "csi2", score));
        }
    }

    @Test
    void scoresAreThoseThatAreNamed() {
        double[] truth = test.ofTruth();
        assertEquals(names.size(), truth.length);
        for (String score : List.of("csi0.5", "csi0.5_low", "csi0.5_high", "bias0.5", "csi2_frame5")) {
            assertEquals(1, number(truth, score), 1e-12, score);
        }
        assertEquals(0, number(truth, "mse"));
        double[] flow = test.scores(RainTask.FLOW, 0);
        assertEquals(0, number(flow, "csi2_lead"), "the optical flow does not lead itself");
        double[] still = test.scores(RainTask.PERSISTENCE, 0);
        assertTrue(number(still, "mse_lead") > 0 && number(still, "mse") > number(flow, "mse"));
        assertEquals(number(still, "csi0.5") - number(flow, "csi0.5"), number(still, "csi0.5_lead"), 1e-12);
        double[] blurred = test.scores(RainTask.BLURRED, 1.5);
        assertTrue(number(blurred, "mse") < number(still, "mse") && number(blurred, "bias5") < number(still, "bias5"));
    }

    @Test
    void theBlurIsChosenByTheSquaredError() {
        assertEquals(0, RainTask.sigma(RainTask.PERSISTENCE, clips));
        double sigma = RainTask.sigma(RainTask.BLURRED, clips);
        assertTrue(number(test.scores(RainTask.BLURRED, sigma), "mse") <= number(test.scores(RainTask.BLURRED, 0.5),
                "mse"));
        assertThrows(IllegalArgumentException.class, () -> RainTask.baseline("oracle", clips, 0));
    }

    @Test
    void bothNetworksTrainOnTheTask() {
        try (Backend K = Backends.best()) {
            for (Sequential model : List.of(RainTask.convLstm(K, 1), RainTask.cnnLstm(K, 1))) {
                for (boolean balanced : new boolean[] {true, false}) {
                    double loss = RainTask.train(model, clips, balanced, 1, new Run("any", 1, 0.01),
                            new Trainer.Listener() {
                            }).last().loss();
                    assertTrue(loss > 0 && loss < 1, "" + loss);
                }
                assertEquals(names.size(), test.scores(model).length);
            }
        }
    }

    @Test
    void probesAskThePixelsToo() throws Exception {
        Probes probes = new Probes();
        try (Backend K = Backends.byName("reference")) {
            double[] pixels = probes.train(K, new Run(probes.arms().getFirst(), 1, 0.01), new Trainer.Listener() {
            })
                    .metrics();
            assertEquals(probes.metrics().size(), pixels.length);
            double seen = pixels[probes.metrics().indexOf("position_h5")];
            assertTrue(seen > 0.8, Arrays.toString(pixels));
            assertTrue(pixels[probes.metrics().indexOf("position_h9")] < seen, "the future is less linear");
            assertThrows(IllegalArgumentException.class, () -> Probes.model(K, "GRU", 1));
        }
    }

    @Test
    void withoutTheRadarFramesTheExperimentSaysWhatItLacks() throws Exception {
        System.clearProperty(RadarEvent.PROPERTY);
        assertTrue(new Radar().lacks().contains("-Dconvlstm.radar=FOLDER"));
        assertThrows(FileNotFoundException.class, () -> new Radar().events());
        assertEquals("", new Rain().lacks());
        System.setProperty(RadarEvent.PROPERTY, folder.toString());
        try {
            assertEquals("", new Radar().lacks());
            Files.createDirectories(folder.resolve("20160928"));
            assertThrows(DataFormatException.class, () -> new Radar().events());
        } finally {
            System.clearProperty(RadarEvent.PROPERTY);
        }
    }
}
