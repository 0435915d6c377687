package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Dataset;
import convlstm.model.EncoderForecaster;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Summary;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The paper's models, held to the paper's numbers. */
class PaperModelTest {
    private static final PaperModel.Scale TINY = new PaperModel.Scale(8, 2, 3, 2, 64);

    /** Forward multiply-adds of a sequence, in units of 1e9, worked out by hand from the paper's description. */
    private static final Map<String, Double> GMAC = Map.of(
            "FC-LSTM-2048-2048", 1.43,
            "ConvLSTM(5x5)-5x5-256", 34.6,
            "ConvLSTM(5x5)-5x5-128-5x5-128", 25.7,
            "ConvLSTM(5x5)-5x5-128-5x5-64-5x5-64", 19.4,
            "ConvLSTM(9x9)-1x1-128-1x1-128", 29.6,
            "ConvLSTM(9x9)-1x1-128-1x1-64-1x1-64", 22.6);

    @ParameterizedTest
    @MethodSource("convlstm.course.PaperModel#table1")
    void summaryGivesThePapersParameterCountExactly(PaperModel paper) {
        EncoderForecaster model = paper.build(Backends.planning(), PaperModel.Scale.paper(), 0);
        assertEquals(paper.parameters(), Summary.of(model).parameters());
        assertEquals(paper.parameters(), model.parameterCount());
        assertEquals(GMAC.get(paper.name()), Summary.of(model).flops() / 2e9, 0.05);
    }

    @ParameterizedTest
    @MethodSource("convlstm.course.PaperModel#table1")
    void everyModelLearnsFromItsOwnFormOfTheData(PaperModel paper) {
        try (Backend K = Backends.byName("reference")) {
            EncoderForecaster model = paper.build(K, TINY, 1);
            HostArray frames = blinking(6);
            Dataset data = paper.data(frames, TINY);
            Trainer trainer = new Trainer(model, Loss.crossEntropyPerSequence(), Optimizer.rmsProp(0.003));
            double before = trainer.evaluate(data);
            trainer.epochs(20).batchSize(3).fit(data);
            double after = trainer.evaluate(data);
            assertEquals(2 * 64 * Math.log(2), before, 20, "a young model knows nothing: a bit for each pixel");
            assertEquals(true, after < 0.8 * before, before + " -> " + after);
        }
    }

    @Test
    void framesUndoesThePatches() {
        PaperModel conv = PaperModel.table1().get(1);
        PaperModel dense = PaperModel.table1().get(0);
        HostArray sequences = blinking(2);
        for (PaperModel paper : new PaperModel[] {conv, dense}) {
            HostArray target = paper.data(sequences, TINY).y();
            float[] logits = new float[target.size()];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = target.values()[i] > 0.5 ? 20 : -20;
            }
            HostArray frames = paper.frames(new HostArray(target.shape(), logits), TINY);
            assertEquals(Shape.of(2, 2, 8, 8, 1), frames.shape());
            assertArrayEquals(Dataset.frames(sequences, 3, 5).values(), frames.values(), 1e-6f);
        }
    }

    @Test
    void aModelWithoutMemoryCannotRun() {
        EncoderForecaster model = PaperModel.table1().get(0).build(Backends.planning(), TINY, 0);
        HostArray x = PaperModel.table1().get(0).data(blinking(1), TINY).x();
        UnsupportedOperationException e = assertThrows(UnsupportedOperationException.class, () -> model.predict(x));
        assertEquals(true, e.getMessage().contains("planning"), e.getMessage());
    }

    /** Sequences of five 8x8 frames in which a random square goes on and off. */
    private static HostArray blinking(int n) {
        HostArray frames = HostArray.zeros(n, 5, 8, 8, 1);
        Random random = new Random(3);
        for (int s = 0; s < n; s++) {
            int y = random.nextInt(5);
            int x = random.nextInt(5);
            for (int t = 0; t < 5; t += 2) {
                for (int i = 0; i < 16; i++) {
                    frames.set(1, s, t, y + i / 4, x + i % 4, 0);
                }
            }
        }
        return frames;
    }
}
