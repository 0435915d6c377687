package convlstm.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.layer.ConvLstm2d;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Keras' test of ConvLSTM3D (fidelity A3), by ConvLSTM2D: with depth folded into the channels, a convolution in three
 * dimensions is one in two whose channel matrices are banded, as a convolution on one pixel's neighbours is a product with
 * a banded matrix.
 */
class ConvLstm3dTest {
    private static final int D = 4;
    private static final int C = 5;
    private static final int OUT_D = 2;
    private static final int F = 2;
    private static final int K_D = 3;

    @Test
    void correctness() {
        Backend K = Backends.byName("reference");
        int channels = OUT_D * F;
        ConvLstm2d layer = new ConvLstm2d(channels, 3).biasInitializer(Init.constant(0.03f))
                .build(K, Shape.of(3, 4, 4, D * C), 0);
        K.write(layer.parameter("kernel").value(), banded(D, C, 0.01f, 0));
        K.write(layer.parameter("recurrent_kernel").value(), banded(OUT_D, F, 0.02f, 1));

        int B = 2;
        int T = 3;
        float[] x = new float[B * T * D * 4 * 4 * C]; // (B, T, D, H, W, C) row by row, to (T, B, H, W, D·C)
        for (int k = 0; k < x.length; k++) {
            int c = k % C;
            int pixel = k / C % 16;
            int d = k / (C * 16) % D;
            int t = k / (C * 16 * D) % T;
            int b = k / (C * 16 * D * T);
            x[(((t * B + b) * 16 + pixel) * D + d) * C + c] = k / 100f;
        }
        Tensor y = layer.forward(K.tensor(Shape.of(T, B, 4, 4, D * C), x), false);

        double[][] first = {{0.99149036, 0.99180907, 0.99258363, 0.9927925},
            {0.99413764, 0.99420583, 0.9943788, 0.9944278}};
        float[] h = K.toArray(y);
        for (int k = 0; k < h.length; k++) {
            int depth = k / F % OUT_D;
            int pixel = k / channels % 4;
            boolean firstSample = k < h.length / 2;
            assertEquals(firstSample ? first[depth][pixel] : 0.9950547, h[k], 1e-6, "sample, pixel, depth of " + k);
        }
    }

    /** A kernel (3, 3, inDepth · in, 4 gates · OUT_D · F) that joins input depth i to output depth o if i - o + pad < K_D. */
    private static float[] banded(int inDepth, int in, float weight, int pad) {
        float[] kernel = new float[9 * inDepth * in * 4 * OUT_D * F];
        for (int k = 0; k < kernel.length; k++) {
            int o = k / F % OUT_D;
            int i = k / (4 * OUT_D * F * in) % inDepth;
            int tap = i - o + pad;
            kernel[k] = tap >= 0 && tap < K_D ? weight : 0;
        }
        return kernel;
    }
}
