package convlstm.data;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Rain as a radar sees it, made up: areas or showers that drift with the wind, turn slowly, grow and decay. A pixel is
 * meant as 2 km, a frame as five minutes.
 *
 * <p>Reflectivity is noise with detail at every scale: octaves of gradient noise, each half as wide, weaker and
 * shorter-lived than the one before, so that small cells come and go while the large area stays. The noise lives in
 * space carried by the wind and in time, so nothing is stepped forward and no error adds up; frame t is evaluated at
 * {@code q - wind t} with {@code q = rotate(-turn t)(p - middle)}, stretched into bands. The wind blows faster on one side
 * of the frame than on the other. Where the noise is below a threshold there is no rain.
 *
 * <p>Half of the sequences are widespread rain, half are showers, and each kind is calibrated to one event that the
 * radar of the Finnish Meteorological Institute saw (28 September 2016 and 9 May 2017, FMI open data, CC BY 4.0): the
 * share of wet pixels, the mean square and the 99th percentile of the rain rate, the slope of the spectrum, and how fast
 * rain changes that one moves along with.
 *
 * <p>Sequence k of a seed has the same bits on every machine, whichever and however many others are asked for.
 *
 * <p>Sources: Perlin 1985 and 2002 (gradient noise); Seed 2003, S-PROG (a power law over scales, with lifetimes that
 * shrink with them).
 *
 * @param frames T, the frames of a sequence
 * @param size the height and width of a frame in pixels
 * @param minSpeed the least wind in pixels per frame
 * @param maxSpeed the wind that is not reached
 */
public record RainField(int frames, int size, double minSpeed, double maxSpeed) {
    private static final int OCTAVES = 5;
    /** How lifetimes shrink from octave to octave. */
    private static final double SHORTER = 0.6;
    /** How much faster than in the middle the wind blows a pixel to the side, at most, in pixels per frame. */
    private static final double SHEAR = 0.02;
    /** How fast the rain turns, at most, in radians per frame. */
    private static final double TURN = 0.015;

    /**
     * The two kinds of weather.
     *
     * @param widest the width of the widest octave in pixels
     * @param roughness the strength of an octave divided by that of the one before
     * @param lifetime the frames after which the widest octave has changed
     * @param dbzPerNoise reflectivity per unit of noise
     * @param dbz the reflectivity where the noise is 0
     * @param spread how far from it a sequence may be, to both sides
     */
    private record Kind(
            double widest, double roughness, double lifetime, double dbzPerNoise, double dbz, double spread) {
        static final Kind WIDESPREAD = new Kind(38, 0.95, 60, 11, 20.8, 3.5);
        static final Kind SHOWERS = new Kind(10, 0.8, 36, 27, -0.5, 2);
    }

    /** Checks the numbers. */
    public RainField {
        require(frames >= 1 && size >= 8, "frames, size", "at least 1 frame of 8 pixels", frames + ", " + size);
        require(minSpeed >= 0 && maxSpeed >= minSpeed && maxSpeed < Double.POSITIVE_INFINITY, "minSpeed, maxSpeed",
                "0 <= minSpeed <= maxSpeed", minSpeed + ", " + maxSpeed);
    }

    /** Twenty frames with wind of 0.5 to 2.6 pixels a frame, as in the two events. */
    public static RainField of(int size) {
        return new RainField(20, size, 0.5, 2.6);
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
        require(from >= 0 && to >= from, "from, to", "0 <= from <= to", from + ", " + to);
        HostArray pixels = HostArray.zeros(to - from, frames, size, size, 1);
        HostArray wind = HostArray.zeros(to - from, 2);
        boolean[] widespread = new boolean[to - from];
        IntStream.range(0, to - from).parallel().forEach(n -> {
            Weather weather = Weather.draw(this, Seeds.random(seed, from + n));
            wind.set((float) weather.windY, n, 0);
            wind.set((float) weather.windX, n, 1);
            widespread[n] = weather.kind == Kind.WIDESPREAD;
            for (int t = 0; t < frames; t++) {
                draw(weather, t, pixels.values(), (n * frames + t) * size * size);
            }
        });
        return new RainSequences(pixels, wind, widespread);
    }

    /** Draws frame t at {@code frame}. */
    private void draw(Weather w, int t, float[] pixels, int frame) {
        double cos = StrictMath.cos(-w.turn * t);
        double sin = StrictMath.sin(-w.turn * t);
        double bandCos = StrictMath.cos(w.bandAngle);
        double bandSin = StrictMath.sin(w.bandAngle);
        double middle = (size - 1) / 2.0;
        double speed = Math.hypot(w.windY, w.windX) + 1e-9;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double y = cos * (i - middle) - sin * (j - middle);
                double x = sin * (i - middle) + cos * (j - middle);
                double aside = (y * w.windX - x * w.windY) / speed; // pixels to the wind's side
                double faster = 1 + w.shear * aside / speed;
                y -= faster * w.windY * t;
                x -= faster * w.windX * t;
                double along = (bandCos * y - bandSin * x) / w.stretch;
                double across = bandSin * y + bandCos * x;
                double dbz = w.dbz + w.kind.dbzPerNoise * octaves(w, along, across, t);
                pixels[frame + i * size + j] = (float) Math.clamp(dbz / RainScale.PAPER.maxDbz(), 0, 1);
            }
        }
    }

    private static double octaves(Weather w, double y, double x, double t) {
        double sum = 0;
        double strength = 1;
        double width = w.kind.widest;
        double lifetime = w.kind.lifetime;
        for (int octave = 0; octave < OCTAVES; octave++) {
            sum += strength * noise(w.seed + octave, y / width, x / width, t / lifetime);
            strength *= w.kind.roughness;
            width /= 2;
            lifetime *= SHORTER;
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
    private record Weather(Kind kind, long seed, double windY, double windX, double shear, double turn,
            double bandAngle, double stretch, double dbz) {
        static Weather draw(RainField field, Random random) {
            double angle = random.nextDouble() * 2 * Math.PI;
            double speed = field.minSpeed + random.nextDouble() * (field.maxSpeed - field.minSpeed);
            Kind kind = random.nextBoolean() ? Kind.WIDESPREAD : Kind.SHOWERS;
            return new Weather(kind, random.nextLong(), speed * StrictMath.sin(angle), speed * StrictMath.cos(angle),
                    between(random, -SHEAR, SHEAR), between(random, -TURN, TURN), random.nextDouble() * Math.PI,
                    between(random, 1, 2), between(random, kind.dbz - kind.spread, kind.dbz + kind.spread));
        }

        private static double between(Random random, double low, double high) {
            return low + random.nextDouble() * (high - low);
        }
    }
}
