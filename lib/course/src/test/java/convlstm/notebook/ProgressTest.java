package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.reference.ReferenceProvider;
import convlstm.data.Dataset;
import convlstm.layer.Dense;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the line below a training says: how long it will take, that it goes on where it was, that it was stopped. */
class ProgressTest {
    private final List<String> lines = new ArrayList<>();

    @Test
    void theTimeLeftGoesByTheLastSeconds() {
        long[] now = {0};
        Progress progress = new Progress("LSTM", lines::add, () -> now[0]);
        for (int tenths = 10; tenths <= 200; tenths += 10) { // a batch in ten seconds, then ten in one
            now[0] = tenths * 100_000_000L;
            int batch = tenths <= 100 ? tenths / 100 : 1 + (tenths - 100);
            progress.batch(1, 1, batch, 1000, 0.5);
        }
        assertFalse(lines.getFirst().contains("left"), lines.getFirst());
        assertTrue(lines.getLast().contains("batch 101 of 1000") && lines.getLast().contains("about 90 s left"),
                lines.getLast());
    }

    @Test
    void aModelThatIsTrainedOnSaysSo() {
        try (Backend K = new ReferenceProvider().create()) {
            Dataset data = new Dataset(HostArray.zeros(4, 2), HostArray.zeros(4, 1));
            Sequential model = new Sequential(K, Shape.of(2), 1, new Dense(1));
            train(model, data);
            assertEquals(List.of(), lines.stream().filter(line -> line.contains("continues")).toList());
            lines.clear();
            train(model, data);
            assertTrue(lines.getLast().startsWith("MLP (continues after 3 epochs): epoch 3 of 3 done"),
                    lines.getLast());
        }
    }

    private History train(Sequential model, Dataset data) {
        return new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1)).epochs(3)
                .listener(new Progress("MLP", lines::add)).fit(data);
    }

    @Test
    void anInterruptIsSaidAndItsEmptyHistoryExplained() {
        try (Backend K = new ReferenceProvider().create()) {
            Dataset data = new Dataset(HostArray.zeros(4, 2), HostArray.zeros(4, 1));
            Sequential model = new Sequential(K, Shape.of(2), 1, new Dense(1));
            Thread.currentThread().interrupt();
            History history = train(model, data);
            assertTrue(Thread.interrupted(), "still interrupted");
            assertTrue(lines.getLast().startsWith("MLP: stopped in epoch 1 of 3"), lines.getLast());
            assertTrue(assertThrows(IllegalStateException.class, history::last).getMessage().contains("run its cell"));
            assertTrue(assertThrows(IllegalArgumentException.class,
                    () -> Plots.lines("loss", "epoch", "loss").series("MLP", history.losses())).getMessage()
                    .contains("stopped in its first epoch"));
        }
    }
}
