package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void everyProgramSaysWhatItDoesInsteadOfDoingIt() throws Exception {
        PrintStream console = System.out;
        for (String name : Main.names()) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            try {
                Main.main(new String[] {name, "--help"});
            } finally {
                System.setOut(console);
            }
            String help = said.toString(StandardCharsets.UTF_8);
            assertTrue(
                    help.startsWith("mvn -q") && help.contains("-Drun=" + name + "\n")
                            || help.contains("-Drun=" + name + " "),
                    name + ": " + help);
        }
    }
}
