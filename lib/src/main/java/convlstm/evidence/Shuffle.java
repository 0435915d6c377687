package convlstm.evidence;

import convlstm.layer.Layer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Scatters the pixels of images by one fixed permutation, channels together: everything is still there, and nothing is
 * next to what it was next to. Input and output {@code (T, H, W, C)}; it learns nothing.
 */
public final class Shuffle extends Layer {
    private final long permutation;
    private final boolean back;
    private int[] place = {};
    private @Nullable Tensor out;
    private @Nullable Tensor dx;

    private Shuffle(long permutation, boolean back) {
        this.permutation = permutation;
        this.back = back;
    }

    /** Scatters by the permutation of that number. */
    public static Shuffle scatter(long permutation) {
        return new Shuffle(permutation, false);
    }

    /** Puts back what {@link #scatter} with the same number scattered. */
    public static Shuffle gather(long permutation) {
        return new Shuffle(permutation, true);
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() == 4, "inputShape", "(T, H, W, C), a sequence of images", input,
                "a list has no neighbours to scatter");
        place = permutation(input.dim(1) * input.dim(2), permutation);
        return input;
    }

    /** Pixel p goes to {@code place[p]}. */
    static int[] permutation(int pixels, long number) {
        int[] place = new int[pixels];
        Random random = new Random(number);
        for (int p = 0; p < pixels; p++) { // Fisher and Yates, from the inside out
            int other = random.nextInt(p + 1);
            place[p] = place[other];
            place[other] = p;
        }
        return place;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 2);
        out = K.reuse(out, x.shape());
        move(x, out, back);
        return out;
    }

    @Override
    public Tensor backward(Tensor dy) {
        dx = K.reuse(dx, dy.shape());
        move(dy, dx, !back);
        return dx;
    }

    /** Moves on the host: a permutation is no arithmetic, and no backend has it. */
    private void move(Tensor from, Tensor to, boolean inverse) {
        float[] source = K.toArray(from);
        float[] target = new float[source.length];
        int C = from.dim(-1);
        for (int k = 0; k < source.length / C; k++) {
            int p = k % place.length;
            int moved = k - p + place[p];
            System.arraycopy(source, (inverse ? moved : k) * C, target, (inverse ? k : moved) * C, C);
        }
        K.write(to, target);
    }
}
