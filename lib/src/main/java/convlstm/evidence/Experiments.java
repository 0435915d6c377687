package convlstm.evidence;

import java.util.List;
import java.util.stream.Collectors;

/** The list of all experiments, in the order in which they run. */
public final class Experiments {
    private Experiments() {}

    /** All of them; the most telling come first. */
    public static List<Experiment> all() {
        return List.of(new Operator(), new Rain(), new Radar(), new Probes());
    }

    /**
     * The experiment of a name.
     *
     * @throws IllegalArgumentException if there is none; the message lists them
     */
    public static Experiment named(String name) {
        return all().stream().filter(e -> e.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("experiment: expected one of "
                        + all().stream().map(Experiment::name).collect(Collectors.joining(", ")) + ", got '" + name
                        + "'"));
    }
}
