package convlstm.evidence;

import convlstm.backend.ActivationFunction;
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
import convlstm.tensor.Init;
import convlstm.tensor.Shape;

/** The pieces that the arms are built from. All recurrent kernels start from Glorot's distribution, whatever their size. */
final class Nets {
    private Nets() {}

    /** A state of images: a 3x3 convolution of x_t, and the given transform of h_tm1. */
    static Layer images(int filters, Transform recurrent) {
        return new Hybrid(filters, convolution(3), recurrent).recurrentInitializer(Init.glorotUniform())
                .returnSequences(true);
    }

    /** A state that is a list. */
    static Layer list(int units) {
        return new Lstm(units).recurrentInitializer(Init.glorotUniform()).returnSequences(true);
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
    static Layer[] encoder(int filters) {
        return new Layer[] {new TimeDistributed(new Conv2d(filters, 3).padding(Padding.SAME)),
                new Activation(ActivationFunction.RELU)};
    }

    /** The readout of a state of images: each pixel from the channels at its place. */
    static Layer readout() {
        return new TimeDistributed(new Conv2d(1, 1));
    }

    /** Makes lists of images. */
    static Layer flatten() {
        return new TimeDistributed(new Flatten());
    }

    /** The readout of a list: every pixel from every number. */
    static Layer[] draw(Shape clip) {
        return new Layer[] {new TimeDistributed(new Dense(clip.drop(1).size())),
                new TimeDistributed(new Reshape(clip.drop(1).toArray()))};
    }
}
