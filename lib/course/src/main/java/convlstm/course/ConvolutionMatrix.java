package convlstm.course;

import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;

/** The matrix that does to flattened images what the kernel of a ConvLSTM2D does to images (notebook 04, section 4). */
public final class ConvolutionMatrix {
    private ConvolutionMatrix() {}

    /**
     * Convolves every unit image, one pixel 1 and all others 0, and writes down what comes out.
     *
     * @param kernel {@code (k, k, C, 4 F)}, gates i | f | c | o, for padding SAME and strides of 1
     * @return {@code (H W C, 4 H W F)}: a row is pixel C + channel, a column is gate H W F + pixel F + filter, as an
     *         {@code Lstm} of H W F units has them
     */
    public static HostArray of(Backend K, Tensor kernel, int H, int W) {
        int C = kernel.dim(2);
        int F = kernel.dim(3) / 4;
        int n = H * W * C;
        float[] unitImages = new float[n * n];
        for (int k = 0; k < n; k++) {
            unitImages[k * n + k] = 1;
        }
        Tensor responses = K.allocate(Shape.of(n, H, W, 4 * F));
        K.conv2d(responses, K.tensor(Shape.of(n, H, W, C), unitImages), kernel, null,
                Window.same(kernel.dim(0), kernel.dim(1)), Write.SET);
        HostArray response = new HostArray(Shape.of(n, H * W, 4, F), K.toArray(responses));
        HostArray matrix = HostArray.zeros(n, 4 * H * W * F);
        for (int k = 0; k < n; k++) {
            for (int column = 0; column < matrix.dim(1); column++) {
                int gate = column / (H * W * F);
                matrix.set(response.get(k, column / F % (H * W), gate, column % F), k, column);
            }
        }
        return matrix;
    }
}
