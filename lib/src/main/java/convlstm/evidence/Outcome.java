package convlstm.evidence;

/**
 * What a training came to.
 *
 * @param weights the number of trained numbers
 * @param multiplyAdds of one forward pass of one sequence
 * @param sequences to train on
 * @param epochs done
 * @param validation what the learning rate is chosen by, on validation data: smaller is better
 * @param metrics on test data, one for each of {@link Experiment#metrics()}
 */
public record Outcome(
        long weights, long multiplyAdds, int sequences, int epochs, double validation, double... metrics) {}
