package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;

/** A drawing of encoder and forecaster, with the forecaster's layers in reversed order, as in Shi et al. 2017. */
public final class Harness {
    private static final int WIDTH = 820;
    private static final int HEIGHT = 330;
    private static final int BOX = 150;
    private static final int TALL = 64;
    private static final Color X = Palette.series()[0];
    private static final Color H = Palette.series()[1];
    private static final Color C = Palette.series()[2];
    private static final Color FILL = new Color(0xE8F0F7);

    private final Graphics2D g;

    private Harness(Graphics2D g) {
        this.g = g;
    }

    /**
     * Two layers: frames go up through the encoder at the left, last states cross over, the forecaster at the right comes
     * down to the layer nearest to pixels; its states together are read out as frames.
     */
    public static Picture picture() {
        return Style.canvas(WIDTH, HEIGHT, g -> new Harness(g).draw());
    }

    private void draw() {
        text(Font.BOLD, "Encoder: reads the frames", 95, 26);
        text(Font.BOLD, "Forecaster: goes on alone", 385, 26);
        box(95, 56, "encoder layer 2");
        box(95, 186, "encoder layer 1");
        box(385, 56, "forecaster layer 1");
        box(385, 186, "forecaster layer 2");
        frames(130, 290, X, "frames seen, x");
        arrow(X, 170, 284, 170, 252);
        arrow(H, 170, 184, 170, 122);
        text(Font.PLAIN, "h at every step", 178, 158);
        for (int y : new int[] {56, 186}) {
            arrow(H, 247, y + 24, 383, y + 24);
            text(Font.PLAIN, "last h", 290, y + 18);
            arrow(C, 247, y + 46, 383, y + 46);
            text(Font.PLAIN, "last c", 290, y + 62);
        }
        text(Font.PLAIN, "no input: 0 channels", 400, 46);
        arrow(H, 460, 122, 460, 184);
        text(Font.PLAIN, "h at every step", 468, 158);
        arrow(H, 537, 88, 618, 132);
        arrow(H, 537, 218, 618, 172);
        g.setStroke(new BasicStroke(1.2f));
        g.setColor(FILL);
        g.fillRoundRect(620, 126, 84, 52, 10, 10);
        g.setColor(Palette.INK);
        g.drawRoundRect(620, 126, 84, 52, 10, 10);
        text(Font.PLAIN, "1x1 conv", 634, 157);
        arrow(X, 706, 152, 736, 152);
        frames(742, 140, X, "");
        text(Font.PLAIN, "forecast", 742, 128);
    }

    private void box(int x, int y, String name) {
        g.setColor(FILL);
        g.fillRoundRect(x, y, BOX, TALL, 12, 12);
        g.setColor(Palette.INK);
        g.setStroke(new BasicStroke(1.2f));
        g.drawRoundRect(x, y, BOX, TALL, 12, 12);
        text(Font.PLAIN, name, x + 14, y + 37);
    }

    private void frames(int x, int y, Color color, String name) {
        g.setStroke(new BasicStroke(1.2f));
        for (int k = 0; k < 3; k++) {
            g.setColor(Palette.PAPER);
            g.fillRect(x + 9 * k, y + 4 * k, 24, 24);
            g.setColor(color);
            g.drawRect(x + 9 * k, y + 4 * k, 24, 24);
        }
        text(Font.PLAIN, name, x + 52, y + 24);
    }

    private void arrow(Color color, int x0, int y0, int x1, int y1) {
        g.setColor(color);
        g.setStroke(new BasicStroke(2f));
        g.drawLine(x0, y0, x1, y1);
        double angle = Math.atan2(y1 - y0, x1 - x0);
        for (double side : new double[] {-2.6, 2.6}) {
            g.drawLine(x1, y1, (int) Math.round(x1 + 8 * Math.cos(angle + side)),
                    (int) Math.round(y1 + 8 * Math.sin(angle + side)));
        }
        g.setColor(Palette.INK);
    }

    private void text(int kind, String text, int x, int baseline) {
        g.setFont(Style.font(kind, 13));
        g.setColor(Palette.INK);
        g.drawString(text, x, baseline);
    }
}
