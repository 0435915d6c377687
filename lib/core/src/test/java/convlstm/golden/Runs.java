package convlstm.golden;

import convlstm.backend.Backend;
import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Arrays;

/** Short forms for tests that speak Keras: batch-major host arrays in, batch-major host arrays out. */
final class Runs {
    private Runs() {}

    /** The output of a layer, which is built first where it is new, for {@code x (B, ...)}. */
    static HostArray forward(Backend K, Layer layer, HostArray x) {
        return forward(K, layer, x, false);
    }

    static HostArray forward(Backend K, Layer layer, HostArray x, boolean training) {
        Tensor y = layer.forward(input(K, layer, x), training);
        boolean sequence = sequences(layer) && y.shape().rank() == layer.outputShape().rank() + 1
                && layer.outputShape().rank() == layer.inputShape().rank();
        return get(K, sequence ? swapped(K, y) : y);
    }

    /** A layer's input, time-major where the layer wants it. */
    static Tensor input(Backend K, Layer layer, HostArray x) {
        Tensor t = K.tensor(x.shape(), x.values());
        return sequences(layer) ? swapped(K, t) : t;
    }

    static boolean sequences(Layer layer) {
        return layer instanceof Recurrent<?> || layer instanceof TimeDistributed;
    }

    static Tensor swapped(Backend K, Tensor t) {
        int[] dims = t.shape().toArray();
        int first = dims[0];
        dims[0] = dims[1];
        dims[1] = first;
        Tensor swapped = K.allocate(Shape.of(dims));
        K.swap01(swapped, t);
        return swapped;
    }

    static HostArray get(Backend K, Tensor t) {
        return new HostArray(t.shape(), K.toArray(t));
    }

    /** {@code arange(size).reshape(dims) / divisor}, as Keras' tests make their inputs. */
    static HostArray arange(float divisor, int... dims) {
        HostArray a = HostArray.zeros(dims);
        for (int k = 0; k < a.size(); k++) {
            a.values()[k] = k / divisor;
        }
        return a;
    }

    static HostArray full(float value, int... dims) {
        HostArray a = HostArray.zeros(dims);
        Arrays.fill(a.values(), value);
        return a;
    }

    static Tensor tensor(Backend K, HostArray a) {
        return K.tensor(a.shape(), a.values());
    }

    /** Writes a weight. */
    static void set(Backend K, Layer layer, String parameter, float... values) {
        Parameter p = layer.parameter(parameter);
        float[] all = values;
        if (values.length == 1) {
            all = new float[p.value().size()];
            Arrays.fill(all, values[0]);
        }
        K.write(p.value(), all);
    }

    static double sum(HostArray a) {
        double sum = 0;
        for (float v : a.values()) {
            sum += v;
        }
        return sum;
    }
}
