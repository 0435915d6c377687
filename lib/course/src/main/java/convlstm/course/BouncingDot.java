package convlstm.course;

import convlstm.data.Dataset;
import convlstm.data.MovingDot;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import java.util.Random;

/** A dot that bounces along a row of an 8x8 frame, and how well a network says where it is next. */
public final class BouncingDot {
    private static final int SIDE = 8;
    private static final int PIXELS = SIDE * SIDE;
    private static final int FRAMES = 9;
    private static final int TO_SEE_IT_MOVE = 2;

    private BouncingDot() {}

    /** Clips {@code (N, 9, 8, 8, 1)}, each in one of the given rows, which begins anywhere and goes left or right. */
    public static HostArray clips(long seed, int N, int... rows) {
        Random random = new Random(seed);
        HostArray all = HostArray.zeros(N, FRAMES, SIDE, SIDE, 1);
        for (int n = 0; n < N; n++) {
            int row = rows[random.nextInt(rows.length)];
            int step = random.nextBoolean() ? 1 : -1;
            float[] one = MovingDot.sequence(FRAMES, SIDE, row, random.nextInt(SIDE), 0, step).values();
            System.arraycopy(one, 0, all.values(), n * one.length, one.length);
        }
        return all;
    }

    /** The share of frames whose brightest forecast pixel is the dot; the first two, from which motion shows, left out. */
    public static double hitRate(Sequential model, HostArray clips) {
        Dataset data = Dataset.nextFrame(clips);
        float[] drawn = model.predict(data.x()).values();
        float[] truth = data.y().values();
        int hits = 0;
        int frames = 0;
        for (int frame = 0; frame < truth.length / PIXELS; frame++) {
            if (frame % (FRAMES - 1) < TO_SEE_IT_MOVE) {
                continue;
            }
            int brightest = frame * PIXELS;
            for (int p = brightest + 1; p < (frame + 1) * PIXELS; p++) {
                brightest = drawn[p] > drawn[brightest] ? p : brightest;
            }
            hits += truth[brightest] == 1 ? 1 : 0;
            frames++;
        }
        return hits / (double) frames;
    }
}
