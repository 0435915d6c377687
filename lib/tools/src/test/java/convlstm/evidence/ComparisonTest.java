package convlstm.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void plusMeansThatTheFirstSideErrsLess() throws IOException {
        Results direction = Results.shipped(new Direction());
        Comparison along = Comparison.ofErrors("q", "06", direction, "3x1 up and down", "1x3 up and down", "frame5");
        Comparison across = Comparison.ofErrors("q", "06", direction, "1x3 up and down", "3x1 up and down", "frame5");
        assertTrue(along.low() > 0 && along.decided());
        assertEquals("3x1 up and down", along.winner());
        assertEquals("3x1 up and down", across.winner());
        assertEquals(-along.low(), across.high(), 1e-12);
        assertEquals(along.otherError() - along.error(), along.lead(), 1e-12);
        assertEquals(0.5, along.share(along.otherError() / 2), 1e-12);
    }

    @Test
    void aScoresErrorIsWhatIsMissingToOne() throws IOException {
        Results probes = Results.shipped(new Probes());
        Comparison trained = Comparison.ofScores("q", "07", probes, "ConvLSTM2D 3x3", "ConvLSTM2D 3x3 untrained",
                "position_hc5");
        assertTrue(trained.low() > 0 && trained.error() < 0.1, trained.toString());
    }

    @Test
    void anIntervalAroundZeroDecidesNothing() {
        Comparison c = new Comparison("q", "w", "a", 0.5, "b", 0.6, 0.1, -0.1, 0.3, 3);
        assertFalse(c.decided());
        assertEquals("not decided", c.winner());
        assertEquals("0.500 and 0.600: +0.100 (-0.100 to +0.300)", c.numbers());
        assertEquals("620 and 689: +70 (+60 to +80)",
                new Comparison("q", "w", "a", 620, "b", 689, 69.5, 60, 80, 3).numbers());
    }
}
