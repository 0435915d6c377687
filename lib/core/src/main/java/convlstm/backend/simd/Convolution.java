package convlstm.backend.simd;

import convlstm.backend.Window;
import convlstm.backend.reference.ConvSizes;
import convlstm.backend.simd.VectorElements.At;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A convolution and its gradients as products with the patches of a zero-padded copy of the image. The gradient of the
 * input is itself a convolution: of the output's gradient, with the kernel flipped and its channels exchanged.
 */
final class Convolution {
    /** Images are taken in groups whose padded copy has about so many elements, which bounds the memory used. */
    private static final int GROUP = 1 << 22;

    /** Shorter runs, those of one channel say, are made longer, or the innermost loop would be too short. */
    private static final int SHORT_RUN = 16;

    /** Up to so many output channels the vectors run along the patches, since they would not fill one otherwise. */
    private static final int FEW = Tiles.L / 2;

    private final Parallel parallel;
    private final Products products;
    private final Winograd winograd;
    private final RowConvolution rows;
    private final Scratch padded = new Scratch();
    private final Scratch interleaved = new Scratch();
    private final Scratch flipped = new Scratch();
    private final Scratch transposed = new Scratch();
    private final Scratch turned = new Scratch();
    private final Scratch dTurned = new Scratch();

    Convolution(Parallel parallel, Products products) {
        this.parallel = parallel;
        this.products = products;
        winograd = new Winograd(parallel);
        rows = new RowConvolution(parallel);
    }

    /**
     * Where the image stands in its padded copy, and how the window moves there.
     *
     * @param top rows of zeros above
     * @param left columns of zeros to the left
     * @param spread distance between neighbouring image rows in the copy: above 1, zeros stand between them
     * @param spreadW the same for columns
     * @param stepH rows the window moves down for the next output row
     * @param stepW columns the window moves
     */
    record Layout(int top, int left, int spread, int spreadW, int stepH, int stepW) {}

    /** out = start + x ⋆ kernel. */
    void forward(
            float[] out, int outAt, float[] x, int xAt, Kernel kernel, ConvSizes s, Window w, Products.Start start) {
        if (Winograd.suits(w, s)) {
            winograd.forward(out, outAt, x, xAt, kernel, s, w.height(), w.padTop(s.H()), w.padLeft(s.W()), start);
            return;
        }
        Layout layout = new Layout(w.padTop(s.H()), w.padLeft(s.W()), 1, 1, w.strideH(), w.strideW());
        convolve(out, outAt, x, xAt, kernel, s, w, layout, start);
    }

    /** dx = start + the transpose of the convolution applied to dOut. */
    void gradInput(
            float[] dx, int dxAt, float[] dOut, int dOutAt, Kernel kernel, ConvSizes s, Window w,
            Products.Start start) {
        ConvSizes back = new ConvSizes(s.N(), s.Ho(), s.Wo(), s.F(), s.H(), s.W(), s.C());
        int top = (w.height() - 1) * w.dilationH() - w.padTop(s.H());
        int left = (w.width() - 1) * w.dilationW() - w.padLeft(s.W());
        if (Winograd.suits(w, back)) {
            winograd.gradInput(dx, dxAt, dOut, dOutAt, kernel, back, w.height(), top, left, start);
            return;
        }
        float[] k = flip(parallel, flipped, kernel.a(), kernel.at(), w.height() * w.width(), s.C(), s.F());
        Layout layout = new Layout(top, left, w.strideH(), w.strideW(), 1, 1);
        convolve(dx, dxAt, dOut, dOutAt, Kernel.of(k, 0), back, w, layout, start);
    }

    private void convolve(
            float[] out, int outAt, float[] x, int xAt, Kernel kernel, ConvSizes s, Window w, Layout layout,
            Products.Start start) {
        if (RowConvolution.suits(s, layout)) {
            rows.forward(out, outAt, x, xAt, kernel.a(), kernel.at(), s, w, layout, start);
            return;
        }
        Kernel k = interleaved(w, s)
                ? Kernel.of(turn(kernel.a(), kernel.at(), w.height(), w.width(), s.C() * s.F()), 0)
                : kernel;
        int group = group(s, w, layout);
        int pixels = s.Ho() * s.Wo();
        boolean few = s.F() <= FEW && w.width() * s.C() >= SHORT_RUN;
        int C = few ? filled(s, w) : s.C();
        float @Nullable [] kernelT = few
                ? transpose(transposed, k.a(), k.at(), w.height() * w.width(), s.C(), C, s.F())
                : null;
        for (int n = 0; n < s.N(); n += group) {
            int images = Math.min(group, s.N() - n);
            Patches p = patches(x, xAt + n * s.H() * s.W() * s.C(), images, s, C, w, layout);
            Products.Start from = new Products.Start(start.a(), start.at() + n * pixels * start.step(), start.step());
            if (kernelT != null) {
                products.multiplyByTransposed(
                        out, outAt + n * pixels * s.F(), images * pixels, s.F(), p, Kernel.of(kernelT, 0), from);
            } else {
                products.multiply(out, outAt + n * pixels * s.F(), images * pixels, s.F(), p, k, from);
            }
        }
    }

    /** Channels of a pixel, with zeros that fill the last vector of a run, unless they would be most of it. */
    private static int filled(ConvSizes s, Window w) {
        int run = s.C() * (w.dilationW() == 1 ? w.width() : 1);
        int whole = Math.ceilDiv(s.C(), Tiles.L) * Tiles.L;
        return run % Tiles.L > 0 && whole < 2 * s.C() ? whole : s.C();
    }

    /** dKernel += patchesᵀ · dOut. */
    void gradKernel(
            float[] dKernel, int dKernelAt, float[] x, int xAt, float[] dOut, int dOutAt, ConvSizes s, Window w) {
        if (Winograd.suits(w, s)) {
            winograd.gradKernel(
                    dKernel, dKernelAt, x, xAt, dOut, dOutAt, s, w.height(), w.padTop(s.H()), w.padLeft(s.W()));
            return;
        }
        Layout layout = new Layout(w.padTop(s.H()), w.padLeft(s.W()), 1, 1, w.strideH(), w.strideW());
        if (RowConvolution.suitsGradKernel(s, layout)) {
            rows.gradKernel(dKernel, dKernelAt, x, xAt, dOut, dOutAt, s, w, layout);
            return;
        }
        int group = group(s, w, layout);
        int pixels = s.Ho() * s.Wo();
        int size = w.height() * w.width() * s.C() * s.F();
        boolean turn = interleaved(w, s);
        float[] sum = turn ? dTurned.atLeast(size) : dKernel;
        int sumAt = turn ? 0 : dKernelAt;
        if (turn) {
            Arrays.fill(sum, 0, size, 0);
        }
        for (int n = 0; n < s.N(); n += group) {
            int images = Math.min(group, s.N() - n);
            Patches p = patches(x, xAt + n * s.H() * s.W() * s.C(), images, s, s.C(), w, layout);
            products.multiplyTransposed(sum, sumAt, images * pixels, s.F(), p, dOut, dOutAt + n * pixels * s.F());
        }
        if (turn) {
            float[] back = turn(sum, 0, w.width(), w.height(), s.C() * s.F());
            VectorElements.add(new At(dKernel, dKernelAt), new At(back, 0), size);
        }
    }

    /** Whether the rows under a window are interleaved, pixel by pixel, so that they are one run. */
    private static boolean interleaved(Window w, ConvSizes s) {
        return w.height() > 1 && w.width() * s.C() < SHORT_RUN;
    }

    /** A kernel with its rows as columns: (kh, kw, ...) as (kw, kh, ...), where there are {@code rest} elements at each pixel. */
    private float[] turn(float[] kernel, int kernelAt, int kh, int kw, int rest) {
        float[] k = turned.atLeast(kh * kw * rest);
        for (int i = 0; i < kh; i++) {
            for (int j = 0; j < kw; j++) {
                System.arraycopy(kernel, kernelAt + (i * kw + j) * rest, k, (j * kh + i) * rest, rest);
            }
        }
        return k;
    }

    private static int paddedH(ConvSizes s, Window w, Layout layout) {
        return (s.Ho() - 1) * layout.stepH + (w.height() - 1) * w.dilationH() + 1;
    }

    private static int paddedW(ConvSizes s, Window w, Layout layout) {
        return (s.Wo() - 1) * layout.stepW + (w.width() - 1) * w.dilationW() + 1;
    }

    private static int group(ConvSizes s, Window w, Layout layout) {
        int copies = interleaved(w, s) ? w.height() : 1;
        int image = copies * paddedH(s, w, layout) * paddedW(s, w, layout) * s.C();
        return Math.max(1, Math.min(s.N(), GROUP / image));
    }

    /** The patches of a group of images, with their zero-padded copy made, in which a pixel has C channels or more. */
    private Patches patches(float[] x, int xAt, int images, ConvSizes s, int C, Window w, Layout layout) {
        int Hp = paddedH(s, w, layout);
        int Wp = paddedW(s, w, layout);
        float[] copy = padded.atLeast(images * Hp * Wp * C + Patches.SLACK);
        parallel.forEach(images,
                (n, worker) -> pad(x, xAt + n * s.H() * s.W() * s.C(), copy, n * Hp * Wp * C, Hp, Wp, s, C, layout));
        if (interleaved(w, s)) {
            return interleave(copy, images, Hp, Wp, s, w, layout);
        }
        boolean dense = w.dilationW() == 1;
        int[] tap = new int[dense ? w.height() : w.height() * w.width()];
        for (int t = 0; t < tap.length; t++) {
            tap[t] = dense
                    ? t * w.dilationH() * Wp * C
                    : (t / w.width() * w.dilationH() * Wp + t % w.width() * w.dilationW()) * C;
        }
        return new Patches(copy, 0, Hp * Wp * C, layout.stepH * Wp * C, layout.stepW * C, s.Ho(), s.Wo(), tap,
                dense ? w.width() * C : C);
    }

    /**
     * For each output row, the image rows under the window side by side in every pixel, (Ho, Wp, kh, C): so the patches of
     * a 3x3 window on one channel are runs of nine elements, of which neighbours share six.
     */
    private Patches interleave(
            float[] image, int images, int Hp, int Wp, ConvSizes s, Window w, Layout layout) {
        int C = s.C();
        int pixel = w.height() * C;
        float[] rows = interleaved.atLeast(images * s.Ho() * Wp * pixel + Patches.SLACK);
        parallel.forEach(images * s.Ho(), (row, worker) -> {
            int y = row % s.Ho() * layout.stepH;
            for (int i = 0; i < w.height(); i++) {
                int from = (row / s.Ho() * Hp + y + i * w.dilationH()) * Wp * C;
                int to = row * Wp * pixel + i * C;
                for (int k = 0; k < Wp; k++) {
                    for (int c = 0; c < C; c++) {
                        rows[to + k * pixel + c] = image[from + k * C + c];
                    }
                }
            }
        });
        boolean dense = w.dilationW() == 1;
        int[] tap = new int[dense ? 1 : w.width()];
        Arrays.setAll(tap, t -> t * w.dilationW() * pixel);
        return new Patches(rows, 0, s.Ho() * Wp * pixel, Wp * pixel, layout.stepW * pixel, s.Ho(), s.Wo(), tap,
                dense ? w.width() * pixel : pixel);
    }

    /** One image into its place between zeros, where a pixel has C channels, the last of them zeros. */
    private static void pad(
            float[] x, int xAt, float[] copy, int copyAt, int Hp, int Wp, ConvSizes s, int C, Layout layout) {
        Arrays.fill(copy, copyAt, copyAt + Hp * Wp * C, 0);
        int step = layout.spreadW * C;
        int fit = Math.min(s.W(), Math.ceilDiv(Wp - layout.left, layout.spreadW)); // VALID windows may leave pixels over
        for (int y = 0; y < s.H(); y++) {
            int yp = layout.top + y * layout.spread;
            if (yp >= Hp) {
                return;
            }
            int to = copyAt + (yp * Wp + layout.left) * C;
            int from = xAt + y * s.W() * s.C();
            if (step == s.C()) {
                System.arraycopy(x, from, copy, to, fit * s.C());
            } else {
                for (int ix = 0; ix < fit; ix++) {
                    System.arraycopy(x, from + ix * s.C(), copy, to + ix * step, s.C());
                }
            }
        }
    }

    /** A kernel (pixels, C, F) as (F, pixels, wider), with zeros behind its C channels. */
    static float[] transpose(Scratch room, float[] kernel, int kernelAt, int pixels, int C, int wider, int F) {
        float[] t = room.atLeast(F * pixels * wider);
        if (wider > C) {
            Arrays.fill(t, 0, F * pixels * wider, 0);
        }
        for (int p = 0; p < pixels; p++) {
            for (int c = 0; c < C; c++) {
                for (int f = 0; f < F; f++) {
                    t[(f * pixels + p) * wider + c] = kernel[kernelAt + (p * C + c) * F + f];
                }
            }
        }
        return t;
    }

    /** The kernel with its pixels in reverse order and input and output channels exchanged: (kh, kw, F, C). */
    static float[] flip(Parallel parallel, Scratch room, float[] kernel, int kernelAt, int pixels, int C, int F) {
        float[] k = room.atLeast(pixels * C * F);
        parallel.forEach(pixels, (pixel, worker) -> {
            int from = kernelAt + pixel * C * F;
            int to = (pixels - 1 - pixel) * C * F;
            for (int c = 0; c < C; c++) {
                for (int f = 0; f < F; f++) {
                    k[to + f * C + c] = kernel[from + c * F + f];
                }
            }
        });
        return k;
    }
}
