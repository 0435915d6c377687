package convlstm.evidence;

/**
 * A training and what it came to: one line of a file of results.
 *
 * @param run the training
 * @param outcome what it came to
 * @param seconds how long it took, data and tests included
 * @param backend the name of the backend that computed
 */
public record Row(Run run, Outcome outcome, double seconds, String backend) {}
