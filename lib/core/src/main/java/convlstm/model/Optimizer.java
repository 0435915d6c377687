package convlstm.model;

import convlstm.backend.Backend;
import convlstm.layer.Parameter;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** How gradients change weights, with Keras 3's formulas and defaults. One optimiser belongs to one model. */
public abstract sealed class Optimizer {
    private final int slots;
    private float learningRate;
    private long steps;
    private final Map<Parameter, Tensor[]> state = new IdentityHashMap<>();

    private Optimizer(double learningRate, int slots) {
        this.slots = slots;
        learningRate(learningRate);
    }

    /** Stochastic gradient descent: {@code w -= rate dw}. */
    public static Optimizer sgd(double learningRate) {
        return sgd(learningRate, 0, false);
    }

    /** Gradient descent with momentum: {@code v = momentum v - rate dw; w += v}, or Nesterov's form. */
    public static Optimizer sgd(double learningRate, double momentum, boolean nesterov) {
        return new Sgd(learningRate, fraction("momentum", momentum), nesterov);
    }

    /** RMSProp (Tieleman and Hinton 2012) with rho 0.9: the paper's optimiser. */
    public static Optimizer rmsProp(double learningRate) {
        return rmsProp(learningRate, 0.9, 1e-7);
    }

    /** RMSProp: {@code v = rho v + (1 - rho) dw²; w -= rate dw / sqrt(v + epsilon)}. */
    public static Optimizer rmsProp(double learningRate, double rho, double epsilon) {
        return new RmsProp(learningRate, fraction("rho", rho), (float) epsilon);
    }

    /** Adam (Kingma and Ba 2015) with beta1 0.9, beta2 0.999, epsilon 1e-7. */
    public static Optimizer adam(double learningRate) {
        return adam(learningRate, 0.9, 0.999, 1e-7);
    }

    /** Adam: running means of dw and dw², corrected for their start at zero. */
    public static Optimizer adam(double learningRate, double beta1, double beta2, double epsilon) {
        return new Adam(learningRate, fraction("beta1", beta1), fraction("beta2", beta2), (float) epsilon);
    }

    private static float fraction(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + ": expected a number in [0, 1), got " + value);
        }
        return (float) value;
    }

    /** Changes every trained weight by its gradient. */
    public final void step(Backend K, List<Parameter> parameters) {
        steps++;
        for (Parameter p : parameters) {
            if (p.trainable()) {
                update(K, p.value(), p.gradient(), state(K, p));
            }
        }
    }

    abstract void update(Backend K, Tensor w, Tensor dw, Tensor[] state);

    /** The running means kept for a weight, zeros at first: what a checkpoint must save to resume to the same bits. */
    public final Tensor[] state(Backend K, Parameter p) {
        return state.computeIfAbsent(p, key -> {
            Tensor[] tensors = new Tensor[slots];
            Arrays.setAll(tensors, k -> K.allocate(key.value().shape()));
            return tensors;
        });
    }

    /** The number of steps taken. */
    public final long steps() {
        return steps;
    }

    /** Sets the number of steps taken, when a training resumes. */
    public final void steps(long taken) {
        steps = taken;
    }

    /** The step size. */
    public final float learningRate() {
        return learningRate;
    }

    /** Changes the step size, for a schedule. */
    public final void learningRate(double rate) {
        if (!(rate > 0) || !Double.isFinite(rate)) {
            throw new IllegalArgumentException(
                    "learningRate: expected a finite number above 0, got " + rate
                            + ". Hint: 0.001 is Adam's usual one");
        }
        learningRate = (float) rate;
    }

    private static final class Sgd extends Optimizer {
        private final float momentum;
        private final boolean nesterov;

        Sgd(double learningRate, float momentum, boolean nesterov) {
            super(learningRate, 1);
            this.momentum = momentum;
            this.nesterov = nesterov;
        }

        @Override
        void update(Backend K, Tensor w, Tensor dw, Tensor[] state) {
            K.sgd(w, dw, state[0], learningRate(), momentum, nesterov);
        }
    }

    private static final class RmsProp extends Optimizer {
        private final float rho;
        private final float epsilon;

        RmsProp(double learningRate, float rho, float epsilon) {
            super(learningRate, 1);
            this.rho = rho;
            this.epsilon = epsilon;
        }

        @Override
        void update(Backend K, Tensor w, Tensor dw, Tensor[] state) {
            K.rmsProp(w, dw, state[0], learningRate(), rho, epsilon);
        }
    }

    private static final class Adam extends Optimizer {
        private final float beta1;
        private final float beta2;
        private final float epsilon;

        Adam(double learningRate, float beta1, float beta2, float epsilon) {
            super(learningRate, 2);
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.epsilon = epsilon;
        }

        @Override
        void update(Backend K, Tensor w, Tensor dw, Tensor[] state) {
            double correction = Math.sqrt(1 - Math.pow(beta2, steps())) / (1 - Math.pow(beta1, steps()));
            K.adam(w, dw, state[0], state[1], (float) (learningRate() * correction), beta1, beta2, epsilon);
        }
    }
}
