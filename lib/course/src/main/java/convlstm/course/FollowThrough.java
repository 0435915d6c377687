package convlstm.course;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks of methods that call a method of an earlier question. A loop that is right counts, whatever the step does that
 * it calls: it is compared with the right result, and then with the same loop around the student's own step.
 */
public final class FollowThrough {
    /** A student's step of an LSTM. */
    public interface Step {
        LstmStep of(double[] x, double[] h_tm1, double[] c_tm1, LstmWeights w);
    }

    /** A student's loop over time. */
    public interface Forward {
        List<LstmStep> of(double[][] xs, LstmWeights w);
    }

    /** A student's backward pass of one step. */
    public interface StepBackward {
        LstmGradient of(LstmStep s, double[] dh, double[] dc_next, LstmWeights w, LstmWeights gradient);
    }

    /** A student's backward pass of a sequence. */
    public interface Backward {
        double[][] of(List<LstmStep> steps, double[][] dhs, LstmWeights w, LstmWeights gradient);
    }

    /** A student's step of ConvLSTM2D. */
    public interface ConvStep {
        ConvLstmStep of(double[][][] x, double[][][] h_tm1, double[][][] c_tm1, double[][][][] kernel,
                double[][][][] recurrentKernel, double[] bias);
    }

    /** A student's ConvLSTM2D. */
    public interface ConvLstm {
        double[][][][] of(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel, double[] bias);
    }

    private FollowThrough() {}

    /**
     * A loop over time, from states of zero.
     *
     * @throws AssertionError if it is wrong even with the step that it calls
     */
    public static void forward(double[][] xs, LstmWeights w, Forward forward, Step step) {
        needs("step", () -> step.of(xs[0].clone(), new double[w.units()], new double[w.units()], Copies.of(w)));
        List<LstmStep> got = forward.of(Copies.of(xs), Copies.of(w));
        Nested states = now(() -> states(got));
        ErrorExplainer right = ErrorExplainer.lstm(w, xs);
        followed("step", () -> right.checkSteps(got, "h_tm1", "c_tm1", "h", "c", "i", "f", "g", "o", "x"),
                () -> handsOn(states, (h, c) -> states(run(xs, w, step, h, c))));
    }

    private static List<LstmStep> run(double[][] xs, LstmWeights w, Step step, boolean handH, boolean handC) {
        List<LstmStep> steps = new ArrayList<>();
        double[] h = new double[w.units()];
        double[] c = h.clone();
        Repeats repeats = new Repeats();
        for (double[] x : xs) {
            double[] h_tm1 = h.clone();
            double[] c_tm1 = c.clone();
            LstmStep s = Copies.of(step.of(x.clone(), h.clone(), c.clone(), Copies.of(w)));
            repeats.add(states(List.of(s)),
                    () -> states(List.of(step.of(x.clone(), h_tm1.clone(), c_tm1.clone(), Copies.of(w)))));
            steps.add(s);
            h = handH ? s.h() : h;
            c = handC ? s.c() : c;
        }
        repeats.check();
        return steps;
    }

    /** A student's step that says one thing of the same numbers now and another later is no step to follow. */
    private static final class Repeats {
        private final List<Runnable> calls = new ArrayList<>();

        void add(Object result, Supplier<Object> again) {
            Nested before = Nested.of(result);
            calls.add(() -> Expect.that(same(again.get(), before),
                    "the step that it calls gives other numbers each time"));
        }

        /** In an order that nobody can know. */
        void check() {
            Collections.shuffle(calls, new SecureRandom());
            calls.forEach(Runnable::run);
        }
    }

    private static double[][] states(List<LstmStep> steps) {
        return steps.stream().flatMap(s -> List.of(s.h(), s.c()).stream()).toArray(double[][]::new);
    }

    /**
     * Parts of the backward pass of a step that come after da, which is what was added to the bias: right from a right
     * one, or from the student's own.
     *
     * @param right made with {@code before}
     * @param before the weights' gradients before
     * @param names of {@code dx dh_tm1 dKernel dRecurrentKernel}
     * @throws AssertionError if one is wrong
     */
    public static void afterTheGates(ErrorExplainer right, LstmStep s, LstmWeights w, LstmWeights before,
            StepBackward backward, double[] dh, double[] dc_next, String... names) {
        LstmWeights after = Copies.of(before);
        LstmGradient g = backward.of(Copies.of(s), dh.clone(), dc_next.clone(), Copies.of(w), after);
        Expect.that(g != null, "expected an LstmGradient, got null");
        double[] dz = after.bias().clone();
        Arrays.setAll(dz, k -> dz[k] - before.bias()[k]);
        boolean any = Arrays.stream(dz).anyMatch(v -> v != 0);
        Map<String, Object> got = Map.of("dx", new double[][] {g.dx()}, "dh_tm1", g.dh_tm1(), "dKernel", after.kernel(),
                "dRecurrentKernel", after.recurrentKernel());
        Map<String, Object> own = Map.of("dx", new double[][] {times(dz, w.kernel())}, "dh_tm1",
                times(dz, w.recurrentKernel()), "dKernel", plus(before.kernel(), s.x(), dz), "dRecurrentKernel",
                plus(before.recurrentKernel(), s.h_tm1(), dz));
        for (String name : names) {
            followed("da", () -> right.check(name, got.get(name)),
                    () -> any && same(own.get(name), Nested.of(got.get(name))));
        }
    }

    /**
     * Parts of the way back of a ConvLSTM2D through its two convolutions: right, or what the student's own gradients of
     * a convolution give.
     *
     * @param own is asked for only if a part is wrong
     * @param names of {@code dx dh_tm1 dKernel dRecurrentKernel dBias}
     * @throws AssertionError if one is wrong
     */
    public static void convBackward(ErrorExplainer right, ConvLstmGradient got, Supplier<ConvLstmGradient> own,
            String... names) {
        for (String name : names) {
            Object part = ErrorExplainer.part(got, name);
            followed("gradInput or gradKernel", () -> right.check(name, part), () -> {
                Nested follows = Nested.of(ErrorExplainer.part(own.get(), name));
                return Arrays.stream(follows.values()).anyMatch(v -> v != 0) && same(part, follows);
            });
        }
    }

    private static double[] times(double[] dz, double[][] kernel) {
        double[] product = new double[kernel.length];
        for (int d = 0; d < product.length; d++) {
            for (int k = 0; k < dz.length; k++) {
                product[d] += dz[k] * kernel[d][k];
            }
        }
        return product;
    }

    private static double[][] plus(double[][] before, double[] x, double[] dz) {
        double[][] sum = Copies.of(before);
        for (int d = 0; d < x.length; d++) {
            for (int k = 0; k < dz.length; k++) {
                sum[d][k] += x[d] * dz[k];
            }
        }
        return sum;
    }

    /**
     * A backward pass through time, of a loss of every output.
     *
     * @param names what is compared: {@code dBias dKernel dRecurrentKernel dx}
     * @throws AssertionError if it is wrong even with the backward pass of a step that it calls
     */
    public static void backward(double[][] xs, double[][] dhs, LstmWeights w, Backward backward, StepBackward step,
            String... names) {
        ErrorExplainer right = ErrorExplainer.lstmGradient(w, xs, dhs);
        List<LstmStep> steps = ErrorExplainer.lstm(w, xs).lstmSteps();
        int U = w.units();
        needs("stepBackward", () -> step.of(Copies.of(steps.getLast()), dhs[0].clone(), new double[U], Copies.of(w),
                LstmWeights.zeros(w.inputs(), U)));
        LstmWeights gradient = LstmWeights.zeros(w.inputs(), U);
        double[][] dx = backward.of(Copies.of(steps), Copies.of(dhs), Copies.of(w), gradient);
        Nested got = now(() -> all(dx, gradient));
        followed("stepBackward", () -> {
            Map<String, Object> weights = Map.of("dBias", gradient.bias(), "dKernel", gradient.kernel(),
                    "dRecurrentKernel", gradient.recurrentKernel());
            Arrays.stream(names).forEach(name -> right.check(name, weights.getOrDefault(name, dx)));
        }, () -> handsOn(got, (h, c) -> run(steps, dhs, w, step, h, c)));
    }

    private static double[][] run(List<LstmStep> steps, double[][] dhs, LstmWeights w, StepBackward step,
            boolean handH, boolean handC) {
        int U = w.units();
        LstmWeights gradient = LstmWeights.zeros(w.inputs(), U);
        double[][] dx = new double[steps.size()][];
        double[] dh_next = new double[U];
        double[] dc_next = new double[U];
        Repeats repeats = new Repeats();
        for (int t = steps.size() - 1; t >= 0; t--) {
            double[] dh = dhs[t].clone();
            for (int u = 0; u < U; u++) {
                dh[u] += dh_next[u];
            }
            LstmStep s = steps.get(t);
            double[] dc = dc_next.clone();
            LstmGradient g = step.of(Copies.of(s), dh.clone(), dc.clone(), Copies.of(w), gradient);
            double[][] back = Copies.of(new double[][] {g.dx(), g.dh_tm1(), g.dc_tm1()});
            repeats.add(back, () -> {
                LstmGradient again = step.of(Copies.of(s), dh.clone(), dc.clone(), Copies.of(w),
                        LstmWeights.zeros(w.inputs(), U));
                return new double[][] {again.dx(), again.dh_tm1(), again.dc_tm1()};
            });
            dx[t] = back[0];
            dh_next = handH ? back[1] : dh_next;
            dc_next = handC ? back[2] : dc_next;
        }
        double[][] all = Copies.of(all(dx, gradient));
        repeats.check();
        return all;
    }

    private static double[][] all(double[][] dx, LstmWeights gradient) {
        List<double[]> rows = new ArrayList<>(List.of(gradient.bias()));
        rows.addAll(List.of(gradient.kernel()));
        rows.addAll(List.of(gradient.recurrentKernel()));
        rows.addAll(Arrays.asList(dx));
        return rows.toArray(double[][]::new);
    }

    /**
     * ConvLSTM2D over a sequence, from states of zero.
     *
     * @throws AssertionError if it is wrong even with the step that it calls
     */
    public static void convLstm(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel, double[] bias,
            ConvLstm convLstm, ConvStep step) {
        double[][][] zero = new double[xs[0].length][xs[0][0].length][bias.length / 4];
        needs("step", () -> step.of(Copies.of(xs[0]), Copies.of(zero), Copies.of(zero), Copies.of(kernel),
                Copies.of(recurrentKernel), bias.clone()));
        double[][][][] returned = convLstm.of(Copies.of(xs), Copies.of(kernel), Copies.of(recurrentKernel),
                bias.clone());
        Nested got = now(() -> returned);
        ErrorExplainer right = ErrorExplainer.convLstm(xs, kernel, recurrentKernel, bias);
        followed("step", () -> right.check("h", returned),
                () -> handsOn(got, (h, c) -> run(xs, kernel, recurrentKernel, bias, step, h, c)));
    }

    private static double[][][][] run(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel,
            double[] bias, ConvStep step, boolean handH, boolean handC) {
        double[][][] h = new double[xs[0].length][xs[0][0].length][bias.length / 4];
        double[][][] c = Copies.of(h);
        List<double[][][]> hs = new ArrayList<>();
        Repeats repeats = new Repeats();
        for (double[][][] x : xs) {
            double[][][] h_tm1 = h;
            double[][][] c_tm1 = c;
            Supplier<ConvLstmStep> one = () -> step.of(Copies.of(x), Copies.of(h_tm1), Copies.of(c_tm1),
                    Copies.of(kernel), Copies.of(recurrentKernel), bias.clone());
            ConvLstmStep s = Copies.of(one.get());
            repeats.add(s.h(), () -> one.get().h());
            hs.add(s.h());
            h = handH ? s.h() : h;
            c = handC ? s.c() : c;
        }
        repeats.check();
        return hs.toArray(double[][][][]::new);
    }

    private static void followed(String method, Runnable right, BooleanSupplier own) {
        try {
            right.run();
        } catch (AssertionError wrong) {
            boolean follows;
            try {
                follows = own.getAsBoolean();
            } catch (RuntimeException | AssertionError e) {
                follows = false;
            }
            if (!follows) {
                throw wrong;
            }
            System.out.println("Right, but for what it builds on: " + method + " is wrong.");
        }
    }

    private static void needs(String method, Runnable call) {
        try {
            call.run();
        } catch (UnsupportedOperationException e) {
            throw new UnsupportedOperationException(method + ", which it calls, is not answered yet. When you hand in,"
                    + " this question is also run with a right " + method, e);
        } catch (RuntimeException | StackOverflowError e) {
            // what it throws, the method under test throws, too: there it is reported
        }
    }

    /** Whether a loop that hands both h and c on gives what the student's gave, and one that hands on only one does not. */
    private static boolean handsOn(Nested got, BiFunction<Boolean, Boolean, Object> loop) {
        return same(loop.apply(true, true), got) && !same(loop.apply(true, false), got)
                && !same(loop.apply(false, true), got);
    }

    private static boolean same(@Nullable Object a, Nested b) {
        return Expect.difference("", Nested.of(a), b, ErrorExplainer.EXACT).isEmpty();
    }

    /** What a method returned, as it is now: nothing that is written into it while the checks call its step counts. */
    private static Nested now(Supplier<Object> returned) {
        try {
            return Nested.of(returned.get());
        } catch (RuntimeException e) {
            return new Nested(new int[0], new double[0], "expected arrays, got " + e);
        }
    }
}
