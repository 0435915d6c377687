package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import org.junit.jupiter.api.Test;

class BlurTest {
    @Test
    void spreadsADropAsABell() {
        HostArray drop = HostArray.zeros(1, 1, 15, 17, 1);
        drop.set(1, 0, 0, 7, 8, 0);
        HostArray blurred = Blur.gaussian(drop, 1);
        double sum = 0;
        for (float v : blurred.values()) {
            sum += v;
        }
        assertEquals(1, sum, 1e-5);
        assertEquals(Math.exp(-0.5), blurred.get(0, 0, 7, 9, 0) / blurred.get(0, 0, 7, 8, 0), 1e-5);
        assertEquals(Math.exp(-1), blurred.get(0, 0, 6, 9, 0) / blurred.get(0, 0, 7, 8, 0), 1e-5);
    }

    @Test
    void whatIsTheSameEverywhereStaysSoUpToTheEdge() {
        HostArray even = HostArray.zeros(2, 1, 4, 6, 1);
        java.util.Arrays.fill(even.values(), 0.3f);
        for (float v : Blur.gaussian(even, 2).values()) {
            assertEquals(0.3f, v, 1e-6);
        }
        assertEquals(even, Blur.gaussian(even, 0));
    }

    @Test
    void wrongArgumentsAreRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> Blur.gaussian(HostArray.zeros(1, 1, 4, 4, 1), -1));
        assertTrue(e.getMessage().contains("-1"), e.getMessage());
    }
}
