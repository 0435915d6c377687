package convlstm.backend.simd;

import convlstm.backend.Backend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Kernels in the orders in which the products read them best: cut into panels, transposed, transformed. A recurrent
 * layer uses its kernels at every time step and promises not to write to them meanwhile ({@link Backend#hold}): what was
 * made of those is kept until the promise ends. Of other kernels nothing is kept, for nobody would say when they change.
 */
final class KernelForms {
    /** What is made of a kernel. */
    enum Kind {
        PANELS,
        PANELS_OF_TRANSPOSED,
        WINOGRAD,
        WINOGRAD_OF_FLIPPED
    }

    /**
     * Which form of a kernel: its elements may be seen as matrices of several shapes.
     *
     * @param rows rows of the matrix, or input channels of the convolution
     * @param columns columns of the matrix, or output channels
     * @param length elements of the form
     */
    record Form(Kind kind, int rows, int columns, int length) {}

    /** Fills the array given with a form of a kernel. */
    @FunctionalInterface
    interface Maker {
        void into(float[] form);
    }

    /** A kernel that begins at {@code array[at]}. */
    record Kernel(float[] array, int at) {
        boolean is(float[] other, int otherAt) {
            return array == other && at == otherAt;
        }
    }

    private static final class Kept {
        @Nullable
        Kernel kernel; // null: free for another
        @Nullable
        Form form;
        final Scratch room = new Scratch();
    }

    private final List<Kernel> held = new ArrayList<>();
    private final List<Kept> kept = new ArrayList<>();

    /** Keeps what is made of the kernels until the hold is closed. */
    Backend.Hold hold(List<Kernel> kernels) {
        held.addAll(kernels);
        return () -> {
            kernels.forEach(this::release);
            for (Kept k : kept) {
                if (k.kernel != null && !holds(k.kernel.array, k.kernel.at)) {
                    k.kernel = null;
                }
            }
        };
    }

    private void release(Kernel kernel) {
        for (int k = 0; k < held.size(); k++) {
            if (held.get(k).is(kernel.array, kernel.at)) {
                held.remove(k);
                return; // once: another hold may be open
            }
        }
    }

    boolean holds(float[] kernel, int at) {
        for (Kernel k : held) {
            if (k.is(kernel, at)) {
                return true;
            }
        }
        return false;
    }

    /** The form of the kernel, valid at least until the next call. */
    float[] get(float[] kernel, int at, Form form, Maker maker) {
        Kept place = null;
        for (Kept k : kept) {
            if (k.kernel == null) {
                place = place == null ? k : place;
            } else if (k.kernel.is(kernel, at) && form.equals(k.form)) {
                return k.room.atLeast(form.length);
            }
        }
        if (place == null) {
            kept.add(place = new Kept());
        }
        float[] made = place.room.atLeast(form.length);
        maker.into(made);
        if (holds(kernel, at)) {
            place.kernel = new Kernel(kernel, at);
            place.form = form;
        }
        return made;
    }
}
