package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The light cone of a state: a k x k kernel carries what it knows (k - 1) / 2 pixels a step and no further. So in the
 * dark it should not be able to follow what is faster. All digits go to the right, all at one speed: there is nothing
 * else to learn.
 */
public final class Reach implements Experiment {
    /** Kernel sizes. */
    public static final List<Integer> KERNELS = List.of(1, 3, 5, 7);
    /** Speeds in pixels per frame. */
    public static final List<Double> SPEEDS = List.of(0.5, 1.0, 2.0, 3.0);
    /** Three frames seen; the fourth is forecast in view, two more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 300, 4, 10, 0);
    private static final int FILTERS = 8;

    /** Digits that go to the right at one speed. */
    public static PixelWorld world(double speed) {
        return PixelWorld.of(5, 6, 21, 6, new Velocity(0, speed));
    }

    /** The arm of a kernel size and a speed. */
    public static String arm(int kernel, double speed) {
        return kernel + "x" + kernel + " at " + speed;
    }

    private final Forecasting task;

    /** The experiment as it is run. */
    public Reach() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Reach(Forecasting task) {
        this.task = task;
    }

    @Override
    public String name() {
        return "reach";
    }

    @Override
    public String question() {
        return "How fast may a digit be for a k x k kernel to follow it in the dark?";
    }

    @Override
    public String settings() {
        return "%s, %s, speeds %s, %d filters, rates %s".formatted(world(1), task, SPEEDS, FILTERS, rates());
    }

    @Override
    public List<String> arms() {
        return KERNELS.stream().flatMap(k -> SPEEDS.stream().map(v -> arm(k, v))).toList();
    }

    @Override
    public List<Double> rates() {
        return List.of(0.006, 0.02);
    }

    /** The rate of a kernel is chosen at speed 1, which all but 1x1 should be able to follow. */
    @Override
    public String searchedWith(String arm) {
        return arm(arm.charAt(0) - '0', 1);
    }

    @Override
    public int seeds() {
        return 3;
    }

    @Override
    public List<String> metrics() {
        return Stream.concat(Forecasting.frames("frame", world(1)).stream(), Stream.of("train_loss", "test_loss"))
                .toList();
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        PixelWorld world = world(Double.parseDouble(run.arm().substring(run.arm().lastIndexOf(' ') + 1)));
        int kernel = run.arm().charAt(0) - '0';
        Sequential model = Nets.stack(K, task.clip(world), run.seed(), Nets.images(FILTERS, Nets.convolution(kernel)),
                Nets.readout());
        return task.train(K, model, world, List.of(world), run, listener);
    }
}
