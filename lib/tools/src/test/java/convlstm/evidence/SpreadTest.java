package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void aDifferenceIsDecidedWhereZeroLiesOutsideItsInterval() {
        assertTrue(Spread.of(0.1, 0.11, 0.12).decided());
        assertTrue(Spread.of(-0.1, -0.11, -0.12).decided());
        assertFalse(Spread.of(0.1, -0.05, 0.12).decided());
        assertEquals("0.110 ± 0.025", Spread.of(0.1, 0.11, 0.12).toString());
    }
}
