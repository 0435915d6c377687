package convlstm.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TensorTest {
    private static final Buffer FIFTY = () -> 50;

    @Test
    void viewsShareTheBuffer() {
        Tensor x = new Tensor(Shape.of(4, 3, 2), FIFTY, 10);
        assertEquals(new Tensor(Shape.of(3, 2), FIFTY, 22), x.at(2));
        assertEquals(new Tensor(Shape.of(2, 3, 2), FIFTY, 16), x.range(1, 3));
        assertEquals(new Tensor(Shape.of(8, 3), FIFTY, 10), x.reshape(8, 3));
        assertEquals(0, x.range(4, 4).size());
    }

    @Test
    void shapesCountFromBothEnds() {
        Shape s = Shape.of(2, 3, 4);
        assertEquals(4, s.dim(-1));
        assertEquals(Shape.of(2, 9, 4), s.with(1, 9));
        assertEquals(Shape.of(7, 2, 3, 4), s.prepend(7));
        assertEquals(Shape.of(2, 3, 4, 7), s.append(7));
        assertEquals(Shape.of(4), s.drop(2));
        assertTrue(s.endsWith(Shape.of(3, 4)) && s.endsWith(Shape.of()) && !s.endsWith(Shape.of(2, 3)));
        assertEquals(1, Shape.of().size());
        assertEquals("(2, 3, 4)", s.toString());
        assertNotEquals(s, Shape.of(4, 3, 2));
    }

    @Test
    void hostArraysAreRowMajor() {
        HostArray a = HostArray.zeros(2, 3);
        a.set(5, 1, 2);
        assertEquals(5, a.values()[5]);
        assertEquals(5, a.at(1).get(2));
        assertEquals(a, a.reshape(6).reshape(2, 3));
        a.at(1).set(9, 0);
        assertEquals(0, a.get(1, 0), "at copies");
    }

    static Stream<Arguments> mistakes() {
        Tensor x = new Tensor(Shape.of(4, 3), FIFTY, 0);
        HostArray a = HostArray.zeros(2, 3);
        return Stream.of(
                mistake("got [2, -1]", () -> Shape.of(2, -1)),
                mistake("smaller batch", () -> Shape.of(100_000, 100_000)),
                mistake("one of the 2 axes of (4, 3), got 2", () -> x.dim(2)),
                mistake("does not fit a buffer of 50", () -> new Tensor(Shape.of(51), FIFTY, 0)),
                mistake("in [0, 4) of the first axis", () -> x.at(4)),
                mistake("0 <= from <= to <= 4", () -> x.range(3, 5)),
                mistake("expected 12 elements as in (4, 3), got (5)", () -> x.reshape(5)),
                mistake("expected 6 elements for shape (2, 3), got 5",
                        () -> new HostArray(Shape.of(2, 3), new float[5])),
                mistake("expected 2 indices", () -> a.get(1)),
                mistake("[2, 0] is outside shape (2, 3)", () -> a.get(2, 0)),
                mistake("0 <= from <= to <= 2", () -> a.range(1, 3)),
                mistake("expected 0 to 2 axes to drop", () -> Shape.of(2, 3).drop(3)));
    }

    private static Arguments mistake(String message, Executable code) {
        return Arguments.of(message, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void mistakesAreNamed(String message, Executable code) {
        RuntimeException e = assertThrows(RuntimeException.class, code);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}
