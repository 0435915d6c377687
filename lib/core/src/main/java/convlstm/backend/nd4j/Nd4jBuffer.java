package convlstm.backend.nd4j;

import convlstm.tensor.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tensor's memory on ND4J: one row of float32 outside the Java heap, freed when nothing refers to it any more. */
final class Nd4jBuffer implements Buffer {
    private final INDArray row;

    Nd4jBuffer(INDArray row) {
        this.row = row;
    }

    INDArray row() {
        return row;
    }

    @Override
    public int length() {
        return (int) row.length();
    }
}
