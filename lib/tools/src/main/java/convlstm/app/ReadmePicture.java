package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Digits;
import convlstm.flagship.Arm;
import convlstm.flagship.Film;
import convlstm.flagship.Scale;
import convlstm.model.Model;
import convlstm.notebook.Diagrams;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Draws the pictures of the README anew: {@code mvn -q -Drun=picture}. */
final class ReadmePicture {
    private static final Path STATES = Path.of(".github/state-transitions.png");
    private static final Path FILM = Path.of(".github/ten-frames-ahead.gif");
    /** The film of notebook 12. */
    private static final long SEED = 6;
    private static final int MILLIS = 300;

    private ReadmePicture() {}

    public static void main(String[] args) throws IOException {
        Path root = Checkout.here().root();
        Diagrams.stateTransitions().write(root.resolve(STATES));
        Scale scale = Scale.full();
        try (Backend K = Backends.best()) {
            Map<String, Model> networks = new LinkedHashMap<>();
            for (Arm arm : Arm.values()) {
                networks.put(arm.description().replace("recurrent kernels ", ""), arm.trained(K, scale));
            }
            Film.of(scale, networks, scale.world(Digits.heldOut()).sequences(SEED, 1)).gif(MILLIS)
                    .write(root.resolve(FILM));
        }
        System.out.println("Drawn: " + STATES + ", " + FILM);
    }
}
