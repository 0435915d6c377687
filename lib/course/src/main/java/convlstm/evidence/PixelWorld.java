package convlstm.evidence;

import convlstm.data.Digits;
import convlstm.data.Seeds;
import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A world in which the point can be seen: one small digit moves on a straight line, by whole pixels, and touches no wall.
 * So no bounce has to be guessed, no resampling makes the truth flicker, and what moves is all there is to know.
 *
 * <p>A velocity that is no whole number is rounded down frame by frame from a phase drawn for each sequence: at half a
 * pixel per frame the digit moves in every second frame.
 *
 * @param digitSize the height and width of a digit in pixels
 * @param height of a frame in pixels
 * @param width of a frame in pixels
 * @param frames T, the frames of a sequence
 * @param velocities to draw from
 * @param fromColumn the first column that a digit may touch
 * @param toColumn the first column to the right that it may not
 */
public record PixelWorld(int digitSize, int height, int width, int frames, List<Velocity> velocities, int fromColumn,
        int toColumn) implements World {
    /** Pixels per frame, down and to the right. */
    public record Velocity(double dy, double dx) {}

    /** Checks that there is room. */
    public PixelWorld {
        velocities = List.copyOf(velocities);
        if (velocities.isEmpty() || frames < 1 || fromColumn < 0 || toColumn > width) {
            throw new IllegalArgumentException("world: expected velocities, frames and columns 0 to " + width + ", got "
                    + velocities + ", " + frames + ", columns " + fromColumn + " to " + toColumn);
        }
        for (Velocity v : velocities) {
            int down = (int) Math.ceil(Math.abs(v.dy()) * (frames - 1)) + digitSize;
            int right = (int) Math.ceil(Math.abs(v.dx()) * (frames - 1)) + digitSize;
            if (down > height || right > toColumn - fromColumn) {
                throw new IllegalArgumentException("world: " + v + " for " + frames + " frames needs " + down + " x "
                        + right + " pixels, got " + height + " x " + (toColumn - fromColumn)
                        + ". Hint: no digit may touch a wall; take fewer frames or larger ones");
            }
        }
    }

    /** A world whose digits may go anywhere. */
    public static PixelWorld of(int digitSize, int height, int width, int frames, Velocity... velocities) {
        return new PixelWorld(digitSize, height, width, frames, List.of(velocities), 0, width);
    }

    /** The same with digits that stay in columns {@code from} (inclusive) to {@code to} (exclusive). */
    public PixelWorld columns(int from, int to) {
        return new PixelWorld(digitSize, height, width, frames, velocities, from, to);
    }

    /** The first n sequences of a seed: each digit, velocity and start is as likely as any other. */
    @Override
    public HostArray sequences(Digits digits, long seed, int n) {
        Digits small = digits.shrink(digitSize);
        HostArray out = HostArray.zeros(n, frames, height, width, 1);
        for (int k = 0; k < n; k++) {
            Random random = Seeds.random(seed, k);
            int digit = random.nextInt(small.count());
            Velocity v = velocities.get(random.nextInt(velocities.size()));
            int[] dy = offsets(v.dy(), random.nextDouble());
            int[] dx = offsets(v.dx(), random.nextDouble());
            int y = start(dy, 0, height, random);
            int x = start(dx, fromColumn, toColumn, random);
            for (int t = 0; t < frames; t++) {
                for (int i = 0; i < digitSize; i++) {
                    int to = (((k * frames + t) * height) + y + dy[t] + i) * width + x + dx[t];
                    System.arraycopy(small.images().values(), (digit * digitSize + i) * digitSize, out.values(), to,
                            digitSize);
                }
            }
        }
        return out;
    }

    private int[] offsets(double v, double phase) {
        int[] offsets = new int[frames];
        Arrays.setAll(offsets, t -> (int) Math.floor(v * t + (v == Math.rint(v) ? 0 : phase)));
        return offsets;
    }

    /** A first place such that the whole path is inside [from, to). */
    private int start(int[] offsets, int from, int to, Random random) {
        int least = from - Arrays.stream(offsets).min().orElse(0);
        int most = to - digitSize - Arrays.stream(offsets).max().orElse(0);
        return least + random.nextInt(most - least + 1);
    }
}
