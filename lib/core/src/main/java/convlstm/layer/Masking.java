package convlstm.layer;

import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keras' {@code Masking}: steps in which every number is the mask value become zeros, and the recurrent layers that follow
 * skip them: the model passes {@link #steps} to {@link Recurrent#mask}.
 */
public final class Masking extends Layer {
    private final float value;
    private HostArray steps = HostArray.zeros(0);
    private @Nullable Tensor use;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;

    /** A layer that masks steps with nothing but this value; 0 is usual. */
    public Masking(double maskValue) {
        value = (float) maskValue;
    }

    @Override
    protected Shape build(Shape input) {
        require(input.rank() == 2, "inputShape", "(T, D), a sequence of vectors", input,
                "of images Keras would mask single pixels; give the steps with new Dataset(x, y, mask)");
        return input;
    }

    @Override
    public boolean needsSequence() {
        return true;
    }

    /** Which steps of the last batch are used: {@code (B, T)} of ones and zeros. */
    public HostArray steps() {
        return steps;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        requireInput(x, 2);
        int T = x.dim(0);
        int B = x.dim(1);
        int row = x.size() / (T * B);
        float[] values = K.toArray(x);
        float[] rows = new float[T * B];
        steps = HostArray.zeros(B, T);
        for (int r = 0; r < rows.length; r++) {
            for (int i = r * row; i < (r + 1) * row && rows[r] == 0; i++) {
                rows[r] = values[i] != value ? 1 : 0;
            }
            steps.values()[r % B * T + r / B] = rows[r];
        }
        use = K.reuse(use, Shape.of(T * B));
        K.write(use, rows);
        y = K.reuse(y, x.shape());
        scale(y, x);
        return y;
    }

    private void scale(Tensor dst, Tensor src) {
        Tensor rows = use;
        if (rows != null) {
            K.scaleRows(dst.reshape(rows.size(), dst.size() / rows.size()),
                    src.reshape(rows.size(), src.size() / rows.size()), rows, Write.SET);
        }
    }

    @Override
    public Tensor backward(Tensor dy) {
        dx = K.reuse(dx, dy.shape());
        scale(dx, dy);
        return dx;
    }
}
