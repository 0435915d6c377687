package convlstm.course;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks of methods that call a method of an earlier question. A loop that is right counts, whatever the step does that
 * it calls: it is compared with the right result, and then with the same loop around the student's own step.
 */
public final class FollowThrough {
    /** Both sides are the student's own code, once in single precision perhaps. */
    private static final double SAME = 1e-5;

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
        ErrorExplainer right = ErrorExplainer.lstm(w, xs);
        followed("step", () -> right.checkSteps(got, "h_tm1", "c_tm1", "h", "c", "i", "f", "g", "o", "x"),
                () -> {
                    double[][] own = states(run(xs, w, step, true, true));
                    return same(own, states(got)) && !same(own, states(run(xs, w, step, true, false)))
                            && !same(own, states(run(xs, w, step, false, true)));
                });
    }

    private static List<LstmStep> run(double[][] xs, LstmWeights w, Step step, boolean handH, boolean handC) {
        List<LstmStep> steps = new ArrayList<>();
        double[] h = new double[w.units()];
        double[] c = h.clone();
        for (double[] x : xs) {
            LstmStep s = step.of(x.clone(), h.clone(), c.clone(), Copies.of(w));
            steps.add(s);
            h = handH ? s.h() : h;
            c = handC ? s.c() : c;
        }
        return steps;
    }

    private static double[][] states(List<LstmStep> steps) {
        return steps.stream().flatMap(s -> List.of(s.h(), s.c()).stream()).toArray(double[][]::new);
    }

    /**
     * Parts of the backward pass of a step that come after the gradient of z, which is what was added to the bias: right
     * from a right one, or from the student's own.
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
        for (String name : names) {
            Object got = switch (name) {
                case "dx" -> new double[][] {g.dx()};
                case "dh_tm1" -> g.dh_tm1();
                case "dKernel" -> after.kernel();
                default -> after.recurrentKernel();
            };
            followed("the gradient of z", () -> right.check(name, got),
                    () -> Arrays.stream(dz).anyMatch(v -> v != 0) && same(switch (name) {
                        case "dx" -> new double[][] {times(dz, w.kernel())};
                        case "dh_tm1" -> times(dz, w.recurrentKernel());
                        case "dKernel" -> plus(before.kernel(), s.x(), dz);
                        default -> plus(before.recurrentKernel(), s.h_tm1(), dz);
                    }, got));
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
        followed("stepBackward", () -> {
            for (String name : names) {
                right.check(name, switch (name) {
                    case "dBias" -> gradient.bias();
                    case "dKernel" -> gradient.kernel();
                    case "dRecurrentKernel" -> gradient.recurrentKernel();
                    default -> dx;
                });
            }
        }, () -> {
            double[][] own = run(steps, dhs, w, step, true, true);
            double[][] got = all(dx, gradient);
            return same(own, got) && !same(own, run(steps, dhs, w, step, true, false))
                    && !same(own, run(steps, dhs, w, step, false, true));
        });
    }

    private static double[][] run(List<LstmStep> steps, double[][] dhs, LstmWeights w, StepBackward step,
            boolean handH, boolean handC) {
        int U = w.units();
        LstmWeights gradient = LstmWeights.zeros(w.inputs(), U);
        double[][] dx = new double[steps.size()][];
        double[] dh_next = new double[U];
        double[] dc_next = new double[U];
        for (int t = steps.size() - 1; t >= 0; t--) {
            double[] dh = dhs[t].clone();
            for (int u = 0; u < U; u++) {
                dh[u] += dh_next[u];
            }
            LstmGradient g = step.of(Copies.of(steps.get(t)), dh, dc_next.clone(), Copies.of(w), gradient);
            dx[t] = g.dx();
            dh_next = handH ? g.dh_tm1() : dh_next;
            dc_next = handC ? g.dc_tm1() : dc_next;
        }
        return all(dx, gradient);
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
        double[][][][] got = convLstm.of(Copies.of(xs), Copies.of(kernel), Copies.of(recurrentKernel), bias.clone());
        ErrorExplainer right = ErrorExplainer.convLstm(xs, kernel, recurrentKernel, bias);
        followed("step", () -> right.check("h", got), () -> {
            double[][][][] own = run(xs, kernel, recurrentKernel, bias, step, true, true);
            return same(own, got) && !same(own, run(xs, kernel, recurrentKernel, bias, step, true, false))
                    && !same(own, run(xs, kernel, recurrentKernel, bias, step, false, true));
        });
    }

    private static double[][][][] run(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel,
            double[] bias, ConvStep step, boolean handH, boolean handC) {
        double[][][] h = new double[xs[0].length][xs[0][0].length][bias.length / 4];
        double[][][] c = Copies.of(h);
        double[][][][] hs = new double[xs.length][][][];
        for (int t = 0; t < xs.length; t++) {
            ConvLstmStep s = step.of(Copies.of(xs[t]), Copies.of(h), Copies.of(c), Copies.of(kernel),
                    Copies.of(recurrentKernel), bias.clone());
            hs[t] = s.h();
            h = handH ? s.h() : h;
            c = handC ? s.c() : c;
        }
        return hs;
    }

    private interface Own {
        boolean agrees();
    }

    private static void followed(String method, Runnable right, Own own) {
        try {
            right.run();
        } catch (AssertionError wrong) {
            boolean follows;
            try {
                follows = own.agrees();
            } catch (RuntimeException e) {
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

    private static boolean same(Object a, Object b) {
        return Expect.difference("", Nested.of(a), Nested.of(b), SAME).isEmpty();
    }
}
