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
    private final long start = System.nanoTime();
    private final double before;

    /** From now on; what the process started counts, too. */
    Patience(ProcessHandle process) {
        this.process = process;
        this.before = processorSeconds();
    }

    private double processorSeconds() {
        return Stream.concat(Stream.of(process), process.descendants())
                .mapToDouble(p -> p.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3).sum();
    }

    /** Whether it had as much time as this. */
    boolean isOver(double seconds) {
        double clock = (System.nanoTime() - start) / 1e9;
        return clock >= AT_MOST * seconds || clock >= seconds && processorSeconds() - before >= seconds / 2;
    }
}
