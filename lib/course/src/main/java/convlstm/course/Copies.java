package convlstm.course;

import java.util.Arrays;
import java.util.List;

/**
 * Copies of what a check hands out, so that code that writes into an array it was given changes nothing for the next
 * check.
 */
public final class Copies {
    private Copies() {}

    /** A copy of an array of arrays of any depth; it shares nothing with the original. */
    @SuppressWarnings("unchecked")
    public static <T> T of(T array) {
        return (T) switch (array) {
            case double[] row -> row.clone();
            case Object[] rows -> {
                Object[] copy = rows.clone();
                Arrays.setAll(copy, k -> of(copy[k]));
                yield copy;
            }
            default -> throw new IllegalArgumentException(
                    "array: expected arrays of double, got " + array.getClass().getSimpleName());
        };
    }

    /** A copy of weights. */
    public static LstmWeights of(LstmWeights w) {
        return new LstmWeights(of(w.kernel()), of(w.recurrentKernel()), of(w.bias()));
    }

    /** A copy of a step. */
    public static LstmStep of(LstmStep s) {
        return new LstmStep(of(s.x()), of(s.h_tm1()), of(s.c_tm1()), of(s.i()), of(s.f()), of(s.g()), of(s.o()),
                of(s.c()), of(s.h()));
    }

    /** A copy of steps. */
    public static List<LstmStep> of(List<LstmStep> steps) {
        return steps.stream().map(Copies::of).toList();
    }

    /** A copy of a step. */
    public static ConvLstmStep of(ConvLstmStep s) {
        return new ConvLstmStep(of(s.x()), of(s.h_tm1()), of(s.c_tm1()), of(s.i()), of(s.f()), of(s.g()), of(s.o()),
                of(s.c()), of(s.h()));
    }
}
