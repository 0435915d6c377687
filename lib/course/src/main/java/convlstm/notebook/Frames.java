package convlstm.notebook;

import static convlstm.notebook.Picture.SCALE;
import static convlstm.notebook.Style.centered;
import static convlstm.tensor.Arguments.require;

import com.madgag.gif.fmsware.AnimatedGifEncoder;
import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Image sequences below one another: a strip with one column for each time step, or an animation that plays the rows
 * side by side.
 *
 * <pre>{@code
 * Frames.strip().row("truth", truth).row("ConvLSTM2D", forecast, 6).html("...")
 * }</pre>
 */
public final class Frames implements Drawing {
    private static final Font TEXT = Style.font(Font.PLAIN, 13);
    private static final int GAP = 4;
    private static final int LABEL = 22;
    private static final int WIDEST = 900;
    private static final int SCALE_WIDTH = 104;

    private record Crosses(int row, HostArray places, int first) {}

    private record Outline(int row, HostArray inside, int first, double threshold) {}

    private record Row(String name, HostArray frames, int first, @Nullable HostArray seen) {
        int last() {
            return first + frames.dim(0) - 1;
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private final List<Crosses> crosses = new ArrayList<>();
    private final List<Outline> outlines = new ArrayList<>();
    private String column = "frame";
    private Object[] labels = {};
    private String barLabel = "";
    private int decades;
    private double min = 0;
    private double max = 1;
    private boolean signed;
    private boolean grid;
    private @Nullable RainScale rain;
    private int dark;
    private int zoom;

    private Frames() {}

    /** An empty strip, for values from 0 (dark) to 1 (bright). */
    public static Frames strip() {
        return new Frames();
    }

    /** Adds a sequence {@code (T, H, W)} or {@code (T, H, W, 1)} whose first frame is number 1. */
    public Frames row(String name, HostArray frames) {
        return row(name, frames, 1);
    }

    /**
     * Adds a sequence that begins later; its row is empty before.
     *
     * @param frames {@code (T, H, W)} or {@code (T, H, W, 1)}, of the size of the other rows' frames
     * @param first the number of its first frame, from 1
     */
    public Frames row(String name, HostArray frames, int first) {
        Shape shape = frames.shape();
        boolean grey = shape.rank() == 4 && shape.dim(3) == 1;
        require((shape.rank() == 3 || grey) && frames.size() != 0, "frames",
                "shape (T, H, W) or (T, H, W, 1) for '" + name + "'", shape,
                "take one sample of a batch with at(n), and one channel");
        require(first >= 1, "first", "a frame number from 1", first);
        Row row = new Row(name, frames.reshape(shape.dim(0), shape.dim(1), shape.dim(2)), first, null);
        if (!rows.isEmpty() && !rows.getFirst().frames.shape().drop(1).equals(row.frames.shape().drop(1))) {
            throw new IllegalArgumentException("frames: expected images of " + rows.getFirst().frames.shape().drop(1)
                    + " like those of '" + rows.getFirst().name + "', got " + shape + " for '" + name + "'");
        }
        rows.add(row);
        return this;
    }

    /**
     * Draws a cross over frames of the last row: where something is, or is said to be.
     *
     * @param places {@code (T, 2)}, rows and columns in pixels; the middle of the first pixel is 0, 0
     * @param first the number of the frame that gets the first cross
     */
    public Frames crosses(HostArray places, int first) {
        requireRows();
        require(places.shape().rank() == 2 && places.dim(1) == 2, "places", "(T, 2), rows and columns", places.shape());
        crosses.add(new Crosses(rows.size() - 1, places, first));
        return this;
    }

    /**
     * Draws a line around what is bright in other frames, over frames of the last row: the truth over a forecast.
     *
     * @param inside {@code (T, H, W)} or {@code (T, H, W, 1)}; above 0.5 is inside
     * @param first the number of the frame that gets the first outline
     */
    public Frames outline(HostArray inside, int first) {
        return outline(inside, first, 0.5);
    }

    /** The same; what is brighter than {@code threshold} is inside. */
    public Frames outline(HostArray inside, int first, double threshold) {
        requireRows();
        HostArray frames = rows.getLast().frames;
        require(inside.shape().rank() >= 3 && inside.dim(1) == frames.dim(1) && inside.dim(2) == frames.dim(2),
                "inside", "(T, " + frames.dim(1) + ", " + frames.dim(2) + ") like the row's frames", inside.shape());
        outlines.add(new Outline(rows.size() - 1, inside.reshape(inside.dim(0), inside.dim(1), inside.dim(2)), first,
                threshold));
        return this;
    }

    /**
     * Fills the last row before its first frame with what was seen then, faded: a forecast begins behind the bar.
     *
     * @param frames {@code (T, H, W)} or {@code (T, H, W, 1)}; the first is number 1, those from the row's first on are
     *     left out
     */
    public Frames seen(HostArray frames) {
        requireRows();
        Row row = rows.removeLast();
        rows.add(new Row(row.name, row.frames, row.first, frames.reshape(frames.dim(0), frames.dim(1), frames.dim(2))));
        return this;
    }

    /**
     * What is written above the columns.
     *
     * @param name default {@code "frame"}
     * @param columnLabels one for each column; without them 1, 2, 3, ...
     */
    public Frames columns(String name, Object... columnLabels) {
        column = name;
        labels = columnLabels.clone();
        return this;
    }

    /** Draws a bar through all rows before a column, and "dark" above it: from there on nothing is shown to a network. */
    public Frames darkFrom(int frame) {
        require(frame >= 2, "frame", "a column from 2 on", frame);
        dark = frame;
        return this;
    }

    /** Draws a scale of the colours beside the strip; the label says what they stand for, with its unit. */
    public Frames scale(String label) {
        barLabel = label;
        return this;
    }

    /**
     * Draws the size of values on a logarithmic scale: {@code bright} and more is white, each power of ten less is darker,
     * 0 alone is violet. So a value that is small is told apart from one that is none.
     *
     * @param powersOfTen how many of them the grey levels span; what is smaller, but not 0, is as dark as the last
     */
    public Frames logarithmic(double bright, int powersOfTen) {
        decades = powersOfTen;
        return range(0, bright);
    }

    /** Draws a pixel of a strip as a square with sides of so many; by default what fits in a notebook's width. */
    public Frames zoom(int times) {
        require(times >= 1, "times", "1 or more", times);
        zoom = times;
        return this;
    }

    /** Draws a line between pixels, where single pixels matter. */
    public Frames grid() {
        grid = true;
        return this;
    }

    /** The values drawn dark and bright; default 0 and 1. */
    public Frames range(double dark, double bright) {
        require(bright > dark, "dark, bright", "dark < bright", dark + ", " + bright);
        min = dark;
        max = bright;
        return this;
    }

    /** Draws values from -limit (blue) over 0 (white) to limit (vermilion): states and candidates. */
    public Frames signed(double limit) {
        signed = true;
        return range(-limit, limit);
    }

    /** Draws pixels as rain rates, in the colours of a radar's map, with their scale in mm/h beside the strip. */
    public Frames rain(RainScale scale) {
        rain = scale;
        return this;
    }

    /**
     * The strip, drawn: row names at the left, frame numbers above. One that would be too wide for a notebook goes on below,
     * with its row names again.
     */
    @Override
    public Picture picture() {
        requireRows();
        int columns = columnCount();
        int left = widestName() + 16;
        int H = rows.getFirst().frames.dim(1);
        int W = rows.getFirst().frames.dim(2);
        int fitting = Math.clamp((WIDEST - left) / columns - GAP, 1, 96 * W) / W;
        int zoom = this.zoom > 0
                ? this.zoom
                : Math.clamp(fitting, 1, Math.max(1, (rain == null ? 96 : 144) / W));
        int right = left + columns * (W * zoom + GAP);
        int height = 2 * LABEL + rows.size() * (H * zoom + GAP);
        int beside = rain != null
                ? SCALE_WIDTH
                : barLabel.isEmpty() ? 0 : Math.max(SCALE_WIDTH, Style.width(barLabel, TEXT) + 24);
        int high = rain == null ? height : Math.max(height, LABEL * (Palette.rainRates().length + 3));
        BufferedImage strip = image(right + beside, high, g -> draw(g, columns, left, height, W, H, zoom));
        return Picture.png(folded(strip, left, W * zoom + GAP, columns));
    }

    private void draw(Graphics2D g, int columns, int left, int height, int W, int H, int zoom) {
        int right = left + columns * (W * zoom + GAP);
        g.drawString(column, left, 16);
        for (int c = 0; c < columns; c++) {
            centered(g, label(c), left + c * (W * zoom + GAP) + W * zoom / 2, LABEL + 14);
        }
        for (int r = 0; r < rows.size(); r++) {
            int y = 2 * LABEL + r * (H * zoom + GAP);
            g.drawString(rows.get(r).name, 4, y + H * zoom / 2 + 5);
            for (int c = 0; c < columns; c++) {
                cell(g, rows.get(r), c + 1, left + c * (W * zoom + GAP), y, zoom);
                if (rows.get(r).seen != null && c + 1 == rows.get(r).first) {
                    g.fillRect(left + c * (W * zoom + GAP) - GAP + 1, y, GAP - 2, H * zoom);
                }
            }
        }
        if (dark > 0) {
            int x = left + (dark - 1) * (W * zoom + GAP);
            g.fillRect(x - GAP + 1, LABEL - 4, GAP - 2, height - LABEL);
            g.drawString("dark", x + 2, 16);
        }
        for (Crosses cross : crosses) {
            for (int t = 0; t < cross.places.dim(0); t++) {
                cross(g, cross.places, t, left + (cross.first - 1 + t) * (W * zoom + GAP),
                        2 * LABEL + cross.row * (H * zoom + GAP), zoom);
            }
        }
        for (Outline outline : outlines) {
            for (int t = 0; t < outline.inside.dim(0); t++) {
                outline(g, outline.inside.at(t), outline.threshold, left + (outline.first - 1 + t) * (W * zoom + GAP),
                        2 * LABEL + outline.row * (H * zoom + GAP), zoom);
            }
        }
        if (rain != null) {
            scale(g, right + 12);
        } else if (!barLabel.isEmpty()) {
            HeatMap.bar(g, barLabel, right + 12, 2 * LABEL, height - GAP, decades, min, max, this::color);
        }
    }

    /** A strip in lines of equally many columns, each of a width, none wider than a notebook; what is behind them stays. */
    private static BufferedImage folded(BufferedImage strip, int left, int width, int columns) {
        int most = Math.max(1, (WIDEST - left) / width);
        int lines = Math.ceilDiv(columns, most);
        if (lines == 1) {
            return strip;
        }
        int inLine = Math.ceilDiv(columns, lines);
        int height = strip.getHeight() / SCALE;
        int right = left + columns * width;
        int behind = strip.getWidth() / SCALE - right;
        return image(left + inLine * width + behind, lines * height, g -> {
            for (int line = 0; line < lines; line++) {
                copy(g, strip, 0, 0, line * height, left);
                copy(g, strip, left + line * inLine * width, left, line * height,
                        Math.min(inLine, columns - line * inLine) * width);
            }
            copy(g, strip, right, left + inLine * width, 0, behind);
        });
    }

    private static void copy(Graphics2D g, BufferedImage from, int x, int toX, int toY, int width) {
        if (width > 0) {
            g.drawImage(from.getSubimage(x * SCALE, 0, width * SCALE, from.getHeight()), toX, toY, width,
                    from.getHeight() / SCALE, null);
        }
    }

    private String label(int column) {
        return column < labels.length ? labels[column].toString() : "" + (column + 1);
    }

    /** A line along every edge between a pixel inside and one outside. */
    private void outline(Graphics2D g, HostArray inside, double threshold, int x0, int y0, int zoom) {
        g.setColor(rain == null ? Palette.series()[5] : Color.BLACK); // orange is heavy rain
        g.setStroke(new BasicStroke(Math.clamp(zoom / 4, 1, 2))); // thin on small pixels, to hide little of them
        for (int y = 0; y < inside.dim(0); y++) {
            for (int x = 0; x < inside.dim(1); x++) {
                if (inside.get(y, x) <= threshold) {
                    continue;
                }
                int left = x0 + x * zoom;
                int top = y0 + y * zoom;
                for (int[] to : new int[][] {{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
                    int ny = y + to[0];
                    int nx = x + to[1];
                    if (ny < 0 || nx < 0 || ny >= inside.dim(0) || nx >= inside.dim(1)
                            || inside.get(ny, nx) <= threshold) {
                        int x1 = left + (to[1] == 1 ? zoom : 0);
                        int y1 = top + (to[0] == 1 ? zoom : 0);
                        g.drawLine(x1, y1, x1 + (to[1] == 0 ? zoom : 0), y1 + (to[0] == 0 ? zoom : 0));
                    }
                }
            }
        }
        g.setStroke(new BasicStroke(1));
        g.setColor(Palette.INK);
    }

    /** In two colours, so that it is seen on any ground. */
    private static void cross(Graphics2D g, HostArray places, int t, int x0, int y0, int zoom) {
        double x = x0 + (places.get(t, 1) + 0.5) * zoom;
        double y = y0 + (places.get(t, 0) + 0.5) * zoom;
        for (int width = 5; width > 0; width -= 3) {
            g.setColor(width == 5 ? Palette.INK : Palette.PAPER);
            g.setStroke(new BasicStroke(width));
            g.draw(new Line2D.Double(x - 6, y, x + 6, y));
            g.draw(new Line2D.Double(x, y - 6, x, y + 6));
        }
        g.setStroke(new BasicStroke(1));
        g.setColor(Palette.INK);
    }

    /** The classes of rain, heaviest first. */
    private static void scale(Graphics2D g, int x) {
        double[] rates = Palette.rainRates();
        g.drawString("mm/h", x, LABEL + 14);
        for (int k = rates.length; k >= 0; k--) {
            int y = 2 * LABEL + (rates.length - k) * LABEL;
            g.setColor(Palette.rain(k == 0 ? 0 : rates[k - 1]));
            g.fillRect(x, y, 16, LABEL);
            g.setColor(Palette.INK);
            g.drawRect(x, y, 16, LABEL);
            String rate = k == 0
                    ? ""
                    : rates[k - 1] == Math.rint(rates[k - 1])
                            ? "" + (int) rates[k - 1]
                            : "" + rates[k - 1];
            g.drawString(k == 0 ? "dry" : "from " + rate, x + 22, y + 16);
        }
    }

    /**
     * An animation of all rows side by side, which repeats.
     *
     * @param millis how long a frame is shown; the last one four times as long, before all begins anew
     */
    public Picture gif(int millis) {
        requireRows();
        require(millis >= 20, "millis", "20 or more, since browsers slow faster ones down", millis);
        int H = rows.getFirst().frames.dim(1);
        int W = rows.getFirst().frames.dim(2);
        int zoom = Math.max(1, 144 / W);
        int width = Math.max(W * zoom, widestName()) + GAP * 3;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AnimatedGifEncoder gif = new AnimatedGifEncoder();
        gif.start(out);
        gif.setRepeat(0);
        for (int c = 1; c <= columnCount(); c++) {
            int number = c;
            gif.setDelay(c < columnCount() ? millis : 4 * millis);
            gif.addFrame(image(rows.size() * width, 2 * LABEL + H * zoom + GAP, g -> draw(g, number, width, zoom)));
        }
        gif.finish();
        return new Picture("image/gif", rows.size() * width, out.toByteArray());
    }

    /** A frame of the animation. */
    private void draw(Graphics2D g, int number, int width, int zoom) {
        g.drawString(column + " " + label(number - 1), GAP, 16);
        for (int r = 0; r < rows.size(); r++) {
            g.drawString(rows.get(r).name, r * width + GAP, LABEL + 16);
            cell(g, rows.get(r), number, r * width + GAP, 2 * LABEL, zoom);
            for (Crosses cross : crosses) {
                int t = number - cross.first;
                if (cross.row == r && t >= 0 && t < cross.places.dim(0)) {
                    cross(g, cross.places, t, r * width + GAP, 2 * LABEL, zoom);
                }
            }
        }
    }

    private void requireRows() {
        if (rows.isEmpty()) {
            throw new IllegalStateException(
                    "rows: expected one or more, got none. Hint: add them with row(name, frames)");
        }
    }

    private int columnCount() {
        return rows.stream().mapToInt(Row::last).max().orElseThrow();
    }

    private void cell(Graphics2D g, Row row, int number, int x0, int y0, int zoom) {
        int H = row.frames.dim(1);
        int W = row.frames.dim(2);
        if (row.seen != null && number < row.first && number <= row.seen.dim(0)) {
            pixels(g, row.seen.at(number - 1), x0, y0, zoom);
            g.setColor(new Color(255, 255, 255, 150));
            g.fillRect(x0, y0, W * zoom, H * zoom);
            g.setColor(Palette.INK);
            return;
        }
        if (number < row.first || number > row.last()) {
            g.setColor(Palette.GRID);
            g.drawLine(x0 + W * zoom / 4, y0 + H * zoom / 2, x0 + W * zoom * 3 / 4, y0 + H * zoom / 2);
            g.setColor(Palette.INK);
            return;
        }
        pixels(g, row.frames.at(number - row.first), x0, y0, zoom);
        g.setColor(Palette.GRID);
        g.drawRect(x0, y0, W * zoom - 1, H * zoom - 1);
        g.setColor(Palette.INK);
    }

    private void pixels(Graphics2D g, HostArray image, int x0, int y0, int zoom) {
        for (int y = 0; y < image.dim(0); y++) {
            for (int x = 0; x < image.dim(1); x++) {
                g.setColor(color(image.get(y, x)));
                g.fillRect(x0 + x * zoom, y0 + y * zoom, zoom, zoom);
                if (grid) {
                    g.setColor(Color.GRAY);
                    g.drawRect(x0 + x * zoom, y0 + y * zoom, zoom, zoom);
                }
            }
        }
    }

    private Color color(double value) {
        if (rain != null) {
            return Palette.rain(rain.rate(value));
        }
        if (decades > 0 && value == 0) {
            return Palette.NOTHING;
        }
        double position = decades == 0
                ? Math.clamp((value - min) / (max - min), 0, 1)
                : HeatMap.logarithmic(value, max, decades);
        if (signed) {
            return Palette.between(Palette.signed(), position);
        }
        return new Color((float) position, (float) position, (float) position);
    }

    private int widestName() {
        return rows.stream().mapToInt(r -> Style.width(r.name, TEXT)).max().orElseThrow();
    }

    private static BufferedImage image(int width, int height, Consumer<Graphics2D> drawing) {
        return Style.image(width, height, g -> {
            g.setFont(TEXT);
            drawing.accept(g);
        });
    }
}
