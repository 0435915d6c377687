package convlstm.evidence;

import convlstm.data.Digits;
import convlstm.tensor.HostArray;
import java.io.IOException;

/**
 * The kit's digits in three sets that share none.
 *
 * @param train 400 of the digits to train with
 * @param validation the other 100 of them: every fifth
 * @param test the 200 held-out digits, which come from MNIST's test set
 */
public record DigitSets(Digits train, Digits validation, Digits test) {
    /** The digits that come with the kit. */
    public static DigitSets shipped() throws IOException {
        Digits all = Digits.train();
        return new DigitSets(part(all, false), part(all, true), Digits.heldOut());
    }

    private static Digits part(Digits all, boolean fifth) {
        int[] which = java.util.stream.IntStream.range(0, all.count()).filter(k -> k % 5 == 0 == fifth).toArray();
        HostArray images = HostArray.zeros(which.length, all.size(), all.size());
        int[] labels = new int[which.length];
        int size = all.size() * all.size();
        for (int k = 0; k < which.length; k++) {
            System.arraycopy(all.images().values(), which[k] * size, images.values(), k * size, size);
            labels[k] = all.labels()[which[k]];
        }
        return new Digits(images, labels);
    }
}
