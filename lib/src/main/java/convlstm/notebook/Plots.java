package convlstm.notebook;

/**
 * The plots of the course: lines, bars and heat maps, all in one style, drawn by XChart. Every axis has a label with a
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

    /**
     * A matrix as colours, row 0 at the top.
     *
     * @param values {@code [rows][columns]}
     */
    public static HeatMap heatmap(String title, String xLabel, String yLabel, double[][] values) {
        return new HeatMap(title, xLabel, yLabel, values);
    }
}
