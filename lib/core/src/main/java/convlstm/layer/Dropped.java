package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A transform to the four gates with dropout on its input. With one mask m it is the transform of {@code x ∘ m}; with four,
 * each gate sees x through a mask of its own: four transforms, each with its quarter of the kernel. Masks hold 0 or 1 / (1 -
 * rate) and are drawn once for a whole sequence; outside training there are none.
 */
final class Dropped implements Transform {
    private final Transform f;
    private final float rate;
    private final Tensor[] masks;
    private boolean on;
    private @Nullable HostArray fixed;

    private final Quarters kernels = new Quarters();
    private final Quarters biases = new Quarters();
    private @Nullable Tensor masked;
    private @Nullable Tensor dMasked;
    private @Nullable Tensor gate;
    private @Nullable Tensor dPart;

    /** The transform f with {@code count} masks, 1 or 4. */
    Dropped(Transform f, float rate, int count) {
        this.f = f;
        this.rate = rate;
        this.masks = new Tensor[count];
    }

    /** Fixes the masks {@code (count, B, input)} instead of drawing them; null to draw again. */
    void fix(@Nullable HostArray masks) {
        fixed = masks;
    }

    void draw(Backend K, Random random, Shape input, boolean training) {
        on = training;
        for (int m = 0; on && m < masks.length; m++) {
            masks[m] = K.reuse(masks[m], input);
            K.write(masks[m], fixed != null ? fixed.at(m).values() : Dropout.mask(input.size(), rate, random));
        }
    }

    @Override
    public Shape outputShape(Shape x, int channels) {
        return f.outputShape(x, channels);
    }

    @Override
    public Shape kernelShape(Shape x, int channels) {
        return f.kernelShape(x, channels);
    }

    @Override
    public long multiplyAdds(Shape x, int channels) {
        return f.multiplyAdds(x, channels);
    }

    @Override
    public void apply(Backend K, Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        if (!on || masks.length == 1) {
            f.apply(K, out, on ? masked(K, x, 0) : x, kernel, bias, write);
            return;
        }
        int F = out.dim(-1) / 4;
        Tensor y = gate = K.reuse(gate, out.shape().with(-1, F));
        for (int g = 0; g < 4; g++) {
            f.apply(K, y, masked(K, x, g), kernels.get(K, kernel, g), bias == null ? null : biases.get(K, bias, g),
                    Write.SET);
            K.copyChannels(out, g * F, y, 0, F, write);
        }
    }

    @Override
    public void gradInput(Backend K, Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        if (!on) {
            f.gradInput(K, dx, dOut, kernel, write);
            return;
        }
        Tensor d = dMasked = K.reuse(dMasked, dx.shape());
        for (int m = 0; m < masks.length; m++) {
            boolean one = masks.length == 1;
            f.gradInput(K, d, one ? dOut : gate(K, dOut, m), one ? kernel : kernels.get(K, kernel, m), Write.SET);
            K.multiply(dx, d, masks[m], m == 0 ? write : Write.ADD);
        }
    }

    @Override
    public void gradKernel(Backend K, Tensor dKernel, Tensor x, Tensor dOut) {
        if (!on || masks.length == 1) {
            f.gradKernel(K, dKernel, on ? masked(K, x, 0) : x, dOut);
            return;
        }
        int F = dKernel.dim(-1) / 4;
        Tensor d = dPart = K.reuse(dPart, dKernel.shape().with(-1, F));
        for (int g = 0; g < 4; g++) {
            K.fill(d, 0);
            f.gradKernel(K, d, masked(K, x, g), gate(K, dOut, g));
            K.copyChannels(dKernel, g * F, d, 0, F, Write.ADD);
        }
    }

    private Tensor masked(Backend K, Tensor x, int m) {
        masked = K.reuse(masked, x.shape());
        K.multiply(masked, x, masks[m], Write.SET);
        return masked;
    }

    private Tensor gate(Backend K, Tensor gates, int g) {
        gate = quarter(K, gate, gates, g);
        return gate;
    }

    /** Gate g's quarter of the last axis, in the memory of an old tensor where it fits. */
    static Tensor quarter(Backend K, @Nullable Tensor old, Tensor gates, int g) {
        int F = gates.dim(-1) / 4;
        Tensor part = K.reuse(old, gates.shape().with(-1, F));
        K.copyChannels(part, 0, gates, g * F, F, Write.SET);
        return part;
    }

    /** The quarters of a weight. They are copied anew only after it has changed, so that backends can keep what they prepare. */
    private static final class Quarters {
        private final Tensor[] quarters = new Tensor[4];
        private @Nullable Tensor of;
        private long version;

        Tensor get(Backend K, Tensor weight, int g) {
            if (!weight.equals(of) || weight.buffer().changedSince(version)) {
                for (int k = 0; k < 4; k++) {
                    quarters[k] = quarter(K, quarters[k], weight, k);
                }
                of = weight;
                version = weight.buffer().version();
            }
            return quarters[g];
        }
    }
}
