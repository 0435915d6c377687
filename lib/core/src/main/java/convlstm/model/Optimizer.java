package convlstm.model;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.layer.Parameter;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** How gradients change weights, with Keras 3's formulas and defaults. One optimiser belongs to one model. */
public final class Optimizer {
    /** One step of a weight: its state is what is kept from step to step. */
    private interface Rule {
        void update(Backend K, Tensor w, Tensor dw, Tensor[] state, float rate, Optimizer at);
    }

    private final String name;
    private final int slots;
    private final Rule rule;
    private float learningRate;
    private long steps;
    private final Map<Parameter, Tensor[]> state = new IdentityHashMap<>();
    private final Map<String, Float> shares = new HashMap<>();

    private Optimizer(String name, double learningRate, int slots, Rule rule) {
        this.name = name;
        this.slots = slots;
        this.rule = rule;
        learningRate(learningRate);
    }

    /** Stochastic gradient descent: {@code w -= rate dw}. */
    public static Optimizer sgd(double learningRate) {
        return sgd(learningRate, 0, false);
    }

    /** Gradient descent with momentum: {@code v = momentum v - rate dw; w += v}, or Nesterov's form. */
    public static Optimizer sgd(double learningRate, double momentum, boolean nesterov) {
        float m = fraction("momentum", momentum);
        return new Optimizer("Sgd", learningRate, 1,
                (K, w, dw, state, rate, at) -> K.sgd(w, dw, state[0], rate, m, nesterov));
    }

    /** RMSProp (Tieleman and Hinton 2012) with rho 0.9: the paper's optimiser. */
    public static Optimizer rmsProp(double learningRate) {
        return rmsProp(learningRate, 0.9, 1e-7);
    }

    /** RMSProp: {@code v = rho v + (1 - rho) dw²; w -= rate dw / sqrt(v + epsilon)}. */
    public static Optimizer rmsProp(double learningRate, double rho, double epsilon) {
        float r = fraction("rho", rho);
        return new Optimizer("RmsProp", learningRate, 1,
                (K, w, dw, state, rate, at) -> K.rmsProp(w, dw, state[0], rate, r, (float) epsilon));
    }

    /** Adam (Kingma and Ba 2015) with beta1 0.9, beta2 0.999, epsilon 1e-7. */
    public static Optimizer adam(double learningRate) {
        return adam(learningRate, 0.9, 0.999, 1e-7);
    }

    /** Adam: running means of dw and dw², corrected for their start at zero. */
    public static Optimizer adam(double learningRate, double beta1, double beta2, double epsilon) {
        float b1 = fraction("beta1", beta1);
        float b2 = fraction("beta2", beta2);
        return new Optimizer("Adam", learningRate, 2, (K, w, dw, state, rate, at) -> {
            double correction = Math.sqrt(1 - Math.pow(b2, at.steps)) / (1 - Math.pow(b1, at.steps));
            K.adam(w, dw, state[0], state[1], (float) (rate * correction), b1, b2, (float) epsilon);
        });
    }

    private static float fraction(String name, double value) {
        require(value >= 0 && value < 1, name, "a number in [0, 1)", value);
        return (float) value;
    }

    /** Changes every trained weight by its gradient. */
    public void step(Backend K, List<Parameter> parameters) {
        steps++;
        for (Parameter p : parameters) {
            if (p.trainable()) {
                float rate = learningRate * shares.getOrDefault(p.name(), 1f);
                rule.update(K, p.value(), p.gradient(), state(K, p), rate, this);
            }
        }
    }

    /** The running means kept for a weight, zeros at first: what a checkpoint must save to resume to the same bits. */
    public Tensor[] state(Backend K, Parameter p) {
        return state.computeIfAbsent(p, key -> {
            Tensor[] tensors = new Tensor[slots];
            Arrays.setAll(tensors, k -> K.allocate(key.value().shape()));
            return tensors;
        });
    }

    /** The number of steps taken. */
    public long steps() {
        return steps;
    }

    /** Sets the number of steps taken, when a training resumes. */
    public void steps(long taken) {
        steps = taken;
    }

    /** The step size. */
    public float learningRate() {
        return learningRate;
    }

    /** Changes the step size, for a schedule. */
    public void learningRate(double rate) {
        require(rate > 0 && Double.isFinite(rate), "learningRate", "a finite number above 0", rate,
                "0.001 is Adam's usual one");
        learningRate = (float) rate;
    }

    /** Gives all weights of a name, such as {@code recurrent_kernel}, a step size of their own: a share of the others'. */
    public Optimizer share(String name, double share) {
        require(share > 0 && Double.isFinite(share), "share", "a finite number above 0", share);
        shares.put(name, (float) share);
        return this;
    }

    /** Its name, as checkpoints store it. */
    @Override
    public String toString() {
        return name;
    }
}
