package convlstm.course;

/**
 * The gradient of a loss with respect to all that one step of ConvLSTM2D's two convolutions read.
 *
 * @param dx {@code [H][W][C]}
 * @param dh_tm1 {@code [H][W][F]}
 * @param dKernel {@code [kh][kw][C][4F]}
 * @param dRecurrentKernel {@code [rh][rw][F][4F]}
 * @param dBias {@code [4F]}
 */
public record ConvLstmGradient(double[][][] dx, double[][][] dh_tm1, double[][][][] dKernel,
        double[][][][] dRecurrentKernel, double[] dBias) {}
