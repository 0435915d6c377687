package convlstm.evidence;

import static convlstm.tensor.Arguments.require;

import convlstm.data.Seeds;
import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseMatrix.EigenDecomposition;

/**
 * Asks a network's state what it knows: a linear model is fitted to read an answer from it, and judged on samples that it
 * was not fitted to, fold after fold (k-fold cross-validation). What a linear model can read is there plainly; what it
 * cannot read may still be there, folded up.
 *
 * <p>The linear model is ridge regression: the least sum of squared errors plus {@code strength} times the squared
 * weights. Within each fold's samples the strength is chosen from a grid by the leave-one-out error, so states of any
 * size are read as well as they can be, and what is held out takes no part. With more features than samples the sums are
 * over pairs of samples, {@code X X^T}; Tribuo decomposes that matrix once, and every strength follows.
 *
 * <p>Sources: Alain and Bengio 2016 (linear probes); Golub, Heath and Wahba 1979 (leave-one-out errors in closed form).
 */
public final class Probe {
    /** Strengths as shares of the mean squared length of a sample. */
    private static final double[] STRENGTHS = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10};

    private final int folds;
    private final long seed;

    /**
     * A way to ask.
     *
     * @param folds the parts that the samples are dealt into; each is held out once, at least 2
     * @param seed deals them
     */
    public Probe(int folds, long seed) {
        require(folds >= 2, "folds", "2 or more", folds);
        this.folds = folds;
        this.seed = seed;
    }

    /**
     * What was read, and how well.
     *
     * @param target what was asked for
     * @param scores for each fold, on samples held out: R², or for classes the share that was right
     * @param read for each sample what was read while it was held out: the number, or the class
     * @param strengths for each fold the ridge's strength, a share of the mean squared length of a sample
     */
    public record Answer(String target, double[] scores, double[] read, double[] strengths) {
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
        require(truth.shape().rank() == 2 && truth.dim(1) == targets.length && targets.length != 0, "truth, targets",
                "shape (N, D) and D names", truth.shape() + " and " + Arrays.toString(targets));
        double[][] columns = IntStream.range(0, targets.length).mapToObj(d -> column(truth, d, targets[d]))
                .toArray(double[][]::new);
        Reading reading = read(states, columns, true);
        return IntStream.range(0, targets.length).mapToObj(d -> {
            double[] scores = new double[folds];
            Arrays.setAll(scores, fold -> r2(columns[d], reading.values[d], reading.fold, fold));
            return new Answer(targets[d], scores, reading.values[d], reading.strengths[d]);
        }).toList();
    }

    /**
     * Asks for a class, such as which digit it is: a ridge reads for each class how sure it is, and the surest wins. The
     * score is the share of samples whose class was read rightly.
     *
     * @param states {@code (N, ...)}, one state for each sample
     * @param target what the class is called
     * @param labels N class numbers
     */
    public Answer classes(HostArray states, String target, int[] labels) {
        requireStates(states, labels.length);
        int[] classes = Arrays.stream(labels).distinct().sorted().toArray();
        double[][] columns = Arrays.stream(classes)
                .mapToObj(c -> Arrays.stream(labels).mapToDouble(label -> label == c ? 1 : 0).toArray())
                .toArray(double[][]::new);
        Reading reading = read(states, columns, false); // one strength for all classes
        double[] read = new double[labels.length];
        double[] scores = new double[folds];
        for (int n = 0; n < labels.length; n++) {
            int sample = n;
            int surest = IntStream.range(0, classes.length).boxed()
                    .max((a, b) -> Double.compare(reading.values[a][sample], reading.values[b][sample])).orElseThrow();
            read[n] = classes[surest];
            scores[reading.fold[n]] += read[n] == labels[n] ? 1 : 0;
        }
        for (int fold = 0; fold < folds; fold++) {
            int k = fold;
            scores[fold] /= Arrays.stream(reading.fold).filter(f -> f == k).count();
        }
        return new Answer(target, scores, read, reading.strengths[0]);
    }

    /** For each of D columns and N samples what was read, the fold that held a sample out, and D x folds strengths. */
    private record Reading(double[][] values, int[] fold, double[][] strengths) {}

    private Reading read(HostArray states, double[][] columns, boolean eachItsOwn) {
        int N = states.dim(0);
        double[][] products = products(states);
        Reading reading = new Reading(new double[columns.length][N], deal(N), new double[columns.length][folds]);
        for (int fold = 0; fold < folds; fold++) {
            int k = fold;
            int[] fit = IntStream.range(0, N).filter(n -> reading.fold[n] != k).toArray();
            int[] ask = IntStream.range(0, N).filter(n -> reading.fold[n] == k).toArray();
            new Ridge(products, fit).read(columns, ask, k, eachItsOwn, reading);
        }
        return reading;
    }

    private int[] deal(int N) {
        return Seeds.shuffled(IntStream.range(0, N).map(n -> n % folds).toArray(), new Random(seed));
    }

    /** Ridge regression on some of the samples, from the products of all pairs. */
    private static final class Ridge {
        private final double[][] products;
        private final int[] fit;
        private final double[] mean; // of each sample's products with those fitted
        private final double grandMean;
        private final double size; // mean squared length of a sample
        private final double[] eigenvalues;
        private final double[][] eigenvectors; // [sample][k]

        Ridge(double[][] products, int[] fit) {
            this.products = products;
            this.fit = fit;
            int n = fit.length;
            mean = Arrays.stream(products).mapToDouble(row -> Arrays.stream(fit).mapToDouble(j -> row[j]).sum() / n)
                    .toArray();
            grandMean = Arrays.stream(fit).mapToDouble(i -> mean[i]).sum() / n;
            double[][] centred = new double[n][n];
            double trace = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    centred[i][j] = centred(fit[i], j);
                    centred[j][i] = centred[i][j];
                }
                trace += centred[i][i];
            }
            size = trace / n;
            EigenDecomposition eigen = DenseMatrix.createDenseMatrix(centred).eigenDecomposition()
                    .orElseThrow(() -> new ArithmeticException("states: their products have no eigenvalues"));
            eigenvalues = IntStream.range(0, n).mapToDouble(k -> Math.max(0, eigen.eigenvalues().get(k))).toArray();
            DenseMatrix vectors = eigen.eigenvectors();
            eigenvectors = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int k = 0; k < n; k++) {
                    eigenvectors[i][k] = vectors.get(i, k);
                }
            }
        }

        /** The product of sample i with the j-th one fitted, as if the mean of those fitted were taken off both. */
        private double centred(int i, int j) {
            return products[i][fit[j]] - mean[i] - mean[fit[j]] + grandMean;
        }

        void read(double[][] columns, int[] ask, int fold, boolean eachItsOwn, Reading reading) {
            double[][] errors = Arrays.stream(columns).map(this::leaveOneOut).toArray(double[][]::new);
            double[] together = IntStream.range(0, STRENGTHS.length)
                    .mapToDouble(s -> Arrays.stream(errors).mapToDouble(e -> e[s]).sum()).toArray();
            for (int d = 0; d < columns.length; d++) {
                double strength = STRENGTHS[least(eachItsOwn ? errors[d] : together)];
                reading.strengths[d][fold] = strength;
                double[] weights = weights(columns[d], strength);
                double offset = average(columns[d]);
                for (int n : ask) {
                    double sum = offset;
                    for (int j = 0; j < fit.length; j++) {
                        sum += weights[j] * centred(n, j);
                    }
                    reading.values[d][n] = sum;
                }
            }
        }

        private double average(double[] column) {
            return Arrays.stream(fit).mapToDouble(n -> column[n]).sum() / fit.length;
        }

        /** {@code Q^T y}, the mean taken off y. */
        private double[] rotated(double[] column) {
            double average = average(column);
            double[] rotated = new double[fit.length];
            for (int i = 0; i < fit.length; i++) {
                for (int k = 0; k < fit.length; k++) {
                    rotated[k] += eigenvectors[i][k] * (column[fit[i]] - average);
                }
            }
            return rotated;
        }

        /** One weight for each sample fitted: {@code (K + strength)^-1 y}. */
        private double[] weights(double[] column, double strength) {
            double[] rotated = rotated(column);
            return Arrays.stream(eigenvectors).mapToDouble(row -> IntStream.range(0, row.length)
                    .mapToDouble(k -> row[k] * rotated[k] / (eigenvalues[k] + strength * size * fit.length)).sum())
                    .toArray();
        }

        /** For each strength the squared errors on samples left out one by one, which needs no fit of its own. */
        private double[] leaveOneOut(double[] column) {
            double[] rotated = rotated(column);
            double average = average(column);
            int n = fit.length;
            double[] errors = new double[STRENGTHS.length];
            for (int s = 0; s < STRENGTHS.length; s++) {
                for (int i = 0; i < n; i++) {
                    double fitted = 0;
                    double own = 1.0 / n; // how much a sample's own truth counts in its fit
                    for (int k = 0; k < n; k++) {
                        double share = eigenvalues[k] / (eigenvalues[k] + STRENGTHS[s] * size * n);
                        fitted += eigenvectors[i][k] * share * rotated[k];
                        own += eigenvectors[i][k] * eigenvectors[i][k] * share;
                    }
                    double error = (column[fit[i]] - average - fitted) / Math.max(1e-9, 1 - own);
                    errors[s] += error * error;
                }
            }
            return errors;
        }
    }

    private static int least(double[] values) {
        return IntStream.range(0, values.length).boxed()
                .min((a, b) -> Double.compare(values[a], values[b])).orElseThrow();
    }

    private static double r2(double[] truth, double[] read, int[] folds, int fold) {
        int[] asked = IntStream.range(0, truth.length).filter(n -> folds[n] == fold).toArray();
        double mean = Arrays.stream(asked).mapToDouble(n -> truth[n]).average().orElseThrow();
        double errors = Arrays.stream(asked).mapToDouble(n -> (truth[n] - read[n]) * (truth[n] - read[n])).sum();
        return 1 - errors / Arrays.stream(asked).mapToDouble(n -> (truth[n] - mean) * (truth[n] - mean)).sum();
    }

    private static double[][] products(HostArray states) {
        int N = states.dim(0);
        int F = states.size() / N;
        double[] mean = new double[F];
        for (int i = 0; i < states.size(); i++) {
            mean[i % F] += states.values()[i] / (double) N;
        }
        double[][] rows = new double[N][F]; // the mean is taken off for accuracy; each fold takes off its own
        for (int i = 0; i < states.size(); i++) {
            rows[i / F][i % F] = states.values()[i] - mean[i % F];
        }
        double[][] products = new double[N][N];
        for (int a = 0; a < N; a++) {
            for (int b = 0; b <= a; b++) {
                double sum = 0;
                for (int f = 0; f < F; f++) {
                    sum += rows[a][f] * rows[b][f];
                }
                products[a][b] = sum;
                products[b][a] = sum;
            }
        }
        double length = IntStream.range(0, N).mapToDouble(n -> products[n][n]).sum();
        if (!(length > 0 && length < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "states: expected numbers that differ between samples, got a variance of "
                            + length / states.size()
                            + ". Hint: an untouched state is all zeros; was there a forward pass?");
        }
        return products;
    }

    private void requireStates(HostArray states, int answers) {
        require(states.shape().rank() >= 2 && states.size() != 0 && states.dim(0) == answers && answers >= 2 * folds,
                "states", "(N, ...) with one state for each of " + answers + " answers, at least " + 2 * folds,
                states.shape(), "take one step of a sequence (N, T, ...) with Dataset.frames(states, t, t + 1)");
    }

    private static double[] column(HostArray truth, int d, String target) {
        double[] column = IntStream.range(0, truth.dim(0)).mapToDouble(n -> truth.get(n, d)).toArray();
        require(!Arrays.stream(column).allMatch(v -> v == column[0]), "truth",
                "numbers that differ between samples for '" + target + "'", "always " + column[0],
                "R² compares with the spread of the truth");
        return column;
    }
}
