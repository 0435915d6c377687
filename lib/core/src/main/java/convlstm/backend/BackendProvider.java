package convlstm.backend;

import java.util.Optional;

/**
 * One way to compute, found by {@link java.util.ServiceLoader}: it has a name, says why it cannot be used here if so,
 * and makes the backend. A provider loads nothing heavy before it is asked.
 */
public interface BackendProvider {
    /** The name it is chosen by, for example {@code simd}. */
    String name();

    /** Its place in {@link Backends#best()}: the usable provider with the largest number is taken. */
    int preference();

    /** Empty if it can be used here; else the reason, with what would mend it, in one sentence. */
    Optional<String> unusable();

    /** A new backend. */
    Backend create();
}
