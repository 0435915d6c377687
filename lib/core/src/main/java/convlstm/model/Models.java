package convlstm.model;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.layer.Activation;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.MaxPool2d;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The two architectures that the course compares. Both take a sequence of images {@code (T, H, W, C)} and give one of the
 * same shape, as logits: at each step the next image.
 */
public final class Models {
    private Models() {}

    /**
     * ConvLSTM2D layers, then a 1x1 convolution back to C channels. The state is an image throughout.
     *
     * @param clip one sample, {@code (T, H, W, C)}
     * @param layers how many ConvLSTM2D layers
     * @param filters channels of each layer's state
     * @param kernelSize of both convolutions, odd, so that a state sees as far to all sides
     * @param seed decides the initial weights
     */
    public static Sequential convLstm(Backend K, Shape clip, int layers, int filters, int kernelSize, long seed) {
        requireClip(clip);
        List<Layer> stack = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            stack.add(new ConvLstm2d(filters, kernelSize).padding(Padding.SAME).returnSequences(true));
        }
        stack.add(new TimeDistributed(new Conv2d(clip.dim(-1), 1)));
        return new Sequential(K, clip, seed, stack.toArray(Layer[]::new));
    }

    /**
     * Conv2D and MaxPooling2D on each image, Flatten, LSTM, then a Dense layer that computes every pixel of the image. The
     * state is a list of numbers.
     *
     * @param clip one sample, {@code (T, H, W, C)}, H and W even
     * @param filters channels of the 3x3 convolution
     * @param units size of the LSTM's state
     * @param seed decides the initial weights
     */
    public static Sequential cnnLstm(Backend K, Shape clip, int filters, int units, long seed) {
        requireClip(clip);
        Shape image = clip.drop(1);
        return new Sequential(K, clip, seed,
                new TimeDistributed(new Conv2d(filters, 3).padding(Padding.SAME)),
                new Activation(ActivationFunction.RELU),
                new TimeDistributed(new MaxPool2d(2)),
                new TimeDistributed(new Flatten()),
                new Lstm(units).returnSequences(true),
                new TimeDistributed(new Dense(image.size())),
                new TimeDistributed(new Reshape(image.toArray())));
    }

    /** The number of LSTM units with which {@link #cnnLstm} comes closest to the given number of weights. */
    public static int unitsForParameters(Shape clip, int filters, long parameters) {
        return closest(clip, parameters, units -> cnnLstmParameters(clip, filters, units));
    }

    /**
     * The number of LSTM units with which {@link #cnnLstm} comes closest to the given arithmetic.
     *
     * @param multiplyAdds of one forward pass of one sample, as {@link Model#multiplyAdds()} counts them
     */
    public static int unitsForMultiplyAdds(Shape clip, int filters, long multiplyAdds) {
        return closest(clip, multiplyAdds, units -> cnnLstmMultiplyAdds(clip, filters, units));
    }

    /** Costs grow with the units, so the search stops at the first that are too many. */
    private static int closest(Shape clip, long wanted, IntToLongFunction cost) {
        requireClip(clip);
        int units = 1;
        while (cost.applyAsLong(units + 1) <= wanted) {
            units++;
        }
        return wanted - cost.applyAsLong(units) <= cost.applyAsLong(units + 1) - wanted ? units : units + 1;
    }

    private static long cnnLstmParameters(Shape clip, int filters, long units) {
        long conv = (9L * clip.dim(-1) + 1) * filters;
        long lstm = 4 * units * (features(clip, filters) + units + 1);
        long dense = (units + 1) * clip.drop(1).size();
        return conv + lstm + dense;
    }

    private static long cnnLstmMultiplyAdds(Shape clip, int filters, long units) {
        long conv = 9L * clip.drop(1).size() * filters;
        long lstm = 4 * units * (features(clip, filters) + units);
        long dense = units * clip.drop(1).size();
        return clip.dim(0) * (conv + lstm + dense);
    }

    /** The number of inputs of the LSTM at each step. */
    private static long features(Shape clip, int filters) {
        return (long) (clip.dim(1) / 2) * (clip.dim(2) / 2) * filters;
    }

    private static void requireClip(Shape clip) {
        if (clip.rank() != 4 || clip.dim(1) < 2 || clip.dim(2) < 2) {
            throw new IllegalArgumentException("clip: expected (T, H, W, C), images of 2x2 pixels or more, got " + clip
                    + ". Hint: a grey image has C = 1");
        }
    }
}
