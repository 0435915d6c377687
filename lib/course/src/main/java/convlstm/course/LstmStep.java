package convlstm.course;

/**
 * One time step of an LSTM: what went in, and what each line of the six equations gave.
 *
 * @param x {@code [D]}, the input
 * @param h_tm1 {@code [U]}, the output one step before
 * @param c_tm1 {@code [U]}, the cell state one step before
 * @param i {@code [U]}, the input gate
 * @param f {@code [U]}, the forget gate
 * @param g {@code [U]}, the candidate
 * @param o {@code [U]}, the output gate
 * @param c {@code [U]}, the new cell state
 * @param h {@code [U]}, the new output
 */
public record LstmStep(double[] x, double[] h_tm1, double[] c_tm1, double[] i, double[] f, double[] g, double[] o,
        double[] c, double[] h) {}
