package convlstm.data;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Samples and their targets, sample first.
 *
 * @param x the inputs, {@code (N, ..)}
 * @param y the targets, {@code (N, ..)}
 * @param mask the steps of x to use, {@code (N, T)} of ones and, to skip a step, zeros; null for all
 */
public record Dataset(HostArray x, HostArray y, @Nullable HostArray mask) {
    /** A part to train on and a part to validate with; they share no sample. */
    public record Split(Dataset train, Dataset validation) {}

    /** Checks that there are as many inputs as targets, and at least one. */
    public Dataset {
        require(x.shape().rank() >= 1 && y.shape().rank() >= 1 && x.dim(0) == y.dim(0) && x.dim(0) >= 1, "x, y",
                "the same number of samples on the first axis, at least one",
                "shapes " + x.shape() + " and " + y.shape());
        if (mask != null && (x.shape().rank() < 2 || !mask.shape().equals(Shape.of(x.dim(0), x.dim(1))))) {
            throw new IllegalArgumentException("mask: expected (N, T) of x, whose shape is " + x.shape() + ", got "
                    + mask.shape() + ". Hint: one flag for each sample and step");
        }
        for (int i = 0; mask != null && i < mask.size(); i++) {
            if (mask.values()[i] != 0 && mask.values()[i] != 1) {
                throw new IllegalArgumentException("mask: expected ones and zeros, got " + mask.values()[i]
                        + ". Hint: a mask says which steps to use; weights of samples are something else");
            }
        }
    }

    /** Samples of which every step counts. */
    public Dataset(HostArray x, HostArray y) {
        this(x, y, null);
    }

    /**
     * Each frame's target is the next one: x is frames 0 to T-2, y is frames 1 to T-1.
     *
     * @param sequences {@code (N, T, ..)}, T at least 2
     */
    public static Dataset nextFrame(HostArray sequences) {
        int T = requireSequences(sequences, 2);
        return new Dataset(frames(sequences, 0, T - 1), frames(sequences, 1, T));
    }

    /**
     * The first frames are seen, the following ones are to be forecast.
     *
     * @param sequences {@code (N, T, ..)}, T at least {@code seen + forecast}
     * @param seen the frames in x
     * @param forecast the frames in y
     */
    public static Dataset forecast(HostArray sequences, int seen, int forecast) {
        require(seen >= 1 && forecast >= 1, "seen, forecast", "1 frame or more", seen + ", " + forecast);
        requireSequences(sequences, seen + forecast);
        return new Dataset(frames(sequences, 0, seen), frames(sequences, seen, seen + forecast));
    }

    /**
     * As {@link #nextFrame}, but only the first frames are seen: all later inputs are blank (zeros), so that a model has
     * to carry on from what its state remembers. No forecast ever sees a true frame.
     *
     * @param sequences {@code (N, T, ..)}
     * @param seen the true frames in x, at least 1 and less than T
     */
    public static Dataset blindForecast(HostArray sequences, int seen) {
        int T = requireSequences(sequences, seen + 1);
        require(seen >= 1, "seen", "1 frame or more", seen);
        HostArray x = frames(sequences, 0, T - 1);
        int frame = x.shape().drop(2).size();
        for (int n = 0; n < x.dim(0); n++) {
            Arrays.fill(x.values(), (n * (T - 1) + seen) * frame, (n + 1) * (T - 1) * frame, 0);
        }
        return new Dataset(x, frames(sequences, 1, T));
    }

    private static int requireSequences(HostArray sequences, int frames) {
        require(sequences.shape().rank() >= 2 && sequences.dim(1) >= frames, "sequences",
                "shape (N, T, ..) with T at least " + frames, sequences.shape());
        return sequences.dim(1);
    }

    /**
     * A copy of frames {@code from} (inclusive) to {@code to} (exclusive) of every sequence.
     *
     * @param sequences {@code (N, T, ..)}
     * @return {@code (N, to - from, ..)}
     */
    public static HostArray frames(HostArray sequences, int from, int to) {
        int T = requireSequences(sequences, 0);
        if (from < 0 || to < from || to > T) {
            throw new IndexOutOfBoundsException("from, to: expected 0 <= from <= to <= " + T + " frames of "
                    + sequences.shape() + ", got " + from + ", " + to);
        }
        int frame = sequences.shape().drop(2).size();
        HostArray cut = HostArray.zeros(sequences.shape().with(1, to - from).toArray());
        for (int n = 0; n < sequences.dim(0); n++) {
            System.arraycopy(sequences.values(), (n * T + from) * frame, cut.values(), n * (to - from) * frame,
                    (to - from) * frame);
        }
        return cut;
    }

    /** The number of samples, N. */
    public int count() {
        return x.dim(0);
    }

    /** A copy of the samples with the given numbers, in that order. */
    public Dataset select(int[] samples) {
        return new Dataset(select(x, samples), select(y, samples), mask(samples));
    }

    /** The mask of the samples with the given numbers; null if every step counts. */
    public @Nullable HostArray mask(int[] samples) {
        return mask == null ? null : select(mask, samples);
    }

    /** A copy of some indices of the first axis, in the given order. */
    public static HostArray select(HostArray from, int[] samples) {
        HostArray selected = HostArray.zeros(from.shape().with(0, samples.length).toArray());
        gather(from, samples, selected.values());
        return selected;
    }

    /**
     * Splits by chance, the same way for the same seed.
     *
     * @param validationShare the share to validate with, above 0 and below 1; at least one sample lands on each side
     */
    public Split split(double validationShare, long seed) {
        require(validationShare > 0 && validationShare < 1 && count() >= 2, "validationShare",
                "a share between 0 and 1 of 2 samples or more", validationShare + " of " + count());
        int validation = Math.clamp(Math.round(count() * validationShare), 1, count() - 1);
        int[] order = shuffled(count(), seed, -1);
        return new Split(select(Arrays.copyOfRange(order, validation, order.length)),
                select(Arrays.copyOf(order, validation)));
    }

    /** The batches of samples in their order, for evaluation; see {@link #batches(int, long, int)}. */
    public List<int[]> batches(int batchSize) {
        return cut(IntStream.range(0, count()).toArray(), batchSize);
    }

    /**
     * The batches of an epoch: every sample once, shuffled; the last batch has what is left.
     *
     * @param batchSize the samples in a batch
     * @param seed of the training run
     * @param epoch counts from 0; each has an order of its own, which depends on no other epoch
     * @return the numbers of the samples in each batch
     */
    public List<int[]> batches(int batchSize, long seed, int epoch) {
        return cut(shuffled(count(), seed, epoch), batchSize);
    }

    private static List<int[]> cut(int[] order, int batchSize) {
        require(batchSize >= 1, "batchSize", "1 sample or more", batchSize);
        List<int[]> batches = new ArrayList<>();
        for (int from = 0; from < order.length; from += batchSize) {
            batches.add(Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize)));
        }
        return batches;
    }

    private static int[] shuffled(int n, long seed, int epoch) {
        return Seeds.shuffled(IntStream.range(0, n).toArray(), Seeds.random(seed, epoch));
    }

    /**
     * Copies samples into a batch: {@code dst} becomes {@code (B, ..)}.
     *
     * @param source {@code (N, ..)}
     * @param samples B numbers in [0, N)
     * @param dst at least as long as the batch
     */
    public static void gather(HostArray source, int[] samples, float[] dst) {
        int sample = source.shape().drop(1).size();
        requireRoom(source, samples, (long) samples.length * sample, dst);
        for (int b = 0; b < samples.length; b++) {
            System.arraycopy(source.values(), samples[b] * sample, dst, b * sample, sample);
        }
    }

    /**
     * Copies sequences into a time-major batch, as the layers want it: {@code dst} becomes {@code (T, B, ..)}.
     *
     * @param source {@code (N, T, ..)}
     * @param samples B numbers in [0, N)
     * @param dst at least as long as the batch
     */
    public static void gatherTimeMajor(HostArray source, int[] samples, float[] dst) {
        int T = requireSequences(source, 0);
        int B = samples.length;
        int frame = source.shape().drop(2).size();
        requireRoom(source, samples, (long) B * T * frame, dst);
        for (int b = 0; b < B; b++) {
            for (int t = 0; t < T; t++) {
                System.arraycopy(source.values(), (samples[b] * T + t) * frame, dst, (t * B + b) * frame, frame);
            }
        }
    }

    private static void requireRoom(HostArray source, int[] samples, long length, float[] dst) {
        require(dst.length >= length, "dst",
                "room for " + length + " numbers, " + samples.length + " samples of " + source.shape().drop(1),
                dst.length);
        for (int sample : samples) {
            if (sample < 0 || sample >= source.dim(0)) {
                throw new IndexOutOfBoundsException("samples: expected numbers in [0, " + source.dim(0)
                        + ") of the first axis of " + source.shape() + ", got " + sample);
            }
        }
    }
}
