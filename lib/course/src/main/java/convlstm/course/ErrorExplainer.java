package convlstm.course;

import static convlstm.course.Mistake.*;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
    private final Function<Slip, Map<String, Object>> compute;
    private final List<Mistake> possible;
    private final Map<String, Object> right;
    private final Map<Slip, Map<String, Object>> wrong = new LinkedHashMap<>();
    private final Set<String> passed = new LinkedHashSet<>();
    private List<LstmStep> lstmSteps = List.of();
    private List<ConvLstmStep> convLstmSteps = List.of();
    /** The results in which a wrong gate points at a line of the answer. */
    private Set<String> gated = Set.of();
    private double tolerance = 1e-5;
    /** What counts as equal of a gradient and a matrix: right ones agree to 1e-14, numeric differences to 1e-10. */
    static final double EXACT = 1e-13;

    /** @param compute gives the named results, with a slip or without */
    private ErrorExplainer(Function<Slip, Map<String, Object>> compute, Mistake... possible) {
        Cells.refuseInAnAnswer("ErrorExplainer");
        this.compute = compute;
        this.possible = List.of(possible);
        right = compute.apply(Slip.NONE);
    }

    /**
     * An LSTM on a sequence, from states of zero. Results: {@code i f g o c h}, each {@code [T][U]},
     * and {@code x h_tm1 c_tm1}.
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
                GATES_SWAPPED, GATES_INTERLEAVED, FORGET_BIAS_MISSING, BIAS_MISSING, BIAS_TWICE, STATE_IGNORED,
                STATES_EXCHANGED, RECURRENT_KERNEL_TRANSPOSED, CANDIDATE_SIGMOID, CELL_LINE_EXCHANGED,
                CELL_TANH_MISSING, OUTPUTS_EXCHANGED, STATE_NOT_HANDED_ON, CELL_LINE_INCOMPLETE, GATE_TANH,
                OLD_CELL_SHOWN);
        explainer.lstmSteps = Recurrence.of(w, Slip.NONE).forward(pixels(xs), pixel(h0), pixel(c0)).stream()
                .map(s -> new LstmStep(s.x()[0][0], s.h_tm1()[0][0], s.c_tm1()[0][0], s.i()[0][0], s.f()[0][0],
                        s.g()[0][0], s.o()[0][0], s.c()[0][0], s.h()[0][0]))
                .toList();
        return explainer;
    }

    /**
     * The gradient of a loss through an LSTM. Results: {@code dx [T][D]}, {@code dh_tm1 dc_tm1 [U]} of the first step,
     * {@code dKernel [D][4U]}, {@code dRecurrentKernel [U][4U]}, {@code dBias [4U]}.
     *
     * @param dhs {@code [T][U]}, the loss' gradient with respect to each output
     * @param dcLast {@code [U]}, and with respect to the last cell state
     */
    public static ErrorExplainer lstmGradient(LstmWeights w, double[][] xs, double[] h0, double[] c0, double[][] dhs,
            double[] dcLast) {
        return lstmGradient(w, xs, h0, c0, dhs, dcLast, LstmWeights.zeros(w.inputs(), w.units()));
    }

    /** The same, with the weights' gradients added to what is in {@code start}. */
    public static ErrorExplainer lstmGradient(LstmWeights w, double[][] xs, double[] h0, double[] c0, double[][] dhs,
            double[] dcLast, LstmWeights start) {
        List<Recurrence.Step> steps = Recurrence.of(w, Slip.NONE).forward(pixels(xs), pixel(h0), pixel(c0));
        ErrorExplainer explainer = new ErrorExplainer(slip -> {
            Map<String, Object> results = squeezed(
                    gradient(Recurrence.of(w, slip).backward(steps, pixels(dhs), pixel(dcLast))));
            if (!slip.is(GRADIENT_OVERWRITTEN)) {
                results.computeIfPresent("dKernel", (n, dKernel) -> sum(dKernel, start.kernel()));
                results.computeIfPresent("dRecurrentKernel", (n, dR) -> sum(dR, start.recurrentKernel()));
                results.computeIfPresent("dBias", (n, dBias) -> sum(dBias, start.bias()));
            }
            return results;
        }, GRADIENT_MISSING, GRADIENT_OVERWRITTEN, GRADIENT_NOT_ACCUMULATED, LOOP_FORWARD, TANH_DERIVATIVE_FORGOTTEN,
                TANH_DERIVATIVE_OF_WRONG, SIGMOID_DERIVATIVE_FORGOTTEN, SIGMOID_DERIVATIVE_TWICE, DC_NEXT_FORGOTTEN,
                DC_WITHOUT_O, DC_TM1_WITHOUT_F, DH_TM1_NOT_TRANSPOSED, H_FOR_H_TM1, C_FOR_C_TM1, FACTORS_EXCHANGED,
                CELL_LINE_EXCHANGED, CELL_TANH_MISSING, BIAS_GRADIENT_NOT_SUMMED, GATES_SWAPPED, GATES_INTERLEAVED,
                DC_WITHOUT_DH, DC_NEXT_TWICE, DO_BY_DC, SLOPES_EXCHANGED, C_TM1_FOR_H_TM1);
        explainer.gated = Set.of("dKernel", "dRecurrentKernel", "dBias");
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
                KERNEL_FLIPPED, KERNEL_TRANSPOSED, PADDING_SHIFTED, GRID_FLATTENED, BIAS_MISSING, NOT_SUMMED, BACKWARDS,
                PADDING_NOT_ZERO, BORDER_LEFT_OUT, LOOP_LEFT, SUM_TOO_SHORT, BIAS_AT_EVERY_TAP);
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
        }, GRADIENT_TURNED, KERNEL_TRANSPOSED, PADDING_SHIFTED, GRID_FLATTENED, BIAS_GRADIENT_NOT_SUMMED, NOT_SUMMED,
                BACKWARDS, PADDING_NOT_ZERO, BORDER_LEFT_OUT, LOOP_LEFT, SUM_TOO_SHORT, GRADIENT_AVERAGED);
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
        ErrorExplainer explainer = new ErrorExplainer(slip -> forward(
                new Recurrence(kernel, recurrentKernel, bias, slip).forward(xs, h0, c0)),
                GATES_SWAPPED, GATES_INTERLEAVED, FORGET_BIAS_MISSING, BIAS_MISSING, BIAS_TWICE, STATE_NOT_HANDED_ON,
                STATE_IGNORED, STATES_EXCHANGED, RECURRENT_KERNEL_TRANSPOSED, STATE_ONE_TAP, CANDIDATE_SIGMOID,
                CELL_LINE_EXCHANGED, CELL_TANH_MISSING, OUTPUTS_EXCHANGED, KERNEL_FLIPPED, KERNEL_TRANSPOSED,
                PADDING_SHIFTED, GRID_FLATTENED, CELL_LINE_INCOMPLETE, GATE_TANH, OLD_CELL_SHOWN);
        explainer.convLstmSteps = new Recurrence(kernel, recurrentKernel, bias, Slip.NONE).forward(xs, h0, c0).stream()
                .map(s -> new ConvLstmStep(s.x(), s.h_tm1(), s.c_tm1(), s.i(), s.f(), s.g(), s.o(), s.c(), s.h()))
                .toList();
        return explainer;
    }

    /**
     * The gradient of a loss through one step of ConvLSTM2D. Results: {@code da [H][W][4F]}, {@code dc_tm1 [H][W][F]},
     * {@code dx [H][W][C]}, {@code dh_tm1 [H][W][F]}, {@code dKernel [kh][kw][C][4F]},
     * {@code dRecurrentKernel [rh][rw][F][4F]}, {@code dBias [4F]}.
     *
     * @param dh {@code [H][W][F]}, what the loss and the later steps say about h
     * @param dc_next {@code [H][W][F]}, what the later steps say about c
     */
    public static ErrorExplainer convLstmGradient(double[][][] x, double[][][] h_tm1, double[][][] c_tm1,
            double[][][][] kernel, double[][][][] recurrentKernel, double[] bias, double[][][] dh,
            double[][][] dc_next) {
        List<Recurrence.Step> steps = new Recurrence(kernel, recurrentKernel, bias, Slip.NONE)
                .forward(new double[][][][] {x}, h_tm1, c_tm1);
        ErrorExplainer explainer = new ErrorExplainer(slip -> {
            Recurrence.Gradient g = new Recurrence(kernel, recurrentKernel, bias, slip)
                    .backward(steps, new double[][][][] {dh}, dc_next);
            Map<String, Object> results = gradient(g);
            results.put("dx", g.dx()[0]);
            results.put("da", g.dz()[0]);
            return results;
        }, GRADIENT_MISSING, TANH_DERIVATIVE_FORGOTTEN, TANH_DERIVATIVE_OF_WRONG, SIGMOID_DERIVATIVE_FORGOTTEN,
                SIGMOID_DERIVATIVE_TWICE, DC_NEXT_FORGOTTEN, DC_WITHOUT_O, DC_TM1_WITHOUT_F, H_FOR_H_TM1, C_FOR_C_TM1,
                FACTORS_EXCHANGED, CELL_LINE_EXCHANGED, CELL_TANH_MISSING, GRADIENT_TURNED, DH_TM1_NOT_TRANSPOSED,
                BIAS_GRADIENT_NOT_SUMMED, NOT_SUMMED, KERNEL_TRANSPOSED, PADDING_SHIFTED, GRID_FLATTENED, BACKWARDS,
                PADDING_NOT_ZERO, BORDER_LEFT_OUT, LOOP_LEFT, SUM_TOO_SHORT, GRADIENT_AVERAGED, GATES_SWAPPED,
                GATES_INTERLEAVED, DC_WITHOUT_DH, DC_NEXT_TWICE, DO_BY_DC, SLOPES_EXCHANGED, C_TM1_FOR_H_TM1);
        explainer.gated = Set.of("da");
        return explainer;
    }

    /**
     * What a kernel does on an image of one pixel. Result: {@code matrix [C][K]}.
     *
     * @param kernel {@code [kh][kw][C][K]}
     */
    public static ErrorExplainer onePixel(double[][][][] kernel) {
        int kh = kernel.length;
        int kw = kernel[0].length;
        return new ErrorExplainer(slip -> Map.of("matrix", switch (slip.is(WRONG_TAP) ? slip.form() : -1) {
            case 0 -> kernel[0][0];
            case 1 -> kernel[kh / 2][kw / 2];
            case 2 -> kernel[kh - 1][kw - 1];
            case 3 -> Arrays.stream(kernel).flatMap(Arrays::stream).reduce((a, b) -> (double[][]) sum(a, b))
                    .orElseThrow();
            default -> kernel[(kh - 1) / 2][(kw - 1) / 2];
        }), WRONG_TAP);
    }

    /**
     * The matrix that does on flattened images what a convolution with padding "same" does, gates outermost in its
     * columns. Result: {@code matrix [H W C][4 H W F]}.
     *
     * @param kernel {@code [kh][kw][C][4F]}
     */
    public static ErrorExplainer toeplitz(double[][][][] kernel, int H, int W) {
        int C = kernel[0][0].length;
        int F = kernel[0][0][0].length / 4;
        return new ErrorExplainer(slip -> {
            double[][] matrix = new double[H * W * C][4 * H * W * F];
            new Loops(true, slip).visit(numbered(H, W), numbered(H, W), kernel, (out, in, k) -> {
                for (int c = 0; c < C; c++) {
                    for (int channel = 0; channel < 4 * F; channel++) {
                        int column = slip.is(GATES_NOT_IN_BLOCKS)
                                ? (int) out[0] * 4 * F + channel
                                : channel / F * H * W * F + (int) out[0] * F + channel % F;
                        matrix[(int) in[0] * C + c][column] = k[c][channel];
                    }
                }
            });
            return Map.of("matrix", matrix);
        }, PADDING_SHIFTED, KERNEL_FLIPPED, KERNEL_TRANSPOSED, GRID_FLATTENED, GATES_NOT_IN_BLOCKS);
    }

    /** An image whose pixels hold their own place in the flat list. */
    private static double[][][] numbered(int H, int W) {
        double[][][] image = new double[H][W][1];
        for (int k = 0; k < H * W; k++) {
            image[k / W][k % W][0] = k;
        }
        return image;
    }

    /**
     * What counts as equal, relative to the largest number of the right result: 1e-5, or more for numbers rounded. A
     * whole gradient or matrix has to agree to 1e-13.
     */
    public ErrorExplainer tolerance(double relative) {
        tolerance = relative;
        return this;
    }

    /** The right result of that name. */
    public Object right(String name) {
        return named(name, right);
    }

    private static Object named(String name, Map<String, Object> results) {
        Object result = results.get(name);
        if (result == null) {
            throw new IllegalArgumentException("name: expected one of " + results.keySet() + ", got " + name);
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

    /** The same of {@link #convLstm}. */
    public List<ConvLstmStep> convLstmSteps() {
        if (convLstmSteps.isEmpty()) {
            throw new IllegalStateException("convLstmSteps: expected an explainer made by convLstm(...), got another");
        }
        return convLstmSteps;
    }

    /**
     * The mistake that gives exactly these numbers; empty if they are right, or wrong by rounding only, or in a way that
     * is not known. A mistake that would have shown in a result that has been right before is none.
     */
    public Optional<Mistake> mistake(String name, @Nullable Object got) {
        right(name);
        return slips(name, Nested.of(got), whole()).stream().findFirst().map(Slip::mistake);
    }

    /**
     * Returns if the result is right.
     *
     * @throws AssertionError if not; the message says where, and names the likely mistake
     */
    public void check(String name, @Nullable Object got) {
        check(name, got, whole());
    }

    private void check(String name, @Nullable Object got, UnaryOperator<Object> part) {
        Nested expected = Nested.of(part.apply(right(name)));
        Nested found = Nested.of(got);
        double accepted = name.startsWith("d") || name.equals("matrix") ? EXACT : tolerance;
        Optional<String> difference = Expect.difference(name, expected, found, accepted);
        if (difference.isPresent()) {
            throw new AssertionError(difference.get() + why(name, found, part)
                    .orElseGet(() -> gated.contains(name) && Arrays.equals(expected.shape(), found.shape())
                            ? ". Under the microscope, " + GradientMicroscope.of(name, right(name), got)
                            : ""));
        }
        passed.add(name);
    }

    /**
     * Returns if parts of a step are right.
     *
     * @param names of {@code x h_tm1 c_tm1 i f g o c h}, in the order to be checked
     * @throws AssertionError if one is not
     */
    public void checkStep(@Nullable LstmStep step, String... names) {
        checkParts(Expect.given(step, "an LstmStep, got null. Hint: return the step"), names);
    }

    /** The same of ConvLSTM2D. */
    public void checkStep(@Nullable ConvLstmStep step, String... names) {
        checkParts(Expect.given(step, "a ConvLstmStep, got null. Hint: return the step"), names);
    }

    private void checkParts(Record step, String... names) {
        for (String name : names) {
            try {
                check(name, part(step, name), ErrorExplainer::first);
            } catch (AssertionError e) {
                boolean given = GIVEN.contains(name) && !String.valueOf(e.getMessage()).contains("Hint: ");
                throw given
                        ? new AssertionError(e.getMessage() + ". Hint: " + name + " is what your code was given:"
                                + " write into arrays of your own, and hand " + name + " on as it came")
                        : e;
            }
        }
    }

    /** The same of every step of a sequence. */
    public void checkSteps(@Nullable List<LstmStep> got, String... names) {
        List<LstmStep> steps = Expect.given(got, "a list of steps, got null");
        steps.forEach(step -> Expect.given(step, "a list of steps, got null"));
        int T = ((Object[]) right("h")).length;
        Expect.that(steps.size() == T, "expected " + T + " steps, one for each input, got " + steps.size());
        for (String name : names) {
            check(name, steps.stream().map(s -> part(s, name)).toArray(Object[]::new));
        }
    }

    /**
     * Returns if a number computed on paper is right. The message does not say what it should have been.
     *
     * @param index where the number stands in the result
     * @throws AssertionError if it is not
     */
    public void checkOnPaper(String name, double got, int... index) {
        double expected = (Double) at(right(name), index);
        double off = Math.abs(got - expected);
        if (off <= tolerance * Math.max(Math.abs(expected), 0.05)) {
            passed.add(name);
            return;
        }
        String start = name + ": " + String.format(Locale.ROOT, "%.6g", got) + " is not right";
        if (off <= 0.0051) {
            throw new AssertionError(start + ", but near. Hint: keep more decimals on the way, round at the end");
        }
        throw new AssertionError(start + why(name, Nested.of(got), result -> at(result, index)).orElse(""));
    }

    private static Object at(Object array, int... index) {
        Object at = array;
        for (int k : index) {
            at = java.lang.reflect.Array.get(at, k);
        }
        return at;
    }

    private static UnaryOperator<Object> whole() {
        return result -> result;
    }

    private static Object first(Object steps) {
        return ((Object[]) steps)[0];
    }

    /** The part of a step or of a gradient that has this name: {@code x h_tm1 c_tm1 i f g o c h}. */
    static Object part(Record step, String name) {
        for (RecordComponent component : step.getClass().getRecordComponents()) {
            if (component.getName().equals(name)) {
                try {
                    return component.getAccessor().invoke(step);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(name + " of " + step, e);
                }
            }
        }
        throw new IllegalArgumentException("name: expected a part of " + step.getClass().getSimpleName() + ", got "
                + name);
    }

    /** What a wrong result probably comes from, as the end of a message; empty if that is not known. */
    private Optional<String> why(String name, Nested found, UnaryOperator<Object> part) {
        List<Slip> slips = slips(name, found, part);
        if (!slips.isEmpty()) {
            return Optional.of(". Likely: " + slips.stream().map(Slip::text).collect(Collectors.joining(", or "))
                    + ". Hint: " + slips.stream().map(s -> s.mistake() == null ? "" : s.mistake().hint()).distinct()
                            .collect(Collectors.joining("; or ")));
        }
        Nested expected = Nested.of(part.apply(right(name)));
        if (found.fault().isEmpty() && Arrays.equals(expected.shape(), found.shape())
                && Expect.difference(name, expected, found, NEAR * tolerance).isEmpty()) {
            return Optional.of(". Nearly right: float leaves so small an error, or numbers that are moved a little up"
                    + " and down. Hint: compute by the equations, in double");
        }
        return right.keySet().stream().filter(other -> !other.equals(name) && found.shape().length > 0)
                .filter(other -> equal(name, Nested.of(part.apply(right(other))), found))
                .findFirst()
                .map(other -> ". Likely: this is " + other + ". Hint: compare the order in which results are returned,"
                        + " and write into no array that you were given");
    }

    private static final double NEAR = 10;
    /** What a step returns as it came. */
    private static final Set<String> GIVEN = Set.of("x", "h_tm1", "c_tm1");

    /**
     * The mistakes, two at most, that give these numbers; none for an error of rounding, and none that contradicts what
     * has passed.
     */
    private List<Slip> slips(String name, Nested found, UnaryOperator<Object> part) {
        Nested expected = Nested.of(part.apply(right(name)));
        if (Expect.difference(name, expected, found, NEAR * tolerance).isEmpty()) {
            return List.of();
        }
        if (wrong.isEmpty()) {
            possible.forEach(m -> Slip.formsOf(m).forEach(slip -> wrong.put(slip, compute.apply(slip))));
        }
        List<Slip> fitting = new ArrayList<>();
        wrong.forEach((slip, results) -> {
            Nested got = Nested.of(part.apply(named(name, results)));
            boolean known = fitting.stream().anyMatch(s -> s.mistake() == slip.mistake());
            boolean onPaper = expected.shape().length == 0 && slip.mistake() != null && slip.mistake().isOfLoops();
            if (!known && !onPaper && fitting.size() < 2 && equal(name, got, found)
                    && !equal(name, got, expected, NEAR * tolerance)
                    && (slip.inOneResult() && name.startsWith("d") || passed.stream().filter(p -> !p.equals(name))
                            .allMatch(p -> equal(p, Nested.of(right(p)), Nested.of(results.get(p)))))) {
                fitting.add(slip);
            }
        });
        return fitting;
    }

    /** One number fits many things by chance: it has to fit closely. */
    private boolean equal(String name, Nested a, Nested b) {
        return equal(name, a, b, b.shape().length == 0 ? tolerance / 10 : tolerance);
    }

    private static boolean equal(String name, Nested a, Nested b, double tolerance) {
        return Expect.difference(name, a, b, tolerance).isEmpty();
    }

    /** The sum of two arrays of arrays of one shape. */
    private static Object sum(Object a, Object b) {
        if (a instanceof double[] x && b instanceof double[] y) {
            double[] sum = x.clone();
            Arrays.setAll(sum, k -> x[k] + y[k]);
            return sum;
        }
        Object[] sum = ((Object[]) a).clone();
        Object[] other = (Object[]) b;
        Arrays.setAll(sum, k -> sum(sum[k], other[k]));
        return sum;
    }

    private static Map<String, Object> forward(List<Recurrence.Step> steps) {
        Map<String, Object> results = new LinkedHashMap<>();
        for (RecordComponent component : Recurrence.Step.class.getRecordComponents()) {
            String name = component.getName();
            results.put(name, steps.stream().map(s -> part(s, name)).toArray(double[][][][]::new));
        }
        return results;
    }

    private static Map<String, Object> gradient(Recurrence.Gradient g) {
        return new LinkedHashMap<>(Map.of("dx", g.dx(), "dh_tm1", g.dh0(), "dc_tm1", g.dc0(), "dKernel", g.dKernel(),
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
