package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A loop counts for itself, and only a loop: what is filled in while the checks call its step does not. */
class FollowThroughTest {
    private static final Random RANDOM = new Random(1);
    private static final LstmWeights W = LstmWeights.of(Variant.of("ada", "A1"), "w", 2, 3);
    private static final double[][] XS = Variant.of("ada", "A1").array("xs", 4, 2);
    private static final double[][] DHS = Variant.of("ada", "A1").array("dhs", 4, 3);

    private final List<LstmStep> made = new ArrayList<>();

    private static double[] any(int n) {
        return RANDOM.doubles(n, -1, 1).toArray();
    }

    private LstmStep wrong(double[] x, double[] h_tm1, double[] c_tm1, LstmWeights w) {
        double[] c = h_tm1.clone();
        Arrays.setAll(c, u -> c[u] + x[0] - c_tm1[u] / 2);
        made.add(new LstmStep(x, h_tm1, c_tm1, c, c, c, c, c, Arrays.stream(c).map(Math::sin).toArray()));
        return made.getLast();
    }

    @Test
    void aRightLoopAroundAWrongStepCounts() {
        FollowThrough.forward(XS, W, (xs, w) -> {
            List<LstmStep> steps = new ArrayList<>(List.of(wrong(xs[0], new double[3], new double[3], w)));
            for (int t = 1; t < xs.length; t++) {
                steps.add(wrong(xs[t], steps.getLast().h(), steps.getLast().c(), w));
            }
            return steps;
        }, this::wrong);
    }

    @Test
    void aListThatReadsWhatTheChecksMakeDoesNot() {
        assertThrows(AssertionError.class, () -> FollowThrough.forward(XS, W, (xs, w) -> new AbstractList<>() {
            @Override
            public int size() {
                return xs.length;
            }

            @Override
            public LstmStep get(int t) {
                return made.get(Math.max(0, made.size() - xs.length + t));
            }
        }, this::wrong));
    }

    @Test
    void aStepThatCountsItsCallsIsNotFollowed() {
        int[] calls = {0};
        FollowThrough.Step counts = (x, h, c, w) -> {
            calls[0]++;
            double[] n = {calls[0], calls[0], calls[0]};
            return new LstmStep(x, h, c, n, n, n, n, n, n);
        };
        assertThrows(AssertionError.class, () -> FollowThrough.forward(XS, W, (xs, w) -> {
            List<LstmStep> steps = new ArrayList<>();
            for (int t = 0; t < xs.length; t++) {
                double n = calls[0] + t + 1;
                steps.add(new LstmStep(xs[t], new double[3], new double[3], new double[3], new double[3], new double[3],
                        new double[3], new double[] {n, n, n}, new double[] {n, n, n}));
            }
            return steps;
        }, counts));
    }

    @Test
    void gradientsThatAreFilledInLaterDoNot() {
        double[][] dx = new double[XS.length][2];
        List<LstmWeights> kept = new ArrayList<>();
        int[] calls = {0};
        assertThrows(AssertionError.class, () -> FollowThrough.backward(XS, DHS, W, (steps, dhs, w, gradient) -> {
            kept.add(gradient);
            return dx;
        }, (s, dh, dc_next, w, gradient) -> {
            gradient.bias()[0] += dh[0];
            LstmGradient g = new LstmGradient(any(2), any(3), any(3));
            if (!kept.isEmpty() && calls[0] < XS.length) {
                kept.getLast().bias()[0] = gradient.bias()[0];
                dx[XS.length - 1 - calls[0]++] = g.dx();
            }
            return g;
        }, "dBias", "dx"));
    }
}
