package convlstm.backend.nd4j;

import convlstm.tensor.Tensor;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tensors as ND4J arrays. Nothing here copies: each array is a window on the tensor's memory. */
final class Views {
    private Views() {}

    /** All elements in one row. */
    static INDArray flat(Tensor t) {
        return as(t, t.size());
    }

    /** {@code (N, C)}: all leading axes as one. */
    static INDArray rows(Tensor t) {
        int C = t.dim(-1);
        return as(t, t.size() / C, C);
    }

    /** The elements under another shape, row-major. */
    static INDArray as(Tensor t, long... shape) {
        return strided(data(t), t.offset(), shape, Nd4j.getStrides(shape, 'c'));
    }

    /** {@code (C, N)}: the rows as columns. BLAS is column-major, so this is the form it takes without a copy. */
    static INDArray transposed(Tensor t) {
        int C = t.dim(-1);
        long[] shape = {C, t.size() / C};
        return Nd4j.create(data(t), shape, Nd4j.getStrides(shape, 'f'), t.offset(), 'f');
    }

    /** {@code (N, count)}: some columns of {@code (N, C)}. */
    static INDArray columns(Tensor t, int from, int count) {
        int C = t.dim(-1);
        return strided(data(t), t.offset() + from, new long[] {t.size() / C, count}, new long[] {C, 1});
    }

    /** An array whose neighbours along each axis lie the given number of elements apart. */
    static INDArray strided(DataBuffer data, long offset, long[] shape, long[] strides) {
        return Nd4j.create(data, shape, strides, offset, 'c');
    }

    private static DataBuffer data(Tensor t) {
        return ((Nd4jBuffer) t.buffer()).row().data();
    }
}
