package convlstm.rain;

import convlstm.tensor.HostArray;

/**
 * How much detail a picture has at each scale: the power spectrum, averaged over all directions. Blur shows as power that
 * is missing at large wave numbers.
 *
 * <p>Pictures are not periodic, so each is faded out towards its edges first (a Hann window, mean taken off before),
 * and the sums are computed as they are defined, without an FFT. Source: Shi et al. 2017 do not have it; weather services
 * do, for example Seed 2003.
 */
public final class Spectrum {
    private Spectrum() {}

    /**
     * The mean power at wave numbers 0, 1, .., S/2 (waves in a frame's width), over all frames.
     *
     * @param frames {@code (N, T, S, S, 1)}
     * @return S/2 + 1 numbers; a wave number's power is the mean over the ring of rounded distance from the origin
     */
    public static double[] radial(HostArray frames) {
        if (frames.shape().rank() != 5 || frames.dim(2) != frames.dim(3) || frames.dim(2) < 4 || frames.dim(4) != 1) {
            throw new IllegalArgumentException("frames: expected (N, T, S, S, 1), S at least 4, got " + frames.shape());
        }
        int S = frames.dim(2);
        double[] cos = new double[S];
        double[] sin = new double[S];
        double[] hann = new double[S];
        for (int k = 0; k < S; k++) {
            cos[k] = Math.cos(2 * Math.PI * k / S);
            sin[k] = Math.sin(2 * Math.PI * k / S);
            hann[k] = 0.5 - 0.5 * Math.cos(2 * Math.PI * (k + 0.5) / S);
        }
        double[] power = new double[S / 2 + 1];
        int[] places = new int[S / 2 + 1];
        for (int frame = 0; frame < frames.size(); frame += S * S) {
            double mean = 0;
            for (int i = 0; i < S * S; i++) {
                mean += frames.values()[frame + i] / (double) (S * S);
            }
            // Along x first, then along y; a real picture needs half of the plane only.
            double[][] re = new double[S][S / 2 + 1];
            double[][] im = new double[S][S / 2 + 1];
            for (int y = 0; y < S; y++) {
                for (int kx = 0; kx <= S / 2; kx++) {
                    for (int x = 0; x < S; x++) {
                        double v = (frames.values()[frame + y * S + x] - mean) * hann[y] * hann[x];
                        re[y][kx] += v * cos[kx * x % S];
                        im[y][kx] -= v * sin[kx * x % S];
                    }
                }
            }
            for (int ky = -S / 2 + 1; ky <= S / 2; ky++) {
                for (int kx = 0; kx <= S / 2; kx++) {
                    int ring = (int) Math.round(Math.hypot(ky, kx));
                    if (ring > S / 2) {
                        continue;
                    }
                    double a = 0;
                    double b = 0;
                    for (int y = 0; y < S; y++) {
                        int at = Math.floorMod(ky * y, S);
                        a += re[y][kx] * cos[at] + im[y][kx] * sin[at];
                        b += im[y][kx] * cos[at] - re[y][kx] * sin[at];
                    }
                    power[ring] += a * a + b * b;
                    places[ring]++;
                }
            }
        }
        for (int ring = 0; ring < power.length; ring++) {
            power[ring] /= places[ring];
        }
        return power;
    }

    /**
     * The slope of the line through log power against log wave number: -2 to -3 for rain.
     *
     * @param power from {@link #radial}
     * @param from the first wave number, at least 1
     * @param to the last one
     */
    public static double slope(double[] power, int from, int to) {
        if (from < 1 || to <= from || to >= power.length) {
            throw new IllegalArgumentException("from, to: expected 1 <= from < to <= " + (power.length - 1) + ", got "
                    + from + ", " + to);
        }
        double n = to - from + 1;
        double sx = 0;
        double sy = 0;
        double sxx = 0;
        double sxy = 0;
        for (int k = from; k <= to; k++) {
            double x = Math.log(k);
            double y = Math.log(power[k]);
            sx += x;
            sy += y;
            sxx += x * x;
            sxy += x * y;
        }
        return (n * sxy - sx * sy) / (n * sxx - sx * sx);
    }
}
