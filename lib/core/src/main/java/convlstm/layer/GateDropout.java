package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A transform to all four gates, with what dropout makes of it: nothing (one call for all gates); one mask for all gates
 * (one call on the masked input); or one mask for each gate (four calls, each with its gate's part of the kernel). Masks
 * are drawn once for a whole sequence and hold 0 or 1 / (1 - rate).
 */
final class GateDropout {
    private Tensor[] masks = {};

    /** Draws the masks for the next pass: none if the rate is 0, {@code count} (1 or 4) otherwise; or takes those given. */
    void draw(Backend K, Random random, float rate, int count, Shape sample, @Nullable HostArray fixed) {
        if (rate == 0) {
            masks = new Tensor[0];
            return;
        }
        masks = new Tensor[count];
        for (int m = 0; m < count; m++) {
            float[] values = fixed != null ? fixed.at(m).values() : Dropout.mask(sample.size(), rate, random);
            masks[m] = K.tensor(sample, values);
        }
    }

    /** {@code out = transform(x, kernel) + bias}, the four gates side by side in the last axis. */
    void apply(
            Backend K, Transform f, Tensor out, Tensor x, Parameter kernel, @Nullable Tensor bias, Write write) {
        if (masks.length < 4) {
            f.apply(K, out, masked(K, x, 0), kernel.value(), bias, write);
            return;
        }
        Tensor gate = K.allocate(out.shape().with(-1, out.dim(-1) / 4));
        for (int g = 0; g < 4; g++) {
            f.apply(K, gate, masked(K, x, g), part(K, kernel.value(), g), bias == null ? null : part(K, bias, g),
                    Write.SET);
            K.copyChannels(out, g * gate.dim(-1), gate, 0, gate.dim(-1), write);
        }
    }

    /** {@code dx} from {@code dOut}, all gates. */
    void gradInput(Backend K, Transform f, Tensor dx, Tensor dOut, Parameter kernel, Write write) {
        if (masks.length == 0) {
            f.gradInput(K, dx, dOut, kernel.value(), write);
            return;
        }
        Tensor dMasked = K.allocate(dx.shape());
        for (int g = 0; g < masks.length; g++) {
            boolean whole = masks.length == 1;
            f.gradInput(K, dMasked, whole ? dOut : part(K, dOut, g),
                    whole ? kernel.value() : part(K, kernel.value(), g),
                    Write.SET);
            K.multiply(dx, dMasked, masks[g], g == 0 ? write : Write.ADD);
        }
    }

    /** Adds to the kernel's gradient, all gates. */
    void gradKernel(Backend K, Transform f, Parameter kernel, Tensor x, Tensor dOut) {
        if (masks.length < 4) {
            f.gradKernel(K, kernel.gradient(), masked(K, x, 0), dOut);
            return;
        }
        for (int g = 0; g < 4; g++) {
            Tensor dPart = K.allocate(kernel.value().shape().with(-1, kernel.value().dim(-1) / 4));
            f.gradKernel(K, dPart, masked(K, x, g), part(K, dOut, g));
            K.copyChannels(kernel.gradient(), g * dPart.dim(-1), dPart, 0, dPart.dim(-1), Write.ADD);
        }
    }

    private Tensor masked(Backend K, Tensor x, int m) {
        if (masks.length == 0) {
            return x;
        }
        Tensor y = K.allocate(x.shape());
        K.multiply(y, x, masks[m], Write.SET);
        return y;
    }

    /** Gate g's quarter of the last axis. */
    static Tensor part(Backend K, Tensor gates, int g) {
        int n = gates.dim(-1) / 4;
        Tensor part = K.allocate(gates.shape().with(-1, n));
        K.copyChannels(part, 0, gates, g * n, n, Write.SET);
        return part;
    }
}
