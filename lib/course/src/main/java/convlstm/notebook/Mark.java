package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import org.knowm.xchart.internal.chartpart.Annotation;

/** What XChart does not draw: a name beside a point, a whisker on a bar, a level, and a part of the plot shaded. */
abstract class Mark extends Annotation {
    private static final Font TEXT = Style.font(Font.PLAIN, 12);
    private static final Color SHADE = new Color(0, 0, 0, 22);
    private static final int CAP = 5;
    /** The share of the plot's width that XChart gives to the bars; the rest is margin. */
    private static final double CONTENT = 0.92;

    private Mark() {
        super(false);
        bounds = new Rectangle2D.Double();
    }

    /**
     * A text on white, so that no line crosses it out, centred above or below a point, or as far to the left as it has to be to stay in the plot.
     *
     * @param baseline pixels below the point, negative above it
     */
    static Mark name(String text, double x, double y, int baseline) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int width = Style.width(text, TEXT);
                int left = Math.clamp(getXAxisScreenValue(x) - width / 2, getXAxisScreenValueForMin(),
                        getXAxisScreenValueForMax() - width);
                g.setColor(Palette.PAPER);
                g.fillRect(left - 2, getYAxisScreenValue(y) + baseline - 11, width + 4, 14);
                g.setFont(TEXT);
                g.setColor(Palette.INK);
                g.drawString(text, left, getYAxisScreenValue(y) + baseline);
            }
        };
    }

    /** A text on white to the right of a point, or to the left where it would not stay in the plot. */
    static Mark beside(String text, double x, double y) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int width = Style.width(text, TEXT);
                int right = getXAxisScreenValue(x) + 9;
                int left = right + width <= getXAxisScreenValueForMax() ? right : right - 18 - width;
                g.setColor(Palette.PAPER);
                g.fillRect(left - 2, getYAxisScreenValue(y) - 7, width + 4, 14);
                g.setFont(TEXT);
                g.setColor(Palette.INK);
                g.drawString(text, left, getYAxisScreenValue(y) + 4);
            }
        };
    }

    /** What lies right of x, shaded, with a text at its top. */
    static Mark shade(double x, String what) {
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
                g.drawString(what, left + 6, top + 15);
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

    /** A vertical line with caps from the smallest to the largest value of the k-th of n bars. */
    static Mark whisker(int k, int n, double low, double high) {
        return new Mark() {
            @Override
            public void paint(Graphics2D g) {
                int left = getXAxisScreenValueForMin();
                double share = (1 - CONTENT) / 2 + CONTENT * (k + 0.5) / n;
                int x = left + (int) Math.round(share * (getXAxisScreenValueForMax() - left));
                int top = getYAxisScreenValue(high);
                int bottom = getYAxisScreenValue(low);
                g.setColor(Palette.INK);
                g.setStroke(new BasicStroke(1.4f));
                g.drawLine(x, top, x, bottom);
                g.drawLine(x - CAP, top, x + CAP, top);
                g.drawLine(x - CAP, bottom, x + CAP, bottom);
            }
        };
    }
}
