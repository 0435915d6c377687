package convlstm.backend.reference;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.LossFunction;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Plain loops over {@code float[]}: the form to read, and the one the others are tested against. Faster CPU backends
 * inherit from it and replace what they do better.
 */
public class ReferenceBackend implements Backend {
    /** The array behind a tensor of this backend. */
    protected static float[] a(Tensor t) {
        return ((HostBuffer) t.buffer()).array();
    }

    /** The number of rows: all axes but the last multiplied. */
    protected static int rows(Tensor t) {
        return t.dim(-1) == 0 ? 0 : t.size() / t.dim(-1);
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "plain Java loops, float32";
    }

    // ---- memory

    @Override
    public boolean owns(Buffer buffer) {
        return buffer instanceof HostBuffer;
    }

    @Override
    public Tensor allocate(Shape shape) {
        return new Tensor(shape, new HostBuffer(new float[shape.size()]), 0);
    }

    @Override
    public void write(Tensor dst, float[] src) {
        System.arraycopy(src, 0, a(dst), dst.offset(), dst.size());
    }

    @Override
    public void read(Tensor src, float[] dst) {
        System.arraycopy(a(src), src.offset(), dst, 0, src.size());
    }

    @Override
    public void fill(Tensor dst, float value) {
        Arrays.fill(a(dst), dst.offset(), dst.offset() + dst.size(), value);
    }

    @Override
    public void copy(Tensor dst, Tensor src) {
        for (int at = 0; at < dst.size(); at += src.size()) {
            System.arraycopy(a(src), src.offset(), a(dst), dst.offset() + at, src.size());
        }
    }

    @Override
    public void copyChannels(Tensor dst, int dstFrom, Tensor src, int srcFrom, int count, Write write) {
        float[] to = a(dst);
        float[] from = a(src);
        for (int n = 0; n < rows(dst); n++) {
            int d = dst.offset() + n * dst.dim(-1) + dstFrom;
            int s = src.offset() + n * src.dim(-1) + srcFrom;
            for (int j = 0; j < count; j++) {
                to[d + j] = write == Write.ADD ? to[d + j] + from[s + j] : from[s + j];
            }
        }
    }

    @Override
    public void swap01(Tensor dst, Tensor src) {
        int I = src.dim(0);
        int J = src.dim(1);
        int row = src.size() / (I * J);
        for (int i = 0; i < I; i++) {
            for (int j = 0; j < J; j++) {
                System.arraycopy(a(src), src.offset() + (i * J + j) * row, a(dst), dst.offset() + (j * I + i) * row,
                        row);
            }
        }
    }

    // ---- K.dot

    @Override
    public void dot(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Write write) {
        start(out, bias, write);
        ConvLoops.dot(a(out), out.offset(), a(x), x.offset(), a(kernel), kernel.offset(), rows(x), x.dim(-1),
                out.dim(-1));
    }

    @Override
    public void dotGradInput(Tensor dx, Tensor dOut, Tensor kernel, Write write) {
        start(dx, null, write);
        ConvLoops.dotGradInput(a(dx), dx.offset(), a(dOut), dOut.offset(), a(kernel), kernel.offset(), rows(dx),
                dx.dim(-1), dOut.dim(-1));
    }

    @Override
    public void dotGradKernel(Tensor dKernel, Tensor x, Tensor dOut) {
        ConvLoops.dotGradKernel(a(dKernel), dKernel.offset(), a(x), x.offset(), a(dOut), dOut.offset(), rows(x),
                x.dim(-1), dOut.dim(-1));
    }

    // ---- K.conv2d

    @Override
    public void conv2d(Tensor out, Tensor x, Tensor kernel, @Nullable Tensor bias, Window window, Write write) {
        start(out, bias, write);
        ConvLoops.conv2d(a(out), out.offset(), a(x), x.offset(), a(kernel), kernel.offset(), ConvSizes.of(x, out),
                window);
    }

    @Override
    public void conv2dGradInput(Tensor dx, Tensor dOut, Tensor kernel, Window window, Write write) {
        start(dx, null, write);
        ConvLoops.conv2dGradInput(
                a(dx), dx.offset(), a(dOut), dOut.offset(), a(kernel), kernel.offset(), ConvSizes.of(dx, dOut), window);
    }

    @Override
    public void conv2dGradKernel(Tensor dKernel, Tensor x, Tensor dOut, Window window) {
        ConvLoops.conv2dGradKernel(
                a(dKernel), dKernel.offset(), a(x), x.offset(), a(dOut), dOut.offset(), ConvSizes.of(x, dOut), window);
    }

    /** What a sum starts from: the old content or zero, plus the bias in every row. */
    protected final void start(Tensor out, @Nullable Tensor bias, Write write) {
        if (write == Write.SET) {
            if (bias == null) {
                fill(out, 0);
            } else {
                copy(out, bias);
            }
        } else if (bias != null) {
            float[] o = a(out);
            for (int k = 0; k < out.size(); k++) {
                o[out.offset() + k] += a(bias)[bias.offset() + k % bias.size()];
            }
        }
    }

    @Override
    public void sumRows(Tensor dst, Tensor x) {
        int F = dst.size();
        double[] sum = new double[F];
        for (int k = 0; k < x.size(); k++) {
            sum[k % F] += a(x)[x.offset() + k];
        }
        for (int f = 0; f < F; f++) {
            a(dst)[dst.offset() + f] += (float) sum[f];
        }
    }

    // ---- the LSTM cell

    @Override
    public void lstmGates(
            Tensor h, Tensor c, Tensor gates, Tensor c_tm1, @Nullable Tensor peephole,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        GateLoops.forward(
                a(h), h.offset(), a(c), c.offset(), a(gates), gates.offset(), a(c_tm1), c_tm1.offset(),
                arrayOrNull(peephole), offset(peephole), peephole == null ? 1 : peepholeRows(peephole),
                rows(gates), gates.dim(-1) / 4, activation, recurrentActivation);
    }

    @Override
    public void lstmGatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor dh, Tensor gates, Tensor c, Tensor c_tm1,
            @Nullable Tensor peephole, ActivationFunction activation, ActivationFunction recurrentActivation) {
        GateLoops.backward(
                a(dGates), dGates.offset(), a(dc), dc.offset(), arrayOrNull(dPeephole), offset(dPeephole),
                a(dh), dh.offset(), a(gates), gates.offset(), a(c), c.offset(), a(c_tm1), c_tm1.offset(),
                arrayOrNull(peephole), offset(peephole), peephole == null ? 1 : peepholeRows(peephole),
                rows(gates), gates.dim(-1) / 4, activation, recurrentActivation);
    }

    /** R of peephole weights (3, R, F), where R may be several axes, (3, H, W, F). */
    private static int peepholeRows(Tensor peephole) {
        return peephole.size() / 3 / peephole.dim(-1);
    }

    private static float @Nullable [] arrayOrNull(@Nullable Tensor t) {
        return t == null ? null : a(t);
    }

    private static int offset(@Nullable Tensor t) {
        return t == null ? 0 : t.offset();
    }

    // ---- element by element

    @Override
    public void activate(Tensor y, Tensor x, ActivationFunction f) {
        for (int k = 0; k < x.size(); k++) {
            a(y)[y.offset() + k] = f.apply(a(x)[x.offset() + k]);
        }
    }

    @Override
    public void activateGrad(Tensor dx, Tensor y, Tensor dy, ActivationFunction f) {
        for (int k = 0; k < dx.size(); k++) {
            a(dx)[dx.offset() + k] = a(dy)[dy.offset() + k] * f.gradient(a(y)[y.offset() + k]);
        }
    }

    @Override
    public void multiply(Tensor dst, Tensor a, Tensor b, Write write) {
        for (int k = 0; k < dst.size(); k++) {
            put(dst, k, a(a)[a.offset() + k] * a(b)[b.offset() + k % b.size()], write);
        }
    }

    @Override
    public void scaleRows(Tensor dst, Tensor src, Tensor rows, Write write) {
        int row = src.size() / rows.size();
        for (int k = 0; k < dst.size(); k++) {
            put(dst, k, a(src)[src.offset() + k] * a(rows)[rows.offset() + k / row], write);
        }
    }

    private static void put(Tensor dst, int k, float value, Write write) {
        int at = dst.offset() + k;
        a(dst)[at] = write == Write.ADD ? a(dst)[at] + value : value;
    }

    @Override
    public void addScaled(Tensor dst, Tensor src, float scale) {
        for (int k = 0; k < dst.size(); k++) {
            a(dst)[dst.offset() + k] += scale * a(src)[src.offset() + k];
        }
    }

    // ---- pooling and normalisation

    @Override
    public void maxPool2d(Tensor out, Tensor x, Window window) {
        ConvLoops.maxPool2d(a(out), out.offset(), a(x), x.offset(), ConvSizes.of(x, out), window);
    }

    @Override
    public void maxPool2dGrad(Tensor dx, Tensor dOut, Tensor x, Window window) {
        fill(dx, 0);
        ConvLoops.maxPool2dGrad(a(dx), dx.offset(), a(dOut), dOut.offset(), a(x), x.offset(), ConvSizes.of(x, dOut),
                window);
    }

    @Override
    public void batchNorm(
            Tensor y, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, Tensor mean, Tensor variance,
            float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        for (int g = 0; g < G; g++) {
            for (int c = 0; c < C; c++) {
                int at = x.offset() + g * M * C + c;
                if (training) {
                    double sum = 0;
                    double squares = 0;
                    for (int m = 0; m < M; m++) {
                        sum += a(x)[at + m * C];
                    }
                    double mu = sum / M;
                    for (int m = 0; m < M; m++) {
                        double d = a(x)[at + m * C] - mu;
                        squares += d * d;
                    }
                    a(mean)[mean.offset() + g * C + c] = (float) mu;
                    a(variance)[variance.offset() + g * C + c] = (float) (squares / M);
                }
                float mu = a(mean)[mean.offset() + g * C + c];
                float scale = element(gamma, c, 1) / deviation(variance, g * C + c, epsilon);
                for (int m = 0; m < M; m++) {
                    int k = g * M * C + m * C + c;
                    a(y)[y.offset() + k] = (a(x)[x.offset() + k] - mu) * scale + element(beta, c, 0);
                }
            }
        }
    }

    @Override
    public void batchNormGrad(
            Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta, Tensor dy, Tensor x, @Nullable Tensor gamma,
            Tensor mean, Tensor variance, float epsilon, boolean training) {
        int C = x.dim(-1);
        int G = mean.size() / C;
        int M = rows(x) / G;
        for (int g = 0; g < G; g++) {
            for (int c = 0; c < C; c++) {
                int first = g * M * C + c;
                float mu = a(mean)[mean.offset() + g * C + c];
                float deviation = deviation(variance, g * C + c, epsilon);
                double sum_dy = 0;
                double sum_dy_xhat = 0;
                for (int m = 0; m < M; m++) {
                    float dy_m = a(dy)[dy.offset() + first + m * C];
                    sum_dy += dy_m;
                    sum_dy_xhat += dy_m * (a(x)[x.offset() + first + m * C] - mu) / deviation;
                }
                if (dGamma != null) {
                    a(dGamma)[dGamma.offset() + c] += (float) sum_dy_xhat;
                }
                if (dBeta != null) {
                    a(dBeta)[dBeta.offset() + c] += (float) sum_dy;
                }
                float scale = element(gamma, c, 1) / deviation;
                for (int m = 0; m < M; m++) {
                    int k = first + m * C;
                    float dy_m = a(dy)[dy.offset() + k];
                    if (training) { // the statistics depend on x too: take out what a shift or a stretch of x would do
                        float xhat = (a(x)[x.offset() + k] - mu) / deviation;
                        dy_m -= (float) (sum_dy / M + xhat * sum_dy_xhat / M);
                    }
                    a(dx)[dx.offset() + k] = dy_m * scale;
                }
            }
        }
    }

    private static float element(@Nullable Tensor t, int k, float otherwise) {
        return t == null ? otherwise : a(t)[t.offset() + k];
    }

    private static float deviation(Tensor variance, int k, float epsilon) {
        return (float) Math.sqrt(a(variance)[variance.offset() + k] + epsilon);
    }

    // ---- losses, penalties, optimisers

    @Override
    public void loss(LossFunction f, Tensor value, Tensor dPrediction, Tensor prediction, Tensor target, float scale) {
        int row = f == LossFunction.SOFTMAX_CROSS_ENTROPY ? prediction.dim(-1) : 1;
        double sum = 0;
        for (int k = 0; k < prediction.size(); k += row) {
            sum += LossLoops.lossOfRow(
                    f, a(dPrediction), dPrediction.offset() + k, a(prediction), prediction.offset() + k,
                    a(target), target.offset() + k, row, scale);
        }
        a(value)[value.offset()] += (float) (scale * sum);
    }

    @Override
    public void regularize(Tensor value, Tensor dw, Tensor w, float l1, float l2) {
        double sum = 0;
        for (int k = 0; k < w.size(); k++) {
            float w_k = a(w)[w.offset() + k];
            sum += l1 * Math.abs(w_k) + l2 * w_k * w_k;
            a(dw)[dw.offset() + k] += l1 * Math.signum(w_k) + 2 * l2 * w_k;
        }
        a(value)[value.offset()] += (float) sum;
    }

    @Override
    public void sumSquares(Tensor value, Tensor x) {
        double sum = 0;
        for (int k = 0; k < x.size(); k++) {
            double x_k = a(x)[x.offset() + k];
            sum += x_k * x_k;
        }
        a(value)[value.offset()] += (float) sum;
    }

    @Override
    public void clipByNorm(Tensor x, Tensor sumSquares, float maxNorm) {
        float norm = (float) Math.sqrt(a(sumSquares)[sumSquares.offset()]);
        if (norm > maxNorm) {
            addScaled(x, x, maxNorm / norm - 1);
        }
    }

    @Override
    public void sgd(Tensor w, Tensor dw, Tensor velocity, float rate, float momentum, boolean nesterov) {
        for (int k = 0; k < w.size(); k++) {
            float dw_k = a(dw)[dw.offset() + k];
            float v = momentum * a(velocity)[velocity.offset() + k] - rate * dw_k;
            a(velocity)[velocity.offset() + k] = v;
            a(w)[w.offset() + k] += nesterov ? momentum * v - rate * dw_k : v;
        }
    }

    @Override
    public void rmsProp(Tensor w, Tensor dw, Tensor v, float rate, float rho, float epsilon) {
        for (int k = 0; k < w.size(); k++) {
            float dw_k = a(dw)[dw.offset() + k];
            float v_k = rho * a(v)[v.offset() + k] + (1 - rho) * dw_k * dw_k;
            a(v)[v.offset() + k] = v_k;
            a(w)[w.offset() + k] -= rate * dw_k / (float) Math.sqrt(v_k + epsilon);
        }
    }

    @Override
    public void adam(Tensor w, Tensor dw, Tensor m, Tensor v, float rate, float beta1, float beta2, float epsilon) {
        for (int k = 0; k < w.size(); k++) {
            float dw_k = a(dw)[dw.offset() + k];
            float m_k = beta1 * a(m)[m.offset() + k] + (1 - beta1) * dw_k;
            float v_k = beta2 * a(v)[v.offset() + k] + (1 - beta2) * dw_k * dw_k;
            a(m)[m.offset() + k] = m_k;
            a(v)[v.offset() + k] = v_k;
            a(w)[w.offset() + k] -= rate * m_k / ((float) Math.sqrt(v_k) + epsilon);
        }
    }
}
