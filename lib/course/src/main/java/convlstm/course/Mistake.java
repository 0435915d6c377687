package convlstm.course;

/** The mistakes that {@link ErrorExplainer} knows, each computed for comparison, not guessed. */
public enum Mistake {
    GATES_SWAPPED("gates are swapped", "the columns hold the gates in the order i, f, c, o", 23),
    FORGET_BIAS_MISSING("the forget gate's bias is missing",
            "bias is added to all four gates; that of f starts at 1, so that the cell remembers from the start", 1),
    BIAS_MISSING("the bias is missing", "add it once, where the input is multiplied by its kernel", 1),
    STATE_IGNORED("the old output h_tm1 is not used", "every gate reads x and h_tm1", 1),
    KERNEL_FLIPPED("the kernel is flipped",
            "the layer slides the kernel as it is written, y[p] = sum over a of x[p + a] * kernel[a]; only the gradient"
                    + " of the input meets it turned round",
            1),
    KERNEL_TRANSPOSED("the kernel is transposed: its rows are taken for columns",
            "kernel[a][b] belongs to the pixel a rows below and b columns to the right", 1),
    PADDING_SHIFTED("the padding is shifted",
            "with \"same\", (k - 1) / 2 rows of zeros are above the image, in whole numbers, and the rest below", 4),
    GRID_FLATTENED("the grid is flattened",
            "the right neighbour of a row's last pixel is padding, not the first pixel of the next row: test row and"
                    + " column, not the index in the flat list",
            2),
    BIAS_GRADIENT_NOT_SUMMED("the bias gradient is not summed",
            "one bias serves every pixel and every time step, so its gradient is the sum over all of them", 4),
    GRADIENT_NOT_ACCUMULATED("the gradient is not accumulated through time",
            "go from the last step to the first, hand dh_tm1 and dc_tm1 on to the step before, and add the weights'"
                    + " gradients with +=",
            4),
    TANH_DERIVATIVE_FORGOTTEN("tanh' is forgotten", "the derivative of y = tanh(z) is 1 - y * y, in c and in g", 3),
    SIGMOID_DERIVATIVE_FORGOTTEN("sigmoid' is forgotten", "the derivative of y = sigmoid(z) is y * (1 - y)", 1);

    private final String text;
    private final String hint;
    private final int forms;

    Mistake(String text, String hint, int forms) {
        this.text = text;
        this.hint = hint;
        this.forms = forms;
    }

    /** What is wrong, as the end of a sentence. */
    public String text() {
        return text;
    }

    /** What is right. */
    public String hint() {
        return hint;
    }

    /** In how many forms it is made: which way the padding is shifted, which gates are swapped. */
    int forms() {
        return forms;
    }
}
