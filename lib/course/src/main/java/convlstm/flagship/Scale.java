package convlstm.flagship;

import convlstm.data.Dataset;
import convlstm.data.Digits;
import convlstm.data.MovingDigits;
import convlstm.data.Patches;
import convlstm.model.Metrics;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.List;

/**
 * How large everything is.
 *
 * @param pixels the height and width of a frame
 * @param patch the height and width of the patches that become channels
 * @param seen the frames a network sees
 * @param forecast the frames it forecasts
 * @param channels of each ConvLSTM2D layer's state, from the input on
 * @param features the channels of the Conv2D before the LSTM, which halves height and width
 * @param units of the LSTMs
 */
public record Scale(
        int pixels, int patch, int seen, int forecast, List<Integer> channels, int features, int units) {
    /** The paper's frames, and networks that a GPU trains in minutes. (a) and the LSTM have about as many weights. */
    public static Scale full() {
        return new Scale(64, 4, 10, 10, List.of(64, 64), 32, 168);
    }

    /** The same networks for frames of another size. The weights of both ConvLSTM2D arms fit it. */
    public Scale withPixels(int newPixels) {
        return new Scale(newPixels, patch, seen, forecast, channels, features, units);
    }

    /** One frame in patches: {@code (H, W, C)}. */
    public Shape frame() {
        return Shape.of(pixels / patch, pixels / patch, patch * patch);
    }

    /** The paper's moving digits, scaled to the frame where it is smaller. */
    public MovingDigits world(Digits digits) {
        MovingDigits world = pixels >= 64
                ? new MovingDigits(digits, seen + forecast, pixels, 2, 3, 5, false)
                : MovingDigits.scaled(digits, pixels);
        return world.withFrames(seen + forecast);
    }

    /**
     * Sequences as a network takes them.
     *
     * @param sequences {@code (N, seen + forecast, pixels, pixels, 1)}
     */
    public Dataset data(HostArray sequences) {
        return Dataset.forecast(Patches.split(sequences, patch), seen, forecast);
    }

    /** Pixels {@code (N, T', pixels, pixels, 1)} in (0, 1) from a network's logits. */
    public HostArray frames(HostArray logits) {
        return Patches.merge(Metrics.probabilities(logits), patch);
    }
}
