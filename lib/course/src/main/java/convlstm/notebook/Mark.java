package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Annotation;

/** What XChart does not draw: a name at a point, a range, a level, and a part of the plot shaded. */
abstract class Mark extends Annotation {
    private static final Font TEXT = Style.font(Font.PLAIN, 12);
    private static final Color SHADE = new Color(0, 0, 0, 22);
    private static final int CAP = 4;
    /** How wide the rim of a hollow point is, twice. */
    private static final int RIM = 5;

    private Mark() {
        super(false);
        bounds = new Rectangle2D.Double();
    }

    /**
     * A text on white, so that no line crosses it out, centred on a point or right of it, or as far to the left as it has to be to stay in the plot.
     *
     * @param beside right of the point
     * @param baseline pixels below the point, negative above it
     */
    static Mark name(String text, double x, double y, boolean beside, int baseline) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int width = Style.width(text, TEXT);
                int left = Math.clamp(getXAxisScreenValue(x) + (beside ? 12 : -width / 2),
                        getXAxisScreenValueForMin() + 3, getXAxisScreenValueForMax() - width);
                write(g, text, left, width, getYAxisScreenValue(y) + baseline);
            }
        };
    }

    private static void write(Graphics2D g, String text, int left, int width, int baseline) {
        g.setColor(Palette.PAPER);
        g.fillRect(left - 2, baseline - 11, width + 4, 14);
        g.setFont(TEXT);
        g.setColor(Palette.INK);
        g.drawString(text, left, baseline);
    }

    /** What lies right of x, shaded, with a text at its top, and one at the top of what lies left of it. */
    static Mark shade(double x, String before, String what) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int left = getXAxisScreenValue(x);
                int top = Math.min(getYAxisScreenValueForMax(), getYAxisScreenValueForMin());
                g.setColor(SHADE);
                g.fillRect(left, top, getXAxisScreenValueForMax() - left,
                        Math.abs(getYAxisScreenValueForMax() - getYAxisScreenValueForMin()));
                g.setFont(TEXT);
                g.setColor(Palette.INK);
                g.drawString(before, left - 6 - Style.width(before, TEXT), top + 15);
                g.drawString(what, left + 6, top + 15);
            }
        };
    }

    /** A point of the series, so many pixels wide, of which only the rim is left. */
    static Mark hollow(double x, double y, XYSeries series, int size) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                g.setColor(series.getMarkerColor());
                series.getMarker().paint(g, getXAxisScreenValue(x), getYAxisScreenValue(y), size);
                g.setColor(Palette.PAPER);
                series.getMarker().paint(g, getXAxisScreenValue(x), getYAxisScreenValue(y), size - RIM);
            }
        };
    }

    /** A dashed line across the plot. */
    static Mark level(double y) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                g.setColor(Palette.INK);
                g.setStroke(
                        new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {6, 4}, 0));
                g.drawLine(getXAxisScreenValueForMin(), getYAxisScreenValue(y), getXAxisScreenValueForMax(),
                        getYAxisScreenValue(y));
            }
        };
    }

    /** A vertical line with caps, from low to high. */
    static Mark range(double x, double low, double high, Color color) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int at = getXAxisScreenValue(x);
                int top = getYAxisScreenValue(high);
                int bottom = getYAxisScreenValue(low);
                g.setColor(color);
                g.setStroke(new BasicStroke(1.4f));
                g.drawLine(at, top, at, bottom);
                g.drawLine(at - CAP, top, at + CAP, top);
                g.drawLine(at - CAP, bottom, at + CAP, bottom);
            }
        };
    }
}
