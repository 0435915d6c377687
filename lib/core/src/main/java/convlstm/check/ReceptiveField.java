package convlstm.check;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.layer.ConvLstm2d;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which pixels of the output change when one pixel of an earlier input does: measured by changing it.
 *
 * @param change {@code (H, W)}, the largest change over the channels at each output pixel
 */
public record ReceptiveField(HostArray change) {
    /**
     * Changes the middle pixel of the input {@code stepsBack} steps before the last and looks at the last output.
     *
     * @param layer a built layer that returns its last output only, of stride 1 and padding SAME
     * @param stepsBack 0 for the last input itself
     */
    public static ReceptiveField of(Backend K, ConvLstm2d layer, int stepsBack) {
        require(stepsBack >= 0, "stepsBack", "0 or more", stepsBack);
        Shape image = layer.inputShape().drop(1);
        Shape output = layer.outputShape();
        require(output.rank() == 3 && output.dim(0) == image.dim(0) && output.dim(1) == image.dim(1), "layer",
                "one output image as large as the input " + image, output, "padding(SAME), returnSequences(false)");
        int H = image.dim(0);
        int W = image.dim(1);
        int C = image.dim(2);
        Tensor x = K.allocate(image.prepend(1).prepend(stepsBack + 1));
        float[] values = new float[x.size()];
        Random random = new Random(3);
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) random.nextGaussian();
        }
        K.write(x, values);
        float[] before = K.toArray(layer.forward(x, false));
        int middle = ((H / 2) * W + W / 2) * C; // of step 0, which is stepsBack before the last
        for (int ch = 0; ch < C; ch++) {
            values[middle + ch] += 1;
        }
        K.write(x, values);
        float[] after = K.toArray(layer.forward(x, false));
        HostArray change = HostArray.zeros(H, W);
        int F = output.dim(2);
        for (int k = 0; k < after.length; k++) {
            int pixel = k / F;
            change.values()[pixel] = Math.max(change.values()[pixel], Math.abs(after[k] - before[k]));
        }
        return new ReceptiveField(change);
    }

    /** The number of rows in which something changed. */
    public int height() {
        int W = change.dim(1);
        return (int) IntStream.range(0, change.dim(0)).filter(y -> anyIn(y * W, 1, W)).count();
    }

    /** The number of columns in which something changed. */
    public int width() {
        int W = change.dim(1);
        return (int) IntStream.range(0, W).filter(x -> anyIn(x, W, change.dim(0))).count();
    }

    private boolean anyIn(int first, int step, int count) {
        return IntStream.range(0, count).anyMatch(k -> change.values()[first + k * step] != 0);
    }
}
