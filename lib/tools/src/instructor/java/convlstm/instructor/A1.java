package convlstm.instructor;

import convlstm.course.Checks;
import convlstm.course.Copies;
import convlstm.course.ErrorExplainer;
import convlstm.course.Expect;
import convlstm.course.FollowThrough;
import convlstm.course.LstmGradient;
import convlstm.course.LstmStep;
import convlstm.course.LstmWeights;
import convlstm.course.Variant;

/** Hidden checks of assignment 1: the same questions at other sizes, from states that are not zero. */
public final class A1 {
    private A1() {}

    /** Two checks of one point each. */
    public static void step(Checks checks, String student, FollowThrough.Step step) {
        Variant variant = Variant.of(student, "A1 hidden");
        checks.check("other sizes, from states that are not zero", 1, () -> one(variant, 5, 3, step));
        checks.check("one unit, one input", 1, () -> one(variant, 1, 1, step));
    }

    private static void one(Variant variant, int D, int U, FollowThrough.Step step) {
        LstmWeights w = LstmWeights.of(variant, "step " + D, D, U);
        LstmWeights given = Copies.of(w);
        double[] x = variant.array("x " + D, D);
        double[] h_tm1 = variant.array("h " + D, U);
        double[] c_tm1 = variant.array("c " + D, U);
        LstmStep s = step.of(x.clone(), h_tm1.clone(), c_tm1.clone(), given);
        ErrorExplainer.lstm(w, new double[][] {x}, h_tm1, c_tm1)
                .checkStep(s, "i", "f", "g", "o", "c", "h", "x", "h_tm1", "c_tm1");
        Expect.unchanged("w.bias()", w.bias(), given.bias());
    }

    /** One check of one point. */
    public static void forward(Checks checks, String student, FollowThrough.Forward forward, FollowThrough.Step step) {
        Variant variant = Variant.of(student, "A1 hidden");
        checks.check("a longer sequence", 1, () -> FollowThrough.forward(variant.array("xs", 9, 2),
                LstmWeights.of(variant, "forward", 2, 4), forward, step));
    }

    /** Two checks of one point each. */
    public static void stepBackward(Checks checks, String student, FollowThrough.StepBackward backward) {
        Variant variant = Variant.of(student, "A1 hidden");
        int D = 4;
        int U = 3;
        LstmWeights w = LstmWeights.of(variant, "backward", D, U);
        double[][] xs = {variant.array("x", D)};
        double[] h_tm1 = variant.array("h", U);
        double[] c_tm1 = variant.array("c", U);
        double[] dh = variant.array("dh", U);
        double[] dc = variant.array("dc", U);
        LstmWeights start = LstmWeights.of(variant, "start", D, U);
        LstmStep s = ErrorExplainer.lstm(w, xs, h_tm1, c_tm1).lstmSteps().getFirst();
        ErrorExplainer right = ErrorExplainer.lstmGradient(w, xs, h_tm1, c_tm1, new double[][] {dh}, dc, start);
        checks.check("other sizes: what is handed on", 1, () -> {
            LstmGradient g = backward.of(Copies.of(s), dh.clone(), dc.clone(), Copies.of(w), LstmWeights.zeros(D, U));
            right.check("dc_tm1", g.dc_tm1());
            right.check("dh_tm1", g.dh_tm1());
            right.check("dx", new double[][] {g.dx()});
        });
        checks.check("other sizes: the gradients of the weights, added to what is there", 1,
                () -> FollowThrough.afterTheGates(right, s, w, start, backward, dh, dc, "dKernel",
                        "dRecurrentKernel"));
    }

    /** Two checks of one point each. */
    public static void backward(Checks checks, String student, FollowThrough.Backward backward,
            FollowThrough.StepBackward step) {
        Variant variant = Variant.of(student, "A1 hidden");
        LstmWeights w = LstmWeights.of(variant, "through time", 3, 4);
        double[][] xs = variant.array("xs through time", 7, 3);
        double[][] dhs = variant.array("dhs", 7, 4);
        checks.check("a longer sequence: the gradients of the weights", 1, () -> FollowThrough.backward(xs, dhs, w,
                backward, step, "dBias", "dKernel", "dRecurrentKernel"));
        checks.check("a longer sequence: the gradient of every input", 1,
                () -> FollowThrough.backward(xs, dhs, w, backward, step, "dx"));
    }
}
