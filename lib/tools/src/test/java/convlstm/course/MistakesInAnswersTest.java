package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The mistakes that students make, each put into the instructor's solution as a student would write it, and run against
 * the notebook's own checks and the hidden ones: the message names it. And answers that are right though they are
 * written otherwise, none of which is called wrong.
 */
class MistakesInAnswersTest {
    /**
     * A mistake.
     *
     * @param answer the grade_id of the cell it is made in
     * @param check and of the checks that should name it
     * @param edit what is replaced, what by, and so on
     */
    private record Case(String says, String answer, String check, String... edit) {
        String in(String solution) {
            String text = solution;
            for (int k = 0; k < edit.length; k += 2) {
                assertTrue(text.contains(edit[k]), "nothing to replace: " + edit[k]);
                text = text.replace(edit[k], edit[k + 1]);
            }
            return text;
        }
    }

    private static Case step(String says, String... edit) {
        return new Case(says, "step", "step-check", edit);
    }

    private static Case forward(String says, String... edit) {
        return new Case(says, "forward", "forward-check", edit);
    }

    private static Case stepBackward(String says, String... edit) {
        return new Case(says, "step-backward", "step-backward-check", edit);
    }

    private static Case backward(String says, String... edit) {
        return new Case(says, "backward", "backward-check", edit);
    }

    /** What a cell begins with that moves each number up and down: before the solution, which then is not reached. */
    private static final String MOVED = """
            // BEGIN SOLUTION
                java.util.function.DoubleSupplier loss = () -> {
                    %s
                };
                java.util.function.UnaryOperator<double[]> moved = row -> {
                    double[] g = new double[row.length];
                    for (int k = 0; k < g.length; k++) {
                        double old = row[k];
                        row[k] = old + 1e-5;
                        g[k] = loss.getAsDouble();
                        row[k] = old - 1e-5;
                        g[k] = (g[k] - loss.getAsDouble()) / 2e-5;
                        row[k] = old;
                    }
                    return g;
                };
                if (%s) {
                    %s
                }
            """;
    private static final String STEP_MOVED = MOVED.formatted("""
            LstmStep m = step(s.x(), s.h_tm1(), s.c_tm1(), w);
                    double sum = 0;
                    for (int u = 0; u < n; u++) {
                        sum += dh[u] * m.h()[u] + dc_next[u] * m.c()[u];
                    }
                    return sum;""", "D > 0",
            """
                    Map<double[], double[]> from = new IdentityHashMap<>();
                            from.put(w.bias(), gradient.bias());
                            for (int d = 0; d < D; d++) from.put(w.kernel()[d], gradient.kernel()[d]);
                            for (int u = 0; u < n; u++) from.put(w.recurrentKernel()[u], gradient.recurrentKernel()[u]);
                            LstmGradient g = new LstmGradient(moved.apply(s.x()), moved.apply(s.h_tm1()), moved.apply(s.c_tm1()));
                            from.forEach((row, sum) -> {
                                double[] more = moved.apply(row);
                                for (int k = 0; k < more.length; k++) sum[k] += more[k];
                            });
                            return g;""");

    /** An answer that calls its own convolution once for each number: exact, since a convolution is linear. */
    private static final String ONE_BY_ONE = """
            // BEGIN SOLUTION
                if (kh > 0) {
                    double[][][][] unit = new double[%s];
                    double[][][][] all = Copies.of(unit);
                    for (int k = 0; k < unit.length * unit[0].length; k++) {
                        double[][] at = unit[k / unit[0].length][k %% unit[0].length];
                        for (int c = 0; c < at.length * at[0].length; c++) {
                            if (Thread.interrupted()) {
                                return null;
                            }
                            at[c / at[0].length][c %% at[0].length] = 1;
                            double[][][] y = %s;
                            at[c / at[0].length][c %% at[0].length] = 0;
                            double sum = 0;
                            for (int p = 0; p < y.length; p++) {
                                for (int q = 0; q < y[0].length; q++) {
                                    for (int f = 0; f < y[0][0].length; f++) {
                                        sum += y[p][q][f] * dy[p][q][f];
                                    }
                                }
                            }
                            all[k / unit[0].length][k %% unit[0].length][c / at[0].length][c %% at[0].length] = sum;
                        }
                    }
                    return all%s;
                }
            """;

    private static final List<Case> A1 = List.of(
            stepBackward("step-backward-check: 0 of 5", "// BEGIN SOLUTION", STEP_MOVED),
            stepBackward("float leaves so small an error", "double[] da = new double[4 * n], dc_tm1",
                    "float[] da = new float[4 * n];\n    double[] dc_tm1", "dc * g * i * (1 - i)",
                    "(float) (dc * g * i * (1 - i))", "dc * s.c_tm1()[u] * f * (1 - f)",
                    "(float) (dc * s.c_tm1()[u] * f * (1 - f))", "dc * i * (1 - g * g)",
                    "(float) (dc * i * (1 - g * g))",
                    "da[3 * n + u] = dh[u] * tanh_c * o * (1 - o)",
                    "da[3 * n + u] = (float) (dh[u] * tanh_c * o * (1 - o))"),
            step("gates c and o are swapped", "tanh(a[2 * n + u])", "tanh(a[3 * n + u])", "sigmoid(a[3 * n",
                    "sigmoid(a[2 * n"),
            step("gates i and f are swapped", "sigmoid(a[n + u])", "sigmoid(a[(u + 0)])", "sigmoid(a[u])",
                    "sigmoid(a[n + u])"),
            step("unit by unit", "a[u]", "a[4 * u]", "a[n + u]", "a[4 * u + 1]", "a[2 * n + u]", "a[4 * u + 2]",
                    "a[3 * n + u]", "a[4 * u + 3]"),
            step("the bias is missing", "w.bias().clone()", "new double[4 * n]"),
            step("the bias is added twice", "        for (int d = 0",
                    "        a[k] += w.bias()[k];\n        for (int d = 0"),
            step("changes w.bias()", "w.bias().clone()", "w.bias()"),
            step("the old output h_tm1 is not used", "a[k] += h_tm1[u]", "a[k] += 0 * h_tm1[u]"),
            step("c_tm1 is used where h_tm1 belongs", "a[k] += h_tm1[u]", "a[k] += c_tm1[u]"),
            step("the recurrent kernel is transposed", "recurrentKernel()[u][k]",
                    "recurrentKernel()[k % n][k / n * n + u]"),
            step("sigmoid is used for g", "Math.tanh(a[2", "sigmoid(a[2"),
            step("tanh(c) is missing where h is computed", "o[u] * Math.tanh(c[u])", "o[u] * c[u]"),
            step("i and f are exchanged in the line of c", "f[u] * c_tm1[u] + i[u] * g[u]",
                    "i[u] * c_tm1[u] + f[u] * g[u]"),
            step("this is c_tm1", "LstmStep(x, h_tm1, c_tm1", "LstmStep(x, c_tm1, h_tm1"),
            step("c and h are exchanged", "o, c, h)", "o, h, c)"),
            step("gates i and o are swapped", "sigmoid(a[u])", "sigmoid(a[(3) * n + u])", "sigmoid(a[3 * n + u])",
                    "sigmoid(a[u])"),
            step("i and f are exchanged in the line of c", "f[u] * c_tm1[u]", "i[u] * c_tm1[u]", "i[u] * g[u]",
                    "f[u] * g[u]"),
            step("sigmoid is used for g", "Math.tanh(a[2 * n + u])", "1 / (1 + Math.exp(-a[2 * n + u]))"),
            step("i or f is missing in the line of c", "i[u] * g[u]", "g[u]"),
            step("i or f is missing in the line of c", "f[u] * c_tm1[u]", "c_tm1[u]"),
            step("tanh is used for a gate", "sigmoid(a[3 * n + u])", "Math.tanh(a[3 * n + u])"),
            step("c_tm1 is used where h is computed", "o[u] * Math.tanh(c[u])", "o[u] * Math.tanh(c_tm1[u])"),
            forward("the state is not handed on", "h = s.h();", "", "c = s.c();", ""),
            forward("the state is not handed on", "c = s.c();", ""),
            forward("the state is not handed on", "h = s.h();", ""),
            forward("c and h are exchanged", "h = s.h();", "h = s.c();", "c = s.c();", "c = s.h();"),
            stepBackward("tanh' is forgotten", " * (1 - tanh_c * tanh_c)", ""),
            stepBackward("tanh' is forgotten", "(1 - g * g)", "1"),
            stepBackward("tanh' is taken of the wrong number", "(1 - tanh_c * tanh_c)", "(1 - s.c()[u] * s.c()[u])"),
            stepBackward("tanh' is taken of the wrong number", "(1 - tanh_c * tanh_c)", "(1 - s.h()[u] * s.h()[u])"),
            stepBackward("tanh' is taken of the wrong number", "(1 - g * g)", "(1 - Math.tanh(g) * Math.tanh(g))"),
            stepBackward("sigmoid' is forgotten", "dc * g * i * (1 - i)", "dc * g"),
            stepBackward("sigmoid' is forgotten", "i * (1 - i)", "1", "f * (1 - f)", "1", "o * (1 - o)", "1"),
            stepBackward("sigmoid is applied once more", "i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))", "f * (1 - f)",
                    "sigmoid(f) * (1 - sigmoid(f))", "o * (1 - o)", "sigmoid(o) * (1 - sigmoid(o))"),
            stepBackward("dc_next is forgotten", "dc_next[u] + dh[u]", "dh[u]"),
            stepBackward("o is missing in the line of dc", "dh[u] * o * (1", "dh[u] * (1"),
            stepBackward("dc_tm1 is not dc * f", "dc_tm1[u] = dc * f", "dc_tm1[u] = dc"),
            stepBackward("dc_tm1 is not dc * f", "dc_tm1[u] = dc * f", "dc_tm1[u] = dc_next[u] * f"),
            stepBackward("dh_tm1 reads columns", "da[k] * w.recurrentKernel()[u][k]",
                    "da[k] * w.recurrentKernel()[k % n][k / n * n + u]"),
            stepBackward("the step's own h is used", "s.h_tm1()[u] * da", "s.h()[u] * da"),
            stepBackward("the new c is used where c_tm1 belongs", "s.c_tm1()[u] * f", "s.c()[u] * f"),
            stepBackward("nothing is added to this gradient", "gradient.bias()[k] += da[k];", ""),
            stepBackward("nothing is added to this gradient", "gradient.kernel()[d][k] += s.x()[d] * da[k];", ""),
            stepBackward("the gradient is overwritten", "gradient.bias()[k] += ", "gradient.bias()[k] = "),
            stepBackward("the gradient is overwritten", "gradient.kernel()[d][k] += ", "gradient.kernel()[d][k] = "),
            stepBackward("tanh(c) is missing", "dh[u] * tanh_c * o", "dh[u] * s.c()[u] * o"),
            stepBackward("g and c_tm1 are exchanged", "dc * g * i", "dc * s.c_tm1()[u] * (i)",
                    "dc * s.c_tm1()[u] * f", "dc * g * f"),
            stepBackward("i and f are exchanged in the line of c", "dc * g * i", "dc * s.c_tm1()[u] * (i)",
                    "dc * s.c_tm1()[u] * f", "dc * g * f", "dc * i * (1 - g", "dc * f * (1 - g", "= dc * f;",
                    "= dc * i;"),
            stepBackward("tanh' is forgotten", "dh[u] * o * (1 - tanh_c * tanh_c)", "dh[u] * o"),
            stepBackward("tanh' is taken of the wrong number", "tanh_c * tanh_c",
                    "Math.tanh(s.h()[u]) * Math.tanh(s.h()[u])"),
            stepBackward("sigmoid' is forgotten", "tanh_c * o * (1 - o)", "tanh_c"),
            stepBackward("sigmoid' is forgotten", "f * (1 - f)", "1"),
            stepBackward("dc_tm1 is not dc * f", "dc_tm1[u] = dc * f", "dc_tm1[u] = dc_next[u]"),
            stepBackward("nothing is added to this gradient",
                    "gradient.recurrentKernel()[u][k] += s.h_tm1()[u] * da[k];", ""),
            stepBackward("the gradient is overwritten", "gradient.recurrentKernel()[u][k] += ",
                    "gradient.recurrentKernel()[u][k] = "),
            stepBackward("tanh(c) is missing", "dh[u] * tanh_c * o", "dh[u] * o"),
            stepBackward("gates i and f are swapped", "da[u] =", "da[(1) * n + u] =", "da[n + u] =", "da[u] ="),
            stepBackward("unit by unit", "da[u] =", "da[4 * u] =", "da[n + u] =", "da[4 * u + 1] =",
                    "da[2 * n + u] =", "da[4 * u + 2] =", "da[3 * n + u] =", "da[4 * u + 3] ="),
            stepBackward("gates c and o are swapped", "da[2 * n + u]", "da[(3) * n + u]", "da[3 * n + u]",
                    "da[2 * n + u]"),
            stepBackward("dc_next is counted twice", "dc_next[u] + dh[u]", "2 * dc_next[u] + dh[u]"),
            stepBackward("dh is missing in the line of dc", " + dh[u] * o * (1 - tanh_c * tanh_c)", ""),
            stepBackward("dc is used in the line of do", "dh[u] * tanh_c * o", "dc * tanh_c * o"),
            stepBackward("sigmoid' and tanh' are exchanged", "(1 - g * g)", "g * (1 - g)"),
            stepBackward("c_tm1 is used where h_tm1 belongs", "s.h_tm1()[u] * da", "s.c_tm1()[u] * da"),
            backward("not accumulated through time", "dh_next = g.dh_tm1();", ""),
            backward("not accumulated through time", "dc_next = g.dc_tm1();", ""),
            backward("not accumulated through time", "dh_next = g.dh_tm1();", "", "dc_next = g.dc_tm1();", ""),
            backward("from the first step to the last", "int t = T - 1; t >= 0; t--", "int t = 0; t < T; t++"),
            backward("nothing is added to this gradient", "w, gradient);\n        dx",
                    "w, LstmWeights.zeros(D, n));\n        dx"));

    private static Case conv2d(String says, String... edit) {
        return new Case(says, "conv2d", "conv2d-check", edit);
    }

    private static Case gradKernel(String says, String... edit) {
        return new Case(says, "grad-kernel", "grad-kernel-check", edit);
    }

    private static Case gradInput(String says, String... edit) {
        return new Case(says, "grad-input", "grad-input-check", edit);
    }

    private static final String AT = "row = p + a - top, column = q + b - left;";
    private static final String INSIDE = "if (row >= 0 && row < H && column >= 0 && column < W) {";
    private static final String NEAREST = "row = Math.clamp(p + a - top, 0, H - 1), column = Math.clamp(q + b - left, 0, W - 1);";
    private static final String OTHER_SIDE = "row = Math.floorMod(p + a - top, H), column = Math.floorMod(q + b - left, W);";
    private static final String BREAKS = "if (row < 0 || row >= H || column < 0 || column >= W) break;\n{";
    private static final String TOP_AND_LEFT = "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2 : 0;";

    private static final List<Case> A2 = List.of(
            gradKernel("does all run again for each single number", "// BEGIN SOLUTION",
                    ONE_BY_ONE.formatted("kh][kw][C][F", "conv2d(x, unit, new double[F], same)", "")),
            gradInput("does all run again for each single number", "// BEGIN SOLUTION",
                    ONE_BY_ONE.formatted("1][H][W][C", "conv2d(unit[0], kernel, new double[F], same)", "[0]")),
            conv2d("a border of the image is left out", "row >= 0", "row > 0", "column >= 0", "column > 0"),
            conv2d("a border of the image is left out", "row < H &&", "row < H - 1 &&", "column < W)",
                    "column < W - 1)"),
            conv2d("left at the first tap outside", INSIDE, BREAKS),
            conv2d("outside the image is not zero", AT, NEAREST),
            conv2d("outside the image is not zero", AT, OTHER_SIDE),
            conv2d("offset has the wrong sign", AT, "row = p - a + top, column = q - b + left;"),
            conv2d("only one of the channels is summed", "c < C", "c < 1"),
            conv2d("the bias is added more than once", "y[p][q][f] = bias[f];", "", "y[p][q][f] += x",
                    "y[p][q][f] += (c == 0 ? bias[f] : 0) + x"),
            conv2d("the bias is added more than once", "y[p][q][f] = bias[f];", "", "y[p][q][f] += x",
                    "y[p][q][f] += bias[f] + x"),
            conv2d("the padding is shifted", "left = same ? (kw - 1) / 2", "left = same ? (kh - 1) / 2"),
            conv2d("the padding is shifted", "same ? " + TOP_AND_LEFT, "(kh - 1) / 2, left = (kw - 1) / 2;"),
            gradKernel("a border of the image is left out", "row >= 0", "row > 0", "column >= 0", "column > 0"),
            gradKernel("left at the first tap outside", INSIDE, BREAKS),
            gradKernel("outside the image is not zero", AT, OTHER_SIDE),
            gradKernel("offset has the wrong sign", AT, "row = p - a + top, column = q - b + left;"),
            gradKernel("divided by the number of pixels", "* dy[p][q][f]",
                    "* dy[p][q][f] / (dy.length * dy[0].length)"),
            gradKernel("the padding is shifted", "same ? " + TOP_AND_LEFT, "(kh - 1) / 2, left = (kw - 1) / 2;"),
            gradKernel("0/1  gradKernel, a 4x5 kernel, valid", "same ? " + TOP_AND_LEFT,
                    "same ? (kh - 1) / 2 : 1 - kh % 2, left = same ? (kw - 1) / 2 : 0;"),
            gradInput("a border of the image is left out", "row < H &&", "row < H - 1 &&", "column < W)",
                    "column < W - 1)"),
            gradInput("left at the first tap outside", INSIDE, BREAKS),
            gradInput("outside the image is not zero", AT, NEAREST),
            gradInput("offset has the wrong sign", AT, "row = p - a + top, column = q - b + left;"),
            gradInput("only one of the channels is summed", "f < F", "f < 1"),
            gradInput("the padding is shifted", "left = same ? (kw - 1) / 2", "left = same ? (kh - 1) / 2"),
            conv2d("the kernel is flipped", "kernel[a][b]", "kernel[kh - 1 - a][kw - 1 - b]"),
            conv2d("the kernel is transposed", "kernel[a][b]", "kernel[kh == kw ? b : a][kh == kw ? a : b]"),
            conv2d("the padding is shifted", "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2",
                    "kh / 2 : 0, left = same ? kw / 2"),
            conv2d("the padding is shifted", "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2", "1 : 0, left = same ? 1"),
            conv2d("the padding is shifted", "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2", "0 : 0, left = same ? 0"),
            conv2d("the bias is missing", "y[p][q][f] = bias[f]", "y[p][q][f] = 0"),
            conv2d("= instead of +=", "y[p][q][f] += x", "y[p][q][f] = x"),
            conv2d("the grid is flattened", "row = p + a - top, column = q + b - left;",
                    "at = (p + a - top) * W + q + b - left, row = Math.floorDiv(at, W), column = Math.floorMod(at, W);"),
            gradKernel("the kernel is turned the wrong way round", "dKernel[a][b]",
                    "dKernel[kh - 1 - a][kw - 1 - b]"),
            gradKernel("= instead of +=", "dKernel[a][b][c][f] += ", "dKernel[a][b][c][f] = "),
            new Case("the bias gradient is not summed", "grad-bias", "grad-kernel-check", "dBias[f] += ",
                    "dBias[f] = "),
            gradInput("the kernel is turned the wrong way round", "kernel[a][b]", "kernel[kh - 1 - a][kw - 1 - b]"),
            gradKernel("the padding is shifted", "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2",
                    "kh / 2 : 0, left = same ? kw / 2"),
            gradKernel("the grid is flattened", "row = p + a - top, column = q + b - left;",
                    "at = (p + a - top) * W + q + b - left, row = Math.floorDiv(at, W), column = Math.floorMod(at, W);"),
            gradInput("the kernel is transposed", "kernel[a][b]", "kernel[kh == kw ? b : a][kh == kw ? a : b]"),
            gradInput("= instead of +=", "dx[row][column][c] += ", "dx[row][column][c] = "),
            gradInput("the padding is shifted", "(kh - 1) / 2 : 0, left = same ? (kw - 1) / 2",
                    "kh / 2 : 0, left = same ? kw / 2"));

    private static Case convLstm(String says, String... edit) {
        return new Case(says, "conv-lstm", "conv-lstm-check", edit);
    }

    private static Case gates(String says, String... edit) {
        return new Case(says, "gates-backward", "gates-backward-check", edit);
    }

    private static Case convolutions(String says, String... edit) {
        return new Case(says, "conv-backward", "conv-backward-check", edit);
    }

    private static Case toeplitz(String says, String... edit) {
        return new Case(says, "toeplitz", "toeplitz-check", edit);
    }

    private static final String TURNED = """
            double[][][][] turned = new double[%1$s.length][%1$s[0].length][][];
                for (int a = 0; a < turned.length; a++) {
                    for (int b = 0; b < turned[0].length; b++) {
                        turned[a][b] = %1$s[%2$s];
                    }
                }
                double[][][] x_a""";

    private static String turned(String kernel, String element) {
        return TURNED.formatted(kernel, element);
    }

    private static final List<Case> A3 = List.of(
            step("gates c and o are swapped", "x_a[p][q][2 * F + u] + h_a[p][q][2 * F + u]",
                    "x_a[p][q][(3) * F + u] + h_a[p][q][(3) * F + u]",
                    "x_a[p][q][3 * F + u] + h_a[p][q][3 * F + u]", "x_a[p][q][2 * F + u] + h_a[p][q][2 * F + u]"),
            step("unit by unit", "[q][u] + h_a[p][q][u]", "[q][4 * u] + h_a[p][q][4 * u]",
                    "[q][F + u] + h_a[p][q][F + u]", "[q][4 * u + 1] + h_a[p][q][4 * u + 1]",
                    "[q][2 * F + u] + h_a[p][q][2 * F + u]", "[q][4 * u + 2] + h_a[p][q][4 * u + 2]",
                    "[q][3 * F + u] + h_a[p][q][3 * F + u]", "[q][4 * u + 3] + h_a[p][q][4 * u + 3]"),
            step("the bias is added twice", "new double[4 * F])", "bias)"),
            step("the bias is missing", "conv(x, kernel, bias)", "conv(x, kernel, new double[4 * F])"),
            step("the old output h_tm1 is not used", "conv(h_tm1,", "conv(new double[H][W][F],"),
            step("c_tm1 is used where h_tm1 belongs", "conv(h_tm1,", "conv(c_tm1,"),
            step("the kernel is flipped, of the state only", "double[][][] x_a", turned("recurrentKernel",
                    "turned.length - 1 - a][turned[0].length - 1 - b"), "conv(h_tm1, recurrentKernel",
                    "conv(h_tm1, turned"),
            step("the kernel is flipped, of the input only", "double[][][] x_a", turned("kernel",
                    "turned.length - 1 - a][turned[0].length - 1 - b"), "conv(x, kernel", "conv(x, turned"),
            step("the state meets the middle of its kernel only", "conv(h_tm1, recurrentKernel",
                    "conv(h_tm1, new double[][][][] {{recurrentKernel[recurrentKernel.length / 2]"
                            + "[recurrentKernel[0].length / 2]}}"),
            step("sigmoid is used for g", "Math.tanh(x_a", "sigmoid(x_a"),
            step("tanh(c) is missing where h is computed", "Math.tanh(c[p][q][u])", "c[p][q][u]"),
            step("i and f are exchanged in the line of c", "f[p][q][u] * c_tm1[p][q][u] + i[p][q][u] * g",
                    "i[p][q][u] * c_tm1[p][q][u] + f[p][q][u] * g"),
            step("c and h are exchanged", "o, c, h)", "o, h, c)"),
            step("this is c", "new double[H][W][F], h = new", "c_tm1, h = new"),
            step("this is ", "ConvLstmStep(x, h_tm1, c_tm1", "ConvLstmStep(x, c_tm1, h_tm1"),
            step("gates i and f are swapped", "x_a[p][q][u] + h_a[p][q][u]",
                    "x_a[p][q][(1) * F + u] + h_a[p][q][(1) * F + u]",
                    "x_a[p][q][F + u] + h_a[p][q][F + u]", "x_a[p][q][u] + h_a[p][q][u]"),
            step("the kernel is transposed", "double[][][] x_a", turned("recurrentKernel", "b][a"),
                    "conv(h_tm1, recurrentKernel",
                    "conv(h_tm1, recurrentKernel.length == recurrentKernel[0].length ? turned"
                            + " : recurrentKernel"),
            step("i or f is missing in the line of c", "i[p][q][u] * g[p][q][u];", "g[p][q][u];"),
            step("i or f is missing in the line of c", "f[p][q][u] * c_tm1", "c_tm1"),
            step("tanh is used for a gate", "o[p][q][u] = sigmoid", "o[p][q][u] = Math.tanh"),
            step("c_tm1 is used where h is computed", "Math.tanh(c[p][q][u])", "Math.tanh(c_tm1[p][q][u])"),
            step("x is what your code was given", "return new", "x[0][0][0] = 0;\n    return new"),
            step("take each from the array that a loop reads", "F = bias.length / 4", "F = 3"),
            step("take each from the array that a loop reads", "H = x.length, W = x[0].length", "H = 4, W = 5"),
            convLstm("the state is not handed on", "c = s.c();", ""),
            convLstm("the state is not handed on", "h = s.h();", "", "hs[t] = h", "hs[t] = s.h()"),
            convLstm("the state is not handed on", "h = s.h();", "", "c = s.c();", "", "hs[t] = h", "hs[t] = s.h()"),
            convLstm("c and h are exchanged", "hs[t] = h;", "hs[t] = c;"),
            convLstm("c and h are exchanged", "h = s.h();", "h = s.c();", "c = s.c();", "c = s.h();", "hs[t] = h;",
                    "hs[t] = s.h();"),
            gates("tanh' is forgotten", " * (1 - tanh_c * tanh_c)", ""),
            gates("tanh' is taken of the wrong number", "(1 - tanh_c * tanh_c)",
                    "(1 - s.c()[p][q][u] * s.c()[p][q][u])"),
            gates("sigmoid' is forgotten", "* f * (1 - f)", ""),
            gates("dc_next is forgotten", "dc_next[p][q][u] + ", ""),
            gates("o is missing in the line of dc", "dh[p][q][u] * o * (1", "dh[p][q][u] * (1"),
            gates("dc_tm1 is not dc * f", "= dc * f;", "= dc;"),
            gates("the new c is used where c_tm1 belongs", "s.c_tm1()", "s.c()"),
            gates("gates c and o are swapped", "da[p][q][2 * F", "da[p][q][(3) * F", "da[p][q][3 * F",
                    "da[p][q][2 * F"),
            gates("tanh' is forgotten", "(1 - g * g)", "1"),
            gates("tanh' is taken of the wrong number", "(1 - g * g)", "(1 - Math.tanh(g) * Math.tanh(g))"),
            gates("tanh' is taken of the wrong number", "(1 - tanh_c * tanh_c)",
                    "(1 - s.h()[p][q][u] * s.h()[p][q][u])"),
            gates("sigmoid' is forgotten", "i * (1 - i)", "1", "f * (1 - f)", "1", "o * (1 - o)", "1"),
            gates("sigmoid is applied once more", "i * (1 - i)", "sigmoid(i) * (1 - sigmoid(i))", "f * (1 - f)",
                    "sigmoid(f) * (1 - sigmoid(f))", "o * (1 - o)", "sigmoid(o) * (1 - sigmoid(o))"),
            gates("dc_tm1 is not dc * f", "dc_tm1[p][q][u] = dc * f", "dc_tm1[p][q][u] = dc_next[p][q][u] * f"),
            gates("tanh(c) is missing", "dh[p][q][u] * tanh_c * o", "dh[p][q][u] * s.c()[p][q][u] * o"),
            gates("g and c_tm1 are exchanged", "dc * g * i", "dc * s.c_tm1()[p][q][u] * (i)",
                    "dc * s.c_tm1()[p][q][u] * f", "dc * g * f"),
            gates("unit by unit", "da[p][q][u] =", "da[p][q][4 * u] =", "da[p][q][F + u] =", "da[p][q][4 * u + 1] =",
                    "da[p][q][2 * F + u] =", "da[p][q][4 * u + 2] =", "da[p][q][3 * F + u] =",
                    "da[p][q][4 * u + 3] ="),
            gates("gates i and f are swapped", "da[p][q][u] =", "da[p][q][(1) * F + u] =", "da[p][q][F + u] =",
                    "da[p][q][u] ="),
            gates("dc_next is counted twice", "dc_next[p][q][u] + dh", "2 * dc_next[p][q][u] + dh"),
            gates("dc_next is counted twice", "= dc * f;", "= dc * f + dc_next[p][q][u];"),
            gates("dh is missing in the line of dc", " + dh[p][q][u] * o * (1 - tanh_c * tanh_c)", ""),
            gates("o is missing in the line of dc", "dh[p][q][u] * o * (1 - tanh_c * tanh_c)", "dh[p][q][u]"),
            gates("dc is used in the line of do", "= dh[p][q][u] * tanh_c * o", "= dc * tanh_c * o"),
            gates("sigmoid' and tanh' are exchanged", "(1 - g * g)", "g * (1 - g)"),
            gates("sigmoid' and tanh' are exchanged", "i * (1 - i)", "(1 - i * i)", "f * (1 - f)", "(1 - f * f)",
                    "o * (1 - o)", "(1 - o * o)"),
            gates("dc_tm1 is not dc * f", "dc_tm1[p][q][u] = dc * f;", ""),
            convolutions("a method may have returned null", "return new ConvLstmGradient",
                    "if (da.length > 0) {\n        return null;\n    }\n    return new ConvLstmGradient"),
            convolutions("c_tm1 is used where h_tm1 belongs", "s.h_tm1(), da", "s.c_tm1(), da"),
            convolutions("the step's own h is used", "s.h_tm1(), da", "s.h(), da"),
            convolutions("the bias gradient is not summed", "dBias[k] += ", "dBias[k] = "),
            convolutions("nothing is added to this gradient", "dBias[k] += pixel[k];", ""),
            new Case("the kernel is turned the wrong way round", "grad-input", "conv-backward-check", "kernel[ky][kx]",
                    "kernel[kh - 1 - ky][kw - 1 - kx]"),
            new Case("= instead of +=", "grad-input", "conv-backward-check", "[c] += ", "[c] = "),
            new Case("the kernel is turned the wrong way round", "grad-kernel", "conv-backward-check",
                    "dKernel[ky][kx]",
                    "dKernel[kh - 1 - ky][kw - 1 - kx]"),
            new Case("= instead of +=", "grad-kernel", "conv-backward-check", "[k] += ", "[k] = "),
            new Case("the padding is shifted", "grad-kernel", "conv-backward-check", "ky - (kh - 1) / 2", "ky - kh / 2",
                    "kx - (kw - 1) / 2", "kx - kw / 2"),
            new Case("does all run again for each single number", "grad-input", "conv-backward-check",
                    "// BEGIN SOLUTION", ONE_BY_ONE.formatted("1][H][W][C",
                            "conv(unit[0], kernel, new double[kernel[0][0][0].length])", "[0]")),
            convolutions("conv-backward-check: 2 of 4", "double[] dBias",
                    "if (da.length > 0) throw new UnsupportedOperationException(\"not answered yet\");\n    double[] dBias"),
            new Case("conv-backward-check: 3 of 4", "grad-input", "conv-backward-check", "[q].length; k++",
                    "[q].length / 4; k++"),
            new Case("nothing is added to this gradient", "grad-input", "conv-backward-check", "dx[row][column][c] +=",
                    "dx[row][column][c] += 0 *"),
            new Case("one-tap-check: 0 of 1", "one-tap", "one-tap-check", "hs[t][p][q] = h[t]", "hs[t][p][q] = h[0]"),
            new Case("another tap", "one-pixel", "one-pixel-check",
                    "[(kernel.length - 1) / 2][(kernel[0].length - 1) / 2]",
                    "[kernel.length / 2][kernel[0].length / 2]"),
            new Case("another tap", "one-pixel", "one-pixel-check",
                    "[(kernel.length - 1) / 2][(kernel[0].length - 1) / 2]",
                    "[0][0]"),
            toeplitz("the padding is shifted", " - (kh - 1) / 2", "", " - (kw - 1) / 2", ""),
            toeplitz("the padding is shifted", "(kh - 1) / 2", "1", "(kw - 1) / 2", "1"),
            toeplitz("the kernel is flipped", "kernel[ky][kx][c]", "kernel[kh - 1 - ky][kw - 1 - kx][c]"),
            toeplitz("ordered by pixel", "gate * H * W * F + (p * W + q) * F + f",
                    "(p * W + q) * 4 * F + gate * F + f"),
            toeplitz("toeplitz-check: 0 of 3", "(p * W + q) * F + f", "f * H * W + p * W + q"),
            toeplitz("toeplitz-check: 0 of 3", "gate * F + f]", "4 * f + gate]"),
            toeplitz("compute by the equations, in double", "kernel[ky][kx][c]", "(float) kernel[ky][kx][c]"),
            toeplitz("the grid is flattened", "|| column < 0 || column >= W",
                    "|| row * W + column < 0 || row * W + column >= H * W"));

    private static Case train(String says, String... edit) {
        return new Case(says, "train", "train-check", edit);
    }

    private static final List<Case> A4 = List.of(
            new Case("this is the first seen frame", "baseline", "baseline-check", "seenFrames[seenFrames.length - 1]",
                    "seenFrames[0]"),
            new Case("two frames are the same array", "baseline", "baseline-check", ".clone()", ""),
            new Case("the seen frames come back along with the forecasts", "closed-loop", "closed-loop-check",
                    "frames.subList(seenFrames.length, frames.size())", "frames"),
            train("that is the loss on data: validation(held)", "validation(held)", "validation(data)"),
            train("no validation loss: validation(held)", ".validation(held)", ""),
            train("losses[0]: expected", "History fit(", "int[] fits = {0};\nHistory fit(", "seed(1)",
                    "seed(++fits[0])"),
            train("Optimizer.adam(learningRate)", "Optimizer.adam(learningRate)", "Optimizer.rmsProp(learningRate)"),
            train("Optimizer.adam(learningRate)", "Optimizer.adam(learningRate)",
                    "Optimizer.adam(learningRate, 0.5, 0.999, 1e-7)"),
            new Case("baseline-check: 0 of 2", "baseline", "baseline-check", "seenFrames[seenFrames.length - 1]",
                    "new double[seenFrames[0].length]"),
            new Case("closed-loop-check: 0 of 4", "closed-loop", "closed-loop-check", "int t = 0; t < steps; t++",
                    "int t = steps; t < steps; t++"),
            train("four steps on one: batchSize(4)", "batchSize(4)", "batchSize(3)"),
            train("four steps on one: batchSize(4)", "batchSize(4)", "batchSize(5)"));

    private static final List<Case> RIGHT_A4 = List.of(
            train("the Trainer's own seed", ".seed(1)", ""),
            train("in the order of the data", ".seed(1)", ".shuffle(false)"));

    private static final String FULL = "(?s).*: (\\d) of \\1 points.*";

    /** Right answers, written otherwise. */
    private static final List<Case> RIGHT_A1 = List.of(
            step("in single precision", "double[] a = w.bias().clone()", "float[] a = new float[4 * n]",
                    "a[k] += x[d]", "a[k] += (float) x[d]", "        for (int d = 0",
                    "        a[k] = (float) w.bias()[k];\n        for (int d = 0"),
            step("streams",
                    "        for (int d = 0; d < D; d++) {\n            a[k] += x[d] * w.kernel()[d][k];\n        }",
                    "        int column = k;\n        a[k] += IntStream.range(0, D).mapToDouble(d -> x[d] * w.kernel()[d][column]).sum();"),
            step("another order of sums", "int k = 0; k < 4 * n; k++", "int k = 4 * n - 1; k >= 0; k--",
                    "int d = 0; d < D; d++", "int d = D - 1; d >= 0; d--"),
            step("sums in local variables", "double[] a = w.bias().clone();", "double[] a = new double[4 * n];",
                    "        for (int d = 0", "        double sum = w.bias()[k];\n        for (int d = 0",
                    "a[k] += x[d]", "sum += x[d]", "a[k] += h_tm1[u] * w.recurrentKernel()[u][k];\n        }",
                    "sum += h_tm1[u] * w.recurrentKernel()[u][k];\n        }\n        a[k] = sum;"),
            step("tanh by sigmoid, states as clones", "Math.tanh(a[2 * n + u])", "2 * sigmoid(2 * a[2 * n + u]) - 1",
                    "LstmStep(x, h_tm1, c_tm1", "LstmStep(x.clone(), h_tm1.clone(), c_tm1.clone()"),
            stepBackward("tanh' by cosh", "(1 - tanh_c * tanh_c)", "/ Math.pow(Math.cosh(s.c()[u]), 2)", "* o * /",
                    "* o /"),
            forward("states of the list's last step", "LstmStep s = step(x, h, c, w);",
                    "if (!steps.isEmpty()) { h = steps.getLast().h(); c = steps.getLast().c(); }\n"
                            + "        LstmStep s = step(x, h, c, w);",
                    "        h = s.h();\n        c = s.c();\n", ""),
            forward("an array of steps", "List<LstmStep> steps = new ArrayList<>();",
                    "LstmStep[] steps = new LstmStep[xs.length];\n    int t = 0;", "steps.add(s);", "steps[t++] = s;",
                    "return steps;", "return Arrays.asList(steps);"),
            stepBackward("tanh by exp, fused", "Math.tanh(s.c()[u])", "1 - 2 / (Math.exp(2 * s.c()[u]) + 1)",
                    "dc_next[u] + dh[u] * o * (1 - tanh_c * tanh_c)",
                    "Math.fma(dh[u] * o, (1 - tanh_c) * (1 + tanh_c), dc_next[u])",
                    "dx[d] += da[k] * w.kernel()[d][k]", "dx[d] = Math.fma(da[k], w.kernel()[d][k], dx[d])"),
            stepBackward("factors multiplied out", "dc * g * i * (1 - i)", "dc * g * (i - i * i)",
                    "dc * i * (1 - g * g)", "dc * i - dc * i * Math.pow(g, 2)"),
            stepBackward("d z by d W row by row", "int k = 0; k < 4 * n; k++", "int k = 4 * n - 1; k >= 0; k--"),
            backward("in place", "double[] dh = new double[n];", "double[] dh = dhs[t];",
                    "dh[u] = dhs[t][u] + dh_next[u];", "dh[u] += dh_next[u];"));

    private static final List<Case> RIGHT_A3 = List.of(
            step("one array for both sums", "h_a = conv(h_tm1, recurrentKernel, new double[4 * F]);",
                    "h_a = new double[H][W][4 * F], s_a = conv(h_tm1, recurrentKernel, new double[4 * F]);\n"
                            + "    for (int p = 0; p < H; p++) for (int q = 0; q < W; q++) for (int k = 0; k < 4 * F; k++)"
                            + " x_a[p][q][k] += s_a[p][q][k];"),
            step("in single precision", "c[p][q][u] = f", "c[p][q][u] = (float) f", "f[p][q][u] * c_tm1",
                    "(f[p][q][u] * c_tm1", "i[p][q][u] * g[p][q][u];", "i[p][q][u] * g[p][q][u]);"),
            convLstm("the output as a copy", "hs[t] = h;", "hs[t] = Copies.of(h);"),
            new Case("gather instead of scatter", "grad-input", "conv-backward-check",
                    "int row = p + ky - (kh - 1) / 2, column = q + kx - (kw - 1) / 2;",
                    "int row = p - ky + (kh - 1) / 2, column = q - kx + (kw - 1) / 2;",
                    "dx[row][column][c] += dy[p][q][k]", "dx[p][q][c] += dy[row][column][k]"),
            new Case("the gradient in place", "gates-backward", "gates-backward-check",
                    "dc_tm1 = new double[H][W][F];", "dc_tm1 = dc_next;"),
            toeplitz("by the input pixel", "int p = 0; p < H; p++", "int p = H - 1; p >= 0; p--"));

    private static final List<Case> RIGHT_A2 = List.of(
            conv2d("in single precision", "y[p][q][f] += x[row][column][c] * kernel[a][b][c][f]",
                    "y[p][q][f] = (float) (y[p][q][f] + (float) x[row][column][c] * (float) kernel[a][b][c][f])"),
            conv2d("taps outermost", "int a = 0; a < kh; a++", "int a = kh - 1; a >= 0; a--", "int b = 0; b < kw; b++",
                    "int b = kw - 1; b >= 0; b--"),
            gradKernel("fused, pixels backwards", "dKernel[a][b][c][f] += x[row][column][c] * dy[p][q][f]",
                    "dKernel[a][b][c][f] = Math.fma(x[row][column][c], dy[p][q][f], dKernel[a][b][c][f])",
                    "int p = 0; p < dy.length; p++", "int p = dy.length - 1; p >= 0; p--"),
            gradInput("taps in another order", "int a = 0; a < kh; a++", "int a = kh - 1; a >= 0; a--"));

    @TestFactory
    Stream<DynamicTest> a1(@TempDir(cleanup = CleanupMode.NEVER) Path folder) throws IOException {
        return tests(new AnswerClasses("A1", folder), A1, RIGHT_A1);
    }

    @TestFactory
    Stream<DynamicTest> a2(@TempDir(cleanup = CleanupMode.NEVER) Path folder) throws IOException {
        return tests(new AnswerClasses("A2", folder), A2, RIGHT_A2);
    }

    @TestFactory
    Stream<DynamicTest> a3(@TempDir(cleanup = CleanupMode.NEVER) Path folder) throws IOException {
        return tests(new AnswerClasses("A3", folder), A3, RIGHT_A3);
    }

    @TestFactory
    Stream<DynamicTest> a4(@TempDir(cleanup = CleanupMode.NEVER) Path folder) throws IOException {
        return tests(new AnswerClasses("A4", folder), A4, RIGHT_A4);
    }

    private static Stream<DynamicTest> tests(AnswerClasses classes, List<Case> wrong, List<Case> right) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Case c : wrong) {
            String name = classes.add(c.answer(), c.in(classes.cell(c.answer())), c.check());
            tests.add(DynamicTest.dynamicTest(c.answer() + ": " + c.edit()[0] + " -> " + c.edit()[1],
                    () -> named(classes.said(name), c)));
        }
        for (Case c : right) {
            String name = classes.add(c.answer(), c.in(classes.cell(c.answer())), c.check());
            tests.add(DynamicTest.dynamicTest(c.answer() + ": right, " + c.says(), () -> passes(classes.said(name))));
        }
        classes.compile();
        return tests.stream();
    }

    private static void named(String said, Case c) {
        if (Boolean.getBoolean("mistakes.show")) {
            System.out.println("#### " + c.answer() + ": " + c.edit()[0] + " -> " + c.edit()[1] + "\n" + said);
        }
        assertTrue(said.contains(c.says()), said);
        assertFalse(said.matches(FULL), said);
        List<String> otherwise = said.lines().filter(line -> line.contains("Likely: ") && !line.contains(c.says()))
                .toList();
        assertEquals(List.of(), otherwise, said);
    }

    private static void passes(String said) {
        assertTrue(said.matches(FULL) && !said.contains("failed"), said);
    }
}
