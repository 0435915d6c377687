package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;

/**
 * How much data: from 30 to 3,000 sequences, the same number of steps. Every arm sees 9,000 sequences, the fewer there
 * are the more often each; trained to the end, so that the loss on training data shows what was learnt by heart.
 */
public final class Amount extends Experiment {
    /** Sequences to train on. */
    public static final List<Integer> SIZES = List.of(30, 100, 300, 1000, 3000);
    /** The networks: those of {@link Fair}. */
    public static final List<String> NETWORKS = List.of("ConvLSTM2D", "LSTM equal arithmetic");
    private static final int SEEN_IN_ALL = 9000;

    private final int seenInAll;

    /** The experiment as it is run. */
    public Amount() {
        this(SEEN_IN_ALL);
    }

    /** The same with another number of sequences seen in all: a smaller one, to try it. */
    public Amount(int seenInAll) {
        super("amount", "From 30 to 3000 sequences: who needs how many?",
                NETWORKS.stream().flatMap(network -> SIZES.stream().map(n -> arm(network, n))).toList(),
                Forecasting.RATES, 3, Forecasting.metrics(Fair.WORLD),
                "%s, %s, networks as in %s".formatted(task(seenInAll, 30), SIZES, new Fair().settings()));
        this.seenInAll = seenInAll;
    }

    private static Forecasting task(int seenInAll, int sequences) {
        return new Forecasting(Fair.TASK.seen(), sequences, Fair.TASK.batch(), Math.max(1, seenInAll / sequences), 0);
    }

    /** The arm of a network and a number of sequences. */
    public static String arm(String network, int sequences) {
        return network + " " + sequences;
    }

    /** The rate of a network is chosen with 1,000 sequences. */
    @Override
    public String searchedWith(String arm) {
        return arm(network(arm), 1000);
    }

    private static String network(String arm) {
        return arm.substring(0, arm.lastIndexOf(' '));
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        int sequences = Integer.parseInt(run.arm().substring(run.arm().lastIndexOf(' ') + 1));
        return task(seenInAll, sequences).train(K, Fair.model(K, network(run.arm()), run.seed()), Fair.WORLD,
                List.of(Fair.WORLD), run, listener);
    }
}
