package convlstm.course;

/**
 * One time step of an LSTM: what went in, and what each line of the six equations gave.
 *
 * @param x {@code [D]}, the input
 * @param h_tm1 {@code [n]}, the output one step before
 * @param c_tm1 {@code [n]}, the cell state one step before
 * @param i {@code [n]}, the input gate
 * @param f {@code [n]}, the forget gate
 * @param g {@code [n]}, the candidate
 * @param o {@code [n]}, the output gate
 * @param c {@code [n]}, the new cell state
 * @param h {@code [n]}, the new output
 */
public record LstmStep(double[] x, double[] h_tm1, double[] c_tm1, double[] i, double[] f, double[] g, double[] o,
        double[] c, double[] h) {}
