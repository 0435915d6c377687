package convlstm.flagship;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.data.MovingDigits;
import convlstm.data.TrackedSequences;
import convlstm.layer.Activation;
import convlstm.layer.Conv2d;
import convlstm.layer.Dense;
import convlstm.layer.Flatten;
import convlstm.layer.MaxPool2d;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;

/**
 * Says which digits a frame shows: a small Conv2D network that is trained on true frames. It puts out a probability for
 * each of the ten digits; those above one half are what it reads. Two digits that are the same are one.
 */
public final class DigitReader {
    private static final int CLASSES = 10;
    private static final double RATE = 2e-3;
    /** What strides and pooling leave of a frame's height and width. */
    private static final int SHRINK = 8;

    private final Sequential model;

    /** A reader of square frames, not yet trained. */
    public DigitReader(Backend K, int pixels, long seed) {
        model = new Sequential(K, Shape.of(pixels, pixels, 1), seed,
                new Conv2d(16, 5).padding(Padding.SAME).strides(2, 2),
                new Activation(ActivationFunction.RELU),
                new Conv2d(32, 3).padding(Padding.SAME),
                new Activation(ActivationFunction.RELU),
                new MaxPool2d(2),
                new Conv2d(64, 3).padding(Padding.SAME),
                new Activation(ActivationFunction.RELU),
                new MaxPool2d(2),
                new Conv2d(96, 3).padding(Padding.SAME),
                new Activation(ActivationFunction.RELU),
                new MaxPool2d(pixels / SHRINK), // wherever the digit is
                new Flatten(),
                new Dense(CLASSES));
    }

    /** Its network, to be saved and loaded. */
    public Sequential model() {
        return model;
    }

    /**
     * Trains on single true frames, each of another sequence, in rounds between which the learning rate falls.
     *
     * @param world the moving digits
     * @param seed decides the frames and their order
     * @param rounds so many
     * @param frames new ones in each round
     */
    public void train(MovingDigits world, long seed, int rounds, int frames, Trainer.Listener listener) {
        Optimizer adam = Optimizer.adam(RATE);
        Trainer trainer = new Trainer(model, Loss.binaryCrossEntropy(), adam).batchSize(16).seed(seed)
                .listener(listener);
        for (int round = 0; round < rounds; round++) {
            adam.learningRate(RATE * (rounds - round) / rounds);
            TrackedSequences tracked = world.withFrames(1).generate(seed, round * frames, (round + 1) * frames);
            HostArray y = HostArray.zeros(frames, CLASSES);
            for (int n = 0; n < frames; n++) {
                for (int label : tracked.labels()[n]) {
                    y.set(1, n, label);
                }
            }
            trainer.fit(new Dataset(tracked.frames().reshape(frames, world.size(), world.size(), 1), y));
        }
    }

    /**
     * Whether exactly the digits that move in a sequence are read, frame by frame.
     *
     * @param frames {@code (N, T, H, W, 1)}
     * @param labels {@code [N][]}, the digits of each sequence
     * @return {@code [N][T]}
     */
    public boolean[][] reads(HostArray frames, int[][] labels) {
        int N = frames.dim(0);
        int T = frames.dim(1);
        HostArray logits = model.predict(frames.reshape(N * T, frames.dim(2), frames.dim(3), 1));
        boolean[][] read = new boolean[N][T];
        for (int n = 0; n < N; n++) {
            int shown = 0;
            for (int label : labels[n]) {
                shown |= 1 << label;
            }
            for (int t = 0; t < T; t++) {
                int said = 0;
                for (int c = 0; c < CLASSES; c++) {
                    said |= logits.get(n * T + t, c) > 0 ? 1 << c : 0;
                }
                read[n][t] = said == shown;
            }
        }
        return read;
    }
}
