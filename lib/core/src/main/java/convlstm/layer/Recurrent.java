package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What LSTM and ConvLSTM2D have in common, which is everything but two linear maps: the <em>input transform</em> (kernel
 * W) and the <em>recurrent transform</em> (kernel U, applied to the previous output). For each time step t
 *
 * <pre>
 * i = σ(W_i · x_t + U_i · h_tm1 + b_i)         input gate
 * f = σ(W_f · x_t + U_f · h_tm1 + b_f)         forget gate
 * g = tanh(W_c · x_t + U_c · h_tm1 + b_c)      candidate
 * o = σ(W_o · x_t + U_o · h_tm1 + b_o)         output gate
 * c = f ∘ c_tm1 + i ∘ g                        cell state
 * h = o ∘ tanh(c)                              output
 * </pre>
 *
 * where · is a matrix product in {@link Lstm} and a convolution in {@link ConvLstm2d}, and ∘ the product element by
 * element. (Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000; Shi et al. 2015, equation 3.) The
 * four gates i | f | c | o lie side by side in the last axis of every kernel, so that one transform computes all.
 *
 * <p>The input is {@code (T, B, ...)}; the output is {@code (T, B, state)} with {@code returnSequences}, else the last
 * step's {@code (B, state)}. Options bear Keras' names and do what Keras' do, masks and dropout included.
 *
 * @param <S> the concrete layer, which the option methods return
 */
public abstract class Recurrent<S extends Recurrent<S>> extends Layer {
    /** Weights from the cell state to the gates (Gers and Schmidhuber 2000); Keras has none, the paper has. */
    public enum Peephole {
        /** None, as in Keras. */
        NONE,
        /** One weight for each channel: what the paper's parameter counts imply. For LSTM, one for each unit. */
        PER_CHANNEL,
        /** One weight for each pixel and channel: what the paper's equations say. */
        PER_PIXEL
    }

    private final int channels;

    // Keras' arguments, with Keras' defaults
    private ActivationFunction activation = ActivationFunction.TANH;
    private ActivationFunction recurrentActivation = ActivationFunction.SIGMOID;
    private boolean useBias = true;
    private boolean unitForgetBias = true;
    private Init kernelInitializer = Init.glorotUniform();
    private Init recurrentInitializer = Init.orthogonal();
    private Init biasInitializer = Init.zeros();
    private Regularizer kernelRegularizer = Regularizer.NONE;
    private Regularizer recurrentRegularizer = Regularizer.NONE;
    private Regularizer biasRegularizer = Regularizer.NONE;
    private float dropout;
    private float recurrentDropout;
    private boolean returnSequences;
    private boolean goBackwards;
    private boolean stateful;
    private boolean zeroOutputForMask;
    private Peephole peepholeKind = Peephole.NONE;

    // what build makes
    private Transform inputTransform;
    private Transform recurrentTransform;
    private Shape state; // of one sample
    private boolean hasInput;
    private @Nullable Parameter kernel;
    private Parameter recurrentKernel;
    private @Nullable Parameter bias;
    private @Nullable Parameter peephole;

    // what forward leaves for backward; h and c have T+1 slots, and slot 0 is the initial state
    private int T;
    private int B;
    private Tensor x;
    private Tensor h;
    private Tensor c;
    private Tensor gates;
    private @Nullable Tensor masked; // the outputs, where a mask makes them differ from h
    private @Nullable Tensor reversedX;
    private @Nullable Tensor reversedDx;
    private @Nullable Tensor dh;
    private @Nullable Tensor dc;
    private @Nullable Tensor passing; // dc past a skipped step
    private @Nullable Tensor dGates;
    private @Nullable Tensor dx;

    private @Nullable Tensor givenH;
    private @Nullable Tensor givenC;
    private int together; // steps of one input transform: their gates stay in the cache until the loop over t is there
    private boolean hasPast; // the initial state is not just zeros
    private boolean hasMemory; // stateful: h and c of the last call are there to go on from
    private @Nullable Tensor memoryH;
    private @Nullable Tensor memoryC;
    private @Nullable Tensor dFinalH;
    private @Nullable Tensor dFinalC;

    private @Nullable StepMask mask;
    private final GateDropout inputDropout = new GateDropout();
    private final GateDropout stateDropout = new GateDropout();
    private @Nullable HostArray fixedInputMasks;
    private @Nullable HostArray fixedRecurrentMasks;

    @SuppressWarnings("NullAway.Init")
    Recurrent(String channelsName, int channels) {
        require(channels > 0, channelsName, "1 or more", channels, "it is the number of channels of the state");
        this.channels = channels;
    }

    // ---- the lines in which the architectures differ

    /** What happens to x_t: kernel W. Refuses sequences it cannot take. */
    protected abstract Transform inputTransform(Shape sequence);

    /** What happens to h_tm1: kernel U. */
    protected abstract Transform recurrentTransform();

    /** How many input masks dropout draws for one call: one for all gates, or four; see the layer's own words. */
    abstract int inputMasks();

    /** The fraction of h_tm1 dropped. */
    final float recurrentDropout() {
        return recurrentDropout;
    }

    // ---- options

    @SuppressWarnings("unchecked")
    private S self() {
        require(K == null, "options", "to be set before build", "a built layer", "set them where the layer is made");
        return (S) this;
    }

    /** The activation of the candidate and of the output; default tanh. */
    public S activation(ActivationFunction f) {
        activation = f;
        return self();
    }

    /** The activation of the gates i, f and o; default sigmoid. */
    public S recurrentActivation(ActivationFunction f) {
        recurrentActivation = f;
        return self();
    }

    /** Whether there is a bias; default true. */
    public S useBias(boolean use) {
        useBias = use;
        return self();
    }

    /** Whether the forget gate's bias starts at one, so that a young layer remembers; default true. */
    public S unitForgetBias(boolean one) {
        unitForgetBias = one;
        return self();
    }

    /** How W starts; default Glorot uniform. */
    public S kernelInitializer(Init init) {
        kernelInitializer = init;
        return self();
    }

    /** How U starts; default orthogonal. */
    public S recurrentInitializer(Init init) {
        recurrentInitializer = init;
        return self();
    }

    /** How b starts, but for the forget gate if {@code unitForgetBias}; default zeros. */
    public S biasInitializer(Init init) {
        biasInitializer = init;
        return self();
    }

    /** The penalties on W, U and b; default none. */
    public S regularizers(Regularizer kernel, Regularizer recurrent, Regularizer bias) {
        kernelRegularizer = kernel;
        recurrentRegularizer = recurrent;
        biasRegularizer = bias;
        return self();
    }

    /** The fraction of x that is dropped in training: masks drawn once per call, the same at every step; default 0. */
    public S dropout(double rate) {
        dropout = rate("dropout", rate);
        return self();
    }

    /** The fraction of h_tm1 that the gates do not see in training: four masks drawn once per call; default 0. */
    public S recurrentDropout(double rate) {
        recurrentDropout = rate("recurrentDropout", rate);
        return self();
    }

    private float rate(String name, double rate) {
        require(rate >= 0 && rate < 1, name, "a fraction in [0, 1)", rate, "0.2 drops a fifth");
        return (float) rate;
    }

    /** Whether every step's output is returned, or only the last; default false. */
    public S returnSequences(boolean all) {
        returnSequences = all;
        return self();
    }

    /** Whether time runs from the last step to the first; outputs stay in the order processed. Default false. */
    public S goBackwards(boolean backwards) {
        goBackwards = backwards;
        return self();
    }

    /** Whether a call goes on from the states in which the last one ended; default false. */
    public S stateful(boolean keep) {
        stateful = keep;
        return self();
    }

    /** Whether masked steps put out zeros, not the output before them; default false. */
    public S zeroOutputForMask(boolean zero) {
        zeroOutputForMask = zero;
        return self();
    }

    /** Weights from the cell state to the gates; default none. */
    public S peephole(Peephole kind) {
        peepholeKind = kind;
        return self();
    }

    // ---- building

    @Override
    protected Shape build(Shape input) {
        Shape step = input.drop(1);
        inputTransform = inputTransform(input);
        recurrentTransform = recurrentTransform();
        state = inputTransform.outputShape(step, channels);
        hasInput = step.dim(-1) > 0;
        if (hasInput) {
            kernel = parameter("kernel", inputTransform.kernelShape(step, 4 * channels), kernelInitializer,
                    kernelRegularizer);
        }
        recurrentKernel = parameter("recurrent_kernel", recurrentTransform.kernelShape(state, 4 * channels),
                recurrentInitializer, recurrentRegularizer);
        if (useBias) {
            bias = parameter("bias", Shape.of(4 * channels), this::initialBias, biasRegularizer);
        }
        if (peepholeKind != Peephole.NONE) {
            Shape rows = peepholeKind == Peephole.PER_PIXEL ? state : Shape.of(1, channels);
            peephole = parameter("peephole", rows.prepend(3), Init.zeros(), Regularizer.NONE);
        }
        return returnSequences ? state.prepend(input.dim(0)) : state;
    }

    private float[] initialBias(Shape shape, java.util.Random random) {
        float[] b = biasInitializer.values(shape, random);
        if (unitForgetBias) {
            Arrays.fill(b, channels, 2 * channels, 1); // the second of i, f, c, o
        }
        return b;
    }

    /** Refuses what the gate-by-gate form does not do. */
    void requirePlain() {
        boolean plain = activation == ActivationFunction.TANH && recurrentActivation == ActivationFunction.SIGMOID
                && bias != null && peephole == null && !goBackwards && !stateful && hasInput;
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
        long input = hasInput ? inputTransform.multiplyAdds(step, 4 * channels) : 0;
        return inputShape().dim(0) * (input + recurrentTransform.multiplyAdds(state, 4 * channels));
    }

    /** h, c and dh with one slot more than there are steps, and twice four gates: at most, for a backend takes fewer dGates. */
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

    // ---- states and masks

    /** The states {@code (B, state)} the next calls start from, until {@code null} is given: then zeros again. */
    public void initialState(@Nullable Tensor h0, @Nullable Tensor c0) {
        require((h0 == null) == (c0 == null), "h0, c0", "both states or none", "one of them",
                "LSTM's state has two parts, the output h and the cell c");
        givenH = h0;
        givenC = c0;
    }

    /** The output h {@code (B, state)} after the last step of the last call. */
    public Tensor finalH() {
        return h.at(T);
    }

    /** The cell c {@code (B, state)} after the last step of the last call. */
    public Tensor finalC() {
        return c.at(T);
    }

    /** Adds, in the next backward pass, the gradient that reaches the final states from whoever took them over. */
    public void finalStateGradient(@Nullable Tensor dh_T, @Nullable Tensor dc_T) {
        dFinalH = dh_T;
        dFinalC = dc_T;
    }

    /** The gradient with respect to the initial h that was given, after backward. */
    public Tensor initialHGradient() {
        return built(dh).at(0);
    }

    /** The gradient with respect to the initial c that was given, after backward. */
    public Tensor initialCGradient() {
        return built(dc);
    }

    private Tensor built(@Nullable Tensor t) {
        if (t == null || !hasPast) {
            throw new IllegalStateException(
                    kind() + ": has no gradient yet. Hint: give an initialState, call forward, then backward");
        }
        return t;
    }

    /** Stateful layers: the next call starts from zeros again. */
    public void resetState() {
        hasMemory = false;
    }

    /** The steps to use in the next calls: {@code (B, T)} of ones and, to skip a step, zeros; null for all. */
    public void mask(@Nullable HostArray steps) {
        if (steps == null) {
            mask = null;
            return;
        }
        require(steps.shape().rank() == 2, "mask", "(B, T)", steps.shape(), "one flag for each sample and step");
        mask = StepMask.of(K, steps, goBackwards);
    }

    /**
     * Fixes the dropout masks instead of drawing them, to repeat another run: {@code (1 or 4, B, input)} and {@code (4, B,
     * state)}, already scaled by 1 / (1 - rate); null to draw that one.
     */
    public void fixDropoutMasks(@Nullable HostArray input, @Nullable HostArray recurrent) {
        fixedInputMasks = input;
        fixedRecurrentMasks = recurrent;
    }

    // ---- forward

    @Override
    public Tensor forward(Tensor input, boolean training) {
        requireInput(input, 2);
        T = input.dim(0);
        B = input.dim(1);
        if (mask != null) {
            require(mask.use().shape().equals(Shape.of(T, B)), "x", "(T, B) of the mask, " + mask.use().shape(),
                    input.shape(), "give the mask (B, T) of this batch, or mask(null)");
        }
        x = goBackwards ? reversedX = reverse(reversedX, input) : input;
        h = K.reuse(h, state.prepend(B).prepend(T + 1));
        c = K.reuse(c, state.prepend(B).prepend(T + 1));
        gates = K.reuse(gates, state.with(-1, 4 * channels).prepend(B).prepend(T));
        long piece = Math.max(K.pieceSize(), 16L * recurrentKernel.value().size()); // or kernels are fetched too often
        together = Math.clamp(piece / gates.at(0).size(), 1, T);
        hasPast = givenH != null || stateful && hasMemory;
        start(h.at(0), givenH, memoryH);
        start(c.at(0), givenC, memoryC);
        inputDropout.draw(K, random(), training && hasInput ? dropout : 0, inputMasks(),
                inputShape().drop(1).prepend(B), fixedInputMasks);
        stateDropout.draw(K, random(), training ? recurrentDropout : 0, 4, state.prepend(B), fixedRecurrentMasks);

        try (var _ = K.hold(recurrentKernel.value(), value(kernel))) {
            for (int t = 0; t < T; t++) {
                if (t % together == 0) {
                    transformInput(t, Math.min(t + together, T));        // W · x_t + b, some steps at once
                }
                if (t > 0 || hasPast) {                                    // + U · h_tm1, which is 0 where h_tm1 is
                    stateDropout.apply(K, recurrentTransform, gates.at(t), h.at(t), recurrentKernel, null, Write.ADD);
                }
                K.lstmGates(h.at(t + 1), c.at(t + 1), gates.at(t), c.at(t), value(peephole), activation,
                        recurrentActivation);
                if (mask != null) {
                    mask.keep(K, h, t);
                    mask.keep(K, c, t);
                }
            }
        }

        if (stateful) {
            memoryH = keep(memoryH, finalH());
            memoryC = keep(memoryC, finalC());
            hasMemory = true;
        }
        Tensor outputs = h.range(1, T + 1);
        if (mask != null) {
            outputs = masked = K.reuse(masked, outputs.shape());
            mask.outputs(K, outputs, h, zeroOutputForMask);
        }
        return returnSequences ? outputs : outputs.at(T - 1);
    }

    private void transformInput(int from, int to) {
        Tensor b = value(bias);
        Tensor out = gates.range(from, to);
        if (hasInput) {
            inputDropout.apply(K, inputTransform, out, x.range(from, to), kernel, b, Write.SET);
        } else if (b != null) {
            K.copy(out, b);
        } else {
            K.fill(out, 0);
        }
    }

    /** The state before the first step: the one given, or the one remembered, or zeros. */
    private void start(Tensor slot, @Nullable Tensor given, @Nullable Tensor memory) {
        if (given != null) {
            require(given.shape().equals(slot.shape()), "initialState", "" + slot.shape(), given.shape(),
                    "states have the shape (B, " + state + ")");
            K.copy(slot, given);
        } else if (stateful && hasMemory && memory != null) {
            require(memory.shape().equals(slot.shape()), "x", "the batch size of the last call, " + memory.dim(0), B,
                    "a stateful layer goes on sample by sample; call resetState() to start anew");
            K.copy(slot, memory);
        } else {
            K.fill(slot, 0);
        }
    }

    private Tensor keep(@Nullable Tensor memory, Tensor last) {
        Tensor m = K.reuse(memory, last.shape());
        K.copy(m, last);
        return m;
    }

    private Tensor reverse(@Nullable Tensor old, Tensor sequence) {
        Tensor reversed = K.reuse(old, sequence.shape());
        for (int t = 0; t < T; t++) {
            K.copy(reversed.at(t), sequence.at(T - 1 - t));
        }
        return reversed;
    }

    // ---- backward

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        require(dy.size() == (returnSequences ? T : 1) * B * state.size(), "dy", "the shape of the last output",
                dy.shape(), "backward follows the forward pass it belongs to");
        dh = K.reuse(dh, h.shape());
        dc = K.reuse(dc, c.at(0).shape());
        dGates = K.reuse(dGates, gates.shape().with(0, together));
        dx = hasInput && inputGradient() ? K.reuse(dx, x.shape()) : null;
        gradOutputs(dh, dy);
        if (dFinalH != null && dFinalC != null) {
            K.addScaled(dh.at(T), dFinalH, 1);
            K.copy(dc, dFinalC);
        } else {
            K.fill(dc, 0);
        }

        try (var _ = K.hold(recurrentKernel.value(), value(kernel))) {
            for (int t = T - 1; t >= 0; t--) { // dh.at(t + 1) and dc hold all of dLoss/dh_t and dLoss/dc_t from steps after t
                if (mask != null) {
                    passing = K.reuse(passing, dc.shape());
                    mask.split(K, dh, dc, passing, t);
                }
                Tensor dGates_t = dGates.at(t % together);
                K.lstmGatesGrad(dGates_t, dc, gradient(peephole), dh.at(t + 1), gates.at(t), c.at(t + 1), c.at(t),
                        value(peephole), activation, recurrentActivation);
                if (t > 0 || hasPast) {
                    stateDropout.gradInput(K, recurrentTransform, dh.at(t), dGates_t, recurrentKernel, Write.ADD);
                }
                if (mask != null) {
                    K.addScaled(dc, passing, 1);
                }
                if (t % together == 0) {
                    gradOfSteps(t, Math.min(t + together, T));
                }
            }
        }
        return dx != null && goBackwards ? reversedDx = reverse(reversedDx, dx) : dx;
    }

    /** What dGates of the steps from {@code from} to {@code to} mean for weights and input, every H_tm1 in one call. */
    private void gradOfSteps(int from, int to) {
        int first = hasPast ? from : Math.max(from, 1); // from zeros the recurrent kernel learns nothing
        if (first < to) {
            stateDropout.gradKernel(
                    K, recurrentTransform, recurrentKernel, h.range(first, to), dGates.range(first - from, to - from));
        }
        Tensor d = dGates.range(0, to - from);
        if (bias != null) {
            K.sumRows(bias.gradient(), d);
        }
        if (hasInput) {
            inputDropout.gradKernel(K, inputTransform, kernel, x.range(from, to), d);
        }
        if (dx != null) {
            inputDropout.gradInput(K, inputTransform, dx.range(from, to), d, kernel, Write.SET);
        }
    }

    /** Fills slots 1 to T of dh with what reaches h_t through the outputs, and slot 0 with zeros. */
    private void gradOutputs(Tensor dh, Tensor dy) {
        if (returnSequences && mask == null) {
            K.fill(dh.at(0), 0);
            K.copy(dh.range(1, T + 1), dy);
        } else if (mask == null) {
            K.fill(dh.range(0, T), 0);
            K.copy(dh.at(T), dy);
        } else {
            Tensor dOutputs = K.allocate(masked.shape());
            K.copy(returnSequences ? dOutputs : dOutputs.at(T - 1), dy);
            K.fill(dh.at(0), 0);
            mask.outputsGrad(K, dh, dOutputs, zeroOutputForMask);
        }
    }
}
