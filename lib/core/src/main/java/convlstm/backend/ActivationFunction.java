package convlstm.backend;

/**
 * Element-wise functions, with the derivative written as a function of the <em>output</em> y: a layer that keeps its
 * output needs nothing else for its backward pass.
 */
public enum ActivationFunction {
    /** y = x. */
    LINEAR {
        @Override
        public float apply(float x) {
            return x;
        }

        @Override
        public float gradient(float y) {
            return 1;
        }
    },
    /** y = tanh x, in (-1, 1); dy/dx = 1 - y². */
    TANH {
        @Override
        public float apply(float x) {
            return (float) Math.tanh(x);
        }

        @Override
        public float gradient(float y) {
            return 1 - y * y;
        }
    },
    /** y = 1 / (1 + exp(-x)), in (0, 1); dy/dx = y (1 - y). */
    SIGMOID {
        @Override
        public float apply(float x) {
            return (float) (1 / (1 + Math.exp(-x)));
        }

        @Override
        public float gradient(float y) {
            return y * (1 - y);
        }
    },
    /** Keras 3: y = clip(x / 6 + 0.5, 0, 1). */
    HARD_SIGMOID {
        @Override
        public float apply(float x) {
            return clip01(x / 6 + 0.5f);
        }

        @Override
        public float gradient(float y) {
            return y > 0 && y < 1 ? 1 / 6f : 0;
        }
    },
    /** Keras 1 and 2, and the recurrent activation of their ConvLSTM2D: y = clip(0.2 x + 0.5, 0, 1). */
    HARD_SIGMOID_KERAS2 {
        @Override
        public float apply(float x) {
            return clip01(0.2f * x + 0.5f);
        }

        @Override
        public float gradient(float y) {
            return y > 0 && y < 1 ? 0.2f : 0;
        }
    },
    /** y = max(x, 0). */
    RELU {
        @Override
        public float apply(float x) {
            return x < 0 ? 0 : x; // not Math.max: NaN must pass through, and -0 does no harm
        }

        @Override
        public float gradient(float y) {
            return y > 0 ? 1 : 0;
        }
    };

    /** y = f(x). NaN gives NaN. */
    public abstract float apply(float x);

    /** dy/dx, from the output y = f(x). */
    public abstract float gradient(float y);

    private static float clip01(float x) {
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}
