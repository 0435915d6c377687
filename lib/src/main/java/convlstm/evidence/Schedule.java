package convlstm.evidence;

import convlstm.model.Optimizer;
import convlstm.model.Trainer;

/**
 * The learning rate over a training, the same for every arm: it rises from nothing over the first twentieth of the steps,
 * because large first steps push large kernels to the empty frame, where they stay; then it falls on a straight line to a
 * twentieth.
 */
final class Schedule implements Trainer.Listener {
    static final double WARM_UP = 0.05;
    static final double LAST_SHARE = 0.05;

    private final Optimizer optimizer;
    private final double top;

    Schedule(Optimizer optimizer) {
        this.optimizer = optimizer;
        this.top = optimizer.learningRate();
        optimizer.learningRate(top / 1000);
    }

    @Override
    public void batch(int epoch, int epochs, int batch, int batches, double loss) {
        double done = (epoch - 1 + batch / (double) batches) / epochs;
        optimizer.learningRate(top * share(done));
    }

    /** The share of the highest rate after a share of the steps. */
    static double share(double done) {
        double fall = (done - WARM_UP) / (1 - WARM_UP);
        return done < WARM_UP ? Math.max(1e-3, done / WARM_UP) : 1 - fall * (1 - LAST_SHARE);
    }
}
