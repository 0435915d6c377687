package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class MainTest {
    private static final List<String> WITH_A_PAGE_OF_THEIR_OWN = List.of("evidence", "flagship", "bench", "grade");

    @Test
    void everyProgramSaysWhatItDoesInsteadOfDoingIt() {
        List<String> silent = StreamSupport.stream(Main.names().spliterator(), false)
                .filter(name -> Main.help(name, "--help").isEmpty()).toList();
        assertEquals(WITH_A_PAGE_OF_THEIR_OWN, silent);
        assertTrue(Main.help("soak", "--minutes", "3", "--help").contains("--minutes N"));
        assertTrue(Main.help("compare", "--help").contains("epochs="));
        assertEquals("", Main.help("soak", "--minutes", "3"), "no help asked for");
    }
}
