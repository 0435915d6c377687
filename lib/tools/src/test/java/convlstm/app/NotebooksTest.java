package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Every notebook runs from its first cell to its last, and its outputs are those that are stored in it, as
 * {@link StoredOutputs} compares them; assignments are stored without outputs. Executed copies are left in {@code target/notebooks/}.
 */
@Tag("notebooks")
class NotebooksTest {
    private static final Checkout KIT = Checkout.here();
    private static final long LARGEST = 1_500_000;
    private static boolean shortened;
    private static Jupyter jupyter;

    @BeforeAll
    static void start() {
        jupyter = Jupyter.find(KIT);
        KernelSpec.writeFast(KIT, Lab.heap(), jupyter);
        KernelSpec.writeForInstructor(KIT, Lab.heap());
        try (Backend best = Backends.best()) {
            shortened = best.name().equals("reference");
        }
    }

    /** Two at a time; the larger ones, which take longest, first. */
    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    Stream<DynamicTest> everyNotebookRuns() {
        String part = System.getProperty("notebooks", "");
        List<Path> notebooks = Stream.concat(Notebooks.ofCourse(KIT, part).stream(),
                Notebooks.assignmentSources(KIT, part).stream()).toList();
        assertFalse(notebooks.isEmpty() && Files.isDirectory(KIT.notebooks()),
                "notebooks: expected some with '" + part + "' in their path below " + KIT.notebooks() + ", got none");
        return notebooks.stream().sorted(Comparator.comparing((Path notebook) -> notebook.toFile().length()).reversed())
                .map(notebook -> DynamicTest.dynamicTest(KIT.root().relativize(notebook).toString(),
                        () -> run(notebook)));
    }

    private static void run(Path notebook) throws IOException {
        Path copy = KIT.target().resolve("notebooks").resolve(KIT.notebooks().relativize(notebook));
        Notebooks.Outcome outcome = Notebooks.run(jupyter, KIT, notebook, copy, Lab.timeout());
        System.out.printf("%s  %s  %s%n", KIT.root().relativize(notebook), outcome.seconds(),
                outcome.passed() ? "ran" : "FAILED");
        assertTrue(outcome.passed(), outcome.failure());
        assertTrue(Files.size(notebook) < LARGEST, () -> notebook.getFileName() + ": expected less than " + LARGEST
                + " bytes with its outputs. Hint: fewer or smaller pictures");
        if (notebook.startsWith(KIT.assignments())) {
            return; // stored without outputs
        }
        if (shortened) {
            System.out.println("  outputs not compared: on the reference backend trainings are cut short");
        } else {
            List<String> differences = StoredOutputs.differences(notebook, copy);
            assertTrue(differences.isEmpty(), () -> String.join("\n", differences) + "\nHint: if the change is meant,"
                    + " mvn -q -Drun=refresh -Dnotebooks=PART stores the new outputs; the README says what is compared");
        }
    }
}
