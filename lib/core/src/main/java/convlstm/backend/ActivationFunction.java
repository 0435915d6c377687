package convlstm.backend;

/**
 * Element-wise functions, with the derivative written as a function of the <em>output</em> y: a layer that keeps its
 * output needs nothing else for its backward pass.
 */
public enum ActivationFunction {
    /** y = x. */
    LINEAR(x -> x, y -> 1),
    /** y = tanh x, in (-1, 1); dy/dx = 1 - y². */
    TANH(x -> (float) Math.tanh(x), y -> 1 - y * y),
    /** y = 1 / (1 + exp(-x)), in (0, 1); dy/dx = y (1 - y). */
    SIGMOID(x -> (float) (1 / (1 + Math.exp(-x))), y -> y * (1 - y)),
    /** Keras 3: y = clip(x / 6 + 0.5, 0, 1). */
    HARD_SIGMOID(x -> clip01(x / 6 + 0.5f), y -> y > 0 && y < 1 ? 1 / 6f : 0),
    /** Keras 1 and 2, and the recurrent activation of their ConvLSTM2D: y = clip(0.2 x + 0.5, 0, 1). */
    HARD_SIGMOID_KERAS2(x -> clip01(0.2f * x + 0.5f), y -> y > 0 && y < 1 ? 0.2f : 0),
    /** y = max(x, 0). */
    RELU(x -> x < 0 ? 0 : x, y -> y > 0 ? 1 : 0); // not Math.max: NaN must pass through, and -0 does no harm

    private interface Formula {
        float of(float number);
    }

    private final Formula function;
    private final Formula derivative;

    ActivationFunction(Formula function, Formula derivative) {
        this.function = function;
        this.derivative = derivative;
    }

    /** y = f(x). NaN gives NaN. */
    public float apply(float x) {
        return function.of(x);
    }

    /** dy/dx, from the output y = f(x). */
    public float gradient(float y) {
        return derivative.of(y);
    }

    private static float clip01(float x) {
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}
