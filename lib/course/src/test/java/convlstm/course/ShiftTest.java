package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.notebook.Notebook;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ShiftTest {
    private static final Backend K = Backends.byName("reference");

    @Test
    void whatLeavesComesBackOnTheOtherSide() {
        HostArray two = new HostArray(Shape.of(1, 2, 2, 2), new float[] {1, 10, 2, 20, 3, 30, 4, 40});
        assertArrayEquals(new float[] {4, 40, 3, 30, 2, 20, 1, 10}, Shift.roll(two, 2, 2).values());
        Tensor one = K.tensor(Shape.of(2, 9), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0});
        assertArrayEquals(new float[] {9, 7, 8, 3, 1, 2, 6, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                K.toArray(Shift.roll(K, one, 3)));
    }

    @Test
    void theBorderIsLeftOut() {
        Tensor zeros = K.allocate(Shape.of(1, 25));
        float[] corner = new float[25];
        corner[6] = -3; // row 1, column 1
        assertEquals(3, Shift.inside(K, zeros, K.tensor(Shape.of(1, 25), corner), 5, 1));
        assertEquals(0, Shift.inside(K, zeros, K.tensor(Shape.of(1, 25), corner), 5, 2));
    }

    @Test
    void theMatrixDoesWhatTheConvolutionDoes() {
        int H = 3, W = 4, C = 2, F = 3;
        Tensor kernel = Notebook.normal(K, 1, 3, 3, C, 4 * F), images = Notebook.normal(K, 2, 2, H, W, C);
        Tensor convolved = K.allocate(Shape.of(2, H, W, 4 * F)), product = K.allocate(Shape.of(2, 4 * H * W * F));
        K.conv2d(convolved, images, kernel, null, Window.same(3, 3), Write.SET);
        HostArray matrix = ConvolutionMatrix.of(K, kernel, H, W);
        K.dot(product, images.reshape(2, H * W * C), K.tensor(matrix.shape(), matrix.values()), null, Write.SET);
        HostArray pixels = new HostArray(Shape.of(2, H * W, 4, F), K.toArray(convolved));
        HostArray units = new HostArray(Shape.of(2, 4, H * W, F), K.toArray(product));
        for (int k = 0; k < pixels.size(); k++) {
            int f = k % F, gate = k / F % 4, pixel = k / F / 4 % (H * W), image = k / F / 4 / (H * W);
            assertEquals(pixels.get(image, pixel, gate, f), units.get(image, gate, pixel, f), 1e-5f);
        }
    }
}
