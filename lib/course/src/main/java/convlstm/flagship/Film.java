package convlstm.flagship;

import convlstm.model.Model;
import convlstm.notebook.Frames;
import convlstm.tensor.HostArray;
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
}
