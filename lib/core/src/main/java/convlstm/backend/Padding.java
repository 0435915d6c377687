package convlstm.backend;

/** How a sliding window treats the border, as Keras names it. */
public enum Padding {
    /** Only windows that lie wholly inside: the output shrinks. */
    VALID,
    /** Zeros around the border, so that with stride 1 the output is as large as the input. */
    SAME
}
