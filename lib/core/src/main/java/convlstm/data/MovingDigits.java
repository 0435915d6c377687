package convlstm.data;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import java.util.Random;

/**
 * Digits that move at constant speed and bounce off the walls: the Moving MNIST of the ConvLSTM paper.
 *
 * <p>Each digit starts anywhere, with a direction drawn evenly from the circle and a speed drawn evenly from
 * [minSpeed, maxSpeed). It reflects at the walls exactly (what it would go beyond a wall it goes back), so that its
 * corner is at {@code fold(p_0 + v t)} and no error adds up. Where digits overlap the brighter pixel is shown.
 *
 * <p>Sequence k of a seed has the same bits on every machine, whichever and however many others are asked for.
 *
 * <p>Source: Shi et al. 2015, section 4.1, after Srivastava et al. 2015.
 *
 * @param digits the pictures to draw from
 * @param frames T, the frames of a sequence
 * @param size the height and width of a frame in pixels
 * @param count the digits in a sequence
 * @param minSpeed the least speed in pixels per frame
 * @param maxSpeed the speed that is not reached
 * @param subpixel false to draw a digit at the nearest whole pixel, as the paper does; true to share its ink between
 *     neighbouring pixels (bilinear), so that slow motion in small frames is smooth
 */
public record MovingDigits(
        Digits digits, int frames, int size, int count, double minSpeed, double maxSpeed, boolean subpixel) {
    /** Checks the numbers. */
    public MovingDigits {
        require(frames >= 1, "frames", "1 or more", frames);
        require(size >= digits.size(), "size", "at least the " + digits.size() + " pixels of a digit", size,
                "make the digits smaller with Digits.shrink, or use MovingDigits.scaled");
        require(count >= 1, "count", "1 digit or more", count);
        require(minSpeed >= 0 && maxSpeed >= minSpeed && maxSpeed < Double.POSITIVE_INFINITY, "minSpeed, maxSpeed",
                "0 <= minSpeed <= maxSpeed", minSpeed + ", " + maxSpeed);
    }

    /** The paper's: two digits, 64x64, 20 frames (10 to see, 10 to forecast), speed in [3, 5), whole pixels. */
    public static MovingDigits paper(Digits digits) {
        return new MovingDigits(digits, 20, 64, 2, 3, 5, false);
    }

    /**
     * The paper's in a smaller frame: digits and speeds shrink with it, 32x32 has digits of 14x14 and speeds in
     * [1.5, 2.5); drawn between pixels.
     *
     * @param size from 8 to 64 pixels
     */
    public static MovingDigits scaled(Digits digits, int size) {
        require(size >= 8 && size <= 64, "size", "8 to 64 pixels", size);
        int digitSize = Math.round(digits.size() * size / 64f);
        return new MovingDigits(digits.shrink(digitSize), 20, size, 2, 3 * size / 64.0, 5 * size / 64.0, true);
    }

    /** The same with another number of frames. */
    public MovingDigits withFrames(int newFrames) {
        return new MovingDigits(digits, newFrames, size, count, minSpeed, maxSpeed, subpixel);
    }

    /** The same with another number of digits: 3 for the paper's test of what was never trained. */
    public MovingDigits withCount(int newCount) {
        return new MovingDigits(digits, frames, size, newCount, minSpeed, maxSpeed, subpixel);
    }

    /** The same with speeds from {@code newMin} up to and without {@code newMax}, in pixels per frame. */
    public MovingDigits withSpeed(double newMin, double newMax) {
        return new MovingDigits(digits, frames, size, count, newMin, newMax, subpixel);
    }

    /** The first {@code n} sequences of a seed: {@code (n, T, H, W, 1)} in [0, 1]. */
    public HostArray sequences(long seed, int n) {
        return generate(seed, 0, n).frames();
    }

    /**
     * Sequences {@code from} (inclusive) to {@code to} (exclusive) of a seed, with the truth about them.
     *
     * @param seed any number; different seeds give unrelated sequences
     */
    public TrackedSequences generate(long seed, int from, int to) {
        require(from >= 0 && to >= from, "from, to", "0 <= from <= to", from + ", " + to);
        int N = to - from;
        int T = frames;
        int D = count;
        HostArray pixels = HostArray.zeros(N, T, size, size, 1);
        HostArray positions = HostArray.zeros(N, T, D, 2);
        HostArray velocities = HostArray.zeros(N, T, D, 2);
        int[][] labels = new int[N][D];
        double max = size - digits.size();
        for (int n = 0; n < N; n++) {
            Random random = Seeds.random(seed, from + n);
            for (int d = 0; d < D; d++) {
                int digit = random.nextInt(digits.count());
                double y = random.nextDouble() * max;
                double x = random.nextDouble() * max;
                double angle = random.nextDouble() * 2 * Math.PI;
                double speed = minSpeed + random.nextDouble() * (maxSpeed - minSpeed);
                double dy = speed * StrictMath.sin(angle);
                double dx = speed * StrictMath.cos(angle);
                labels[n][d] = digits.labels()[digit];
                for (int t = 0; t < T; t++) {
                    int at = ((n * T + t) * D + d) * 2;
                    positions.values()[at] = (float) fold(y + dy * t, max);
                    positions.values()[at + 1] = (float) fold(x + dx * t, max);
                    velocities.values()[at] = (float) turned(dy, y + dy * t, max);
                    velocities.values()[at + 1] = (float) turned(dx, x + dx * t, max);
                    draw(digit, positions.values()[at], positions.values()[at + 1], pixels.values(),
                            (n * T + t) * size * size);
                }
            }
        }
        return new TrackedSequences(pixels, positions, velocities, labels);
    }

    /** Where a point is that has gone to p and reflected at 0 and max. */
    static double fold(double p, double max) {
        if (max == 0) {
            return 0;
        }
        double m = p - 2 * max * Math.floor(p / (2 * max));
        return Math.min(max, m <= max ? m : 2 * max - m);
    }

    /** The velocity there. */
    private static double turned(double v, double p, double max) {
        double m = max == 0 ? 0 : p - 2 * max * Math.floor(p / (2 * max));
        return m < max ? v : -v;
    }

    /** Draws a digit with its top left corner at (y, x) into the frame that starts at {@code frame}. */
    private void draw(int digit, float y, float x, float[] pixels, int frame) {
        if (subpixel) {
            int y0 = (int) y;
            int x0 = (int) x;
            drawBetween(digit, y0, x0, y - y0, x - x0, pixels, frame);
        } else {
            drawBetween(digit, Math.round(y), Math.round(x), 0, 0, pixels, frame);
        }
    }

    /** Draws at whole pixel (y0, x0) plus a part of a pixel (fy, fx) in [0, 1). */
    private void drawBetween(int digit, int y0, int x0, float fy, float fx, float[] pixels, int frame) {
        int S = digits.size();
        int spanY = fy > 0 ? S + 1 : S;
        int spanX = fx > 0 ? S + 1 : S;
        for (int i = 0; i < spanY; i++) {
            for (int j = 0; j < spanX; j++) {
                float ink = (1 - fy) * ((1 - fx) * ink(digit, i, j) + fx * ink(digit, i, j - 1))
                        + fy * ((1 - fx) * ink(digit, i - 1, j) + fx * ink(digit, i - 1, j - 1));
                int at = frame + (y0 + i) * size + x0 + j;
                pixels[at] = Math.max(pixels[at], ink);
            }
        }
    }

    private float ink(int digit, int i, int j) {
        int S = digits.size();
        return i < 0 || j < 0 || i >= S || j >= S ? 0 : digits.images().values()[(digit * S + i) * S + j];
    }
}
