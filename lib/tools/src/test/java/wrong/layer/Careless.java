package wrong.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.net.URI;

/** Breaks two rules: fetches something from a network, and makes objects of it. For HarmlessTest. */
public class Careless {
    static Object fetch(URI from) throws IOException, ClassNotFoundException {
        try (InputStream in = from.toURL().openStream()) {
            return new ObjectInputStream(in).readObject();
        }
    }
}
