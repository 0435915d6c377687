package convlstm.backend;

import static convlstm.backend.ActivationFunction.SIGMOID;
import static convlstm.backend.ActivationFunction.TANH;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One use of one primitive on random tensors; what it gives back is compared between backends. The sizes are awkward on
 * purpose: 1, 13, 207 and their like fit no vector and no block, and height differs from width.
 *
 * @param name the primitive and what is special about this use of it
 * @param terms how many numbers are summed for one element of the result
 * @param run makes its tensors, calls the primitive, and gives back everything that it wrote to
 */
record Scenario(String name, int terms, Function<Lab, List<Tensor>> run) {
    /** Named by {@link #name} in test reports. */
    @Override
    public String toString() {
        return name;
    }

    /** Every scenario. */
    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        memory(all);
        dot(all);
        conv2d(all);
        again(all);
        gates(all);
        elementwise(all);
        pooling(all);
        batchNorm(all);
        losses(all);
        optimisers(all);
        return all;
    }

    // ---- memory

    private static void memory(List<Scenario> all) {
        for (int n : new int[] {1, 13, 207}) {
            add(all, "fill " + n, 1, l -> {
                Tensor dst = l.toBeSet(n);
                l.K.fill(dst, 1.5f);
                return List.of(dst);
            });
            add(all, "copy " + n, 1, l -> {
                Tensor dst = l.toBeSet(2, n);
                Tensor src = l.withSpecials(2, n);
                l.K.copy(dst, src);
                return List.of(dst, src);
            });
            add(all, "copy repeated " + n, 1, l -> {
                Tensor dst = l.toBeSet(3, 2, n);
                l.K.copy(dst, l.random(2, n));
                return List.of(dst);
            });
            add(all, "copy repeats a row of one element " + n, 1, l -> {
                Tensor dst = l.toBeSet(n, 1);
                l.K.copy(dst, l.random(1));
                return List.of(dst);
            });
            add(all, "swap01 " + n, 1, l -> {
                Tensor dst = l.toBeSet(5, n, 3, 2);
                Tensor flat = l.toBeSet(1, n);
                l.K.swap01(dst, l.random(n, 5, 3, 2));
                l.K.swap01(flat, l.random(n, 1));
                return List.of(dst, flat);
            });
            for (Write write : Write.values()) {
                add(all, "copyChannels " + n + " " + write, 1, l -> {
                    Tensor gate = l.destination(write, 3, 2, n);
                    Tensor gates = l.random(3, 2, 4 * n);
                    l.K.copyChannels(gate, 0, l.random(3, 2, 4 * n), 2 * n, n, write);
                    l.K.copyChannels(gates, 3 * n, gate, 0, n, write);
                    return List.of(gate, gates);
                });
            }
        }
        add(all, "copy onto itself", 1, l -> {
            Tensor t = l.random(4, 7);
            l.K.copy(t, t);
            return List.of(t);
        });
        add(all, "write and read, views", 1, l -> {
            Tensor t = l.random(5, 3, 2);
            l.K.write(t.at(2), new float[] {1, 2, 3, 4, Float.NaN, Float.NEGATIVE_INFINITY});
            return List.of(t, t.at(2), t.range(1, 4), t.reshape(30));
        });
        add(all, "allocate zeros", 1, l -> List.of(l.K.allocate(Shape.of(13, 17))));
    }

    // ---- K.dot

    private static void dot(List<Scenario> all) {
        int[][] sizes = {{1, 1, 1}, {1, 13, 1}, {13, 1, 7}, {5, 13, 17}, {2, 207, 65}, {33, 64, 48}, {17, 31, 207}};
        for (int[] size : sizes) {
            int N = size[0];
            int D = size[1];
            int U = size[2];
            String which = " (" + N + ", " + D + ") x (" + D + ", " + U + ") ";
            for (Write write : Write.values()) {
                add(all, "dot" + which + write, D, l -> {
                    Tensor out = l.destination(write, N, U);
                    l.K.dot(out, l.random(N, D), l.random(D, U), null, write);
                    return List.of(out);
                });
                add(all, "dot" + which + write + " bias, leading axes", D, l -> {
                    Tensor out = l.destination(write, 2, N, U);
                    l.K.dot(out, l.random(N, 2, D), l.random(D, U), l.random(U), write);
                    return List.of(out);
                });
                add(all, "dotGradInput" + which + write, U, l -> {
                    Tensor dx = l.destination(write, N, D);
                    l.K.dotGradInput(dx, l.random(N, U), l.random(D, U), write);
                    return List.of(dx);
                });
            }
            add(all, "dotGradKernel" + which, N, l -> {
                Tensor dKernel = l.random(D, U);
                l.K.dotGradKernel(dKernel, l.random(N, D), l.random(N, U));
                return List.of(dKernel);
            });
        }
        add(all, "dot NaN and infinity, times zero too", 9, l -> {
            Tensor out = l.toBeSet(3, 5);
            Tensor dx = l.toBeSet(3, 9);
            Tensor dKernel = l.random(9, 5);
            Tensor zeros = l.filled(0, 3, 9);
            Tensor kernel = l.withSpecials(9, 5);
            l.K.dot(out, zeros, kernel, null, Write.SET);
            l.K.dotGradInput(dx, l.filled(0, 3, 5), kernel, Write.SET);
            l.K.dotGradKernel(dKernel, zeros, l.withSpecials(3, 5));
            return List.of(out, dx, dKernel);
        });
        for (int F : new int[] {1, 13, 207}) {
            add(all, "sumRows " + F, 201, l -> {
                Tensor dst = l.random(F);
                l.K.sumRows(dst, l.random(67, 3, F));
                return List.of(dst);
            });
            add(all, "sumRows of one row, specials " + F, 1, l -> {
                Tensor dst = l.random(F);
                l.K.sumRows(dst, l.withSpecials(1, F));
                return List.of(dst);
            });
        }
    }

    // ---- kernels that are used more than once, and what happens when they have changed

    private static void again(List<Scenario> all) {
        again(all, 5, 70, 600);
        again(all, 26, 13, 530);
        again(all, 12, 67, 512);
        again(all, 131, 40, 521);
        Window w = Window.same(3, 3);
        add(all, "again, conv2d and conv2dGradInput", 9 * 64, l -> { // so many channels that all keep Winograd's transform
            Tensor x = l.random(1, 8, 8, 48);
            Tensor dOut = l.random(1, 8, 8, 64);
            return again(l, l.random(3, 3, 48, 64), kernel -> {
                Tensor out = l.toBeSet(1, 8, 8, 64);
                Tensor dx = l.toBeSet(1, 8, 8, 48);
                l.K.conv2d(out, x, kernel, null, w, Write.SET);
                l.K.conv2dGradInput(dx, dOut, kernel, w, Write.SET);
                return List.of(out, dx);
            });
        });
    }

    private static void again(List<Scenario> all, int N, int D, int U) {
        add(all, "again, dot and dotGradInput (" + N + ", " + D + ") to " + U, Math.max(D, U), l -> {
            Tensor x = l.random(N, D);
            Tensor dOut = l.random(N, U);
            return again(l, l.random(D, U), kernel -> {
                Tensor out = l.toBeSet(N, U);
                Tensor dx = l.toBeSet(N, D);
                l.K.dot(out, x, kernel, l.random(U), Write.SET);
                l.K.dotGradInput(dx, dOut, kernel, Write.SET);
                return List.of(out, dx);
            });
        });
    }

    /** The same twice, with a changed kernel, after a change through a view, and with what another kernel has become. */
    private static List<Tensor> again(Lab l, Tensor kernel, Function<Tensor, List<Tensor>> use) {
        List<Tensor> results = new ArrayList<>();
        results.addAll(use.apply(kernel));
        results.addAll(use.apply(kernel));
        l.K.addScaled(kernel, kernel, 0.5f);
        results.addAll(use.apply(kernel));
        l.K.fill(kernel.at(0), 2);
        results.addAll(use.apply(kernel));
        Tensor other = l.random(kernel.shape().toArray());
        results.addAll(use.apply(other));
        l.K.copy(other, kernel);
        results.addAll(use.apply(other));
        results.addAll(use.apply(kernel));
        return results;
    }

    // ---- K.conv2d

    private static Window window(int kh, int kw, int strideH, int strideW, int dilationH, int dilationW,
            Padding padding) {
        return new Window(kh, kw, strideH, strideW, dilationH, dilationW, padding);
    }

    private static void conv2d(List<Scenario> all) {
        for (Padding padding : Padding.values()) {
            conv2d(all, 1, 1, 1, 1, 1, window(1, 1, 1, 1, 1, 1, padding));
            conv2d(all, 2, 5, 7, 3, 4, window(1, 1, 1, 1, 1, 1, padding));
            conv2d(all, 2, 7, 5, 1, 16, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 3, 6, 9, 5, 7, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 1, 13, 11, 2, 3, window(5, 4, 1, 1, 1, 1, padding));
            conv2d(all, 2, 9, 6, 3, 13, window(2, 3, 1, 1, 1, 1, padding));
            conv2d(all, 2, 9, 8, 4, 5, window(3, 3, 2, 2, 1, 1, padding));
            conv2d(all, 2, 11, 8, 3, 6, window(3, 2, 3, 1, 1, 1, padding));
            conv2d(all, 2, 8, 9, 3, 4, window(2, 2, 3, 4, 1, 1, padding));
            conv2d(all, 2, 9, 10, 3, 6, window(3, 3, 1, 1, 2, 2, padding));
            conv2d(all, 2, 7, 9, 2, 5, window(3, 2, 1, 1, 2, 3, padding));
            conv2d(all, 1, 16, 17, 16, 64, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 2, 12, 13, 32, 33, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 1, 11, 16, 24, 40, window(5, 5, 1, 1, 1, 1, padding));
            conv2d(all, 1, 12, 16, 64, 64, window(5, 5, 1, 1, 1, 1, padding));
            conv2d(all, 2, 13, 12, 16, 20, window(7, 7, 1, 1, 1, 1, padding));
            conv2d(all, 1, 12, 13, 24, 33, window(9, 9, 1, 1, 1, 1, padding));
            conv2d(all, 1, 5, 207, 1, 13, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 2, 7, 21, 1, 1, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 2, 7, 21, 1, 2, window(3, 3, 1, 1, 1, 1, padding));
            conv2d(all, 2, 6, 17, 2, 8, window(3, 4, 2, 1, 1, 1, padding));
            conv2d(all, 2, 6, 17, 2, 8, window(3, 2, 1, 1, 2, 3, padding));
            conv2d(all, 1, 31, 45, 4, 4, window(5, 5, 1, 1, 1, 1, padding)); // several strips of rows
        }
        conv2d(all, 2, 3, 2, 3, 5, window(7, 5, 1, 1, 1, 1, Padding.SAME)); // wider than the image
        conv2d(all, 1, 1, 1, 2, 3, window(3, 3, 1, 1, 1, 1, Padding.SAME));
        conv2d(all, 1, 2, 3, 2, 3, window(3, 3, 1, 1, 4, 4, Padding.SAME)); // only the middle pixel touches
        conv2d(all, 2, 3, 4, 2, 3, window(1, 1, 5, 5, 1, 1, Padding.SAME)); // strides beyond the image
        conv2dSpecials(all);
    }

    private static void conv2d(List<Scenario> all, int N, int H, int W, int C, int F, Window w) {
        int kh = w.height();
        int kw = w.width();
        int Ho = w.outH(H);
        int Wo = w.outW(W);
        String which = " (" + N + ", " + H + ", " + W + ", " + C + ") to " + F + ", " + kh + "x" + kw + " strides "
                + w.strideH() + ", " + w.strideW() + " dilation " + w.dilationH() + ", " + w.dilationW() + " "
                + w.padding();
        // Winograd's sum over the four pieces of a large kernel is as inexact as one of twice as many terms.
        int taps = kh * kw * (kh > 5 && kh == kw ? 2 : 1);
        for (Write write : Write.values()) {
            add(all, "conv2d" + which + " " + write, taps * C, l -> {
                Tensor out = l.destination(write, N, Ho, Wo, F);
                Tensor biased = l.destination(write, 1, N, Ho, Wo, F);
                Tensor x = l.random(N, H, W, C);
                Tensor kernel = l.random(kh, kw, C, F);
                l.K.conv2d(out, x, kernel, null, w, write);
                l.K.conv2d(biased, x, kernel, l.random(F), w, write);
                return List.of(out, biased);
            });
            add(all, "conv2dGradInput" + which + " " + write, taps * F, l -> {
                Tensor dx = l.destination(write, N, H, W, C);
                l.K.conv2dGradInput(dx, l.random(N, Ho, Wo, F), l.random(kh, kw, C, F), w, write);
                return List.of(dx);
            });
        }
        add(all, "conv2dGradKernel" + which, N * Ho * Wo, l -> {
            Tensor dKernel = l.random(kh, kw, C, F);
            l.K.conv2dGradKernel(dKernel, l.random(N, H, W, C), l.random(N, Ho, Wo, F), w);
            return List.of(dKernel);
        });
    }

    private static void conv2dSpecials(List<Scenario> all) {
        Window w = Window.same(3, 3);
        add(all, "conv2d NaN and infinity stay with the windows that see them", 18, l -> {
            Tensor out = l.toBeSet(1, 9, 12, 3);
            Tensor dx = l.toBeSet(1, 9, 12, 2);
            Tensor dKernel = l.random(3, 3, 2, 3);
            Tensor x = l.random(1, 9, 12, 2);
            Tensor dOut = l.random(1, 9, 12, 3);
            Tensor kernel = l.random(3, 3, 2, 3);
            l.K.fill(x.reshape(9 * 12, 2).at(0), Float.NaN);
            l.K.fill(dOut.reshape(9, 12, 3).at(5).at(7), Float.POSITIVE_INFINITY); // away from the padding
            l.K.conv2d(out, x, kernel, null, w, Write.SET);
            l.K.conv2dGradInput(dx, dOut, kernel, w, Write.SET);
            l.K.conv2dGradKernel(dKernel, x, dOut, w);
            return List.of(out, dx, dKernel);
        });
        add(all, "conv2d a weight of infinity times a pixel of zero", 9, l -> {
            Tensor out = l.toBeSet(1, 5, 6, 4);
            Tensor x = l.filled(0, 1, 5, 6, 1);
            l.K.conv2d(out, x, l.filled(Float.POSITIVE_INFINITY, 3, 3, 1, 4), null, w, Write.SET);
            return List.of(out);
        });
        add(all, "conv2d all time steps at once, and one of them as a view", 27, l -> {
            Tensor out = l.toBeSet(4, 2, 6, 5, 8);
            Tensor one = l.random(4, 2, 6, 5, 8);
            Tensor x = l.random(4, 2, 6, 5, 3);
            Tensor kernel = l.random(3, 3, 3, 8);
            l.K.conv2d(out, x, kernel, l.random(8), w, Write.SET);
            l.K.conv2d(one.at(2), x.at(1), kernel, null, w, Write.ADD);
            return List.of(out, one);
        });
    }

    // ---- the LSTM cell

    private static void gates(List<Scenario> all) {
        for (int F : new int[] {1, 3, 13, 16, 207}) {
            for (int R : new int[] {0, 1, 6}) { // rows of peephole weights: none, one per channel, one per pixel
                gates(all, F, R, TANH, SIGMOID);
            }
        }
        for (ActivationFunction a : ActivationFunction.values()) {
            for (ActivationFunction s : ActivationFunction.values()) {
                gates(all, 5, 2, a, s);
            }
        }
        add(all, "lstmGates NaN and infinity", 1, l -> {
            Tensor h = l.toBeSet(3, 9);
            Tensor c = l.toBeSet(3, 9);
            Tensor gates = l.withSpecials(3, 36);
            l.K.lstmGates(h, c, gates, l.random(3, 9), null, TANH, SIGMOID);
            return List.of(h, c, gates);
        });
        add(all, "lstmGatesGrad NaN and infinity", 1, l -> {
            Tensor gates = l.uniform(0.1f, 0.9f, 3, 36);
            Tensor dc = l.withSpecials(3, 9);
            Tensor dh = l.random(3, 9);
            l.K.lstmGatesGrad(gates, dc, null, dh, gates, l.random(3, 9), l.random(3, 9), null, TANH, SIGMOID);
            return List.of(gates, dc);
        });
        add(all, "lstmGates saturated", 1, l -> {
            Tensor h = l.toBeSet(4, 17);
            Tensor c = l.toBeSet(4, 17);
            Tensor gates = l.uniform(-120, 120, 4, 68);
            l.K.lstmGates(h, c, gates, l.uniform(-30, 30, 4, 17), null, TANH, SIGMOID);
            return List.of(h, c, gates);
        });
        add(all, "lstmGates with c in place of c_tm1", 1, l -> {
            Tensor h = l.toBeSet(6, 37);
            Tensor c = l.random(6, 37);
            Tensor gates = l.random(6, 148);
            l.K.lstmGates(h, c, gates, c, l.random(3, 2, 37), TANH, SIGMOID);
            return List.of(h, c, gates);
        });
    }

    private static void gates(List<Scenario> all, int F, int R, ActivationFunction a, ActivationFunction s) {
        String which = " F " + F + " peephole rows " + R + " " + a + " " + s;
        add(all, "lstmGates" + which, 4, l -> {
            Tensor h = l.toBeSet(2, 6, F);
            Tensor c = l.toBeSet(2, 6, F);
            Tensor gates = l.uniform(-4, 4, 2, 6, 4 * F);
            Tensor peephole = R == 0 ? null : l.random(3, R, F);
            l.K.lstmGates(h, c, gates, l.random(2, 6, F), peephole, a, s);
            return List.of(h, c, gates);
        });
        add(all, "lstmGatesGrad" + which, 12, l -> {
            Tensor gates = l.random(2, 6, 4 * F);
            Tensor dGates = l.toBeSet(2, 6, 4 * F);
            Tensor dc = l.random(2, 6, F);
            Tensor dh = l.random(2, 6, F);
            Tensor peephole = R == 0 ? null : l.random(3, R, F);
            Tensor dPeephole = R == 0 ? null : l.random(3, R, F);
            Tensor c = l.random(2, 6, F);
            Tensor c_tm1 = l.random(2, 6, F);
            l.K.lstmGatesGrad(dGates, dc, dPeephole, dh, gates, c, c_tm1, peephole, a, s);
            l.K.lstmGatesGrad(gates, dc, dPeephole, dh, gates, c, c_tm1, peephole, a, s); // in place
            return dPeephole == null ? List.of(dGates, dc, gates) : List.of(dGates, dc, gates, dPeephole);
        });
    }

    // ---- element by element

    private static void elementwise(List<Scenario> all) {
        for (int n : new int[] {1, 13, 207, 1031}) {
            for (ActivationFunction f : ActivationFunction.values()) {
                add(all, "activate " + f + " " + n, 1, l -> {
                    Tensor y = l.toBeSet(n);
                    Tensor x = l.uniform(-10, 10, n);
                    l.K.activate(y, x, f);
                    l.K.activate(x, x, f);
                    return List.of(y, x);
                });
                add(all, "activateGrad " + f + " " + n, 1, l -> {
                    Tensor dx = l.toBeSet(n);
                    Tensor y = l.random(n);
                    Tensor dy = l.random(n);
                    l.K.activateGrad(dx, y, dy, f);
                    l.K.activateGrad(dy, y, dy, f);
                    l.K.activateGrad(y, y, dx, f);
                    return List.of(dx, dy, y);
                });
            }
            for (Write write : Write.values()) {
                add(all, "multiply " + n + " " + write, 1, l -> {
                    Tensor dst = l.destination(write, 2, n);
                    Tensor a = l.random(2, n);
                    Tensor b = l.random(2, n);
                    l.K.multiply(dst, a, b, write);
                    l.K.multiply(a, a, b, write);
                    l.K.multiply(b, dst, b, write);
                    return List.of(dst, a, b);
                });
                add(all, "multiply repeated " + n + " " + write, 1, l -> {
                    Tensor dst = l.destination(write, 3, 2, n);
                    Tensor a = l.random(3, 2, n);
                    l.K.multiply(dst, a, l.random(n), write);
                    l.K.multiply(a, a, l.random(2, n), write);
                    return List.of(dst, a);
                });
                add(all, "scaleRows " + n + " " + write, 1, l -> {
                    Tensor dst = l.destination(write, 5, n, 2);
                    Tensor column = l.destination(write, n, 1);
                    Tensor src = l.random(5, n, 2);
                    Tensor rows = l.random(5);
                    l.K.scaleRows(dst, src, rows, write);
                    l.K.scaleRows(src, src, rows, write);
                    l.K.scaleRows(column, l.random(n, 1), l.random(n), write);
                    return List.of(dst, src, column);
                });
            }
            add(all, "addScaled " + n, 1, l -> {
                Tensor dst = l.random(n);
                Tensor src = l.random(n);
                l.K.addScaled(dst, src, -0.75f);
                l.K.addScaled(src, src, 0.5f);
                return List.of(dst, src);
            });
        }
        for (ActivationFunction f : ActivationFunction.values()) {
            add(all, "activate " + f + " NaN, infinity and far out", 1, l -> {
                Tensor y = l.toBeSet(67);
                l.K.activate(y, l.withSpecials(67), f);
                return List.of(y);
            });
            add(all, "activateGrad " + f + " at the corners", 1, l -> {
                Tensor dx = l.toBeSet(6);
                l.K.activateGrad(dx, l.of(Shape.of(6), 0, 1, -0f, 0.5f, -1, 2), l.random(6), f);
                return List.of(dx);
            });
        }
        add(all, "element-wise NaN and infinity", 1, l -> {
            Tensor product = l.toBeSet(67);
            Tensor scaled = l.toBeSet(67, 1);
            Tensor sum = l.random(67);
            Tensor x = l.withSpecials(67);
            l.K.multiply(product, x, l.filled(0, 67), Write.SET);
            l.K.scaleRows(scaled, l.random(67, 1), x, Write.SET);
            l.K.addScaled(sum, x, 0);
            return List.of(product, scaled, sum);
        });
    }

    // ---- pooling and normalisation

    private static void pooling(List<Scenario> all) {
        for (Padding padding : Padding.values()) {
            pooling(all, 2, 6, 8, 3, window(2, 2, 2, 2, 1, 1, padding));
            pooling(all, 2, 6, 38, 1, window(2, 2, 2, 2, 1, 1, padding));
            pooling(all, 2, 5, 21, 2, window(2, 2, 2, 2, 1, 1, padding));
            pooling(all, 1, 4, 16, 4, window(2, 2, 2, 2, 1, 1, padding));
            pooling(all, 2, 7, 5, 17, window(2, 2, 2, 2, 1, 1, padding));
            pooling(all, 1, 9, 13, 5, window(3, 2, 1, 2, 1, 1, padding));
            pooling(all, 2, 9, 8, 1, window(3, 3, 1, 1, 1, 1, padding));
            pooling(all, 2, 9, 8, 2, window(2, 2, 1, 1, 3, 2, padding));
            pooling(all, 2, 9, 8, 2, window(2, 2, 3, 4, 1, 1, padding));
        }
        pooling(all, 1, 2, 3, 4, window(5, 5, 1, 1, 1, 1, Padding.SAME));
        pooling(all, 1, 1, 1, 1, window(1, 1, 1, 1, 1, 1, Padding.VALID));
        add(all, "maxPool2d NaN and infinity", 1, l -> {
            Tensor out = l.toBeSet(1, 3, 4, 3);
            l.K.maxPool2d(out, l.withSpecials(1, 6, 7, 3), window(2, 2, 2, 2, 1, 1, Padding.SAME));
            return List.of(out);
        });
        add(all, "maxPool2d and its gradient along the row, NaN and infinity", 1, l -> {
            Window w = window(2, 2, 2, 2, 1, 1, Padding.VALID);
            Tensor x = l.withSpecials(1, 4, 38, 1);
            Tensor out = l.toBeSet(1, 2, 19, 1);
            Tensor dx = l.toBeSet(1, 4, 38, 1);
            l.K.maxPool2d(out, x, w);
            l.K.maxPool2dGrad(dx, l.random(1, 2, 19, 1), x, w);
            return List.of(out, dx);
        });
        add(all, "maxPool2dGrad along the row goes to the first of equals", 1, l -> {
            Window w = window(2, 2, 2, 2, 1, 1, Padding.VALID);
            Tensor dx = l.toBeSet(2, 4, 32, 2);
            l.K.maxPool2dGrad(dx, l.random(2, 2, 16, 2), l.filled(-1, 2, 4, 32, 2), w);
            return List.of(dx);
        });
        add(all, "maxPool2dGrad goes to the first of equals", 1, l -> {
            Tensor dx = l.toBeSet(2, 4, 6, 3);
            Window w = window(2, 3, 1, 1, 1, 1, Padding.SAME);
            l.K.maxPool2dGrad(dx, l.random(2, 4, 6, 3), l.filled(-1, 2, 4, 6, 3), w);
            return List.of(dx);
        });
    }

    private static void pooling(List<Scenario> all, int N, int H, int W, int C, Window w) {
        String which = " (" + N + ", " + H + ", " + W + ", " + C + ") " + w;
        add(all, "maxPool2d and maxPool2dGrad" + which, w.height() * w.width(), l -> {
            Tensor x = l.uniform(-2, -1, N, H, W, C); // below zero: padding must not win
            Tensor out = l.toBeSet(N, w.outH(H), w.outW(W), C);
            Tensor dx = l.toBeSet(N, H, W, C);
            l.K.maxPool2d(out, x, w);
            l.K.maxPool2dGrad(dx, l.random(N, w.outH(H), w.outW(W), C), x, w);
            return List.of(out, dx);
        });
    }

    private static void batchNorm(List<Scenario> all) {
        for (int C : new int[] {1, 3, 17, 64}) {
            for (int G : new int[] {1, 3}) {
                for (boolean weights : new boolean[] {false, true}) {
                    batchNorm(all, C, G, weights, true);
                    batchNorm(all, C, G, weights, false);
                }
            }
        }
        add(all, "batchNorm far from zero", 100, l -> {
            Tensor y = l.toBeSet(90, 3);
            Tensor mean = l.toBeSet(1, 3);
            Tensor variance = l.toBeSet(1, 3);
            l.K.batchNorm(y, l.uniform(10, 12, 90, 3), null, null, mean, variance, 1e-3f, true);
            return List.of(y, mean, variance);
        });
        add(all, "batchNorm NaN and infinity", 10, l -> {
            Tensor y = l.toBeSet(20, 5);
            Tensor mean = l.toBeSet(1, 5);
            Tensor variance = l.toBeSet(1, 5);
            Tensor x = l.random(20, 5);
            l.K.fill(x.at(3).range(1, 2), Float.NaN);
            l.K.fill(x.at(4).range(2, 3), Float.POSITIVE_INFINITY);
            l.K.batchNorm(y, x, null, null, mean, variance, 1e-3f, true);
            return List.of(y, mean, variance);
        });
    }

    private static void batchNorm(List<Scenario> all, int C, int G, boolean weights, boolean training) {
        String which = " C " + C + " G " + G + (weights ? " gamma, beta" : "") + (training ? " training" : "");
        add(all, "batchNorm" + which, 14, l -> {
            Tensor y = l.toBeSet(G, 7, 2, C);
            Tensor mean = training ? l.toBeSet(G, C) : l.random(G, C);
            Tensor variance = training ? l.toBeSet(G, C) : l.uniform(0.5f, 2, G, C);
            Tensor gamma = weights ? l.random(C) : null;
            Tensor beta = weights ? l.random(C) : null;
            l.K.batchNorm(y, l.random(G, 7, 2, C), gamma, beta, mean, variance, 1e-3f, training);
            return List.of(y, mean, variance);
        });
        add(all, "batchNormGrad" + which, 14 * G, l -> {
            Tensor dx = l.toBeSet(G, 7, 2, C);
            Tensor dGamma = l.random(C);
            Tensor dBeta = l.random(C);
            Tensor x = l.random(G, 7, 2, C);
            Tensor mean = l.random(G, C);
            Tensor variance = l.uniform(0.5f, 2, G, C);
            l.K.batchNormGrad(dx, weights ? dGamma : null, weights ? dBeta : null, l.random(G, 7, 2, C), x,
                    weights ? l.random(C) : null, mean, variance, 1e-3f, training);
            return List.of(dx, dGamma, dBeta);
        });
    }

    // ---- losses, penalties, optimisers

    private static void losses(List<Scenario> all) {
        for (LossFunction f : LossFunction.values()) {
            for (int n : new int[] {1, 2, 13, 207}) {
                add(all, "loss " + f + " " + n, 5 * n, l -> {
                    Tensor value = l.random(1);
                    Tensor dPrediction = l.toBeSet(5, n);
                    l.K.loss(f, value, dPrediction, l.uniform(-6, 6, 5, n), l.uniform(0, 1, 5, n), 0.25f);
                    return List.of(value, dPrediction);
                });
            }
            add(all, "loss " + f + " far out", 100, l -> {
                Tensor value = l.random(1);
                Tensor dPrediction = l.toBeSet(4, 9);
                l.K.loss(f, value, dPrediction, l.uniform(-200, 200, 4, 9), l.uniform(0, 1, 4, 9), 1);
                return List.of(value, dPrediction);
            });
            add(all, "loss " + f + " NaN", 4, l -> {
                Tensor value = l.random(1);
                Tensor dPrediction = l.toBeSet(2, 3);
                Tensor prediction = l.random(2, 3);
                l.K.fill(prediction.at(1).range(1, 2), Float.NaN);
                l.K.loss(f, value, dPrediction, prediction, l.random(2, 3), 1);
                return List.of(value, dPrediction);
            });
        }
        add(all, "loss ABSOLUTE_ERROR where prediction equals target", 1, l -> {
            Tensor value = l.random(1);
            Tensor dPrediction = l.toBeSet(7);
            Tensor prediction = l.random(7);
            Tensor target = l.toBeSet(7);
            l.K.copy(target, prediction);
            l.K.loss(LossFunction.ABSOLUTE_ERROR, value, dPrediction, prediction, target, 1);
            return List.of(value, dPrediction);
        });
        for (int n : new int[] {1, 13, 207, 4099}) {
            add(all, "sumSquares, regularize " + n, n, l -> {
                Tensor value = l.random(1);
                Tensor penalty = l.random(1);
                Tensor dw = l.random(n);
                Tensor w = l.random(n);
                l.K.fill(w.range(0, 1), 0); // sign(0) is 0
                l.K.sumSquares(value, w);
                l.K.regularize(penalty, dw, w, 0.3f, 0.2f);
                return List.of(value, penalty, dw);
            });
        }
        add(all, "sumSquares, regularize NaN", 13, l -> {
            Tensor value = l.random(1);
            Tensor penalty = l.random(1);
            Tensor dw = l.random(13);
            Tensor w = l.random(13);
            l.K.fill(w.range(4, 5), Float.NaN);
            l.K.sumSquares(value, w);
            l.K.regularize(penalty, dw, w, 0.3f, 0.2f);
            return List.of(value, penalty, dw);
        });
    }

    private static void optimisers(List<Scenario> all) {
        for (int n : new int[] {1, 13, 207, 1031}) {
            for (float maxNorm : new float[] {0.5f, 1e6f}) {
                add(all, "clipByNorm " + maxNorm + " " + n, 4, l -> {
                    Tensor x = l.uniform(1, 2, n);
                    l.K.clipByNorm(x, l.filled(1.5f * n, 1), maxNorm);
                    return List.of(x);
                });
            }
            for (boolean nesterov : new boolean[] {false, true}) {
                add(all, "sgd " + n + (nesterov ? " nesterov" : ""), 1, l -> {
                    Tensor w = l.random(n);
                    Tensor velocity = l.random(n);
                    l.K.sgd(w, l.random(n), velocity, 0.1f, 0.9f, nesterov);
                    return List.of(w, velocity);
                });
            }
            add(all, "rmsProp " + n, 1, l -> {
                Tensor w = l.random(n);
                Tensor v = l.uniform(0, 1, n);
                l.K.rmsProp(w, l.random(n), v, 0.01f, 0.9f, 1e-7f);
                return List.of(w, v);
            });
            add(all, "adam " + n, 1, l -> {
                Tensor w = l.random(n);
                Tensor m = l.random(n);
                Tensor v = l.uniform(0, 1, n);
                l.K.adam(w, l.random(n), m, v, 0.01f, 0.9f, 0.999f, 1e-7f);
                return List.of(w, m, v);
            });
        }
        add(all, "adam, first step", 1, l -> {
            Tensor w = l.random(37);
            Tensor m = l.filled(0, 37);
            Tensor v = l.filled(0, 37);
            l.K.adam(w, l.random(37), m, v, 0.01f, 0.9f, 0.999f, 1e-7f);
            return List.of(w, m, v);
        });
        add(all, "optimisers NaN and infinity", 1, l -> {
            Tensor w = l.random(37);
            Tensor m = l.random(37);
            Tensor v = l.uniform(0, 1, 37);
            Tensor dw = l.withSpecials(37);
            l.K.adam(w, dw, m, v, 0.01f, 0.9f, 0.999f, 1e-7f);
            Tensor w2 = l.random(37);
            Tensor v2 = l.uniform(0, 1, 37);
            l.K.rmsProp(w2, dw, v2, 0.01f, 0.9f, 1e-7f);
            Tensor w3 = l.random(37);
            Tensor v3 = l.random(37);
            l.K.sgd(w3, dw, v3, 0.1f, 0.9f, true);
            return List.of(w, m, v, w2, v2, w3, v3);
        });
    }

    private static void add(List<Scenario> all, String name, int terms, Function<Lab, List<Tensor>> run) {
        all.add(new Scenario(name, terms, run));
    }
}
