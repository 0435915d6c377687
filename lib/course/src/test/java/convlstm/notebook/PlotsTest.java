package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotsTest {
    private static BufferedImage decode(Picture picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture.bytes()));
    }

    private static Set<Integer> colors(BufferedImage image) {
        Set<Integer> colors = new TreeSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colors.add(image.getRGB(x, y));
            }
        }
        return colors;
    }

    @Test
    void everySeriesOfALinePlotIsDrawnInItsOwnColor() throws IOException {
        LinePlot plot = Plots.lines("Loss", "epoch", "nats").series("a", new double[] {3, 2, 1});
        int blue = new Color(0x0072B2).getRGB();
        int vermilion = new Color(0xD55E00).getRGB();
        Set<Integer> one = colors(decode(plot.picture()));
        assertTrue(one.contains(blue) && !one.contains(vermilion));
        Set<Integer> two = colors(decode(plot.series("b", new double[] {1, 2, 3}).yFrom(0).picture()));
        assertTrue(two.contains(blue) && two.contains(vermilion));
    }

    @Test
    void barsHaveOneValueForEachCategory() throws IOException {
        BarPlot plot = Plots.bars("Weights", "model", "count", "x", "y").series("a", 1, 2);
        assertTrue(colors(decode(plot.picture())).contains(new Color(0x0072B2).getRGB()));
        assertThrows(IllegalArgumentException.class, () -> plot.series("b", 1));
    }

    @Test
    void aHeatMapPutsRowZeroAtTheTopAndLargeValuesDark() throws IOException {
        BufferedImage image = decode(Plots.heatmap("M", "column", "row", new double[][] {{1, 0}, {0, 0}}).picture());
        int dark = new Color(0x08306B).getRGB();
        int left = 2 * (64 + 80);
        assertEquals(dark, image.getRGB(left, 2 * (42 + 80)));
        assertEquals(Color.WHITE.getRGB(), image.getRGB(left, 2 * (42 + 240)));
        assertEquals(Color.WHITE.getRGB(), image.getRGB(left + 320, 2 * (42 + 80)));
        BufferedImage grey = decode(Plots.heatmap("M", "column", "row", new double[][] {{1, 0}}).grey().picture());
        assertEquals(Color.WHITE.getRGB(), grey.getRGB(left, 2 * (42 + 80)));
        assertEquals(Color.BLACK.getRGB(), grey.getRGB(left + 320, 2 * (42 + 80)));
    }

    @Test
    void aHeatMapOfBothSignsIsWhiteAtZero() throws IOException {
        BufferedImage image = decode(Plots.heatmap("M", "column", "row", new double[][] {{-1, 0, 0.5}}).picture());
        int y = 2 * (42 + 50);
        assertEquals(new Color(0x053061).getRGB(), image.getRGB(2 * (64 + 50), y));
        assertEquals(new Color(0xF7F7F7).getRGB(), image.getRGB(2 * (64 + 160), y));
    }

    @Test
    void aLogarithmicHeatMapIsVioletAtExactlyZeroOnly() throws IOException {
        BufferedImage image = decode(Plots.heatmap("M", "column", "row", new double[][] {{0, 1e-20}, {-1, 0}})
                .logarithmic(1, 5).picture());
        int top = 2 * (42 + 80);
        int bottom = 2 * (42 + 240);
        assertEquals(Palette.NOTHING.getRGB(), image.getRGB(2 * (64 + 80), top));
        assertEquals(new Color(31, 31, 31).getRGB(), image.getRGB(2 * (64 + 240), top), "small, but not zero");
        assertEquals(Color.WHITE.getRGB(), image.getRGB(2 * (64 + 80), bottom), "of either sign");
    }

    @Test
    void manyPowersOfTenAreNotAFogOfLines() throws IOException {
        double[] falling = new double[60];
        Arrays.setAll(falling, k -> k == 0 ? Double.NaN : Math.pow(0.5, k));
        BufferedImage image = decode(Plots.lines("Gradient", "step", "norm").series("dc", falling).logY().picture());
        int lines = 0;
        for (int y = 1; y < image.getHeight(); y++) {
            lines += gridAt(image, y) && !gridAt(image, y - 1) ? 1 : 0;
        }
        assertTrue(lines >= 5 && lines <= 14, lines + " lines");
    }

    private static boolean gridAt(BufferedImage image, int y) {
        int grey = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            int shade = image.getRGB(x, y) & 0xFF;
            grey += shade > 200 && shade < 250 ? 1 : 0;
        }
        return grey > image.getWidth() / 2;
    }

    @Test
    void htmlCarriesTheImageAndItsDescription() throws IOException {
        Picture picture = Plots.lines("Loss", "epoch", "nats").series("a", new double[] {3, 2}).picture();
        String html = picture.html("Loss \"falls\" & <ends>");
        assertTrue(html.contains("alt=\"Loss &quot;falls&quot; &amp; &lt;ends&gt;\""), html);
        String data = html.substring(html.indexOf("base64,") + 7, html.lastIndexOf('"'));
        assertEquals(picture.width() * 2,
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(data))).getWidth());
    }

    @Test
    void aPictureIsWrittenWhole(@TempDir Path folder) throws IOException {
        Picture picture = Plots.lines("Loss", "epoch", "nats").series("a", new double[] {3, 2}).picture();
        Path file = folder.resolve("new/loss.png");
        picture.write(file);
        assertEquals(picture.bytes().length, Files.size(file));
        try (var files = Files.list(file.getParent())) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void mistakesAreNamed() {
        assertMessage("xLabel", () -> Plots.lines("t", " ", "y"));
        assertMessage("yLabel: expected at most 330 pixels", () -> Plots.lines("t", "x", "a long label ".repeat(9)));
        assertMessage("title: expected at most", () -> Plots.forest("a long title ".repeat(9), "x"));
        assertMessage("xs, ys", () -> Plots.lines("t", "x", "y").series("a", new double[2], new double[3]));
        assertMessage("categories", () -> Plots.bars("t", "x", "y"));
        assertMessage("values", () -> Plots.heatmap("t", "x", "y", new double[][] {{1}, {1, 2}}));
        assertMessage("first < last", () -> Plots.heatmap("t", "x", "y", new double[][] {{1}}).range(2, 2));
        assertMessage("alt", () -> Plots.heatmap("t", "x", "y", new double[][] {{1}}).html(" "));
    }

    private static void assertMessage(String part, Runnable mistake) {
        String message = assertThrows(IllegalArgumentException.class, mistake::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void errorBarsAreDrawnAndNeedOneForEachValue() throws IOException {
        double[] xs = {1, 2};
        double[] ys = {3, 4};
        double[] errors = {0.5, 1};
        assertTrue(ink(Plots.lines("a", "b", "c").series("s", xs, ys, errors).yFrom(0)) > ink(
                Plots.lines("a", "b", "c").series("s", xs, ys, new double[2]).yFrom(0)));
        assertThrows(IllegalArgumentException.class,
                () -> Plots.lines("a", "b", "c").series("s", xs, ys, new double[1]));
        assertThrows(IllegalArgumentException.class,
                () -> Plots.bars("a", "b", "c", "one", "two").series("s", ys, new double[3]));
    }

    /** The pixels in the first series' colour: the error bars have it too. */
    private static long ink(LinePlot plot) throws IOException {
        BufferedImage image = decode(plot.picture());
        int blue = new Color(0x0072B2).getRGB();
        long count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += image.getRGB(x, y) == blue ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void anArchitectureHasTheSameColourInEveryPlot() throws IOException {
        int blue = new Color(0x0072B2).getRGB();
        int vermilion = new Color(0xD55E00).getRGB();
        double[] y = {3, 2, 1};
        assertTrue(colors(decode(Plots.lines("L", "x", "y").series("ConvLSTM2D", y).picture())).contains(blue));
        assertTrue(colors(decode(Plots.lines("L", "x", "y").series("LSTM", y).picture())).contains(vermilion));
        assertTrue(colors(decode(Plots.bars("L", "x", "y", "a").series("Conv2D, then LSTM", 1).picture()))
                .contains(vermilion));
        Set<Integer> two = colors(decode(Plots.lines("L", "x", "y").series("LSTM", y)
                .series("LSTM, again", new double[] {1, 2, 3}).picture()));
        assertTrue(two.contains(vermilion) && two.contains(new Color(0xE69F00).getRGB()),
                "a second one: another shade");
        Set<Integer> kernels = colors(decode(Plots.lines("L", "x", "y").series("one layer, 1x1", y)
                .series("(a) 5x5", new double[] {1, 2, 3}).series("3x3", new double[] {2, 2, 2}).picture()));
        assertTrue(kernels.contains(new Color(0x009E73).getRGB()) && kernels.contains(blue));
        assertFalse(kernels.contains(vermilion), "no operator of a convolution has the colour of K.dot");
        assertFalse(colors(decode(Plots.bars("L", "x", "y", "a").series("shared weights", 1).series("untied weights", 2)
                .picture())).contains(vermilion), "nor have weights of each pixel's own");
        Set<Integer> without = colors(decode(Plots.bars("L", "x", "y", "a").series("an empty frame", 1)
                .series("blurred persistence", 2).series("optical flow", 3).picture()));
        assertFalse(without.contains(blue) || without.contains(vermilion));
        Set<Integer> roofline = colors(decode(Plots.lines("L", "x", "y").series("roof", y).series("a += s * b", y)
                .series("recurrent_conv, B = 1", new double[] {1, 2, 3}).picture()));
        assertTrue(roofline.contains(blue), "recurrent_conv has the colour of ConvLSTM2D");
        assertFalse(roofline.contains(vermilion), "neither a limit nor a sum has the colour of K.dot");
        Set<Integer> state = colors(decode(Plots.lines("L", "x", "y").series("cell state c", y).picture()));
        assertTrue(state.contains(new Color(0x009E73).getRGB()) && !state.contains(blue),
                "c is green, as in a cell's drawing");
    }

    @Test
    void blocksOfAMatrixAreSeparatedByLines() throws IOException {
        double[][] ones = new double[6][6];
        BufferedImage image = decode(Plots.heatmap("M", "c", "r", ones).blocks(3).picture());
        assertEquals(new Color(0xDDDDDD).getRGB(), image.getRGB(2 * (64 + 160), 2 * (42 + 40)));
        assertThrows(IllegalArgumentException.class, () -> Plots.heatmap("M", "c", "r", ones).blocks(0));
    }

    @Test
    void aDashedLineLetsTheOneBelowItBeSeen() throws IOException {
        double[] y = {3, 2, 1};
        Set<Integer> both = colors(
                decode(Plots.lines("L", "x", "y").series("LSTM", y).series("again", y).dashed().picture()));
        assertTrue(both.contains(new Color(0xD55E00).getRGB()) && both.contains(new Color(0x0072B2).getRGB()));
        assertThrows(IllegalStateException.class, () -> Plots.lines("L", "x", "y").dashed());
    }

    @Test
    void aDashedLineTakesTheColourOfTheSeriesItBelongsTo() throws IOException {
        double[] y = {3, 2, 1};
        LinePlot measured = Plots.lines("L", "x", "y").series("LSTM", y);
        Set<Integer> one = colors(decode(measured.series("formula", new double[] {2, 1, 0}).dashed("LSTM").picture()));
        assertTrue(one.contains(new Color(0xD55E00).getRGB()) && !one.contains(new Color(0x0072B2).getRGB()));
        assertThrows(IllegalArgumentException.class, () -> measured.dashed("GRU"));
    }

    @Test
    void aHeatMapsScaleHasAName() throws IOException {
        HeatMap map = Plots.heatmap("M", "column", "row", new double[][] {{1, 0, 0.5}}).scale("weight");
        BufferedImage image = decode(map.picture());
        int ink = 0;
        for (int x = 2 * 400; x < image.getWidth(); x++) {
            ink += image.getRGB(x, 2 * 49) == Palette.INK.getRGB() ? 1 : 0;
        }
        assertTrue(ink > 5, "letters above the scale, got " + ink + " pixels of ink");
        assertMessage("80 pixels", () -> map.scale("a name that is too long"));
    }

    @Test
    void kernelsThatGrowGetDarker() {
        assertEquals(new Color(0x56A8DC), Palette.series("1x3", List.of()));
        assertEquals(new Color(0x0072B2), Palette.series("1x5", List.of(new Color(0x56A8DC))));
        assertEquals(new Color(0x003A66), Palette.series("1x7", List.of(new Color(0x56A8DC), new Color(0x0072B2))));
    }

    @Test
    void aHollowPointHasAHole() throws IOException {
        double[] xs = {1, 2};
        double[] ys = {1, 2};
        LinePlot plot = Plots.lines("L", "x", "y").series("s", xs, ys).dots().hollow(1, 1);
        long oneHole = blue(plot.picture());
        assertTrue(oneHole > blue(plot.hollow(2, 2).picture()));
    }

    @Test
    void aRangeReachesFromTheSmallestToTheLargest() throws IOException {
        double[] xs = {1, 2};
        double[] means = {1, 1};
        long plain = blue(Plots.lines("L", "x", "y").series("s", xs, means).picture());
        LinePlot ranges = Plots.lines("L", "x", "y").series("s", xs, means).ranges(new double[] {0, 1},
                new double[] {1, 9});
        int height = decode(ranges.picture()).getHeight();
        int longest = longestBlue(ranges.picture()); // the second range, of 8 units of 9, fills most of the plot's height
        assertTrue(longest > height / 2, "the range is drawn, not " + longest);
        assertTrue(blue(ranges.picture()) > plain + longest);
        assertThrows(IllegalArgumentException.class, () -> ranges.ranges(new double[] {1}, new double[] {1, 2}));
        Picture wide = Plots.lines("L", "x", "y").series("s", xs, means)
                .ranges(new double[] {0, 1}, new double[] {1, 9})
                .yFrom(0).yTo(27).picture();
        assertTrue(longestBlue(wide) > 20 && longestBlue(wide) < height / 3, "an axis that was asked for is kept");
    }

    /** The most blue pixels in one column of the right half. */
    private static int longestBlue(Picture picture) throws IOException {
        BufferedImage image = decode(picture);
        int longest = 0;
        for (int x = image.getWidth() / 2; x < image.getWidth(); x++) {
            int run = 0;
            for (int y = 0; y < image.getHeight(); y++) {
                run += image.getRGB(x, y) == new Color(0x0072B2).getRGB() ? 1 : 0;
            }
            longest = Math.max(longest, run);
        }
        return longest;
    }

    @Test
    void longNamesGoBelowThePlotAndLeaveItsWidthToTheLines() throws IOException {
        double[] ys = {0, 1};
        LinePlot brief = Plots.lines("L", "x", "y").series("a", ys).series("b", ys);
        LinePlot long_ = Plots.lines("L", "x", "y").series("ConvLSTM2D, then Conv2D", ys).series("Conv2D, then LSTM",
                ys);
        assertTrue(rightmost(long_.picture()) > rightmost(brief.picture()));
        BufferedImage image = decode(long_.picture());
        int below = 2 * (330 + 30);
        Set<Integer> names = colors(image.getSubimage(0, below, image.getWidth(), image.getHeight() - below));
        assertTrue(names.contains(new Color(0x0072B2).getRGB()) && names.contains(new Color(0xD55E00).getRGB()));
    }

    /** The last column in which the frame around the plot is drawn. */
    private static int rightmost(Picture picture) throws IOException {
        BufferedImage image = decode(picture);
        int x = image.getWidth() - 1;
        while (x > 0 && image.getRGB(x, image.getHeight() / 2) != new Color(0xDDDDDD).getRGB()) {
            x--;
        }
        return x;
    }

    @Test
    void aPartOfALinePlotIsShadedAndDotsHaveNoLine() throws IOException {
        LinePlot plain = Plots.lines("Error", "frame", "error").series("a", new double[] {3, 2, 1, 0});
        LinePlot shaded = Plots.lines("Error", "frame", "error").series("a", new double[] {3, 2, 1, 0}).shade(2.5,
                "in the dark");
        int x = 2 * 560; // within the plot, right of the middle
        assertEquals(Color.WHITE.getRGB(), decode(plain.picture()).getRGB(x, 2 * 100));
        assertTrue(decode(shaded.picture()).getRGB(x, 2 * 100) != Color.WHITE.getRGB());
        assertEquals(Color.WHITE.getRGB(), decode(shaded.picture()).getRGB(2 * 200, 2 * 250));
        LinePlot named = Plots.lines("Error", "frame", "error").series("a", new double[] {3, 2, 1, 0}).shade(2.5,
                "in view", "in the dark");
        assertTrue(dark(named.picture()) > dark(shaded.picture()), "the left part has a name, too");
        long line = blue(plain.picture());
        long dots = blue(plain.dots().picture());
        assertTrue(dots > 0 && dots < line / 2, dots + " of " + line);
        assertThrows(IllegalStateException.class, () -> Plots.lines("Error", "frame", "error").dots());
    }

    @Test
    void aPointHasItsNameBesideItAndNotInTheLegend() throws IOException {
        LinePlot plain = Plots.lines("Speed", "intensity", "GFLOP/s").series("roof", new double[] {1, 2, 3, 4});
        LinePlot named = Plots.lines("Speed", "intensity", "GFLOP/s").series("roof", new double[] {1, 2, 3, 4})
                .point("K.dot", 2, 1.5);
        assertTrue(dark(named.picture()) > dark(plain.picture()), "the name is written");
        assertEquals(rightmost(plain.picture()), rightmost(named.picture()), "no legend takes room");
    }

    @Test
    void namesStandInPlaceOfNumbers() {
        byte[] numbers = Plots.lines("Error", "sequences", "error").series("a", new double[] {3, 2, 1}).picture()
                .bytes();
        byte[] names = Plots.lines("Error", "sequences", "error").series("a", new double[] {3, 2, 1})
                .xNames("30", "300", "3,000").picture().bytes();
        assertTrue(!Arrays.equals(numbers, names));
    }

    private static long count(Picture picture, int rgb) throws IOException {
        BufferedImage image = decode(picture);
        return IntStream.range(0, image.getWidth() * image.getHeight())
                .filter(k -> image.getRGB(k % image.getWidth(), k / image.getWidth()) == rgb).count();
    }

    private static long blue(Picture picture) throws IOException {
        return count(picture, 0xFF0072B2);
    }

    @Test
    void aForestPlotGreysWhatIsNotDecided() throws IOException {
        ForestPlot empty = Plots.forest("Map", "difference").heading("first");
        assertThrows(IllegalStateException.class, empty::picture);
        Picture undecided = empty.line("a", -0.1, 0.1, 0.3).picture();
        ForestPlot decided = Plots.forest("Map", "difference").line("b", 0.1, 0.2, 0.3);
        assertTrue(blue(undecided) == 0 && blue(decided.picture()) > 50);
        assertTrue(vermilion(decided.picture()) == 0);
        assertTrue(vermilion(decided.line("c", -1.5, -1, -0.5).picture()) > 50);
        assertThrows(IllegalArgumentException.class, () -> decided.line("d", 0.3, 0.2, 0.4));
    }

    @Test
    void aLineOfOneNetworkHasItsColourInAllPlots() throws IOException {
        String network = "ConvLSTM2D trained on showers";
        Picture behind = Plots.forest("Leads", "lead").shares().line(network, -0.5, -0.3, -0.1).picture();
        assertTrue(blue(behind) > 50 && vermilion(behind) == 0);
        Picture level = Plots.forest("Leads", "lead").shares().line(network, -0.2, 0, 0.2).picture();
        assertTrue(blue(level) > 50 && blue(level) < blue(behind), "as long a line, and a hollow point");
        Picture sides = Plots.forest("Leads", "lead").line("ConvLSTM2D", -0.3, -0.2, -0.1, "LSTM", "ConvLSTM2D")
                .picture();
        assertTrue(blue(sides) == 0 && vermilion(sides) > 50, "between two names the side that is ahead decides");
        Picture none = Plots.forest("Leads", "lead").line("one wind", -0.3, -0.2, -0.1).picture();
        assertTrue(blue(none) == 0 && vermilion(none) == 0 && count(none, 0xFF505050) > 50);
    }

    @Test
    void anIntervalOfSharesThatPassesOneEndsInAnArrow() throws IOException {
        ForestPlot inside = Plots.forest("Map", "share").shares().line("a", 0.5, 0.7, 0.999, "left", "right");
        ForestPlot beyond = Plots.forest("Map", "share").shares().line("a", 0.5, 0.7, 1.8, "left", "right");
        assertTrue(blue(beyond.picture()) > blue(inside.picture()) + 50);
        Picture full = Plots.forest("Map", "share").shares().line("a", 0.5, 1, 1, "left", "right").picture();
        Picture arrow = Plots.forest("Map", "share").shares().line("a", 0.5, 1, 1.8, "left", "right").picture();
        assertTrue(blue(arrow) > blue(full) + 100, "a point at 100 % does not hide the arrow");
    }

    @Test
    void aLongIntervalDoesNotSqueezeTheOthersWithinALimit() throws IOException {
        ForestPlot all = Plots.forest("Leads", "lead").line("ConvLSTM2D", 0.1, 0.15, 0.2).line("b", -1, -0.1, 0.1);
        long squeezed = blue(all.picture());
        assertTrue(blue(all.within(0.3).picture()) > squeezed + 50, "the short interval is longer on the short axis");
        Picture fits = Plots.forest("Leads", "lead").within(0.3).line("ConvLSTM2D", -0.3, -0.1, 0.1).picture();
        Picture goesOn = Plots.forest("Leads", "lead").within(0.3).line("ConvLSTM2D", -1, -0.1, 0.1).picture();
        assertTrue(blue(goesOn) > blue(fits) + 50, "an arrow says that the interval goes on");
        Picture behind = Plots.forest("Leads", "lead").within(0.3).line("ConvLSTM2D", -1, -0.6, -0.2).picture();
        Picture wider = Plots.forest("Leads", "lead").within(0.6).line("ConvLSTM2D", -1, -0.6, -0.2).picture();
        assertEquals(blue(wider), blue(behind), "the axis reaches every point");
    }

    @Test
    void theAxisOfSharesEndsWhereTheDataEnd() throws IOException {
        ForestPlot near = Plots.forest("Map", "share").shares().line("a", 0.05, 0.1, 0.2, "left", "right");
        ForestPlot far = Plots.forest("Map", "share").shares().line("a", 0.05, 0.1, 0.2, "left", "right")
                .line("b", -0.9, -0.8, -0.7, "left", "right");
        assertTrue(blue(near.picture()) > blue(far.picture()) + 50, "the same interval is longer on a short axis");
    }

    @Test
    void wholeAxesOfSharesAreAlike() throws IOException {
        ForestPlot near = Plots.forest("Map", "share").whole().line("a", 0.05, 0.1, 0.2, "left", "right");
        ForestPlot far = Plots.forest("Map", "share").whole().line("longer", 0.05, 0.1, 0.2, "on the left", "right")
                .line("b", -0.9, -0.8, -0.7);
        assertEquals(blue(near.picture()), blue(far.picture()), "the same interval is as long in every plot");
    }

    private static long vermilion(Picture picture) throws IOException {
        return count(picture, 0xFFD55E00);
    }

    @Test
    void aLevelCrossesThePlot() throws IOException {
        BarPlot bars = Plots.bars("Ratio", "model", "ratio", "x", "y").series("a", 2, 2);
        assertTrue(decode(bars.level(1).picture()).getHeight() > 0);
        assertTrue(dark(bars.picture()) > dark(
                Plots.bars("Ratio", "model", "ratio", "x", "y").series("a", 2, 2).picture()));
    }

    private static long dark(Picture picture) throws IOException {
        return count(picture, 0xFF222222);
    }
}
