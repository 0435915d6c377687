package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SumRatioTest {
    @Test
    void theScoreIsTheSumOverTheSumNotTheMeanOfRatios() {
        assertEquals(0.3, new SumRatio(new double[] {1, 2}, new double[] {9, 1}).value(), 1e-12);
        assertTrue(Double.isNaN(new SumRatio(new double[] {0}, new double[] {0}).value()));
    }

    @Test
    void theIntervalIsThatOfTheMean() {
        // 400 numbers of deviation 1: their mean has a standard error of 0.05, the interval reaches 1.96 of them.
        Random random = new Random(5);
        double[] numbers = IntStream.range(0, 400).mapToDouble(k -> random.nextGaussian()).toArray();
        double[] ones = IntStream.range(0, 400).mapToDouble(k -> 1).toArray();
        SumRatio.Interval interval = new SumRatio(numbers, ones).interval(1);
        assertEquals(2 * 1.96 * 0.05, interval.high() - interval.low(), 0.025);
        assertTrue(interval.low() < interval.value() && interval.value() < interval.high());
        assertEquals(interval, new SumRatio(numbers, ones).interval(1), "the same seed, the same interval");
    }

    @Test
    void luckThatBothSharedCancelsOut() {
        // B is always a tenth better, on sequences that differ by far more.
        double[] below = IntStream.range(0, 50).mapToDouble(k -> 1).toArray();
        double[] a = IntStream.range(0, 50).mapToDouble(k -> k).toArray();
        double[] b = IntStream.range(0, 50).mapToDouble(k -> k + 0.1).toArray();
        SumRatio first = new SumRatio(a, below);
        SumRatio second = new SumRatio(b, below);
        assertTrue(first.interval(1).high() > second.interval(1).low(), "apart they overlap");
        SumRatio.Interval lead = second.minus(first, 1);
        assertEquals(0.1, lead.value(), 1e-9);
        assertTrue(lead.low() > 0 && lead.high() - lead.low() < 1e-9);
        assertFalse(first.minus(second, 1).low() > 0);
    }

    @Test
    void sequencesThatAreNoDrawsOfTheirOwnAreDrawnTogether() {
        // Each number four times: four times as many sequences, but no more knowledge.
        Random random = new Random(6);
        double[] single = IntStream.range(0, 50).mapToDouble(k -> random.nextGaussian()).toArray();
        double[] fourfold = IntStream.range(0, 200).mapToDouble(k -> single[k / 4]).toArray();
        double[] ones = IntStream.range(0, 200).mapToDouble(k -> 1).toArray();
        SumRatio score = new SumRatio(fourfold, ones);
        double blind = score.interval(1).high() - score.interval(1).low();
        double honest = score.blocks(4).interval(1).high() - score.blocks(4).interval(1).low();
        assertEquals(score.value(), score.blocks(4).value(), 1e-12);
        assertEquals(2, honest / blind, 0.3);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SumRatio(new double[1], new double[2]));
        assertThrows(IllegalArgumentException.class, () -> new SumRatio(new double[0], new double[0]));
        SumRatio three = new SumRatio(new double[3], new double[3]);
        assertThrows(IllegalArgumentException.class, () -> three.blocks(2));
        assertThrows(IllegalArgumentException.class,
                () -> three.minus(new SumRatio(new double[2], new double[2]), 1));
    }
}
