package convlstm.layer;

import convlstm.backend.Backend;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a forward pass through time leaves for the backward pass.
 *
 * @param x {@code (T, B, input)} in the order in which it is processed
 * @param h {@code (T + 1, B, state)}: the initial state in slot 0, then the output of each step
 * @param c the cell states, in slots like h
 * @param z {@code (T, B, 4 state)}: the activated gates i | f | g | o
 * @param steps the number of steps in a piece; the last one may have fewer
 * @param past whether there is an initial state; if not it is zeros, and the first step needs no U
 */
record Tape(Tensor x, Tensor h, Tensor c, Tensor z, int steps, boolean past) {
    /** The z of a piece is at least this many times as large as U: in shorter pieces reading U and W would take longest. */
    private static final long KERNELS = 16;

    /** Consecutive steps whose input is transformed in one call. */
    record Piece(int from, int to) {
        int size() {
            return to - from;
        }

        /** The slots of the piece's steps. */
        Tensor of(Tensor sequence) {
            return sequence.range(from, to);
        }
    }

    /**
     * A tape for the sequence x, in the memory of an old one where that is large enough. Pieces are short, so that their
     * z is still in the cache when the loop over t reads it ({@link Backend#pieceSize}), but not shorter than {@link
     * #KERNELS} says.
     *
     * @param state the shape of one sample's state
     * @param kernelSize elements of U
     */
    static Tape of(Backend K, @Nullable Tape old, Tensor x, Shape state, int kernelSize, boolean past) {
        int T = x.dim(0);
        int B = x.dim(1);
        Shape slots = state.prepend(B).prepend(T + 1);
        Tensor h = K.reuse(old == null ? null : old.h, slots);
        Tensor c = K.reuse(old == null ? null : old.c, slots);
        Tensor z = K.reuse(old == null ? null : old.z, state.with(-1, 4 * state.dim(-1)).prepend(B).prepend(T));
        long elements = Math.max(K.pieceSize(), KERNELS * kernelSize);
        return new Tape(x, h, c, z, Math.clamp(elements / z.at(0).size(), 1, T), past);
    }

    int T() {
        return x.dim(0);
    }

    /** Whether step t has a state before it; if not, h_tm1 is zeros. */
    boolean hasPast(int t) {
        return t > 0 || past;
    }

    /** All steps, from the first to the last. */
    List<Piece> pieces() {
        return IntStream.iterate(0, from -> from < T(), from -> from + steps)
                .mapToObj(from -> new Piece(from, Math.min(from + steps, T())))
                .toList();
    }
}
