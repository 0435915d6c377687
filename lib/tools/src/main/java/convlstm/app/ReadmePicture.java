package convlstm.app;

import convlstm.notebook.Diagrams;
import java.io.IOException;
import java.nio.file.Path;

/** Draws the picture at the top of the README anew: {@code mvn -q -Drun=picture}. */
final class ReadmePicture {
    private static final Path FILE = Path.of(".github/state-transitions.png");

    private ReadmePicture() {}

    public static void main(String[] args) throws IOException {
        Diagrams.stateTransitions().write(Checkout.here().root().resolve(FILE));
        System.out.println("Drawn: " + FILE);
    }
}
