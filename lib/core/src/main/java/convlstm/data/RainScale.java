package convlstm.data;

import static convlstm.tensor.Arguments.require;

/**
 * What a pixel in [0, 1] says about rain: {@code dBZ = maxDbz * pixel}, where 0 is no echo, and by the Z-R relation
 * {@code Z = a R^b} with {@code dBZ = 10 log10 Z} the rain rate R in mm/h.
 *
 * @param a the factor of the Z-R relation
 * @param b its exponent
 * @param maxDbz the reflectivity of a pixel of 1
 */
public record RainScale(double a, double b, double maxDbz) {
    /** The Z-R relation of the ConvLSTM paper's radar data, a = 118.239 and b = 1.5241; a pixel of 1 is 60 dBZ. */
    public static final RainScale PAPER = new RainScale(118.239, 1.5241, 60);

    /** Checks the numbers. */
    public RainScale {
        require(a > 0 && b > 0 && maxDbz > 0, "a, b, maxDbz", "numbers above 0", a + ", " + b + ", " + maxDbz);
    }

    /** The reflectivity of a pixel in dBZ. */
    public double dbz(double pixel) {
        return maxDbz * pixel;
    }

    /** The rain rate of a pixel in mm/h; 0 where there is no echo. */
    public double rate(double pixel) {
        return pixel <= 0 ? 0 : Math.pow(Math.pow(10, dbz(pixel) / 10) / a, 1 / b);
    }

    /**
     * How much pixels of the truth count in a balanced loss, so that heavy rain, which is rare, is not smoothed away: 1
     * below 2 mm/h, 2 below 5, 5 below 10, 10 below 30, then 30. Source: Shi et al. 2017, section 3.2.
     */
    public float[] weights(float[] pixels) {
        double two = pixel(2);
        double five = pixel(5);
        double ten = pixel(10);
        double thirty = pixel(30);
        float[] weights = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            float p = pixels[i];
            weights[i] = p < two ? 1 : p < five ? 2 : p < ten ? 5 : p < thirty ? 10 : 30;
        }
        return weights;
    }

    /** The pixel of a rain rate in mm/h, the inverse of {@link #rate}: where to cut for "rain of 0.5 mm/h or more". */
    public double pixel(double rate) {
        return rate <= 0 ? 0 : Math.clamp(10 * Math.log10(a * Math.pow(rate, b)) / maxDbz, 0, 1);
    }
}
