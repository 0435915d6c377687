package convlstm.model;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Layers one after the other, as Keras' {@code Sequential}. */
public final class Sequential implements Model {
    private final Backend K;
    private final List<Layer> layers;
    private final Pass pass = new Pass();
    private final boolean sequenceIn;
    private final boolean sequenceOut;

    /**
     * Builds the layers for samples of the given shape.
     *
     * @param inputShape one sample, {@code (T, H, W, C)} for a sequence of images
     * @param seed decides all initial weights and dropout masks
     */
    public Sequential(Backend K, Shape inputShape, long seed, Layer... layers) {
        if (layers.length == 0) {
            throw new IllegalArgumentException("layers: expected one or more, got none");
        }
        this.K = K;
        this.layers = List.of(layers);
        Random seeds = new Random(seed);
        Shape shape = inputShape;
        boolean sequence = this.layers.stream().anyMatch(Layer::needsSequence);
        sequenceIn = sequence;
        for (Layer layer : layers) {
            if (sequence && !layer.takesSequence()) {
                throw new IllegalArgumentException("layers: " + layer.kind() + " would take the sequence " + shape
                        + " for one sample. Hint: wrap it in TimeDistributed, or let the layer before it return its last"
                        + " step only");
            }
            if (!sequence && layer.needsSequence()) {
                throw new IllegalArgumentException("layers: " + layer.kind() + " needs a sequence, but gets " + shape
                        + ". Hint: returnSequences(true) on the layer before it");
            }
            layer.build(K, shape, seeds.nextLong());
            shape = layer.outputShape();
            sequence = sequence && layer.keepsSequence();
        }
        sequenceOut = sequence;
        layers[0].inputGradient(false);
    }

    private Sequential(Sequential whole, int count) {
        K = whole.K;
        layers = whole.layers.subList(0, count);
        sequenceIn = whole.sequenceIn;
        sequenceOut = sequenceIn && layers.stream().allMatch(Layer::keepsSequence);
    }

    /**
     * The first layers as a model of their own, with the same weights: what it predicts is what the last of them hands
     * on. With {@code upTo(1)} of a model that begins with a recurrent layer, that is its h.
     *
     * @param count of the layers, from 1
     */
    public Sequential upTo(int count) {
        if (count < 1 || count > layers.size()) {
            throw new IllegalArgumentException("count: expected 1 to " + layers.size() + " layers, got " + count
                    + ". Hint: they are " + layers.stream().map(Layer::kind).toList());
        }
        return new Sequential(this, count);
    }

    @Override
    public Backend backend() {
        return K;
    }

    @Override
    public List<Layer> layers() {
        return layers;
    }

    @Override
    public Shape inputShape() {
        return layers.getFirst().inputShape();
    }

    @Override
    public Shape outputShape() {
        return layers.getLast().outputShape();
    }

    @Override
    public boolean sequenceIn() {
        return sequenceIn;
    }

    @Override
    public boolean sequenceOut() {
        return sequenceOut;
    }

    @Override
    public Pass pass() {
        return pass;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        Tensor y = x;
        for (Layer layer : layers) {
            y = pass.forward(layer, y, training);
        }
        return y;
    }

    @Override
    public void backward(Tensor dy) {
        @Nullable
        Tensor d = dy;
        for (Layer layer : layers.reversed()) {
            if (d == null) {
                return; // nothing below has anything to learn from
            }
            d = pass.backward(layer, d);
        }
    }
}
