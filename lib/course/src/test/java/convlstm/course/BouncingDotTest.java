package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.layer.Conv2d;
import convlstm.layer.TimeDistributed;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class BouncingDotTest {
    @Test
    void aDotStaysInItsRow() {
        HostArray clips = BouncingDot.clips(1, 20, 2, 5);
        assertEquals(Shape.of(20, 9, 8, 8, 1), clips.shape());
        for (int k = 0; k < clips.size(); k++) {
            int row = k / 8 % 8;
            assertTrue(clips.values()[k] == 0 || row == 2 || row == 5, "row " + row);
        }
    }

    @Test
    void hitsAreCounted() {
        try (Backend K = Backends.byName("reference")) {
            HostArray clips = BouncingDot.clips(1, 40, 3);
            assertEquals(0, BouncingDot.hitRate(shift(K, 4), clips), "a dot never stays where it is");
            double right = BouncingDot.hitRate(shift(K, 3), clips);
            double left = BouncingDot.hitRate(shift(K, 5), clips);
            assertTrue(right > 0.2 && left > 0.2 && right + left <= 1, right + " and " + left);
        }
    }

    /** A network that moves every frame by one pixel, or by none. */
    private static Sequential shift(Backend K, int tap) {
        Sequential model = new Sequential(K, Shape.of(8, 8, 8, 1), 1,
                new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
        float[] kernel = new float[9];
        kernel[tap] = 1;
        K.write(model.parameters().getFirst().value(), kernel);
        return model;
    }
}
