package convlstm.course;

/** The mistakes that {@link ErrorExplainer} knows, each computed for comparison, not guessed. */
public enum Mistake {
    // Both passes: which column belongs to which gate.
    GATES_SWAPPED("gates are swapped", "the columns hold the gates in the order i, f, c, o", 23),
    GATES_INTERLEAVED("the gates are read unit by unit, not block by block",
            "all columns of gate i come first, then all of f, c, o: gate f of unit u is column n + u, not 4 * u + 1",
            1),

    // The forward pass of a recurrent layer.
    FORGET_BIAS_MISSING("the forget gate's bias is missing",
            "bias is added to all four gates; that of f starts at 1, so that the cell remembers from the start", 1),
    BIAS_MISSING("the bias is missing", "add it once, where the input is multiplied by its kernel", 1),
    BIAS_TWICE("the bias is added twice", "add it once: with the input, and zeros with the state", 1),
    STATE_IGNORED("the old output h_tm1 is not used", "every gate reads x and h_tm1", 1),
    STATES_EXCHANGED("c_tm1 is used where h_tm1 belongs",
            "the gates read the old output h_tm1; the old cell state c_tm1 stands only in the line of c", 2),
    RECURRENT_KERNEL_TRANSPOSED("the recurrent kernel is transposed",
            "h_tm1[u] is multiplied by row u of recurrentKernel, as x[d] by row d of kernel", 1),
    STATE_ONE_TAP("the state meets the middle of its kernel only",
            "the state is convolved like the input: every tap of recurrentKernel, neighbours included", 1),
    CANDIDATE_SIGMOID("sigmoid is used for g", "g is no gate but a candidate: tanh, between -1 and 1", 1),
    CELL_LINE_EXCHANGED("i and f are exchanged in the line of c",
            "c = f * c_tm1 + i * g: the forget gate keeps the old, the input gate lets in the new", 1),
    CELL_TANH_MISSING("tanh(c) is missing where h is computed", "h = o * tanh(c)", 2),
    CELL_LINE_INCOMPLETE("i or f is missing in the line of c",
            "c = f * c_tm1 + i * g: each gate multiplies what it lets through", 2),
    GATE_TANH("tanh is used for a gate", "i, f and o are gates: sigmoid, between 0 and 1; only the candidate g is tanh",
            4),
    OLD_CELL_SHOWN("c_tm1 is used where h is computed", "h = o * tanh(c), with the c of this step", 1),
    OUTPUTS_EXCHANGED("c and h are exchanged", "h comes before c in {h, c}; in LstmStep c comes before h", 3),
    STATE_NOT_HANDED_ON("the state is not handed on from step to step",
            "h and c of a step are h_tm1 and c_tm1 of the next; zeros only before the first", 3),

    // Convolution, forward.
    KERNEL_FLIPPED("the kernel is flipped",
            "the layer slides the kernel as it is written, y[p] = sum over a of x[p + a] * kernel[a]; only the gradient"
                    + " of the input meets it turned round",
            3),
    KERNEL_TRANSPOSED("the kernel is transposed: its rows are taken for columns",
            "kernel[a][b] belongs to the pixel a rows below and b columns to the right", 3),
    PADDING_SHIFTED("the padding is shifted",
            "with \"same\", (kh - 1) / 2 rows of zeros are above the image and (kw - 1) / 2 columns left of it, in whole"
                    + " numbers, and the rest below and right; with \"valid\" none",
            11),
    GRID_FLATTENED("the grid is flattened",
            "the right neighbour of a row's last pixel is padding, not the first pixel of the next row: test row and"
                    + " column, not the index in the flat list",
            3),
    PADDING_NOT_ZERO("what lies outside the image is not zero",
            "outside is padding: skip it, and take neither the nearest pixel nor one of the other side", 3),
    BORDER_LEFT_OUT("a border of the image is left out",
            "rows go from 0 to H - 1, both included: row >= 0 && row < H; and columns alike", 3),
    LOOP_LEFT("the loop is left at the first tap outside the image",
            "one tap outside is skipped with continue, not with break: the ones after it may be inside", 1),
    BACKWARDS("the kernel's offset has the wrong sign",
            "y[p] reads x[p + a - top]; seen from x, x[r] went into y[r - a + top]", 1),
    SUM_TOO_SHORT("only one of the channels is summed",
            "y is a sum over all channels of x, and dx one over all filters", 2),
    BIAS_AT_EVERY_TAP("the bias is added more than once",
            "set y to the bias before the sum begins, outside of its loops", 4),
    GRADIENT_AVERAGED("the gradient is divided by the number of pixels",
            "the gradient is the sum over all pixels; the loss has its mean already, if it is one", 1),
    NOT_SUMMED("a product replaces the sum: = instead of +=",
            "many products meet in one number; start at zero or the bias, and add each with +=", 2),

    // Matrices that do what a convolution does.
    WRONG_TAP("it is another tap of the kernel, or more than one",
            "above a pixel lie (kh - 1) / 2 rows of the kernel, in whole numbers, and left of it (kw - 1) / 2 columns:"
                    + " on one pixel only the tap after them does not meet padding",
            4),
    GATES_NOT_IN_BLOCKS("the columns are ordered by pixel, not by gate",
            "the gate is the outermost: all pixels of gate i, then all of f, c, o", 1),

    // Gradients of a convolution.
    GRADIENT_TURNED("the kernel is turned the wrong way round",
            "y[p][q] read x[p + a - top][q + b - left] through kernel[a][b], and the gradient goes the same ways back",
            1),
    BIAS_GRADIENT_NOT_SUMMED("the bias gradient is not summed",
            "one bias serves every pixel and every time step, so its gradient is the sum over all of them", 4),

    // Gradients of one step.
    TANH_DERIVATIVE_FORGOTTEN("tanh' is forgotten", "the derivative of y = tanh(z) is 1 - y * y, in c and in g", 3),
    TANH_DERIVATIVE_OF_WRONG("tanh' is taken of the wrong number",
            "the derivative of y = tanh(z) is 1 - y * y, with what came out of that tanh: tanh(c) for the cell state (not"
                    + " c, not h), and g itself for the candidate",
            3),
    SIGMOID_DERIVATIVE_FORGOTTEN("sigmoid' is forgotten", "the derivative of y = sigmoid(z) is y * (1 - y)", 4),
    SIGMOID_DERIVATIVE_TWICE("sigmoid is applied once more in sigmoid'",
            "i, f and o have been through sigmoid: the derivative is i * (1 - i)", 1),
    DC_NEXT_FORGOTTEN("dc_next is forgotten in the line of dc",
            "c goes into h and into the next step: dc is the sum of both ways back, dc_next and dh * o * tanh'", 1),
    DC_WITHOUT_O("o is missing in the line of dc", "h = o * tanh(c), so dh reaches c as dh * o * (1 - tanh(c)^2)", 2),
    DC_WITHOUT_DH("dh is missing in the line of dc",
            "c goes into h and into the next step: dc is the sum of both ways back, dc_next and dh * o * tanh'", 1),
    DC_NEXT_TWICE("dc_next is counted twice", "dc_next goes into dc once; dc_tm1 = dc * f has it then", 2),
    DO_BY_DC("dc is used in the line of do", "h = o * tanh(c), so do = dh * tanh(c); o is not in the line of c", 1),
    SLOPES_EXCHANGED("sigmoid' and tanh' are exchanged",
            "what came out of sigmoid, i, f and o, has y * (1 - y); what came out of tanh, g, has 1 - y * y", 3),
    DC_TM1_WITHOUT_F("dc_tm1 is not dc * f",
            "c = f * c_tm1 + i * g, so dc_tm1 = dc * f, with all of dc", 4),
    DH_TM1_NOT_TRANSPOSED("dh_tm1 reads columns of the recurrent kernel where it should read rows",
            "dh_tm1[u] is the sum over all columns k of da[k] * recurrentKernel[u][k]", 1),
    H_FOR_H_TM1("the step's own h is used where h_tm1 belongs",
            "the recurrent kernel multiplied the old output: dU[u][k] += h_tm1[u] * da[k]", 1),
    C_TM1_FOR_H_TM1("c_tm1 is used where h_tm1 belongs",
            "the recurrent kernel multiplied the old output: dU[u][k] += h_tm1[u] * da[k]", 1),
    FACTORS_EXCHANGED("g and c_tm1 are exchanged in the lines of di and df",
            "c = f * c_tm1 + i * g, so di = dc * g and df = dc * c_tm1", 1),
    C_FOR_C_TM1("the new c is used where c_tm1 belongs", "f multiplied the old cell state: df = dc * c_tm1", 1),

    // Gradients collected.
    GRADIENT_MISSING("nothing is added to this gradient", "it is still zero: da reaches kernel, recurrent kernel and"
            + " bias, each has a line of its own, and what is collected is the object that was passed", 1),
    GRADIENT_OVERWRITTEN("the gradient is overwritten: = instead of +=",
            "the same weights serve every step, so add to what is there", 1),
    GRADIENT_NOT_ACCUMULATED("the gradient is not accumulated through time",
            "go from the last step to the first, hand dh_tm1 and dc_tm1 on to the step before, and add the weights'"
                    + " gradients with +=",
            4),
    LOOP_FORWARD("the loop runs from the first step to the last",
            "the last step comes first: what it hands on belongs to the step before it", 1);

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

    /** Whether it is made in loops, and not with pencil and paper. */
    boolean isOfLoops() {
        return switch (this) {
            case PADDING_NOT_ZERO, BORDER_LEFT_OUT, LOOP_LEFT, SUM_TOO_SHORT, BIAS_AT_EVERY_TAP, GRADIENT_AVERAGED ->
                true;
            default -> false;
        };
    }

    /** In how many forms it is made: which way the padding is shifted, which gates are swapped. */
    int forms() {
        return forms;
    }
}
