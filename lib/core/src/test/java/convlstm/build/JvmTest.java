package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.junit.jupiter.api.Test;

/** The JVM that runs the tests is the one the kit is made for. */
class JvmTest {
    @Test
    void isJava25OrNewer() {
        assertTrue(Runtime.version().feature() >= 25, "tests run on Java " + Runtime.version());
    }

    @Test
    void hasTheVectorApi() {
        FloatVector ones = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 1f);
        assertEquals(ones.length() * 2f, ones.add(1f).reduceLanes(VectorOperators.ADD));
    }
}
