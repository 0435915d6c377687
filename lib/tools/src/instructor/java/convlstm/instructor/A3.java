package convlstm.instructor;

import convlstm.course.Checks;
import convlstm.course.ErrorExplainer;
import convlstm.course.Expect;
import convlstm.course.KitLayers;
import convlstm.course.Variant;

/** Hidden checks of assignment 3: other sizes, images that are not square, kernels of even size. */
public final class A3 {
    private A3() {}

    /** The student's step. */
    public interface Step {
        double[][][][] of(double[][][] x, double[][][] h_tm1, double[][][] c_tm1, double[][][][] kernel,
                double[][][][] recurrentKernel, double[] bias);
    }

    /** The student's loop over time. */
    public interface ConvLstm {
        double[][][][] of(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel, double[] bias);
    }

    /** The student's matrix of a kernel on one pixel. */
    public interface OnePixel {
        double[][] of(double[][][][] kernel);
    }

    /** The student's LSTM for each pixel. */
    public interface OneTap {
        double[][][][] of(double[][][][] xs, double[][] W, double[][] U, double[] bias);
    }

    /** The student's matrix of a convolution. */
    public interface Toeplitz {
        double[][] of(double[][][][] kernel, int H, int W);
    }

    /** One check of two points. */
    public static void step(Checks checks, String student, Step step) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("other sizes", 2, () -> {
            double[][][] x = variant.array("x", 5, 3, 1);
            double[][][] h_tm1 = variant.array("h", 5, 3, 2);
            double[][][] c_tm1 = variant.array("c", 5, 3, 2);
            double[][][][] kernel = variant.array("kernel", 5, 3, 1, 8);
            double[][][][] recurrentKernel = variant.array("recurrent", 3, 5, 2, 8);
            double[] bias = variant.array("bias", 8);
            double[][][][] state = step.of(x, h_tm1, c_tm1, kernel, recurrentKernel, bias);
            ErrorExplainer right = ErrorExplainer.convLstm(new double[][][][] {x}, h_tm1, c_tm1, kernel,
                    recurrentKernel, bias);
            right.check("c", new double[][][][] {state[1]});
            right.check("h", new double[][][][] {state[0]});
        });
    }

    /** One check of one point. */
    public static void convLstm(Checks checks, String student, ConvLstm convLstm) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("a longer sequence", 1, () -> {
            double[][][][] xs = variant.array("xs", 7, 3, 4, 1);
            double[][][][] kernel = variant.array("k", 3, 3, 1, 12);
            double[][][][] recurrentKernel = variant.array("r", 3, 3, 3, 12);
            double[] bias = variant.array("b", 12);
            ErrorExplainer.convLstm(xs, kernel, recurrentKernel, bias)
                    .check("h", convLstm.of(xs, kernel, recurrentKernel, bias));
        });
    }

    /** One check of one point. */
    public static void onePixel(Checks checks, String student, OnePixel onePixel) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("a kernel of even size", 1, () -> {
            double[][][][] kernel = variant.array("even", 4, 2, 2, 8);
            Expect.close("matrix", kernel[1][0], onePixel.of(kernel), 1e-12);
        });
    }

    /** One check of one point. */
    public static void oneTap(Checks checks, String student, OneTap oneTap) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("another size", 1, () -> {
            double[][][][] xs = variant.array("tap xs", 3, 5, 2, 1);
            double[][] W = variant.array("tap W", 1, 8);
            double[][] U = variant.array("tap U", 2, 8);
            double[] bias = variant.array("tap bias", 8);
            ErrorExplainer.convLstm(xs, new double[][][][] {{W}}, new double[][][][] {{U}}, bias)
                    .check("h", oneTap.of(xs, W, U, bias));
        });
    }

    /** One check of one point. */
    public static void toeplitz(Checks checks, String student, Toeplitz toeplitz) {
        Variant variant = Variant.of(student, "A3 hidden");
        checks.check("another size", 1, () -> {
            double[][][][] xs = variant.array("toeplitz xs", 3, 4, 2, 3);
            double[][][][] kernel = variant.array("toeplitz k", 3, 3, 3, 4);
            double[][][][] recurrentKernel = variant.array("toeplitz r", 3, 3, 1, 4);
            KitLayers.toeplitz(xs, kernel, recurrentKernel, variant.array("toeplitz b", 4), toeplitz.of(kernel, 4, 2),
                    toeplitz.of(recurrentKernel, 4, 2));
        });
    }
}
