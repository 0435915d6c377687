package convlstm.notebook;

import static convlstm.notebook.Picture.SCALE;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.util.function.Consumer;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;

/** The look that all XChart plots share, and how one becomes a picture. */
final class Style {
    static final int WIDTH = 640;
    static final int HEIGHT = 330;
    static final Font TITLE = font(Font.BOLD, 15);
    static final Font LEGEND = font(Font.PLAIN, 13);
    private static final int TITLE_HEIGHT = 30;
    private static final int MARGIN = 14;

    private Style() {}

    static void apply(AxesChartStyler style) {
        style.setChartBackgroundColor(Palette.PAPER)
                .setChartFontColor(Palette.INK)
                .setSeriesColors(Palette.series())
                .setChartTitleVisible(false)
                .setLegendFont(LEGEND)
                .setLegendBorderColor(Palette.PAPER)
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setPlotBackgroundColor(Palette.PAPER)
                .setPlotBorderColor(Palette.GRID)
                .setMarkerSize(6);
        style.setAxisTitleFont(LEGEND)
                .setAxisTickLabelsFont(font(Font.PLAIN, 12))
                .setAxisTickLabelsColor(Palette.INK)
                .setPlotGridLinesColor(Palette.GRID)
                .setErrorBarsColorSeriesColor(true)
                .setPlotGridLinesStroke(new BasicStroke(0.8f))
                .setPlotGridVerticalLinesVisible(false)
                .setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right)
                .setYAxisDecimalPattern("#,##0.#####");
    }

    /** A drawing of its own, on white; sizes and coordinates in CSS pixels. */
    static Picture canvas(int width, int height, Consumer<Graphics2D> drawing) {
        return Picture.png(image(width, height, drawing));
    }

    /** The same, not yet encoded. */
    static BufferedImage image(int width, int height, Consumer<Graphics2D> drawing) {
        BufferedImage image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        smooth(g);
        g.scale(SCALE, SCALE);
        g.setColor(Palette.PAPER);
        g.fillRect(0, 0, width, height);
        g.setColor(Palette.INK);
        drawing.accept(g);
        g.dispose();
        return image;
    }

    static void centered(Graphics2D g, String text, int x, int y) {
        g.drawString(text, x - g.getFontMetrics().stringWidth(text) / 2, y);
    }

    static Font font(int kind, int size) {
        return new Font(Font.SANS_SERIF, kind, size);
    }

    /** How wide a text is drawn, in CSS pixels. */
    static int width(String text, Font font) {
        return (int) Math.ceil(font.getStringBounds(text, new FontRenderContext(null, true, true)).getWidth());
    }

    /** Draws a chart below its title, which XChart would centre on the plot and clip. */
    static Picture draw(String title, AxesChart<?, ?> chart) {
        return draw(title, chart, 0, g -> {});
    }

    /** The same above a legend, so many pixels high. */
    static Picture draw(String title, AxesChart<?, ?> chart, int below, Consumer<Graphics2D> legend) {
        int width = Math.max(chart.getWidth(), width(title, TITLE) + 2 * MARGIN);
        return canvas(width, TITLE_HEIGHT + HEIGHT + below, g -> {
            g.setFont(TITLE);
            g.drawString(title, MARGIN, TITLE_HEIGHT - 6);
            g.translate(0, TITLE_HEIGHT);
            Graphics2D after = (Graphics2D) g.create();
            chart.paint(g, chart.getWidth(), HEIGHT); // gives each series its marker
            after.translate(0, HEIGHT);
            legend.accept(after);
            after.dispose();
        });
    }

    static void smooth(Graphics2D g) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    }

    static void requireLabels(String title, String xLabel, String yLabel) {
        if (title.isBlank() || xLabel.isBlank() || yLabel.isBlank()) {
            throw new IllegalArgumentException("title, xLabel, yLabel: expected all three, got '" + title + "', '"
                    + xLabel + "', '" + yLabel + "'. Hint: a plot without labels says nothing; name the units");
        }
    }

    /** A text that is drawn whole. */
    static void requireRoom(String name, String text, Font font, int room) {
        if (width(text, font) > room) {
            throw new IllegalArgumentException(name + ": expected at most " + room + " pixels, got '" + text + "' with "
                    + width(text, font) + ". Hint: shorten it, or it is cut off");
        }
    }
}
