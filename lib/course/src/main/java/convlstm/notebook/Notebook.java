package convlstm.notebook;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Locale;
import java.util.Random;

/**
 * What every notebook of the course needs, to be imported as {@code import static convlstm.notebook.Notebook.*;}. What
 * shows HTML is not here: {@code display} belongs to the kernel, and kernels differ.
 */
public final class Notebook {
    private Notebook() {}

    /** Prints a line as {@link String#format} makes it, with a point as the decimal sign everywhere. */
    public static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    /** Numbers drawn from the standard normal distribution; the same seed gives the same numbers. */
    public static Tensor normal(Backend K, long seed, int... dims) {
        Random random = new Random(seed);
        float[] values = new float[Shape.of(dims).size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        return K.tensor(Shape.of(dims), values);
    }

    /** The largest absolute difference between two tensors of the same size; NaN if either has one. */
    public static double difference(Backend K, Tensor a, Tensor b) {
        require(a.size() == b.size(), "b", "as many numbers as a, " + a.size(), b.size(),
                "a is " + a.shape() + ", b is " + b.shape());
        float[] x = K.toArray(a);
        float[] y = K.toArray(b);
        double largest = 0;
        for (int k = 0; k < x.length; k++) {
            largest = Math.max(largest, Math.abs((double) x[k] - y[k]));
        }
        return largest;
    }

    /** A tensor's numbers on the Java side, where they can be read one by one. */
    public static HostArray host(Backend K, Tensor t) {
        return new HostArray(t.shape(), K.toArray(t));
    }

    /** A tensor's numbers on the Java side, under another shape of the same size. */
    public static HostArray host(Backend K, Tensor t, int... dims) {
        return new HostArray(Shape.of(dims), K.toArray(t));
    }

    /** A copy of a tensor. What a layer returns holds only until the layer's next call. */
    public static Tensor copy(Backend K, Tensor t) {
        return K.tensor(t.shape(), K.toArray(t));
    }

    /** How many numbers a built layer has learned: weights and biases. */
    public static long weights(Layer layer) {
        return layer.parameters().stream().mapToLong(p -> p.value().size()).sum();
    }

    /** A matrix as text, a line for each row, with the given number of decimals. */
    public static String matrix(HostArray rows, int decimals) {
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.dim(0); r++) {
            text.append(r == 0 ? "" : "\n");
            for (int c = 0; c < rows.dim(1); c++) {
                text.append(String.format(Locale.ROOT, "%" + (6 + decimals) + "." + decimals + "f", rows.get(r, c)));
            }
        }
        return text.toString();
    }

    /** Pictures or tables side by side; where the page is too narrow, below one another. */
    public static String beside(String... html) {
        return "<div style=\"display:flex;flex-wrap:wrap;gap:12px\"><div>" + String.join("</div><div>", html)
                + "</div></div>";
    }
}
