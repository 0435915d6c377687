package convlstm.backend.nd4j;

import convlstm.backend.Window;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a sliding window sees. Images are first copied into a frame that is as much larger as the padding asks for; then
 * every window lies inside it, and what one pixel of all windows sees is an array with strides, not a copy.
 *
 * @param N images
 * @param H image height
 * @param W image width
 * @param C channels
 * @param window the geometry
 */
record Patches(int N, int H, int W, int C, Window window) {
    /** The number of windows from top to bottom. */
    int outH() {
        return window.outH(H);
    }

    /** The number of windows from left to right. */
    int outW() {
        return window.outW(W);
    }

    /** Elements under one window: the length of a row of {@link #columns}. */
    int patch() {
        return window.height() * window.width() * C;
    }

    private int frameH() {
        int reach = (outH() - 1) * window.strideH() + (window.height() - 1) * window.dilationH() + 1;
        return Math.max(window.padTop(H) + H, reach);
    }

    private int frameW() {
        int reach = (outW() - 1) * window.strideW() + (window.width() - 1) * window.dilationW() + 1;
        return Math.max(window.padLeft(W) + W, reach);
    }

    /** A new frame {@code (N, H + padding, W + padding, C)}, all of one value. */
    INDArray frame(float value) {
        return Nd4j.valueArrayOf(new long[] {N, frameH(), frameW(), C}, value, DataType.FLOAT);
    }

    /** A new frame with the images in it. */
    INDArray frame(float padding, INDArray images) {
        INDArray frame = frame(padding);
        images(frame).assign(images);
        return frame;
    }

    /** {@code (N, H, W, C)}: the images in their frame. */
    INDArray images(INDArray frame) {
        long at = ((long) window.padTop(H) * frameW() + window.padLeft(W)) * C;
        return Views.strided(frame.data(), frame.offset() + at, new long[] {N, H, W, C}, strides(1, 1));
    }

    /** {@code (N, H', W', C)}: what pixel (i, j) of every window sees. */
    INDArray pixel(INDArray frame, int i, int j) {
        long at = ((long) i * window.dilationH() * frameW() + (long) j * window.dilationW()) * C;
        return Views.strided(frame.data(), frame.offset() + at, new long[] {N, outH(), outW(), C},
                strides(window.strideH(), window.strideW()));
    }

    private long[] strides(int rows, int columns) {
        long row = (long) frameW() * C;
        return new long[] {frameH() * row, rows * row, (long) columns * C, 1};
    }

    /** {@code (N, H', W', C)}: where pixel (i, j) of every window stands in {@link #columns}. */
    INDArray pixelOfColumns(INDArray columns, int i, int j) {
        long at = (long) (i * window.width() + j) * C;
        long[] strides = {(long) outH() * outW() * patch(), (long) outW() * patch(), patch(), 1};
        return Views.strided(columns.data(), columns.offset() + at, new long[] {N, outH(), outW(), C}, strides);
    }

    /** An array {@code (N H' W', kh kw C)} for one row per window, not yet filled. */
    INDArray newColumns() {
        return Nd4j.createUninitialized(DataType.FLOAT, (long) N * outH() * outW(), patch());
    }

    /** One row {@code (kh, kw, C)} per window: convolution is then a matrix product. Known as im2col. */
    INDArray columns(INDArray images) {
        INDArray frame = frame(0, images);
        INDArray columns = newColumns();
        for (int i = 0; i < window.height(); i++) {
            for (int j = 0; j < window.width(); j++) {
                pixelOfColumns(columns, i, j).assign(pixel(frame, i, j));
            }
        }
        return columns;
    }

    /** The transpose of {@link #columns}: every element goes back to its pixel and joins the others there (col2im). */
    INDArray sums(INDArray columns) {
        INDArray frame = frame(0);
        for (int i = 0; i < window.height(); i++) {
            for (int j = 0; j < window.width(); j++) {
                pixel(frame, i, j).addi(pixelOfColumns(columns, i, j));
            }
        }
        return images(frame);
    }
}
