package convlstm.notebook;

import convlstm.evidence.Amount;
import convlstm.evidence.Comparison;
import convlstm.evidence.Direction;
import convlstm.evidence.Fair;
import convlstm.evidence.Operator;
import convlstm.evidence.Paper;
import convlstm.evidence.Place;
import convlstm.evidence.Probes;
import convlstm.evidence.Radar;
import convlstm.evidence.Rain;
import convlstm.evidence.RainTask;
import convlstm.evidence.Reach;
import convlstm.evidence.Results;
import convlstm.evidence.Scramble;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Every comparison of the course on one page, read from {@code data/evidence}: who errs less, and by how much. Notebook 11
 * shows it.
 */
public final class EvidenceMap {
    private static final String CONV = "ConvLSTM2D";
    private static final String LIST = "Conv2D then LSTM";
    private static final String EVEN = "LSTM equal arithmetic";
    private static final String DOT = "input_conv and K.dot";
    private static final String PAIR = CONV + " / LSTM";

    private record Line(String heading, Comparison comparison, String sides) {}

    private final String[] view = Operator.TASK.view("frame");
    private final String[] dark = Operator.TASK.dark("frame", Operator.WORLD);
    private final Results operator = Results.shipped(new Operator());
    private final Results direction = Results.shipped(new Direction());
    private final Results place = Results.shipped(new Place());
    private final Results probes = Results.shipped(new Probes());
    private final List<Line> lines = new ArrayList<>();
    private String heading = "";

    private EvidenceMap() throws IOException {}

    /** Compares the rows that come with the kit. */
    public static EvidenceMap read() throws IOException {
        EvidenceMap map = new EvidenceMap();
        map.opponents();
        map.neighbours();
        map.rest();
        map.rain();
        return map;
    }

    private void opponents() throws IOException {
        Results fair = Results.shipped(new Fair());
        Results amount = Results.shipped(new Amount());
        heading = "recurrent_conv against K.dot or an LSTM";
        line("only U changes, in view", "06, 3", "3x3 / K.dot", operator, "3x3", "K.dot", view);
        line("only U changes, in the dark", "06, 3", "3x3 / K.dot", operator, "3x3", "K.dot", dark);
        line("... K.dot trained for three times as long", "06, 3", "3x3 / K.dot", operator, "3x3", "K.dot longer",
                dark);
        line("as many weights, 60 epochs", "06, 6", CONV + " / LSTM of 4 units", fair, CONV, "LSTM equal weights",
                dark);
        line("as much arithmetic, 60 epochs", "06, 6", PAIR, fair, CONV, EVEN, dark);
        line("... 15 epochs, no hint in the first frame", "06, 6", PAIR, direction, "3x3 up and down",
                "LSTM up and down", dark);
        for (int n : Amount.SIZES) {
            line(String.format(Locale.ROOT, "... 9,000 seen, %,d different ones", n), "06, 6", PAIR, amount,
                    Amount.arm(CONV, n), Amount.arm(EVEN, n), dark);
        }
        line("places trained at", "03, 5", PAIR, place, CONV, LIST, trainedAt());
        line("places never trained at", "03, 5", PAIR, place, CONV, LIST, elsewhere());
        line("only the state is K.dot, in view, trained at", "03, 5", CONV + " / K.dot", place, CONV, DOT, "same3");
        line("... never trained at", "03, 5", CONV + " / K.dot", place, CONV, DOT, "other3");
        add(PAIR, Comparison.ofScores("position read from the state, dark", "07, 5", probes, CONV + " 3x3", LIST,
                "position_hc9"));
        add(PAIR, Comparison.ofScores("velocity read from the state, dark", "07, 5", probes, CONV + " 3x3", LIST,
                "velocity_hc9"));
        line("the forecast of these networks", "07, 5", PAIR, probes, CONV + " 3x3", LIST, "test_loss");
    }

    private void neighbours() throws IOException {
        String[] beyond = Reach.TASK.dark("frame", Reach.world(1));
        Results reach = Results.shipped(new Reach());
        Results paper = Results.shipped(new Paper());
        heading = "Which neighbours does the state read?";
        line("as many weights, digits go up and down", "06, 3", "3x1 / 1x3", direction, "3x1 up and down",
                "1x3 up and down", dark);
        line("... digits go left and right", "06, 3", "1x3 / 3x1", direction, "1x3 left and right",
                "3x1 left and right", dark);
        line("some neighbours or none, in view", "06, 3", "3x3 / 1x1", operator, "3x3", "1x1", view);
        line("... in the dark", "06, 3", "3x3 / 1x1", operator, "3x3", "1x1", dark);
        line("more neighbours, in the dark", "06, 3", "5x5 / 3x3", operator, "5x5", "3x3", dark);
        add("5x5 / 3x3", Comparison.ofScores("... position read from the state", "07, 5", probes, CONV + " 5x5",
                CONV + " 3x3", "position_hc9"));
        line("2 pixels a frame: 3 wide is too narrow", "05, 2", "1x5 / 1x3", reach, "1x5 at 2.0", "1x3 at 2.0", beyond);
        line("3 pixels a frame: 5 wide is too narrow", "05, 2", "1x7 / 1x5", reach, "1x7 at 3.0", "1x5 at 3.0", beyond);
        line("the paper's arrangement, one layer", "09, 4", "5x5 / 1x1", paper, "one layer: 5x5 and 5x5",
                "one layer: 5x5 and 1x1", "test_loss");
        line("... two layers", "09, 4", "5x5 / 1x1", paper, "two layers: 5x5 and 5x5", "two layers: 5x5 and 1x1",
                "test_loss");
        line("... the paper's pair", "09, 4", "5x5, 5x5 / 9x9, 1x1", paper, "two layers: 5x5 and 5x5",
                "two layers: 9x9 and 1x1", "test_loss");
    }

    private void rest() throws IOException {
        Results scramble = Results.shipped(new Scramble());
        heading = "What else in the network has to know neighbours?";
        line("features for ConvLSTM2D", "03, 3", "in order / scrambled", scramble, CONV, CONV + " scrambled", dark);
        line("readout, places never trained at", "03, 5", "1x1 conv / Dense", place, CONV, CONV + " then Dense",
                elsewhere());
        line("readout, places trained at", "03, 5", "1x1 conv / Dense", place, CONV, CONV + " then Dense", trainedAt());
    }

    private void rain() throws IOException {
        Results rain = Results.shipped(new Rain());
        Results radar = Results.shipped(new Radar());
        heading = "Rain, against a forecast without a network";
        flow("made-up rain", rain, Rain.BALANCED, "");
        for (String event : Radar.EVENTS) {
            String other = Radar.EVENTS.get(1 - Radar.EVENTS.indexOf(event));
            String when = event.substring(0, 4);
            flow("real rain of " + when + ", trained on it", radar, CONV + " on " + event, event + "_");
            flow("real rain of " + when + ", trained on the other", radar, CONV + " on " + other, event + "_");
        }
    }

    private static String[] trainedAt() {
        return Place.TASK.dark("same", Place.LEFT);
    }

    private static String[] elsewhere() {
        return Place.TASK.dark("other", Place.RIGHT);
    }

    private void line(String question, String where, String sides, Results rows, String one, String other,
            String... metrics) {
        add(sides, Comparison.ofErrors(question, where, rows, one, other, metrics));
    }

    private void add(String sides, Comparison comparison) {
        lines.add(new Line(heading, comparison, sides));
    }

    /** A network's lead over optical flow at 2 mm/h, with the interval over sequences. */
    private void flow(String question, Results rows, String arm, String prefix) {
        String score = prefix + "csi2";
        add(CONV + " / optical flow", new Comparison(question, "08", arm, 1 - RainTask.mean(rows, arm, score),
                "optical flow", 1 - RainTask.mean(rows, "optical flow", score),
                RainTask.mean(rows, arm, score + "_lead"),
                RainTask.low(rows, arm, score + "_lead"), RainTask.high(rows, arm, score + "_lead"),
                rows.of(arm).size()));
    }

    /** All comparisons: differences of errors as shares of the larger error, with 95 % intervals. */
    public ForestPlot plot() {
        ForestPlot plot = Plots.forest("Who errs less, and by which share of the larger error?",
                "← second errs less · first errs less →");
        String above = "";
        for (Line line : lines) {
            if (!line.heading.equals(above)) {
                plot.heading(line.heading);
                above = line.heading;
            }
            Comparison c = line.comparison;
            plot.line(c.question(), c.share(c.low()), c.share(c.lead()), c.share(c.high()), line.sides);
        }
        return plot;
    }

    /** All comparisons in numbers. */
    public Table table() {
        Table table = Table.create("All comparisons in numbers: two errors, and by how much the first is the smaller",
                StringColumn.create("question"), StringColumn.create("notebook, section"),
                StringColumn.create("first / second"), StringColumn.create("errors and difference, 95 %"),
                StringColumn.create("trainings of each"));
        for (Line line : lines) {
            Comparison c = line.comparison;
            List<String> cells = List.of(c.question(), c.where(), line.sides, c.numbers(), "" + c.n());
            for (int k = 0; k < cells.size(); k++) {
                table.stringColumn(k).append(cells.get(k));
            }
        }
        return table;
    }
}
