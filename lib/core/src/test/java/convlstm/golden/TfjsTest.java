package convlstm.golden;

import static convlstm.golden.Runs.forward;
import static convlstm.golden.Runs.full;
import static convlstm.golden.Runs.get;
import static convlstm.golden.Runs.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.backend.Padding;
import convlstm.backend.TestedBackends;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The numbers in the tests of TensorFlow.js' ConvLSTM2D (tfjs-layers, convolutional_recurrent_test.ts): all weights
 * one, Keras 2's hard sigmoid; a short training by back-propagation through time, with and without carried states.
 */
@Tag("every-backend")
@ParameterizedClass
@MethodSource("convlstm.golden.GoldenTest#usable")
class TfjsTest {
    private final Backend K;

    TfjsTest(String backend) {
        K = TestedBackends.create(backend);
    }

    @AfterEach
    void close() {
        K.close();
    }

    private static ConvLstm2d ones(ConvLstm2d layer) {
        return layer.kernelInitializer(Init.ones())
                .recurrentInitializer(Init.ones())
                .biasInitializer(Init.ones())
                .recurrentActivation(ActivationFunction.HARD_SIGMOID_KERAS2);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5, 9})
    void cell(int filters) {
        HostArray x = full(1, 1, 1, 8, 8, 3);
        for (int kernelSize : new int[] {3, 5}) {
            for (Padding padding : Padding.values()) {
                ConvLstm2d layer = ones(new ConvLstm2d(filters, kernelSize).padding(padding));
                layer.build(K, x.shape().drop(1), 1);
                assertAll(0.7615942, forward(K, layer, x), 1e-6);
                assertAll(0.7615942, get(K, layer.finalH()), 1e-6);
                assertAll(1, get(K, layer.finalC()), 1e-6);
            }
        }
    }

    @Test
    void sequence() {
        HostArray x = full(1, 4, 2, 5, 5, 3);
        ConvLstm2d layer = ones(new ConvLstm2d(5, 3).returnSequences(true));
        layer.build(K, x.shape().drop(1), 1);
        HostArray y = forward(K, layer, x);
        assertEquals(Shape.of(4, 2, 3, 3, 5), y.shape());
        for (int b = 0; b < 4; b++) {
            assertAll(0.76159424, y.at(b).at(0), 1e-6);
            assertAll(0.96402746, y.at(b).at(1), 1e-6);
        }
        assertAll(2, get(K, layer.finalC()), 1e-6);
    }

    @Test
    void training() {
        assertLosses(false,
                1.367607831954956, 1.9423290491104126, 2.00433349609375, 2.0098776817321777, 2.0099055767059326);
    }

    @Test
    void trainingWithCarriedStates() {
        assertLosses(true, 1.5441135168075562, 3.209195613861084, 3.7930736541748047);
    }

    /** ConvLSTM2D, Flatten, Dense; mean squared error; stochastic gradient descent; the mean loss of each epoch. */
    private void assertLosses(boolean stateful, double... expected) {
        ConvLstm2d recurrent = ones(new ConvLstm2d(3, 3).padding(Padding.SAME).stateful(stateful));
        Layer flatten = new Flatten();
        Layer dense = new Dense(1).kernelInitializer(Init.zeros()).useBias(false);
        recurrent.build(K, Shape.of(2, 5, 5, 1), 1);
        flatten.build(K, recurrent.outputShape(), 1);
        dense.build(K, flatten.outputShape(), 1);
        List<Layer> layers = List.of(recurrent, flatten, dense);
        for (double epoch : expected) {
            double loss = 0;
            for (int batch = 0; batch < 2; batch++) { // ones are to give 1, zeros are to give 0
                Tensor x = tensor(K, full(1 - batch, 2, 4, 5, 5, 1));
                loss += step(layers, x, tensor(K, full(1 - batch, 4, 1))) / 2;
            }
            assertEquals(epoch, loss, 1e-5 * epoch);
        }
    }

    private float step(List<Layer> layers, Tensor x, Tensor target) {
        Tensor y = x;
        for (Layer layer : layers) {
            y = layer.forward(y, true);
        }
        Tensor loss = K.allocate(Shape.of(1));
        Tensor gradient = K.allocate(y.shape());
        K.loss(LossFunction.SQUARED_ERROR, loss, gradient, y, target, 1f / y.size());
        for (Layer layer : layers.reversed()) {
            gradient = layer.backward(gradient);
        }
        for (Layer layer : layers) {
            for (Parameter p : layer.parameters()) {
                K.addScaled(p.value(), p.gradient(), -0.01f);
                p.zeroGradient(K);
            }
        }
        return K.toArray(loss)[0];
    }

    private static void assertAll(double expected, HostArray actual, double tolerance) {
        for (float v : actual.values()) {
            assertEquals(expected, v, tolerance);
        }
    }
}
