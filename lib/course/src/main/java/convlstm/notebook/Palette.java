package convlstm.notebook;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;

/**
 * The kit's colours. Series take Okabe and Ito's, which readers with any colour vision tell apart ("Color Universal
 * Design", 2008), the light ones left out; each series has a marker of its own besides. Values take one hue from light
 * to dark, signed values blue for negative and vermilion for positive.
 */
final class Palette {
    static final Color INK = new Color(0x222222);
    static final Color GRID = new Color(0xDDDDDD);
    static final Color PAPER = Color.WHITE;
    /** Exactly 0 among grey levels on a logarithmic scale; violet, since blue is negative elsewhere. */
    static final Color NOTHING = new Color(0x54308A);

    private static final Color[] SERIES = {new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73),
        new Color(0xCC79A7), new Color(0x000000), new Color(0xE69F00)};
    /** Shades for several series of one kind. */
    private static final Color[] BLUES = {SERIES[0], new Color(0x56A8DC), new Color(0x003A66)};
    /** For kernels that grow. */
    private static final Color[] DARKER = {BLUES[1], BLUES[0], BLUES[2]};
    private static final Color[] GREENS = {SERIES[2], new Color(0x6CC4A4), new Color(0x00553D)};
    private static final Color[] ORANGES = {SERIES[1], SERIES[5]};
    private static final Color[] PURPLES = {SERIES[3], new Color(0x8E4A74)};
    private static final Color[] GREYS = {new Color(0x505050), new Color(0x808080), new Color(0xABABAB)};
    private static final Color[] BLACK = {SERIES[4], new Color(0x707070)};
    private static final Color[] SEQUENTIAL = {new Color(0xFFFFFF), new Color(0x9ECAE1), new Color(0x3182BD),
        new Color(0x08306B)};
    private static final Color[] SIGNED = {new Color(0x053061), new Color(0x4393C3), new Color(0xF7F7F7),
        new Color(0xD6604D), new Color(0x7F2704)};

    /** The lower ends of the classes of rain in mm/h; below the first it is dry. */
    private static final double[] RAIN_RATES = {0.1, 0.5, 1, 2, 5, 10, 20};
    private static final Color[] RAIN = {new Color(0xF4F4F4), new Color(0xCFE1F2), new Color(0x93C4DF),
        new Color(0x4A98C9), new Color(0x1764AB), new Color(0xF7D13D), new Color(0xF07B1D), new Color(0xB5142F)};

    private Palette() {}

    static double[] rainRates() {
        return RAIN_RATES.clone();
    }

    /** The colour of a rain rate in mm/h: dry, then seven classes, as on a radar's map. */
    static Color rain(double rate) {
        int k = 0;
        while (k < RAIN_RATES.length && rate >= RAIN_RATES[k]) {
            k++;
        }
        return RAIN[k];
    }

    /**
     * A series' colour: the same for the same architecture in every plot, blue for ConvLSTM2D and its operators of 3x3 and
     * 5x5, green for 1x1, vermilion for LSTM and K.dot, grey for forecasts without a network, for operations without weights
     * and for kernels of one direction, black for the truth and for limits, purple for the halves of a frame, for relu and for
     * weights of each pixel's own. The parts of a state have their colours from the drawings of a cell: green for c, vermilion
     * for h. A second series of one kind gets another shade, any other the first colour that is left.
     *
     * @param taken the colours of the series before
     */
    static Color series(String name, List<Color> taken) {
        List<Color> left = new ArrayList<>(List.of(kind(name)));
        left.addAll(List.of(SERIES));
        left.removeAll(taken);
        return left.isEmpty() ? SERIES[0] : left.getFirst();
    }

    /** The shades of a series' kind, the first of them first; none if it is of no kind. */
    static Color[] kind(String name) {
        return switch (name.replaceFirst("^\\([a-z]\\) ", "")) {
            case String s when s.matches("(ConvLSTM|3x3|5x5|recurrent.conv).*|.* (3x3|5x5)") -> BLUES;
            case String s when s.matches("1x[357]") -> DARKER;
            case String s when s.matches("((Conv2D,? then |CNN-|FC-)?LSTM|the stack|K\\.dot|output h).*") -> ORANGES;
            case String s when s.matches("(.* )?1x1|1x1, readout.*|cell state c") -> GREENS;
            case String s when s.matches(
                    ".*(persistence|one wind|optical flow|empty frame|black frame|copied|gates)|(copy of|pixels|one rate).*"
                            + "|U at a thirtieth.*|in (view|the dark)|[13]x[13], (above|left) and.*|untrained.*|value|a \\+=.*") ->
                GREYS;
            case String s when s.matches("(the )?truth|roof|(fastest|slowest) digit") -> BLACK;
            case String s when s.matches("(left|right) half.*|relu,.*|untied.*") -> PURPLES;
            default -> new Color[0];
        };
    }

    static Color[] series() {
        return SERIES.clone();
    }

    /** White, blue, almost black: for values from small to large. */
    static Color[] sequential() {
        return SEQUENTIAL.clone();
    }

    /** Blue, white, vermilion: for values on both sides of zero. */
    static Color[] signed() {
        return SIGNED.clone();
    }

    /** The colour at {@code position} in [0, 1] between the given ones. */
    static Color between(Color[] stops, double position) {
        double at = Math.clamp(position, 0, 1) * (stops.length - 1);
        int below = Math.min((int) at, stops.length - 2);
        double part = at - below;
        Color a = stops[below];
        Color b = stops[below + 1];
        return new Color(mix(a.getRed(), b.getRed(), part), mix(a.getGreen(), b.getGreen(), part),
                mix(a.getBlue(), b.getBlue(), part));
    }

    private static int mix(int a, int b, double part) {
        return (int) Math.round(a + (b - a) * part);
    }
}
