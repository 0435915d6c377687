package convlstm.course;

/**
 * Checks a step that was computed on paper. A number that was computed rightly from wrong ones before it counts, and
 * messages do not say what it should have been.
 */
public final class PaperStep {
    private static final String NAMES = "ifgoch";
    private static final double ROUNDED = 0.002;

    private final ErrorExplainer right;
    private final double c_tm1;

    /** A step of one unit with one input. */
    public PaperStep(LstmWeights w, double x, double h_tm1, double c_tm1) {
        right = ErrorExplainer.lstm(w, new double[][] {{x}}, new double[] {h_tm1}, new double[] {c_tm1})
                .tolerance(ROUNDED);
        this.c_tm1 = c_tm1;
    }

    /** Assignment 1's, drawn anew: whatever a notebook's own variables hold by now. */
    public static PaperStep of(Variant v) {
        double x = v.number("x", 0.2, 2);
        double h_tm1 = v.number("h", -0.9, 0.9);
        double c_tm1 = v.number("c", -2, 2);
        return new PaperStep(new LstmWeights(
                new double[][] {{v.number("wi", -2, 2), v.number("wf", -2, 2), v.number("wc", -2, 2),
                    v.number("wo", -2, 2)}},
                new double[][] {{v.number("ui", -2, 2), v.number("uf", -2, 2), v.number("uc", -2, 2),
                    v.number("uo", -2, 2)}},
                new double[] {0, 1, 0, 0}), x, h_tm1, c_tm1);
    }

    /**
     * Returns if a number is right, or follows from the others.
     *
     * @param name one of {@code i f g o c h}
     * @param numbers the six, in this order
     * @throws AssertionError if not
     */
    public void check(String name, double[] numbers) {
        Expect.that(numbers != null && numbers.length == 6, "expected six numbers, i, f, g, o, c, h, got "
                + (numbers == null ? "null" : numbers.length));
        if (!follows(name, numbers)) {
            right.checkOnPaper(name, at(name, numbers), 0, 0);
        }
    }

    /** Right from numbers most of which are right: zeros follow from zeros. */
    private boolean follows(String name, double[] n) {
        return switch (name) {
            case "c" -> right("i", n) + right("f", n) + right("g", n) >= 2
                    && near(at("f", n) * c_tm1 + at("i", n) * at("g", n), at("c", n), 1 + Math.abs(c_tm1));
            case "h" -> right("o", n) + right("c", n) >= 1
                    && near(at("o", n) * Math.tanh(at("c", n)), at("h", n), 2);
            default -> false;
        };
    }

    private int right(String name, double[] numbers) {
        try {
            right.checkOnPaper(name, at(name, numbers), 0, 0);
            return 1;
        } catch (AssertionError e) {
            return 0;
        }
    }

    private static double at(String name, double[] numbers) {
        return numbers[NAMES.indexOf(name)];
    }

    /** But for four decimals in each factor. */
    private static boolean near(double a, double b, double factors) {
        return Math.abs(a - b) <= 2e-4 * factors;
    }
}
