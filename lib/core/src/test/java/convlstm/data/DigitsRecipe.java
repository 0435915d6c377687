package convlstm.data;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes the files in {@code data/} from the whole of MNIST: the first 50 of each digit in the training set and the
 * first 20 of each in the test set, in their order there. Always the same pictures, for the inputs are checked; the
 * compressed bytes are the same wherever Java brings the same zlib.
 *
 * <pre>java -cp lib/core/target/classes:lib/core/target/test-classes convlstm.data.DigitsRecipe FOLDER_WITH_MNIST data</pre>
 */
public final class DigitsRecipe {
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
        for (String file : Digits.MNIST.keySet()) {
            Digits.mnist(mnist, file);
        }
        pick(mnist, "train", 50, folder, Digits.TRAIN);
        pick(mnist, "t10k", 20, folder, Digits.HELD_OUT);
        for (String set : new String[] {Digits.TRAIN, Digits.HELD_OUT}) {
            for (String part : new String[] {Digits.IMAGES, Digits.LABELS}) {
                Shipped.add(folder, set + part);
            }
        }
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
}
