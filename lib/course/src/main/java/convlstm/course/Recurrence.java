package convlstm.course;

import java.util.ArrayList;
import java.util.List;

/**
 * ConvLSTM2D as plain loops in double, forward and backward, right or with a known mistake. Stride 1, padding "same",
 * tanh and sigmoid. On images of one pixel, with kernels of one tap, it is an LSTM, and used as one.
 *
 * @param kernel {@code [kh][kw][C][4F]}
 * @param recurrentKernel {@code [rh][rw][F][4F]}
 * @param bias {@code [4F]}
 */
record Recurrence(double[][][][] kernel, double[][][][] recurrentKernel, double[] bias, Slip slip) {
    /** One time step: images {@code [H][W][F]}, x {@code [H][W][C]}. */
    record Step(double[][][] x, double[][][] h_tm1, double[][][] c_tm1, double[][][] i, double[][][] f, double[][][] g,
            double[][][] o, double[][][] c, double[][][] h) {}

    /** The gradient of a loss with respect to all that goes in. */
    record Gradient(double[][][][] dx, double[][][] dh0, double[][][] dc0, double[][][][] dKernel,
            double[][][][] dRecurrentKernel, double[] dBias) {}

    static Recurrence of(LstmWeights w, Slip slip) {
        return new Recurrence(new double[][][][] {{w.kernel()}}, new double[][][][] {{w.recurrentKernel()}}, w.bias(),
                slip);
    }

    private int filters() {
        return bias.length / 4;
    }

    private Loops loops() {
        return new Loops(true, slip);
    }

    List<Step> forward(double[][][][] xs, double[][][] h0, double[][][] c0) {
        List<Step> steps = new ArrayList<>();
        double[][][] h = h0;
        double[][][] c = c0;
        for (double[][][] x : xs) {
            Step step = step(x, h, c);
            steps.add(step);
            h = step.h();
            c = step.c();
        }
        return steps;
    }

    private Step step(double[][][] x, double[][][] h_tm1, double[][][] c_tm1) {
        int H = x.length;
        int W = x[0].length;
        int F = filters();
        double[] b = bias.clone();
        if (slip.is(Mistake.FORGET_BIAS_MISSING)) {
            java.util.Arrays.fill(b, F, 2 * F, 0);
        }
        double[][][] z = loops().forward(x, kernel, b);
        double[][][] u = new Loops(true, slip.is(Mistake.BIAS_MISSING) ? Slip.NONE : slip)
                .forward(h_tm1, recurrentKernel, new double[4 * F]);
        double scale = slip.is(Mistake.STATE_IGNORED) ? 0 : 1;
        Step s = new Step(x, h_tm1, c_tm1, new double[H][W][F], new double[H][W][F], new double[H][W][F],
                new double[H][W][F], new double[H][W][F], new double[H][W][F]);
        int[] gate = slip.gates();
        for (int y = 0; y < H; y++) {
            for (int p = 0; p < W; p++) {
                for (int k = 0; k < F; k++) {
                    double[] zs = z[y][p];
                    double[] us = u[y][p];
                    double i = sigmoid(zs[gate[0] * F + k] + scale * us[gate[0] * F + k]);
                    double f = sigmoid(zs[gate[1] * F + k] + scale * us[gate[1] * F + k]);
                    double g = Math.tanh(zs[gate[2] * F + k] + scale * us[gate[2] * F + k]);
                    double o = sigmoid(zs[gate[3] * F + k] + scale * us[gate[3] * F + k]);
                    double c = f * c_tm1[y][p][k] + i * g;
                    s.i[y][p][k] = i;
                    s.f[y][p][k] = f;
                    s.g[y][p][k] = g;
                    s.o[y][p][k] = o;
                    s.c[y][p][k] = c;
                    s.h[y][p][k] = o * Math.tanh(c);
                }
            }
        }
        return s;
    }

    /**
     * The gradient of a loss through all steps.
     *
     * @param dhs {@code [T][H][W][F]}, the loss' gradient with respect to each output
     * @param dcLast {@code [H][W][F]}, and with respect to the last cell state
     */
    Gradient backward(List<Step> steps, double[][][][] dhs, double[][][] dcLast) {
        int T = steps.size();
        int H = dcLast.length;
        int W = dcLast[0].length;
        int F = filters();
        double[][][][] dx = new double[T][H][W][kernel[0][0].length];
        double[][][][] dKernel = zeros(kernel);
        double[][][][] dRecurrentKernel = zeros(recurrentKernel);
        double[] dBias = new double[4 * F];
        double[][][] dh = new double[H][W][F];
        double[][][] dc = dcLast;
        for (int t = T - 1; t >= 0; t--) {
            Step s = steps.get(t);
            if (slip.is(Mistake.GRADIENT_NOT_ACCUMULATED, 0, 1)) {
                dh = new double[H][W][F];
            }
            if (slip.is(Mistake.GRADIENT_NOT_ACCUMULATED, 0, 2) && t < T - 1) {
                dc = new double[H][W][F];
            }
            if (slip.is(Mistake.GRADIENT_NOT_ACCUMULATED, 3)) {
                dKernel = zeros(kernel);
                dRecurrentKernel = zeros(recurrentKernel);
                dBias = new double[4 * F];
            }
            if (slip.is(Mistake.BIAS_GRADIENT_NOT_SUMMED, 3)) {
                dBias = new double[4 * F];
            }
            double[][][] dc_tm1 = new double[H][W][F];
            double[][][] dz = gates(s, plus(dhs[t], dh), dc, dc_tm1);
            loops().addKernelGradient(dKernel, s.x, dz);
            loops().addKernelGradient(dRecurrentKernel, s.h_tm1, dz);
            loops().addBiasGradient(dBias, dz);
            loops().addInputGradient(dx[t], dz, kernel);
            dh = new double[H][W][F];
            loops().addInputGradient(dh, dz, recurrentKernel);
            dc = dc_tm1;
        }
        return new Gradient(dx, dh, dc, dKernel, dRecurrentKernel, dBias);
    }

    /** Through the six equations from the last to the first; gives d z, {@code [H][W][4F]}, and fills dc_tm1. */
    private double[][][] gates(Step s, double[][][] dh, double[][][] dc_next, double[][][] dc_tm1) {
        int F = filters();
        double[][][] dz = new double[dh.length][dh[0].length][4 * F];
        boolean cellSlope = !slip.is(Mistake.TANH_DERIVATIVE_FORGOTTEN, 0, 2);
        boolean candidateSlope = !slip.is(Mistake.TANH_DERIVATIVE_FORGOTTEN, 1, 2);
        int[] gate = slip.gates();
        for (int y = 0; y < dh.length; y++) {
            for (int p = 0; p < dh[0].length; p++) {
                for (int k = 0; k < F; k++) {
                    double i = s.i[y][p][k];
                    double f = s.f[y][p][k];
                    double g = s.g[y][p][k];
                    double o = s.o[y][p][k];
                    double tanh_c = Math.tanh(s.c[y][p][k]);
                    double dhk = dh[y][p][k];
                    double dc = dc_next[y][p][k] + dhk * o * (cellSlope ? 1 - tanh_c * tanh_c : 1);
                    dz[y][p][gate[0] * F + k] = dc * g * sigmoidSlope(i);
                    dz[y][p][gate[1] * F + k] = dc * s.c_tm1[y][p][k] * sigmoidSlope(f);
                    dz[y][p][gate[2] * F + k] = dc * i * (candidateSlope ? 1 - g * g : 1);
                    dz[y][p][gate[3] * F + k] = dhk * tanh_c * sigmoidSlope(o);
                    dc_tm1[y][p][k] = dc * f;
                }
            }
        }
        return dz;
    }

    private double sigmoidSlope(double y) {
        return slip.is(Mistake.SIGMOID_DERIVATIVE_FORGOTTEN) ? 1 : y * (1 - y);
    }

    private static double sigmoid(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private static double[][][] plus(double[][][] a, double[][][] b) {
        double[][][] sum = new double[a.length][a[0].length][a[0][0].length];
        for (int y = 0; y < a.length; y++) {
            for (int p = 0; p < a[0].length; p++) {
                for (int k = 0; k < a[0][0].length; k++) {
                    sum[y][p][k] = a[y][p][k] + b[y][p][k];
                }
            }
        }
        return sum;
    }

    private static double[][][][] zeros(double[][][][] like) {
        return new double[like.length][like[0].length][like[0][0].length][like[0][0][0].length];
    }
}
