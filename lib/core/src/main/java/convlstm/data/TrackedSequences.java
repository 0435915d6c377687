package convlstm.data;

import convlstm.tensor.HostArray;

/**
 * Sequences of frames, and the truth about what moves in them: what a probe asks a network's state for.
 *
 * @param frames {@code (N, T, H, W, 1)} in [0, 1]
 * @param positions {@code (N, T, D, 2)}, for each of D objects the row and the column of its top left corner in pixels,
 *     before rounding
 * @param velocities {@code (N, T, D, 2)}, in pixels per frame, rows then columns; the sign turns at a wall
 * @param labels {@code [N][D]}, which digit each object is
 */
public record TrackedSequences(HostArray frames, HostArray positions, HostArray velocities, int[][] labels) {}
