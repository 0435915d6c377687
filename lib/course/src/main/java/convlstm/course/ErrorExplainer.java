package convlstm.course;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says which known mistake a wrong result comes from. For each {@link Mistake} the same computation is made with that
 * mistake in it; if one gives the student's numbers, that is the likely one.
 *
 * <pre>{@code
 * ErrorExplainer step = ErrorExplainer.lstm(weights, sequence);
 * step.check("h", h);      // returns, or throws: "h[0][1]: expected 0.21, got 0.34. Likely: gates c and o are swapped. ..."
 * }</pre>
 */
public final class ErrorExplainer {
    private final Map<String, Object> right;
    private final Map<Slip, Map<String, Object>> wrong = new LinkedHashMap<>();
    private List<LstmStep> lstmSteps = List.of();
    private boolean gated;
    private double tolerance = 1e-6;

    /** @param compute gives the named results, with a slip or without */
    private ErrorExplainer(Function<Slip, Map<String, Object>> compute, Mistake... possible) {
        right = compute.apply(Slip.NONE);
        for (Mistake mistake : possible) {
            Slip.formsOf(mistake).forEach(slip -> wrong.put(slip, compute.apply(slip)));
        }
    }

    /**
     * An LSTM on a sequence, from states of zero. Results: {@code i f g o c h}, each {@code [T][U]}.
     *
     * @param xs {@code [T][D]}
     */
    public static ErrorExplainer lstm(LstmWeights w, double[][] xs) {
        return lstm(w, xs, new double[w.units()], new double[w.units()]);
    }

    /** An LSTM on a sequence, from the given states {@code [U]}. Results: {@code i f g o c h}, each {@code [T][U]}. */
    public static ErrorExplainer lstm(LstmWeights w, double[][] xs, double[] h0, double[] c0) {
        ErrorExplainer explainer = new ErrorExplainer(slip -> squeezed(forward(
                Recurrence.of(w, slip).forward(pixels(xs), pixel(h0), pixel(c0)))),
                Mistake.GATES_SWAPPED, Mistake.FORGET_BIAS_MISSING, Mistake.BIAS_MISSING, Mistake.STATE_IGNORED);
        explainer.lstmSteps = Recurrence.of(w, Slip.NONE).forward(pixels(xs), pixel(h0), pixel(c0)).stream()
                .map(s -> new LstmStep(s.x()[0][0], s.h_tm1()[0][0], s.c_tm1()[0][0], s.i()[0][0], s.f()[0][0],
                        s.g()[0][0], s.o()[0][0], s.c()[0][0], s.h()[0][0]))
                .toList();
        return explainer;
    }

    /**
     * The gradient of a loss through an LSTM. Results: {@code dx [T][D]}, {@code dh0 dc0 [U]}, {@code dKernel [D][4U]},
     * {@code dRecurrentKernel [U][4U]}, {@code dBias [4U]}.
     *
     * @param dhs {@code [T][U]}, the loss' gradient with respect to each output
     * @param dcLast {@code [U]}, and with respect to the last cell state
     */
    public static ErrorExplainer lstmGradient(LstmWeights w, double[][] xs, double[] h0, double[] c0, double[][] dhs,
            double[] dcLast) {
        List<Recurrence.Step> steps = Recurrence.of(w, Slip.NONE).forward(pixels(xs), pixel(h0), pixel(c0));
        ErrorExplainer explainer = new ErrorExplainer(slip -> squeezed(gradient(
                Recurrence.of(w, slip).backward(steps, pixels(dhs), pixel(dcLast)))),
                Mistake.GRADIENT_NOT_ACCUMULATED, Mistake.TANH_DERIVATIVE_FORGOTTEN,
                Mistake.SIGMOID_DERIVATIVE_FORGOTTEN, Mistake.BIAS_GRADIENT_NOT_SUMMED, Mistake.GATES_SWAPPED);
        explainer.gated = true;
        return explainer;
    }

    /** The gradient of a loss of the outputs only, from states of zero. */
    public static ErrorExplainer lstmGradient(LstmWeights w, double[][] xs, double[][] dhs) {
        int U = w.units();
        return lstmGradient(w, xs, new double[U], new double[U], dhs, new double[U]);
    }

    /**
     * A convolution with stride 1. Result: {@code y [H][W][F]}.
     *
     * @param x {@code [H][W][C]}
     * @param kernel {@code [kh][kw][C][F]}
     * @param same padding: the output is as large as the input
     */
    public static ErrorExplainer conv2d(double[][][] x, double[][][][] kernel, double[] bias, boolean same) {
        return new ErrorExplainer(slip -> Map.of("y", new Loops(same, slip).forward(x, kernel, bias)),
                Mistake.KERNEL_FLIPPED, Mistake.KERNEL_TRANSPOSED, Mistake.PADDING_SHIFTED, Mistake.GRID_FLATTENED,
                Mistake.BIAS_MISSING);
    }

    /**
     * The gradients of a convolution. Results: {@code dx [H][W][C]}, {@code dKernel [kh][kw][C][F]}, {@code dBias [F]}.
     *
     * @param dy {@code [H][W][F]}, the loss' gradient with respect to the output
     */
    public static ErrorExplainer conv2dGradient(double[][][] x, double[][][][] kernel, double[][][] dy, boolean same) {
        return new ErrorExplainer(slip -> {
            Loops loops = new Loops(same, slip);
            double[][][] dx = new double[x.length][x[0].length][x[0][0].length];
            double[][][][] dKernel = new double[kernel.length][kernel[0].length][kernel[0][0].length][dy[0][0].length];
            double[] dBias = new double[dy[0][0].length];
            loops.addInputGradient(dx, dy, kernel);
            loops.addKernelGradient(dKernel, x, dy);
            loops.addBiasGradient(dBias, dy);
            return Map.of("dx", dx, "dKernel", dKernel, "dBias", dBias);
        }, Mistake.KERNEL_FLIPPED, Mistake.KERNEL_TRANSPOSED, Mistake.PADDING_SHIFTED, Mistake.GRID_FLATTENED,
                Mistake.BIAS_GRADIENT_NOT_SUMMED);
    }

    /**
     * ConvLSTM2D on a sequence of images, from states of zero. Results: {@code i f g o c h}, each {@code [T][H][W][F]}.
     *
     * @param xs {@code [T][H][W][C]}
     * @param kernel {@code [kh][kw][C][4F]}
     * @param recurrentKernel {@code [kh][kw][F][4F]}
     * @param bias {@code [4F]}
     */
    public static ErrorExplainer convLstm(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel,
            double[] bias) {
        double[][][] zero = new double[xs[0].length][xs[0][0].length][bias.length / 4];
        return convLstm(xs, zero, zero, kernel, recurrentKernel, bias);
    }

    /** The same from the given states, {@code [H][W][F]}. */
    public static ErrorExplainer convLstm(double[][][][] xs, double[][][] h0, double[][][] c0,
            double[][][][] kernel, double[][][][] recurrentKernel, double[] bias) {
        return new ErrorExplainer(slip -> forward(
                new Recurrence(kernel, recurrentKernel, bias, slip).forward(xs, h0, c0)),
                Mistake.GATES_SWAPPED, Mistake.FORGET_BIAS_MISSING, Mistake.BIAS_MISSING, Mistake.STATE_IGNORED,
                Mistake.KERNEL_FLIPPED, Mistake.KERNEL_TRANSPOSED, Mistake.PADDING_SHIFTED, Mistake.GRID_FLATTENED);
    }

    /** What counts as equal, relative to the largest number of the right result: 1e-6, or more for numbers rounded. */
    public ErrorExplainer tolerance(double relative) {
        tolerance = relative;
        return this;
    }

    /** The right result of that name. */
    public Object right(String name) {
        Object result = right.get(name);
        if (result == null) {
            throw new IllegalArgumentException("name: expected one of " + right.keySet() + ", got " + name);
        }
        return result;
    }

    /** The steps of {@link #lstm}, right: for a question that builds on an earlier one, whatever was answered there. */
    public List<LstmStep> lstmSteps() {
        if (lstmSteps.isEmpty()) {
            throw new IllegalStateException("lstmSteps: expected an explainer made by lstm(...), got another");
        }
        return lstmSteps;
    }

    /** The mistake that gives exactly these numbers; empty if they are right, or wrong in a way that is not known. */
    public Optional<Mistake> mistake(String name, @Nullable Object got) {
        return slip(name, Nested.of(got)).map(Slip::mistake);
    }

    /**
     * Returns if the result is right.
     *
     * @throws AssertionError if not; the message says where, and names the likely mistake
     */
    public void check(String name, @Nullable Object got) {
        Nested expected = Nested.of(right(name));
        Nested found = Nested.of(got);
        Optional<String> difference = Expect.difference(name, expected, found, tolerance);
        if (difference.isPresent()) {
            throw new AssertionError(difference.get() + slip(name, found)
                    .map(slip -> ". Likely: " + slip.text() + ". Hint: " + hint(slip))
                    .orElseGet(() -> ofGates(name) && Arrays.equals(expected.shape(), found.shape())
                            ? ". Under the microscope, " + GradientMicroscope.of(name, right(name), got)
                            : ""));
        }
    }

    private boolean ofGates(String name) {
        return gated && List.of("dKernel", "dRecurrentKernel", "dBias").contains(name);
    }

    private static String hint(Slip slip) {
        return slip.mistake() == null ? "" : slip.mistake().hint();
    }

    private Optional<Slip> slip(String name, Nested found) {
        Nested expected = Nested.of(right(name));
        if (Expect.difference(name, expected, found, tolerance).isEmpty()) {
            return Optional.empty();
        }
        return wrong.entrySet().stream()
                .filter(e -> Expect.difference(name, Nested.of(e.getValue().get(name)), found, tolerance).isEmpty())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static Map<String, Object> forward(List<Recurrence.Step> steps) {
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("i", all(steps, Recurrence.Step::i));
        results.put("f", all(steps, Recurrence.Step::f));
        results.put("g", all(steps, Recurrence.Step::g));
        results.put("o", all(steps, Recurrence.Step::o));
        results.put("c", all(steps, Recurrence.Step::c));
        results.put("h", all(steps, Recurrence.Step::h));
        return results;
    }

    private static double[][][][] all(List<Recurrence.Step> steps, Function<Recurrence.Step, double[][][]> part) {
        return steps.stream().map(part).toArray(double[][][][]::new);
    }

    private static Map<String, Object> gradient(Recurrence.Gradient g) {
        return new LinkedHashMap<>(Map.of("dx", g.dx(), "dh0", g.dh0(), "dc0", g.dc0(), "dKernel", g.dKernel(),
                "dRecurrentKernel", g.dRecurrentKernel(), "dBias", g.dBias()));
    }

    /** One-pixel images and kernels of one tap as the vectors and matrices that they are. */
    private static Map<String, Object> squeezed(Map<String, Object> results) {
        results.replaceAll((name, value) -> switch (value) {
            case double[][][][] many when name.startsWith("dK") || name.startsWith("dR") -> many[0][0];
            case double[][][][] many -> Arrays.stream(many).map(image -> image[0][0])
                    .toArray(double[][]::new);
            case double[][][] image -> image[0][0];
            default -> value;
        });
        return results;
    }

    private static double[][][] pixel(double[] vector) {
        return new double[][][] {{vector}};
    }

    private static double[][][][] pixels(double[][] vectors) {
        return Arrays.stream(vectors).map(ErrorExplainer::pixel).toArray(double[][][][]::new);
    }
}
