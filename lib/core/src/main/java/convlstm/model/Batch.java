package convlstm.model;

import convlstm.backend.Backend;
import convlstm.data.Dataset;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Carries batches between host arrays, sample first, and a model's tensors, time-major where they are sequences. */
final class Batch {
    private final Backend K;
    private final boolean timeMajor;
    private float[] staging = {};
    private @Nullable Tensor tensor;

    Batch(Backend K, boolean timeMajor) {
        this.K = K;
        this.timeMajor = timeMajor;
    }

    /** The given samples as a tensor; its memory is used again by the next call. */
    Tensor load(HostArray source, int[] samples) {
        Shape sample = source.shape().drop(1);
        int B = samples.length;
        Shape shape = timeMajor ? sample.drop(1).prepend(B).prepend(sample.dim(0)) : sample.prepend(B);
        if (staging.length != shape.size()) {
            staging = new float[shape.size()];
        }
        if (timeMajor) {
            Dataset.gatherTimeMajor(source, samples, staging);
        } else {
            Dataset.gather(source, samples, staging);
        }
        tensor = K.reuse(tensor, shape);
        K.write(tensor, staging);
        return tensor;
    }

    /** Copies a batch of outputs to samples {@code first} and on of a host array. */
    private void store(Tensor batch, HostArray target, int first) {
        float[] values = K.toArray(batch);
        Shape sample = target.shape().drop(1);
        int B = batch.size() / sample.size();
        int T = timeMajor ? sample.dim(0) : 1;
        int row = sample.size() / T;
        for (int b = 0; b < B; b++) {
            for (int t = 0; t < T; t++) {
                System.arraycopy(values, (t * B + b) * row, target.values(), ((first + b) * T + t) * row, row);
            }
        }
    }

    static HostArray predict(Model model, HostArray x, int batchSize) {
        requireSamples("x", x, model.inputShape(), model.sequenceIn());
        int N = x.dim(0);
        Shape output = model.outputShape();
        if (model.sequenceIn() && model.sequenceOut()) {
            output = output.with(0, output.dim(0) - model.inputShape().dim(0) + x.dim(1));
        }
        HostArray y = new HostArray(output.prepend(N), new float[N * output.size()]);
        Batch in = new Batch(model.backend(), model.sequenceIn());
        Batch out = new Batch(model.backend(), model.sequenceOut());
        for (int from = 0; from < N; from += batchSize) {
            int[] samples = IntStream.range(from, Math.min(N, from + batchSize)).toArray();
            out.store(model.forward(in.load(x, samples), false), y, from);
        }
        return y;
    }

    /** Refuses arrays whose samples do not have the model's shape; a sequence may have any number of steps. */
    static void requireSamples(String name, HostArray array, Shape sample, boolean sequence) {
        Shape fixed = sequence ? sample.drop(1) : sample;
        if (array.shape().rank() != sample.rank() + 1 || !array.shape().endsWith(fixed) || array.dim(0) < 1) {
            throw new IllegalArgumentException(name + ": expected (N" + (sequence ? ", T" : "") + ") and then " + fixed
                    + ", got " + array.shape() + ". Hint: samples come first; a grey image has a last axis of 1");
        }
    }
}
