package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A student's numbers are theirs alone, and the same on every machine. */
class VariantTest {
    @Test
    void theSameOnEveryMachine() {
        Variant ada = Variant.of("ada", "A1");
        assertEquals(1.07, ada.number("x", -2, 2));
        assertEquals(8, ada.size("H", 5, 9));
        assertArrayEquals(ada.array("kernel", 6), Variant.of(" Ada\n", "A1").array("kernel", 6));
    }

    @Test
    void drawnByNameInAnyOrder() {
        Variant one = Variant.of("ada", "A1");
        Variant two = Variant.of("ada", "A1");
        double x = one.number("x", 0, 1);
        two.number("y", 0, 1);
        assertEquals(x, two.number("x", 0, 1));
        assertEquals(x, two.number("x", 0, 1));
    }

    @Test
    void differsBetweenStudentsAssignmentsAndNames() {
        Set<Double> drawn = new HashSet<>();
        for (String student : new String[] {"ada", "bob", "eve"}) {
            for (String assignment : new String[] {"A1", "A2"}) {
                for (String name : new String[] {"x", "y"}) {
                    drawn.add(Variant.of(student, assignment).array(name, 1)[0]);
                }
            }
        }
        assertEquals(12, drawn.size());
        assertNotEquals(Variant.of("ada", "A1").seed("data"), Variant.of("bob", "A1").seed("data"));
    }

    @Test
    void staysInItsRange() {
        for (int k = 0; k < 200; k++) {
            Variant variant = Variant.of("student " + k, "A1");
            double x = variant.number("x", 0.2, 2);
            assertTrue(x >= 0.2 && x <= 2 && Math.abs(x * 100 - Math.rint(x * 100)) < 1e-9, "" + x);
            int size = variant.size("n", 3, 5);
            assertTrue(size >= 3 && size <= 5);
        }
        double[][][][] kernel = Variant.of("ada", "A2").array("kernel", 2, 3, 4, 5);
        assertEquals("[2][3][4][5]", Nested.of(kernel).toString());
        assertTrue(Arrays.stream(Nested.of(kernel).values()).allMatch(x -> x >= -1 && x <= 1));
    }

    @Test
    void anonymousWorkIsRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Variant.of(" ", "A1")).getMessage()
                .contains("String student"));
        assertThrows(IllegalArgumentException.class, () -> Variant.of("ada", "A1").size("n", 3, 2));
    }

    /** A pixel that is computed with a turned kernel, or with zeros on the wrong sides, earns no point. */
    @Test
    void thePixelOnPaperTellsAKernelTurned() {
        for (int id = 0; id < 300; id++) {
            PaperPixel paper = PaperPixel.of(Variant.of("student " + id, "A2"));
            double[][][][] k = paper.kernel();
            double[][][][] flipped = {{k[1][1], k[1][0]}, {k[0][1], k[0][0]}};
            double[][][][] transposed = {{k[0][0], k[1][0]}, {k[0][1], k[1][1]}};
            double right = pixel(paper, k);
            assertTrue(right != pixel(paper, flipped) && right != pixel(paper, transposed), "student " + id);
            double corner = paper.bias()[0] + paper.x()[2][3][0] * k[0][0][0][0];
            assertTrue(right != corner, "student " + id + ": with zeros above and left, (2, 3) is (1, 2) without");
            assertTrue(Arrays.stream(paper.x()).flatMap(Arrays::stream).noneMatch(x -> x[0] == 0), "student " + id);
        }
    }

    private static double pixel(PaperPixel paper, double[][][][] kernel) {
        Object y = ErrorExplainer.conv2d(paper.x(), kernel, paper.bias(), false).right("y");
        return ((double[][][]) y)[1][2][0];
    }
}
