package convlstm.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitTest {
    @ParameterizedTest
    @CsvSource({"5, 5", "12, 4", "4, 12", "1, 7"})
    void orthogonalRowsOrColumns(int rows, int cols) {
        float[] q = Init.orthogonal().values(Shape.of(rows, cols), new Random(1));
        boolean byRow = rows < cols;
        int vectors = Math.min(rows, cols);
        for (int a = 0; a < vectors; a++) {
            for (int b = 0; b < vectors; b++) {
                double dot = 0;
                for (int k = 0; k < Math.max(rows, cols); k++) {
                    dot += byRow ? q[a * cols + k] * q[b * cols + k] : q[k * cols + a] * q[k * cols + b];
                }
                assertEquals(a == b ? 1 : 0, dot, 1e-6, "vectors " + a + ", " + b);
            }
        }
    }

    @Test
    void orthogonalFlattensAllAxesButTheLast() {
        float[] kernel = Init.orthogonal().values(Shape.of(3, 3, 2, 8), new Random(1));
        assertArrayEquals(Init.orthogonal().values(Shape.of(18, 8), new Random(1)), kernel);
    }

    @Test
    void glorotCountsPixelsAndAllGates() {
        float limit = (float) Math.sqrt(6.0 / (9 * (2 + 64)));
        float[] kernel = Init.glorotUniform().values(Shape.of(3, 3, 2, 64), new Random(1));
        float max = 0;
        double sum = 0;
        for (float w : kernel) {
            max = Math.max(max, Math.abs(w));
            sum += w;
        }
        assertTrue(max <= limit && max > 0.98f * limit, max + " of " + limit);
        assertEquals(0, sum / kernel.length, 0.1 * limit);
    }

    @Test
    void sameSeedSameBits() {
        for (Init init : new Init[] {Init.glorotUniform(), Init.orthogonal(), Init.uniform(2)}) {
            assertArrayEquals(init.values(Shape.of(6, 4), new Random(3)), init.values(Shape.of(6, 4), new Random(3)),
                    0);
        }
        assertArrayEquals(new float[] {0.5f, 0.5f}, Init.constant(0.5f).values(Shape.of(2), new Random(3)));
    }
}
