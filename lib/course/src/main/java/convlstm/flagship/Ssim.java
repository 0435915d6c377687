package convlstm.flagship;

/**
 * How alike two pictures look: the structural similarity of Wang et al. 2004, 1 for the same picture. Means, variances and
 * the covariance are those of windows of 7x7 pixels, all weighing the same, with n - 1 below; of the similarities of all
 * windows inside the picture the mean is taken, for numbers from 0 to 1. These are scikit-image's defaults, which papers
 * on Moving MNIST use.
 */
final class Ssim {
    static final int WINDOW = 7;
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;

    private Ssim() {}

    /**
     * The similarity of two frames.
     *
     * @param a has a frame of H x W pixels from {@code at} on
     * @param b the same
     */
    static double of(float[] a, float[] b, int at, int H, int W) {
        double sum = 0;
        for (int y = 0; y + WINDOW <= H; y++) {
            for (int x = 0; x + WINDOW <= W; x++) {
                sum += window(a, b, at + y * W + x, W);
            }
        }
        return sum / ((H - WINDOW + 1) * (W - WINDOW + 1));
    }

    private static double window(float[] a, float[] b, int at, int W) {
        double sumA = 0;
        double sumB = 0;
        double squaresA = 0;
        double squaresB = 0;
        double products = 0;
        for (int i = 0; i < WINDOW; i++) {
            for (int k = at + i * W; k < at + i * W + WINDOW; k++) {
                sumA += a[k];
                sumB += b[k];
                squaresA += (double) a[k] * a[k];
                squaresB += (double) b[k] * b[k];
                products += (double) a[k] * b[k];
            }
        }
        int n = WINDOW * WINDOW;
        double meanA = sumA / n;
        double meanB = sumB / n;
        double varianceA = (squaresA - n * meanA * meanA) / (n - 1);
        double varianceB = (squaresB - n * meanB * meanB) / (n - 1);
        double covariance = (products - n * meanA * meanB) / (n - 1);
        return (2 * meanA * meanB + C1) * (2 * covariance + C2)
                / ((meanA * meanA + meanB * meanB + C1) * (varianceA + varianceB + C2));
    }
}
