package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.data.Shipped;
import convlstm.model.Trainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A question about learning, put to several arms that differ in one thing. For each arm a learning rate is chosen from
 * the same grid on validation data, with a seed of its own; then the arm is trained once with each seed.
 */
public interface Experiment {
    /** Its name on the command line and that of its file: lower-case letters. */
    String name();

    /** What it asks, in one sentence. */
    String question();

    /**
     * Everything that decides a row, as text: sizes, speeds, epochs. Rows made under other settings are refused, so a
     * change here makes the old rows old.
     */
    String settings();

    /** The arms, without commas or quotes in their names. */
    List<String> arms();

    /** The learning rates to choose from; with one there is no search. */
    List<Double> rates();

    /** The arm whose search decides the rate of this arm: itself, unless arms share one. */
    default String searchedWith(String arm) {
        return arm;
    }

    /** How many seeds each arm is trained with; they are 1, 2, ... */
    int seeds();

    /** The seeds of one arm: one is enough where nothing is trained. */
    default int seeds(String arm) {
        return seeds();
    }

    /** What it needs and does not find here, as a sentence; empty if it can run. */
    default String lacks() {
        return "";
    }

    /** The names of the numbers that {@link Outcome#metrics()} holds, in order. */
    List<String> metrics();

    /**
     * One training, with its test. The same run on the same backend gives the same numbers.
     *
     * @param listener is told of progress
     * @throws IOException if data are missing
     */
    Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException;

    /** Names the settings in each row: the first eight digits of their SHA-256. */
    default String version() {
        return Shipped.sha256(settings().getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }
}
