package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VectorMathTest {
    @Test
    void expIsAccurate() {
        assertAccurate(VectorMath::exp, Math::exp, -87, 88, 2e-7);
    }

    @Test
    void tanhIsAccurateAlsoNearZero() {
        assertAccurate(VectorMath::tanh, Math::tanh, -12, 12, 5e-7);
        assertAccurate(VectorMath::tanh, Math::tanh, -1e-3f, 1e-3f, 5e-7);
    }

    @Test
    void log1pIsAccurate() {
        assertAccurate(VectorMath::log1p, Math::log1p, 0, 1, 2e-7);
    }

    @Test
    void sigmoidIsAccurate() {
        assertAccurate(VectorMath::sigmoid, x -> 1 / (1 + Math.exp(-x)), -80, 80, 3e-7);
    }

    @ParameterizedTest
    @EnumSource(ActivationFunction.class)
    void specialValuesAreThoseOfTheScalarTwin(ActivationFunction f) {
        float[] special = {
            Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -1000, 1000, -0f, 0, 1e-30f, -3, 3, -2.5f, 2.5f
        };
        for (float x : special) {
            float[] row = {x, x, x};
            VectorActivations.Block block = new VectorActivations.Block(row, 0, 3);
            VectorActivations.apply(f, block, block, 1, 3);
            float y = row[2];
            assertEquals(f.apply(x), y, 1e-6f, f + " of " + x);
            float gradient = VectorActivations.gradient(f, FloatVector.broadcast(Tiles.S, y)).lane(0);
            assertEquals(f.gradient(f.apply(x)), gradient, 1e-6f, f + "' at " + x);
        }
    }

    private static void assertAccurate(
            UnaryOperator<FloatVector> vector, DoubleUnaryOperator exact, float from, float to, double tolerance) {
        int steps = 200_000;
        for (int k = 0; k <= steps; k++) {
            float x = from + (to - from) * k / steps;
            double expected = exact.applyAsDouble(x);
            float got = vector.apply(FloatVector.broadcast(Tiles.S, x)).lane(0);
            assertTrue(Math.abs(got - expected) <= tolerance * Math.abs(expected), () -> "at " + x + ": expected "
                    + expected + ", got " + got);
        }
    }
}
