package convlstm.notebook;

import static convlstm.tensor.Arguments.require;

import convlstm.tensor.HostArray;
import java.util.stream.IntStream;

/**
 * The plots of the course: lines, bars, intervals and heat maps, all in one style, drawn by XChart. Every axis has a label with a
 * unit; every plot that is shown needs a text for those who cannot see it.
 *
 * <pre>{@code
 * Plots.lines("Loss", "epoch", "cross-entropy (nats per pixel)").series("ConvLSTM2D", epochs, losses).html("...")
 * }</pre>
 */
public final class Plots {
    private Plots() {}

    /** An empty plot of lines; labels name units, for example {@code "time (s)"}. */
    public static LinePlot lines(String title, String xLabel, String yLabel) {
        return new LinePlot(title, xLabel, yLabel);
    }

    /** An empty plot of bars, one group for each category. */
    public static BarPlot bars(String title, String xLabel, String yLabel, String... categories) {
        return new BarPlot(title, xLabel, yLabel, categories);
    }

    /** An empty plot of intervals below one another; {@code xLabel} says what the values are, left and right of 0. */
    public static ForestPlot forest(String title, String xLabel) {
        return new ForestPlot(title, xLabel);
    }

    /**
     * A matrix as colours, row 0 at the top.
     *
     * @param values {@code [rows][columns]}
     */
    public static HeatMap heatmap(String title, String xLabel, String yLabel, double[][] values) {
        return new HeatMap(title, xLabel, yLabel, values);
    }

    /** A matrix {@code (rows, columns)} as colours, row 0 at the top. */
    public static HeatMap heatmap(String title, String xLabel, String yLabel, HostArray values) {
        require(values.shape().rank() == 2, "values", "(rows, columns)", values.shape(),
                "take one sample and one channel, then reshape(rows, columns)");
        return heatmap(title, xLabel, yLabel, IntStream.range(0, values.dim(0)).mapToObj(r -> IntStream
                .range(0, values.dim(1)).mapToDouble(c -> values.get(r, c)).toArray()).toArray(double[][]::new));
    }
}
