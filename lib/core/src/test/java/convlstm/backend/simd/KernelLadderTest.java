package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelLadderTest {
    @ParameterizedTest
    @EnumSource(KernelLadder.Step.class)
    void everyStepAddsTheSameProduct(KernelLadder.Step step) {
        int M = 29;
        int K = 70;
        int N = 83;
        float[] a = new float[M * K];
        float[] b = new float[K * N];
        float[] expected = new float[M * N];
        float[] c = new float[M * N];
        for (int k = 0; k < a.length; k++) {
            a[k] = (k * 37 % 101 - 50) / 50f;
        }
        for (int k = 0; k < b.length; k++) {
            b[k] = (k * 53 % 97 - 48) / 48f;
        }
        Arrays.fill(expected, 3);
        Arrays.fill(c, 3);
        KernelLadder.Step.LOOPS.multiply(expected, a, b, M, K, N);
        step.multiply(c, a, b, M, K, N);
        Twins.assertClose(0, expected, c, 2e-6);
    }

    @Test
    void climbingMeasuresEveryStep() {
        List<KernelLadder.Rung> rungs = KernelLadder.climb(33, 1e-3);
        assertEquals(KernelLadder.Step.values().length, rungs.size());
        for (KernelLadder.Rung rung : rungs) {
            assertTrue(rung.gflops() > 0 && rung.largestDifference() < 1e-4, rung.toString());
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> KernelLadder.climb(0, 1));
        assertThrows(IllegalArgumentException.class, () -> KernelLadder.climb(8, 0));
    }
}
