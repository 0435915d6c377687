package convlstm.evidence;

import convlstm.data.Dataset;
import convlstm.data.Digits;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

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
        int[] which = IntStream.range(0, all.count()).filter(k -> k % 5 == 0 == fifth).toArray();
        return new Digits(Dataset.select(all.images(), which),
                Arrays.stream(which).map(k -> all.labels()[k]).toArray());
    }
}
