package convlstm.model;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a training did, epoch by epoch.
 *
 * @param epochs in order; fewer than asked for if training stopped early
 */
public record History(List<Epoch> epochs) {
    /**
     * One pass over the training data.
     *
     * @param epoch its number, from 1
     * @param loss the mean training loss, penalties included, measured while weights changed
     * @param validationLoss the loss on the validation data after the epoch; NaN if there are none
     * @param seconds how long the pass took, without validation
     */
    public record Epoch(int epoch, double loss, double validationLoss, double seconds) {}

    /** The epochs whose losses, validation losses and seconds are given, three numbers each: as checkpoints hold them. */
    public static History of(double[] numbers) {
        return new History(IntStream.range(0, numbers.length / 3)
                .mapToObj(k -> new Epoch(k + 1, numbers[3 * k], numbers[3 * k + 1], numbers[3 * k + 2])).toList());
    }

    /** Copies the list. */
    public History {
        epochs = List.copyOf(epochs);
    }

    /**
     * The last epoch.
     *
     * @throws IllegalStateException if no epoch came to its end
     */
    public Epoch last() {
        if (epochs.isEmpty()) {
            throw new IllegalStateException("history: expected at least one whole epoch, got none: the training was"
                    + " stopped before. Hint: run its cell again and wait for an epoch to end");
        }
        return epochs.getLast();
    }

    /** The training losses in order. */
    public double[] losses() {
        return epochs.stream().mapToDouble(Epoch::loss).toArray();
    }

    /** The validation losses in order; NaN where there are none. */
    public double[] validationLosses() {
        return epochs.stream().mapToDouble(Epoch::validationLoss).toArray();
    }

    /** The time all epochs took, without validation. */
    public double seconds() {
        return epochs.stream().mapToDouble(Epoch::seconds).sum();
    }
}
