package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Replaces W where the input has no channels, as in a forecaster's first layer: only the bias is left.
 *
 * @param f what W would be; it still decides the output's shape
 */
record NoInput(Transform f) implements Transform {
    @Override
    public Shape outputShape(Shape x, int channels) {
        return f.outputShape(x, channels);
    }

    @Override
    public Shape kernelShape(Shape x, int channels) {
        return f.kernelShape(x, channels);
    }

    /** Replaces what was in {@code out}, as W does. */
    @Override
    public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        if (bias != null) {
            K.copy(out, bias);
        } else {
            K.fill(out, 0);
        }
    }

    @Override
    public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {}

    @Override
    public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {}
}
