package convlstm.notebook;

import static convlstm.notebook.Style.centered;
import static convlstm.tensor.Arguments.require;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/**
 * A matrix as colours with a scale beside it; {@link Plots#heatmap} makes one. Drawn cell by cell, because XChart's heat
 * map counts rows from below and knows no signed scale.
 */
public final class HeatMap implements Drawing {
    private static final int LONGEST_SIDE = 320;
    private static final int LEFT = 64;
    private static final int TOP = 42;
    private static final int RIGHT = 96;
    private static final int BOTTOM = 50;
    private static final int GAP = 16;
    private static final Font TICKS = Style.font(Font.PLAIN, 12);

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final double[][] values;
    private double min;
    private double max;
    private Color[] colors;
    private int block;
    private int decades;
    private String barLabel = "";

    HeatMap(String title, String xLabel, String yLabel, double[][] values) {
        Style.requireLabels(title, xLabel, yLabel);
        if (values.length == 0 || values[0].length == 0
                || Arrays.stream(values).anyMatch(r -> r.length != values[0].length)) {
            throw new IllegalArgumentException("values: expected rows of one length, at least 1 x 1, got "
                    + Arrays.stream(values).map(r -> r.length).toList());
        }
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.values = values;
        min = Math.min(0, Arrays.stream(values).flatMapToDouble(Arrays::stream).min().orElseThrow());
        max = Arrays.stream(values).flatMapToDouble(Arrays::stream).max().orElseThrow();
        colors = Palette.sequential();
        if (min < 0) {
            max = Math.max(max, -min);
            min = -max;
            colors = Palette.signed();
        }
    }

    /** The values that get the first and the last colour, for heat maps to be compared. */
    public HeatMap range(double first, double last) {
        require(last > first, "first, last", "first < last", first + ", " + last);
        min = first;
        max = last;
        return this;
    }

    /** Writes above the scale what the colours stand for, with its unit. */
    public HeatMap scale(String label) {
        Style.requireRoom("label", label, TICKS, RIGHT - GAP);
        barLabel = label;
        return this;
    }

    /** Draws a thin line, and writes the number, at every n-th row, and column of a square matrix: where blocks of it begin. */
    public HeatMap blocks(int n) {
        require(n >= 1, "n", "1 or more rows in a block", n);
        block = n;
        return this;
    }

    /**
     * Draws the size of values on a logarithmic scale, as {@link Frames} do: {@code largest} and more is white, each
     * power of ten less is darker, 0 alone is violet.
     *
     * @param powersOfTen how many of them the greys span; what is smaller, but not 0, is as dark as the last
     */
    public HeatMap logarithmic(double largest, int powersOfTen) {
        decades = powersOfTen;
        return grey().range(0, largest);
    }

    /** Draws the least value black and the largest white, as {@link Frames} do. */
    public HeatMap grey() {
        colors = new Color[] {Color.BLACK, Color.WHITE};
        return this;
    }

    @Override
    public Picture picture() {
        int rows = values.length;
        int columns = values[0].length;
        double cell = LONGEST_SIDE / (double) Math.max(rows, columns);
        int width = (int) Math.round(cell * columns);
        int height = (int) Math.round(cell * rows);
        int fullWidth = Math.max(LEFT + width + RIGHT, Style.width(title, Style.TITLE) + 20);
        return Style.canvas(fullWidth, TOP + height + BOTTOM, g -> draw(g, width, height, cell));
    }

    private void draw(Graphics2D g, int width, int height, double cell) {
        int rows = values.length;
        int columns = values[0].length;
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_OFF); // no seams
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                g.setColor(color(values[r][c]));
                g.fill(new Rectangle2D.Double(LEFT + c * cell, TOP + r * cell, cell, cell));
            }
        }
        g.setColor(Palette.GRID);
        for (int k = block; block > 0 && k < rows; k += block) {
            int at = (int) Math.round(k * cell);
            g.drawLine(LEFT, TOP + at, LEFT + width, TOP + at);
            if (rows == columns) {
                g.drawLine(LEFT + at, TOP, LEFT + at, TOP + height);
            }
        }
        Style.smooth(g);
        g.setColor(Palette.INK);
        g.drawRect(LEFT - 1, TOP - 1, width + 1, height + 1);
        g.setFont(Style.TITLE);
        g.drawString(title, 14, 24);
        g.setFont(Style.font(Font.PLAIN, 13));
        centered(g, xLabel, LEFT + width / 2, TOP + height + 38);
        g.rotate(-Math.PI / 2);
        centered(g, yLabel, -(TOP + height / 2), 20);
        g.rotate(Math.PI / 2);
        g.setFont(TICKS);
        ticks(g, columns, rows, cell, height);
        if (Arrays.stream(values).flatMapToDouble(Arrays::stream).distinct().count() > 2) {
            bar(g, barLabel, LEFT + width + GAP, TOP + (barLabel.isEmpty() ? 0 : 18), TOP + height, decades, min, max,
                    this::color);
        }
    }

    private Color color(double value) {
        if (decades > 0) {
            return value == 0
                    ? Palette.NOTHING
                    : Palette.between(colors, logarithmic(value, max, decades));
        }
        return max > min ? Palette.between(colors, (value - min) / (max - min)) : colors[0];
    }

    private void ticks(Graphics2D g, int columns, int rows, double cell, int height) {
        int step = block > 0 ? block : step(Math.max(rows, columns));
        for (int c = 0; c < columns; c += rows == columns || block == 0 ? step : step(columns)) {
            centered(g, "" + c, LEFT + (int) Math.round((c + 0.5) * cell), TOP + height + 17);
        }
        for (int r = 0; r < rows; r += step) {
            g.drawString("" + r, LEFT - 8 - g.getFontMetrics().stringWidth("" + r),
                    TOP + (int) Math.round((r + 0.5) * cell) + 4);
        }
    }

    /** The smallest of 1, 2, 4, 8, ... that leaves ten labels or fewer. */
    private static int step(int n) {
        int step = 1;
        while (n / step > 10) {
            step *= 2;
        }
        return step;
    }

    /**
     * The colours from the largest value, at the top, to the smallest, below their name. With {@code decades} above 0 they span so
     * many powers of ten, and the colour of 0 lies below them.
     */
    static void bar(Graphics2D g, String name, int x, int top, int end, int decades, double min, double max,
            DoubleFunction<Color> color) {
        int bottom = decades > 0 ? end - 22 : end;
        DoubleUnaryOperator at = part -> decades > 0
                ? max * Math.pow(10, (part - 1) * decades)
                : min + part * (max - min);
        if (decades > 0) {
            g.setColor(Palette.NOTHING);
            g.fillRect(x, end - 14, 14, 14);
            g.setColor(Palette.INK);
            g.drawRect(x, end - 14, 14, 14);
            g.drawString("exactly 0", x + 20, end - 2);
        }
        g.drawString(name, x, top - 8);
        for (int y = top; y < bottom; y++) {
            g.setColor(color.apply(at.applyAsDouble((bottom - 1 - y) / (double) Math.max(1, bottom - 1 - top))));
            g.fillRect(x, y, 14, 1);
        }
        g.setColor(Palette.INK);
        g.drawRect(x, top, 14, bottom - top);
        g.drawString(label(max, decades), x + 20, top + 11);
        g.drawString(label(at.applyAsDouble(0.5), decades), x + 20, (top + bottom) / 2 + 5);
        g.drawString((decades > 0 ? "≤ " : "") + label(at.applyAsDouble(0), decades), x + 20, bottom - 1);
    }

    private static String label(double value, int decades) {
        return decades > 0
                ? String.format(Locale.ROOT, value < 1 ? "%.0e" : "%.3g", value).replace("e-0", "e-").replace(".00", "")
                : number(value);
    }

    /** The place on a logarithmic scale, up to 1 for the largest; the lower end is lighter than black. */
    static double logarithmic(double value, double max, int decades) {
        return 0.12 + 0.88 * Math.clamp(1 + Math.log10(Math.abs(value) / max) / decades, 0, 1);
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, Math.abs(value) < 0.001 ? "%.0e" : "%.3g", value);
    }
}
