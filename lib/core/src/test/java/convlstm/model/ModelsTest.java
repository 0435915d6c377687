package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class ModelsTest {
    private final Backend K = Backends.byName("reference");
    private final Shape clip = Shape.of(4, 6, 8, 2);

    @Test
    void bothGiveAnImageOfTheInputsShapeAtEachStep() {
        for (Model model : new Model[] {Models.convLstm(K, clip, 2, 3, 3, 1), Models.cnnLstm(K, clip, 3, 5, 1)}) {
            assertEquals(clip, model.outputShape());
            assertTrue(model.sequenceIn() && model.sequenceOut());
        }
    }

    @Test
    void convLstmHasTheWeightsOfTheFormula() {
        long first = 9 * (2 + 3) * 12 + 12;
        long second = 9 * (3 + 3) * 12 + 12;
        assertEquals(first + second + 3 * 2 + 2, Models.convLstm(K, clip, 2, 3, 3, 1).parameterCount());
    }

    @Test
    void unitsMatchParametersAsWellAsWholeUnitsCan() {
        for (long wanted : new long[] {2_000, 5_000, 20_000}) {
            long error = error(wanted, Models.unitsForParameters(clip, 3, wanted), Model::parameterCount);
            for (int offBy : new int[] {-1, 1}) {
                int other = Models.unitsForParameters(clip, 3, wanted) + offBy;
                assertTrue(error <= error(wanted, other, Model::parameterCount), wanted + " with " + other);
            }
        }
    }

    @Test
    void unitsMatchArithmeticAsWellAsWholeUnitsCan() {
        for (long wanted : new long[] {50_000, 200_000}) {
            int units = Models.unitsForMultiplyAdds(clip, 3, wanted);
            long error = error(wanted, units, Model::multiplyAdds);
            assertTrue(error <= error(wanted, units - 1, Model::multiplyAdds));
            assertTrue(error <= error(wanted, units + 1, Model::multiplyAdds));
        }
    }

    private long error(long wanted, int units, java.util.function.ToLongFunction<Model> cost) {
        return Math.abs(wanted - cost.applyAsLong(Models.cnnLstm(K, clip, 3, units, 1)));
    }

    @Test
    void clipsThatAreNoImageSequencesAreRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> Models.convLstm(K, Shape.of(4, 6, 8), 1, 3, 3, 1));
        assertTrue(e.getMessage().contains("clip: expected (T, H, W, C)"), e.getMessage());
    }

    @Test
    void theFirstLayersHandOutWhatTheRestWorksOn() {
        Sequential model = Models.convLstm(K, clip, 1, 3, 3, 1);
        HostArray x = HostArray.zeros(2, 4, 6, 8, 2);
        for (int i = 0; i < x.size(); i++) {
            x.values()[i] = (float) Math.sin(i);
        }
        HostArray state = model.upTo(1).predict(x);
        assertEquals(Shape.of(2, 4, 6, 8, 3), state.shape());
        assertEquals(model.predict(x), model.upTo(2).predict(x));

        float[] kernel = K.toArray(model.parameters().get(3).value()); // of the 1x1 convolution, (1, 1, 3, 2)
        double first = kernel[0] * state.get(1, 3, 5, 7, 0) + kernel[2] * state.get(1, 3, 5, 7, 1)
                + kernel[4] * state.get(1, 3, 5, 7, 2);
        assertEquals(first, model.predict(x).get(1, 3, 5, 7, 0), 1e-6);
    }

    @Test
    void firstLayersThatAreNotThereAreRefused() {
        Sequential model = Models.convLstm(K, clip, 1, 3, 3, 1);
        var e = assertThrows(IllegalArgumentException.class, () -> model.upTo(3));
        assertTrue(e.getMessage().contains("ConvLSTM2D") && e.getMessage().contains("got 3"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> model.upTo(0));
    }
}
