package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;

/** The course in one drawing; {@link CellDiagrams} has those of a single step. */
public final class Diagrams {
    private static final int WIDTH = 880;
    private static final int HEIGHT = 430;
    private static final int SIDE = 6;
    private static final int CELL = 26;
    private static final int TOP = 92;
    private static final Color STATE = new Color(0xE8F0F7);
    private static final Color FAINT = new Color(0x22, 0x22, 0x22, 30);

    private Diagrams() {}

    /**
     * The answer of the course in one picture: at the left an LSTM's state, 36 numbers in a list, each of which reads all
     * 36 of the step before; at the right a ConvLSTM2D's state, 6x6 pixels, each of which reads the 3x3 around it.
     */
    public static Picture stateTransitions() {
        return Style.canvas(WIDTH, HEIGHT, g -> {
            dense(g, 90);
            convolution(g, 490);
        });
    }

    private static void dense(Graphics2D g, int left) {
        int n = SIDE * SIDE;
        int right = left + 210;
        double gap = 270.0 / n;
        int read = 15;
        heading(g, "Conv2D, then LSTM", "K.dot(h_tm1, U)", left + 105);
        g.setStroke(new BasicStroke(0.6f));
        g.setColor(FAINT);
        for (int from = 0; from < n; from++) {
            for (int to = 0; to < n; to += 5) { // those of all would interfere
                g.drawLine(left, y(from, gap), right, y(to, gap));
            }
        }
        g.setStroke(new BasicStroke(1f));
        g.setColor(Palette.series()[1]);
        for (int from = 0; from < n; from++) {
            g.drawLine(left, y(from, gap), right, y(read, gap));
        }
        for (int k = 0; k < n; k++) {
            dot(g, left, y(k, gap), Palette.series()[1]);
            dot(g, right, y(k, gap), k == read ? Palette.series()[1] : STATE);
        }
        text(g, Font.PLAIN, 13, "h_tm1", left, TOP + 288);
        text(g, Font.PLAIN, 13, "h", right, TOP + 288);
        text(g, Font.PLAIN, 13, "36 numbers in a list: each reads all 36,", left + 105, TOP + 312);
        text(g, Font.PLAIN, 13, "by 36 x 36 weights per gate", left + 105, TOP + 330);
    }

    private static void convolution(Graphics2D g, int left) {
        int right = left + 200;
        int top = TOP + 56;
        heading(g, "ConvLSTM2D", "recurrent_conv(h_tm1, U)", left + 178);
        grid(g, left, top);
        grid(g, right, top);
        window(g, left, right, top, 1, 1, Palette.series()[1]);
        window(g, left, right, top, 4, 3, Palette.between(new Color[] {Palette.series()[1], Palette.PAPER}, 0.45));
        text(g, Font.PLAIN, 13, "h_tm1", left + SIDE * CELL / 2, TOP + 288);
        text(g, Font.PLAIN, 13, "h", right + SIDE * CELL / 2, TOP + 288);
        text(g, Font.PLAIN, 13, "6x6 pixels of one filter: each reads the 3x3 around it,", left + 178, TOP + 312);
        text(g, Font.PLAIN, 13, "by 9 weights per gate, the same at every pixel", left + 178, TOP + 330);
    }

    /** The pixels that one pixel of h reads, the pixel, and lines between them. */
    private static void window(Graphics2D g, int left, int right, int top, int row, int column, Color color) {
        int x0 = left + (column - 1) * CELL;
        int y0 = top + (row - 1) * CELL;
        int x1 = right + column * CELL;
        int y1 = top + row * CELL;
        g.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 120));
        g.fillRect(x0, y0, 3 * CELL, 3 * CELL);
        g.setColor(color);
        g.fillRect(x1, y1, CELL, CELL);
        g.setStroke(new BasicStroke(1.4f));
        g.drawRect(x0, y0, 3 * CELL, 3 * CELL);
        g.drawLine(x0 + 3 * CELL, y0, x1, y1);
        g.drawLine(x0 + 3 * CELL, y0 + 3 * CELL, x1, y1 + CELL);
    }

    private static void grid(Graphics2D g, int left, int top) {
        g.setStroke(new BasicStroke(1f));
        g.setColor(STATE);
        g.fillRect(left, top, SIDE * CELL, SIDE * CELL);
        g.setColor(Color.GRAY);
        for (int k = 0; k <= SIDE; k++) {
            g.drawLine(left + k * CELL, top, left + k * CELL, top + SIDE * CELL);
            g.drawLine(left, top + k * CELL, left + SIDE * CELL, top + k * CELL);
        }
    }

    private static int y(int k, double gap) {
        return TOP + (int) Math.round((k + 0.5) * gap);
    }

    private static void dot(Graphics2D g, int x, int y, Color fill) {
        g.setColor(fill);
        g.fillOval(x - 3, y - 3, 6, 6);
        g.setColor(Color.GRAY);
        g.drawOval(x - 3, y - 3, 6, 6);
    }

    private static void heading(Graphics2D g, String title, String code, int middle) {
        text(g, Font.BOLD, 17, title, middle, 36);
        g.setFont(new Font(Font.MONOSPACED, Font.PLAIN, 14));
        g.setColor(Palette.INK);
        g.drawString(code, middle - g.getFontMetrics().stringWidth(code) / 2, 62);
    }

    private static void text(Graphics2D g, int kind, int size, String text, int middle, int baseline) {
        g.setFont(Style.font(kind, size));
        g.setColor(Palette.INK);
        g.drawString(text, middle - g.getFontMetrics().stringWidth(text) / 2, baseline);
    }
}
