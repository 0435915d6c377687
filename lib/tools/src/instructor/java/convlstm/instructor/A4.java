package convlstm.instructor;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.course.Checks;
import convlstm.course.Copies;
import convlstm.course.Expect;
import convlstm.course.Variant;
import convlstm.data.Dataset;
import convlstm.model.History;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Models;
import convlstm.model.Optimizer;
import convlstm.model.Trainer;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Hidden checks of assignment 4. */
public final class A4 {
    private A4() {}

    /** The student's matched number of units. */
    public interface Match {
        int of(Shape clip, long wanted, boolean arithmetic);
    }

    /** The student's baseline. */
    public interface Baseline {
        double[][] of(double[][] seen, int steps);
    }

    /** The student's forecast loop. */
    public interface ClosedLoop {
        double[][] of(Function<double[][], double[]> next, double[][] seen, int steps);
    }

    /** The student's training. */
    public interface Train {
        History of(Model model, Dataset data, Dataset test, double learningRate, int epochs);
    }

    /** Two checks of one point each. */
    public static void match(Checks checks, String student, Match match) {
        Variant variant = Variant.of(student, "A4 hidden");
        Shape clip = Shape.of(5, 12, 20, 1);
        int units = variant.size("units", 5, 60);
        Model network = Models.cnnLstm(Backends.planning(), clip, 2, units, 1);
        checks.check("another size of images", 1, () -> {
            matched(match.of(clip, network.parameterCount(), false), units, "their weights");
            matched(match.of(clip, network.multiplyAdds(), true), units, "their multiply-adds");
        });
        checks.check("a little above and below", 1, () -> {
            for (int apart : new int[] {-20, 20}) {
                matched(match.of(clip, network.parameterCount() + apart, false), units, "nearly their weights");
                matched(match.of(clip, network.multiplyAdds() + apart, true), units, "nearly their multiply-adds");
            }
        });
    }

    private static void matched(int got, int units, String what) {
        Expect.that(got == units, "expected " + units + " units for " + what + ", the nearest, got " + got);
    }

    /** One check of one point. */
    public static void baseline(Checks checks, String student, Baseline baseline) {
        double[][] seen = Variant.of(student, "A4 hidden").array("seen", 1, 3);
        checks.check("one frame seen, five to come", 1, () -> {
            double[][] expected = new double[5][];
            Arrays.fill(expected, seen[0]);
            Expect.close("frames", expected, baseline.of(Copies.of(seen), 5), 1e-12);
        });
    }

    /** Two checks of one point each. */
    public static void closedLoop(Checks checks, String student, ClosedLoop loop) {
        double[][] seen = Variant.of(student, "A4 hidden").array("frames", 4, 2);
        checks.check("a network that adds the last two frames", 1, () -> {
            List<double[]> frames = new ArrayList<>(List.of(seen));
            for (int t = 0; t < 5; t++) {
                frames.add(sum(frames.toArray(new double[0][])));
            }
            double[][] before = Arrays.stream(seen).map(double[]::clone).toArray(double[][]::new);
            Expect.close("frames", frames.subList(4, 9).toArray(new double[0][]), loop.of(A4::sum, seen, 5), 1e-12);
            Expect.close("seenFrames, afterwards", before, seen, 0);
        });
        checks.check("one frame to forecast, and none", 1, () -> {
            Expect.close("frames", new double[][] {sum(seen)}, loop.of(A4::sum, seen, 1), 1e-12);
            Expect.that(loop.of(A4::sum, seen, 0).length == 0, "expected no frames for steps = 0");
        });
    }

    private static double[] sum(double[][] frames) {
        double[] a = frames[frames.length - 1];
        double[] b = frames[frames.length - 2];
        return new double[] {a[0] + b[0], a[1] + b[1]};
    }

    /** One check of one point. */
    public static void train(Checks checks, Train train) {
        checks.check("another network, another rate: no fixed numbers inside", 1, () -> {
            try (Backend K = Backends.best()) {
                HostArray x = HostArray.zeros(8, 3, 6, 6, 1);
                Random random = new Random(1);
                for (int k = 0; k < x.size(); k++) {
                    x.values()[k] = random.nextFloat();
                }
                double fresh = loss(K, x, train, 1e-2, 0);
                Expect.that(loss(K, x, train, 1e-2, 1) != fresh, "the model forecasts after fit what it did before");
                Expect.that(loss(K, x, train, 1e-2, 5) < loss(K, x, train, 1e-6, 5) - 1e-5,
                        "the learning rate has no effect");
            }
        });
    }

    /** The loss of a network after it was trained, computed here: a history is what somebody says of it. */
    private static double loss(Backend K, HostArray x, Train train, double learningRate, int epochs) {
        Model model = Models.cnnLstm(K, x.shape().drop(1), 2, 3, 1);
        if (epochs > 0) {
            HostArray given = new HostArray(x.shape(), x.values().clone());
            Dataset data = new Dataset(given, given);
            int trained = train.of(model, data, data, learningRate, epochs).losses().length;
            Expect.that(trained == epochs, "expected " + epochs + " epochs, got " + trained);
        }
        return new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(learningRate)).evaluate(new Dataset(x, x));
    }
}
