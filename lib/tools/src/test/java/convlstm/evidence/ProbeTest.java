package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProbeTest {
    private static final int N = 150;

    private final Random random = new Random(1);
    private final Probe probe = new Probe(5, 1);

    /** States of 2 x F numbers around 5: an offset that all samples share must not hide what differs. */
    private HostArray states(int F) {
        HostArray array = HostArray.zeros(N, 2, F);
        for (int i = 0; i < array.size(); i++) {
            array.values()[i] = 5 + (float) random.nextGaussian();
        }
        return array;
    }

    private HostArray truth(HostArray states, double noise) {
        HostArray truth = HostArray.zeros(N, 1);
        for (int n = 0; n < N; n++) {
            truth.set(
                    (float) (100 + 7 * (states.get(n, 0, 1) - 2 * states.get(n, 1, 2)) + noise * random.nextGaussian()),
                    n, 0);
        }
        return truth;
    }

    @Test
    void readsWhatIsLinearExactly() {
        HostArray states = states(3);
        HostArray truth = truth(states, 0);
        Probe.Answer answer = probe.numbers(states, truth, "there").getFirst();
        assertEquals(5, answer.scores().length);
        assertTrue(answer.mean() > 0.9999, "" + answer.mean());
        for (int n = 0; n < N; n++) {
            assertEquals(truth.get(n, 0), answer.read()[n], 0.1, "what was read is in the truth's units");
        }
    }

    @Test
    void readsNothingWhereNothingIs() {
        HostArray states = states(40);
        HostArray chance = HostArray.zeros(N, 1);
        for (int n = 0; n < N; n++) {
            chance.set((float) random.nextGaussian(), n, 0);
        }
        Probe.Answer answer = probe.numbers(states, chance, "not there").getFirst();
        assertTrue(answer.mean() < 0.1 && answer.mean() > -0.2, "" + answer.mean());
        // the ridge holds back: 80 features would fit chance on 120 samples
    }

    @Test
    void moreFeaturesThanSamplesDoNoHarmWhereTheyAreSmall() {
        // The answer in two strong features, and 400 of weak noise: plain least squares would fit the noise.
        HostArray states = states(200);
        for (int n = 0; n < N; n++) {
            for (int f = 3; f < 200; f++) {
                states.set(0.05f * states.get(n, 0, f), n, 0, f);
                states.set(0.05f * states.get(n, 1, f), n, 1, f);
            }
        }
        assertTrue(probe.numbers(states, truth(states, 1), "there").getFirst().mean() > 0.9);
    }

    @Test
    void theLeaveOneOutErrorChoosesWhatLeavingOutWouldChoose() {
        // A weak signal in much noise: a strong ridge reads better than a weak one, and is chosen.
        HostArray states = states(60);
        Probe.Answer noisy = probe.numbers(states, truth(states, 60), "noisy").getFirst();
        Probe.Answer clean = probe.numbers(states, truth(states, 0), "clean").getFirst();
        assertTrue(Arrays.stream(noisy.strengths()).sum() > 10 * Arrays.stream(clean.strengths()).sum());
    }

    @Test
    void readsClasses() {
        HostArray states = states(3);
        int[] sign = new int[N];
        int[] chance = new int[N];
        for (int n = 0; n < N; n++) {
            sign[n] = states.get(n, 1, 0) > 5 ? 3 : 8;
            chance[n] = random.nextInt(2);
        }
        Probe.Answer answer = probe.classes(states, "sign", sign);
        assertTrue(answer.mean() > 0.9, "" + answer.mean());
        assertTrue(Arrays.stream(answer.read()).allMatch(c -> c == 3 || c == 8));
        assertTrue(probe.classes(states, "chance", chance).mean() < 0.7);
        assertArrayEquals(answer.scores(), new Probe(5, 1).classes(states, "sign", sign).scores());
    }

    @Test
    void meanAndDeviationAreThoseOfTheFolds() {
        Probe.Answer answer = new Probe.Answer("x", new double[] {1, 2, 3, 6}, new double[0], new double[0]);
        assertEquals(3, answer.mean(), 1e-12);
        assertEquals(Math.sqrt((4 + 1 + 0 + 9) / 3.0), answer.deviation(), 1e-12);
    }

    @Test
    void wrongQuestionsAreRefused() {
        HostArray states = states(3);
        assertThrows(IllegalArgumentException.class, () -> new Probe(1, 1));
        var missing = assertThrows(IllegalArgumentException.class,
                () -> probe.classes(states, "digit", new int[N - 1]));
        assertTrue(missing.getMessage().contains("states:") && missing.getMessage().contains("149"),
                missing.getMessage());
        assertThrows(IllegalArgumentException.class, () -> probe.numbers(states, HostArray.zeros(N, 2), "only one"));
        var same = assertThrows(IllegalArgumentException.class,
                () -> probe.numbers(states, HostArray.zeros(N, 1), "still"));
        assertTrue(same.getMessage().contains("still"), same.getMessage());
        var blank = assertThrows(IllegalArgumentException.class,
                () -> probe.classes(HostArray.zeros(N, 4), "digit", new int[N]));
        assertTrue(blank.getMessage().contains("differ"), blank.getMessage());
    }

    @Test
    void statesAreThoseOfTheFrameAndBothParts() throws Exception {
        try (convlstm.backend.Backend K = convlstm.backend.Backends.byName("reference")) {
            var tracked = Probes.tracked(3);
            var model = Probes.model(K, "ConvLSTM2D 3x3", 1);
            var test = convlstm.data.Dataset.blindForecast(tracked.frames(), Probes.SEEN);
            HostArray all = model.upTo(1).predict(test.x()); // h at every step
            Probes.States states = Probes.states(model, test.x(), 7);
            assertArrayEquals(convlstm.data.Dataset.frames(all, 6, 7).values(), states.h().values(), 1e-6f);
            HostArray h = states.part("h");
            assertEquals((states.h().get(1, 2, 4, 5) + states.h().get(1, 2, 5, 5) + states.h().get(1, 3, 4, 5)
                    + states.h().get(1, 3, 5, 5)) / 4, h.get(1, 1, 2, 5), 1e-6);
            assertEquals(2 * h.size(), states.part("hc").size());
            assertEquals(List.of("h", "c", "hc"), Probes.PARTS);
            assertThrows(IllegalArgumentException.class, () -> states.part("x"));
        }
    }
}
