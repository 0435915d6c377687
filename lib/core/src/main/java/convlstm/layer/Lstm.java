package convlstm.layer;

import convlstm.tensor.Shape;

/**
 * The LSTM layer: Keras' {@code LSTM}. Input {@code (T, D)}, state {@code (units)}, kernels {@code (D, 4 units)} and {@code
 * (units, 4 units)}.
 *
 * <p>Both transforms are matrix products. {@code K.dot(h_tm1, U)} connects every unit of the state with every other by a
 * weight of its own: the state is a list of numbers without neighbours, and an image has to be flattened to enter.
 *
 * <p>The equations and all options are {@link Recurrent}'s. Compare {@link ConvLstm2d}, line by line.
 */
public final class Lstm extends Recurrent<Lstm> {
    /** A layer whose state has the given number of units. */
    public Lstm(int units) {
        super("units", units);
    }

    @Override
    public String kind() {
        return "LSTM";
    }

    @Override
    protected Transform inputTransform(Shape sequence) {
        require(sequence.rank() == 2, "inputShape", "(T, D), a sequence of vectors", sequence,
                "flatten images first: TimeDistributed(Flatten) makes a list of each, in which nothing says"
                        + " which pixels are neighbours");
        return new Transform.Dot();
    }

    @Override
    protected Transform recurrentTransform() {
        return new Transform.Dot();
    }

    /** With recurrent dropout Keras computes gate by gate and then draws four input masks too. */
    @Override
    int inputMasks() {
        return recurrentDropout > 0 ? 4 : 1;
    }
}
