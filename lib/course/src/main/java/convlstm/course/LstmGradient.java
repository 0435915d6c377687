package convlstm.course;

/**
 * What one step's backward pass hands on; the weights' gradients are added to where they are collected.
 *
 * @param dx {@code [D]}
 * @param dh_tm1 {@code [n]}
 * @param dc_tm1 {@code [n]}
 */
public record LstmGradient(double[] dx, double[] dh_tm1, double[] dc_tm1) {}
