package convlstm.check;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * Compares the gradients a backward pass computes with central differences of the forward pass, {@code (L(w + s) - L(w - s))
 * / 2s}: the one test that a wrong derivative does not survive.
 *
 * <p>In float32 a step s of 1e-2 balances rounding against curvature; a right gradient then has a relative error well below
 * 1e-3, a wrong one of order 1.
 */
public final class GradientCheck {
    /** The step s. */
    private static final float STEP = 1e-2f;

    /** At most so many elements of a tensor are tried, spread over it by chance. */
    private static final int MAX_ELEMENTS = 256;

    private GradientCheck() {}

    /**
     * What came out for one tensor.
     *
     * @param name the tensor's name: {@code x}, or a parameter's
     * @param shape its shape
     * @param elements the row-major indices tried
     * @param analytic the backward pass's gradient at these
     * @param numeric the central differences at these
     */
    public record Result(String name, Shape shape, int[] elements, double[] analytic, double[] numeric) {
        /** {@code ‖analytic - numeric‖ / (‖analytic‖ + ‖numeric‖)}: 0 when equal, 1 when nothing agrees. */
        public double relativeError() {
            double difference = 0;
            double a = 0;
            double n = 0;
            for (int k = 0; k < analytic.length; k++) {
                difference += square(analytic[k] - numeric[k]);
                a += square(analytic[k]);
                n += square(numeric[k]);
            }
            double scale = Math.sqrt(a) + Math.sqrt(n);
            return scale == 0 ? 0 : Math.sqrt(difference) / scale;
        }

        private static double square(double x) {
            return x * x;
        }

        @Override
        public String toString() {
            return String.format(java.util.Locale.ROOT, "%-20s %-20s relative error %.1e", name, shape,
                    relativeError());
        }
    }

    /**
     * Checks a layer's gradients with respect to its input and to every parameter, for the loss Σ r ∘ y with random r.
     *
     * @param layer a built layer; dropout must be off, for a new mask is another function
     * @param x an input batch, which is changed and put back
     * @param training whether the layer runs as in training
     */
    public static List<Result> layer(Backend K, Layer layer, Tensor x, boolean training) {
        Tensor y = layer.forward(x, training);
        Random random = new Random(1);
        float[] r = new float[y.size()];
        for (int k = 0; k < r.length; k++) {
            r[k] = (float) random.nextGaussian();
        }
        layer.parameters().forEach(p -> p.zeroGradient(K));
        Tensor dx = layer.backward(K.tensor(y.shape(), r));
        DoubleSupplier loss = () -> weighted(K.toArray(layer.forward(x, training)), r);
        List<Result> results = new ArrayList<>();
        if (dx != null) {
            results.add(check(K, "x", x, K.toArray(dx), loss));
        }
        results.addAll(parameters(K, layer.parameters(), loss));
        return results;
    }

    /** Checks a model's gradients with respect to every parameter, for a loss on a batch of B samples. */
    public static List<Result> model(Model model, Loss loss, Tensor x, Tensor target, int B) {
        Backend K = model.backend();
        Tensor value = K.allocate(Shape.of(1));
        Tensor dy = K.allocate(target.shape());
        model.parameters().forEach(p -> p.zeroGradient(K));
        loss.apply(K, value, dy, model.forward(x, true), target, B);
        model.backward(dy);
        return parameters(K, model.parameters(), () -> {
            K.fill(value, 0);
            loss.apply(K, value, dy, model.forward(x, true), target, B);
            return K.toArray(value)[0];
        });
    }

    private static List<Result> parameters(Backend K, List<Parameter> parameters, DoubleSupplier loss) {
        return parameters.stream()
                .filter(Parameter::trainable)
                .map(p -> check(K, p.name(), p.value(), K.toArray(p.gradient()), loss))
                .toList();
    }

    /** Checks one gradient: moves elements of {@code w} up and down and asks for the loss each time. */
    public static Result check(Backend K, String name, Tensor w, float[] analytic, DoubleSupplier loss) {
        int[] elements = IntStream.range(0, w.size()).toArray();
        if (elements.length > MAX_ELEMENTS) {
            elements = new Random(2).ints(0, w.size()).distinct().limit(MAX_ELEMENTS).sorted().toArray();
        }
        float[] values = K.toArray(w);
        double[] numeric = new double[elements.length];
        double[] tried = new double[elements.length];
        for (int k = 0; k < elements.length; k++) {
            int at = elements[k];
            float old = values[at];
            float up = old + STEP;
            float down = old - STEP;
            values[at] = up;
            K.write(w, values);
            double above = loss.getAsDouble();
            values[at] = down;
            K.write(w, values);
            double below = loss.getAsDouble();
            values[at] = old;
            numeric[k] = (above - below) / ((double) up - down);
            tried[k] = analytic[at];
        }
        K.write(w, values);
        return new Result(name, w.shape(), elements, tried, numeric);
    }

    private static double weighted(float[] y, float[] r) {
        double sum = 0;
        for (int k = 0; k < y.length; k++) {
            sum += (double) y[k] * r[k];
        }
        return sum;
    }
}
