package convlstm.course;

import java.util.Arrays;
import java.util.Random;

/**
 * Assignment 2's pixels of a convolution to compute on paper: an image {@code [3][4][1]} without zeros, a kernel
 * {@code [2][2][1][1]} of four numbers of different sizes, and a bias.
 */
public record PaperPixel(double[][][] x, double[][][][] kernel, double[] bias) {
    /**
     * So drawn that a kernel which is flipped or transposed gives another pixel (1, 2), and zeros above and at the left
     * another pixel (2, 3).
     */
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
        } while (!tells(x, Nested.of(kernel).values()));
        return new PaperPixel(x, kernel, new double[] {1 + random.nextInt(5)});
    }

    private static boolean tells(double[][][] x, double[] k) {
        double main = (x[1][2][0] - x[2][3][0]) * (k[0] - k[3]);
        double other = (x[1][3][0] - x[2][2][0]) * (k[1] - k[2]);
        boolean apart = x[1][2][0] * k[0] + x[1][3][0] * k[1] + x[2][2][0] * k[2] + x[2][3][0] * (k[3] - k[0]) != 0;
        return apart && other != 0 && main + other != 0 && Arrays.stream(k).map(Math::abs).distinct().count() == 4;
    }
}
