package convlstm.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Are the golden values any good? Each mistake of {@link Mutation} is made on purpose, and the suite has to turn red.
 * With constant weights, as in {@link KerasOwnTestsTest}, gates could be swapped and kernels flipped unseen.
 */
class MutationTest {
    private static Backend reference;

    @BeforeAll
    static void open() {
        reference = Backends.byName("reference");
    }

    @AfterAll
    static void close() {
        reference.close();
    }

    static Stream<Mutation> mutations() {
        return Mutation.all().stream();
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void turnsTheSuiteRed(Mutation mutation) {
        List<String> red = red(mutation.in(reference));
        assertFalse(red.isEmpty(), mutation + ": no golden value notices");
    }

    @Test
    void withoutAMistakeNothingIsRed() {
        Mutation none = new Mutation("none", "no such operation", (K, args) -> {
            throw new AssertionError("not called");
        });
        assertEquals(List.of(), red(none.in(reference)));
    }

    /** The configurations that a backend fails, by a wrong value or by a wrong shape. */
    private static List<String> red(Backend K) {
        List<String> red = new ArrayList<>();
        for (Golden golden : Golden.matching(g -> !g.layer().equals("Orthogonal"))) { // those need no backend
            try {
                if (golden.layer().equals("Training")) {
                    GoldenTest.assertTrainsAsKeras(golden, TrainingRun.of(K, golden));
                } else {
                    GoldenTest.assertEqualsKeras(golden, GoldenRun.of(K, golden));
                }
            } catch (AssertionError | IllegalArgumentException wrong) {
                red.add(golden.id());
            }
        }
        return red;
    }
}
