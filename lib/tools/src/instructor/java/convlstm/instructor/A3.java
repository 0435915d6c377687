package convlstm.instructor;

import convlstm.course.Checks;
import convlstm.course.ConvLstmGradient;
import convlstm.course.ConvLstmStep;
import convlstm.course.Copies;
import convlstm.course.ErrorExplainer;
import convlstm.course.FollowThrough;
import convlstm.course.KitLayers;
import convlstm.course.Variant;
import java.util.function.Function;
import java.util.function.Supplier;

/** Hidden checks of assignment 3: other sizes, images and kernels that are not square, kernels of even size. */
public final class A3 {
    private A3() {}

    /** The student's way back through the gates, to da and dc_tm1. */
    public interface GatesBackward {
        double[][][][] of(ConvLstmStep s, double[][][] dh, double[][][] dc_next);
    }

    /** The student's way back through the two convolutions. */
    public interface ConvBackward {
        ConvLstmGradient of(ConvLstmStep s, double[][][] da, double[][][][] kernel, double[][][][] recurrentKernel);
    }

    /** The student's LSTM for each pixel. */
    public interface OneTap {
        double[][][][] of(double[][][][] xs, double[][] kernel, double[][] recurrentKernel, double[] bias);
    }

    /** The student's matrix of a convolution. */
    public interface Toeplitz {
        double[][] of(double[][][][] kernel, int H, int W);
    }

    /** Two checks, of 1.5 points together. */
    public static void step(Checks checks, String student, FollowThrough.ConvStep step) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("other sizes: the gates", 0.5, () -> step(variant, step, "i", "f", "g", "o"));
        checks.check("other sizes: the state, and what was given", 1,
                () -> step(variant, step, "c", "h", "x", "h_tm1", "c_tm1"));
    }

    private static void step(Variant variant, FollowThrough.ConvStep step, String... names) {
        double[][][] x = variant.array("x", 5, 3, 1);
        double[][][] h_tm1 = variant.array("h", 5, 3, 2);
        double[][][] c_tm1 = variant.array("c", 5, 3, 2);
        double[][][][] kernel = variant.array("kernel", 5, 3, 1, 8);
        double[][][][] recurrentKernel = variant.array("recurrent", 3, 5, 2, 8);
        double[] bias = variant.array("bias", 8);
        ErrorExplainer.convLstm(new double[][][][] {x}, h_tm1, c_tm1, kernel, recurrentKernel, bias)
                .checkStep(step.of(Copies.of(x), Copies.of(h_tm1), Copies.of(c_tm1), Copies.of(kernel),
                        Copies.of(recurrentKernel), bias.clone()), names);
    }

    /** One check of one point. */
    public static void convLstm(Checks checks, String student, FollowThrough.ConvLstm convLstm,
            FollowThrough.ConvStep step) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("a longer sequence", 1, () -> FollowThrough.convLstm(variant.array("xs", 7, 3, 4, 1),
                variant.array("k", 3, 3, 1, 12), variant.array("r", 3, 3, 3, 12), variant.array("b", 12), convLstm,
                step));
    }

    /** One step at sizes of its own, and the gradient of a loss through it. */
    private record Example(ConvLstmStep step, ErrorExplainer right, double[][][][] kernel,
            double[][][][] recurrentKernel, double[][][] dh, double[][][] dc_next) {
        static Example of(Variant variant) {
            double[][][] x = variant.array("back x", 4, 3, 1);
            double[][][] h_tm1 = variant.array("back h", 4, 3, 2);
            double[][][] c_tm1 = variant.array("back c", 4, 3, 2);
            double[][][][] kernel = variant.array("back kernel", 5, 3, 1, 8);
            double[][][][] recurrentKernel = variant.array("back recurrent", 2, 4, 2, 8);
            double[] bias = variant.array("back bias", 8);
            double[][][] dh = variant.array("back dh", 4, 3, 2);
            double[][][] dc_next = variant.array("back dc", 4, 3, 2);
            ConvLstmStep step = ErrorExplainer.convLstm(new double[][][][] {x}, h_tm1, c_tm1, kernel, recurrentKernel,
                    bias).convLstmSteps().getFirst();
            return new Example(step, ErrorExplainer.convLstmGradient(x, h_tm1, c_tm1, kernel, recurrentKernel, bias,
                    dh, dc_next), kernel, recurrentKernel, dh, dc_next);
        }
    }

    /** One check of one point. */
    public static void gatesBackward(Checks checks, String student, GatesBackward backward) {
        checks.check("other sizes", 1, () -> {
            Example e = Example.of(Variant.of(student, "A3 hidden"));
            double[][][][] back = backward.of(Copies.of(e.step), Copies.of(e.dh), Copies.of(e.dc_next));
            e.right.check("da", back[0]);
            e.right.check("dc_tm1", back[1]);
        });
    }

    /** Four checks of half a point each, with padding same; the first two too large for a convolution per number. */
    public static void convBackward(Checks checks, String student, A2.GradInput gradInput, A2.GradKernel gradKernel,
            ConvBackward backward) {
        Example e = Example.of(Variant.of(student, "A3 hidden"));
        double[][][] da = (double[][][]) e.right.right("da");
        Supplier<ConvLstmGradient> back = () -> backward.of(Copies.of(e.step), Copies.of(da), Copies.of(e.kernel),
                Copies.of(e.recurrentKernel));
        Supplier<ConvLstmGradient> own = () -> new ConvLstmGradient(
                gradInput.of(Copies.of(da), Copies.of(e.kernel), 4, 3, true),
                gradInput.of(Copies.of(da), Copies.of(e.recurrentKernel), 4, 3, true),
                gradKernel.of(Copies.of(e.step.x()), Copies.of(da), 5, 3, true),
                gradKernel.of(Copies.of(e.step.h_tm1()), Copies.of(da), 2, 4, true), new double[0]);
        A2.large(checks, Variant.of(student, "A3 hidden"), gradInput, true, 0.5);
        A2.large(checks, Variant.of(student, "A3 hidden"), gradKernel, true, 0.5);
        checks.check("kernels of other sizes: dx and dh_tm1", 0.5,
                () -> FollowThrough.convBackward(e.right, back.get(), own, "dx", "dh_tm1"));
        checks.check("kernels of other sizes: their gradients, and the bias'", 0.5, () -> FollowThrough
                .convBackward(e.right, back.get(), own, "dBias", "dKernel", "dRecurrentKernel"));
    }

    /** One check of half a point. */
    public static void onePixel(Checks checks, String student, Function<double[][][][], double[][]> onePixel) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("a kernel of even size", 0.5, () -> {
            double[][][][] kernel = variant.array("even", 4, 2, 2, 8);
            ErrorExplainer.onePixel(kernel).check("matrix", onePixel.apply(Copies.of(kernel)));
        });
    }

    /** One check of half a point. */
    public static void oneTap(Checks checks, String student, OneTap oneTap) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("another size", 0.5, () -> {
            double[][][][] xs = variant.array("tap xs", 3, 5, 2, 1);
            double[][] kernel = variant.array("tap W", 1, 8);
            double[][] recurrentKernel = variant.array("tap U", 2, 8);
            double[] bias = variant.array("tap bias", 8);
            ErrorExplainer.convLstm(xs, new double[][][][] {{kernel}}, new double[][][][] {{recurrentKernel}}, bias)
                    .check("h", oneTap.of(Copies.of(xs), Copies.of(kernel), Copies.of(recurrentKernel), bias.clone()));
        });
    }

    /** One check of one point. */
    public static void toeplitz(Checks checks, String student, Toeplitz toeplitz) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("kernels of other sizes", 1, () -> {
            double[][][][] xs = variant.array("toeplitz xs", 3, 4, 5, 3);
            double[][][][] kernel = variant.array("toeplitz k", 5, 2, 3, 8);
            double[][][][] recurrentKernel = variant.array("toeplitz r", 3, 5, 2, 8);
            KitLayers.toeplitz(xs, kernel, recurrentKernel, variant.array("toeplitz b", 8),
                    toeplitz.of(Copies.of(kernel), 4, 5), toeplitz.of(Copies.of(recurrentKernel), 4, 5));
        });
    }
}
