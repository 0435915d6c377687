package convlstm.layer;

import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Keras' {@code Dropout}: in training each element is dropped with the given probability and the others grow by 1 / (1 -
 * rate), so that the mean stays; otherwise nothing happens.
 */
public final class Dropout extends Layer {
    private final float rate;
    private @Nullable Tensor mask;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** A layer that drops the given fraction, in [0, 1). */
    public Dropout(double rate) {
        require(rate >= 0 && rate < 1, "rate", "a fraction in [0, 1)", rate, "0.2 drops a fifth");
        this.rate = (float) rate;
    }

    /** n values, each 0 with probability rate, else 1 / (1 - rate). */
    static float[] mask(int n, float rate, Random random) {
        float[] mask = new float[n];
        for (int k = 0; k < n; k++) {
            mask[k] = random.nextFloat() < rate ? 0 : 1 / (1 - rate);
        }
        return mask;
    }

    @Override
    protected Shape build(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        if (!training || rate == 0) {
            mask = null;
            return x;
        }
        mask = K.reuse(mask, x.shape());
        K.write(mask, mask(x.size(), rate, random()));
        y = K.reuse(y, x.shape());
        K.multiply(y, x, mask, Write.SET);
        return y;
    }

    @Override
    public Tensor backward(Tensor dy) {
        if (mask == null) {
            return dy;
        }
        dx = K.reuse(dx, dy.shape());
        K.multiply(dx, dy, mask, Write.SET);
        return dx;
    }
}
