package convlstm.model;

/**
 * Lets the learning rate fall on a straight line, from the optimiser's own at the first batch to a share of it at the last.
 *
 * <pre>{@code
 * trainer.listener(new LinearDecay(optimizer, 0.05))
 * }</pre>
 */
public final class LinearDecay implements Trainer.Listener {
    private final Optimizer optimizer;
    private final double first;
    private final double lastShare;

    /**
     * A schedule for one training.
     *
     * @param optimizer the one that the trainer steps with
     * @param lastShare above 0, at most 1: the last learning rate divided by the first
     */
    public LinearDecay(Optimizer optimizer, double lastShare) {
        if (!(lastShare > 0 && lastShare <= 1)) {
            throw new IllegalArgumentException("lastShare: expected a number in (0, 1], got " + lastShare);
        }
        this.optimizer = optimizer;
        this.first = optimizer.learningRate();
        this.lastShare = lastShare;
    }

    @Override
    public void batch(int epoch, int epochs, int batch, int batches, double loss) {
        double done = (epoch - 1 + batch / (double) batches) / epochs;
        optimizer.learningRate(first * (1 - done * (1 - lastShare)));
    }
}
