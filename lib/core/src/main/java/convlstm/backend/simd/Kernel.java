package convlstm.backend.simd;

import convlstm.backend.reference.HostBuffer;
import convlstm.tensor.Tensor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The matrix or kernel that a product reads again and again: the elements from {@code a[at]} on. The products read it best
 * in other orders, cut into panels or transformed; such a {@link Form} is kept with the tensor until somebody writes to it,
 * so that a recurrent layer's kernels are put in order once a pass, and not at every step.
 *
 * @param buffer where its forms are kept; null for what lives only during a call
 */
record Kernel(float[] a, int at, @Nullable HostBuffer buffer) {
    /** What is made of a kernel. */
    enum Kind {
        PANELS,
        PANELS_OF_TRANSPOSED,
        WINOGRAD,
        WINOGRAD_OF_FLIPPED
    }

    /**
     * Which form of which kernel: elements may be seen as matrices of several shapes.
     *
     * @param rows rows of the matrix; of a convolution's kernel, its taps times the input channels
     * @param columns columns of the matrix, or output channels
     * @param length elements of the form
     */
    record Form(Kind kind, int at, int rows, int columns, int length) {}

    static Kernel of(Tensor t) {
        HostBuffer buffer = (HostBuffer) t.buffer();
        return new Kernel(buffer.array(), t.offset(), buffer);
    }

    static Kernel of(float[] a, int at) {
        return new Kernel(a, at, null);
    }

    /** Whether its forms are kept. */
    boolean keepsForms() {
        return buffer != null && buffer.version() > 0;
    }

    /** A form, valid until the kernel is written to or, where forms are not kept, the room is used again. */
    float[] form(Kind kind, int rows, int columns, int length, Scratch room, Consumer<float[]> maker) {
        if (buffer != null && buffer.version() > 0) {
            return buffer.derived(new Form(kind, at, rows, columns, length), length, maker);
        }
        float[] made = room.atLeast(length);
        maker.accept(made);
        return made;
    }
}
