package convlstm.flagship;

import convlstm.data.Dataset;
import convlstm.model.Model;
import convlstm.notebook.Frames;
import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.Map;

/** A sequence, and below it what networks forecast of it. */
public final class Film {
    private Film() {}

    /**
     * The true frames, and for each network the faded ones that it is shown and those that it forecasts.
     *
     * @param networks by the name of their row
     * @param sequence {@code (1, seen + forecast, pixels, pixels, 1)}
     */
    public static Frames of(Scale scale, Map<String, Model> networks, HostArray sequence) {
        Frames film = Frames.strip().row("truth", sequence.at(0));
        networks.forEach((name, network) -> film.row(name,
                scale.frames(network.predict(scale.data(sequence).x())).at(0), scale.seen() + 1)
                .seen(sequence.at(0)));
        return film;
    }

    /**
     * The same as a strip of some frames.
     *
     * @param numbers of the frames in order, from 1; some seen and some forecast
     */
    public static Frames strip(Scale scale, Map<String, Model> networks, HostArray sequence, int... numbers) {
        int seen = (int) Arrays.stream(numbers).filter(t -> t <= scale.seen()).count();
        int[] ahead = Arrays.stream(numbers).filter(t -> t > scale.seen()).map(t -> t - scale.seen()).toArray();
        HostArray truth = frames(sequence, numbers);
        Frames strip = Frames.strip()
                .columns("frame (up to " + scale.seen() + " seen, then forecast)",
                        Arrays.stream(numbers).boxed().toArray())
                .row("truth", truth);
        networks.forEach((name, network) -> strip.row(name,
                frames(scale.frames(network.predict(scale.data(sequence).x())), ahead), seen + 1).seen(truth));
        return strip;
    }

    private static HostArray frames(HostArray sequence, int... numbers) {
        return new Dataset(sequence.at(0), sequence.at(0)).select(Arrays.stream(numbers).map(t -> t - 1).toArray()).x();
    }
}
