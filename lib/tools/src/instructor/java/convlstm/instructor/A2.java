package convlstm.instructor;

import convlstm.course.Checks;
import convlstm.course.Copies;
import convlstm.course.ErrorExplainer;
import convlstm.course.Variant;
import java.util.function.Function;

/** Hidden checks of assignment 2: other sizes, kernels that are not square, kernels of one tap. */
public final class A2 {
    private A2() {}

    /** The student's convolution. */
    public interface Conv2d {
        double[][][] of(double[][][] x, double[][][][] kernel, double[] bias, boolean same);
    }

    /** The student's gradient of the kernel. */
    public interface GradKernel {
        double[][][][] of(double[][][] x, double[][][] dy, int kh, int kw, boolean same);
    }

    /** The student's gradient of the input. */
    public interface GradInput {
        double[][][] of(double[][][] dy, double[][][][] kernel, int H, int W, boolean same);
    }

    /** Two checks of one point each. */
    public static void conv2d(Checks checks, String student, Conv2d conv2d) {
        Variant variant = Variant.of(student, "A2 hidden");
        checks.check("a 2x5 kernel", 1, () -> {
            double[][][] x = variant.array("x", 6, 7, 3);
            double[][][][] kernel = variant.array("kernel", 2, 5, 3, 2);
            double[] bias = variant.array("bias", 2);
            ErrorExplainer.conv2d(x, kernel, bias, true).check("y",
                    conv2d.of(Copies.of(x), Copies.of(kernel), Copies.of(bias), true));
            ErrorExplainer.conv2d(x, kernel, bias, false).check("y",
                    conv2d.of(Copies.of(x), Copies.of(kernel), Copies.of(bias), false));
        });
        checks.check("a 1x1 kernel, and an image of one pixel", 1, () -> {
            double[][][][] kernel = variant.array("one tap", 1, 1, 2, 4);
            double[] bias = variant.array("one bias", 4);
            double[][][] x = variant.array("wide", 3, 4, 2);
            double[][][] pixel = variant.array("pixel", 1, 1, 2);
            double[][][][] wide = variant.array("wide kernel", 3, 3, 2, 4);
            ErrorExplainer.conv2d(x, kernel, bias, false).check("y",
                    conv2d.of(Copies.of(x), Copies.of(kernel), Copies.of(bias), false));
            ErrorExplainer.conv2d(pixel, wide, bias, true).check("y",
                    conv2d.of(Copies.of(pixel), Copies.of(wide), Copies.of(bias), true));
        });
    }

    /** Two checks of one point each, too large for a convolution per number, and one of half a point. */
    public static void gradKernel(Checks checks, String student, GradKernel gradKernel,
            Function<double[][][], double[]> gradBias) {
        Variant variant = Variant.of(student, "A2 hidden");
        large(checks, variant, gradKernel, true, 1);
        large(checks, variant, gradKernel, false, 1);
        checks.check("the bias' of another size", 0.5, () -> {
            double[][][] dy = variant.array("gb dy", 4, 3, 5);
            ErrorExplainer.conv2dGradient(variant.array("gb x", 4, 3, 1), variant.array("gb k", 1, 1, 1, 5), dy, true)
                    .check("dBias", gradBias.apply(Copies.of(dy)));
        });
    }

    /** Two checks of one point each, too large for a convolution per number. */
    public static void gradInput(Checks checks, String student, GradInput gradInput) {
        Variant variant = Variant.of(student, "A2 hidden");
        large(checks, variant, gradInput, true, 1);
        large(checks, variant, gradInput, false, 1);
    }

    static void large(Checks checks, Variant variant, GradKernel gradKernel, boolean same, double points) {
        double[][][] x = variant.array("gk x", 12, 13, 40);
        double[][][] dy = variant.array("gk dy " + same, same ? 12 : 9, same ? 13 : 9, 40);
        checks.check("gradKernel, a 4x5 kernel, " + (same ? "same" : "valid"), points,
                () -> ErrorExplainer.conv2dGradient(x, variant.array("kernel", 4, 5, 40, 40), dy, same)
                        .check("dKernel", gradKernel.of(Copies.of(x), Copies.of(dy), 4, 5, same)));
    }

    static void large(Checks checks, Variant variant, GradInput gradInput, boolean same, double points) {
        double[][][][] kernel = variant.array("gi kernel", 4, 5, 40, 8);
        double[][][] dy = variant.array("gi dy " + same, same ? 24 : 21, same ? 25 : 21, 8);
        checks.check("gradInput, a 4x5 kernel, " + (same ? "same" : "valid"), points,
                () -> ErrorExplainer.conv2dGradient(variant.array("gi x", 24, 25, 40), kernel, dy, same)
                        .check("dx", gradInput.of(Copies.of(dy), Copies.of(kernel), 24, 25, same)));
    }
}
