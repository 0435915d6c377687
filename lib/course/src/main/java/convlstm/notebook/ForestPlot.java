package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A forest plot: many differences on one axis, a line for each with its interval; {@link Plots#forest} makes one. Where
 * an interval holds 0 the point is hollow. A line between two names is grey then, and otherwise has the colour of the side
 * that is ahead: blue the right one, vermilion the left. A line of one network or forecast has its colour in all plots.
 */
public final class ForestPlot implements Drawing {
    private static final Font TEXT = Style.font(Font.PLAIN, 13);
    private static final Font BOLD = Style.font(Font.BOLD, 13);
    private static final int ROW = 25;
    private static final int TOP = 40;
    private static final int BOTTOM = 54;
    private static final int GAP = 12;
    private static final int RADIUS = 4;
    private static final int WHOLE_LEFT = 245;
    private static final int WHOLE_RIGHT = Style.WIDTH - 115;
    private static final Color UNDECIDED = new Color(0x707070);

    private record Line(String text, double low, double middle, double high, String left, String right) {
        boolean heading() {
            return Double.isNaN(middle);
        }

        boolean decided() {
            return low > 0 || high < 0;
        }
    }

    private final String title;
    private final String xLabel;
    private final List<Line> lines = new ArrayList<>();
    private double limit = Double.MAX_VALUE;
    private boolean shares;
    private boolean whole;

    ForestPlot(String title, String xLabel) {
        Style.requireLabels(title, xLabel, xLabel);
        Style.requireRoom("title", title, Style.TITLE, Style.WIDTH - GAP);
        this.title = title;
        this.xLabel = xLabel;
    }

    /** Adds a heading for the lines that follow. */
    public ForestPlot heading(String text) {
        lines.add(new Line(text, 0, Double.NaN, 0, "", ""));
        return this;
    }

    /** Adds a line with a text at its left. */
    public ForestPlot line(String text, double low, double middle, double high) {
        return line(text, low, middle, high, "", "");
    }

    /**
     * Adds a line between the names of two sides; the side that is ahead is bold.
     *
     * @param left who is ahead where the difference is negative
     * @param right who is ahead where it is positive
     */
    public ForestPlot line(String text, double low, double middle, double high, String left, String right) {
        if (!(low <= middle && middle <= high)) {
            throw new IllegalArgumentException("low, middle, high: expected them in this order for '" + text + "', got "
                    + low + ", " + middle + ", " + high);
        }
        lines.add(new Line(text, low, middle, high, left, right));
        return this;
    }

    /**
     * The differences are shares, so the axis ends at 100 % at the latest, or a little beyond, where a point at its end does
     * not hide the arrow of an interval that is longer.
     */
    public ForestPlot shares() {
        shares = true;
        return within(1.1);
    }

    /**
     * Ends the axis at -limit and limit at the latest, but behind every point: one long interval would squeeze all others.
     * An arrow marks an interval that goes on.
     */
    public ForestPlot within(double limit) {
        this.limit = limit;
        return this;
    }

    /** Shares from -100 % to 100 %, on an axis that all such plots have in the same place, to be compared. */
    public ForestPlot whole() {
        whole = true;
        return shares();
    }

    /** Where things are, in CSS pixels, and the ends of the axis. */
    private record Frame(int left, int right, double from, double to, double step) {
        int at(double x) {
            return left + (int) Math.round((Math.clamp(x, from, to) - from) / (to - from) * (right - left));
        }
    }

    private Frame frame() {
        if (whole) {
            return new Frame(WHOLE_LEFT, WHOLE_RIGHT, -1.1, 1.1, 0.25);
        }
        double end = lines.stream().filter(line -> !line.heading()).mapToDouble(line -> Math.abs(line.middle))
                .reduce(limit, Math::max);
        double low = Math.max(-end, Math.min(0, lines.stream().mapToDouble(Line::low).min().orElseThrow()));
        double high = Math.min(end, Math.max(0, lines.stream().mapToDouble(Line::high).max().orElseThrow()));
        double step = shares ? 0.25 : high - low > 2 ? 0.5 : high - low > 0.8 ? 0.25 : 0.1;
        int names = width(Line::left, BOLD);
        int left = GAP + width(Line::text, TEXT) + (names == 0 ? 0 : GAP + names) + GAP;
        int right = Style.WIDTH - GAP - width(Line::right, BOLD) - GAP;
        return new Frame(left, right, Math.max(-end, step * Math.floor(low / step)),
                Math.min(end, step * Math.ceil(high / step)), step);
    }

    private int width(Function<Line, String> text, Font font) {
        return lines.stream().filter(line -> !line.heading()).mapToInt(line -> Style.width(text.apply(line), font))
                .max().orElse(0);
    }

    @Override
    public Picture picture() {
        if (lines.stream().allMatch(Line::heading)) {
            throw new IllegalStateException("lines: expected one or more, got none. Hint: add them with line(...)");
        }
        Frame frame = frame();
        int bottom = TOP + lines.size() * ROW;
        return Style.canvas(Style.WIDTH, bottom + BOTTOM, g -> {
            g.setColor(Palette.INK);
            g.setFont(Style.TITLE);
            g.drawString(title, GAP, 24);
            for (long k = Math.round(frame.from / frame.step); k <= Math.round(frame.to / frame.step); k++) {
                tick(g, k * frame.step, frame, bottom);
            }
            g.setColor(Palette.INK);
            int middle = (frame.left + frame.right - Style.width(xLabel, TEXT)) / 2;
            g.drawString(xLabel, Math.min(middle, Style.WIDTH - GAP - Style.width(xLabel, TEXT)), bottom + 42);
            for (int k = 0; k < lines.size(); k++) {
                draw(g, lines.get(k), TOP + k * ROW + ROW / 2, frame);
            }
        });
    }

    private void tick(Graphics2D g, double x, Frame frame, int bottom) {
        int at = frame.at(x);
        g.setColor(Math.abs(x) < 1e-9 ? UNDECIDED : Palette.GRID);
        g.drawLine(at, TOP, at, bottom);
        String format = Math.abs(x) < 1e-9 ? "0" : shares ? "%.0f %%" : "%+.2f";
        String label = String.format(Locale.ROOT, format, shares ? 100 * Math.abs(x) : x);
        int room = frame.at(frame.from + frame.step) - frame.left;
        if (Math.round(x / frame.step) % 2 != 0 && room < Style.width("100 %", TEXT) + GAP) {
            return; // a line, but no room for its label
        }
        g.setFont(TEXT);
        g.setColor(Palette.INK);
        g.drawString(label, at - Style.width(label, TEXT) / 2, bottom + 18);
    }

    private static void draw(Graphics2D g, Line line, int y, Frame frame) {
        if (line.heading()) { // on white, so that no line of the axis crosses it out
            g.setColor(Palette.PAPER);
            g.fillRect(GAP, y - ROW / 2, Style.width(line.text, BOLD) + GAP, ROW);
        }
        g.setColor(Palette.INK);
        g.setFont(line.heading() ? BOLD : TEXT);
        g.drawString(line.text, GAP, y + 5);
        if (line.heading()) {
            return;
        }
        name(g, line.left, frame.left - GAP - Style.width(line.left, line.high < 0 ? BOLD : TEXT), y, line.high < 0);
        name(g, line.right, frame.right + GAP, y, line.low > 0);
        Color color = color(line);
        g.setColor(color);
        g.setStroke(new BasicStroke(2.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
        g.drawLine(frame.at(line.low), y, frame.at(line.high), y);
        arrow(g, line.low < frame.from, frame.left, y, -1);
        arrow(g, line.high > frame.to, frame.right, y, 1);
        int middle = frame.at(line.middle) - RADIUS;
        g.setColor(line.decided() ? color : Palette.PAPER);
        g.fillOval(middle, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
        g.setColor(color);
        g.setStroke(new BasicStroke(2));
        g.drawOval(middle, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
        g.setStroke(new BasicStroke(1));
    }

    private static Color color(Line line) {
        Color[] kind = line.left.isEmpty() ? Palette.kind(line.text) : new Color[0];
        return kind.length > 0 ? kind[0] : !line.decided() ? UNDECIDED : Palette.series()[line.low > 0 ? 0 : 1];
    }

    private static void name(Graphics2D g, String name, int x, int y, boolean ahead) {
        g.setFont(ahead ? BOLD : TEXT);
        g.setColor(ahead ? Palette.INK : UNDECIDED);
        g.drawString(name, x, y + 5);
    }

    private static void arrow(Graphics2D g, boolean drawn, int tip, int y, int way) {
        if (drawn) {
            g.fillPolygon(new int[] {tip + 6 * way, tip - 2 * way, tip - 2 * way}, new int[] {y, y - 5, y + 5}, 3);
        }
    }
}
