package convlstm.layer;

import static convlstm.backend.Write.ADD;
import static convlstm.backend.Write.SET;

import convlstm.backend.ActivationFunction;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What LSTM and ConvLSTM2D have in common, which is everything but two linear maps: the <em>input transform</em> (kernel
 * W) and the <em>recurrent transform</em> (kernel U, applied to the previous output). For each time step t
 *
 * <pre>
 * z = W · x_t + U · h_tm1 + b                                four blocks z_i | z_f | z_c | z_o
 * i = σ(z_i)   f = σ(z_f)   g = tanh(z_c)   o = σ(z_o)       input gate, forget gate, candidate, output gate
 * c = f ∘ c_tm1 + i ∘ g                                      cell state
 * h = o ∘ tanh(c)                                            output
 * </pre>
 *
 * where · is a matrix product in {@link Lstm} and a convolution in {@link ConvLstm2d}, and ∘ the product element by
 * element. (Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000; Shi et al. 2015, equation 3.) The
 * four blocks lie side by side in the last axis of z, b and every kernel, so that one transform computes all four. The
 * backward pass goes from the last step to the first; dh and dc hold what reaches h and c from the loss and from step t + 1:
 *
 * <pre>
 * dz_o = dh ∘ tanh(c) ∘ σ'(o)    dc += dh ∘ o ∘ tanh'(c)
 * dz_i = dc ∘ g ∘ σ'(i)          dz_f = dc ∘ c_tm1 ∘ σ'(f)      dz_c = dc ∘ i ∘ tanh'(g)      dc_tm1 = dc ∘ f
 * dh_tm1 += Uᵀ · dz     dx_t = Wᵀ · dz     dU += h_tm1ᵀ · dz     dW += x_tᵀ · dz     db += Σ dz
 * </pre>
 *
 * <p>The input is {@code (T, B, ...)}; the output is {@code (T, B, state)} with {@code returnSequences}, else the last
 * step's {@code (B, state)}.
 *
 * <p>To read {@link #forward(Tensor, State, boolean) forward} and {@link #backward(Tensor, State) backward}: {@code K} is
 * the backend, which does the arithmetic and reuses memory; {@code z.at(t)} is the view of z at step t, {@code p.of(z)} the
 * view at all steps of a piece; {@code SET} replaces what is in the destination, {@code ADD} adds to it. Elsewhere are the
 * options ({@link RecurrentOptions}), masks, which do nothing unless one is set ({@link StepMask}), what forward keeps for
 * backward ({@link Tape}) and dropout ({@link Dropped}).
 *
 * @param <S> the concrete layer, which the option methods return
 */
public abstract class Recurrent<S extends Recurrent<S>> extends RecurrentOptions<S> {
    /** Weights from the cell state to the gates (Gers and Schmidhuber 2000); Keras has none, the paper has. */
    public enum Peephole {
        /** None, as in Keras. */
        NONE,
        /** One weight for each channel: what the paper's parameter counts imply. For LSTM, one for each unit. */
        PER_CHANNEL,
        /** One weight for each pixel and channel: what the paper's equations say. */
        PER_PIXEL
    }

    /**
     * The two parts of a state, or of its gradient, each {@code (B, state)}.
     *
     * @param h the output
     * @param c the cell state
     */
    public record State(Tensor h, Tensor c) {
        /** Refuses one without the other. */
        public State {
            if (h == null || c == null) {
                throw new IllegalArgumentException("state: expected h and c, got h " + h + ", c " + c
                        + ". Hint: a state has two parts; null in place of the whole stands for zeros");
            }
        }
    }

    private final int channels;
    private Shape state; // of one sample
    private Transform W;
    private Transform U;
    private Parameter kernel; // W's; it has no elements if the input has no channels
    private Parameter recurrentKernel; // U's
    private @Nullable Parameter bias;
    private @Nullable Parameter peephole;
    private StepMask mask = StepMask.ALL;

    private @Nullable Tape tape; // what the last forward pass left for backward
    private @Nullable State memory; // where the last call ended, and a stateful layer goes on
    private @Nullable Tensor dzs;
    private @Nullable Tensor dh;
    private @Nullable Tensor dc;
    private @Nullable Tensor dx;
    private @Nullable Tensor reversedX;
    private @Nullable Tensor reversedDx;

    Recurrent(String channelsName, int channels) {
        require(channels > 0, channelsName, "1 or more", channels, "it is the number of channels of the state");
        this.channels = channels;
    }

    // ---- the lines in which the architectures differ

    /** What happens to x_t: kernel W. Refuses sequences it cannot take. */
    protected abstract Transform inputTransform(Shape sequence);

    /** What happens to h_tm1: kernel U. */
    protected abstract Transform recurrentTransform();

    /** Refuses what is no sequence of images; a last axis of up to four numbers is taken for channels. */
    final void requireImages(Shape sequence) {
        String hint = switch (sequence.rank()) {
            case 3 -> sequence.dim(2) <= 4
                    ? "one image (H, W, C) has no time axis T; stack T images"
                    : "a sequence (T, H, W) has no channels; grey images have C = 1";
            case 5 -> "the batch axis is not part of a sample's shape";
            default -> "a sequence of vectors is a job for Lstm";
        };
        require(sequence.rank() == 4, "inputShape", "(T, H, W, C), a sequence of images", sequence, hint);
    }

    /** The number of input masks that dropout draws for a call: 1 for all gates together, or 4, one for each. */
    abstract int inputMasks();

    // ---- forward

    @Override
    public Tensor forward(Tensor x, boolean training) {
        return forward(x, null, training);
    }

    /**
     * The output for a batch {@code (T, B, input)}.
     *
     * @param initial h and c before the first step; null for zeros, or for where a stateful layer's last call ended
     */
    public Tensor forward(Tensor input, @Nullable State initial, boolean training) {
        Tape tape = begin(input, initial, training);
        int T = tape.T();
        Tensor x = tape.x(); // (T, B, input)
        Tensor h = tape.h(); // (T + 1, B, state): step t finds h_tm1 in slot t and puts h into slot t + 1
        Tensor c = tape.c(); // the same
        Tensor z = tape.z(); // (T, B, 4 state): first the sums z_i | z_f | z_c | z_o, then i | f | g | o

        for (Tape.Piece p : tape.pieces()) { //                       W for a piece of the sequence at once, U step by step
            W.apply(K, p.of(z), p.of(x), kernel.value(), value(bias), SET); //                 z = W · x_t + b
            for (int t = p.from(); t < p.to(); t++) {
                if (tape.hasPast(t)) {
                    U.apply(K, z.at(t), h.at(t), recurrentKernel.value(), null, ADD); //       z += U · h_tm1
                }
                K.lstmGates(h.at(t + 1), c.at(t + 1), z.at(t), c.at(t), value(peephole), activation,
                        recurrentActivation);
                mask.keep(K, h, c, t);
            }
        }

        memory = finalState();
        Tensor outputs = mask.outputs(K, h.range(1, T + 1), zeroOutputForMask);
        return returnSequences ? outputs : outputs.at(T - 1);
    }

    // ---- backward

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        return backward(dy, null);
    }

    /**
     * The gradient of the last input, from that of the last output; null if {@link #inputGradient} is off.
     *
     * @param dFinal the gradient of the final state, where another layer started from it; null for zeros
     */
    public @Nullable Tensor backward(Tensor dy, @Nullable State dFinal) {
        Tape tape = left(this.tape);
        Tensor x = tape.x();
        Tensor h = tape.h();
        Tensor c = tape.c();
        Tensor z = tape.z();
        Tensor dh = this.dh = K.reuse(this.dh, h.shape()); //                       in slots like h
        Tensor dc = this.dc = K.reuse(this.dc, c.at(0).shape()); //                 of the current step
        Tensor dzs = this.dzs = K.reuse(this.dzs, z.shape().with(0, tape.steps())); //  of the current piece
        Tensor dx = this.dx = x.size() > 0 && inputGradient() ? K.reuse(this.dx, x.shape()) : null;
        beginBackward(dh, dc, dy, dFinal);

        for (Tape.Piece p : tape.pieces().reversed()) {
            Tensor dz = dzs.range(0, p.size());
            for (int t = p.to() - 1; t >= p.from(); t--) {
                Tensor dz_t = dz.at(t - p.from());
                mask.split(K, dh, dc, t);
                K.lstmGatesGrad(dz_t, dc, gradient(peephole), dh.at(t + 1), z.at(t), c.at(t + 1), c.at(t),
                        value(peephole), activation, recurrentActivation);
                if (tape.hasPast(t)) {
                    U.gradInput(K, dh.at(t), dz_t, recurrentKernel.value(), ADD); //           dh_tm1 += Uᵀ · dz
                }
                mask.join(K, dc);
            }
            int first = tape.hasPast(p.from()) ? p.from() : p.from() + 1;
            if (first < p.to()) {
                U.gradKernel(K, recurrentKernel.gradient(), h.range(first, p.to()), //         dU += h_tm1ᵀ · dz
                        dz.range(first - p.from(), p.size()));
            }
            W.gradKernel(K, kernel.gradient(), p.of(x), dz); //                                dW += x_tᵀ · dz
            if (bias != null) {
                K.sumRows(bias.gradient(), dz); //                                             db += Σ dz
            }
            if (dx != null) {
                W.gradInput(K, p.of(dx), dz, kernel.value(), SET); //                          dx = Wᵀ · dz
            }
        }
        return dx != null && goBackwards ? reversedDx = reversed(reversedDx, dx) : dx;
    }

    // ---- what happens before the loops

    private Tape begin(Tensor input, @Nullable State initial, boolean training) {
        requireInput(input, 2);
        int B = input.dim(1);
        Shape steps = Shape.of(input.dim(0), B);
        require(steps.equals(mask.shape(steps)), "x", "(T, B) of the mask, " + mask.shape(steps), input.shape(),
                "give the mask (B, T) of this batch, or mask(null)");
        State from = initial == null && stateful ? memory : initial;
        if (from != null) {
            requireState("initialState", from, B, initial == null);
        }

        if (W instanceof Dropped dropped) {
            dropped.draw(K, random(), inputShape().drop(1).prepend(B), training);
        }
        if (U instanceof Dropped dropped) {
            dropped.draw(K, random(), state.prepend(B), training);
        }
        Tensor x = goBackwards ? reversedX = reversed(reversedX, input) : input;
        Tape tape = this.tape = Tape.of(K, this.tape, x, state, recurrentKernel.value().size(), from != null);
        if (from != null) {
            K.copy(tape.h().at(0), from.h());
            K.copy(tape.c().at(0), from.c());
        } else {
            K.fill(tape.h().at(0), 0);
            K.fill(tape.c().at(0), 0);
        }
        return tape;
    }

    private void requireState(String argument, State s, int B, boolean remembered) {
        require(!remembered || s.h().dim(0) == B, "x", "the batch size of the last call, " + s.h().dim(0), B,
                "a stateful layer goes on sample by sample; call resetState() to start anew");
        Shape fits = state.prepend(B);
        boolean both = s.h().shape().equals(fits) && s.c().shape().equals(fits);
        require(both, argument, "" + fits, s.h().shape().equals(fits) ? s.c().shape() : s.h().shape(),
                "h and c have the shape (B, " + state + ")");
    }

    /** Fills dh (in slots like h) and dc (of the last step) with what reaches them from outside the loop. */
    private void beginBackward(Tensor dh, Tensor dc, Tensor dy, @Nullable State dFinal) {
        int T = dh.dim(0) - 1;
        Tensor dOutputs = returnSequences ? dh.range(1, T + 1) : dh.at(T);
        require(dy.size() == dOutputs.size(), "dy", "the shape of the last output", dy.shape(),
                "backward follows the forward pass it belongs to");
        K.fill(returnSequences ? dh.at(0) : dh.range(0, T), 0);
        K.copy(dOutputs, dy);
        mask.outputsGrad(K, dh.range(1, T + 1), zeroOutputForMask);
        if (dFinal != null) {
            requireState("dFinal", dFinal, dc.dim(0), false);
            K.addScaled(dh.at(T), dFinal.h(), 1);
            K.copy(dc, dFinal.c());
        } else {
            K.fill(dc, 0);
        }
    }

    private Tensor reversed(@Nullable Tensor old, Tensor sequence) {
        int T = sequence.dim(0);
        Tensor reversed = K.reuse(old, sequence.shape());
        for (int t = 0; t < T; t++) {
            K.copy(reversed.at(t), sequence.at(T - 1 - t));
        }
        return reversed;
    }

    // ---- states and masks

    /** The output h {@code (B, state)} after the last step of the last call. */
    public Tensor finalH() {
        return left(tape).h().at(left(tape).T());
    }

    /** The cell c {@code (B, state)} after the last step of the last call. */
    public Tensor finalC() {
        return left(tape).c().at(left(tape).T());
    }

    /** The state after the last step of the last call, to start another call from. */
    public State finalState() {
        return new State(finalH(), finalC());
    }

    /** The gradient of the initial state that forward was given; call backward first. */
    public State initialStateGradient() {
        if (dh == null || dc == null || !left(tape).past()) {
            throw new IllegalStateException(
                    kind() + ": has no gradient yet. Hint: give forward an initial state, then call backward");
        }
        return new State(dh.at(0), dc);
    }

    /** Whether a mask is set for the next calls. */
    public final boolean masked() {
        return mask != StepMask.ALL;
    }

    /** Whether a call starts from the state in which the last one ended. */
    public final boolean stateful() {
        return stateful;
    }

    @Override
    public ActivationFunction end() {
        return activation;
    }

    /** Stateful layers: the next call starts from zeros again. */
    public void resetState() {
        memory = null;
    }

    /**
     * Sets the steps that the next calls use: {@code (B, T)} of ones and, to skip a step, zeros; null for all. It is no
     * argument of forward, since a model calls its layers with tensors only; what has the batch sets its mask.
     */
    public void mask(@Nullable HostArray steps) {
        require(steps == null || steps.shape().rank() == 2, "mask", "(B, T)", steps == null ? "" : steps.shape(),
                "one flag for each sample and step");
        mask = steps == null ? StepMask.ALL : StepMask.of(K, steps, goBackwards);
    }

    /**
     * Fixes the dropout masks instead of drawing them, to repeat another run: {@code (1 or 4, B, input)} and {@code (4, B,
     * state)}, already scaled by 1 / (1 - rate); null to draw that one.
     */
    public void fixDropoutMasks(@Nullable HostArray input, @Nullable HostArray recurrent) {
        if (W instanceof Dropped dropped) {
            dropped.fix(input);
        }
        if (U instanceof Dropped dropped) {
            dropped.fix(recurrent);
        }
    }

    // ---- building

    @Override
    protected Shape build(Shape input) {
        Shape step = input.drop(1);
        Transform plainW = inputTransform(input);
        Transform plainU = recurrentTransform();
        state = plainW.outputShape(step, channels);
        boolean hasInput = step.dim(-1) > 0;
        Shape kernelShape = plainW.kernelShape(step, 4 * channels);
        kernel = hasInput
                ? parameter("kernel", kernelShape, kernelInitializer, kernelRegularizer)
                : Parameter.empty(K, "kernel", kernelShape);
        recurrentKernel = parameter("recurrent_kernel", plainU.kernelShape(state, 4 * channels),
                recurrentInitializer, recurrentRegularizer);
        if (useBias) {
            bias = parameter("bias", Shape.of(4 * channels), this::initialBias, biasRegularizer);
        }
        if (peepholes != Peephole.NONE) {
            Shape rows = peepholes == Peephole.PER_PIXEL ? state : Shape.of(1, channels);
            peephole = parameter("peephole", rows.prepend(3), Init.zeros(), Regularizer.NONE);
        }
        W = !hasInput ? new NoInput(plainW) : dropped(plainW, dropout, inputMasks());
        U = dropped(plainU, recurrentDropout, 4);
        return returnSequences ? state.prepend(input.dim(0)) : state;
    }

    private static Transform dropped(Transform f, float rate, int masks) {
        return rate > 0 ? new Dropped(f, rate, masks) : f;
    }

    private float[] initialBias(Shape shape, Random random) {
        float[] b = biasInitializer.values(shape, random);
        if (unitForgetBias) {
            Arrays.fill(b, channels, 2 * channels, 1); // the second of i, f, c, o
        }
        return b;
    }

    /** Refuses options that {@link LstmCell} and {@link ConvLstm2dCell} do not have. */
    void requirePlain() {
        boolean plain = activation == ActivationFunction.TANH && recurrentActivation == ActivationFunction.SIGMOID
                && bias != null && peephole == null && !goBackwards && !stateful && kernel.value().size() > 0;
        require(plain, "layer", "tanh, sigmoid, a bias and nothing else", "other options",
                "the gate-by-gate form shows the plain case; use the layer itself for the rest");
    }

    /** The shape of one sample's h, and of its c. */
    public Shape stateShape() {
        inputShape();
        return state;
    }

    /** The number of channels of the state: LSTM's units, ConvLSTM2D's filters. */
    protected final int channels() {
        return channels;
    }

    @Override
    public long multiplyAdds() {
        Shape step = inputShape().drop(1);
        return inputShape().dim(0) * (W.multiplyAdds(step, 4 * channels) + U.multiplyAdds(state, 4 * channels));
    }

    /** At most this: h, c and dh in T + 1 slots, and z and dz with four gates each; dz may be shorter, of one piece. */
    @Override
    public long activationElements() {
        return state.size() * (3 + 11L * inputShape().dim(0)); // 3 (T + 1) + 8 T
    }

    @Override
    public boolean needsSequence() {
        return true;
    }

    @Override
    public boolean keepsSequence() {
        return returnSequences;
    }
}
