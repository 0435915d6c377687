package convlstm.app.grade;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * How long a process is waited for. Other programs may have the processors: over is its time when the clock says so and it
 * had a processor for half as long; or when the clock says five times as much.
 */
final class Patience {
    private static final double AT_MOST = 5;

    private final ProcessHandle process;
    private final boolean withChildren;
    private final long start = System.nanoTime();
    private final double before;

    /** @param withChildren whether what the process started counts, too */
    Patience(ProcessHandle process, boolean withChildren) {
        this.process = process;
        this.withChildren = withChildren;
        this.before = processorSeconds();
    }

    private double processorSeconds() {
        return Stream.concat(Stream.of(process), withChildren ? process.descendants() : Stream.empty())
                .mapToDouble(p -> p.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3).sum();
    }

    /** For how many seconds it had a processor. */
    double used() {
        return processorSeconds() - before;
    }

    /** Whether it had as much time as this. */
    boolean isOver(double seconds) {
        double clock = (System.nanoTime() - start) / 1e9;
        return clock >= AT_MOST * seconds || clock >= seconds && used() >= seconds / 2;
    }
}
