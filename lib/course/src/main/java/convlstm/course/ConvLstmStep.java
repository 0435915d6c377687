package convlstm.course;

/**
 * One time step of ConvLSTM2D: what went in, and what each line of the six equations gave, at every pixel.
 *
 * @param x {@code [H][W][C]}, the input
 * @param h_tm1 {@code [H][W][F]}, the output one step before
 * @param c_tm1 {@code [H][W][F]}, the cell state one step before
 * @param i {@code [H][W][F]}, the input gate
 * @param f {@code [H][W][F]}, the forget gate
 * @param g {@code [H][W][F]}, the candidate
 * @param o {@code [H][W][F]}, the output gate
 * @param c {@code [H][W][F]}, the new cell state
 * @param h {@code [H][W][F]}, the new output
 */
public record ConvLstmStep(double[][][] x, double[][][] h_tm1, double[][][] c_tm1, double[][][] i, double[][][] f,
        double[][][] g, double[][][] o, double[][][] c, double[][][] h) {}
