package convlstm.evidence;

import java.util.List;

/** The list of all experiments. */
public final class Experiments {
    private Experiments() {}

    /** All of them, in the order in which they run: the most telling come first. */
    public static List<Experiment> all() {
        return List.of(new Direction(), new Operator(), Operator.longDark(Operator.LONGER),
                Operator.eight(Operator.LONGER), new Place(), new Scramble(), new Reach(),
                new Fair(), new Paper(), new Rain(), new Radar(), new Probes());
    }
}
