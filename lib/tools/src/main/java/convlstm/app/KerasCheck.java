package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.data.Npz;
import convlstm.keras.KerasModel;
import convlstm.keras.StepDifferences;
import convlstm.model.Sequential;
import convlstm.model.Summary;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Runs a Keras model in the kit and says how far the outputs are apart, step by step.
 *
 * <pre>
 * mvn -q -Drun=keras -Dargs="model.keras probe.npz"
 * </pre>
 *
 * <p>In Python: {@code model.save("model.keras")} and {@code numpy.savez("probe.npz", x=x, y=model.predict(x))}. The
 * exit code is 1 if any output differs by more than 1e-4, or a file cannot be read.
 */
public final class KerasCheck {
    /** What float32's rounding stays far below over some tens of steps, and a wrong option far above. */
    private static final double TOLERANCE = 1e-4;

    private KerasCheck() {}

    public static void main(String[] args) throws Exception {
        Options.start("""
                mvn -q -Drun=keras -Dargs="MODEL.keras PROBE.npz"
                  compares a Keras model with the same in the kit""", 2,
                options -> System.exit(run(options.words().toArray(String[]::new), System.out)), args);
    }

    static int run(String[] args, PrintStream out) {
        if (args.length != 2) {
            out.println("args: expected a .keras file and a .npz file with x and y, got " + args.length
                    + " arguments. Hint: mvn -q -Drun=keras -Dargs=\"model.keras probe.npz\"");
            return 1;
        }
        try (Backend K = Backends.best()) {
            Path probe = Path.of(args[1]);
            HostArray x = Npz.read(probe).get("x"); // says the sizes that the model may leave open
            Sequential model = x == null || x.shape().rank() < 2
                    ? KerasModel.load(K, Path.of(args[0]))
                    : KerasModel.load(K, Path.of(args[0]), x.shape().drop(1));
            StepDifferences differences = StepDifferences.of(model, probe);
            boolean equal = differences.largest() <= TOLERANCE;
            out.println(Summary.of(model) + "\n" + differences + "\n" + (equal ? "Equal" : "Not equal")
                    + " to Keras within " + TOLERANCE + ", computed by: " + K.description());
            return equal ? 0 : 1;
        } catch (IOException | IllegalArgumentException e) {
            out.println(e.getMessage());
            return 1;
        }
    }
}
