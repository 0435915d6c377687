package convlstm.notebook;

import static convlstm.tensor.Arguments.require;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines over a common x axis; {@link Plots#lines} makes one. */
public final class LinePlot implements Drawing {
    /** What a legend's line and the space around a name take. */
    private static final int LEGEND_MARK = 60;
    private static final int LEGEND_HEIGHT = 34;
    /** A point's size, where points stand alone. */
    private static final int LARGE = 11;

    private final String title;
    private final XYChart chart;
    private final List<Color> colors = new ArrayList<>();
    private double lowest = Double.POSITIVE_INFINITY;
    private double highest = Double.NEGATIVE_INFINITY;

    LinePlot(String title, String xLabel, String yLabel) {
        Style.requireLabels(title, xLabel, yLabel);
        Style.requireRoom("yLabel", yLabel, Style.LEGEND, Style.HEIGHT);
        this.title = title;
        chart = new XYChart(Style.WIDTH, Style.HEIGHT);
        chart.setXAxisTitle(xLabel);
        chart.setYAxisTitle(yLabel);
        Style.apply(chart.getStyler());
    }

    /**
     * Adds a line.
     *
     * @param name what the legend calls it
     * @param xs as many as there are ys
     * @param ys NaN where there is no value: the line has a gap there
     */
    public LinePlot series(String name, double[] xs, double[] ys) {
        require(ys.length > 0, "ys", "one value or more for '" + name + "'", "none",
                "where this is the history of a training, that was stopped in its first epoch; run its cell again");
        require(xs.length == ys.length, "xs, ys", "the same number of values for '" + name + "'",
                xs.length + " and " + ys.length);
        var series = chart.addSeries(name, xs, ys);
        Color color = Palette.series(name, colors);
        colors.add(color);
        series.setLineColor(color);
        series.setMarkerColor(color);
        if (xs.length >= 30) {
            series.setMarker(SeriesMarkers.NONE);
        }
        return this;
    }

    /**
     * Adds a line whose points have error bars.
     *
     * @param errors as many as there are ys; a bar reaches that far up and down, for example a standard deviation
     */
    public LinePlot series(String name, double[] xs, double[] ys, double[] errors) {
        require(errors.length == ys.length, "errors", "one for each of " + ys.length + " ys of '" + name + "'",
                errors.length);
        series(name, xs, ys);
        chart.updateXYSeries(name, xs, ys, errors);
        return this;
    }

    /** Draws at each point of the last line from the smallest to the largest of the numbers that it is the mean of. */
    public LinePlot ranges(double[] smallest, double[] largest) {
        XYSeries series = last();
        double[] xs = series.getXData();
        require(smallest.length == xs.length && largest.length == xs.length, "smallest, largest", "one for each of "
                + xs.length + " points of '" + series.getName() + "'", smallest.length + " and " + largest.length);
        for (int k = 0; k < xs.length; k++) {
            chart.addAnnotation(Mark.range(xs[k], smallest[k], largest[k], series.getLineColor()));
        }
        lowest = Math.min(lowest, Arrays.stream(smallest).min().orElseThrow());
        highest = Math.max(highest, Arrays.stream(largest).max().orElseThrow());
        return this;
    }

    /** Dashes the last line, so that one that lies below it can be seen. */
    public LinePlot dashed() {
        last().setLineStyle(SeriesLines.DASH_DASH);
        last().setMarker(SeriesMarkers.NONE);
        return this;
    }

    /** Dashes the last line in the colour of the series it belongs to: what a formula says, beside what was measured. */
    public LinePlot dashed(String of) {
        XYSeries whole = chart.getSeriesCollection().stream().filter(series -> series.getName().equals(of)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("of: expected a series of this plot, one of "
                        + chart.getSeriesCollection().stream().map(XYSeries::getName).toList() + ", got '" + of + "'"));
        last().setLineColor(whole.getLineColor());
        return dashed();
    }

    /** Draws the last series as points without a line: single trainings. */
    public LinePlot dots() {
        last().setLineStyle(SeriesLines.NONE);
        return this;
    }

    /** Makes all points large and this one of the last series hollow: of another kind than its filled ones. */
    public LinePlot hollow(double x, double y) {
        chart.addAnnotation(Mark.hollow(x, y, last(), LARGE));
        chart.getStyler().setMarkerSize(LARGE);
        return this;
    }

    private XYSeries last() {
        return chart.getSeriesCollection().stream().reduce((a, b) -> b)
                .orElseThrow(() -> new IllegalStateException("series: expected one or more, got none"));
    }

    /** Adds a line over 1, 2, 3, ...: epochs or frames. */
    public LinePlot series(String name, double[] ys) {
        return series(name, IntStream.rangeClosed(1, ys.length).asDoubleStream().toArray(), ys);
    }

    /** Draws the last series as large points, with its value above each: an axis of powers of ten alone is hard to read. */
    public LinePlot values() {
        double[] ys = last().getYData();
        for (int k = 0; k < ys.length; k++) {
            chart.addAnnotation(Mark.name("" + Math.round(10 * ys[k]) / 10.0, last().getXData()[k], ys[k], false, -11));
        }
        chart.getStyler().setMarkerSize(LARGE);
        return dots();
    }

    /** Draws a point, and to the lower right its name in place of the legend's: a rising line leaves room there. */
    public LinePlot point(String name, double x, double y) {
        series(name, new double[] {x}, new double[] {y});
        last().setShowInLegend(false);
        chart.addAnnotation(Mark.name(name, x, y, true, 20));
        chart.getStyler().setMarkerSize(LARGE);
        return dots();
    }

    /** Makes the y axis start at the given value; 0 lets heights be compared. */
    public LinePlot yFrom(double min) {
        chart.getStyler().setYAxisMin(min);
        return this;
    }

    /** Makes the y axis end at the given value: room for what is written there. */
    public LinePlot yTo(double max) {
        chart.getStyler().setYAxisMax(max);
        return this;
    }

    /** Shades the plot from {@code x} to its right end, and writes there what begins: for example "in the dark". */
    public LinePlot shade(double x, String what) {
        return shade(x, "", what);
    }

    /** The same, with a text for the part before {@code x}, too. */
    public LinePlot shade(double x, String before, String what) {
        chart.addAnnotation(Mark.shade(x, before, what));
        return this;
    }

    /** Writes names on the x axis in place of 1, 2, 3, ... */
    public LinePlot xNames(String... names) {
        chart.getStyler().setXAxisTickLabelsFormattingFunction(x -> {
            long k = Math.round(x); // XChart may put its ticks a little beside whole numbers
            return Math.abs(x - k) < 0.2 && k >= 1 && k <= names.length ? names[(int) k - 1] : "";
        });
        return this;
    }

    /** Makes the x axis logarithmic; values must be above 0. */
    public LinePlot logX() {
        chart.getStyler().setXAxisLogarithmic(true);
        return this;
    }

    /** Makes the y axis logarithmic; values must be above 0. */
    public LinePlot logY() {
        chart.getStyler().setYAxisLogarithmic(true);
        return this;
    }

    /** Frames and epochs are whole numbers: no ticks between a few of them. */
    private void spaceTicks() {
        double[] xs = chart.getSeriesCollection().stream().flatMapToDouble(s -> Arrays.stream(s.getXData())).toArray();
        double range = Arrays.stream(xs).max().orElse(0) - Arrays.stream(xs).min().orElse(0);
        if (range > 1.5 && !chart.getStyler().isXAxisLogarithmic()) {
            int legend = namesBelow() ? 0 : legendWidth();
            int hint = (int) (1.05 * (Style.WIDTH - 150 - legend) / range); // about the room for one
            chart.getStyler().setXAxisTickMarkSpacingHint(range < 12 ? hint : range > 30 ? 74 : 150);
            if (range > 30) { // XChart puts ticks at every third of equally spaced values, not at tens
                var first = chart.getSeriesCollection().iterator().next();
                double[] uneven = first.getXData().clone();
                uneven[0] += 1e-9 * range;
                chart.updateXYSeries(first.getName(), uneven, first.getYData(), first.getExtraValues());
            }
        }
    }

    private Stream<XYSeries> legend() {
        return chart.getSeriesCollection().stream().filter(XYSeries::isShowInLegend);
    }

    private IntStream widths() {
        return legend().mapToInt(s -> Style.width(s.getName(), Style.LEGEND));
    }

    private int legendWidth() {
        return widths().max().orElse(0);
    }

    /** Long names go below the plot, if there is room for them side by side: beside it they would leave none for the lines. */
    private boolean namesBelow() {
        return legend().count() > 1 && legendWidth() > 110 && widths().map(w -> w + LEGEND_MARK).sum() < Style.WIDTH;
    }

    /** The names in a row, each nearer to its own line than to the next one's; XChart puts a line midway between two. */
    private void names(Graphics2D g) {
        int y = LEGEND_HEIGHT / 2;
        int x = (Style.WIDTH + LEGEND_MARK / 2 - widths().map(w -> w + LEGEND_MARK).sum()) / 2;
        for (XYSeries series : legend().toList()) {
            g.setColor(series.getLineColor());
            g.setStroke(series.getLineStyle());
            if (series.getLineStyle() != SeriesLines.NONE) {
                g.drawLine(x, y, x + 24, y);
            }
            series.getMarker().paint(g, x + 12, y, chart.getStyler().getMarkerSize());
            g.setColor(Palette.INK);
            g.setFont(Style.LEGEND);
            g.drawString(series.getName(), x + 30, y + 5);
            x += Style.width(series.getName(), Style.LEGEND) + LEGEND_MARK;
        }
    }

    /** Powers of ten, where figures written in full would round to 0 or be too long to read. */
    private boolean extreme() {
        return chart.getStyler().isYAxisLogarithmic() && ys().anyMatch(y -> y > 0 && y < 1e-5 || y > 1e6);
    }

    private DoubleStream ys() {
        return chart.getSeriesCollection().stream().flatMapToDouble(series -> Arrays.stream(series.getYData()))
                .filter(y -> !Double.isNaN(y));
    }

    /** Draws exponents on a plain axis, where XChart's lines at 2, 3, ... 9 of many powers of ten would be a fog. */
    private void exponents() {
        double lowest = Math.floor(Math.log10(ys().filter(y -> y > 0).min().orElseThrow()));
        double highest = Math.ceil(Math.log10(ys().max().orElseThrow()));
        double step = Math.ceil((highest - lowest) / 10);
        chart.getStyler().setYAxisLogarithmic(false).setYAxisMin(lowest)
                .setYAxisMax(lowest + step * Math.ceil((highest - lowest) / step));
        chart.getStyler().setYAxisTickLabelsFormattingFunction(y -> "10" + ("" + Math.round(y)).chars()
                .mapToObj(c -> "" + "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c == '-' ? 0 : 1 + c - '0')).collect(Collectors.joining()));
        for (var series : List.copyOf(chart.getSeriesCollection())) {
            chart.updateXYSeries(series.getName(), series.getXData(),
                    Arrays.stream(series.getYData()).map(y -> y > 0 ? Math.log10(y) : Double.NaN).toArray(), null);
        }
    }

    @Override
    public Picture picture() {
        boolean below = namesBelow();
        chart.getStyler().setLegendVisible(!below && legend().count() > 1);
        spaceTicks();
        if (lowest < highest) { // XChart's own limits know nothing of ranges
            double room = 0.04 * (highest - lowest);
            yFrom(Objects.requireNonNullElse(chart.getStyler().getYAxisMin(), lowest - room));
            yTo(Objects.requireNonNullElse(chart.getStyler().getYAxisMax(), highest + room));
        }
        if (extreme() && ys().max().orElseThrow() > 1e8 * ys().filter(y -> y > 0).min().orElseThrow()) {
            exponents();
        } else if (extreme()) {
            chart.getStyler().setYAxisDecimalPattern("0E0");
        }
        return below ? Style.draw(title, chart, LEGEND_HEIGHT, this::names) : Style.draw(title, chart);
    }
}
