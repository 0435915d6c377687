package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.model.Trainer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An experiment that trains nothing: its numbers are made of arm, seed and rate. */
public final class Toy extends Experiment {
    private final int failsAfter;
    private final AtomicInteger trainings = new AtomicInteger();

    /** The rate 0.3 explodes; a training after so many others fails. */
    public Toy(String settings, int failsAfter) {
        super("toy", "Does it count?", List.of("a", "b"), List.of(0.01, 0.1, 0.3), 2, List.of("frame2", "frame3"),
                settings);
        this.failsAfter = failsAfter;
    }

    public Toy() {
        this("settings", Integer.MAX_VALUE);
    }

    /** The trainings asked for so far. */
    public int trainings() {
        return trainings.get();
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) {
        if (trainings.incrementAndGet() > failsAfter) {
            throw new ArithmeticException("loss: became NaN");
        }
        if (run.rate() == 0.3) {
            throw new ArithmeticException("loss: exploded");
        }
        return outcome(run);
    }

    /** Arm a is best at 0.1, arm b at 0.01. */
    static Outcome outcome(Run run) {
        double validation = (run.arm().equals("a") ? -1 : 1) * run.rate();
        return new Outcome(10, 20, 30, 4, validation, run.seed(), 10 * run.seed());
    }
}
