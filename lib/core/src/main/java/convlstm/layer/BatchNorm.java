package convlstm.layer;

import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keras' {@code BatchNormalization} over the last axis: {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta}. In
 * training, mean and (biased) variance are the batch's, and moving averages follow them; otherwise those are used.
 * (Ioffe and Szegedy 2015.)
 */
public final class BatchNorm extends Layer {
    private final float momentum;
    private final float epsilon;
    private boolean scale = true;
    private boolean center = true;
    private @Nullable Parameter gamma;
    private @Nullable Parameter beta;
    private Parameter movingMean;
    private Parameter movingVariance;
    private boolean training;
    private @Nullable Tensor x;
    private @Nullable Tensor y;
    private @Nullable Tensor dx;
    private @Nullable Tensor batchMean;
    private @Nullable Tensor batchVariance;
    private @Nullable Tensor mean; // what the last forward pass used, (groups, C)
    private @Nullable Tensor variance;

    /** Keras' defaults: momentum 0.99, epsilon 1e-3. */
    public BatchNorm() {
        this(0.99, 1e-3);
    }

    /**
     * A layer with the given constants.
     *
     * @param momentum how much of the moving statistics stays at each batch, in [0, 1]
     * @param epsilon what is added to the variance, above 0
     */
    public BatchNorm(double momentum, double epsilon) {
        require(momentum >= 0 && momentum <= 1, "momentum", "a number in [0, 1]", momentum, "0.99 is Keras' default");
        require(epsilon > 0, "epsilon", "a number above 0", epsilon, "0.001 is Keras' default");
        this.momentum = (float) momentum;
        this.epsilon = (float) epsilon;
    }

    /** What is added to the variance. */
    public float epsilon() {
        return epsilon;
    }

    /** Whether there is a gamma; default true. Without it, the next layer has to scale. */
    public BatchNorm scale(boolean learn) {
        requireUnbuilt();
        scale = learn;
        return this;
    }

    /** Whether there is a beta; default true. */
    public BatchNorm center(boolean learn) {
        requireUnbuilt();
        center = learn;
        return this;
    }

    @Override
    public String kind() {
        return "BatchNormalization";
    }

    @Override
    protected Shape build(Shape input) {
        Shape channels = Shape.of(input.dim(-1));
        gamma = scale ? parameter("gamma", channels, Init.ones(), Regularizer.NONE) : null;
        beta = center ? parameter("beta", channels, Init.zeros(), Regularizer.NONE) : null;
        movingMean = statistic("moving_mean", channels, Init.zeros());
        movingVariance = statistic("moving_variance", channels, Init.ones());
        return input;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        return forward(x, 1, training);
    }

    /** Normalises each of {@code groups} equal runs of the first axis alone, as {@link TimeDistributed} steps are. */
    Tensor forward(Tensor x, int groups, boolean inTraining) {
        this.x = x;
        training = inTraining && trainable();
        y = K.reuse(y, x.shape());
        if (training) {
            Shape statistics = Shape.of(groups, x.dim(-1));
            mean = batchMean = K.reuse(batchMean, statistics);
            variance = batchVariance = K.reuse(batchVariance, statistics);
        } else {
            mean = movingMean.value();
            variance = movingVariance.value();
        }
        K.batchNorm(y, x, value(gamma), value(beta), mean, variance, epsilon, training);
        for (int g = 0; training && g < groups; g++) {
            follow(movingMean.value(), mean.at(g));
            follow(movingVariance.value(), variance.at(g));
        }
        return y;
    }

    /** moving = momentum · moving + (1 - momentum) · batch. */
    private void follow(Tensor moving, Tensor batch) {
        K.addScaled(moving, moving, momentum - 1);
        K.addScaled(moving, batch, 1 - momentum);
    }

    @Override
    public @Nullable Tensor backward(Tensor dy) {
        dx = K.reuse(dx, dy.shape());
        K.batchNormGrad(dx, gradient(gamma), gradient(beta), dy, left(x), value(gamma), left(mean), left(variance),
                epsilon, training);
        return dx;
    }
}
