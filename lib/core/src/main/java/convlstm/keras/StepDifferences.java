package convlstm.keras;

import static convlstm.tensor.Arguments.require;

import convlstm.data.DataFormatException;
import convlstm.data.Npz;
import convlstm.model.Model;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How far the kit's outputs are from Keras', time step by time step: rounding grows slowly with t, a wrong option shows
 * at the first step, a wrong recurrent kernel at the second.
 *
 * @param steps one for each time step; a single one for outputs without time
 */
public record StepDifferences(List<Step> steps) {
    /**
     * One time step.
     *
     * @param t the step, from 0
     * @param largest the largest absolute difference of two outputs
     * @param sample the sample in which it is
     * @param ours the kit's output there
     * @param keras Keras' output there
     */
    public record Step(int t, double largest, int sample, float ours, float keras) {}

    /**
     * Compares two outputs for the same input.
     *
     * @param ours the kit's, {@code (N, T, ...)}, or {@code (N, ...)} without time
     * @param keras Keras', of the same shape
     * @param sequence whether the second axis is time
     */
    public static StepDifferences of(HostArray ours, HostArray keras, boolean sequence) {
        require(ours.shape().equals(keras.shape()), "keras", "shape " + ours.shape() + " as the kit's output",
                keras.shape(), "compare outputs for the same input, channels last, samples first");
        int N = ours.dim(0);
        int T = sequence ? ours.dim(1) : 1;
        int row = ours.size() / (N * T);
        List<Step> steps = new ArrayList<>();
        for (int t = 0; t < T; t++) {
            double largest = -1;
            int at = 0;
            for (int n = 0; n < N; n++) {
                for (int i = (n * T + t) * row; i < (n * T + t + 1) * row; i++) {
                    double difference = Math.abs((double) ours.values()[i] - keras.values()[i]);
                    if (difference > largest || Double.isNaN(difference)) { // after a NaN only another one is larger
                        largest = difference;
                        at = i;
                    }
                }
            }
            steps.add(new Step(t, largest, at / (T * row), ours.values()[at], keras.values()[at]));
        }
        return new StepDifferences(List.copyOf(steps));
    }

    /**
     * Runs the model on the input in a file and compares with the output in it. In Python: {@code
     * numpy.savez("probe.npz", x=x, y=model.predict(x))}.
     *
     * @param probe a {@code .npz} file with x and y
     * @throws DataFormatException if it has other arrays
     */
    public static StepDifferences of(Model model, Path probe) throws IOException {
        Map<String, HostArray> arrays = Npz.read(probe);
        HostArray x = arrays.get("x");
        HostArray y = arrays.get("y");
        if (x == null || y == null) {
            throw new DataFormatException(probe.toString(), "arrays x and y", "" + arrays.keySet(),
                    "in Python: numpy.savez(\"probe.npz\", x=x, y=model.predict(x))");
        }
        Shape ours = model.outputShape();
        require(y.shape().endsWith(model.sequenceOut() ? ours.drop(1) : ours), "y",
                "samples of shape " + ours + " as the model puts out", y.shape(),
                "the last layer's units or filters, or returnSequences, differ");
        return of(model.predict(x), y, model.sequenceOut());
    }

    /** The largest difference of all steps. */
    public double largest() {
        return steps.stream().mapToDouble(Step::largest).max().orElse(0);
    }

    /** A table, one line for each step. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(
                String.format(Locale.ROOT, "%4s %18s %7s %13s %13s%n", "t", "largest difference", "sample",
                        "kit", "Keras"));
        for (Step step : steps) {
            s.append(String.format(Locale.ROOT, "%4d %18.2e %7d %13.8f %13.8f%n", step.t(), step.largest(),
                    step.sample(), step.ours(), step.keras()));
        }
        return s.toString();
    }
}
