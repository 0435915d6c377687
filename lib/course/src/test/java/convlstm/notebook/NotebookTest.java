package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.layer.Lstm;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NotebookTest {
    private static final Backend K = Backends.byName("reference");

    @AfterAll
    static void close() {
        K.close();
    }

    @Test
    void aSeedGivesTheSameNumbersAndAnotherGivesOthers() {
        float[] first = K.toArray(Notebook.normal(K, 1, 50, 40));
        assertArrayEquals(first, K.toArray(Notebook.normal(K, 1, 50, 40)));
        assertTrue(Notebook.difference(K, Notebook.normal(K, 1, 3), Notebook.normal(K, 2, 3)) > 0);
        double mean = 0;
        double square = 0;
        for (float v : first) {
            mean += v / 2000.0;
            square += v * v / 2000.0;
        }
        assertEquals(0, mean, 0.1);
        assertEquals(1, square, 0.15);
    }

    @Test
    void theDifferenceIsTheLargestAndNaNIsNotOverlooked() {
        Tensor a = K.tensor(Shape.of(2, 2), new float[] {1, 2, 3, 4});
        Tensor b = K.tensor(Shape.of(4), new float[] {1, 2.5f, 1, 4});
        assertEquals(2, Notebook.difference(K, a, b));
        assertTrue(Double.isNaN(Notebook.difference(K, a, K.tensor(Shape.of(4), new float[] {1, Float.NaN, 3, 4}))));
        assertEquals("b: expected as many numbers as a, 4, got 3. Hint: a is (2, 2), b is (3)",
                assertThrows(IllegalArgumentException.class,
                        () -> Notebook.difference(K, a, Notebook.normal(K, 1, 3))).getMessage());
    }

    @Test
    void aCopyStaysWhenTheTensorChanges() {
        Tensor a = K.tensor(Shape.of(2), new float[] {1, 2});
        Tensor copy = Notebook.copy(K, a);
        HostArray host = Notebook.host(K, a, 1, 2);
        K.fill(a, 0);
        assertArrayEquals(new float[] {1, 2}, K.toArray(copy));
        assertEquals(2, host.get(0, 1));
        assertEquals(Shape.of(2), Notebook.host(K, a).shape());
    }

    @Test
    void weightsAreCountedAndMatricesPrinted() {
        assertEquals(48, Notebook.weights(new Lstm(2).build(K, Shape.of(5, 3), 1)));
        assertEquals("    1.00   -2.50\n    0.00    3.00",
                Notebook.matrix(new HostArray(Shape.of(2, 2), new float[] {1, -2.5f, 0, 3}), 2));
    }

    @Test
    void aLineHasAPointAsDecimalSignInEveryLanguage() {
        Locale before = Locale.getDefault();
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Locale.setDefault(Locale.GERMANY);
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Notebook.say("%.1f of %,d", 1.5, 1000);
        } finally {
            System.setOut(out);
            Locale.setDefault(before);
        }
        assertEquals("1.5 of 1,000", bytes.toString(StandardCharsets.UTF_8).strip());
    }
}
