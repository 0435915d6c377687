package convlstm.data;

import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;

class MovingDotTest {
    @Test
    void theDotGoesAndBounces() {
        HostArray dot = MovingDot.sequence(7, 5, 3, 0, 1, 2);
        int[][] path = {{3, 0}, {4, 2}, {3, 4}, {2, 2}, {1, 0}, {0, 2}, {1, 4}};
        assertEquals(Shape.of(1, 7, 5, 5, 1), dot.shape());
        for (int t = 0; t < 7; t++) {
            for (int y = 0; y < 5; y++) {
                for (int x = 0; x < 5; x++) {
                    boolean here = path[t][0] == y && path[t][1] == x;
                    assertEquals(here ? 1 : 0, dot.get(0, t, y, x, 0), "frame " + t);
                }
            }
        }
        assertEquals(1, MovingDot.sequence(3, 1, 0, 0, 1, 1).get(0, 2, 0, 0, 0), "a frame of one pixel");
    }

    @Test
    void manyDotsHaveTheInkOfFourPixels() {
        HostArray dots = MovingDot.generator(6, 9).sequences(1, 10);
        assertEquals(Shape.of(10, 6, 9, 9, 1), dots.shape());
        for (int n = 0; n < 10; n++) {
            for (int t = 0; t < 6; t++) {
                double ink = 0;
                for (float v : dots.at(n).at(t).values()) {
                    ink += v;
                }
                assertEquals(4, ink, 1e-5);
            }
        }
    }

    @Test
    void aStartOutsideIsNamed() {
        assertSays(assertThrows(IllegalArgumentException.class, () -> MovingDot.sequence(3, 8, 8, 0, 1, 1)),
                "row, column", "0 to 7", "8, 0");
    }
}
