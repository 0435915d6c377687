package convlstm.instructor;

import convlstm.course.Checks;
import convlstm.course.ErrorExplainer;
import convlstm.course.LstmGradient;
import convlstm.course.LstmStep;
import convlstm.course.LstmWeights;
import convlstm.course.Variant;
import java.util.Arrays;
import java.util.List;

/** Hidden checks of assignment 1: the same questions at other sizes, from states that are not zero. */
public final class A1 {
    private A1() {}

    /** The student's step. */
    public interface Step {
        LstmStep of(double[] x, double[] h_tm1, double[] c_tm1, LstmWeights w);
    }

    /** The student's loop over time. */
    public interface Forward {
        List<LstmStep> of(double[][] xs, LstmWeights w);
    }

    /** The student's backward pass of one step. */
    public interface StepBackward {
        LstmGradient of(LstmStep s, double[] dh, double[] dc_next, LstmWeights w, LstmWeights gradient);
    }

    /** The student's backward pass of a sequence. */
    public interface Backward {
        double[][] of(List<LstmStep> steps, double[][] dhs, LstmWeights w, LstmWeights gradient);
    }

    /** Two checks of one point each. */
    public static void step(Checks checks, String student, Step step) {
        Variant variant = Variant.of(student, "A1 hidden");
        checks.check("other sizes, from states that are not zero", 1, () -> one(variant, 5, 3, step));
        checks.check("one unit, one input", 1, () -> one(variant, 1, 1, step));
    }

    private static void one(Variant variant, int D, int U, Step step) {
        LstmWeights w = LstmWeights.of(variant, "step " + D, D, U);
        double[] x = variant.array("x " + D, D);
        double[] h_tm1 = variant.array("h " + D, U);
        double[] c_tm1 = variant.array("c " + D, U);
        LstmStep s = step.of(x, h_tm1.clone(), c_tm1.clone(), w);
        ErrorExplainer right = ErrorExplainer.lstm(w, new double[][] {x}, h_tm1, c_tm1);
        right.check("c", new double[][] {s.c()});
        right.check("h", new double[][] {s.h()});
    }

    /** One check of one point. */
    public static void forward(Checks checks, String student, Forward forward) {
        Variant variant = Variant.of(student, "A1 hidden");
        checks.check("a longer sequence", 1, () -> {
            LstmWeights w = LstmWeights.of(variant, "forward", 2, 4);
            double[][] xs = variant.array("xs", 9, 2);
            ErrorExplainer.lstm(w, xs).check("h",
                    forward.of(xs, w).stream().map(LstmStep::h).toArray(double[][]::new));
        });
    }

    /** Two checks of one point each. */
    public static void stepBackward(Checks checks, String student, StepBackward backward) {
        Variant variant = Variant.of(student, "A1 hidden");
        LstmWeights w = LstmWeights.of(variant, "backward", 4, 2);
        double[][] xs = {variant.array("x", 4)};
        double[] h_tm1 = variant.array("h", 2);
        double[] c_tm1 = variant.array("c", 2);
        double[] dh = variant.array("dh", 2);
        double[] dc = variant.array("dc", 2);
        LstmStep s = ErrorExplainer.lstm(w, xs, h_tm1, c_tm1).lstmSteps().getFirst();
        ErrorExplainer right = ErrorExplainer.lstmGradient(w, xs, h_tm1, c_tm1, new double[][] {dh}, dc);
        checks.check("other sizes: what is handed on", 1, () -> {
            LstmGradient g = backward.of(s, dh.clone(), dc.clone(), w, LstmWeights.zeros(4, 2));
            right.check("dx", new double[][] {g.dx()});
            right.check("dh0", g.dh_tm1());
            right.check("dc0", g.dc_tm1());
        });
        checks.check("gradients are added to what is there", 1, () -> {
            LstmWeights gradient = LstmWeights.zeros(4, 2);
            Arrays.fill(gradient.bias(), 1);
            backward.of(s, dh.clone(), dc.clone(), w, gradient);
            double[] added = Arrays.stream(gradient.bias()).map(b -> b - 1).toArray();
            right.check("dBias", added);
            right.check("dKernel", gradient.kernel());
        });
    }

    /** One check of two points. */
    public static void backward(Checks checks, String student, Backward backward) {
        Variant variant = Variant.of(student, "A1 hidden");
        checks.check("a longer sequence", 2, () -> {
            LstmWeights w = LstmWeights.of(variant, "through time", 3, 4);
            double[][] xs = variant.array("xs through time", 7, 3);
            double[][] dhs = variant.array("dhs", 7, 4);
            LstmWeights gradient = LstmWeights.zeros(3, 4);
            double[][] dx = backward.of(ErrorExplainer.lstm(w, xs).lstmSteps(), dhs, w, gradient);
            ErrorExplainer right = ErrorExplainer.lstmGradient(w, xs, dhs);
            right.check("dRecurrentKernel", gradient.recurrentKernel());
            right.check("dBias", gradient.bias());
            right.check("dx", dx);
        });
    }
}
