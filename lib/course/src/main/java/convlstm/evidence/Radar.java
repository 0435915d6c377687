package convlstm.evidence;

import static convlstm.evidence.RainTask.BASELINES;
import static convlstm.evidence.RainTask.NOWCAST;
import static convlstm.evidence.RainTask.TRUTH;

import convlstm.backend.Backend;
import convlstm.data.DataFormatException;
import convlstm.data.RainScale;
import convlstm.model.History;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.rain.RadarEvent;
import convlstm.tensor.HostArray;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Real rain: trained on the first hundred minutes of one event, tested on the second hundred of it and of another one,
 * which differs in all that matters: widespread rain on a strong wind, and scattered showers on a weak one.
 *
 * <p>The frames are the Finnish Meteorological Institute's (FMI open data, CC BY 4.0), from a folder that the reader
 * names; see {@link RadarEvent}.
 */
public final class Radar extends Experiment {
    /** The events, by the names of their folders. */
    public static final List<String> EVENTS = List.of("20160928", "20170509");
    private static final int HALF = 20;
    private static final int FRAMES = 40;
    private static final String TURNED = " turned";
    private static final String ON = "ConvLSTM2D on ";
    private static final String FIELD = ON + "RainField";
    /** Without the widespread rain: the same showers, half as many sequences. */
    private static final String SHOWERS = FIELD + " showers";
    /** As many sequences, all of them showers. */
    private static final String MORE = FIELD + " more showers";
    private static final int SEQUENCES = 600;
    private static final int EPOCHS = 5;

    private @Nullable List<RadarEvent> events;
    private @Nullable List<RainTask.Test> tests;

    /** The experiment as it is run. */
    public Radar() {
        super("radar", "On real rain: does what a network learns from one event hold later, and on another one?",
                Stream.of(BASELINES, List.of(TRUTH, ON + EVENTS.get(0), ON + EVENTS.get(1),
                        ON + EVENTS.get(0) + TURNED, FIELD, SHOWERS, MORE)).flatMap(List::stream).toList(),
                List.of(RainTask.RATE), 3,
                EVENTS.stream().flatMap(event -> RainTask.metrics(event + "_").stream()).toList(),
                ("events %s, frames %d of %d, %s, scored without %d pixels on each side, %d crops, batch %d, %d epochs,"
                        + " %d layers of %d filters, %d x %d, rate %s, or %s").formatted(EVENTS, HALF, FRAMES, NOWCAST,
                                RainTask.MARGIN, SEQUENCES, RainTask.BATCH, EPOCHS, RainTask.LAYERS, RainTask.FILTERS,
                                RainTask.KERNEL, RainTask.KERNEL, RainTask.RATE, Rain.FIELD));
    }

    @Override
    public int seeds(String arm) {
        return BASELINES.contains(arm) || arm.equals(TRUTH) ? 1 : seeds();
    }

    @Override
    public String lacks() {
        return RadarEvent.folder().isPresent()
                ? ""
                : "the folder with the radar frames, -D" + RadarEvent.PROPERTY
                        + "=FOLDER. Hint: notebook 08 says how to get them";
    }

    @Override
    public Outcome train(Backend K, Run run, Trainer.Listener listener) throws IOException {
        List<RainTask.Test> tests = tests();
        if (run.arm().equals(TRUTH)) {
            return new Outcome(0, 0, 0, 0, Double.NaN, join(tests.stream().map(RainTask.Test::ofTruth)));
        }
        if (BASELINES.contains(run.arm())) {
            double[] sigma = events().stream()
                    .mapToDouble(event -> RainTask.sigma(run.arm(), testing(event, 0))).toArray();
            return new Outcome(0, 0, 0, 0, sigma[0], join(Stream.of(0, 1)
                    .map(e -> tests.get(e).scores(run.arm(), sigma[e]))));
        }
        Sequential model = RainTask.convLstm(K, run.seed());
        HostArray clips = training(run);
        History history = RainTask.train(model, clips, true, EPOCHS, run, listener);
        return new Outcome(model.parameterCount(), model.multiplyAdds(), clips.dim(0), EPOCHS, history.last().loss(),
                join(tests.stream().map(test -> test.scores(model))));
    }

    private HostArray training(Run run) throws IOException {
        if (run.arm().equals(FIELD)) {
            return Rain.training(run.seed(), SEQUENCES);
        }
        if (run.arm().startsWith(FIELD)) {
            return Rain.showers(run.seed(), (run.arm().equals(SHOWERS) ? 1 : 3) * SEQUENCES, SEQUENCES);
        }
        RadarEvent event = events().get(run.arm().startsWith(ON + EVENTS.get(0)) ? 0 : 1);
        return training(event, run.arm().endsWith(TURNED), run.seed());
    }

    /** Crops of an event's first half. */
    public static HostArray training(RadarEvent event, boolean turned, long seed) {
        return event.crops(0, HALF, NOWCAST.frames(), NOWCAST.size(), turned, SEQUENCES, seed);
    }

    /** The tiles of an event's first (0) or second (1) half: every place at several times. */
    public static HostArray testing(RadarEvent event, int half) {
        return event.tiles(half * HALF, (half + 1) * HALF, NOWCAST.frames(), NOWCAST.size(), NOWCAST.ahead());
    }

    /**
     * The two events.
     *
     * @throws FileNotFoundException if no folder is named
     * @throws DataFormatException if the folder has others, or fewer frames
     */
    public synchronized List<RadarEvent> events() throws IOException {
        if (events == null) {
            Path folder = RadarEvent.folder().orElseThrow(() -> new FileNotFoundException("radar: lacks " + lacks()));
            List<RadarEvent> read = RadarEvent.read(folder, RainScale.PAPER);
            List<String> got = read.stream().map(e -> e.name() + " with " + e.count() + " frames").toList();
            List<String> expected = EVENTS.stream().map(e -> e + " with " + FRAMES + " frames").toList();
            if (!got.equals(expected)) {
                throw new DataFormatException(folder.toString(), "the events " + expected, "" + got,
                        "for events of your own take notebook 08; stored results belong to these two");
            }
            events = read;
        }
        return events;
    }

    private synchronized List<RainTask.Test> tests() throws IOException {
        if (tests == null) {
            int times = (HALF - NOWCAST.frames()) / NOWCAST.ahead() + 1;
            tests = events().stream().map(event -> new RainTask.Test(testing(event, 1), times)).toList();
        }
        return tests;
    }

    private static double[] join(Stream<double[]> parts) {
        return parts.flatMapToDouble(DoubleStream::of).toArray();
    }
}
