package convlstm.notebook;

import static convlstm.tensor.Arguments.require;

import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.CategoryChart;

/** Groups of bars; {@link Plots#bars} makes one. */
public final class BarPlot implements Drawing {
    private final String title;
    private final CategoryChart chart;
    private final List<String> categories;
    private final List<Color> colors = new ArrayList<>();

    BarPlot(String title, String xLabel, String yLabel, String... categories) {
        Style.requireLabels(title, xLabel, yLabel);
        Style.requireRoom("yLabel", yLabel, Style.LEGEND, Style.HEIGHT);
        this.title = title;
        require(categories.length != 0, "categories", "one name or more for the groups of bars", "none");
        this.categories = List.of(categories);
        chart = new CategoryChart(Style.WIDTH, Style.HEIGHT);
        chart.setXAxisTitle(xLabel);
        chart.setYAxisTitle(yLabel);
        Style.apply(chart.getStyler());
        chart.getStyler().setAvailableSpaceFill(0.7).setErrorBarsColorSeriesColor(false).setErrorBarsColor(Palette.INK);
        // XChart leaves names out where it has less room than this for each; every group of bars needs its name.
        chart.getStyler().setXAxisTickMarkSpacingHint(Math.min(74, Style.WIDTH / (2 * categories.length)));
    }

    /** Adds a bar to each group; one value for each category. */
    public BarPlot series(String name, double... values) {
        require(values.length == categories.size(), "values", "one for each of " + categories + " in '" + name + "'",
                values.length);
        Color color = Palette.series(name, colors);
        colors.add(color);
        chart.addSeries(name, categories, Arrays.stream(values).boxed().toList()).setFillColor(color);
        return this;
    }

    /**
     * Adds a bar with an error bar to each group.
     *
     * @param values one for each category
     * @param errors one for each category; an error bar reaches that far up and down, for example a standard deviation
     */
    public BarPlot series(String name, double[] values, double[] errors) {
        require(errors.length == values.length, "errors",
                "one for each of " + values.length + " values of '" + name + "'", errors.length);
        series(name, values);
        chart.updateCategorySeries(name, categories, Arrays.stream(values).boxed().toList(),
                Arrays.stream(errors).boxed().toList());
        return this;
    }

    /** Draws a dashed line across the plot: a height to compare the bars with. */
    public BarPlot level(double y) {
        chart.addAnnotation(Mark.level(y));
        return this;
    }

    @Override
    public Picture picture() {
        boolean legend = chart.getSeriesCollection().size() > 1;
        chart.getStyler().setLegendVisible(legend);
        int widest = categories.stream().mapToInt(c -> Style.width(c, Style.font(Font.PLAIN, 12))).max().orElseThrow();
        if (widest > (legend ? 340 : 500) / categories.size()) {
            chart.getStyler().setXAxisLabelRotation(20); // level, the names would overlap
        }
        return Style.draw(title, chart);
    }
}
