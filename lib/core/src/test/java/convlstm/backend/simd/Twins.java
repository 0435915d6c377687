package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.fail;

import convlstm.backend.Backend;
import convlstm.backend.CheckedBackend;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import java.util.function.BiFunction;

/** Runs the same operation on the same random numbers with the vector kernels and with the plain loops. */
final class Twins {
    private Twins() {}

    /** Gives an operation its tensors: the same numbers on every backend. */
    static final class Source {
        private final Random random = new Random(7);
        final Backend K;

        Source(Backend backend) {
            this.K = backend;
        }

        /** A tensor of uniform numbers in [-1, 1), which begins inside its buffer as views do. */
        Tensor random(int... dims) {
            Shape shape = Shape.of(dims);
            Tensor t = K.allocate(Shape.of(2).append(shape.size())).at(1).reshape(shape);
            float[] values = new float[shape.size()];
            for (int k = 0; k < values.length; k++) {
                values[k] = random.nextFloat() * 2 - 1;
            }
            K.write(t, values);
            return t;
        }
    }

    /** Fails unless both backends give the same tensors, within {@code tolerance} of the largest element. */
    static void assertSame(double tolerance, BiFunction<Backend, Source, Tensor[]> operation) {
        try (Backend reference = new CheckedBackend(new ReferenceBackend());
                Backend simd = new CheckedBackend(new SimdBackend(3))) {
            Tensor[] expected = operation.apply(reference, new Source(reference));
            Tensor[] actual = operation.apply(simd, new Source(simd));
            for (int k = 0; k < expected.length; k++) {
                assertClose(k, reference.toArray(expected[k]), simd.toArray(actual[k]), tolerance);
            }
        }
    }

    static void assertClose(int which, float[] expected, float[] actual, double tolerance) {
        double scale = 1e-6;
        for (float e : expected) {
            if (Float.isFinite(e)) {
                scale = Math.max(scale, Math.abs(e));
            }
        }
        for (int k = 0; k < expected.length; k++) {
            boolean same = Float.compare(expected[k], actual[k]) == 0
                    || Math.abs(expected[k] - actual[k]) <= tolerance * scale;
            if (!same) {
                fail("result " + which + ", element " + k + " of " + expected.length + ": expected " + expected[k]
                        + ", got " + actual[k] + " (largest " + scale + ")");
            }
        }
    }
}
