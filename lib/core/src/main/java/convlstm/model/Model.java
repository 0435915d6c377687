package convlstm.model;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be trained: it maps a batch forward, takes a gradient backward, and has parameters. Host arrays are
 * sample first, {@code (N, T, H, W, C)}; the tensors inside are time-major where they are sequences.
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

    /** Takes dLoss/doutput of the last forward pass and adds to the gradients of the parameters. */
    void backward(Tensor dy);

    /**
     * Sets the input's steps that the next batches use, for the recurrent layers that Keras' masks reach: {@code (B, T)} of
     * ones and, to skip a step, zeros; null for all.
     */
    default void mask(@Nullable HostArray steps) {
        if (steps != null) {
            throw new IllegalArgumentException("mask: expected none for a " + getClass().getSimpleName() + ", got "
                    + steps.shape() + ". Hint: Sequential takes masks; here cut the sequences to one length");
        }
    }

    /** The steps of the last output that count, {@code (B, T)}: a mask that no layer dropped; null if all do. */
    default @Nullable HostArray outputMask() {
        return null;
    }

    /** What all its layers are called through; it can show each layer's output. */
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

    /**
     * The outputs {@code (N, ...)} for inputs {@code (N, ...)}, computed in batches of 32; with stateful layers in one,
     * since each sample has a state of its own there.
     */
    default HostArray predict(HostArray x) {
        boolean stateful = layers().stream().anyMatch(l -> l instanceof Recurrent<?> r && r.stateful());
        return Batch.predict(this, x, null, stateful ? Math.max(1, x.shape().rank() == 0 ? 1 : x.dim(0)) : 32);
    }

    /** The outputs for a data set's inputs, with its mask. */
    default HostArray predict(Dataset data) {
        return Batch.predict(this, data.x(), data.mask() == null ? null : data, 32);
    }
}
