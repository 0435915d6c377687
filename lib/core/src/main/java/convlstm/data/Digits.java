package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Pictures of handwritten digits and what they show.
 *
 * @param images {@code (N, S, S)}, 0 for paper to 1 for ink
 * @param labels the N digits
 */
public record Digits(HostArray images, int[] labels) {
    static final String TRAIN = "digits-train";
    static final String HELD_OUT = "digits-heldout";
    static final String IMAGES = "-images-idx3-ubyte.gz";
    static final String LABELS = "-labels-idx1-ubyte.gz";

    /** MNIST's four files, unpacked, and their SHA-256. */
    static final Map<String, String> MNIST = Map.of(
            "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

    /** Checks that there is one label for each square picture, and at least one. */
    public Digits {
        if (images.shape().rank() != 3 || images.dim(0) < 1 || images.dim(1) != images.dim(2) || images.dim(1) < 1) {
            throw new IllegalArgumentException("images: expected shape (N, S, S) with N and S at least 1, got "
                    + images.shape() + ". Hint: digits are square, without a channel axis");
        }
        if (labels.length != images.dim(0)) {
            throw new IllegalArgumentException("labels: expected one for each of the " + images.dim(0)
                    + " images, got " + labels.length);
        }
    }

    /**
     * The 500 digits that come with the kit, 50 of each, 28x28, taken from MNIST's training set; the paper, too, moves
     * a fixed set of 500.
     *
     * @throws IOException if the data folder is not found, or a file is not the one that was shipped
     */
    public static Digits train() throws IOException {
        return shipped(Shipped.folder(), TRAIN);
    }

    /** 200 other digits that come with the kit, 20 of each, 28x28, taken from MNIST's test set. */
    public static Digits heldOut() throws IOException {
        return shipped(Shipped.folder(), HELD_OUT);
    }

    /**
     * The whole of MNIST, which is no part of the kit: {@code data/README.md} says where it comes from.
     *
     * @param folder has MNIST's four files, unpacked
     * @param train true for the 60,000 digits of the training set, false for the 10,000 of the test set
     * @throws IOException if a file is missing, or is not MNIST's
     */
    public static Digits mnist(Path folder, boolean train) throws IOException {
        String set = train ? "train" : "t10k";
        return read(mnist(folder, set + "-images-idx3-ubyte"), mnist(folder, set + "-labels-idx1-ubyte"));
    }

    static Path mnist(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "expected MNIST's four files, unpacked, got no such"
                    + " file. Hint: data/README.md says which package has them");
        }
        String got = Shipped.sha256(file);
        if (!got.equals(MNIST.get(name))) {
            throw new DataFormatException(file.toString(), "SHA-256 " + MNIST.get(name), got,
                    "take the original MNIST, unpacked with gunzip");
        }
        return file;
    }

    /**
     * Reads MNIST-like IDX files, for example the whole of MNIST.
     *
     * @param images unsigned bytes, {@code (N, S, S)}
     * @param labels whole numbers, {@code (N)}
     * @throws DataFormatException if the files are damaged, or do not belong together
     */
    public static Digits read(Path images, Path labels) throws IOException {
        HostArray pixels = Idx.read(images);
        HostArray names = Idx.read(labels);
        if (pixels.shape().rank() != 3 || pixels.dim(1) != pixels.dim(2) || pixels.size() == 0) {
            throw new DataFormatException(images.toString(), "images of shape (N, S, S)", "shape " + pixels.shape(),
                    "images come first and labels second; are they swapped?");
        }
        if (names.shape().rank() != 1 || names.dim(0) != pixels.dim(0)) {
            throw new DataFormatException(labels.toString(), "labels of shape (" + pixels.dim(0) + ")",
                    "shape " + names.shape(), "take the labels that belong to these images");
        }
        int[] digits = new int[names.size()];
        for (int n = 0; n < digits.length; n++) {
            digits[n] = (int) names.values()[n];
            if (digits[n] < 0 || digits[n] != names.values()[n]) {
                throw new DataFormatException(labels.toString(), "whole numbers from 0", "" + names.values()[n],
                        "labels are class numbers");
            }
        }
        for (int i = 0; i < pixels.size(); i++) {
            float v = pixels.values()[i];
            if (!(v >= 0 && v <= 255)) {
                throw new DataFormatException(images.toString(), "pixels from 0 to 255", "" + v,
                        "write images as unsigned bytes");
            }
            pixels.values()[i] = v / 255;
        }
        return new Digits(pixels, digits);
    }

    /** The number of digits. */
    public int count() {
        return labels.length;
    }

    /** The width and height of a picture in pixels. */
    public int size() {
        return images.dim(1);
    }

    /** The digits {@code from} (inclusive) to {@code to} (exclusive). */
    public Digits range(int from, int to) {
        return new Digits(images.range(from, to), Arrays.copyOfRange(labels, from, to));
    }

    /**
     * The same digits, smaller: each new pixel is the mean of the area that it covers.
     *
     * @param newSize from 1 to {@link #size()}
     */
    public Digits shrink(int newSize) {
        int S = size();
        if (newSize < 1 || newSize > S) {
            throw new IllegalArgumentException("newSize: expected 1 to " + S + " pixels, got " + newSize
                    + ". Hint: digits are only ever made smaller; take a larger picture to begin with");
        }
        if (newSize == S) {
            return this;
        }
        HostArray small = HostArray.zeros(count(), newSize, newSize);
        for (int n = 0; n < count(); n++) {
            for (int y = 0; y < newSize; y++) {
                for (int x = 0; x < newSize; x++) {
                    small.set(areaMean(n, y, x, newSize), n, y, x);
                }
            }
        }
        return new Digits(small, labels);
    }

    private float areaMean(int n, int y, int x, int newSize) {
        int S = size();
        // In units of 1/newSize of an old pixel all edges are whole numbers: old pixel j is [j*newSize, (j+1)*newSize),
        // new pixel i is [i*S, (i+1)*S).
        long sum = 0;
        double mean = 0;
        for (int oldY = y * S / newSize; oldY * newSize < (y + 1) * S; oldY++) {
            for (int oldX = x * S / newSize; oldX * newSize < (x + 1) * S; oldX++) {
                int area = overlap(oldY * newSize, newSize, y * S, S) * overlap(oldX * newSize, newSize, x * S, S);
                mean += area * (double) images.values()[(n * S + oldY) * S + oldX];
                sum += area;
            }
        }
        return (float) (mean / sum);
    }

    private static int overlap(int a, int aLength, int b, int bLength) {
        return Math.min(a + aLength, b + bLength) - Math.max(a, b);
    }

    static Digits shipped(Path folder, String name) throws IOException {
        return read(Shipped.file(folder, name + IMAGES), Shipped.file(folder, name + LABELS));
    }
}
