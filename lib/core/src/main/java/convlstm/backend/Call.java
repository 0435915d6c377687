package convlstm.backend;

import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one call of an operation, declared by {@link CheckedBackend}: first those that it writes, then those that
 * it only reads, and which of these may be a destination itself. What the declaration says is checked here, and so are the
 * shapes: each rule names the tensors that it is about, and passes over one that is null.
 *
 * <p>One object serves one thread's calls, one after the other, so that a check allocates nothing.
 */
final class Call {
    private static final int MOST = 10;

    private final Backend K;
    private String op = "";
    private final String[] names = new String[MOST];
    private final @Nullable Tensor[] tensors = new @Nullable Tensor[MOST];
    private final @Nullable String[] mayBe = new @Nullable String[MOST];
    private int count;
    private int written;

    Call(Backend K) {
        this.K = K;
    }

    // ---- the declaration

    /** Begins the declaration of a call. */
    Call of(String operation) {
        op = operation;
        count = 0;
        written = 0;
        return this;
    }

    /** A destination, or nothing if null. Destinations come before what is only read. */
    Call writes(String name, @Nullable Tensor t) {
        add(name, t);
        written = count;
        return this;
    }

    /** A tensor that is read only, or nothing if null. */
    Call reads(String name, @Nullable Tensor t) {
        add(name, t);
        return this;
    }

    /** The tensor declared last may be this destination, element by element. */
    Call mayBe(String destination) {
        mayBe[count - 1] = destination;
        return this;
    }

    private void add(String name, @Nullable Tensor t) {
        if (t == null) {
            return;
        }
        if (!K.owns(t.buffer())) {
            throw fail(name, "a tensor of the backend " + K.name(), "a " + t.buffer().getClass().getSimpleName(),
                    "tensors stay with the backend that made them; toArray and tensor(shape, values) carry them over");
        }
        if (t.size() == 0) {
            throw fail(name, "at least one element", t.shape(), "an axis of size 0 holds no data");
        }
        names[count] = name;
        tensors[count] = t;
        mayBe[count] = null;
        count++;
    }

    /**
     * Ends the declaration: destinations share no memory with another tensor of the call, but for what {@link #mayBe} says,
     * and nowhere in part. Notes on their buffers that they are written to.
     */
    void apart() {
        for (int w = 0; w < written; w++) {
            for (int other = w + 1; other < count; other++) {
                apart(w, other);
            }
            tensor(w).buffer().written();
        }
        Arrays.fill(tensors, 0, count, null); // not to keep their memory alive
    }

    private Tensor tensor(int k) {
        return Objects.requireNonNull(tensors[k]);
    }

    private void apart(int w, int other) {
        Tensor t = tensor(w);
        Tensor o = tensor(other);
        boolean overlap = t.buffer() == o.buffer() && t.offset() < o.offset() + o.size()
                && o.offset() < t.offset() + t.size();
        if (!overlap) {
            return;
        }
        if (!names[w].equals(mayBe[other])) {
            throw fail(names[w], "memory of its own", "a tensor that overlaps " + names[other],
                    "the operation would read what it has already overwritten; allocate another tensor");
        }
        if (t.offset() != o.offset() || t.size() != o.size()) {
            throw fail(names[w], "the very elements of " + names[other] + ", or memory of its own",
                    "a tensor that overlaps " + names[other] + " in part",
                    "work in place on the whole view or on none of it");
        }
    }

    // ---- shapes

    private @Nullable Tensor find(String name) {
        for (int k = 0; k < count; k++) {
            if (names[k].equals(name)) {
                return tensors[k];
            }
        }
        return null;
    }

    private Tensor get(String name) {
        Tensor t = find(name);
        if (t == null) {
            throw new IllegalStateException(op + ": " + name + " is not declared");
        }
        return t;
    }

    /** Tensors that have rows, one axis at least. */
    Call rows(String... rows) {
        for (String name : rows) {
            axes(name, 1, "the last axis is the row");
        }
        return this;
    }

    Call axes(String name, int rank, String hint) {
        Tensor t = get(name);
        return rule(t.shape().rank() >= rank, name, "at least " + rank + (rank == 1 ? " axis" : " axes"), hint);
    }

    Call sameRows(String name, String other) {
        int rows = rowsOf(get(name));
        int otherRows = rowsOf(get(other));
        if (rows != otherRows) {
            throw fail(name, otherRows + " rows as in " + other + " " + get(other).shape(),
                    rows + " rows in " + get(name).shape(), "all axes but the last, multiplied, must agree");
        }
        return this;
    }

    Call sameSize(String name, String other) {
        Tensor o = get(other);
        return get(name).size() == o.size()
                ? this
                : rule(false, name, o.size() + " elements as in " + other + " " + o.shape(),
                        "both must have the same number of elements");
    }

    Call sameShape(String name, String other, String hint) {
        Tensor t = find(name);
        Shape o = get(other).shape();
        return t == null || t.shape().equals(o) ? this : rule(false, name, "shape " + o + " as " + other, hint);
    }

    Call shape(String name, Shape shape, String from, String hint) {
        return get(name).shape().equals(shape) ? this : rule(false, name, "shape " + shape + from, hint);
    }

    /** The smaller tensor's shape ends the larger one's. */
    Call repeatable(String small, String large) {
        Tensor s = get(small);
        Tensor l = get(large);
        return s.size() == l.size() || l.shape().endsWith(s.shape())
                ? this
                : rule(false, small, "a shape that ends " + large + " " + l.shape(),
                        "the smaller tensor is repeated along the leading axes");
    }

    /** One element for each index of the other tensor's last axis. */
    Call vector(String name, String other) {
        Tensor t = find(name);
        Tensor o = get(other);
        return t == null || t.shape().rank() == 1 && t.size() == o.dim(-1)
                ? this
                : rule(false, name, "shape (" + o.dim(-1) + "), the last axis of " + other + " " + o.shape(),
                        "one value for each channel");
    }

    Call scalar(String name) {
        Tensor t = get(name);
        return rule(t.size() == 1 && t.shape().rank() == 1, name, "shape (1)", "a sum that stays on the backend");
    }

    /** {@code count} channels from {@code from} on fit the last axis. */
    Call channels(String fromName, int from, int count, String name) {
        Tensor t = get(name);
        if (from < 0 || from > t.dim(-1) - count) {
            throw fail(fromName,
                    "0 to " + (t.dim(-1) - count) + ", so that " + count + " channels fit the last axis of "
                            + name + " " + t.shape(),
                    from, "channels are the last axis, counted from 0");
        }
        return this;
    }

    /** {@code out (N, U)}, {@code x (N, D)}, {@code kernel (D, U)}. */
    Call product(String out, String x, String kernel) {
        rows(out, x);
        Tensor k = get(kernel);
        rule(k.shape().rank() == 2, kernel, "2 axes (D, U)", "D features in, U units out");
        if (get(x).dim(-1) != k.dim(0)) {
            rule(false, x, "rows of " + k.dim(0) + " features for " + kernel + " " + k.shape(),
                    "the last axis of " + x + " is the kernel's first; a grid (H, W, C) is flattened first");
        }
        if (get(out).dim(-1) != k.dim(1)) {
            rule(false, out, "rows of " + k.dim(1) + " units for " + kernel + " " + k.shape(),
                    "the last axis of " + out + " is the kernel's last");
        }
        return sameRows(out, x);
    }

    /** {@code out} is what the kernel makes of {@code x}. */
    Call convolution(String out, String x, String kernel, Window window) {
        Tensor k = get(kernel);
        if (k.shape().rank() != 4 || k.dim(0) != window.height() || k.dim(1) != window.width()) {
            rule(false, kernel, "(" + window.height() + ", " + window.width() + ", C, F) as the window",
                    "kernels are laid out (kh, kw, in, out)");
        }
        image(x);
        if (get(x).dim(-1) != k.dim(2)) {
            rule(false, x, k.dim(2) + " channels for " + kernel + " " + k.shape(),
                    "images are channels last, (H, W, C)");
        }
        return window(out, x, k.dim(3), window);
    }

    /** What a pooling makes of {@code x}: its channels stay. */
    Call pooling(String out, String x, Window window) {
        image(x);
        return window(out, x, get(x).dim(-1), window);
    }

    /** What a window makes of x: out has its rows, columns and channels; leading axes may be grouped otherwise. */
    private Call window(String outName, String xName, int channels, Window window) {
        image(outName);
        Tensor out = get(outName);
        Tensor x = get(xName);
        boolean fits = out.dim(-3) == window.outH(x.dim(-3)) && out.dim(-2) == window.outW(x.dim(-2))
                && out.dim(-1) == channels;
        return fits && images(out) == images(x)
                ? this
                : rule(false, outName, "shape " + window.outputShape(x.shape(), channels) + " from " + xName + " "
                        + x.shape() + " through " + window, "check padding and strides");
    }

    private void image(String name) {
        axes(name, 4, "images are (N, H, W, C), sequences of them (T, B, H, W, C)");
    }

    private static int images(Tensor t) {
        return t.size() / (t.dim(-3) * t.dim(-2) * t.dim(-1));
    }

    private static int rowsOf(Tensor t) {
        return t.size() / t.dim(-1);
    }

    Call gates(String name) {
        rows(name);
        return rule(get(name).dim(-1) % 4 == 0, name, "a last axis of 4F for i, f, c, o",
                "one convolution or product computes all four gates");
    }

    /** States have the gates' shape but for the last axis, a quarter as long. */
    Call states(String gates, String... states) {
        Shape g = get(gates).shape();
        for (String name : states) {
            Shape s = get(name).shape();
            boolean fits = s.rank() == g.rank() && s.dim(-1) * 4 == g.dim(-1);
            for (int axis = 0; fits && axis < s.rank() - 1; axis++) {
                fits = s.dim(axis) == g.dim(axis);
            }
            if (!fits) {
                rule(false, name, "shape " + g.with(-1, g.dim(-1) / 4) + " for gates " + g,
                        "a state has a quarter of the gates' channels");
            }
        }
        return this;
    }

    Call peephole(String name, String gates) {
        Tensor p = find(name);
        if (p == null) {
            return this;
        }
        rows(name);
        Tensor g = get(gates);
        int F = g.dim(-1) / 4;
        boolean fits = p.shape().rank() >= 2 && p.dim(0) == 3 && p.dim(-1) == F;
        return fits && rowsOf(g) % (p.size() / 3 / F) == 0
                ? this
                : rule(false, name, "(3, R, " + F + ") with R dividing the " + rowsOf(g) + " rows of " + gates + " "
                        + g.shape(), "R is 1 for weights per channel, H·W for weights per pixel");
    }

    /** {@code mean} and {@code variance (G, C)} for the channels of {@code x (N, C)}. */
    Call statistics(String x) {
        rows(x, "mean", "variance");
        Tensor t = get(x);
        Tensor mean = get("mean");
        int C = t.dim(-1);
        boolean fits = mean.dim(-1) == C && rowsOf(t) % (mean.size() / C) == 0;
        return (fits
                ? this
                : rule(false, "mean", "(G, " + C + ") with G dividing the " + rowsOf(t) + " rows of " + x + " "
                        + t.shape(), "one row of statistics for each time step, or one for all"))
                .sameShape("variance", "mean", "one for each mean");
    }

    // ---- refusals

    Call rule(boolean holds, String name, String expected, String hint) {
        if (!holds) {
            throw fail(name, expected, get(name).shape(), hint);
        }
        return this;
    }

    IllegalArgumentException fail(String argument, String expected, Object got, String hint) {
        return new IllegalArgumentException(
                op + ": " + argument + ": expected " + expected + ", got " + got + ". Hint: " + hint);
    }
}
