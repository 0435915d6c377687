package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A forest plot: many differences on one axis, a line for each with its interval; {@link Plots#forest} makes one. Where
 * an interval holds 0 it is grey and its point hollow.
 */
public final class ForestPlot implements Drawing {
    private static final Font TEXT = Style.font(Font.PLAIN, 13);
    private static final Font HEAD = Style.font(Font.BOLD, 13);
    private static final int ROW = 21;
    private static final int TOP = 42;
    private static final int BOTTOM = 52;
    private static final int AXIS = 330;
    private static final int GAP = 14;
    private static final Color UNDECIDED = new Color(0x808080);

    private record Line(String text, double low, double middle, double high, @Nullable String note) {
        boolean heading() {
            return note == null;
        }
    }

    private final String title;
    private final String xLabel;
    private final List<Line> lines = new ArrayList<>();

    ForestPlot(String title, String xLabel) {
        Style.requireLabels(title, xLabel, xLabel);
        this.title = title;
        this.xLabel = xLabel;
    }

    /** Adds a heading for the lines that follow. */
    public ForestPlot heading(String text) {
        lines.add(new Line(text, 0, 0, 0, null));
        return this;
    }

    /**
     * Adds a line.
     *
     * @param text written at its left
     * @param note written at its right: what was compared, for example
     */
    public ForestPlot line(String text, double low, double middle, double high, String note) {
        if (!(low <= middle && middle <= high)) {
            throw new IllegalArgumentException("low, middle, high: expected them in this order for '" + text + "', got "
                    + low + ", " + middle + ", " + high);
        }
        lines.add(new Line(text, low, middle, high, note));
        return this;
    }

    @Override
    public Picture picture() {
        if (lines.stream().allMatch(Line::heading)) {
            throw new IllegalStateException("lines: expected one or more, got none. Hint: add them with line(...)");
        }
        double widest = lines.stream().mapToDouble(l -> Math.max(Math.abs(l.low), Math.abs(l.high))).max()
                .orElseThrow();
        double step = widest > 1 ? 0.5 : widest > 0.5 ? 0.25 : 0.1;
        int ticks = (int) Math.ceil(widest / step);
        double reach = ticks * step;
        int left = GAP
                + lines.stream().mapToInt(l -> Style.width(l.text, l.heading() ? HEAD : TEXT)).max().orElseThrow()
                + GAP;
        int notes = lines.stream().filter(l -> l.note != null).mapToInt(l -> Style.width(l.note, TEXT)).max().orElse(0);
        int width = left + AXIS + GAP + notes + GAP;
        int bottom = TOP + lines.size() * ROW;
        return Style.canvas(width, bottom + BOTTOM, g -> {
            g.setColor(Palette.INK);
            g.setFont(Style.TITLE);
            g.drawString(title, GAP, 24);
            g.setFont(TEXT);
            for (int k = -ticks; k <= ticks; k++) {
                int at = at(k * step, reach, left);
                g.setColor(k == 0 ? Palette.INK : Palette.GRID);
                g.drawLine(at, TOP, at, bottom);
                g.setColor(Palette.INK);
                String label = k == 0 ? "0" : String.format(Locale.ROOT, step == 0.25 ? "%+.2f" : "%+.1f", k * step);
                g.drawString(label, at - Style.width(label, TEXT) / 2, bottom + 17);
            }
            g.drawString(xLabel, left + (AXIS - Style.width(xLabel, TEXT)) / 2, bottom + 40);
            for (int k = 0; k < lines.size(); k++) {
                draw(g, lines.get(k), TOP + k * ROW + ROW / 2, reach, left);
            }
        });
    }

    private static int at(double x, double reach, int left) {
        return left + (int) Math.round((x + reach) / (2 * reach) * AXIS);
    }

    private static void draw(Graphics2D g, Line line, int y, double reach, int left) {
        g.setColor(Palette.INK);
        g.setFont(line.heading() ? HEAD : TEXT);
        g.drawString(line.text, GAP, y + 5);
        if (line.note == null) {
            return;
        }
        g.drawString(line.note, left + AXIS + GAP, y + 5);
        boolean decided = line.low > 0 || line.high < 0;
        g.setColor(decided ? Palette.INK : UNDECIDED);
        g.setStroke(new BasicStroke(2));
        g.drawLine(at(line.low, reach, left), y, at(line.high, reach, left), y);
        int middle = at(line.middle, reach, left);
        if (!decided) {
            g.setColor(Color.WHITE);
        }
        g.fillOval(middle - 4, y - 4, 8, 8);
        g.setColor(decided ? Palette.INK : UNDECIDED);
        g.drawOval(middle - 4, y - 4, 8, 8);
        g.setStroke(new BasicStroke(1));
    }
}
