package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual environments, without a network: of no packages, and of one that pip cannot get. */
@Tag("slow")
class VenvTest {
    @TempDir
    Path folder;

    @BeforeAll
    static void needsPython() {
        assumeTrue(Venv.firstThatRuns(Venv.pythonsOfPath(), "print(1)").isPresent(), "no Python on the PATH");
    }

    private Venv of(String requirements) throws IOException {
        Path file = Files.writeString(folder.resolve("requirements.txt"), requirements);
        return new Venv(folder.resolve("a venv"), file, "nothing", "Or do without.");
    }

    @Test
    void isMadeOnceAndAgainForOthersAndSaysWhatPipCannotGet() throws IOException {
        String python = of("# no packages\n").python();
        assertTrue(Files.isExecutable(Path.of(python)), python);
        Path marker = folder.resolve("a venv/pyvenv.cfg");
        FileTime made = Files.getLastModifiedTime(marker);
        assertEquals(python, of("# no packages\n").python());
        assertEquals(made, Files.getLastModifiedTime(marker), "it was made a second time");

        Venv others = of("--no-index\nthere-is-no-such-package==1.0\n");
        String message = assertThrows(LabException.class, others::python).getMessage();
        assertTrue(message.contains("there-is-no-such-package") && message.contains("online")
                && message.contains("Or do without."), message);
        assertTrue(Files.getLastModifiedTime(marker).compareTo(made) > 0, "it was not made anew");
    }
}
