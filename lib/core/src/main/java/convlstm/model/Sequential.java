package convlstm.model;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.layer.BatchNorm;
import convlstm.layer.Flatten;
import convlstm.layer.Layer;
import convlstm.layer.Masking;
import convlstm.layer.Recurrent;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Layers one after the other, as Keras' {@code Sequential}. Each layer decides whether the first axis of a sample is time,
 * as in Keras: {@link Flatten} flattens a whole sequence, {@code TimeDistributed(Flatten)} each of its steps.
 */
public final class Sequential implements Model {
    private final Backend K;
    private final List<Layer> layers;
    private final Pass pass = new Pass();
    private final boolean sequenceIn;
    private final boolean[] sequenceOut; // of each layer
    private final boolean[] swap; // whether a layer's batch comes time-major and is wanted sample-major, or the reverse
    private final @Nullable Tensor[] swapped;
    private @Nullable HostArray outputMask;
    private @Nullable Layer maskedNorm;

    /**
     * Builds the layers for samples of the given shape.
     *
     * @param inputShape one sample, {@code (T, H, W, C)} for a sequence of images
     * @param seed decides all initial weights and dropout masks
     */
    public Sequential(Backend K, Shape inputShape, long seed, Layer... layers) {
        require(layers.length != 0, "layers", "one or more", "none");
        this.K = K;
        this.layers = List.of(layers);
        sequenceOut = new boolean[layers.length];
        swap = new boolean[layers.length];
        swapped = new Tensor[2 * layers.length];
        Random seeds = new Random(seed);
        Shape shape = inputShape;
        // whether the first axis of a sample is time: the first layer to which it matters decides
        boolean sequence = this.layers.stream().filter(l -> l.needsSequence() || !l.takesSequence()).findFirst()
                .map(Layer::needsSequence).orElse(false);
        sequenceIn = sequence;
        for (int k = 0; k < layers.length; k++) {
            Layer layer = layers[k];
            swap[k] = layer.needsSequence() && !sequence || !layer.takesSequence() && sequence;
            try {
                layer.build(K, shape, seeds.nextLong());
            } catch (IllegalArgumentException e) {
                throw sequence || !layer.needsSequence() ? e : noSequence(k, shape, e);
            }
            shape = layer.outputShape();
            sequence = sequenceOut[k] = layer.makesSequence()
                    || (sequence || layer.needsSequence()) && layer.takesSequence() && layer.keepsSequence();
        }
        layers[0].inputGradient(false);
    }

    /** Layer k found no time axis: says which layer before it took it away. */
    private IllegalArgumentException noSequence(int k, Shape shape, IllegalArgumentException e) {
        Layer end = layers.subList(0, k).reversed().stream().filter(l -> !l.takesSequence() || !l.keepsSequence())
                .findFirst().orElseThrow(() -> e);
        return new IllegalArgumentException("layers: " + layers.get(k).kind() + " needs a sequence, but gets " + shape
                + ". Hint: " + (end.keepsSequence()
                        ? end.kind() + " took " + end.inputShape()
                                + " for one sample; for each step of a sequence wrap it in TimeDistributed"
                        : "returnSequences(true) on the layer before it"),
                e);
    }

    private Sequential(Sequential whole, int count) {
        K = whole.K;
        layers = whole.layers.subList(0, count);
        sequenceIn = whole.sequenceIn;
        sequenceOut = whole.sequenceOut;
        swap = whole.swap;
        swapped = new Tensor[2 * count];
    }

    /**
     * The first layers as a model of their own, with the same weights: what it predicts is the output of the
     * last of them. With {@code upTo(1)} of a model that begins with a recurrent layer, that is its h.
     *
     * @param count of the layers, from 1
     */
    public Sequential upTo(int count) {
        require(count >= 1 && count <= layers.size(), "count", "1 to " + layers.size() + " layers", count,
                "they are " + layers.stream().map(Layer::kind).toList());
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
        return sequenceOut[layers.size() - 1];
    }

    @Override
    public Pass pass() {
        return pass;
    }

    @Override
    public void mask(@Nullable HostArray steps) {
        mask(0, steps);
    }

    /** Sets the mask of the recurrent layers from the given layer on, as far as Keras' mask reaches. */
    private void mask(int from, @Nullable HostArray steps) {
        outputMask = null;
        maskedNorm = null;
        for (int k = from; k < layers.size() && !swap[k] && !(layers.get(k) instanceof Masking); k++) {
            if (layers.get(k) instanceof Recurrent<?> recurrent) {
                recurrent.mask(steps);
            }
            boolean norm = (layers.get(k) instanceof TimeDistributed each
                    ? each.layer()
                    : layers.get(k)) instanceof BatchNorm;
            maskedNorm = steps != null && norm && layers.get(k).trainable() ? layers.get(k) : maskedNorm;
            if (!layers.get(k).passesMask()) {
                return;
            }
            outputMask = k == layers.size() - 1 ? steps : null;
        }
    }

    @Override
    public @Nullable HostArray outputMask() {
        return outputMask;
    }

    @Override
    public Tensor forward(Tensor x, boolean training) {
        Tensor y = x;
        for (int k = 0; k < layers.size(); k++) {
            if (training && layers.get(k) == maskedNorm) {
                throw new IllegalStateException("mask: expected none at " + Pass.name(layers, layers.get(k))
                        + " in training, got one. Hint: Keras leaves masked steps out of the batch's statistics, the kit"
                        + " does not; freeze the layer with trainable(false), or mask behind it");
            }
            y = pass.forward(layers.get(k), swap[k] ? swap(2 * k, y) : y, training);
            if (layers.get(k) instanceof Masking masking) {
                mask(k + 1, masking.steps());
            }
        }
        return y;
    }

    @Override
    public void backward(Tensor dy) {
        @Nullable
        Tensor d = dy;
        for (int k = layers.size() - 1; k >= 0 && d != null; k--) { // null: nothing below has anything to learn from
            d = pass.backward(layers.get(k), d);
            d = d != null && swap[k] ? swap(2 * k + 1, d) : d;
        }
    }

    private Tensor swap(int slot, Tensor t) {
        Tensor to = K.reuse(swapped[slot], t.shape().with(0, t.dim(1)).with(1, t.dim(0)));
        swapped[slot] = to;
        K.swap01(to, t);
        return to;
    }
}
