package convlstm.app.grade;

import convlstm.data.DataFormatException;
import convlstm.data.Fuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/** Notebooks as they are handed in, with random damage, see {@link Fuzz}: read, or refused with words for their author. */
@Tag("slow")
class DamagedNotebooksTest {
    private static final int SMALL = 40_000;

    private static Notebook read(Path file) throws DataFormatException {
        try {
            return Notebook.read(file);
        } catch (Notebook.Unreadable e) {
            throw new DataFormatException(file.toString(), "a notebook", e.getMessage(),
                    "the one documented exception");
        }
    }

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void notebooks(@ForAll long seed) throws IOException {
        List<byte[]> small = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("notebooks"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".ipynb")).sorted().toList()) {
                if (Files.size(file) < SMALL) {
                    small.add(Files.readAllBytes(file));
                }
            }
        }
        new Fuzz(".ipynb", DamagedNotebooksTest::read).on(small).run(seed, 500);
    }
}
