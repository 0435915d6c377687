package convlstm.course;

import java.util.Arrays;
import java.util.Random;

/**
 * Assignment 2's pixels of a convolution to compute on paper: an image {@code [3][4][1]} without zeros, a kernel
 * {@code [2][2][1][1]} of four numbers of different sizes, and a bias.
 */
public record PaperPixel(double[][][] x, double[][][][] kernel, double[] bias) {
    /** So drawn that a kernel which is flipped or transposed gives another pixel (1, 2). */
    public static PaperPixel of(Variant variant) {
        Random random = new Random(variant.seed("pixels"));
        double[][][] x = new double[3][4][1];
        double[][][][] kernel = new double[2][2][1][1];
        do {
            for (int k = 0; k < 12; k++) {
                x[k / 4][k % 4][0] = (1 + random.nextInt(3)) * (random.nextBoolean() ? 1 : -1);
            }
            for (int k = 0; k < 4; k++) {
                kernel[k / 2][k % 2][0][0] = (1 + random.nextInt(4)) * (k % 3 == 0 ? 1 : -1);
            }
        } while (!tells(x, kernel));
        return new PaperPixel(x, kernel, new double[] {1 + random.nextInt(5)});
    }

    private static boolean tells(double[][][] x, double[][][][] kernel) {
        double main = (x[1][2][0] - x[2][3][0]) * (kernel[0][0][0][0] - kernel[1][1][0][0]);
        double other = (x[1][3][0] - x[2][2][0]) * (kernel[0][1][0][0] - kernel[1][0][0][0]);
        return other != 0 && main + other != 0
                && Arrays.stream(Nested.of(kernel).values()).map(Math::abs).distinct().count() == 4;
    }
}
