package convlstm.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes the tensors of one scenario on one backend. All are windows at odd offsets in larger buffers, and the elements
 * around each window are guards: whoever writes outside its window is found out.
 */
final class Lab {
    private static final float GUARD = 12345;
    private static final int BEFORE = 3;
    private static final int AFTER = 5;

    /** The backend to compute on. */
    final Backend K;

    private final Random random;
    private final List<Tensor> windows = new ArrayList<>();

    /** The same seed gives the same tensors on every backend. */
    Lab(Backend K, long seed) {
        this.K = K;
        this.random = new Random(seed);
    }

    /** A tensor of the given values. */
    Tensor of(Shape shape, float... values) {
        Tensor whole = K.allocate(Shape.of(BEFORE + shape.size() + AFTER));
        K.fill(whole, GUARD);
        Tensor window = new Tensor(shape, whole.buffer(), whole.offset() + BEFORE);
        K.write(window, values);
        windows.add(window);
        return window;
    }

    /** Uniform in [low, high). */
    Tensor uniform(float low, float high, int... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = low + (high - low) * random.nextFloat();
        }
        return of(shape, values);
    }

    /** Uniform in [-1, 1). */
    Tensor random(int... dims) {
        return uniform(-1, 1, dims);
    }

    /** Every element the same. */
    Tensor filled(float value, int... dims) {
        Tensor t = uniform(0, 1, dims);
        K.fill(t, value);
        return t;
    }

    /** A destination that is to be replaced: full of NaN, so that an old element that stays is found out. */
    Tensor toBeSet(int... dims) {
        return filled(Float.NaN, dims);
    }

    /** A destination for the given way of writing: NaN to be replaced, or numbers to be added to. */
    Tensor destination(Write write, int... dims) {
        return write == Write.SET ? toBeSet(dims) : random(dims);
    }

    /** Random values, with NaN and both infinities sown in. */
    Tensor withSpecials(int... dims) {
        Tensor t = random(dims);
        float[] values = K.toArray(t);
        float[] specials = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, 200f, -200f};
        for (int k = 0; k < specials.length && k * 5 < values.length; k++) {
            values[k * 5] = specials[k];
        }
        K.write(t, values);
        return t;
    }

    /** Fails if anything around a window was written to. */
    void assertGuardsStand() {
        for (Tensor t : windows) {
            int from = t.offset() - BEFORE;
            Tensor before = new Tensor(Shape.of(BEFORE), t.buffer(), from);
            Tensor after = new Tensor(Shape.of(AFTER), t.buffer(), t.offset() + t.size());
            for (Tensor guard : List.of(before, after)) {
                for (float g : K.toArray(guard)) {
                    assertEquals(GUARD, g, "an element outside the window of a " + t + " was written to");
                }
            }
        }
    }
}
