package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the files in {@code data/} from the whole of MNIST: the first 50 of each digit in the training set and the
 * first 20 of each in the test set, in their order there. Always the same pictures, for the inputs are checked; the
 * compressed bytes are the same wherever Java brings the same zlib.
 *
 * <pre>java -cp lib/core/target/classes:lib/core/target/test-classes convlstm.data.DigitsRecipe FOLDER_WITH_MNIST data</pre>
 */
public final class DigitsRecipe {
    /** MNIST's four files, unpacked, and their SHA-256. */
    private static final Map<String, String> MNIST = Map.of(
            "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

    private DigitsRecipe() {}

    /**
     * Runs the recipe.
     *
     * @param args the folder with MNIST's four unpacked IDX files, and the folder to write to
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("args: expected the folder with MNIST's unpacked IDX files and the"
                    + " folder to write to, got " + args.length + " arguments");
        }
        make(Path.of(args[0]), Path.of(args[1]));
    }

    static void make(Path mnist, Path folder) throws IOException {
        for (Map.Entry<String, String> file : MNIST.entrySet()) {
            Path path = mnist.resolve(file.getKey());
            String got = Shipped.sha256(path);
            if (!got.equals(file.getValue())) {
                throw new DataFormatException(path.toString(), "SHA-256 " + file.getValue(), got,
                        "take the original MNIST, unpacked with gunzip");
            }
        }
        pick(mnist, "train", 50, folder, Digits.TRAIN);
        pick(mnist, "t10k", 20, folder, Digits.HELD_OUT);
        writeChecksums(folder);
    }

    /** Writes the first {@code perDigit} of each digit. */
    static void pick(Path mnist, String set, int perDigit, Path folder, String name) throws IOException {
        HostArray images = Idx.read(mnist.resolve(set + "-images-idx3-ubyte"));
        HostArray labels = Idx.read(mnist.resolve(set + "-labels-idx1-ubyte"));
        int S = images.dim(1);
        HostArray pickedImages = HostArray.zeros(10 * perDigit, S, S);
        HostArray pickedLabels = HostArray.zeros(10 * perDigit);
        int[] taken = new int[10];
        int n = 0;
        for (int i = 0; i < labels.size(); i++) {
            int digit = (int) labels.values()[i];
            if (taken[digit]++ < perDigit) {
                System.arraycopy(images.values(), i * S * S, pickedImages.values(), n * S * S, S * S);
                pickedLabels.values()[n++] = digit;
            }
        }
        Idx.write(folder.resolve(name + Digits.IMAGES), pickedImages);
        Idx.write(folder.resolve(name + Digits.LABELS), pickedLabels);
    }

    private static void writeChecksums(Path folder) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        if (Files.exists(folder.resolve(Shipped.CHECKSUMS))) { // keeps those of other files
            for (String line : Files.readAllLines(folder.resolve(Shipped.CHECKSUMS))) {
                sums.put(line.substring(66), line.substring(0, 64));
            }
        }
        for (String set : new String[] {Digits.TRAIN, Digits.HELD_OUT}) {
            for (String part : new String[] {Digits.IMAGES, Digits.LABELS}) {
                sums.put(set + part, Shipped.sha256(folder.resolve(set + part)));
            }
        }
        StringBuilder lines = new StringBuilder();
        sums.forEach((file, sum) -> lines.append(sum).append("  ").append(file).append('\n'));
        AtomicFile.write(
                folder.resolve(Shipped.CHECKSUMS), out -> out.write(lines.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
