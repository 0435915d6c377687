package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.data.Digits;
import convlstm.data.Seeds;
import convlstm.layer.Transform;
import convlstm.model.Models;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Which neighbours does the state read? A recurrent kernel of 3x1 reads those above and below, one of 1x3 those at the
 * left and right: as many weights, as much arithmetic. One world has digits that go up or down, the other digits that go
 * left or right. If the recurrent kernel matters because it moves the picture, each kernel wins in its own world.
 *
 * <p>In the first world a 3x3 kernel and two LSTMs with as much arithmetic as that are trained, too: pooling halves the
 * LSTM's inputs, but of seven columns it drops the last.
 */
public final class Direction extends Experiment {
    /** Digits that go up or down. */
    public static final World VERTICAL = new Line(true);
    /** Digits that go left or right. */
    public static final World HORIZONTAL = new Line(false);
    private static final int FILTERS = 6;
    private static final int ENCODER = 4;
    private static final String LSTM = "LSTM up and down";
    private static final String UNPOOLED = "LSTM without pooling up and down";

    /**
     * One small digit on a straight line, one pixel per frame, that touches no wall. It starts in the same four rows (or
     * columns) whichever way it goes, so that the first frame does not give away the direction.
     */
    private record Line(boolean vertical) implements World {
        private static final int DIGIT = 5;
        private static final int LONG = 20;
        private static final int SHORT = 7;
        private static final int FIRST = 6;
        private static final int STARTS = 4;

        @Override
        public int height() {
            return vertical ? LONG : SHORT;
        }

        @Override
        public int width() {
            return vertical ? SHORT : LONG;
        }

        @Override
        public int frames() {
            return 7;
        }

        @Override
        public HostArray sequences(Digits digits, long seed, int n) {
            Digits small = digits.shrink(DIGIT);
            HostArray out = HostArray.zeros(n, frames(), height(), width(), 1);
            for (int k = 0; k < n; k++) {
                Random random = Seeds.random(seed, k);
                int digit = random.nextInt(small.count());
                int step = random.nextBoolean() ? 1 : -1;
                int along = FIRST + random.nextInt(STARTS);
                int across = random.nextInt(SHORT - DIGIT + 1);
                for (int t = 0; t < frames(); t++, along += step) {
                    int top = vertical ? along : across;
                    int left = vertical ? across : along;
                    for (int i = 0; i < DIGIT; i++) {
                        System.arraycopy(small.images().values(), (digit * DIGIT + i) * DIGIT, out.values(),
                                ((k * frames() + t) * height() + top + i) * width() + left, DIGIT);
                    }
                }
            }
            return out;
        }
    }

    private final Forecasting task;

    /** The experiment as it is run: the main experiment's task. */
    public Direction() {
        this(Operator.TASK);
    }

    /** The same with another task: a smaller one, to try it. */
    public Direction(Forecasting task) {
        super("direction",
                "As many weights, other neighbours: does the recurrent kernel have to point where things move?",
                Forecasting.bothWays(List.of("3x1 up and down", "1x3 up and down", "3x1 left and right",
                        "1x3 left and right", "3x3 up and down", LSTM, UNPOOLED)),
                Forecasting.RATES, 5, Forecasting.metrics(VERTICAL), String.format(Locale.ROOT,
                        "digits of %d in %d by %d, starts %d to %d, %d frames, %s, %d filters, encoder of %d, rates %s",
                        Line.DIGIT, Line.LONG, Line.SHORT, Line.FIRST, Line.FIRST + Line.STARTS - 1, VERTICAL.frames(),
                        task, FILTERS, ENCODER, Forecasting.RATES));
        this.task = task;
        rates(Forecasting.HIGHER, "3x1 up and down one rate", "1x3 up and down one rate",
                "3x1 left and right one rate", "1x3 left and right one rate");
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        World world = world(run.arm());
        return task.train(K, model(K, run.arm(), run.seed()), world, List.of(world), run, listener);
    }

    /** The world of an arm. */
    public static World world(String arm) {
        return arm.contains("up and down") ? VERTICAL : HORIZONTAL;
    }

    /** The network of an arm. */
    public Sequential model(Backend K, String trained, long seed) {
        String arm = Forecasting.name(trained);
        Shape clip = task.clip(world(arm));
        long multiplyAdds = images(K, clip, 3, 3, seed).multiplyAdds();
        if (arm.equals(UNPOOLED)) {
            return Fair.unpooled(K, clip, ENCODER, multiplyAdds, seed, false);
        }
        if (arm.equals(LSTM)) {
            return Models.cnnLstm(K, clip, ENCODER, Models.unitsForMultiplyAdds(clip, ENCODER, multiplyAdds), seed);
        }
        return images(K, clip, arm.charAt(0) - '0', arm.charAt(2) - '0', seed);
    }

    private static Sequential images(Backend K, Shape clip, int height, int width, long seed) {
        Transform recurrent = new Transform.Convolution(Window.same(height, width));
        return Nets.stack(K, clip, seed, Nets.images(FILTERS, recurrent), Nets.readout());
    }
}
