package convlstm.layer;

import convlstm.tensor.Shape;

/**
 * A recurrent layer on images whose two transforms are chosen freely, to find out which of them makes ConvLSTM2D what
 * it is. Input {@code (T, H, W, C)}, state {@code (H', W', filters)}.
 *
 * <pre>
 * input         recurrent
 * Convolution   Convolution   ConvLSTM2D itself
 * FlatDot       FlatDot       LSTM on flattened images, its bias shared by all pixels
 * Convolution   FlatDot       input_conv + K.dot: sees locally, remembers globally
 * FlatDot       Convolution   K.dot + recurrent_conv: sees globally, remembers locally
 * </pre>
 *
 * <p>The equations and all options but dropout are {@link Recurrent}'s. Neither Keras nor the paper has this layer.
 */
public final class Hybrid extends Recurrent<Hybrid> {
    private final Transform input;
    private final Transform recurrent;

    /**
     * A layer with the given transforms.
     *
     * @param filters the channels of the state
     * @param input what happens to x_t
     * @param recurrent what happens to h_tm1; keeps the height and width of the state
     */
    public Hybrid(int filters, Transform input, Transform recurrent) {
        super("filters", filters);
        this.input = input;
        this.recurrent = recurrent;
    }

    @Override
    protected Transform inputTransform(Shape sequence) {
        requireImages(sequence);
        Shape state = input.outputShape(sequence.drop(1), channels());
        Shape next = recurrent.outputShape(state, channels());
        require(next.equals(state), "recurrent", "a transform that keeps the state's shape " + state, next,
                "a recurrent convolution needs padding SAME and strides of 1");
        return input;
    }

    @Override
    protected Transform recurrentTransform() {
        return recurrent;
    }

    @Override
    public Hybrid dropout(double rate) {
        return noDropout("dropout", rate);
    }

    @Override
    public Hybrid recurrentDropout(double rate) {
        return noDropout("recurrentDropout", rate);
    }

    private Hybrid noDropout(String name, double rate) {
        require(rate == 0, name, "0", rate,
                "gates have masks of their own, and FlatDot's kernel does not come apart by gates");
        return this;
    }

    @Override
    int inputMasks() {
        return 1;
    }
}
