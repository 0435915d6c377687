package convlstm.data;

import convlstm.tensor.HostArray;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Rain as a radar sees it, made up: areas with cores in them that drift with the wind, turn slowly, grow and decay.
 *
 * <p>Reflectivity is noise with detail at every scale: octaves of gradient noise, each half as wide, {@link #ROUGHNESS}
 * times as strong and shorter-lived than the one before, so that small cells come and go while the large area stays.
 * The noise lives in space carried by the wind and in time, so nothing is stepped forward and no error adds up; frame t
 * is evaluated at {@code rotate(-turn t)(p - middle) - wind t}, stretched into bands. Where the noise is below a
 * threshold there is no rain.
 *
 * <p>Sequence k of a seed has the same bits on every machine, whichever and however many others are asked for.
 *
 * <p>Sources: Perlin 1985 and 2002 (gradient noise); Seed 2003, S-PROG (a power law over scales, with lifetimes that
 * shrink with them). No radar data were used.
 *
 * @param frames T, the frames of a sequence
 * @param size the height and width of a frame in pixels
 * @param minSpeed the least wind in pixels per frame
 * @param maxSpeed the wind that is not reached
 */
public record RainField(int frames, int size, double minSpeed, double maxSpeed) {
    private static final int OCTAVES = 5;
    private static final double ROUGHNESS = 0.6;
    /** The width of the widest octave, in frames' widths. */
    private static final double WIDEST = 0.6;
    /** The frames after which the widest octave has changed; the next ones change after 0.6 of that, 0.36, .. */
    private static final double LIFETIME = 40;
    /** Reflectivity per unit of noise. */
    private static final double DBZ_PER_NOISE = 50;

    /** Checks the numbers. */
    public RainField {
        if (frames < 1 || size < 8) {
            throw new IllegalArgumentException(
                    "frames, size: expected at least 1 frame of 8 pixels, got " + frames + ", " + size);
        }
        if (!(minSpeed >= 0 && maxSpeed >= minSpeed && maxSpeed < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("minSpeed, maxSpeed: expected 0 <= minSpeed <= maxSpeed, got " + minSpeed
                    + ", " + maxSpeed);
        }
    }

    /** Twenty frames with wind of 1 to 2.5 pixels a frame at 64x64, in proportion at other sizes. */
    public static RainField of(int size) {
        return new RainField(20, size, size / 64.0, 2.5 * size / 64);
    }

    /** The same with another number of frames. */
    public RainField withFrames(int newFrames) {
        return new RainField(newFrames, size, minSpeed, maxSpeed);
    }

    /** The first {@code n} sequences of a seed: {@code (n, T, H, W, 1)} in [0, 1], see {@link RainScale#PAPER}. */
    public HostArray sequences(long seed, int n) {
        return generate(seed, 0, n).frames();
    }

    /**
     * Sequences {@code from} (inclusive) to {@code to} (exclusive) of a seed, with their wind.
     *
     * @param seed any number; different seeds give unrelated sequences
     */
    public RainSequences generate(long seed, int from, int to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("from, to: expected 0 <= from <= to, got " + from + ", " + to);
        }
        HostArray pixels = HostArray.zeros(to - from, frames, size, size, 1);
        HostArray wind = HostArray.zeros(to - from, 2);
        IntStream.range(0, to - from).parallel().forEach(n -> {
            Weather weather = Weather.draw(this, Seeds.random(seed, from + n));
            wind.set((float) weather.windY, n, 0);
            wind.set((float) weather.windX, n, 1);
            for (int t = 0; t < frames; t++) {
                draw(weather, t, pixels.values(), (n * frames + t) * size * size);
            }
        });
        return new RainSequences(pixels, wind);
    }

    /** Draws frame t at {@code frame}. */
    private void draw(Weather w, int t, float[] pixels, int frame) {
        double cos = StrictMath.cos(-w.turn * t);
        double sin = StrictMath.sin(-w.turn * t);
        double bandCos = StrictMath.cos(w.bandAngle);
        double bandSin = StrictMath.sin(w.bandAngle);
        double middle = (size - 1) / 2.0;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double y = cos * (i - middle) - sin * (j - middle) - w.windY * t;
                double x = sin * (i - middle) + cos * (j - middle) - w.windX * t;
                double along = (bandCos * y - bandSin * x) / w.stretch;
                double across = bandSin * y + bandCos * x;
                double dbz = DBZ_PER_NOISE * (octaves(w.seed, along / size, across / size, t) - w.threshold);
                pixels[frame + i * size + j] = (float) Math.clamp(dbz / RainScale.PAPER.maxDbz(), 0, 1);
            }
        }
    }

    private static double octaves(long seed, double y, double x, double t) {
        double sum = 0;
        double strength = 1;
        double width = WIDEST;
        double lifetime = LIFETIME;
        for (int octave = 0; octave < OCTAVES; octave++) {
            sum += strength * noise(seed + octave, y / width, x / width, t / lifetime);
            strength *= ROUGHNESS;
            width /= 2;
            lifetime *= 0.6;
        }
        return sum;
    }

    /** Gradient noise, about -1 to 1: each corner of the unit cube around the point pulls along a random direction. */
    private static double noise(long seed, double y, double x, double t) {
        long y0 = (long) Math.floor(y);
        long x0 = (long) Math.floor(x);
        long t0 = (long) Math.floor(t);
        double sum = 0;
        for (int cy = 0; cy < 2; cy++) {
            double dy = y - y0 - cy;
            long hashY = Seeds.mix(seed ^ y0 + cy);
            for (int cx = 0; cx < 2; cx++) {
                double dx = x - x0 - cx;
                double fadeYX = fade(dy) * fade(dx);
                long hashYX = Seeds.mix(hashY ^ x0 + cx);
                for (int ct = 0; ct < 2; ct++) {
                    double dt = t - t0 - ct;
                    sum += fadeYX * fade(dt) * pull(Seeds.mix(hashYX ^ t0 + ct), dy, dx, dt);
                }
            }
        }
        return sum;
    }

    /** 1 at the corner, 0 at a distance of 1, with two smooth derivatives. */
    private static double fade(double d) {
        double s = 1 - Math.abs(d);
        return s * s * s * (s * (s * 6 - 15) + 10);
    }

    /** The product of the offset with one of the twelve directions to the middles of a cube's edges. */
    private static double pull(long hash, double y, double x, double t) {
        double first = (hash & 1) == 0 ? 1 : -1;
        double second = (hash & 2) == 0 ? 1 : -1;
        return switch ((int) Long.remainderUnsigned(hash >>> 2, 3)) {
            case 0 -> first * y + second * x;
            case 1 -> first * y + second * t;
            default -> first * x + second * t;
        };
    }

    /** What is drawn by chance for one sequence. */
    private record Weather(
            long seed, double windY, double windX, double turn, double bandAngle, double stretch, double threshold) {
        static Weather draw(RainField field, Random random) {
            double angle = random.nextDouble() * 2 * Math.PI;
            double speed = field.minSpeed + random.nextDouble() * (field.maxSpeed - field.minSpeed);
            return new Weather(random.nextLong(), speed * StrictMath.sin(angle), speed * StrictMath.cos(angle),
                    (random.nextDouble() - 0.5) * 0.03, random.nextDouble() * Math.PI, 1 + 1.5 * random.nextDouble(),
                    -0.25 + 0.35 * random.nextDouble());
        }
    }
}
