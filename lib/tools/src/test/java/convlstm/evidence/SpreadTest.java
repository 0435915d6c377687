package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void twoMeansAreApartWhereTheirIntervalsDoNotTouch() {
        Spread low = Spread.of(0.1, 0.11, 0.12);
        Spread high = Spread.of(0.5, 0.52, 0.51);
        Spread wide = Spread.of(0.1, 0.9, 0.5);
        assertTrue(low.apart(high) && high.apart(low));
        assertFalse(low.apart(wide));
        assertTrue(low.against("a", high, "b").endsWith("a is better, the intervals do not touch"));
        assertTrue(high.against("a", low, "b").endsWith("b is better, the intervals do not touch"));
        assertEquals("a 0.110 ± 0.025, b 0.500 ± 0.994: level, the intervals touch", low.against("a", wide, "b"));
    }
}
