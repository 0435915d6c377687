package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProbeTest {
    private static final int N = 150;

    private final Random random = new Random(1);
    private final HostArray states = states();
    private final Probe probe = new Probe(5, 30, 1);

    /** States of 2x3 numbers around 5: an offset that all samples share must not hide what differs. */
    private HostArray states() {
        HostArray array = HostArray.zeros(N, 2, 3);
        for (int i = 0; i < array.size(); i++) {
            array.values()[i] = 5 + (float) random.nextGaussian();
        }
        return array;
    }

    @Test
    void readsWhatIsLinearAndOnlyThat() {
        HostArray truth = HostArray.zeros(N, 2);
        for (int n = 0; n < N; n++) {
            truth.set(100 + 7 * (states.get(n, 0, 1) - 2 * states.get(n, 1, 2)), n, 0);
            truth.set((float) random.nextGaussian(), n, 1);
        }
        List<Probe.Answer> answers = probe.numbers(states, truth, "there", "not there");
        assertEquals("there", answers.getFirst().target());
        assertEquals(5, answers.getFirst().scores().length);
        assertTrue(answers.getFirst().mean() > 0.95, "" + answers.getFirst().mean());
        assertTrue(answers.getLast().mean() < 0.1, "" + answers.getLast().mean());
    }

    @Test
    void readsClasses() {
        int[] sign = new int[N];
        int[] chance = new int[N];
        for (int n = 0; n < N; n++) {
            sign[n] = states.get(n, 1, 0) > 5 ? 3 : 8;
            chance[n] = random.nextInt(2);
        }
        assertTrue(probe.classes(states, "sign", sign).mean() > 0.9);
        assertTrue(probe.classes(states, "chance", chance).mean() < 0.7);
    }

    @Test
    void theSameSeedGivesTheSameScoresAndTheProvenanceNamesIt() {
        int[] labels = new int[N];
        for (int n = 0; n < N; n++) {
            labels[n] = n % 3;
        }
        Probe.Answer first = probe.classes(states, "third", labels);
        assertArrayEquals(first.scores(), probe.classes(states, "third", labels).scores());
        assertTrue(first.provenance().contains("LinearSGDTrainer") && first.provenance().contains("epochs = 30"),
                first.provenance());
    }

    @Test
    void meanAndDeviationAreThoseOfTheFolds() {
        Probe.Answer answer = new Probe.Answer("x", new double[] {1, 2, 3, 6}, "");
        assertEquals(3, answer.mean(), 1e-12);
        assertEquals(Math.sqrt((4 + 1 + 0 + 9) / 3.0), answer.deviation(), 1e-12);
    }

    @Test
    void wrongQuestionsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Probe(1, 10, 1));
        var missing = assertThrows(IllegalArgumentException.class,
                () -> probe.classes(states, "digit", new int[N - 1]));
        assertTrue(missing.getMessage().contains("states:") && missing.getMessage().contains("149"),
                missing.getMessage());
        assertThrows(IllegalArgumentException.class, () -> probe.numbers(states, HostArray.zeros(N, 2), "only one"));
        var same = assertThrows(IllegalArgumentException.class,
                () -> probe.numbers(states, HostArray.zeros(N, 1), "still"));
        assertTrue(same.getMessage().contains("still"), same.getMessage());
        assertThrows(IllegalArgumentException.class, () -> probe.classes(HostArray.zeros(N, 4), "digit", new int[N]));
    }
}
