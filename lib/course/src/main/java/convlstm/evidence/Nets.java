package convlstm.evidence;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.layer.Activation;
import convlstm.layer.Conv2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.Hybrid;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.layer.Transform;
import convlstm.model.Sequential;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/** The pieces that the arms are built from. All recurrent kernels start from Glorot's distribution, whatever their size. */
final class Nets {
    private Nets() {}

    /** A state of images: a 3x3 convolution of x_t, and the given transform of h_tm1. */
    static List<Layer> images(int filters, Transform recurrent) {
        return images(filters, convolution(3), recurrent);
    }

    static List<Layer> images(int filters, Transform input, Transform recurrent) {
        Init glorot = recurrent instanceof Neighbours ? Neighbours.glorotUniform() : Init.glorotUniform();
        return List.of(new Hybrid(filters, input, recurrent).recurrentInitializer(glorot).returnSequences(true));
    }

    /** A state that is a list. */
    static List<Layer> list(int units) {
        return List.of(new Lstm(units).recurrentInitializer(Init.glorotUniform()).returnSequences(true));
    }

    /** {@code recurrent_conv}, or the input's convolution. */
    static Transform convolution(int size) {
        return new Transform.Convolution(Window.same(size, size));
    }

    /** {@code K.dot} on the flattened state. */
    static Transform dot() {
        return new Transform.FlatDot();
    }

    /** The encoder of a Conv2D-LSTM: a 3x3 convolution on each frame. */
    static List<Layer> encoder(int filters) {
        return List.of(new TimeDistributed(new Conv2d(filters, 3).padding(Padding.SAME)),
                new Activation(ActivationFunction.RELU));
    }

    /** The readout of a state of images: each pixel from the channels at its place. */
    static List<Layer> readout() {
        return readout(1);
    }

    /** The same, from the channels around it. */
    static List<Layer> readout(int size) {
        return List.of(new TimeDistributed(new Conv2d(1, size).padding(Padding.SAME)));
    }

    /** Makes lists of images. */
    static List<Layer> flatten() {
        return List.of(new TimeDistributed(new Flatten()));
    }

    /** The readout of a list: every pixel from every number. */
    static List<Layer> draw(Shape clip) {
        return List.of(new TimeDistributed(new Dense(clip.drop(1).size())),
                new TimeDistributed(new Reshape(clip.drop(1).toArray())));
    }

    /** Parts one after the other. */
    @SafeVarargs
    static Sequential stack(Backend K, Shape clip, long seed, List<Layer>... parts) {
        return new Sequential(K, clip, seed, Stream.of(parts).flatMap(List::stream).toArray(Layer[]::new));
    }
}
