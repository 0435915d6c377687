package convlstm.data;

import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DatasetTest {
    /** Element (n, t, i) is 100 n + 10 t + i. */
    private static HostArray sequences(int N, int T) {
        HostArray a = HostArray.zeros(N, T, 2);
        for (int n = 0; n < N; n++) {
            for (int t = 0; t < T; t++) {
                a.set(100 * n + 10 * t, n, t, 0);
                a.set(100 * n + 10 * t + 1, n, t, 1);
            }
        }
        return a;
    }

    @Test
    void blindForecastBlanksWhatIsNotSeenAndAsksForEveryNextFrame() {
        HostArray source = new HostArray(Shape.of(2, 4, 1), new float[] {1, 2, 3, 4, 5, 6, 7, 8});
        Dataset data = Dataset.blindForecast(source, 2);
        assertArrayEquals(new float[] {1, 2, 0, 5, 6, 0}, data.x().values());
        assertArrayEquals(new float[] {2, 3, 4, 6, 7, 8}, data.y().values());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, source.values());
        assertSays(assertThrows(IllegalArgumentException.class, () -> Dataset.blindForecast(source, 0)), "seen", "0");
        assertSays(assertThrows(IllegalArgumentException.class, () -> Dataset.blindForecast(source, 4)), "sequences");
    }

    @Test
    void theNextFrameIsTheTarget() {
        Dataset data = Dataset.nextFrame(sequences(2, 3));
        assertArrayEquals(new float[] {0, 1, 10, 11, 100, 101, 110, 111}, data.x().values());
        assertArrayEquals(new float[] {10, 11, 20, 21, 110, 111, 120, 121}, data.y().values());
        assertEquals(HostArray.zeros(2, 2, 2).shape(), data.x().shape());
    }

    @Test
    void theLaterFramesAreForecast() {
        Dataset data = Dataset.forecast(sequences(2, 5), 1, 2);
        assertArrayEquals(new float[] {0, 1, 100, 101}, data.x().values());
        assertArrayEquals(new float[] {10, 11, 20, 21, 110, 111, 120, 121}, data.y().values());
    }

    @Test
    void batchesHoldEachSampleOnce() {
        Dataset data = Dataset.nextFrame(sequences(10, 2));
        List<int[]> batches = data.batches(4, 1, 0);
        assertEquals(List.of(4, 4, 2), batches.stream().map(b -> b.length).toList());
        assertEquals(10, distinct(batches).size());
        assertArrayEquals(new int[] {4, 5, 6, 7}, data.batches(4).get(1));
        assertEquals(1, data.batches(100).size());
    }

    private static TreeSet<Integer> distinct(List<int[]> batches) {
        TreeSet<Integer> all = new TreeSet<>();
        batches.forEach(b -> Arrays.stream(b).forEach(all::add));
        return all;
    }

    @Test
    void epochsAreShuffledBySeedAndIndependent() {
        Dataset data = Dataset.nextFrame(sequences(30, 2));
        assertArrayEquals(data.batches(30, 7, 3).get(0), data.batches(30, 7, 3).get(0));
        List<String> orders = new ArrayList<>();
        for (int epoch = 0; epoch < 4; epoch++) {
            orders.add(Arrays.toString(data.batches(30, 7, epoch).get(0)));
            orders.add(Arrays.toString(data.batches(30, 8, epoch).get(0)));
        }
        assertEquals(8, orders.stream().distinct().count());
        assertFalse(orders.contains(Arrays.toString(data.batches(30).get(0))), "shuffled");
    }

    @Test
    void everyPlaceIsEquallyLikely() {
        Dataset data = Dataset.nextFrame(sequences(5, 2));
        int[][] seen = new int[5][5];
        for (int epoch = 0; epoch < 5000; epoch++) {
            int[] order = data.batches(5, 1, epoch).get(0);
            for (int i = 0; i < 5; i++) {
                seen[i][order[i]]++;
            }
        }
        for (int[] place : seen) {
            for (int count : place) {
                assertEquals(1000, count, 130);
            }
        }
    }

    @Test
    void splittingLosesAndSharesNothing() {
        Dataset data = Dataset.nextFrame(sequences(10, 2));
        Dataset.Split split = data.split(.2, 3);
        assertEquals(8, split.train().count());
        assertEquals(2, split.validation().count());
        TreeSet<Float> first = new TreeSet<>();
        for (Dataset part : List.of(split.train(), split.validation())) {
            for (int n = 0; n < part.count(); n++) {
                first.add(part.x().get(n, 0, 0));
                assertEquals(part.x().get(n, 0, 0) + 10, part.y().get(n, 0, 0), "x and y stay together");
            }
        }
        assertEquals(10, first.size());
        assertEquals(split, data.split(.2, 3));
        assertEquals(1, data.split(.001, 3).validation().count());
        assertEquals(1, data.split(.999, 3).train().count());
    }

    @Test
    void gatherKeepsOrGivesTimeTheFirstPlace() {
        HostArray source = sequences(4, 3);
        float[] dst = new float[2 * 3 * 2 + 1];
        Dataset.gather(source, new int[] {2, 0}, dst);
        assertArrayEquals(new float[] {200, 201, 210, 211, 220, 221, 0, 1, 10, 11, 20, 21, 0}, dst);
        Dataset.gatherTimeMajor(source, new int[] {2, 0}, dst);
        assertArrayEquals(new float[] {200, 201, 0, 1, 210, 211, 10, 11, 220, 221, 20, 21, 0}, dst);
    }

    @Test
    void wrongArgumentsAreNamed() {
        HostArray source = sequences(4, 3);
        Dataset data = Dataset.nextFrame(source);
        refuses(() -> new Dataset(source, sequences(3, 3)), "x, y", "(4, 3, 2)", "(3, 3, 2)");
        refuses(() -> Dataset.nextFrame(sequences(4, 1)), "sequences", "T at least 2", "(4, 1, 2)");
        refuses(() -> Dataset.forecast(source, 2, 2), "sequences", "T at least 4");
        refuses(() -> Dataset.forecast(source, 0, 2), "seen, forecast", "0, 2");
        refuses(() -> data.batches(0), "batchSize", "0");
        refuses(() -> data.split(1, 1), "validationShare", "1.0 of 4");
        refuses(() -> Dataset.gather(source, new int[2], new float[11]), "dst", "12", "11");
        refuses(() -> Dataset.gatherTimeMajor(source, new int[2], new float[11]), "dst", "12", "11");
        assertSays(assertThrows(IndexOutOfBoundsException.class,
                () -> Dataset.gather(source, new int[] {4}, new float[6])), "samples", "[0, 4)", "got 4");
        assertSays(assertThrows(IndexOutOfBoundsException.class, () -> Dataset.frames(source, 1, 4)), "from, to");
    }

    private static void refuses(Runnable call, String... words) {
        assertSays(assertThrows(IllegalArgumentException.class, call::run), words);
    }
}
