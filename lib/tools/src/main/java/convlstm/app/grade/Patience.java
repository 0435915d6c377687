package convlstm.app.grade;

import convlstm.course.Checks;
import java.time.Duration;
import java.util.stream.Stream;

/** How long a process is waited for, by the rule of {@link Checks#isOver}. */
final class Patience {
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
        return clock >= seconds && Checks.isOver(seconds, clock, processorSeconds() - before);
    }
}
