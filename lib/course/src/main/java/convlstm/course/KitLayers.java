package convlstm.course;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.layer.ConvLstm2d;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;

/** The kit's own layers, called with arrays of arrays, to hold a student's work to. */
public final class KitLayers {
    private KitLayers() {}

    /**
     * {@link ConvLstm2d} with padding "same" on one sequence; all outputs, {@code [T][H][W][F]}, in single precision.
     *
     * @param xs {@code [T][H][W][C]}
     * @param kernel {@code [kh][kw][C][4F]}
     * @param recurrentKernel {@code [kh][kw][F][4F]}
     * @param bias {@code [4F]}
     */
    public static double[][][][] convLstm2d(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel,
            double[] bias) {
        int T = xs.length;
        int H = xs[0].length;
        int W = xs[0][0].length;
        int F = bias.length / 4;
        try (Backend K = Backends.byName("reference")) {
            ConvLstm2d layer = new ConvLstm2d(F, kernel.length, kernel[0].length).padding(Padding.SAME)
                    .returnSequences(true);
            layer.build(K, Shape.of(T, H, W, xs[0][0][0].length), 1);
            K.write(layer.parameter("kernel").value(), floats(kernel));
            K.write(layer.parameter("recurrent_kernel").value(), floats(recurrentKernel));
            K.write(layer.parameter("bias").value(), floats(bias));
            Tensor x = K.tensor(Shape.of(T, 1, H, W, xs[0][0][0].length), floats(xs));
            float[] h = K.toArray(layer.forward(x, false));
            double[][][][] hs = new double[T][H][W][F];
            for (int k = 0; k < h.length; k++) {
                hs[k / (H * W * F)][k / (W * F) % H][k / F % W][k % F] = h[k];
            }
            return hs;
        }
    }

    /**
     * Returns if an LSTM on flattened images, with these matrices, gives what ConvLSTM2D gives.
     *
     * @param input {@code [HWC][4HWF]}
     * @param recurrent {@code [HWF][4HWF]}
     * @throws AssertionError if not; the message names the likely mistake
     */
    public static void toeplitz(double[][][][] xs, double[][][][] kernel, double[][][][] recurrentKernel, double[] bias,
            double[][] input, double[][] recurrent) {
        int T = xs.length;
        int pixels = xs[0].length * xs[0][0].length;
        int F = bias.length / 4;
        double[] repeated = new double[4 * pixels * F];
        for (int k = 0; k < repeated.length; k++) {
            repeated[k] = bias[k / (pixels * F) * F + k % F];
        }
        double[][] flat = Arrays.stream(xs).map(x -> Nested.of(x).values()).toArray(double[][]::new);
        double[][] h = (double[][]) ErrorExplainer.lstm(new LstmWeights(input, recurrent, repeated), flat).right("h");
        double[][][][] hs = new double[T][xs[0].length][xs[0][0].length][F];
        for (int k = 0; k < T * pixels * F; k++) {
            int W = xs[0][0].length;
            hs[k / (pixels * F)][k / (W * F) % xs[0].length][k / F % W][k % F] = h[k / (pixels * F)][k % (pixels * F)];
        }
        ErrorExplainer.convLstm(xs, kernel, recurrentKernel, bias).check("h", hs);
    }

    private static float[] floats(Object array) {
        double[] values = Nested.of(array).values();
        float[] floats = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            floats[k] = (float) values[k];
        }
        return floats;
    }
}
