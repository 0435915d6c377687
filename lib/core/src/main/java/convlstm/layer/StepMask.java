package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Which time steps a recurrent layer skips, for each sample, as with Keras' masks: at a skipped step the states stay as they
 * were, and the output repeats the one before (zeros before the first) or is zero.
 */
class StepMask {
    /** Uses every step: nothing happens. */
    static final StepMask ALL = new StepMask();

    private StepMask() {}

    /** From flags {@code (B, T)}; {@code reversed} if the layer walks from the last step to the first. */
    static StepMask of(Backend K, HostArray flags, boolean reversed) {
        int B = flags.dim(0);
        int T = flags.dim(1);
        float[] use = new float[flags.size()];
        float[] skip = new float[flags.size()];
        for (int b = 0; b < B; b++) {
            for (int t = 0; t < T; t++) {
                int at = (reversed ? T - 1 - t : t) * B + b;
                use[at] = flags.get(b, t) != 0 ? 1 : 0;
                skip[at] = 1 - use[at];
            }
        }
        return new Some(K.tensor(Shape.of(T, B), use), K.tensor(Shape.of(T, B), skip));
    }

    /** The {@code (T, B)} of the sequences it was made for; {@code any} if it fits all. */
    Shape shape(Shape any) {
        return any;
    }

    /** After step t: puts the states before it, slot t, back into slot t + 1 where the step is skipped. */
    void keep(Backend K, Tensor h, Tensor c, int t) {}

    /** The outputs {@code (T, B, ...)} for the states h after each step. */
    Tensor outputs(Backend K, Tensor h, boolean zeroWhereSkipped) {
        return h;
    }

    /** The backward pass of {@link #outputs}, in place: from what reaches the outputs to what reaches the states h. */
    void outputsGrad(Backend K, Tensor dh, boolean zeroWhereSkipped) {}

    /**
     * The backward pass of {@link #keep}, before that of step t. Where the step is skipped, the gradient belongs to the step
     * before: dh is moved to slot t, and dc is put aside. What remains in slot t + 1 and in dc is for step t.
     */
    void split(Backend K, Tensor dh, Tensor dc, int t) {}

    /** After the backward pass of a step: adds to dc what {@link #split} put aside. */
    void join(Backend K, Tensor dc) {}

    /** A mask that skips some steps. */
    private static final class Some extends StepMask {
        private final Tensor use; // (T, B): 1 for a step to use and 0 for one to skip
        private final Tensor skip; // its complement
        private @Nullable Tensor outputs;
        private @Nullable Tensor passing;

        Some(Tensor use, Tensor skip) {
            this.use = use;
            this.skip = skip;
        }

        @Override
        Shape shape(Shape any) {
            return use.shape();
        }

        @Override
        void keep(Backend K, Tensor h, Tensor c, int t) {
            keep(K, h, t);
            keep(K, c, t);
        }

        private void keep(Backend K, Tensor states, int t) {
            K.scaleRows(states.at(t + 1), states.at(t + 1), use.at(t), Write.SET);
            K.scaleRows(states.at(t + 1), states.at(t), skip.at(t), Write.ADD);
        }

        @Override
        Tensor outputs(Backend K, Tensor h, boolean zeroWhereSkipped) {
            Tensor y = outputs = K.reuse(outputs, h.shape());
            for (int t = 0; t < h.dim(0); t++) {
                K.scaleRows(y.at(t), h.at(t), use.at(t), Write.SET);
                if (t > 0 && !zeroWhereSkipped) {
                    K.scaleRows(y.at(t), y.at(t - 1), skip.at(t), Write.ADD);
                }
            }
            return y;
        }

        @Override
        void outputsGrad(Backend K, Tensor dh, boolean zeroWhereSkipped) {
            for (int t = dh.dim(0) - 1; t >= 0; t--) {
                if (t > 0 && !zeroWhereSkipped) {
                    K.scaleRows(dh.at(t - 1), dh.at(t), skip.at(t), Write.ADD);
                }
                K.scaleRows(dh.at(t), dh.at(t), use.at(t), Write.SET);
            }
        }

        @Override
        void split(Backend K, Tensor dh, Tensor dc, int t) {
            Tensor aside = passing = K.reuse(passing, dc.shape());
            K.scaleRows(aside, dc, skip.at(t), Write.SET);
            K.scaleRows(dc, dc, use.at(t), Write.SET);
            K.scaleRows(dh.at(t), dh.at(t + 1), skip.at(t), Write.ADD);
            K.scaleRows(dh.at(t + 1), dh.at(t + 1), use.at(t), Write.SET);
        }

        @Override
        void join(Backend K, Tensor dc) {
            if (passing != null) {
                K.addScaled(dc, passing, 1);
            }
        }
    }
}
