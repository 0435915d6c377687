package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.function.Executable;

/** The files that NumPy made, and how errors are checked. */
final class Samples {
    private Samples() {}

    static Path path(String name) {
        try {
            return Path.of(Objects.requireNonNull(Samples.class.getResource(name), name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The call must fail with a {@link DataFormatException} whose message has all the words. */
    static void assertRefused(Executable call, String... words) {
        assertSays(assertThrows(DataFormatException.class, call), words);
    }

    static void assertSays(Throwable error, String... words) {
        String message = String.valueOf(error.getMessage());
        for (String word : words) {
            assertTrue(message.contains(word), () -> "expected <" + word + "> in: " + message);
        }
    }

    /** A folder that holds the kit's data. */
    static Path dataFolder() throws IOException {
        return Shipped.folder();
    }
}
