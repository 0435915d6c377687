package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Write;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Dense} and {@link Conv2d} have in common: {@code y = activation(transform(x, kernel) + bias)}.
 *
 * @param <S> the concrete layer, which the option methods return
 */
public abstract class Linear<S extends Linear<S>> extends Layer {
    private final int channels;
    private ActivationFunction activation = ActivationFunction.LINEAR;
    private boolean useBias = true;
    private Init kernelInitializer = Init.glorotUniform();
    private Init biasInitializer = Init.zeros();
    private Regularizer kernelRegularizer = Regularizer.NONE;
    private Regularizer biasRegularizer = Regularizer.NONE;

    private Transform transform;
    private Parameter kernel;
    private @Nullable Parameter bias;
    private @Nullable Tensor x;
    private @Nullable Tensor y;
    private @Nullable Tensor dOut;
    private @Nullable Tensor dx;

    Linear(String channelsName, int channels) {
        require(channels > 0, channelsName, "1 or more", channels, "it is the number of outputs");
        this.channels = channels;
    }

    /** The linear map; refuses shapes it cannot take. */
    abstract Transform transform(Shape input);

    @SuppressWarnings("unchecked")
    final S self() {
        requireUnbuilt();
        return (S) this;
    }

    /** The activation; default linear. */
    public S activation(ActivationFunction f) {
        activation = f;
        return self();
    }

    /** Whether there is a bias; default true. */
    public S useBias(boolean use) {
        useBias = use;
        return self();
    }

    /** The initial values of the kernel; default Glorot uniform. */
    public S kernelInitializer(Init init) {
        kernelInitializer = init;
        return self();
    }

    /** The initial values of the bias; default zeros. */
    public S biasInitializer(Init init) {
        biasInitializer = init;
        return self();
    }

    /** The penalties on kernel and bias; default none. */
    public S regularizers(Regularizer kernel, Regularizer bias) {
        kernelRegularizer = kernel;
        biasRegularizer = bias;
        return self();
    }

    @Override
    public ActivationFunction end() {
        return activation;
    }

    @Override
    protected Shape build(Shape input) {
        transform = transform(input);
        kernel = parameter("kernel", transform.kernelShape(input, channels), kernelInitializer, kernelRegularizer);
        bias = useBias ? parameter("bias", Shape.of(channels), biasInitializer, biasRegularizer) : null;
        return transform.outputShape(input, channels);
    }

    @Override
    public long multiplyAdds() {
        return transform.multiplyAdds(inputShape(), channels);
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        this.x = x;
        y = K.reuse(y, transform.outputShape(x.shape(), channels));
        transform.apply(K, y, x, kernel.value(), bias == null ? null : bias.value(), Write.SET);
        if (activation != ActivationFunction.LINEAR) {
            K.activate(y, y, activation);
        }
        return y;
    }

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        Tensor dSum = dy;
        if (activation != ActivationFunction.LINEAR) {
            dSum = dOut = K.reuse(dOut, dy.shape());
            K.activateGrad(dSum, left(y), dy, activation);
        }
        transform.gradKernel(K, kernel.gradient(), left(x), dSum);
        if (bias != null) {
            K.sumRows(bias.gradient(), dSum);
        }
        if (!inputGradient()) {
            return null;
        }
        dx = K.reuse(dx, left(x).shape());
        transform.gradInput(K, dx, dSum, kernel.value(), Write.SET);
        return dx;
    }
}
