package convlstm.backend;

import java.util.function.DoubleUnaryOperator;

/**
 * The primitives once more, written from their equations in double precision and as directly as possible: what the
 * reference itself is held to. Nothing is shared with it, not even the arithmetic of padding, strides and dilation.
 */
final class Naive {
    private Naive() {}

    /** out[n, u] = Σ_d x[n, d] kernel[d, u] + bias[u]. */
    static double[] dot(double[] x, double[] kernel, double[] bias, int N, int D, int U) {
        double[] out = new double[N * U];
        for (int n = 0; n < N; n++) {
            for (int u = 0; u < U; u++) {
                double sum = bias[u];
                for (int d = 0; d < D; d++) {
                    sum += x[n * D + d] * kernel[d * U + u];
                }
                out[n * U + u] = sum;
            }
        }
        return out;
    }

    /** The sizes of a convolution or pooling, with the padding of TensorFlow's documentation. */
    record Image(int N, int H, int W, int C, int F, Window w) {
        /** Output rows. */
        int outH() {
            return out(H, w.height(), w.strideH(), w.dilationH());
        }

        /** Output columns. */
        int outW() {
            return out(W, w.width(), w.strideW(), w.dilationW());
        }

        private int out(int n, int k, int s, int d) {
            double windows = w.padding() == Padding.SAME ? n : n - (k - 1) * d;
            return (int) Math.ceil(windows / s);
        }

        private static int padBefore(Padding padding, int n, int out, int k, int s, int d) {
            return padding == Padding.SAME ? Math.max(0, (out - 1) * s + (k - 1) * d + 1 - n) / 2 : 0;
        }

        /** The input row under row i of window y; outside [0, H) it is padding. */
        int inputRow(int y, int i) {
            int top = padBefore(w.padding(), H, outH(), w.height(), w.strideH(), w.dilationH());
            return y * w.strideH() + i * w.dilationH() - top;
        }

        /** The input column under column j of window x; outside [0, W) it is padding. */
        int inputColumn(int x, int j) {
            int left = padBefore(w.padding(), W, outW(), w.width(), w.strideW(), w.dilationW());
            return x * w.strideW() + j * w.dilationW() - left;
        }

        /** The pixel's channel, or the given value if it is padding. */
        double pixel(double[] x, int n, int row, int column, int c, double padding) {
            boolean inside = row >= 0 && row < H && column >= 0 && column < W;
            return inside ? x[((n * H + row) * W + column) * C + c] : padding;
        }
    }

    /** out[n, y, x, f] = bias[f] + Σ x[n, row, column, c] kernel[i, j, c, f]. */
    static double[] conv2d(double[] x, double[] kernel, double[] bias, Image s) {
        double[] out = new double[s.N * s.outH() * s.outW() * s.F];
        int at = 0;
        for (int n = 0; n < s.N; n++) {
            for (int y = 0; y < s.outH(); y++) {
                for (int xo = 0; xo < s.outW(); xo++) {
                    for (int f = 0; f < s.F; f++) {
                        double sum = bias[f];
                        for (int i = 0; i < s.w.height(); i++) {
                            for (int j = 0; j < s.w.width(); j++) {
                                for (int c = 0; c < s.C; c++) {
                                    sum += s.pixel(x, n, s.inputRow(y, i), s.inputColumn(xo, j), c, 0)
                                            * kernel[((i * s.w.width() + j) * s.C + c) * s.F + f];
                                }
                            }
                        }
                        out[at++] = sum;
                    }
                }
            }
        }
        return out;
    }

    /** The largest pixel under each window. */
    static double[] maxPool2d(double[] x, Image s) {
        double[] out = new double[s.N * s.outH() * s.outW() * s.C];
        int at = 0;
        for (int n = 0; n < s.N; n++) {
            for (int y = 0; y < s.outH(); y++) {
                for (int xo = 0; xo < s.outW(); xo++) {
                    for (int c = 0; c < s.C; c++) {
                        double max = Double.NEGATIVE_INFINITY;
                        for (int i = 0; i < s.w.height(); i++) {
                            for (int j = 0; j < s.w.width(); j++) {
                                max = Math.max(max, s.pixel(
                                        x, n, s.inputRow(y, i), s.inputColumn(xo, j), c, Double.NEGATIVE_INFINITY));
                            }
                        }
                        out[at++] = max;
                    }
                }
            }
        }
        return out;
    }

    /** f as its definition says. */
    static DoubleUnaryOperator activation(ActivationFunction f) {
        return switch (f) {
            case LINEAR -> x -> x;
            case TANH -> x -> (Math.exp(x) - Math.exp(-x)) / (Math.exp(x) + Math.exp(-x));
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case HARD_SIGMOID -> x -> Math.min(1, Math.max(0, x / 6 + 0.5));
            case HARD_SIGMOID_KERAS2 -> x -> Math.min(1, Math.max(0, 0.2 * x + 0.5));
            case RELU -> x -> Math.max(x, 0);
        };
    }

    /**
     * h and c, one after the other, from pre-activations (N, 4F), c_tm1 (N, F) and peephole weights (3, R, F).
     */
    static double[] lstmGates(
            double[] gates, double[] c_tm1, double[] peephole, int N, int F, int R,
            ActivationFunction activation, ActivationFunction recurrentActivation) {
        DoubleUnaryOperator a = activation(activation);
        DoubleUnaryOperator s = activation(recurrentActivation);
        double[] hc = new double[2 * N * F];
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < F; k++) {
                double c_prev = c_tm1[n * F + k];
                int p = (n % R) * F + k;
                double i = s.applyAsDouble(gates[n * 4 * F + k] + peephole[p] * c_prev);
                double f = s.applyAsDouble(gates[n * 4 * F + F + k] + peephole[R * F + p] * c_prev);
                double c = f * c_prev + i * a.applyAsDouble(gates[n * 4 * F + 2 * F + k]);
                double o = s.applyAsDouble(gates[n * 4 * F + 3 * F + k] + peephole[2 * R * F + p] * c);
                hc[n * F + k] = o * a.applyAsDouble(c);
                hc[N * F + n * F + k] = c;
            }
        }
        return hc;
    }

    /** (x - mean) / sqrt(variance + epsilon) gamma + beta, with the biased variance of each of G runs of M rows. */
    static double[] batchNorm(double[] x, double[] gamma, double[] beta, int G, int M, int C, double epsilon) {
        double[] y = new double[x.length];
        for (int g = 0; g < G; g++) {
            for (int c = 0; c < C; c++) {
                double mean = 0;
                double square = 0;
                for (int m = 0; m < M; m++) {
                    double value = x[(g * M + m) * C + c];
                    mean += value / M;
                    square += value * value / M;
                }
                for (int m = 0; m < M; m++) {
                    int at = (g * M + m) * C + c;
                    y[at] = (x[at] - mean) / Math.sqrt(square - mean * mean + epsilon) * gamma[c] + beta[c];
                }
            }
        }
        return y;
    }

    /** The loss of predictions p against targets t, in rows of n. */
    static double loss(LossFunction f, double[] p, double[] t, int n) {
        double loss = 0;
        for (int k = 0; k < p.length; k++) {
            double sigmoid = 1 / (1 + Math.exp(-p[k]));
            loss += switch (f) {
                case SQUARED_ERROR -> (p[k] - t[k]) * (p[k] - t[k]);
                case ABSOLUTE_ERROR -> Math.abs(p[k] - t[k]);
                case BINARY_CROSS_ENTROPY -> -t[k] * Math.log(sigmoid) - (1 - t[k]) * Math.log(1 - sigmoid);
                case SOFTMAX_CROSS_ENTROPY -> -t[k] * Math.log(softmax(p, k / n * n, n, k));
            };
        }
        return loss;
    }

    private static double softmax(double[] p, int from, int n, int k) {
        double sum = 0;
        for (int j = from; j < from + n; j++) {
            sum += Math.exp(p[j]);
        }
        return Math.exp(p[k]) / sum;
    }
}
