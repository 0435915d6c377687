package convlstm.data;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;

/** One bright dot on black: the least that moves, to follow through a network step by step. */
public final class MovingDot {
    private MovingDot() {}

    /**
     * One sequence with one bright pixel that starts at (row, column), goes by (rowStep, columnStep) each frame and
     * bounces off the walls.
     *
     * @param frames T
     * @param size the height and width of a frame
     * @return {@code (1, T, size, size, 1)}, zeros and one 1 in each frame
     */
    public static HostArray sequence(int frames, int size, int row, int column, int rowStep, int columnStep) {
        if (row < 0 || row >= size || column < 0 || column >= size) {
            throw new IllegalArgumentException("row, column: expected a pixel of a " + size + "x" + size
                    + " frame, 0 to " + (size - 1) + ", got " + row + ", " + column);
        }
        HostArray dot = HostArray.zeros(1, frames, size, size, 1);
        for (int t = 0; t < frames; t++) {
            int y = (int) MovingDigits.fold(row + (double) rowStep * t, size - 1);
            int x = (int) MovingDigits.fold(column + (double) columnStep * t, size - 1);
            dot.set(1, 0, t, y, x, 0);
        }
        return dot;
    }

    /**
     * Many seeded sequences of one dot, to train on: a dot of 2x2 pixels that goes one to two pixels a frame in any
     * direction.
     *
     * @param frames T
     * @param size the height and width of a frame, at least 2
     */
    public static MovingDigits generator(int frames, int size) {
        HostArray dot = new HostArray(Shape.of(1, 2, 2), new float[] {1, 1, 1, 1});
        return new MovingDigits(new Digits(dot, new int[] {0}), frames, size, 1, 1, 2, true);
    }
}
