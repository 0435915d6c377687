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
import java.util.function.Function;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The comparisons of the course on one page, read from {@code data/evidence}: who errs less, and by how much. Notebook 11
 * shows it, question by question.
 */
public final class EvidenceMap {
    private static final String CONV = "ConvLSTM2D";
    private static final String LIST = "Conv2D then LSTM";
    private static final String DOT = "input_conv and K.dot";

    /** What the course asked; each question has a plot. */
    public enum Question {
        /** Networks that differ in the operator on the state. */
        OPERATOR("On the state: K.dot, or a convolution"),
        /** Networks as people build them. */
        NETWORK("Whole networks, in the dark unless stated"),
        /** Shape and size of the recurrent kernel. */
        NEIGHBOURS("Which neighbours does the state read?"),
        /** What lies behind the state. */
        READERS("What can be read from the state, and by what?"),
        /** Forecasts that need no network. */
        RAIN("Rain: five frames ahead, 2 mm/h or more unless stated");

        private final String title;

        Question(String title) {
            this.title = title;
        }
    }

    /** The right side is the comparison's first one. */
    private record Line(Question question, Comparison comparison, String left, String right) {}

    private final String[] view = Operator.TASK.view("frame");
    private final String[] dark = Operator.TASK.dark("frame", Operator.WORLD);
    private final String[] trainedAt = Place.TASK.dark("same", Place.LEFT);
    private final String[] elsewhere = Place.TASK.dark("other", Place.RIGHT);
    private final Results operator = Results.shipped(new Operator());
    private final Results direction = Results.shipped(new Direction());
    private final Results place = Results.shipped(new Place());
    private final Results probes = Results.shipped(new Probes());
    private final List<Line> lines = new ArrayList<>();
    private Question asked = Question.OPERATOR;

    private EvidenceMap() throws IOException {}

    /** Compares the rows that come with the kit. */
    public static EvidenceMap read() throws IOException {
        EvidenceMap map = new EvidenceMap();
        map.operators();
        map.networks();
        map.neighbours();
        map.readers();
        map.rain();
        return map;
    }

    private void operators() {
        for (String[] frames : List.of(view, dark)) {
            line(frames == view ? "in view" : "in the dark", "06, 3", "K.dot", "3x3", operator, "3x3", "K.dot", frames);
            line("... K.dot trained 3 times as long", "06, 3", "K.dot", "3x3", operator, "3x3", "K.dot longer", frames);
            line("... 1x1 instead of 3x3", "06, 3", "K.dot", "1x1", operator, "1x1", "K.dot", frames);
        }
        line("... both with a Dense readout", "06, 3", "K.dot", "3x3", operator, "3x3 Dense", "K.dot Dense", dark);
        line("in view, at places trained at", "03, 5", "K.dot, 3 filters", "3x3, 8 filters", place, CONV, DOT, "same3");
        line("... never trained at", "03, 5", "K.dot, 3 filters", "3x3, 8 filters", place, CONV, DOT, "other3");
        line("in the dark, at places trained at", "03, 5", "3x3 untied", "3x3", place, CONV, CONV + " untied",
                trainedAt);
        line("... never trained at", "03, 5", "3x3 untied", "3x3", place, CONV, CONV + " untied", elsewhere);
    }

    private void networks() throws IOException {
        Results fair = Results.shipped(new Fair());
        Results amount = Results.shipped(new Amount());
        asked = Question.NETWORK;
        line("as many weights, 60 epochs", "06, 6", "LSTM, 4 units", CONV, fair, CONV, "LSTM equal weights", dark);
        String unpooled = "LSTM, no pooling";
        line("as much arithmetic, 60 epochs", "06, 6", unpooled, CONV, fair, CONV, "LSTM without pooling", dark);
        line("... frame 2, in view, with a hint", "06, 6", unpooled, CONV, fair, CONV, "LSTM without pooling",
                "frame2");
        line("... no hint, 15 epochs", "06, 6", "LSTM, pooling", CONV, direction, "3x3 up and down", "LSTM up and down",
                dark);
        line("... 30 sequences, 300 epochs", "06, 6", "LSTM, pooling", CONV, amount,
                Amount.arm(CONV, 30), Amount.arm("LSTM equal arithmetic", 30), dark);
        line("at places trained at", "03, 5", unpooled, CONV, place, CONV, LIST, trainedAt);
        line("... never trained at", "03, 5", unpooled, CONV, place, CONV, LIST, elsewhere);
    }

    private void neighbours() throws IOException {
        String[] beyond = Reach.TASK.dark("frame", Reach.world(1));
        Results reach = Results.shipped(new Reach());
        Results paper = Results.shipped(new Paper());
        String one = "one layer: 5x5 and ";
        String two = "two layers: 5x5 and ";
        asked = Question.NEIGHBOURS;
        line("digits go up and down", "06, 3", "1x3", "3x1", direction, "3x1 up and down", "1x3 up and down", dark);
        line("... left and right", "06, 3", "3x1", "1x3", direction, "1x3 left and right", "3x1 left and right", dark);
        line("up or down, in view", "06, 3", "1x1", "3x3", operator, "3x3", "1x1", view);
        line("... in the dark", "06, 3", "1x1", "3x3", operator, "3x3", "1x1", dark);
        line("... both with a Dense readout", "06, 3", "1x1", "3x3", operator, "3x3 Dense", "1x1 Dense", dark);
        line("... wider, in the dark", "06, 3", "3x3", "5x5", operator, "5x5", "3x3", dark);
        line("nine pixels, in the dark", "06, 3", "scattered", "near", operator, "3x3", "3x3 scattered", dark);
        line("2 pixels a frame, dark", "05, 2", "1x3", "1x5", reach, "1x5 at 2.0", "1x3 at 2.0", beyond);
        line("3 pixels a frame, dark", "05, 2", "1x5", "1x7", reach, "1x7 at 3.0", "1x5 at 3.0", beyond);
        line("the paper's network, one layer", "09, 4", "1x1", "5x5", paper, one + "5x5", one + "1x1", "test_loss");
        line("... two layers", "09, 4", "1x1", "5x5", paper, two + "5x5", two + "1x1", "test_loss");
        line("... input and recurrent kernel", "09, 4", "9x9, 1x1", "5x5, 5x5", paper, two + "5x5",
                "two layers: 9x9 and 1x1", "test_loss");
    }

    private void readers() throws IOException {
        Results scramble = Results.shipped(new Scramble());
        String three = CONV + " 3x3";
        String dense = CONV + " then Dense";
        asked = Question.READERS;
        score("position, by a linear probe", "LSTM", CONV, three, LIST, "position_hc9");
        score("... both with a Dense readout", "LSTM", CONV + " 5x5", CONV + " 5x5 then Dense", LIST, "position_hc9");
        score("velocity, by a linear probe", "LSTM", CONV, three, LIST, "velocity_hc9");
        line("the forecast of these networks", "07, 5", "LSTM", CONV, probes, three, LIST, "test_loss");
        line("features in another order", "03, 3", "scrambled", "in order", scramble, CONV, CONV + " scrambled", dark);
        line("readout, at places trained at", "03, 5", "Dense", "1x1 conv", place, CONV, dense, trainedAt);
        line("... at places never trained at", "03, 5", "Dense", "1x1 conv", place, CONV, dense, elsewhere);
    }

    private void rain() throws IOException {
        Results rain = Results.shipped(new Rain());
        Results radar = Results.shipped(new Radar());
        asked = Question.RAIN;
        flow("made-up rain, long training", rain, Rain.MUCH, "csi2");
        for (String event : Radar.EVENTS) {
            String other = Radar.EVENTS.get(1 - Radar.EVENTS.indexOf(event));
            String trained = "rain of " + event.substring(0, 4) + ", trained on ";
            flow(trained + "it", radar, CONV + " on " + event, event + "_csi2");
            flow("... 0.5 mm/h or more", radar, CONV + " on " + event, event + "_csi0.5");
            flow("... 5 mm/h or more", radar, CONV + " on " + event, event + "_csi5");
            flow(trained + other.substring(0, 4) + "'s", radar, CONV + " on " + other, event + "_csi2");
        }
    }

    private void line(String question, String where, String left, String right, Results rows, String one, String other,
            String... metrics) {
        lines.add(new Line(asked, Comparison.ofErrors(question, where, rows, one, other, metrics), left, right));
    }

    private void score(String question, String left, String right, String one, String other, String metric) {
        lines.add(new Line(asked, Comparison.ofScores(question, "07, 5", probes, one, other, metric), left, right));
    }

    /** A network's lead over optical flow, with the interval over sequences. */
    private void flow(String question, Results rows, String arm, String score) {
        String lead = score + "_lead";
        lines.add(new Line(asked, new Comparison(question, "08", arm, 1 - RainTask.mean(rows, arm, score),
                "optical flow", 1 - RainTask.mean(rows, "optical flow", score), RainTask.mean(rows, arm, lead),
                RainTask.low(rows, arm, lead), RainTask.high(rows, arm, lead), rows.of(arm).size()),
                "optical flow", CONV));
    }

    /** The comparisons of one question: differences of errors as shares of the larger error, with 95 % intervals. All have one axis. */
    public ForestPlot plot(Question question) {
        ForestPlot plot = Plots.forest(question.title,
                "← left errs less · right errs less → (share of the larger error)").shares();
        for (Line line : lines) {
            Comparison c = line.comparison;
            if (line.question == question) {
                plot.line(c.question(), c.share(c.low()), c.share(c.lead()), c.share(c.high()), line.left, line.right);
            }
            plot.room(c.question(), line.left, line.right);
        }
        return plot;
    }

    /** All comparisons in numbers. */
    public Table table() {
        return Table.create("All comparisons in numbers: two errors, and by how much the first is the smaller",
                column("question", line -> line.comparison.question()),
                column("notebook, section", line -> line.comparison.where()),
                column("first (right in the plots) / second", line -> line.right + " / " + line.left),
                column("errors and difference, 95 %", line -> line.comparison.numbers()),
                column("trainings of each", line -> "" + line.comparison.n()));
    }

    private StringColumn column(String name, Function<Line, String> cell) {
        return StringColumn.create(name, lines.stream().map(cell));
    }
}
