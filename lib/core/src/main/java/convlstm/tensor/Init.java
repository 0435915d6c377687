package convlstm.tensor;

import java.util.Arrays;
import java.util.Random;

/** The values a weight starts from, as Keras' initialisers of the same names; the same seed gives the same bits. */
@FunctionalInterface
public interface Init {
    /** The {@code shape.size()} starting values, row-major. */
    float[] values(Shape shape, Random random);

    /** All zeros. */
    static Init zeros() {
        return constant(0);
    }

    /** All ones. */
    static Init ones() {
        return constant(1);
    }

    /** All the same value. */
    static Init constant(float value) {
        return (shape, random) -> {
            float[] values = new float[shape.size()];
            Arrays.fill(values, value);
            return values;
        };
    }

    /** Uniform in [-limit, limit]. */
    static Init uniform(float limit) {
        return (shape, random) -> {
            float[] values = new float[shape.size()];
            for (int k = 0; k < values.length; k++) {
                values[k] = (2 * random.nextFloat() - 1) * limit;
            }
            return values;
        };
    }

    /**
     * Glorot's uniform: limit sqrt(6 / (fanIn + fanOut)). A kernel {@code (..., in, out)} has fanIn = in and fanOut = out
     * times the pixels in front of them; all four gates of a recurrent kernel count in fanOut, as in Keras.
     */
    static Init glorotUniform() {
        return (shape, random) -> {
            int in = shape.rank() > 1 ? shape.dim(-2) : shape.size();
            int out = shape.dim(-1);
            long pixels = shape.rank() > 1 ? (long) shape.size() / ((long) in * out) : 1;
            return uniform((float) Math.sqrt(6.0 / (pixels * (in + out)))).values(shape, random);
        };
    }

    /**
     * Orthonormal columns (or rows, where there are fewer of them) of the kernel flattened to {@code (rest, last axis)}:
     * the Q of a QR decomposition of a Gaussian matrix with R's diagonal positive, as Keras takes it.
     */
    static Init orthogonal() {
        return (shape, random) -> {
            int cols = shape.dim(-1);
            int rows = shape.size() / cols;
            int n = Math.max(rows, cols);
            int m = Math.min(rows, cols);
            double[][] q = new double[m][n]; // m vectors of length n, made orthonormal one after the other
            for (int j = 0; j < m; j++) {
                for (int k = 0; k < n; k++) {
                    q[j][k] = random.nextGaussian();
                }
                orthogonalise(q, j);
                orthogonalise(q, j); // once more removes what rounding left
                double norm = Math.sqrt(dot(q[j], q[j]));
                for (int k = 0; k < n; k++) {
                    q[j][k] /= norm;
                }
            }
            float[] values = new float[shape.size()];
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < cols; c++) {
                    values[r * cols + c] = (float) (rows < cols ? q[r][c] : q[c][r]);
                }
            }
            return values;
        };
    }

    /** Takes from vector j its components along the vectors before it (modified Gram-Schmidt). */
    private static void orthogonalise(double[][] q, int j) {
        for (int i = 0; i < j; i++) {
            double along = dot(q[i], q[j]);
            for (int k = 0; k < q[j].length; k++) {
                q[j][k] -= along * q[i][k];
            }
        }
    }

    private static double dot(double[] a, double[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = 0;
        for (; k + 3 < a.length; k += 4) { // four sums, so that the processor need not wait for each addition
            s0 += a[k] * b[k];
            s1 += a[k + 1] * b[k + 1];
            s2 += a[k + 2] * b[k + 2];
            s3 += a[k + 3] * b[k + 3];
        }
        for (; k < a.length; k++) {
            s0 += a[k] * b[k];
        }
        return s0 + s1 + (s2 + s3);
    }
}
