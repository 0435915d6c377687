package convlstm.rain;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.data.Patches;
import convlstm.model.Models;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;

/**
 * How the course's networks forecast rain: they see some frames, then zeros, and draw the next frame at every step. As in
 * the paper, patches become channels first, here of 4x4 pixels: a kernel reaches four times as far, and there are sixteen
 * times fewer places to convolve at.
 *
 * @param size the height and width of a frame in pixels, a multiple of {@link #PATCH}
 * @param seen the frames that are seen
 * @param ahead the frames that are forecast
 */
public record Nowcast(int size, int seen, int ahead) {
    /** The side of a patch. */
    public static final int PATCH = 4;

    /** Checks the numbers. */
    public Nowcast {
        require(size >= PATCH && size % PATCH == 0 && seen >= 1 && ahead >= 1, "size, seen, ahead",
                "a size that is a multiple of " + PATCH + " and 1 frame or more", size + ", " + seen + ", " + ahead);
    }

    /** The frames of a clip. */
    public int frames() {
        return seen + ahead;
    }

    /** One sample as a model gets it, {@code (T, H, W, C)}. */
    public Shape input() {
        return Shape.of(frames() - 1, size / PATCH, size / PATCH, PATCH * PATCH);
    }

    /**
     * ConvLSTM2D layers and a 1x1 convolution that draws the patches.
     *
     * @param filters of each layer
     * @param kernelSize of both of its convolutions, in patches
     * @param seed decides the initial weights
     */
    public Sequential convLstm(Backend K, int layers, int filters, int kernelSize, long seed) {
        return Models.convLstm(K, input(), layers, filters, kernelSize, seed);
    }

    /** Clips {@code (N, seen + ahead, size, size, 1)} as samples. */
    public Dataset samples(HostArray clips) {
        require(clips.shape().rank() == 5 && clips.dim(1) == frames() && clips.dim(2) == size && clips.dim(3) == size,
                "clips", "(N, " + frames() + ", " + size + ", " + size + ", 1)", clips.shape());
        return Dataset.blindForecast(Patches.split(clips, PATCH), seen);
    }

    /** What a model forecasts for clips, of which it sees the first frames: {@code (N, ahead, size, size, 1)}. */
    public HostArray forecast(Sequential model, HostArray clips) {
        HostArray drawn = Dataset.frames(model.predict(samples(clips).x()), seen - 1, frames() - 1);
        HostArray pixels = Patches.merge(drawn, PATCH);
        for (int i = 0; i < pixels.size(); i++) {
            pixels.values()[i] = Math.clamp(pixels.values()[i], 0, 1);
        }
        return pixels;
    }
}
