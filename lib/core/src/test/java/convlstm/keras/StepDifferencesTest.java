package convlstm.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class StepDifferencesTest {
    private static final HostArray OURS = new HostArray(Shape.of(2, 3, 2),
            new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});

    @Test
    void everyStepHasItsLargestDifferenceAndTheSampleItIsIn() {
        HostArray keras = new HostArray(OURS.shape(), OURS.values().clone());
        keras.set(1.5f, 0, 0, 1);
        keras.set(8.25f, 1, 1, 0);
        keras.set(3.125f, 0, 1, 1);
        StepDifferences d = StepDifferences.of(OURS, keras, true);
        assertEquals(new StepDifferences.Step(0, 0.5, 0, 1, 1.5f), d.steps().get(0));
        assertEquals(new StepDifferences.Step(1, 0.25, 1, 8, 8.25f), d.steps().get(1));
        assertEquals(0, d.steps().get(2).largest());
        assertEquals(0.5, d.largest());
    }

    @Test
    void notANumberIsTheLargestDifference() {
        HostArray keras = new HostArray(OURS.shape(), OURS.values().clone());
        keras.set(Float.NaN, 0, 1, 0);
        keras.set(100, 1, 1, 0);
        StepDifferences d = StepDifferences.of(OURS, keras, true);
        assertTrue(Double.isNaN(d.steps().get(1).largest()), d.toString());
        assertTrue(Double.isNaN(d.largest()), d.toString());
    }

    @Test
    void otherShapesAreRefused() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> StepDifferences.of(OURS, OURS.reshape(2, 2, 3), true));
        assertTrue(e.getMessage().contains("(2, 3, 2)") && e.getMessage().contains("(2, 2, 3)"), e.getMessage());
    }
}
