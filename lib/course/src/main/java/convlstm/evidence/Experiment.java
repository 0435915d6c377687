package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.data.Shipped;
import convlstm.model.Trainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A question about learning, put to several arms that differ in one thing. For each arm a learning rate is chosen from
 * the same grid on validation data, with a seed of its own; then the arm is trained once with each seed.
 */
public abstract class Experiment {
    private final String name;
    private final String question;
    private final List<String> arms;
    private final List<Double> rates;
    private final Map<String, List<Double>> own = new HashMap<>();
    private final int seeds;
    private final List<String> metrics;
    private final String settings;

    /**
     * An experiment.
     *
     * @param name on the command line, and of its file: lower-case letters
     * @param question what it asks, in one sentence
     * @param arms without commas or quotes in their names
     * @param rates the learning rates to choose from; with one there is no search
     * @param seeds how many each arm is trained with; they are 1, 2, ...
     * @param metrics the names of the numbers that {@link Outcome#metrics()} holds, in order
     * @param settings everything that decides a row, as text: sizes, speeds, epochs. Rows made under other settings are
     *     refused, so a change here makes the old rows old.
     */
    protected Experiment(String name, String question, List<String> arms, List<Double> rates, int seeds,
            List<String> metrics, String settings) {
        this.name = name;
        this.question = question;
        this.arms = arms;
        this.rates = rates;
        this.seeds = seeds;
        this.metrics = metrics;
        this.settings = settings;
    }

    /** Its name. */
    public final String name() {
        return name;
    }

    /** What it asks, in one sentence. */
    public final String question() {
        return question;
    }

    /** The arms. */
    public final List<String> arms() {
        return arms;
    }

    /** The arms' names without the ways in which they are trained. */
    public final List<String> names() {
        return arms.stream().map(Forecasting::name).distinct().toList();
    }

    /** The learning rates to choose from; with one there is no search. */
    public final List<Double> rates() {
        return rates;
    }

    /** The learning rates that an arm chooses from. */
    public final List<Double> rates(String arm) {
        return own.getOrDefault(arm, arm.endsWith(Forecasting.OWN_RATE) ? Forecasting.OWN_RATES : rates);
    }

    /** Gives arms rates of their own: higher ones, too, where the highest did best. */
    protected final void rates(List<Double> rates, String... of) {
        Arrays.stream(of).forEach(arm -> own.put(arm, rates));
    }

    /** How many seeds each arm is trained with. */
    public final int seeds() {
        return seeds;
    }

    /** The names of what is measured. */
    public final List<String> metrics() {
        return metrics;
    }

    /** Everything that decides a row, as text. */
    public final String settings() {
        return settings;
    }

    /** The arm whose search decides the rate of this arm: itself, unless arms share one. */
    public String searchedWith(String arm) {
        return arm;
    }

    /** The seeds of one arm: one is enough where nothing is trained. */
    public int seeds(String arm) {
        return seeds();
    }

    /** What it needs and does not find here, as a sentence; empty if it can run. */
    public String lacks() {
        return "";
    }

    /**
     * One training, with its test. The same run on the same backend gives the same numbers.
     *
     * @param listener is told of progress
     * @throws IOException if data are missing
     */
    public abstract Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException;

    /** Names the settings in each row: the first eight digits of their SHA-256. */
    public String version() {
        return Shipped.sha256(settings().getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }
}
