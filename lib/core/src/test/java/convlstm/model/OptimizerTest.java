package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class OptimizerTest {
    @TestFactory
    Stream<DynamicTest> weightsOfANameTakeTheirShareOfAStep() {
        return Stream.<Supplier<Optimizer>>of(() -> Optimizer.sgd(0.5), () -> Optimizer.rmsProp(0.5),
                () -> Optimizer.adam(0.5)).map(optimizer -> DynamicTest.dynamicTest(optimizer.get().toString(), () -> {
                    List<float[]> plain = step(optimizer.get());
                    List<float[]> shared = step(optimizer.get().share("recurrent_kernel", 0.25));
                    assertArrayEquals(plain.get(0), shared.get(0), "kernel");
                    assertArrayEquals(plain.get(2), shared.get(2), "bias");
                    for (int k = 0; k < plain.get(1).length; k++) {
                        assertEquals(0.25f * plain.get(1)[k], shared.get(1)[k], 1e-6f, "recurrent_kernel");
                    }
                }));
    }

    /** By how much one step changes the kernel, the recurrent kernel and the bias of an LSTM whose gradients are all 2. */
    private static List<float[]> step(Optimizer optimizer) {
        try (Backend K = Backends.byName("reference")) {
            List<Parameter> parameters = new Lstm(2).build(K, Shape.of(3, 2), 1).parameters();
            List<float[]> before = parameters.stream().map(p -> K.toArray(p.value())).toList();
            parameters.forEach(p -> K.fill(p.gradient(), 2));
            optimizer.step(K, parameters);
            return parameters.stream().map(p -> {
                float[] moved = K.toArray(p.value());
                for (int k = 0; k < moved.length; k++) {
                    moved[k] -= before.get(parameters.indexOf(p))[k];
                }
                return moved;
            }).toList();
        }
    }

    @Test
    void aShareOfZeroIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Optimizer.adam(1).share("bias", 0));
    }
}
