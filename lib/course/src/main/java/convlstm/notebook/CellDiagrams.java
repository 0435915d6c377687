package convlstm.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.util.Locale;

/** Drawings of what happens in one step: the input is blue, the state h vermilion, the cell c green. */
public final class CellDiagrams {
    private static final Color X = Palette.series()[0];
    private static final Color H = Palette.series()[1];
    private static final Color C = Palette.series()[2];
    private static final Color REST = new Color(0xD0D0D0);
    private static final int PANEL = 292;

    private CellDiagrams() {}

    /** An LSTM cell in three steps, each with its part of the wiring in colour: forget, write, show. */
    public static Picture lstmCell() {
        return Style.canvas(3 * PANEL, 262, g -> {
            cell(g, 0, "1 · forget", "f ∘ c_tm1");
            cell(g, 1, "2 · write", "c = f ∘ c_tm1 + i ∘ g");
            cell(g, 2, "3 · show", "h = o ∘ tanh(c)");
        });
    }

    /** The same cell on the way back: gradients flow against every arrow of the step. */
    public static Picture lstmCellBackward() {
        return Style.canvas(PANEL + 40, 262, g -> {
            g.translate(20, 0);
            cell(g, 3, "the way back", "every arrow of the step, reversed");
        });
    }

    /** One panel: 0 forget, 1 write, 2 show, 3 everything with the arrows reversed. */
    private static void cell(Graphics2D g, int part, String title, String line) {
        boolean back = part == 3;
        Graphics2D p = (Graphics2D) g.create();
        p.translate(back ? 0 : part * PANEL, 34);
        label(p, Font.BOLD, 14, title, 146, -12, Palette.INK);
        label(p, Font.PLAIN, 13, line, 146, 220, Palette.INK);
        boolean forget = part == 0 || back;
        boolean write = part == 1 || back;
        boolean show = part == 2 || back;
        boolean[] gates = {forget, write, write, show};
        int[] at = {66, 116, 162, 210};
        flow(p, back, forget ? C : REST, 6, 40, 56, 40);
        flow(p, back, forget || write ? C : REST, 76, 40, 130, 40);
        flow(p, back, write || show ? C : REST, 150, 40, 286, 40);
        flow(p, back, show ? C : REST, 250, 40, 250, 54);
        flow(p, back, H, 6, 160, at[0], 160);
        line(p, H, at[0], 160, at[3], 160);
        flow(p, back, X, 36, 190, 36, 162);
        for (int k = 0; k < 4; k++) {
            Color color = gates[k] ? Palette.INK : REST;
            flow(p, back, gates[k] ? H : REST, at[k], 160, at[k], 134);
            box(p, color, at[k], 120, k == 2 ? "tanh" : "σ", k == 2 ? 40 : 26);
        }
        flow(p, back, forget ? Palette.INK : REST, 66, 108, 66, 50);
        Color ink = write ? Palette.INK : REST;
        for (int k = 1; k <= 2; k++) {
            line(p, ink, at[k], 108, at[k], 84);
            flow(p, back, ink, at[k], 84, k == 1 ? 130 : 150, 84);
        }
        flow(p, back, ink, 140, 74, 140, 50);
        Color shown = show ? Palette.INK : REST;
        flow(p, back, shown, 223, 120, 240, 120);
        box(p, shown, 250, 66, "tanh", 40);
        flow(p, back, shown, 250, 78, 250, 110);
        line(p, show ? H : REST, 250, 130, 250, 160);
        flow(p, back, show ? H : REST, 250, 160, 286, 160);
        node(p, forget ? Palette.INK : REST, 66, 40, "×");
        node(p, ink, 140, 40, "+");
        node(p, ink, 140, 84, "×");
        node(p, shown, 250, 120, "×");
        String d = back ? "d" : "";
        int[] x = {56, 106, 172, 231};
        for (int k = 0; k < 4; k++) { // on the way back below the functions, since it is the sums' gradient
            label(p, Font.BOLD, 12, (back ? "da_" : "") + "figo".charAt(k), back ? at[k] + 20 : x[k],
                    back ? 150 : k == 3 ? 112 : 101, gates[k] ? Palette.INK : Color.GRAY);
        }
        label(p, Font.PLAIN, 12, back ? "da · Uᵀ, da · Wᵀ" : "x_t · W + h_tm1 · U + b", 142, 178, Palette.INK);
        label(p, Font.PLAIN, 12, back ? "dc" : "", 200, 30, C);
        label(p, Font.PLAIN, 12, d + "c_tm1", 26, 30, forget ? C : Color.GRAY);
        label(p, Font.PLAIN, 12, back ? "dc_next" : "c", 276, 30, write || show ? C : Color.GRAY);
        label(p, Font.PLAIN, 12, d + "h_tm1", 24, 150, H);
        label(p, Font.PLAIN, 12, d + (back ? "x" : "x_t"), 54, 190, X);
        label(p, Font.PLAIN, 12, d + "h", 276, 150, show ? H : Color.GRAY);
        p.dispose();
    }

    /** An arrow of the step, or against it. */
    private static void flow(Graphics2D g, boolean back, Color color, int x0, int y0, int x1, int y1) {
        arrow(g, color, back ? x1 : x0, back ? y1 : y0, back ? x0 : x1, back ? y0 : y1);
    }

    /** A 4x4 image and the list that Flatten makes of it; pixel 5 and its four neighbours are marked in both. */
    public static Picture flattening() {
        return Style.canvas(880, 330, g -> {
            for (int k = 0; k < 16; k++) {
                int x = 362 + k % 4 * 38;
                int y = 34 + k / 4 * 38;
                pixel(g, k, x, y, 38);
                pixel(g, k, 88 + k * 44, 254, 44);
            }
            for (int k : new int[] {1, 4, 6, 9, 5}) {
                g.setColor(k == 5 ? Palette.INK : H);
                g.setStroke(new BasicStroke(3.5f));
                g.drawRect(362 + k % 4 * 38 + 2, 34 + k / 4 * 38 + 2, 34, 34);
                g.drawRect(88 + k * 44 + 2, 256, 40, 40);
                if (k != 5) {
                    int from = 88 + 5 * 44 + 22;
                    int to = 88 + k * 44 + 22;
                    int high = 254 - 8 - Math.abs(k - 5) * 9;
                    Path2D arc = new Path2D.Double();
                    arc.moveTo(from, 252);
                    arc.curveTo(from, high - 10, to, high - 10, to, 252);
                    g.setStroke(new BasicStroke(1.6f));
                    g.draw(arc);
                    boolean next = Math.abs(k - 5) == 1;
                    label(g, Font.BOLD, 13, (k > 5 ? "+" : "−") + Math.abs(k - 5), next
                            ? to + (k - 5) * 13
                            : (from + to) / 2, next ? 246 : high - 2, H);
                }
            }
            label(g, Font.BOLD, 14, "an image of 4 x 4 pixels", 438, 22, Palette.INK);
            label(g, Font.PLAIN, 13, "Flatten", 606, 206, Palette.INK);
            arrow(g, Palette.INK, 570, 174, 570, 234);
            label(g, Font.BOLD, 14, "the list of 16 numbers that K.dot gets", 438, 320, Palette.INK);
        });
    }

    /** One pixel of a colour that says its row (hue) and column (shade). */
    private static void pixel(Graphics2D g, int k, int x, int y, int side) {
        Color hue = new Color[] {X, C, Palette.series()[5], Palette.series()[3]}[k / 4];
        g.setColor(Palette.between(new Color[] {hue, Palette.PAPER}, 0.25 + 0.17 * (k % 4)));
        g.fillRect(x, y, side, side);
        g.setStroke(new BasicStroke(1));
        g.setColor(Palette.INK);
        g.drawRect(x, y, side, side);
        label(g, Font.PLAIN, 13, "" + k, x + side / 2, y + side / 2 + 5, Palette.INK);
    }

    /**
     * What one pixel of a ConvLSTM2D's new state is made of, with its numbers.
     *
     * @param row of the pixel, from 0
     * @param column of the pixel, from 0
     * @param filter of the new state, from 0
     * @param x {@code [3][3]}, the input around the pixel, one channel
     * @param h_tm1 {@code [F][3][3]}, the output before around the pixel, of each filter
     * @param c_tm1 the cell state before, at the pixel
     * @param gates i, f, g, o at the pixel
     * @param c the new cell state
     * @param h the new output
     */
    public static Picture convLstmPixel(int row, int column, int filter, double[][] x, double[][][] h_tm1,
            double c_tm1, double[] gates, double c, double h) {
        int F = h_tm1.length;
        return Style.canvas(880, 100 + 118 * (F + 1), g -> {
            numbers(g, "x_t: 3 x 3 around pixel (" + row + ", " + column + ")", x, X, 20, 34);
            for (int f = 0; f < F; f++) {
                numbers(g, "h_tm1, filter " + f + ": the same 3 x 3", h_tm1[f], H, 20, 152 + 118 * f);
            }
            int bottom = 152 + 118 * F;
            numbers(g, "c_tm1, filter " + filter + ": this pixel alone", new double[][] {{c_tm1}}, C, 20, bottom);
            String[] names = {"i = σ(a_i)", "f = σ(a_f)", "g = tanh(a_g)", "o = σ(a_o)"};
            int products = 9 * (F + 1);
            label(g, Font.PLAIN, 13, "filter " + filter + ", each a: " + products + " products and a bias,", 400, 40,
                    Palette.INK);
            label(g, Font.PLAIN, 13, products + " weights of its own", 400, 58, Palette.INK);
            for (int k = 0; k < 4; k++) {
                int y = 96 + k * 62;
                for (int from = 0; from <= F; from++) {
                    line(g, from == 0 ? X : H, 216, 84 + 118 * from, 318, y);
                }
                result(g, names[k], gates[k], Palette.INK, 320, y - 22);
                arrow(g, Palette.INK, 498, y, 578, k < 3 ? 176 : 322);
            }
            line(g, C, 86, bottom + 15, 850, bottom + 15);
            line(g, C, 850, bottom + 15, 850, 176);
            arrow(g, C, 850, 176, 822, 176);
            result(g, "c = f ∘ c_tm1 + i ∘ g", c, C, 580, 154);
            arrow(g, C, 700, 198, 700, 298);
            result(g, "h = o ∘ tanh(c)", h, H, 580, 300);
        });
    }

    private static void numbers(Graphics2D g, String title, double[][] values, Color color, int x, int y) {
        label(g, Font.PLAIN, 12, title, x, y - 6, Palette.INK, 0);
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                boolean middle = values.length == 1 || r == 1 && c == 1;
                g.setColor(Palette.between(new Color[] {color, Palette.PAPER}, middle ? 0.45 : 0.8));
                g.fillRect(x + c * 64, y + r * 30, 64, 30);
                g.setColor(color);
                g.setStroke(new BasicStroke(1));
                g.drawRect(x + c * 64, y + r * 30, 64, 30);
                label(g, Font.PLAIN, 13, String.format(Locale.ROOT, values.length == 1 ? "%.4f" : "%.3f", values[r][c]),
                        x + c * 64 + 32, y + r * 30 + 20, Palette.INK);
            }
        }
    }

    private static void result(Graphics2D g, String name, double value, Color color, int x, int y) {
        int width = color == Palette.INK ? 176 : 240;
        g.setColor(Palette.PAPER);
        g.fillRoundRect(x, y, width, 44, 10, 10);
        g.setColor(color);
        g.setStroke(new BasicStroke(2));
        g.drawRoundRect(x, y, width, 44, 10, 10);
        label(g, Font.PLAIN, 13, name, x + 10, y + 27, Palette.INK, 0);
        label(g, Font.BOLD, 14, String.format(Locale.ROOT, "%.4f", value), x + width - 8, y + 27, Palette.INK, 2);
    }

    private static void box(Graphics2D g, Color color, int x, int y, String text, int width) {
        g.setColor(Palette.PAPER);
        g.fillRoundRect(x - width / 2, y - 12, width, 24, 8, 8);
        g.setColor(color);
        g.setStroke(new BasicStroke(1.6f));
        g.drawRoundRect(x - width / 2, y - 12, width, 24, 8, 8);
        label(g, Font.PLAIN, 12, text, x, y + 5, color);
    }

    private static void node(Graphics2D g, Color color, int x, int y, String sign) {
        g.setColor(Palette.PAPER);
        g.fillOval(x - 10, y - 10, 20, 20);
        g.setColor(color);
        g.setStroke(new BasicStroke(1.6f));
        g.drawOval(x - 10, y - 10, 20, 20);
        label(g, Font.BOLD, 14, sign, x, y + 5, color);
    }

    private static void line(Graphics2D g, Color color, int x0, int y0, int x1, int y1) {
        g.setColor(color);
        g.setStroke(new BasicStroke(1.8f));
        g.drawLine(x0, y0, x1, y1);
    }

    private static void arrow(Graphics2D g, Color color, int x0, int y0, int x1, int y1) {
        line(g, color, x0, y0, x1, y1);
        Graphics2D head = (Graphics2D) g.create();
        head.translate(x1, y1);
        head.rotate(Math.atan2(y1 - y0, x1 - x0));
        head.fillPolygon(new int[] {1, -7, -7}, new int[] {0, -4, 4}, 3);
        head.dispose();
    }

    private static void label(Graphics2D g, int kind, int size, String text, int middle, int baseline, Color color) {
        label(g, kind, size, text, middle, baseline, color, 1);
    }

    /** Text that begins at x, has its middle there (1) or ends there (2). */
    private static void label(Graphics2D g, int kind, int size, String text, int x, int baseline, Color color,
            int halves) {
        g.setFont(Style.font(kind, size));
        g.setColor(color);
        g.drawString(text, x - halves * g.getFontMetrics().stringWidth(text) / 2, baseline);
    }
}
