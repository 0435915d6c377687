package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;

/**
 * The time steps that a recurrent layer is to skip, sample by sample, as Keras masks do: where a step is skipped the states
 * stay as they were, and the output repeats the one before (zeros before the first) or is zero.
 *
 * @param use {@code (T, B)}, 1 for a step to use and 0 for one to skip
 * @param skip {@code (T, B)}, its complement
 */
record StepMask(Tensor use, Tensor skip) {
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
        return new StepMask(K.tensor(Shape.of(T, B), use), K.tensor(Shape.of(T, B), skip));
    }

    /** Puts the state before step t, slot t, back into slot t + 1 where the step is skipped. */
    void keep(Backend K, Tensor states, int t) {
        K.scaleRows(states.at(t + 1), states.at(t + 1), use.at(t), Write.SET);
        K.scaleRows(states.at(t + 1), states.at(t), skip.at(t), Write.ADD);
    }

    /** The outputs {@code (T, B, ...)} for the states h in slots 1 to T. */
    void outputs(Backend K, Tensor outputs, Tensor h, boolean zeroWhereSkipped) {
        for (int t = 0; t < outputs.dim(0); t++) {
            K.scaleRows(outputs.at(t), h.at(t + 1), use.at(t), Write.SET);
            if (t > 0 && !zeroWhereSkipped) {
                K.scaleRows(outputs.at(t), outputs.at(t - 1), skip.at(t), Write.ADD);
            }
        }
    }

    /** The backward pass of {@link #outputs}: fills slots 1 to T of dh from {@code dOutputs}, which it uses up. */
    void outputsGrad(Backend K, Tensor dh, Tensor dOutputs, boolean zeroWhereSkipped) {
        for (int t = dOutputs.dim(0) - 1; t >= 0; t--) {
            K.scaleRows(dh.at(t + 1), dOutputs.at(t), use.at(t), Write.SET);
            if (t > 0 && !zeroWhereSkipped) {
                K.scaleRows(dOutputs.at(t - 1), dOutputs.at(t), skip.at(t), Write.ADD);
            }
        }
    }

    /**
     * The backward pass of {@link #keep} for h and c: moves what passes by a skipped step t to the step before it, dh to
     * slot t, dc to {@code passing}; what remains in slot t + 1 and in dc is for the step.
     */
    void split(Backend K, Tensor dh, Tensor dc, Tensor passing, int t) {
        K.scaleRows(passing, dc, skip.at(t), Write.SET);
        K.scaleRows(dc, dc, use.at(t), Write.SET);
        K.scaleRows(dh.at(t), dh.at(t + 1), skip.at(t), Write.ADD);
        K.scaleRows(dh.at(t + 1), dh.at(t + 1), use.at(t), Write.SET);
    }
}
