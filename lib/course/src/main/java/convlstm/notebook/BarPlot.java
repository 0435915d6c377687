package convlstm.notebook;

import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.CategoryChart;

/** Groups of bars; {@link Plots#bars} makes one. */
public final class BarPlot {
    private final String title;
    private final CategoryChart chart;
    private final List<String> categories;
    private final List<Color> colors = new ArrayList<>();

    BarPlot(String title, String xLabel, String yLabel, String... categories) {
        Style.requireLabels(title, xLabel, yLabel);
        this.title = title;
        if (categories.length == 0) {
            throw new IllegalArgumentException(
                    "categories: expected one name or more for the groups of bars, got none");
        }
        this.categories = List.of(categories);
        chart = new CategoryChart(Style.WIDTH, Style.HEIGHT);
        chart.setXAxisTitle(xLabel);
        chart.setYAxisTitle(yLabel);
        Style.apply(chart.getStyler());
        chart.getStyler().setAvailableSpaceFill(0.7);
        // XChart leaves names out where it has less room than this for each; every group of bars needs its name.
        chart.getStyler().setXAxisTickMarkSpacingHint(Math.min(74, Style.WIDTH / (2 * categories.length)));
    }

    /** Adds a bar to each group; one value for each category. */
    public BarPlot series(String name, double... values) {
        if (values.length != categories.size()) {
            throw new IllegalArgumentException("values: expected one for each of " + categories + " in '" + name
                    + "', got " + values.length);
        }
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
        if (errors.length != values.length) {
            throw new IllegalArgumentException(
                    "errors: expected one for each of " + values.length + " values of '" + name
                            + "', got " + errors.length);
        }
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

    /** The plot, drawn. */
    public Picture picture() {
        boolean legend = chart.getSeriesCollection().size() > 1;
        chart.getStyler().setLegendVisible(legend);
        int widest = categories.stream().mapToInt(c -> Style.width(c, Style.font(Font.PLAIN, 12))).max().orElseThrow();
        if (widest > (legend ? 340 : 500) / categories.size()) {
            chart.getStyler().setXAxisLabelRotation(20); // level, the names would overlap
        }
        return Style.draw(title, chart);
    }

    /** The plot as HTML for a notebook; {@code alt} says what it shows. */
    public String html(String alt) {
        return picture().html(alt);
    }
}
