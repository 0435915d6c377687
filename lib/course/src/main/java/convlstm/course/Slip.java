package convlstm.course;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One form of one mistake, or none. */
record Slip(@Nullable Mistake mistake, int form) {
    static final Slip NONE = new Slip(null, -1);

    private static final String GATES = "ifco";

    /** Every order of four but the right one, those that swap two first. */
    private static final List<int[]> ORDERS = orders();

    static List<Slip> formsOf(Mistake mistake) {
        return IntStream.range(0, mistake.forms()).mapToObj(form -> new Slip(mistake, form)).toList();
    }

    boolean is(Mistake m) {
        return mistake == m;
    }

    boolean is(Mistake m, int... forms) {
        return mistake == m && Arrays.stream(forms).anyMatch(f -> f == form);
    }

    /** Where the gates i, f, c, o are looked for in the columns. */
    int[] gates() {
        return is(Mistake.GATES_SWAPPED) ? ORDERS.get(form) : new int[] {0, 1, 2, 3};
    }

    /** The same mistake with the input's convolution, if it is made there: a kernel may be wrong for one of two only. */
    Slip forInput() {
        return ofKernel() && form == 1 ? NONE : this;
    }

    /** The same mistake with the state's convolution. */
    Slip forState() {
        return ofKernel() && form == 2 ? NONE : this;
    }

    /** Whether it may be made in the lines of one gradient and not of another. */
    boolean inOneResult() {
        return mistake != null && switch (mistake) {
            case GRADIENT_MISSING, GRADIENT_OVERWRITTEN, GRADIENT_TURNED, BIAS_GRADIENT_NOT_SUMMED, NOT_SUMMED,
                    KERNEL_TRANSPOSED, PADDING_SHIFTED, GRID_FLATTENED, PADDING_NOT_ZERO, BORDER_LEFT_OUT, LOOP_LEFT,
                    BACKWARDS, SUM_TOO_SHORT, GRADIENT_AVERAGED ->
                true;
            default -> false;
        };
    }

    private boolean ofKernel() {
        return is(Mistake.KERNEL_FLIPPED) || is(Mistake.KERNEL_TRANSPOSED);
    }

    /** What is wrong, as the end of a sentence. */
    String text() {
        if (mistake == null) {
            return "nothing";
        }
        if (ofKernel() && form > 0) {
            return mistake.text() + ", of the " + (form == 1 ? "state" : "input") + " only";
        }
        if (mistake != Mistake.GATES_SWAPPED) {
            return mistake.text();
        }
        int[] order = gates();
        List<String> moved = IntStream.range(0, 4).filter(k -> order[k] != k)
                .mapToObj(k -> GATES.substring(k, k + 1)).toList();
        return moved.size() == 2
                ? "gates " + moved.get(0) + " and " + moved.get(1) + " are swapped"
                : "gates are swapped: i, f, c, o are read from the columns of "
                        + Arrays.stream(order).mapToObj(k -> GATES.substring(k, k + 1))
                                .collect(Collectors.joining(", "));
    }

    private static List<int[]> orders() {
        List<int[]> all = new ArrayList<>();
        for (int code = 0; code < 256; code++) {
            int[] order = {code >> 6, code >> 4 & 3, code >> 2 & 3, code & 3};
            if (Arrays.stream(order).distinct().count() == 4 && moved(order) > 0) {
                all.add(order);
            }
        }
        all.sort(java.util.Comparator.comparingInt(Slip::moved));
        return List.copyOf(all);
    }

    private static int moved(int[] order) {
        return (int) IntStream.range(0, 4).filter(k -> order[k] != k).count();
    }
}
