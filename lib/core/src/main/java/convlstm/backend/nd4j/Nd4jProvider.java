package convlstm.backend.nd4j;

import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import java.util.Optional;

/** ND4J, where its native library can be loaded. */
public final class Nd4jProvider implements BackendProvider {
    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public int preference() {
        return 50;
    }

    /** Loads ND4J's native library, which takes seconds the first time. */
    @Override
    public Optional<String> unusable() {
        return unusable(() -> new Nd4jBackend()); // no method reference: that would load ND4J before the try
    }

    /** Tries the given start of ND4J; a native library that is missing shows as one of several errors. */
    static Optional<String> unusable(Runnable start) {
        try {
            start.run();
            return Optional.empty();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of("ND4J's native library did not load (" + rootCause(e) + "). Hint: build with mvn, which "
                    + "adds nd4j-native for this computer's system and processor to the class path");
        }
    }

    private static Throwable rootCause(Throwable e) {
        return e.getCause() == null ? e : rootCause(e.getCause());
    }

    @Override
    public Backend create() {
        return new Nd4jBackend();
    }
}
