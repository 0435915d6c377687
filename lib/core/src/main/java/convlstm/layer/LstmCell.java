package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * LSTM gate by gate: forward in the order of Keras' {@code LSTMCell.call}, backward by the chain rule line by line. This
 * form is for reading; tests hold the fused {@link Lstm} equal to it. It is slow and does the plain case only: tanh and
 * sigmoid, no peepholes.
 *
 * <p>Put it beside {@link ConvLstm2dCell}: where this class calls {@code dot}, that one calls a convolution.
 */
public final class LstmCell extends Cell {
    /** Copies the weights of a layer that is built. */
    public LstmCell(Backend K, Lstm layer) {
        super(K, layer);
    }

    @Override
    public Step step(Tensor x, Tensor h_tm1, Tensor c_tm1) {
        Tensor x_i = dot(x, kernel_i, bias_i);
        Tensor x_f = dot(x, kernel_f, bias_f);
        Tensor x_c = dot(x, kernel_c, bias_c);
        Tensor x_o = dot(x, kernel_o, bias_o);
        Tensor h_i = dot(h_tm1, recurrentKernel_i, null);
        Tensor h_f = dot(h_tm1, recurrentKernel_f, null);
        Tensor h_c = dot(h_tm1, recurrentKernel_c, null);
        Tensor h_o = dot(h_tm1, recurrentKernel_o, null);

        Tensor i = sigmoid(plus(x_i, h_i));
        Tensor f = sigmoid(plus(x_f, h_f));
        Tensor g = tanh(plus(x_c, h_c));
        Tensor o = sigmoid(plus(x_o, h_o));
        Tensor c = plus(times(f, c_tm1), times(i, g));
        Tensor h = times(o, tanh(c));
        return new Step(x, h_tm1, c_tm1, i, f, g, o, c, h);
    }

    @Override
    public StepGradient backward(Step s, Tensor dh, Tensor dc_next) {
        Tensor tanh_c = tanh(s.c());
        Tensor dz_o = sigmoidGrad(s.o(), times(dh, tanh_c)); //              h = o ∘ tanh(c)
        Tensor dc = plus(dc_next, tanhGrad(tanh_c, times(dh, s.o())));
        Tensor dz_i = sigmoidGrad(s.i(), times(dc, s.g())); //               c = f ∘ c_tm1 + i ∘ g
        Tensor dz_f = sigmoidGrad(s.f(), times(dc, s.c_tm1()));
        Tensor dz_c = tanhGrad(s.g(), times(dc, s.i()));
        Tensor dc_tm1 = times(dc, s.f());

        Tensor dx = K.allocate(s.x().shape());
        dotGrad(dx, s.x(), dz_i, kernel_i, bias_i);
        dotGrad(dx, s.x(), dz_f, kernel_f, bias_f);
        dotGrad(dx, s.x(), dz_c, kernel_c, bias_c);
        dotGrad(dx, s.x(), dz_o, kernel_o, bias_o);
        Tensor dh_tm1 = K.allocate(s.h_tm1().shape());
        dotGrad(dh_tm1, s.h_tm1(), dz_i, recurrentKernel_i, null);
        dotGrad(dh_tm1, s.h_tm1(), dz_f, recurrentKernel_f, null);
        dotGrad(dh_tm1, s.h_tm1(), dz_c, recurrentKernel_c, null);
        dotGrad(dh_tm1, s.h_tm1(), dz_o, recurrentKernel_o, null);
        return new StepGradient(dx, dh_tm1, dc_tm1);
    }

    /** {@code (B, D) · (D, U) + (U) -> (B, U)}: every element of x reaches every unit. */
    private Tensor dot(Tensor x, Parameter kernel, @Nullable Parameter bias) {
        Tensor y = K.allocate(Shape.of(x.dim(0), kernel.value().dim(-1)));
        K.dot(y, x, kernel.value(), bias == null ? null : bias.value(), Write.SET);
        return y;
    }

    /** Adds what one product's gradient gives to x, the kernel and the bias. */
    private void dotGrad(Tensor dx, Tensor x, Tensor dy, Parameter kernel, @Nullable Parameter bias) {
        K.dotGradInput(dx, dy, kernel.value(), Write.ADD);
        K.dotGradKernel(kernel.gradient(), x, dy);
        if (bias != null) {
            K.sumRows(bias.gradient(), dy);
        }
    }
}
