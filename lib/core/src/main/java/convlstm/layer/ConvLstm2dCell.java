package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * ConvLSTM2D gate by gate: forward in the order of Keras' {@code ConvLSTMCell.call}, backward by the chain rule line by
 * line. This form is for reading; tests hold the fused {@link ConvLstm2d} equal to it. It is slow and does the plain case
 * only: tanh and sigmoid, no peepholes.
 *
 * <p>Put it beside {@link LstmCell}: where this class calls a convolution, that one calls {@code dot}.
 */
public final class ConvLstm2dCell extends Cell {
    private final Window inputWindow;
    private final Window recurrentWindow;

    /** Copies the weights of a layer that is built. */
    public ConvLstm2dCell(Backend K, ConvLstm2d layer) {
        super(K, layer);
        inputWindow = layer.inputWindow();
        recurrentWindow = layer.recurrentWindow();
    }

    @Override
    public Step step(Tensor x, Tensor h_tm1, Tensor c_tm1) {
        Tensor x_i = inputConv(x, kernel_i, bias_i);
        Tensor x_f = inputConv(x, kernel_f, bias_f);
        Tensor x_c = inputConv(x, kernel_c, bias_c);
        Tensor x_o = inputConv(x, kernel_o, bias_o);
        Tensor h_i = recurrentConv(h_tm1, recurrentKernel_i);
        Tensor h_f = recurrentConv(h_tm1, recurrentKernel_f);
        Tensor h_c = recurrentConv(h_tm1, recurrentKernel_c);
        Tensor h_o = recurrentConv(h_tm1, recurrentKernel_o);

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
        convGrad(dx, s.x(), dz_i, kernel_i, bias_i, inputWindow);
        convGrad(dx, s.x(), dz_f, kernel_f, bias_f, inputWindow);
        convGrad(dx, s.x(), dz_c, kernel_c, bias_c, inputWindow);
        convGrad(dx, s.x(), dz_o, kernel_o, bias_o, inputWindow);
        Tensor dh_tm1 = K.allocate(s.h_tm1().shape());
        convGrad(dh_tm1, s.h_tm1(), dz_i, recurrentKernel_i, null, recurrentWindow);
        convGrad(dh_tm1, s.h_tm1(), dz_f, recurrentKernel_f, null, recurrentWindow);
        convGrad(dh_tm1, s.h_tm1(), dz_c, recurrentKernel_c, null, recurrentWindow);
        convGrad(dh_tm1, s.h_tm1(), dz_o, recurrentKernel_o, null, recurrentWindow);
        return new StepGradient(dx, dh_tm1, dc_tm1);
    }

    /** {@code (B, H, W, C) ⋆ (kh, kw, C, F) + (F) -> (B, H', W', F)}, with the layer's padding and strides. */
    private Tensor inputConv(Tensor x, Parameter kernel, Parameter bias) {
        return conv2d(x, kernel, bias, inputWindow);
    }

    /** {@code (B, H', W', F) ⋆ (rh, rw, F, F) -> (B, H', W', F)}: a state is an image, and its pixels see neighbours. */
    private Tensor recurrentConv(Tensor h_tm1, Parameter recurrentKernel) {
        return conv2d(h_tm1, recurrentKernel, null, recurrentWindow);
    }

    private Tensor conv2d(Tensor x, Parameter kernel, @Nullable Parameter bias, Window window) {
        Tensor y = K.allocate(window.outputShape(x.shape(), kernel.value().dim(-1)));
        K.conv2d(y, x, kernel.value(), bias == null ? null : bias.value(), window, Write.SET);
        return y;
    }

    /** Adds what one convolution's gradient gives to x, the kernel and the bias. */
    private void convGrad(Tensor dx, Tensor x, Tensor dy, Parameter kernel, @Nullable Parameter bias, Window window) {
        K.conv2dGradInput(dx, dy, kernel.value(), window, Write.ADD);
        K.conv2dGradKernel(kernel.gradient(), x, dy, window);
        if (bias != null) {
            K.sumRows(bias.gradient(), dy);
        }
    }
}
