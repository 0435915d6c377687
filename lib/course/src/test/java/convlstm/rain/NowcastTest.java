package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Dataset;
import convlstm.data.RainField;
import convlstm.data.RainScale;
import convlstm.model.Loss;
import convlstm.model.Metrics;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class NowcastTest {
    private static final Nowcast NOWCAST = new Nowcast(16, 3, 2);

    @Test
    void forecastsSeeNothingOfTheFuture() {
        HostArray clips = new RainField(5, 16, 0.5, 1).sequences(1, 4);
        HostArray other = new RainField(5, 16, 0.5, 1).sequences(2, 4);
        HostArray mixed = HostArray.zeros(clips.shape().toArray());
        int frame = 256;
        for (int n = 0; n < 4; n++) { // the same past, another future
            System.arraycopy(clips.values(), n * 5 * frame, mixed.values(), n * 5 * frame, 3 * frame);
            System.arraycopy(other.values(), (n * 5 + 3) * frame, mixed.values(), (n * 5 + 3) * frame, 2 * frame);
        }
        try (Backend K = Backends.byName("reference")) {
            Sequential model = NOWCAST.convLstm(K, 1, 2, 3, 1);
            HostArray forecast = NOWCAST.forecast(model, clips);
            assertEquals(Shape.of(4, 2, 16, 16, 1), forecast.shape());
            assertEquals(forecast, NOWCAST.forecast(model, mixed));
        }
    }

    @Test
    void learnsToForecastRainBetterThanNothing() {
        HostArray clips = new RainField(5, 16, 0.5, 1).sequences(1, 24);
        try (Backend K = Backends.byName("reference")) {
            Sequential model = NOWCAST.convLstm(K, 1, 4, 3, 1);
            double before = error(model, clips);
            new Trainer(model, Loss.balancedSquaredError(RainScale.PAPER), Optimizer.adam(0.01)).batchSize(4).epochs(3)
                    .seed(1).fit(NOWCAST.samples(clips));
            assertTrue(error(model, clips) < 0.7 * before);
        }
    }

    private static double error(Sequential model, HostArray clips) {
        return Metrics.mean(Metrics.squaredError(NOWCAST.forecast(model, clips), Dataset.frames(clips, 3, 5)));
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Nowcast(15, 3, 2));
        assertThrows(IllegalArgumentException.class, () -> new Nowcast(16, 0, 2));
        var e = assertThrows(IllegalArgumentException.class,
                () -> NOWCAST.samples(HostArray.zeros(1, 6, 16, 16, 1)));
        assertTrue(e.getMessage().contains("(N, 5, 16, 16, 1)"), e.getMessage());
    }
}
