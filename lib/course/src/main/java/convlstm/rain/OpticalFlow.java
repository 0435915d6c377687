package convlstm.rain;

import static convlstm.rain.Advection.between;
import static convlstm.tensor.Arguments.require;

import convlstm.data.Dataset;
import convlstm.tensor.HostArray;
import java.util.Arrays;

/**
 * A wind for every pixel, and the forecast that carries rain along it: what weather services do before they use a network.
 *
 * <p>The winds are Lucas and Kanade's: within a window the brightness that moves on explains the change from frame to
 * frame, {@code v . gradient = -change}, solved by least squares. The search begins at the one wind of {@link Advection}
 * and is drawn back to it where a window holds too little to tell; then frames are moved by the winds found, and what is
 * left is searched again.
 *
 * <p>The forecast is semi-Lagrangian: from each pixel back along the winds, step by step, to where its rain is now.
 *
 * <p>Sources: Lucas and Kanade 1981; Germann and Zawadzki 2002 (rain carried backwards along a field of winds).
 */
public final class OpticalFlow {
    private static final int ROUNDS = 4;
    /** The window's standard deviation in pixels. */
    private static final double WINDOW = 6;
    /** The share of the frame's mean gradient energy with which a window is drawn back to the one wind. */
    private static final double PULL = 0.1;

    private OpticalFlow() {}

    /**
     * The wind at every pixel, the same for all frames of a sequence.
     *
     * @param seen {@code (N, T, H, W, 1)}, T at least 2
     * @param maxSpeed the most rows and columns that the one wind may have, in pixels per frame
     * @return {@code (N, H, W, 2)}, rows then columns in pixels per frame
     */
    public static HostArray winds(HostArray seen, double maxSpeed) {
        HostArray start = Advection.winds(seen, maxSpeed); // checks the arguments
        int H = seen.dim(2);
        int W = seen.dim(3);
        HostArray winds = HostArray.zeros(seen.dim(0), H, W, 2);
        for (int n = 0; n < seen.dim(0); n++) {
            float[] field = new float[H * W * 2];
            for (int i = 0; i < field.length; i++) {
                field[i] = start.get(n, i % 2);
            }
            float[][] frames = new float[seen.dim(1)][];
            for (int t = 0; t < frames.length; t++) {
                frames[t] = Blur.image(Dataset.frames(seen, t, t + 1).at(n).values(), H, W, 1);
            }
            for (int round = 0; round < ROUNDS; round++) {
                improve(field, frames, H, W, start.get(n, 0), start.get(n, 1));
            }
            System.arraycopy(field, 0, winds.values(), n * field.length, field.length);
        }
        return winds;
    }

    /** One round: moves each frame by the winds, and adds to them what explains the rest. */
    private static void improve(float[] field, float[][] frames, int H, int W, float startY, float startX) {
        float[][] sums = new float[5][H * W]; // of gy gy, gy gx, gx gx, gy d, gx d
        for (int t = 1; t < frames.length; t++) {
            float[] moved = new float[H * W];
            for (int i = 0; i < H * W; i++) {
                moved[i] = between(frames[t - 1], 0, H, W, i / W - field[2 * i], i % W - field[2 * i + 1]);
            }
            for (int i = 0; i < H * W; i++) {
                int y = i / W;
                int x = i % W;
                if (outside(y - field[2 * i], H) || outside(x - field[2 * i + 1], W)) {
                    continue; // came in from outside
                }
                float gy = (moved[i + (y < H - 1 ? W : 0)] - moved[i - (y > 0 ? W : 0)]) / 2;
                float gx = (moved[i + (x < W - 1 ? 1 : 0)] - moved[i - (x > 0 ? 1 : 0)]) / 2;
                float d = moved[i] - frames[t][i];
                sums[0][i] += gy * gy;
                sums[1][i] += gy * gx;
                sums[2][i] += gx * gx;
                sums[3][i] += gy * d;
                sums[4][i] += gx * d;
            }
        }
        double energy = 0;
        for (int i = 0; i < H * W; i++) {
            energy += (sums[0][i] + sums[2][i]) / (2.0 * H * W);
        }
        double pull = PULL * energy + 1e-9;
        Arrays.setAll(sums, k -> Blur.image(sums[k], H, W, WINDOW));
        for (int i = 0; i < H * W; i++) {
            double a = sums[0][i] + pull;
            double b = sums[1][i];
            double c = sums[2][i] + pull;
            double p = sums[3][i] + pull * (startY - field[2 * i]);
            double q = sums[4][i] + pull * (startX - field[2 * i + 1]);
            double determinant = a * c - b * b;
            field[2 * i] += (float) Math.clamp((c * p - b * q) / determinant, -1, 1);
            field[2 * i + 1] += (float) Math.clamp((a * q - b * p) / determinant, -1, 1);
        }
    }

    /**
     * The last frame carried on; what comes in from outside repeats the nearest pixel.
     *
     * @param seen {@code (N, T, H, W, 1)}
     * @param steps the frames to forecast
     * @param winds {@code (N, H, W, 2)} from {@link #winds}
     * @return {@code (N, steps, H, W, 1)}
     */
    public static HostArray forecast(HostArray seen, int steps, HostArray winds) {
        require(seen.shape().rank() == 5 && seen.dim(1) >= 1 && seen.dim(4) == 1 && steps >= 1, "seen, steps",
                "(N, T, H, W, 1) and 1 frame or more", seen.shape() + ", " + steps);
        int N = seen.dim(0);
        int H = seen.dim(2);
        int W = seen.dim(3);
        require(winds.size() == N * H * W * 2 && winds.shape().rank() == 4, "winds",
                "(" + N + ", " + H + ", " + W + ", 2), rows then columns", winds.shape());
        HostArray last = Dataset.frames(seen, seen.dim(1) - 1, seen.dim(1));
        HostArray forecast = HostArray.zeros(N, steps, H, W, 1);
        for (int n = 0; n < N; n++) {
            float[] image = last.at(n).values();
            float[] windY = component(winds.at(n), 0);
            float[] windX = component(winds.at(n), 1);
            for (int i = 0; i < H * W; i++) {
                double y = i / W;
                double x = i % W;
                for (int k = 0; k < steps; k++) {
                    double backY = between(windY, 0, H, W, y, x);
                    double backX = between(windX, 0, H, W, y, x);
                    y -= backY;
                    x -= backX;
                    forecast.values()[(n * steps + k) * H * W + i] = between(image, 0, H, W, y, x);
                }
            }
        }
        return forecast;
    }

    private static float[] component(HostArray winds, int axis) {
        float[] one = new float[winds.size() / 2];
        for (int i = 0; i < one.length; i++) {
            one[i] = winds.values()[2 * i + axis];
        }
        return one;
    }

    private static boolean outside(double at, int n) {
        return at < 0 || at > n - 1;
    }
}
