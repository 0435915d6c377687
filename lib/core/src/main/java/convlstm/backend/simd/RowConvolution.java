package convlstm.backend.simd;

import static convlstm.backend.simd.Tiles.L;
import static convlstm.backend.simd.Tiles.S;

import convlstm.backend.Window;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.simd.Convolution.Layout;
import convlstm.backend.simd.VectorElements.At;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Convolutions to few channels, which do not fill a vector: here vectors run along the rows of the output, some pixels
 * with all their channels. So that each lane finds its input where the output has its place, every input pixel is
 * repeated F times in a copy, one plane for each input channel, and the F weights of a tap are repeated to fill a vector;
 * then a tap is one load, one multiplication and one addition for a whole vector. Scalar twin: {@code
 * reference.ConvLoops.conv2d}.
 */
final class RowConvolution {
    /** Multiplications of one task, about. */
    private static final int WORK = 1 << 16;

    /** Taps whose weights' gradients are summed at a time, each in a register. */
    private static final int TAPS = 5;

    /** The most parts that a gradient of the weights is summed in. */
    private static final int PARTS = 16;

    /** With more input channels, patches fill vectors themselves, and repeating the pixels costs more than it saves. */
    private static final int MANY = 8;

    private final Parallel parallel;
    private final Scratch[] repeated;
    private final Scratch weights = new Scratch();
    private final Scratch sums = new Scratch();

    RowConvolution(Parallel parallel) {
        this.parallel = parallel;
        repeated = Scratch.array(parallel.workers());
    }

    /** Whether a convolution is quicker here. */
    static boolean suits(ConvSizes s, Layout layout) {
        return layout.stepW() == 1 && s.C() <= MANY && s.F() < L && L % s.F() == 0;
    }

    /** Whether the gradient of its kernel is: only if pixels are repeated by vectors, for it needs little else. */
    static boolean suitsGradKernel(ConvSizes s, Layout layout) {
        return suits(s, layout) && s.C() <= s.F();
    }

    /**
     * How the output is cut into strips of rows, and where a strip finds its input.
     *
     * @param high output rows of a strip; the last of an image may have fewer
     * @param Hp rows of the copy of its input
     * @param Wp pixels of a row of it
     * @param repeater for each input channel, which lane goes where when its pixels are repeated
     */
    private record Strips(
            ConvSizes s, Window w, Layout layout, int high, int Hp, int Wp, List<VectorShuffle<Float>> repeater) {
        static Strips of(ConvSizes s, Window w, Layout layout) {
            int high = Math.clamp(WORK / (w.height() * w.width() * s.C() * s.F() * s.Wo()), 1, s.Ho());
            int Hp = (high - 1) * layout.stepH() + (w.height() - 1) * w.dilationH() + 1;
            List<VectorShuffle<Float>> repeater = IntStream.range(0, s.C())
                    .mapToObj(c -> VectorShuffle.fromOp(S, lane -> (lane / s.F() * s.C() + c) % L))
                    .toList();
            return new Strips(s, w, layout, high, Hp, s.Wo() + (w.width() - 1) * w.dilationW(), repeater);
        }

        int ofImage() {
            return Math.ceilDiv(s.Ho(), high);
        }

        int count() {
            return s.N() * ofImage();
        }

        int image(int strip) {
            return strip / ofImage();
        }

        int firstRow(int strip) {
            return strip % ofImage() * high;
        }

        int rows(int strip) {
            return Math.min(high, s.Ho() - firstRow(strip));
        }

        /** The first element of a strip in the output. */
        int out(int strip) {
            return (image(strip) * s.Ho() + firstRow(strip)) * line();
        }

        /** Elements of an output row. */
        int line() {
            return s.Wo() * s.F();
        }

        /** From one output row to the next in the copy. */
        int down() {
            return layout.stepH() * Wp * s.F();
        }

        /** Where each tap of each input channel begins in the copy. */
        int[] taps() {
            int[] tap = new int[s.C() * w.height() * w.width()];
            Arrays.setAll(tap, t -> {
                int i = t / s.C() / w.width();
                int j = t / s.C() % w.width();
                return ((t % s.C() * Hp + i * w.dilationH()) * Wp + j * w.dilationW()) * s.F();
            });
            return tap;
        }

        /** The input of a strip between zeros, (C, Hp, Wp, F): each pixel repeated for every output channel. */
        float[] repeat(float[] x, int xAt, int strip, Scratch room) {
            int F = s.F();
            int plane = Hp * Wp * F;
            float[] copy = room.atLeast(s.C() * plane + L);
            Arrays.fill(copy, 0, s.C() * plane + L, 0);
            int wide = Math.min(s.W(), (Wp - layout.left() + layout.spreadW() - 1) / layout.spreadW());
            for (int r = 0; r < Hp; r++) {
                int above = firstRow(strip) * layout.stepH() + r - layout.top();
                int y = above / layout.spread();
                if (above < 0 || above % layout.spread() > 0 || y >= s.H()) {
                    continue; // zeros
                }
                int from = xAt + (image(strip) * s.H() + y) * s.W() * s.C();
                for (int c = 0; c < s.C(); c++) {
                    repeatLine(x, from, c, wide, copy, c * plane + (r * Wp + layout.left()) * F);
                }
            }
            return copy;
        }

        /** The first {@code wide} pixels of one row and channel, each F times: by vectors, where one holds all it needs. */
        private void repeatLine(float[] x, int from, int c, int wide, float[] copy, int to) {
            int F = s.F();
            int C = s.C();
            int atOnce = L / F;
            int ix = 0;
            if (layout.spreadW() == 1 && C <= F && wide >= atOnce) {
                VectorShuffle<Float> lanes = repeater.get(c);
                for (; ix + atOnce <= wide && from + ix * C + L <= x.length; ix += atOnce) {
                    FloatVector.fromArray(S, x, from + ix * C).rearrange(lanes).intoArray(copy, to + ix * F);
                }
            }
            for (; ix < wide; ix++) {
                float pixel = x[from + ix * C + c];
                for (int f = 0; f < F; f++) {
                    copy[to + ix * layout.spreadW() * F + f] = pixel;
                }
            }
        }
    }

    /** out = start + x ⋆ kernel. */
    void forward(
            float[] out, int outAt, float[] x, int xAt, float[] kernel, int kernelAt, ConvSizes s, Window w,
            Layout layout, Products.Start start) {
        Strips g = Strips.of(s, w, layout);
        int[] tap = g.taps();
        float[] k = repeatWeights(kernel, kernelAt, tap.length, s.F(), start);
        parallel.forEach(g.count(), (strip, worker) -> {
            float[] copy = g.repeat(x, xAt, strip, repeated[worker]);
            int at = g.out(strip);
            if (start.step() == 0) {
                lines(out, outAt + at, g.rows(strip), g.line(), copy, g.down(), tap, k, k, tap.length * L, 0);
            } else {
                lines(out, outAt + at, g.rows(strip), g.line(), copy, g.down(), tap, k, start.a(), start.at() + at, 1);
            }
        });
    }

    /**
     * Rows of the output, {@code line} elements each.
     *
     * @param initStep 1 if init has a place for each element; 0 if it is one vector that all sums start from
     */
    private static void lines(
            float[] out, int outAt, int rows, int line, float[] copy, int down, int[] tap, float[] k,
            float[] init, int initAt, int initStep) {
        int whole = line - line % L;
        VectorMask<Float> rest = S.indexInRange(0, line - whole);
        for (int y = 0; y < rows; y++) {
            int from = y * down;
            int to = y * line;
            int q = 0;
            for (; q + 2 * L <= line; q += 2 * L) {
                FloatVector s0 = FloatVector.fromArray(S, init, initAt + (to + q) * initStep);
                FloatVector s1 = FloatVector.fromArray(S, init, initAt + (to + q + L) * initStep);
                for (int t = 0; t < tap.length; t++) {
                    FloatVector weight = FloatVector.fromArray(S, k, t * L);
                    int at = from + tap[t] + q;
                    s0 = FloatVector.fromArray(S, copy, at).fma(weight, s0);
                    s1 = FloatVector.fromArray(S, copy, at + L).fma(weight, s1);
                }
                s0.intoArray(out, outAt + to + q);
                s1.intoArray(out, outAt + to + q + L);
            }
            if (q < whole) {
                FloatVector s0 = FloatVector.fromArray(S, init, initAt + (to + q) * initStep);
                sum(s0, copy, from + q, tap, k).intoArray(out, outAt + to + q);
                q += L;
            }
            if (q < line) {
                FloatVector s0 = FloatVector.fromArray(S, init, initAt + (to + q) * initStep, rest);
                sum(s0, copy, from + q, tap, k).intoArray(out, outAt + to + q, rest);
            }
        }
    }

    private static FloatVector sum(FloatVector start, float[] copy, int copyAt, int[] tap, float[] k) {
        FloatVector sum = start;
        for (int t = 0; t < tap.length; t++) {
            sum = FloatVector.fromArray(S, copy, copyAt + tap[t]).fma(FloatVector.fromArray(S, k, t * L), sum);
        }
        return sum;
    }

    /** The weights of each tap, and behind them what sums start from if it is a bias, repeated to fill vectors. */
    private float[] repeatWeights(float[] kernel, int kernelAt, int taps, int F, Products.Start start) {
        float[] k = weights.atLeast((taps + 1) * L);
        for (int lane = 0; lane < L; lane++) {
            for (int t = 0; t < taps; t++) {
                k[t * L + lane] = kernel[kernelAt + t * F + lane % F];
            }
            k[taps * L + lane] = start.step() == 0 ? start.a()[start.at() + lane % F] : 0;
        }
        return k;
    }

    /** dKernel += patchesᵀ · dOut, summed up in parts, so many for any number of threads. */
    void gradKernel(
            float[] dKernel, int dKernelAt, float[] x, int xAt, float[] dOut, int dOutAt, ConvSizes s, Window w,
            Layout layout) {
        Strips g = Strips.of(s, w, layout);
        int[] tap = g.taps();
        int groups = Math.ceilDiv(tap.length, TAPS);
        int part = Math.ceilDiv(g.count(), PARTS);
        int parts = Math.ceilDiv(g.count(), part);
        int size = groups * TAPS * L;
        float[] sum = sums.atLeast(parts * size);
        Arrays.fill(sum, 0, parts * size, 0);
        parallel.forEach(parts, (task, worker) -> {
            for (int strip = task * part; strip < Math.min(g.count(), (task + 1) * part); strip++) {
                float[] copy = g.repeat(x, xAt, strip, repeated[worker]);
                for (int group = 0; group < groups; group++) {
                    gradOfTaps(sum, task * size + group * TAPS * L, copy, tap, group * TAPS,
                            new At(dOut, dOutAt + g.out(strip)), g.rows(strip), g.line(), g.down());
                }
            }
        });
        for (int p = 0; p < parts; p++) {
            for (int lane = 0; lane < tap.length * L; lane++) {
                dKernel[dKernelAt + lane / L * s.F() + lane % s.F()] += sum[p * size + lane];
            }
        }
    }

    /** The gradient of the weights of some taps from a strip of rows, a vector for each: lane l belongs to channel l mod F. */
    private static void gradOfTaps(
            float[] sum, int at, float[] copy, int[] tap, int first, At dOut, int rows, int line, int down) {
        int last = tap.length - 1;
        int t0 = tap[first];
        int t1 = tap[Math.min(first + 1, last)]; // a tap that is not there is summed for nothing
        int t2 = tap[Math.min(first + 2, last)];
        int t3 = tap[Math.min(first + 3, last)];
        int t4 = tap[Math.min(first + 4, last)];
        FloatVector s0 = FloatVector.fromArray(S, sum, at);
        FloatVector s1 = FloatVector.fromArray(S, sum, at + L);
        FloatVector s2 = FloatVector.fromArray(S, sum, at + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, sum, at + 3 * L);
        FloatVector s4 = FloatVector.fromArray(S, sum, at + 4 * L);
        int whole = line - line % L;
        VectorMask<Float> rest = S.indexInRange(0, line - whole); // past the row's end both factors are zeros
        for (int y = 0; y < rows; y++) {
            int p = y * down;
            int o = dOut.at() + y * line;
            for (int q = 0; q < whole; q += L, p += L, o += L) {
                FloatVector d = FloatVector.fromArray(S, dOut.a(), o);
                s0 = FloatVector.fromArray(S, copy, p + t0).fma(d, s0);
                s1 = FloatVector.fromArray(S, copy, p + t1).fma(d, s1);
                s2 = FloatVector.fromArray(S, copy, p + t2).fma(d, s2);
                s3 = FloatVector.fromArray(S, copy, p + t3).fma(d, s3);
                s4 = FloatVector.fromArray(S, copy, p + t4).fma(d, s4);
            }
            if (whole < line) {
                FloatVector d = FloatVector.fromArray(S, dOut.a(), o, rest);
                s0 = FloatVector.fromArray(S, copy, p + t0, rest).fma(d, s0);
                s1 = FloatVector.fromArray(S, copy, p + t1, rest).fma(d, s1);
                s2 = FloatVector.fromArray(S, copy, p + t2, rest).fma(d, s2);
                s3 = FloatVector.fromArray(S, copy, p + t3, rest).fma(d, s3);
                s4 = FloatVector.fromArray(S, copy, p + t4, rest).fma(d, s4);
            }
        }
        s0.intoArray(sum, at);
        s1.intoArray(sum, at + L);
        s2.intoArray(sum, at + 2 * L);
        s3.intoArray(sum, at + 3 * L);
        s4.intoArray(sum, at + 4 * L);
    }
}
