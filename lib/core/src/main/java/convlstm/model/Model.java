package convlstm.model;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;

/**
 * Something that can be trained: it maps a batch forward, takes a gradient backward, and has parameters. Whoever speaks to
 * it in host arrays speaks sample first, {@code (N, T, H, W, C)}; the tensors inside are time-major where they are
 * sequences.
 */
public interface Model {
    /** The backend all its layers compute on. */
    Backend backend();

    /** Its layers in the order in which data pass through them. */
    List<Layer> layers();

    /** The shape of one input sample, {@code (T, H, W, C)} for a sequence of images. */
    Shape inputShape();

    /** The shape of one output sample. */
    Shape outputShape();

    /** Whether the first axis of a sample is time, so that its tensors are {@code (T, B, ...)}. */
    boolean sequenceIn();

    /** Whether the first axis of an output sample is time. */
    boolean sequenceOut();

    /** The output for a batch; {@code training} turns on dropout and batch statistics. */
    Tensor forward(Tensor x, boolean training);

    /** Adds to the parameters' gradients what dLoss/doutput of the last forward pass makes them. */
    void backward(Tensor dy);

    /** Through which all its layers are called: to see what each of them puts out. */
    Pass pass();

    /** All weights, layer by layer. */
    default List<Parameter> parameters() {
        return layers().stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    /** The number of trained weights. */
    default long parameterCount() {
        return parameters().stream().filter(Parameter::trainable).mapToLong(p -> p.value().size()).sum();
    }

    /** Multiplications (each with its addition) in one forward pass of one sample. */
    default long multiplyAdds() {
        return layers().stream().mapToLong(Layer::multiplyAdds).sum();
    }

    /** The outputs {@code (N, ...)} for inputs {@code (N, ...)}, computed in batches of 32. */
    default HostArray predict(HostArray x) {
        return Batch.predict(this, x, 32);
    }
}
