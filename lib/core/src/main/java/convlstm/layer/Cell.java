package convlstm.layer;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link LstmCell} and {@link ConvLstm2dCell} share: the weights split gate by gate, a walk through time, and small
 * operations that return a new tensor each, so that a cell's code reads like the equations.
 */
public abstract class Cell {
    /** The backend. */
    protected final Backend K;

    /** W, gate by gate. */
    protected final Parameter kernel_i;
    protected final Parameter kernel_f;
    protected final Parameter kernel_c;
    protected final Parameter kernel_o;

    /** U, gate by gate. */
    protected final Parameter recurrentKernel_i;
    protected final Parameter recurrentKernel_f;
    protected final Parameter recurrentKernel_c;
    protected final Parameter recurrentKernel_o;

    /** b, gate by gate. */
    protected final Parameter bias_i;
    protected final Parameter bias_f;
    protected final Parameter bias_c;
    protected final Parameter bias_o;

    private final Shape state;

    Cell(Backend K, Recurrent<?> layer) {
        this.K = K;
        this.state = layer.stateShape();
        layer.requirePlain();
        kernel_i = gate(layer, "kernel", 0);
        kernel_f = gate(layer, "kernel", 1);
        kernel_c = gate(layer, "kernel", 2);
        kernel_o = gate(layer, "kernel", 3);
        recurrentKernel_i = gate(layer, "recurrent_kernel", 0);
        recurrentKernel_f = gate(layer, "recurrent_kernel", 1);
        recurrentKernel_c = gate(layer, "recurrent_kernel", 2);
        recurrentKernel_o = gate(layer, "recurrent_kernel", 3);
        bias_i = gate(layer, "bias", 0);
        bias_f = gate(layer, "bias", 1);
        bias_c = gate(layer, "bias", 2);
        bias_o = gate(layer, "bias", 3);
    }

    private Parameter gate(Recurrent<?> layer, String name, int g) {
        Tensor value = Dropped.quarter(K, null, layer.parameter(name).value(), g);
        return new Parameter(name + "_" + "ifco".charAt(g), value, K.allocate(value.shape()), Regularizer.NONE);
    }

    /**
     * Everything one time step computes, each {@code (B, ...)}.
     *
     * @param x the input
     * @param h_tm1 the output one step before
     * @param c_tm1 the cell state one step before
     * @param i the input gate, in (0, 1)
     * @param f the forget gate, in (0, 1)
     * @param g the candidate, in (-1, 1)
     * @param o the output gate, in (0, 1)
     * @param c the cell state
     * @param h the output
     */
    public record Step(
            Tensor x, Tensor h_tm1, Tensor c_tm1, Tensor i, Tensor f, Tensor g, Tensor o, Tensor c, Tensor h) {}

    /**
     * What the backward pass of one step returns.
     *
     * @param dx dLoss/dx
     * @param dh_tm1 dLoss/dh_tm1, this step's part
     * @param dc_tm1 dLoss/dc_tm1
     */
    public record StepGradient(Tensor dx, Tensor dh_tm1, Tensor dc_tm1) {}

    /** One time step forward. */
    public abstract Step step(Tensor x, Tensor h_tm1, Tensor c_tm1);

    /** One time step backward: dh is the whole of dLoss/dh, dc the part of dLoss/dc that comes from later steps. */
    public abstract StepGradient backward(Step s, Tensor dh, Tensor dc);

    /** Every step of a sequence {@code (T, B, ...)}, from zero states. */
    public List<Step> forward(Tensor x) {
        Tensor h_tm1 = zeros(x.dim(1));
        Tensor c_tm1 = zeros(x.dim(1));
        List<Step> steps = new ArrayList<>();
        for (int t = 0; t < x.dim(0); t++) {
            Step s = step(x.at(t), h_tm1, c_tm1);
            steps.add(s);
            h_tm1 = s.h();
            c_tm1 = s.c();
        }
        return steps;
    }

    /** Back through all steps, from dLoss/dh of each, {@code (T, B, state)}; returns dx of each step. */
    public List<Tensor> backward(List<Step> steps, Tensor dy) {
        int B = dy.dim(1);
        Tensor dh_next = zeros(B);
        Tensor dc_next = zeros(B);
        List<Tensor> dx = new ArrayList<>();
        for (int t = steps.size() - 1; t >= 0; t--) {
            StepGradient d = backward(steps.get(t), plus(dy.at(t), dh_next), dc_next);
            dx.addFirst(d.dx());
            dh_next = d.dh_tm1();
            dc_next = d.dc_tm1();
        }
        return dx;
    }

    /** The gradient of {@code kernel}, {@code recurrent_kernel} or {@code bias} with its gates joined as in the layer. */
    public Tensor gradient(String name) {
        List<Parameter> gates = switch (name) {
            case "kernel" -> List.of(kernel_i, kernel_f, kernel_c, kernel_o);
            case "recurrent_kernel" ->
                List.of(recurrentKernel_i, recurrentKernel_f, recurrentKernel_c, recurrentKernel_o);
            case "bias" -> List.of(bias_i, bias_f, bias_c, bias_o);
            default -> throw new IllegalArgumentException(
                    "name: expected kernel, recurrent_kernel or bias, got '" + name + "'");
        };
        Shape part = gates.getFirst().value().shape();
        Tensor joined = K.allocate(part.with(-1, 4 * part.dim(-1)));
        for (int g = 0; g < 4; g++) {
            K.copyChannels(joined, g * part.dim(-1), gates.get(g).gradient(), 0, part.dim(-1), Write.SET);
        }
        return joined;
    }

    private Tensor zeros(int B) {
        return K.allocate(state.prepend(B));
    }

    // ---- small operations, each with a new tensor for its result

    final Tensor plus(Tensor a, Tensor b) {
        Tensor sum = K.allocate(a.shape());
        K.copy(sum, a);
        K.addScaled(sum, b, 1);
        return sum;
    }

    final Tensor times(Tensor a, Tensor b) {
        Tensor product = K.allocate(a.shape());
        K.multiply(product, a, b, Write.SET);
        return product;
    }

    final Tensor sigmoid(Tensor x) {
        return activate(x, ActivationFunction.SIGMOID);
    }

    final Tensor tanh(Tensor x) {
        return activate(x, ActivationFunction.TANH);
    }

    private Tensor activate(Tensor x, ActivationFunction f) {
        Tensor y = K.allocate(x.shape());
        K.activate(y, x, f);
        return y;
    }

    /** dy ∘ σ'(x), from y = σ(x). */
    final Tensor sigmoidGrad(Tensor y, Tensor dy) {
        return activateGrad(y, dy, ActivationFunction.SIGMOID);
    }

    /** dy ∘ tanh'(x), from y = tanh(x). */
    final Tensor tanhGrad(Tensor y, Tensor dy) {
        return activateGrad(y, dy, ActivationFunction.TANH);
    }

    private Tensor activateGrad(Tensor y, Tensor dy, ActivationFunction f) {
        Tensor dx = K.allocate(y.shape());
        K.activateGrad(dx, y, dy, f);
        return dx;
    }
}
