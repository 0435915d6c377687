package convlstm.app;

import org.jspecify.annotations.Nullable;

/** A contestant that cannot go on with a workload; the others can. */
final class BenchFault extends Exception {
    BenchFault(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
