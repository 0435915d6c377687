package convlstm.model;

import static convlstm.tensor.Arguments.require;

import convlstm.backend.Backend;
import convlstm.data.DataFormatException;
import convlstm.data.Dataset;
import convlstm.data.Safetensors;
import convlstm.layer.Layer;
import convlstm.layer.Masking;
import convlstm.layer.Parameter;
import convlstm.layer.Recurrent;
import convlstm.layer.Regularizer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model: mini-batches in an order that the seed decides, forward, loss, backward, optimiser; after each epoch the
 * loss on validation data. What it did is kept as a {@link History}.
 */
public final class Trainer {
    private static final double EXPLOSION = 1e4;
    private static final String BEST = Checkpoint.TRAINING + "best/";

    /** Called while training goes on; all do nothing unless overridden. */
    public interface Listener {
        /** Before the first batch: {@code before} is how many epochs this model has begun in earlier trainings. */
        default void begins(int before) {}

        /** After each batch: {@code loss} is the mean over the epoch so far. */
        default void batch(int epoch, int epochs, int batch, int batches, double loss) {}

        /** After each epoch. */
        default void epoch(History.Epoch done, int epochs) {}

        /** When an interrupt has ended the training within an epoch. */
        default void stopped(int epoch, int epochs) {}
    }

    /** How many epochs each model has begun, whoever trained it: a cell run again trains on. */
    private static final Map<Model, Integer> BEGUN = Collections.synchronizedMap(new WeakHashMap<>());

    private final Model model;
    private final Backend K;
    private final Loss loss;
    private final Optimizer optimizer;
    private final List<Parameter> parameters;
    private final Batch inputs;
    private final Batch targets;
    private final Tensor value;
    private final Tensor norm;
    private @Nullable Tensor dPrediction;

    private int batchSize = 32;
    private int epochs = 1;
    private long seed;
    private boolean shuffle = true;
    private float clipNorm;
    private float globalClipNorm;
    private int patience = Integer.MAX_VALUE;
    private @Nullable Dataset validation;
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable Path checkpoint;

    private final List<History.Epoch> done = new ArrayList<>();
    private final Map<String, Tensor> best = new LinkedHashMap<>(); // early stopping's weights
    private double firstLoss = Double.NaN;
    private @Nullable String resumed; // the settings that the next fit must have, to go on

    /** Trains the given model: the optimizer makes the loss small. */
    public Trainer(Model model, Loss loss, Optimizer optimizer) {
        this.model = model;
        this.K = model.backend();
        this.loss = loss;
        this.optimizer = optimizer;
        this.parameters = model.parameters();
        this.inputs = new Batch(K, model.sequenceIn());
        this.targets = new Batch(K, model.sequenceOut());
        this.value = K.allocate(Shape.of(1));
        this.norm = K.allocate(Shape.of(1));
    }

    /** Samples in a batch; default 32. */
    public Trainer batchSize(int samples) {
        batchSize = atLeastOne("batchSize", samples);
        return this;
    }

    /** How often every sample is seen; default once. */
    public Trainer epochs(int n) {
        epochs = atLeastOne("epochs", n);
        return this;
    }

    /** Decides the order of the samples; default 0. */
    public Trainer seed(long s) {
        seed = s;
        return this;
    }

    /**
     * Whether each epoch has its samples in a new order; default true. If not, they keep the order of the data: in a model
     * with {@code stateful} layers, sample b of a batch goes on where sample b of the batch before ended, and every epoch
     * starts from zeros.
     */
    public Trainer shuffle(boolean anew) {
        shuffle = anew;
        return this;
    }

    /** Scales each weight's gradient down to this norm where it is larger (Keras' clipnorm). */
    public Trainer clipNorm(double max) {
        clipNorm = positive("clipNorm", max);
        return this;
    }

    /** Scales all gradients together down to this norm where theirs is larger (Keras' global_clipnorm). */
    public Trainer globalClipNorm(double max) {
        globalClipNorm = positive("globalClipNorm", max);
        return this;
    }

    /** Data on which the loss is measured after each epoch, and which are not trained on. */
    public Trainer validation(Dataset data) {
        validation = data;
        return this;
    }

    /** Stops after this many epochs without a better validation loss, and puts the best weights back. */
    public Trainer earlyStopping(int epochsWithoutGain) {
        patience = atLeastOne("earlyStopping", epochsWithoutGain);
        return this;
    }

    /** Adds a listener, which is told of progress. */
    public Trainer listener(Listener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Writes a {@link Checkpoint} after each epoch, with all that the training needs to go on to the same bits, should it
     * be interrupted: the optimiser's moments and steps, the state of the random numbers, the history, and early
     * stopping's best weights.
     */
    public Trainer checkpoint(Path path) {
        checkpoint = path;
        return this;
    }

    /**
     * Takes weights and state from a file that {@link #checkpoint} wrote: the next {@link #fit} goes on after its last
     * epoch, and ends as if nothing had happened.
     *
     * @throws DataFormatException if the file is damaged, or has weights alone
     * @throws IllegalArgumentException if the model or the optimiser is not the one that was saved
     */
    public Trainer resume(Path path) throws IOException {
        Safetensors file = Safetensors.read(path);
        List<Layer> layers = model.layers();
        double[] steps = file.numbers(path, "optimizer", 2);
        double[] random = file.numbers(path, "random", layers.size());
        double[] losses = file.numbers(path, "epochs", 0);
        best.clear();
        if (file.tensors().keySet().stream().anyMatch(name -> name.startsWith(BEST))) {
            keepBest();
        }
        Checkpoint.load(path, file, model, tensors(), true);
        optimizer.steps((long) steps[0]);
        optimizer.learningRate(steps[1]);
        for (int k = 0; k < layers.size(); k++) {
            layers.get(k).randomState((long) random[k]);
        }
        done.clear();
        done.addAll(History.of(losses).epochs());
        resumed = file.metadata().get("settings");
        return this;
    }

    private void saveCheckpoint(Path path) {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("settings", settings());
        text.put("optimizer", Safetensors.text(optimizer.steps(), optimizer.learningRate()));
        text.put("random", Safetensors.text(model.layers().stream().mapToDouble(Layer::randomState).toArray()));
        text.put("epochs", Safetensors.text(done.stream()
                .flatMapToDouble(e -> DoubleStream.of(e.loss(), e.validationLoss(), e.seconds())).toArray()));
        try {
            Checkpoint.save(path, model, tensors(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything that training changes: weights, moments, the best weights so far. */
    private Map<String, Tensor> tensors() {
        Map<String, Tensor> weights = Checkpoint.weights(model);
        Map<String, Tensor> all = new LinkedHashMap<>(weights);
        List<String> names = List.copyOf(weights.keySet());
        for (int p = 0; p < names.size(); p++) {
            Tensor[] state = parameters.get(p).trainable() ? optimizer.state(K, parameters.get(p)) : new Tensor[0];
            for (int slot = 0; slot < state.length; slot++) {
                all.put(Checkpoint.TRAINING + "optimizer/" + slot + "/" + names.get(p), state[slot]);
            }
        }
        best.forEach((name, t) -> all.put(BEST + name, t));
        return all;
    }

    private String settings() {
        return optimizer + ", batchSize " + batchSize + ", seed " + seed + ", clipNorm "
                + clipNorm + ", globalClipNorm " + globalClipNorm + ", " + loss + (shuffle ? "" : ", no shuffle");
    }

    private void keepBest() {
        Checkpoint.weights(model)
                .forEach((name, w) -> K.copy(best.computeIfAbsent(name, n -> K.allocate(w.shape())), w));
    }

    /** The epoch with the smallest validation loss so far, 0 if there is none. */
    private int bestEpoch() {
        return done.stream().filter(e -> Double.isFinite(e.validationLoss()))
                .min(Comparator.comparingDouble(History.Epoch::validationLoss)).map(History.Epoch::epoch).orElse(0);
    }

    private static int atLeastOne(String name, int n) {
        require(n >= 1, name, "1 or more", n);
        return n;
    }

    private static float positive(String name, double x) {
        require(x > 0, name, "a number above 0", x);
        return (float) x;
    }

    /**
     * Trains on the data. An interrupt ({@link Thread#interrupt}, Jupyter's stop button) ends it after the current
     * step: the model keeps what it has learnt, the history has the whole epochs, the thread stays interrupted.
     *
     * @throws IllegalArgumentException before the first step, if data, model and loss do not fit each other
     * @throws ArithmeticException if the loss is no longer a number, explodes, or falls below zero: the message names step,
     *     layer and likely cause; the model keeps its weights of that moment
     * @throws OutOfMemoryError with the layer, the tensor's shape, and how to need less
     */
    public History fit(Dataset data) {
        check(data, shuffle);
        if (validation != null) {
            check(validation, false);
        }
        if (patience < Integer.MAX_VALUE && validation == null) {
            throw new IllegalStateException("earlyStopping: expected validation data to watch, got none."
                    + " Hint: trainer.validation(split.validation())");
        }
        int before = resumed == null ? BEGUN.getOrDefault(model, 0) : 0;
        begin();
        listeners.forEach(l -> l.begins(before));
        while (done.size() < epochs && done.size() - bestEpoch() < patience) {
            int epoch = done.size() + 1;
            long start = System.nanoTime();
            BEGUN.merge(model, 1, Integer::sum);
            double trainLoss = epoch(data, epoch);
            if (Thread.currentThread().isInterrupted()) {
                listeners.forEach(l -> l.stopped(epoch, epochs));
                break;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double validationLoss = validation == null ? Double.NaN : evaluate(validation);
            History.Epoch e = new History.Epoch(epoch, trainLoss, validationLoss, seconds);
            done.add(e);
            if (patience < Integer.MAX_VALUE && bestEpoch() == epoch) {
                keepBest();
            }
            if (checkpoint != null) {
                saveCheckpoint(checkpoint);
            }
            listeners.forEach(l -> l.epoch(e, epochs));
        }
        if (patience < Integer.MAX_VALUE) {
            Checkpoint.weights(model).forEach((name, w) -> {
                Tensor t = best.get(name);
                if (t != null) { // else it was stopped before the first epoch ended
                    K.copy(w, t);
                }
            });
        }
        return new History(done);
    }

    private void begin() {
        if (resumed == null) {
            done.clear();
            best.clear();
        } else if (!resumed.equals(settings())) {
            throw new IllegalStateException("trainer: expected the settings of the training that is resumed, " + resumed
                    + ", got " + settings() + ". Hint: set the same, or begin anew with weights from Checkpoint.load");
        }
        resumed = null;
        firstLoss = Double.NaN;
    }

    private double epoch(Dataset data, int epoch) {
        List<int[]> batches = shuffle ? data.batches(batchSize, seed, epoch - 1) : data.batches(batchSize);
        resetStates();
        try {
            return epoch(data, epoch, batches);
        } finally {
            unmask(data);
        }
    }

    private double epoch(Dataset data, int epoch, List<int[]> batches) {
        double sum = 0;
        int seen = 0;
        for (int b = 0; b < batches.size() && !Thread.currentThread().isInterrupted(); b++) {
            int[] samples = batches.get(b);
            Tensor x = inputs.load(data.x(), samples);
            Tensor y = targets.load(data.y(), samples);
            mask(data, samples);
            String when = "epoch " + epoch + ", batch " + (b + 1) + ", ";
            double batchLoss = step(x, y, samples.length, when);
            if (b == batches.size() - 1 && parameters.stream().anyMatch(p -> !Double.isFinite(size(p.value())))) {
                throw lost(batchLoss, x, y, when); // the next step would have noticed
            }
            sum += batchLoss * samples.length;
            seen += samples.length;
            double mean = sum / seen;
            int batch = b + 1;
            listeners.forEach(l -> l.batch(epoch, epochs, batch, batches.size(), mean));
        }
        return sum / seen;
    }

    private void mask(Dataset data, int[] samples) {
        if (data.mask() != null) {
            model.mask(data.mask(samples));
        }
    }

    private void unmask(Dataset data) {
        if (data.mask() != null) {
            model.mask(null);
        }
    }

    private List<Recurrent<?>> recurrent() {
        return model.layers().stream().<Recurrent<?>>mapMulti((layer, found) -> {
            if (layer instanceof Recurrent<?> r) {
                found.accept(r);
            }
        }).toList();
    }

    private void resetStates() {
        recurrent().forEach(Recurrent::resetState);
    }

    /**
     * One training step: forward, loss, backward, clipping, optimiser.
     *
     * @param x the inputs, time-major if a sequence
     * @param y the targets, of the output's shape
     * @param B the number of samples
     * @return the loss before the step, penalties included
     * @throws ArithmeticException if it is not finite, negative, or ten thousand times the first one
     */
    public double step(Tensor x, Tensor y, int B) {
        return step(x, y, B, "");
    }

    private double step(Tensor x, Tensor y, int B, String when) {
        try {
            parameters.forEach(p -> p.zeroGradient(K));
            Tensor prediction = model.forward(x, true);
            K.fill(value, 0);
            model.backward(lossGradient(prediction, y, B));
        } catch (OutOfMemoryError e) {
            String message = model.pass().atWork(model.layers()) + ": " + e.getMessage() + " A batch of " + B
                    + " keeps about " + (B * Summary.of(model).activationBytes() >> 20)
                    + " MB for this model; half the batchSize takes half of it.";
            throw (Error) new OutOfMemoryError(message).initCause(e);
        }
        for (Parameter p : parameters) {
            if (p.trainable() && p.regularizer() != Regularizer.NONE) {
                K.regularize(value, p.gradient(), p.value(), p.regularizer().l1(), p.regularizer().l2());
            }
        }
        double loss = K.toArray(value)[0];
        if (Double.isNaN(firstLoss)) {
            firstLoss = loss;
        }
        if (loss < -1e-4) {
            throw new ArithmeticException("loss: expected 0 or more, below which " + this.loss + " never is, got "
                    + loss
                    + " in " + when + "step " + (optimizer.steps() + 1)
                    + ". Likely cause: targets outside its domain. Hint: cross-entropy takes targets in [0, 1]; divide by"
                    + " 255");
        }
        if (!Double.isFinite(loss) || loss > EXPLOSION * Math.max(1, firstLoss)) {
            throw lost(loss, x, y, when);
        }
        clip();
        optimizer.step(K, parameters);
        return loss;
    }

    /** Says what is not finite or, if everything is, what is largest, in the order in which trouble spreads. */
    private ArithmeticException lost(double loss, Tensor x, Tensor y, String when) {
        Map<String, Double> sizes = new LinkedHashMap<>();
        sizes.put("the input x. Likely cause: NaN in the data", size(x));
        sizes.put("the target y. Likely cause: NaN in the data", size(y));
        for (Layer layer : model.layers().reversed()) {
            layer.parameters().forEach(p -> sizes.put(p.name() + " of " + Pass.name(model.layers(), layer)
                    + ". Likely cause: its gradient, one step before", size(p.value())));
        }
        model.pass().watch((layer, out) -> sizes.put("the output of " + Pass.name(model.layers(), layer)
                + ". Likely cause: steps too large", size(out)), () -> model.forward(x, true));
        String largest = Collections.max(sizes.entrySet(), Map.Entry.comparingByValue()).getKey();
        String what = sizes.entrySet().stream().filter(part -> !Double.isFinite(part.getValue())).findFirst()
                .map(part -> "Not finite: " + part.getKey()).orElse("Largest: " + largest);
        return new ArithmeticException(
                ("loss: became %s in %sstep %s, after %s at first. %s. Hint: try a learning rate below"
                        + " %s, globalClipNorm(1), and look for NaN in the data").formatted(loss, when,
                                optimizer.steps() + 1,
                                firstLoss, what, optimizer.learningRate()));
    }

    /** The root of the mean square. */
    private double size(Tensor t) {
        double sum = 0;
        for (float v : K.toArray(t)) {
            sum += (double) v * v;
        }
        return Math.sqrt(sum / t.size());
    }

    private Tensor lossGradient(Tensor prediction, Tensor y, int B) {
        dPrediction = K.reuse(dPrediction, prediction.shape());
        loss.apply(K, value, dPrediction, prediction, y, B, model.outputMask());
        return dPrediction;
    }

    private void clip() {
        if (clipNorm > 0) {
            for (Parameter p : parameters) {
                if (p.trainable()) {
                    K.fill(norm, 0);
                    K.sumSquares(norm, p.gradient());
                    K.clipByNorm(p.gradient(), norm, clipNorm);
                }
            }
        }
        if (globalClipNorm > 0) {
            List<Parameter> trained = parameters.stream().filter(Parameter::trainable).toList();
            K.fill(norm, 0);
            trained.forEach(p -> K.sumSquares(norm, p.gradient()));
            trained.forEach(p -> K.clipByNorm(p.gradient(), norm, globalClipNorm));
        }
    }

    /** The mean loss over the data, without penalties, dropout or any change to the model. */
    public double evaluate(Dataset data) {
        check(data, false);
        resetStates();
        try {
            double sum = 0;
            for (int[] samples : data.batches(batchSize)) {
                mask(data, samples);
                Tensor prediction = model.forward(inputs.load(data.x(), samples), false);
                K.fill(value, 0);
                lossGradient(prediction, targets.load(data.y(), samples), samples.length);
                sum += K.toArray(value)[0] * (double) samples.length;
            }
            return sum / data.count();
        } finally {
            unmask(data);
            resetStates();
        }
    }

    private void check(Dataset data, boolean shuffled) {
        Batch.requireSamples("x", data.x(), model.inputShape(), model.sequenceIn());
        Batch.requireSamples("y", data.y(), model.outputShape(), model.sequenceOut());
        int T = model.sequenceIn() ? model.inputShape().dim(0) : data.x().dim(1);
        if (data.x().dim(1) != T && data.count() == T) {
            throw new IllegalArgumentException(
                    "x: expected (N, T) and T = " + T + " steps as the model was built for, got "
                            + data.x().shape()
                            + ", as if time came first. Hint: exchange the first two axes of x and y; if it does"
                            + " have " + T + " samples, build the model for " + data.x().dim(1) + " steps");
        }
        boolean oneBatch = data.count() <= batchSize && !shuffled;
        boolean byHand = data.mask() == null && model.layers().stream().noneMatch(Masking.class::isInstance)
                && recurrent().stream().anyMatch(Recurrent::masked);
        if (byHand && !oneBatch) {
            throw new IllegalStateException(
                    "mask: expected in the data, got one set on a layer by hand, which stays as it"
                            + " is while samples change places and batches. Hint: new Dataset(x, y, mask) and layer.mask(null)");
        }
        if (recurrent().stream().anyMatch(Recurrent::stateful)) {
            if (shuffled) {
                throw new IllegalStateException("shuffle: expected false for a model with stateful layers, got true:"
                        + " a sample would go on from another's state. Hint: trainer.shuffle(false)");
            }
            int rest = data.count() % batchSize;
            if (rest > 0 && data.count() > batchSize) {
                throw new IllegalStateException("batchSize: expected a divisor of the " + data.count()
                        + " samples for a model with stateful layers, got " + batchSize + ": the last batch would have "
                        + rest + ". Hint: leave out " + rest
                        + " samples, or choose the number of sequences that go on");
            }
        }
        loss.require(model, data);
    }
}
