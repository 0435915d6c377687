package convlstm.notebook;

import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import com.oracle.labs.mlrg.olcut.util.Pair;
import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Output;
import org.tribuo.OutputFactory;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.evaluation.CrossValidation;
import org.tribuo.evaluation.Evaluation;
import org.tribuo.evaluation.Evaluator;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.evaluation.RegressionEvaluator;
import org.tribuo.regression.sgd.objectives.SquaredLoss;

/**
 * Asks a network's state what it knows: a linear model is trained to read an answer from it, and judged on samples that
 * it was not trained on, fold after fold (k-fold cross-validation). What even a linear model can read is there plainly;
 * what it cannot read may still be there, folded up.
 *
 * <p>The linear models, the cross-validation and the scores are Tribuo's. Source of the idea: Alain and Bengio 2016,
 * "Understanding intermediate layers using linear classifier probes".
 */
public final class Probe {
    /** The learning rate of AdaGrad, divided by the number of features: states of any size take steps alike. */
    private static final double RATE = 1;

    private static final int BATCH = 8;

    /** Tribuo tells of each fold on standard error; held here, because a logger that nobody holds forgets its level. */
    private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

    static {
        TRIBUO.setLevel(Level.WARNING);
    }

    private final int folds;
    private final int epochs;
    private final long seed;

    /**
     * A way to ask.
     *
     * @param folds the parts that the samples are dealt into; each is held out once, at least 2
     * @param epochs how often a linear model sees its samples
     * @param seed decides the folds and the order
     */
    public Probe(int folds, int epochs, long seed) {
        if (folds < 2 || epochs < 1) {
            throw new IllegalArgumentException(
                    "folds, epochs: expected 2 folds and 1 epoch or more, got " + folds + ", " + epochs);
        }
        this.folds = folds;
        this.epochs = epochs;
        this.seed = seed;
    }

    /**
     * What was read, and how well.
     *
     * @param target what was asked for
     * @param scores for each fold, on samples held out: R², or for classes the share that was right
     * @param provenance how the linear models were trained, as Tribuo tells it
     */
    public record Answer(String target, double[] scores, String provenance) {
        /** The mean over the folds. */
        public double mean() {
            return Arrays.stream(scores).average().orElseThrow();
        }

        /** The standard deviation over the folds, with k - 1 below the line. */
        public double deviation() {
            double mean = mean();
            double squares = Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum();
            return Math.sqrt(squares / (scores.length - 1));
        }
    }

    /**
     * Asks for numbers, such as where an object is. The score is R²: 1 where each is read exactly, 0 where the answer is
     * no better than always saying the mean, below 0 where it is worse.
     *
     * @param states {@code (N, ...)}, one state for each sample
     * @param truth {@code (N, D)}, the D numbers that belong to it
     * @param targets the D names of the numbers
     * @return one answer for each target, in that order
     */
    public List<Answer> numbers(HostArray states, HostArray truth, String... targets) {
        requireStates(states, truth.dim(0));
        if (truth.shape().rank() != 2 || truth.dim(1) != targets.length || targets.length == 0) {
            throw new IllegalArgumentException("truth, targets: expected shape (N, D) and D names, got " + truth.shape()
                    + " and " + Arrays.toString(targets));
        }
        double[][] standard = IntStream.range(0, targets.length)
                .mapToObj(d -> standardised(truth, d, targets[d]))
                .toArray(double[][]::new);
        Function<Integer, Regressor> answer = n -> new Regressor(targets,
                Arrays.stream(standard).mapToDouble(values -> values[n]).toArray());
        var trainer = new org.tribuo.regression.sgd.linear.LinearSGDTrainer(new SquaredLoss(), steps(states), epochs,
                Integer.MAX_VALUE, BATCH, seed);
        var folds = ask(states, answer, new RegressionFactory(), trainer, new RegressionEvaluator());
        return Arrays.stream(targets)
                .map(target -> answer(target, folds, e -> e.r2(new Regressor(target, Double.NaN))))
                .toList();
    }

    /**
     * Asks for a class, such as which digit it is. The score is the share of samples whose class was read rightly.
     *
     * @param states {@code (N, ...)}, one state for each sample
     * @param target what the class is called
     * @param labels N class numbers
     */
    public Answer classes(HostArray states, String target, int[] labels) {
        requireStates(states, labels.length);
        var trainer = new LinearSGDTrainer(new LogMulticlass(), steps(states), epochs, Integer.MAX_VALUE, BATCH, seed);
        Function<Integer, Label> answer = n -> new Label("" + labels[n]);
        return answer(target, ask(states, answer, new LabelFactory(), trainer, new LabelEvaluator()),
                e -> e.accuracy());
    }

    private <T extends Output<T>, E extends Evaluation<T>> List<Pair<E, Model<T>>> ask(HostArray states,
            Function<Integer, T> answer, OutputFactory<T> factory, Trainer<T> trainer, Evaluator<T, E> evaluator) {
        int N = states.dim(0);
        int F = states.size() / N;
        String[] names = IntStream.range(0, F).mapToObj("h%06d"::formatted).toArray(String[]::new);
        MutableDataset<T> data = new MutableDataset<>(
                new SimpleDataSourceProvenance("states " + states.shape(), factory), factory);
        float[] values = centred(states, F);
        for (int n = 0; n < N; n++) {
            int sample = n * F;
            double[] features = IntStream.range(0, F).mapToDouble(f -> values[sample + f]).toArray();
            data.add(new ArrayExample<>(answer.apply(n), names, features));
        }
        return new CrossValidation<>(trainer, data, evaluator, folds, seed).evaluate();
    }

    private static <T extends Output<T>, E extends Evaluation<T>> Answer answer(String target,
            List<Pair<E, Model<T>>> folds, ToDoubleFunction<E> score) {
        double[] scores = folds.stream().mapToDouble(fold -> score.applyAsDouble(fold.getA())).toArray();
        return new Answer(target, scores, ProvenanceUtil.formattedProvenanceString(
                folds.getFirst().getB().getProvenance().getTrainerProvenance()));
    }

    private static AdaGrad steps(HostArray states) {
        return new AdaGrad(RATE / states.shape().drop(1).size());
    }

    private void requireStates(HostArray states, int answers) {
        if (states.shape().rank() < 2 || states.size() == 0 || states.dim(0) != answers || answers < 2 * folds) {
            throw new IllegalArgumentException("states: expected (N, ...) with one state for each of " + answers
                    + " answers, at least " + 2 * folds + ", got " + states.shape()
                    + ". Hint: take one step of a sequence (N, T, ...) with Dataset.frames(states, t, t + 1)");
        }
    }

    /**
     * The states with a mean of 0 in each of F features, over all samples, and a root mean square of 1 altogether. It
     * looks at no truth, so that what is held out stays so.
     */
    private static float[] centred(HostArray states, int F) {
        double[] mean = new double[F];
        for (int i = 0; i < states.size(); i++) {
            mean[i % F] += states.values()[i] * (double) F / states.size();
        }
        double squares = 0;
        for (int i = 0; i < states.size(); i++) {
            double v = states.values()[i] - mean[i % F];
            squares += v * v / states.size();
        }
        if (!(squares > 0 && squares < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "states: expected numbers that differ between samples, got a variance of "
                            + squares + ". Hint: an untouched state is all zeros; was there a forward pass?");
        }
        float[] values = new float[states.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((states.values()[i] - mean[i % F]) / Math.sqrt(squares));
        }
        return values;
    }

    /** Column d with mean 0 and deviation 1; R² stays the same, and one learning rate suits all. */
    private static double[] standardised(HostArray truth, int d, String target) {
        double[] column = IntStream.range(0, truth.dim(0)).mapToDouble(n -> truth.get(n, d)).toArray();
        double mean = Arrays.stream(column).average().orElseThrow();
        double deviation = Math.sqrt(Arrays.stream(column).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
        if (!(deviation > 0)) {
            throw new IllegalArgumentException("truth: expected numbers that differ between samples for '" + target
                    + "', got always " + mean + ". Hint: R² compares with the spread of the truth");
        }
        return Arrays.stream(column).map(v -> (v - mean) / deviation).toArray();
    }
}
