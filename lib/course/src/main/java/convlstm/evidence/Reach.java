package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.evidence.PixelWorld.Velocity;
import convlstm.layer.Transform;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The light cone of a state: a kernel k wide carries what it knows (k - 1) / 2 pixels a step and no further. So in the
 * dark a network with a 1x1 readout should not be able to follow what is faster. All digits go to the right, all at one speed v, so kernels are one
 * pixel high. The input's kernel is 2 v + 1 wide in every arm: wide enough for the frames in view, and no help in the
 * dark, where s steps after the last true frame a digit has gone (s + 1) v pixels and the network has reached
 * v + s (k - 1) / 2.
 */
public final class Reach extends Experiment {
    /** Widths of the recurrent kernel in pixels. */
    public static final List<Integer> KERNELS = List.of(1, 3, 5, 7);
    /** Speeds in pixels per frame. */
    public static final List<Double> SPEEDS = List.of(1.0, 2.0, 3.0);
    /** Three frames seen; the fourth is forecast in view, two more in the dark. */
    public static final Forecasting TASK = new Forecasting(3, 300, 4, 20, 0);
    private static final int FILTERS = 6;
    /** One rate for all, not searched. */
    private static final List<Double> RATES = List.of(0.02);

    /** Digits that go to the right at one speed. */
    public static PixelWorld world(double speed) {
        return PixelWorld.of(5, 6, 21, 6, new Velocity(0, speed));
    }

    /** The arm of a kernel size and a speed. */
    public static String arm(int kernel, double speed) {
        return "1x" + kernel + " at " + speed;
    }

    private final Forecasting task;

    /** The experiment as it is run. */
    public Reach() {
        this(TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Reach(Forecasting task) {
        super("reach", "How fast may a digit be for a kernel k wide to follow it in the dark?",
                KERNELS.stream().flatMap(k -> SPEEDS.stream().map(v -> arm(k, v))).toList(), RATES, 3,
                Forecasting.metrics(world(1)), String.format(Locale.ROOT,
                        "%s, %s, speeds %s, %d filters, rates %s", world(1), task, SPEEDS, FILTERS, RATES));
        this.task = task;
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        PixelWorld world = world(speed(run.arm()));
        return task.train(K, model(K, run.arm(), run.seed()), world, List.of(world), run, listener);
    }

    private static double speed(String arm) {
        return Double.parseDouble(arm.substring(arm.lastIndexOf(' ') + 1));
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String arm, long seed) {
        double speed = speed(arm);
        return Nets.stack(K, task.clip(world(speed)), seed,
                Nets.images(FILTERS, row(2 * (int) Math.ceil(speed) + 1), row(arm.charAt(2) - '0')), Nets.readout());
    }

    private static Transform row(int width) {
        return new Transform.Convolution(Window.same(1, width));
    }
}
