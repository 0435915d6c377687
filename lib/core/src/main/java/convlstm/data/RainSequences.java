package convlstm.data;

import convlstm.tensor.HostArray;

/**
 * Sequences of radar-like frames and the wind that carried them.
 *
 * @param frames {@code (N, T, H, W, 1)} in [0, 1]; {@link RainScale} says how much rain that is
 * @param wind {@code (N, 2)}, rows then columns per frame, at the middle of the frame
 * @param widespread N answers: widespread rain, or showers
 */
public record RainSequences(HostArray frames, HostArray wind, boolean[] widespread) {}
