package convlstm.course;

import static convlstm.course.Mistake.*;

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
            double[][][] o, double[][][] c, double[][][] h) {
        Step withOutputs(double[][][] otherC, double[][][] otherH) {
            return new Step(x, h_tm1, c_tm1, i, f, g, o, otherC, otherH);
        }
    }

    /** The gradient of a loss with respect to all that goes in, and to z of each step. */
    record Gradient(double[][][][] dx, double[][][] dh0, double[][][] dc0, double[][][][] dKernel,
            double[][][][] dRecurrentKernel, double[] dBias, double[][][][] dz) {}

    static Recurrence of(LstmWeights w, Slip slip) {
        return new Recurrence(new double[][][][] {{w.kernel()}}, new double[][][][] {{w.recurrentKernel()}}, w.bias(),
                slip);
    }

    private int filters() {
        return bias.length / 4;
    }

    private Loops input() {
        return new Loops(true, slip.forInput());
    }

    private Loops state() {
        return new Loops(true, slip.is(BIAS_MISSING) ? Slip.NONE : slip.forState());
    }

    /** Where gate 0 to 3, of i, f, c, o, of filter k is looked for in the columns. */
    private int column(int gate, int k) {
        return slip.is(GATES_INTERLEAVED) ? 4 * k + gate : slip.gates()[gate] * filters() + k;
    }

    List<Step> forward(double[][][][] xs, double[][][] h0, double[][][] c0) {
        List<Step> steps = new ArrayList<>();
        double[][][] h = h0;
        double[][][] c = c0;
        for (double[][][] x : xs) {
            Step step = step(x, h, c);
            boolean exchanged = slip.is(OUTPUTS_EXCHANGED, 0, 2);
            steps.add(exchanged ? step.withOutputs(step.h(), step.c()) : step);
            boolean handedOnWrongly = slip.is(OUTPUTS_EXCHANGED, 0, 1);
            boolean forgotten = slip.is(STATE_NOT_HANDED_ON, 0);
            h = forgotten || slip.is(STATE_NOT_HANDED_ON, 2) ? h0 : handedOnWrongly ? step.c() : step.h();
            c = forgotten || slip.is(STATE_NOT_HANDED_ON, 1) ? c0 : handedOnWrongly ? step.h() : step.c();
        }
        return steps;
    }

    private Step step(double[][][] x, double[][][] h_tm1, double[][][] c_tm1) {
        int H = x.length;
        int W = x[0].length;
        int F = filters();
        double[] b = bias.clone();
        if (slip.is(FORGET_BIAS_MISSING)) {
            java.util.Arrays.fill(b, F, 2 * F, 0);
        }
        double[][][] z = input().forward(x, kernel, b);
        double[][][] u = state().forward(slip.is(STATES_EXCHANGED) ? c_tm1 : h_tm1, forwardKernel(),
                slip.is(BIAS_TWICE) ? b : new double[4 * F]);
        double scale = slip.is(STATE_IGNORED) ? 0 : 1;
        double[][][] kept = slip.is(STATES_EXCHANGED, 1) ? h_tm1 : c_tm1;
        Step s = new Step(x, h_tm1, c_tm1, new double[H][W][F], new double[H][W][F], new double[H][W][F],
                new double[H][W][F], new double[H][W][F], new double[H][W][F]);
        for (int y = 0; y < H; y++) {
            for (int p = 0; p < W; p++) {
                for (int k = 0; k < F; k++) {
                    double[] zs = z[y][p];
                    double[] us = u[y][p];
                    double i = gate(1, zs[column(0, k)] + scale * us[column(0, k)]);
                    double f = gate(2, zs[column(1, k)] + scale * us[column(1, k)]);
                    double z_c = zs[column(2, k)] + scale * us[column(2, k)];
                    double g = slip.is(CANDIDATE_SIGMOID) ? sigmoid(z_c) : Math.tanh(z_c);
                    double o = gate(3, zs[column(3, k)] + scale * us[column(3, k)]);
                    double keeps = slip.is(CELL_LINE_INCOMPLETE, 1) ? 1 : f;
                    double letsIn = slip.is(CELL_LINE_INCOMPLETE, 0) ? 1 : i;
                    double c = slip.is(CELL_LINE_EXCHANGED)
                            ? i * kept[y][p][k] + f * g
                            : keeps * kept[y][p][k] + letsIn * g;
                    s.i[y][p][k] = i;
                    s.f[y][p][k] = f;
                    s.g[y][p][k] = g;
                    s.o[y][p][k] = o;
                    s.c[y][p][k] = c;
                    double shown = slip.is(OLD_CELL_SHOWN) ? c_tm1[y][p][k] : c;
                    s.h[y][p][k] = o * (slip.is(CELL_TANH_MISSING) ? c : Math.tanh(shown));
                }
            }
        }
        return s;
    }

    /** @param gate 1, 2, 3 for i, f, o: one of them may be made a tanh, or (0) all */
    private double gate(int gate, double z) {
        return slip.is(GATE_TANH, 0, gate) ? Math.tanh(z) : sigmoid(z);
    }

    private double[][][][] forwardKernel() {
        if (slip.is(RECURRENT_KERNEL_TRANSPOSED)) {
            return transposed();
        }
        return slip.is(STATE_ONE_TAP)
                ? new double[][][][] {
                    {recurrentKernel[(recurrentKernel.length - 1) / 2][(recurrentKernel[0].length - 1) / 2]}}
                : recurrentKernel;
    }

    /** The recurrent kernel with rows for columns, within each gate. */
    private double[][][][] transposed() {
        int F = filters();
        double[][][][] turned = zeros(recurrentKernel);
        for (int a = 0; a < turned.length; a++) {
            for (int b = 0; b < turned[0].length; b++) {
                for (int u = 0; u < F; u++) {
                    for (int k = 0; k < 4 * F; k++) {
                        turned[a][b][u][k] = recurrentKernel[a][b][k % F][k / F * F + u];
                    }
                }
            }
        }
        return turned;
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
        double[][][][] dzs = new double[T][][][];
        for (int n = 0; n < T; n++) {
            int t = slip.is(LOOP_FORWARD) ? n : T - 1 - n;
            Step s = steps.get(t);
            if (slip.is(GRADIENT_NOT_ACCUMULATED, 0, 1)) {
                dh = new double[H][W][F];
            }
            if (slip.is(GRADIENT_NOT_ACCUMULATED, 0, 2) && n > 0) {
                dc = new double[H][W][F];
            }
            if (slip.is(GRADIENT_NOT_ACCUMULATED, 3)) {
                dKernel = zeros(kernel);
                dRecurrentKernel = zeros(recurrentKernel);
                dBias = new double[4 * F];
            }
            if (slip.is(BIAS_GRADIENT_NOT_SUMMED, 3)) {
                dBias = new double[4 * F];
            }
            double[][][] dc_tm1 = new double[H][W][F];
            double[][][] dz = gates(s, plus(dhs[t], dh), dc, dc_tm1);
            dzs[t] = dz;
            dh = new double[H][W][F];
            if (!slip.is(GRADIENT_MISSING)) {
                input().addKernelGradient(dKernel, s.x, dz);
                state().addKernelGradient(dRecurrentKernel, multipliedByState(s), dz);
                input().addBiasGradient(dBias, dz);
                input().addInputGradient(dx[t], dz, kernel);
                state().addInputGradient(dh, dz, slip.is(DH_TM1_NOT_TRANSPOSED) ? transposed() : recurrentKernel);
            }
            dc = dc_tm1;
        }
        return new Gradient(dx, dh, dc, dKernel, dRecurrentKernel, dBias, dzs);
    }

    private double[][][] multipliedByState(Step s) {
        if (slip.is(C_TM1_FOR_H_TM1)) {
            return s.c_tm1;
        }
        return slip.is(H_FOR_H_TM1) ? s.h : s.h_tm1;
    }

    /** Through the six equations from the last to the first; gives d z, {@code [H][W][4F]}, and fills dc_tm1. */
    private double[][][] gates(Step s, double[][][] dh, double[][][] dc_next, double[][][] dc_tm1) {
        int F = filters();
        double[][][] dz = new double[dh.length][dh[0].length][4 * F];
        boolean exchanged = slip.is(CELL_LINE_EXCHANGED);
        boolean otherFactor = exchanged || slip.is(FACTORS_EXCHANGED);
        for (int y = 0; y < dh.length; y++) {
            for (int p = 0; p < dh[0].length; p++) {
                for (int k = 0; k < F; k++) {
                    double i = s.i[y][p][k];
                    double f = s.f[y][p][k];
                    double g = s.g[y][p][k];
                    double o = s.o[y][p][k];
                    double c = s.c[y][p][k];
                    double c_tm1 = slip.is(C_FOR_C_TM1) ? c : s.c_tm1[y][p][k];
                    double dhk = dh[y][p][k];
                    double next = (slip.is(DC_NEXT_FORGOTTEN) ? 0 : slip.is(DC_NEXT_TWICE, 0) ? 2 : 1)
                            * dc_next[y][p][k];
                    double fromH = slip.is(DC_WITHOUT_DH)
                            ? 0
                            : dhk * (slip.is(DC_WITHOUT_O) ? 1 : o) * cellSlope(c, s.h[y][p][k]);
                    double dc = next + fromH;
                    dz[y][p][column(0, k)] = dc * (otherFactor ? c_tm1 : g) * sigmoidSlope(i, 1);
                    dz[y][p][column(1, k)] = dc * (otherFactor ? g : c_tm1) * sigmoidSlope(f, 2);
                    dz[y][p][column(2, k)] = dc * (exchanged ? f : i) * candidateSlope(g);
                    dz[y][p][column(3, k)] = (slip.is(DO_BY_DC) ? dc : dhk) * cellOutput(c)
                            * sigmoidSlope(o, 3);
                    dc_tm1[y][p][k] = slip.is(DC_TM1_WITHOUT_F, 1)
                            ? dc_next[y][p][k] * f
                            : slip.is(DC_TM1_WITHOUT_F, 2)
                                    ? dc_next[y][p][k]
                                    : dc * dcTm1Factor(exchanged ? i : f)
                                            + (slip.is(DC_NEXT_TWICE, 1) ? dc_next[y][p][k] : 0);
                }
            }
        }
        return dz;
    }

    private double dcTm1Factor(double f) {
        if (slip.is(DC_TM1_WITHOUT_F, 3)) {
            return 0;
        }
        return slip.is(DC_TM1_WITHOUT_F) ? 1 : f;
    }

    /** tanh(c) in the line of do. */
    private double cellOutput(double c) {
        if (slip.is(CELL_TANH_MISSING, 0)) {
            return c;
        }
        return slip.is(CELL_TANH_MISSING) ? 1 : Math.tanh(c);
    }

    /** tanh' in the line of dc. */
    private double cellSlope(double c, double h) {
        if (slip.is(TANH_DERIVATIVE_FORGOTTEN, 0, 2) || slip.is(DC_WITHOUT_O, 1)) {
            return 1;
        }
        double y = slip.is(TANH_DERIVATIVE_OF_WRONG, 0)
                ? c
                : slip.is(TANH_DERIVATIVE_OF_WRONG, 1) ? h : Math.tanh(c);
        return 1 - y * y;
    }

    /** tanh' in the line of dg. */
    private double candidateSlope(double g) {
        if (slip.is(TANH_DERIVATIVE_FORGOTTEN, 1, 2)) {
            return 1;
        }
        if (slip.is(SLOPES_EXCHANGED, 1, 2)) {
            return g * (1 - g);
        }
        double y = slip.is(TANH_DERIVATIVE_OF_WRONG, 2) ? Math.tanh(g) : g;
        return 1 - y * y;
    }

    /** @param gate 1, 2, 3 for i, f, o: a slope may be forgotten in one of them, or (0) in all */
    private double sigmoidSlope(double y, int gate) {
        if (slip.is(SIGMOID_DERIVATIVE_FORGOTTEN, 0, gate)) {
            return 1;
        }
        if (slip.is(SLOPES_EXCHANGED, 0, 2)) {
            return 1 - y * y;
        }
        double s = slip.is(SIGMOID_DERIVATIVE_TWICE) ? sigmoid(y) : y;
        return s * (1 - s);
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
