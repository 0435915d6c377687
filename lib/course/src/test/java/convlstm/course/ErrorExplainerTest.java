package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** Every known mistake, made here by hand in code of its own, is named; a right result is not called wrong. */
class ErrorExplainerTest {
    private static final Variant VARIANT = Variant.of("test", "explainer");
    private static final LstmWeights W = LstmWeights.of(VARIANT, "w", 3, 2);
    private static final double[][] XS = VARIANT.array("xs", 5, 3);
    private static final double[][] DHS = VARIANT.array("dhs", 5, 2);
    private static final ErrorExplainer LSTM = ErrorExplainer.lstm(W, XS);
    private static final ErrorExplainer GRADIENT = ErrorExplainer.lstmGradient(W, XS, DHS);

    private static final double[][][] X = VARIANT.array("image", 5, 4, 2);
    private static final double[][][][] KERNEL = VARIANT.array("kernel", 3, 3, 2, 3);
    private static final double[] BIAS = VARIANT.array("bias", 3);
    private static final double[][][] DY = VARIANT.array("dy", 5, 4, 3);
    private static final ErrorExplainer CONV = ErrorExplainer.conv2d(X, KERNEL, BIAS, true);
    private static final ErrorExplainer CONV_GRADIENT = ErrorExplainer.conv2dGradient(X, KERNEL, DY, true);

    private static void names(Mistake mistake, ErrorExplainer explainer, String name, Object got) {
        assertEquals(Optional.of(mistake), explainer.mistake(name, got));
        String message = String
                .valueOf(assertThrows(AssertionError.class, () -> explainer.check(name, got)).getMessage());
        assertTrue(message.contains("Likely: "), message);
        assertTrue(message.contains(mistake.hint()), message);
    }

    @Test
    void rightResultsPass() {
        assertEquals(Optional.empty(), LSTM.mistake("h", hs(W, XS)));
        LSTM.check("h", hs(W, XS));
        CONV.check("y", conv(X, KERNEL, BIAS, 1, 1));
    }

    @Test
    void unknownMistakesAreNotNamed() {
        double[][] h = hs(W, XS);
        h[2][1] += 0.1;
        assertEquals(Optional.empty(), LSTM.mistake("h", h));
        String message = String.valueOf(assertThrows(AssertionError.class, () -> LSTM.check("h", h)).getMessage());
        assertTrue(message.startsWith("h[2][1]: expected") && !message.contains("Likely"), message);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> LSTM.check("y", h)).getMessage()
                        .contains("i, f, g,"));
    }

    /** The gates read from other columns are the right LSTM with the columns exchanged. */
    @Test
    void gatesSwapped() {
        int[][] orders = {{1, 0, 2, 3}, {0, 1, 3, 2}, {2, 1, 0, 3}, {0, 3, 2, 1}, {0, 1, 3, 2}, {1, 2, 3, 0}};
        for (int[] order : orders) {
            LstmWeights read = new LstmWeights(exchanged(W.kernel(), order), exchanged(W.recurrentKernel(), order),
                    exchanged(new double[][] {W.bias()}, order)[0]);
            names(Mistake.GATES_SWAPPED, LSTM, "h", hs(read, XS));
        }
        LstmWeights read = new LstmWeights(exchanged(W.kernel(), orders[1]), exchanged(W.recurrentKernel(), orders[1]),
                exchanged(new double[][] {W.bias()}, orders[1])[0]);
        String message = String.valueOf(
                assertThrows(AssertionError.class, () -> LSTM.check("h", hs(read, XS))).getMessage());
        assertTrue(message.contains("gates c and o are swapped"), message);
    }

    private static double[][] exchanged(double[][] weights, int[] order) {
        int U = W.units();
        double[][] result = new double[weights.length][4 * U];
        for (int r = 0; r < weights.length; r++) {
            for (int k = 0; k < 4 * U; k++) {
                result[r][k] = weights[r][order[k / U] * U + k % U];
            }
        }
        return result;
    }

    @Test
    void forgetBiasMissing() {
        double[] bias = W.bias().clone();
        bias[2] = 0;
        bias[3] = 0;
        names(Mistake.FORGET_BIAS_MISSING, LSTM, "h", hs(new LstmWeights(W.kernel(), W.recurrentKernel(), bias), XS));
        names(Mistake.BIAS_MISSING, LSTM, "h", hs(new LstmWeights(W.kernel(), W.recurrentKernel(), new double[8]), XS));
        names(Mistake.STATE_IGNORED, LSTM, "h", hs(new LstmWeights(W.kernel(), new double[2][8], W.bias()), XS));
    }

    @Test
    void kernelFlippedOrTransposed() {
        double[][][][] flipped = new double[3][3][][];
        double[][][][] transposed = new double[3][3][][];
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) {
                flipped[a][b] = KERNEL[2 - a][2 - b];
                transposed[a][b] = KERNEL[b][a];
            }
        }
        names(Mistake.KERNEL_FLIPPED, CONV, "y", conv(X, flipped, BIAS, 1, 1));
        names(Mistake.KERNEL_TRANSPOSED, CONV, "y", conv(X, transposed, BIAS, 1, 1));
    }

    @Test
    void paddingShifted() {
        names(Mistake.PADDING_SHIFTED, CONV, "y", conv(X, KERNEL, BIAS, 0, 0));
        names(Mistake.PADDING_SHIFTED, CONV, "y", conv(X, KERNEL, BIAS, 2, 2));
        names(Mistake.PADDING_SHIFTED, CONV, "y", conv(X, KERNEL, BIAS, 2, 1));
        names(Mistake.PADDING_SHIFTED, CONV, "y", conv(X, KERNEL, BIAS, 0, 1));
        double[][][][] even = VARIANT.array("even", 2, 2, 2, 3);
        names(Mistake.PADDING_SHIFTED, ErrorExplainer.conv2d(X, even, BIAS, true), "y", conv(X, even, BIAS, 1, 1));
    }

    /** Neighbours in the flat list: a row's last pixel and the next row's first. */
    @Test
    void gridFlattened() {
        double[] flat = Nested.of(X).values();
        double[][][] y = new double[5][4][];
        for (int p = 0; p < 20; p++) {
            y[p / 4][p % 4] = BIAS.clone();
            for (int a = 0; a < 3; a++) {
                for (int b = 0; b < 3; b++) {
                    int pixel = p + (a - 1) * 4 + b - 1;
                    for (int c = 0; c < 2 && pixel >= 0 && pixel < 20; c++) {
                        for (int f = 0; f < 3; f++) {
                            y[p / 4][p % 4][f] += flat[pixel * 2 + c] * KERNEL[a][b][c][f];
                        }
                    }
                }
            }
        }
        names(Mistake.GRID_FLATTENED, CONV, "y", y);
    }

    @Test
    void biasGradientNotSummed() {
        names(Mistake.BIAS_GRADIENT_NOT_SUMMED, CONV_GRADIENT, "dBias", DY[0][0]);
        names(Mistake.BIAS_GRADIENT_NOT_SUMMED, CONV_GRADIENT, "dBias", DY[4][3]);
        double[] mean = new double[3];
        Arrays.stream(DY).flatMap(Arrays::stream).forEach(pixel -> {
            for (int f = 0; f < 3; f++) {
                mean[f] += pixel[f] / 20;
            }
        });
        names(Mistake.BIAS_GRADIENT_NOT_SUMMED, CONV_GRADIENT, "dBias", mean);
    }

    @Test
    void gradientNotAccumulatedThroughTime() {
        LstmWeights lastOnly = LstmWeights.zeros(3, 2);
        double[] zero = new double[2];
        for (int t = 0; t < 5; t++) {
            backward(LSTM.lstmSteps().get(t), DHS[t], zero, lastOnly, true, true, true);
        }
        names(Mistake.GRADIENT_NOT_ACCUMULATED, GRADIENT, "dRecurrentKernel", lastOnly.recurrentKernel());
        names(Mistake.GRADIENT_NOT_ACCUMULATED, GRADIENT, "dKernel", lastOnly.kernel());
    }

    @Test
    void derivativesForgotten() {
        for (boolean cell : new boolean[] {true, false}) {
            for (boolean candidate : new boolean[] {true, false}) {
                LstmWeights gradient = throughTime(cell, candidate, true);
                if (cell && candidate) {
                    ErrorExplainer.lstmGradient(W, XS, DHS).check("dKernel", gradient.kernel());
                } else {
                    names(Mistake.TANH_DERIVATIVE_FORGOTTEN, GRADIENT, "dKernel", gradient.kernel());
                    names(Mistake.TANH_DERIVATIVE_FORGOTTEN, GRADIENT, "dBias", gradient.bias());
                }
            }
        }
        names(Mistake.SIGMOID_DERIVATIVE_FORGOTTEN, GRADIENT, "dRecurrentKernel",
                throughTime(true, true, false).recurrentKernel());
    }

    @Test
    void theMicroscopeNamesTheGate() {
        LstmWeights gradient = throughTime(true, false, true);
        GradientMicroscope all = GradientMicroscope.of("recurrentKernel", GRADIENT.right("dRecurrentKernel"),
                gradient.recurrentKernel());
        assertTrue(all.wrongGates().contains("c"), all.toString());
        double[][] oneGate = Arrays.stream((double[][]) GRADIENT.right("dKernel")).map(double[]::clone)
                .toArray(double[][]::new);
        oneGate[1][2] *= 1.5;
        GradientMicroscope one = GradientMicroscope.of("kernel", GRADIENT.right("dKernel"), oneGate);
        assertEquals(List.of("f"), one.wrongGates());
        assertTrue(one.toString().startsWith("kernel: wrong in gate f, 1 of 24 weights"), one.toString());
        assertEquals(1.0 / 3, one.errors()[1][2], 1e-9);
        assertTrue(one.toString().endsWith("look at the line of da_f"), one.toString());
        double[][] candidate = {{1, 1, 2, 1}};
        assertTrue(GradientMicroscope.of("bias", new double[][] {{1, 1, 1, 1}}, candidate).toString()
                .endsWith("look at the line of da_g"), "the block c is fed by a_g");
        String message = String.valueOf(
                assertThrows(AssertionError.class, () -> GRADIENT.check("dKernel", oneGate)).getMessage());
        assertTrue(message.contains("Under the microscope, dKernel: wrong in gate f"), message);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> GradientMicroscope.of("k", new double[2][8],
                new double[2][7])).getMessage().contains("expected a gradient of shape [2][8]"));
    }

    /** Central differences of the textbook's own forward pass find its backward pass right, and a wrong one wrong. */
    @Test
    void theTextbookPassesAGradientCheck() {
        DoubleSupplier loss = () -> {
            double sum = 0;
            double[][] h = hs(W, XS);
            for (int t = 0; t < 5; t++) {
                sum += h[t][0] * DHS[t][0] + h[t][1] * DHS[t][1];
            }
            return sum;
        };
        for (String name : List.of("kernel", "recurrentKernel", "bias")) {
            Object weights = name.equals("kernel")
                    ? W.kernel()
                    : name.equals("bias") ? W.bias() : W.recurrentKernel();
            String gradient = "d" + name.substring(0, 1).toUpperCase() + name.substring(1);
            GradientMicroscope m = GradientMicroscope.numeric(name, weights, loss, GRADIENT.right(gradient));
            assertEquals(List.of(), m.wrongGates(), m.toString());
        }
        GradientMicroscope wrong = GradientMicroscope.numeric("bias", W.bias(), loss,
                throughTime(true, true, false).bias());
        assertTrue(wrong.wrongGates().containsAll(List.of("i", "f", "o")), wrong.toString());
    }

    /** A whole backward pass written here, with each derivative in it or not. */
    private static LstmWeights throughTime(boolean cell, boolean candidate, boolean sigmoid) {
        LstmWeights gradient = LstmWeights.zeros(3, 2);
        double[] dh = new double[2];
        double[] dc = new double[2];
        for (int t = 4; t >= 0; t--) {
            double[] sum = {DHS[t][0] + dh[0], DHS[t][1] + dh[1]};
            double[][] next = backward(LSTM.lstmSteps().get(t), sum, dc, gradient, cell, candidate, sigmoid);
            dh = next[0];
            dc = next[1];
        }
        return gradient;
    }

    private static double[][] backward(LstmStep s, double[] dh, double[] dc_next, LstmWeights gradient, boolean cell,
            boolean candidate, boolean sigmoid) {
        double[] dz = new double[8];
        double[] dc_tm1 = new double[2];
        for (int u = 0; u < 2; u++) {
            double tanh_c = Math.tanh(s.c()[u]);
            double dc = dc_next[u] + dh[u] * s.o()[u] * (cell ? 1 - tanh_c * tanh_c : 1);
            dz[u] = dc * s.g()[u] * (sigmoid ? s.i()[u] * (1 - s.i()[u]) : 1);
            dz[2 + u] = dc * s.c_tm1()[u] * (sigmoid ? s.f()[u] * (1 - s.f()[u]) : 1);
            dz[4 + u] = dc * s.i()[u] * (candidate ? 1 - s.g()[u] * s.g()[u] : 1);
            dz[6 + u] = dh[u] * tanh_c * (sigmoid ? s.o()[u] * (1 - s.o()[u]) : 1);
            dc_tm1[u] = dc * s.f()[u];
        }
        double[] dh_tm1 = new double[2];
        for (int k = 0; k < 8; k++) {
            gradient.bias()[k] += dz[k];
            for (int d = 0; d < 3; d++) {
                gradient.kernel()[d][k] += s.x()[d] * dz[k];
            }
            for (int u = 0; u < 2; u++) {
                gradient.recurrentKernel()[u][k] += s.h_tm1()[u] * dz[k];
                dh_tm1[u] += dz[k] * W.recurrentKernel()[u][k];
            }
        }
        return new double[][] {dh_tm1, dc_tm1};
    }

    private static double[][] hs(LstmWeights w, double[][] xs) {
        double[][] hs = new double[xs.length][2];
        double[] h = new double[2];
        double[] c = new double[2];
        for (int t = 0; t < xs.length; t++) {
            double[] z = w.bias().clone();
            for (int k = 0; k < 8; k++) {
                for (int d = 0; d < 3; d++) {
                    z[k] += xs[t][d] * w.kernel()[d][k];
                }
                for (int u = 0; u < 2; u++) {
                    z[k] += h[u] * w.recurrentKernel()[u][k];
                }
            }
            h = new double[2];
            for (int u = 0; u < 2; u++) {
                c[u] = c[u] / (1 + Math.exp(-z[2 + u])) + Math.tanh(z[4 + u]) / (1 + Math.exp(-z[u]));
                h[u] = Math.tanh(c[u]) / (1 + Math.exp(-z[6 + u]));
            }
            hs[t] = h;
        }
        return hs;
    }

    /** As large as the input, with so many rows and columns of zeros above and to the left. */
    private static double[][][] conv(double[][][] x, double[][][][] kernel, double[] bias, int top, int left) {
        double[][][] y = new double[5][4][];
        for (int p = 0; p < 5; p++) {
            for (int q = 0; q < 4; q++) {
                y[p][q] = bias.clone();
                for (int a = Math.max(0, top - p); a < Math.min(kernel.length, 5 + top - p); a++) {
                    for (int b = Math.max(0, left - q); b < Math.min(kernel[0].length, 4 + left - q); b++) {
                        for (int c = 0; c < 2; c++) {
                            for (int f = 0; f < 3; f++) {
                                y[p][q][f] += x[p + a - top][q + b - left][c] * kernel[a][b][c][f];
                            }
                        }
                    }
                }
            }
        }
        return y;
    }
}
