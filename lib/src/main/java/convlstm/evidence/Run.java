package convlstm.evidence;

/**
 * One training: what names it, and a row of results.
 *
 * @param arm the arm of the experiment
 * @param seed decides weights and training data; {@link #SEARCH} in the search for a learning rate
 * @param rate the learning rate
 */
public record Run(String arm, long seed, double rate) {
    /** The seed of the trainings that only choose the learning rate. No result is reported from them. */
    public static final long SEARCH = 0;

    /** Whether this training only helps to choose a learning rate. */
    public boolean search() {
        return seed == SEARCH;
    }
}
