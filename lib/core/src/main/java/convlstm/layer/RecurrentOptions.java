package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.layer.Recurrent.Peephole;
import convlstm.tensor.Init;

/**
 * The options of a recurrent layer; {@link Recurrent} computes with them. Names, defaults and meanings are those of Keras'
 * arguments; peepholes are the paper's.
 *
 * @param <S> the concrete layer, which the option methods return
 */
public abstract class RecurrentOptions<S extends RecurrentOptions<S>> extends Layer {
    ActivationFunction activation = ActivationFunction.TANH;
    ActivationFunction recurrentActivation = ActivationFunction.SIGMOID;
    boolean useBias = true;
    boolean unitForgetBias = true;
    Init kernelInitializer = Init.glorotUniform();
    Init recurrentInitializer = Init.orthogonal();
    Init biasInitializer = Init.zeros();
    Regularizer kernelRegularizer = Regularizer.NONE;
    Regularizer recurrentRegularizer = Regularizer.NONE;
    Regularizer biasRegularizer = Regularizer.NONE;
    float dropout;
    float recurrentDropout;
    boolean returnSequences;
    boolean goBackwards;
    boolean stateful;
    boolean zeroOutputForMask;
    Peephole peepholes = Peephole.NONE;

    RecurrentOptions() {}

    @SuppressWarnings("unchecked")
    final S self() {
        requireUnbuilt();
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

    /** Whether the forget gate's bias starts at one, so that an untrained layer remembers; default true. */
    public S unitForgetBias(boolean one) {
        unitForgetBias = one;
        return self();
    }

    /** The initial values of W; default Glorot uniform. */
    public S kernelInitializer(Init init) {
        kernelInitializer = init;
        return self();
    }

    /** The initial values of U; default orthogonal. */
    public S recurrentInitializer(Init init) {
        recurrentInitializer = init;
        return self();
    }

    /** The initial values of b, except the forget gate's with {@code unitForgetBias}; default zeros. */
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
        dropout = fraction("dropout", rate);
        return self();
    }

    /** The fraction of h_tm1 that the gates do not see in training: four masks drawn once per call; default 0. */
    public S recurrentDropout(double rate) {
        recurrentDropout = fraction("recurrentDropout", rate);
        return self();
    }

    private float fraction(String name, double rate) {
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

    /** Whether a call starts from the states in which the last one ended; default false. */
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
        peepholes = kind;
        return self();
    }
}
