package convlstm.layer;

import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.tensor.Shape;

/**
 * The convolutional LSTM layer: Keras' {@code ConvLSTM2D}, and with {@link #peephole} and {@link #recurrentKernelSize} the
 * paper's (Shi et al. 2015, equation 3). Input {@code (T, H, W, C)}, state {@code (H', W', filters)}, kernels {@code (kh,
 * kw, C, 4 filters)} and {@code (rh, rw, filters, 4 filters)}.
 *
 * <p>Both transforms are convolutions. {@code K.conv2d(h_tm1, U)} connects every pixel of the state with its neighbours,
 * by the same weights everywhere: the state is an image, and stays one.
 *
 * <p>The equations and all options are {@link Recurrent}'s. Compare {@link Lstm}, line by line.
 */
public final class ConvLstm2d extends Recurrent<ConvLstm2d> {
    private Window inputWindow;
    private Window recurrentWindow;

    /** A layer whose state has the given number of channels, with square kernels. */
    public ConvLstm2d(int filters, int kernelSize) {
        this(filters, kernelSize, kernelSize);
    }

    /** A layer whose state has the given number of channels, with kernels of the given height and width. */
    public ConvLstm2d(int filters, int kernelHeight, int kernelWidth) {
        super("filters", filters);
        require(kernelHeight > 0 && kernelWidth > 0, "kernelSize", "1 or more", kernelHeight + " x " + kernelWidth,
                "3 is the usual choice");
        inputWindow = new Window(kernelHeight, kernelWidth, 1, 1, 1, 1, Padding.VALID);
        recurrentWindow = Window.same(kernelHeight, kernelWidth);
    }

    @Override
    public String kind() {
        return "ConvLSTM2D";
    }

    @Override
    protected Transform inputTransform(Shape sequence) {
        requireImages(sequence);
        return new Transform.Convolution(inputWindow());
    }

    @Override
    protected Transform recurrentTransform() {
        return new Transform.Convolution(recurrentWindow());
    }

    /** Keras draws one input mask for each gate. */
    @Override
    int inputMasks() {
        return 4;
    }

    // ---- options, beside those of RecurrentOptions

    /** The size of the recurrent kernel U; default, as in Keras, that of W. */
    public ConvLstm2d recurrentKernelSize(int height, int width) {
        require(height > 0 && width > 0, "recurrentKernelSize", "1 or more", height + " x " + width,
                "1 keeps every pixel's memory to itself");
        recurrentWindow = Window.same(height, width);
        return self();
    }

    /** The input convolution's padding; default VALID, as in Keras. The recurrent convolution is always SAME. */
    public ConvLstm2d padding(Padding p) {
        inputWindow = inputWindow.withPadding(p);
        return self();
    }

    /** The input convolution's strides; default 1. The recurrent convolution's are always 1. */
    public ConvLstm2d strides(int vertical, int horizontal) {
        inputWindow = inputWindow.withStrides(vertical, horizontal);
        return self();
    }

    /** The input convolution's dilation; default 1. The recurrent convolution's is always 1. */
    public ConvLstm2d dilationRate(int vertical, int horizontal) {
        inputWindow = inputWindow.withDilation(vertical, horizontal);
        return self();
    }

    Window inputWindow() {
        return inputWindow;
    }

    Window recurrentWindow() {
        return recurrentWindow;
    }
}
