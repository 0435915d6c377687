package convlstm.evidence;

import convlstm.backend.Backend;
import convlstm.model.Trainer;
import java.io.IOException;
import java.util.List;

/**
 * How much data: from 30 to 3,000 sequences, the same number of steps. Every arm sees 9,000 sequences, the fewer there
 * are the more often each; trained to the end, so that the loss on training data shows what was learnt by heart.
 */
public final class Amount implements Experiment {
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
        this.seenInAll = seenInAll;
    }

    private Forecasting task(int sequences) {
        return new Forecasting(Fair.TASK.seen(), sequences, Fair.TASK.batch(), Math.max(1, seenInAll / sequences), 0);
    }

    /** The arm of a network and a number of sequences. */
    public static String arm(String network, int sequences) {
        return network + " " + sequences;
    }

    @Override
    public String name() {
        return "amount";
    }

    @Override
    public String question() {
        return "From 30 to 3000 sequences: who needs how many?";
    }

    @Override
    public String settings() {
        return "%s, %s, networks as in %s".formatted(task(30), SIZES, new Fair().settings());
    }

    @Override
    public List<String> arms() {
        return NETWORKS.stream().flatMap(network -> SIZES.stream().map(n -> arm(network, n))).toList();
    }

    @Override
    public List<Double> rates() {
        return Forecasting.RATES;
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
    public int seeds() {
        return 3;
    }

    @Override
    public List<String> metrics() {
        return Forecasting.metrics(Fair.WORLD);
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        int sequences = Integer.parseInt(run.arm().substring(run.arm().lastIndexOf(' ') + 1));
        return task(sequences).train(K, Fair.model(K, network(run.arm()), run.seed()), Fair.WORLD,
                List.of(Fair.WORLD), run, listener);
    }
}
