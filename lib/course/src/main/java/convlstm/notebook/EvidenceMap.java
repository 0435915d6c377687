package convlstm.notebook;

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

    /** What the course asked; each question has a plot. */
    public enum Question {
        /** Networks that differ in the operator on the state. */
        OPERATOR("On the state: K.dot, or a convolution"),
        /** Networks as people build them. */
        NETWORK("Whole networks: Conv2D, then LSTM, or ConvLSTM2D"),
        /** Shape and size of the recurrent kernel. */
        NEIGHBOURS("Which neighbours does the state read?"),
        /** What lies behind the state. */
        READERS("What can be read from the state, and by what?"),
        /** Forecasts that need no network. */
        RAIN("Rain: frames 1 to 5 ahead together, 2 mm/h or more");

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
        line("in view", "06, 3", "K.dot", "3x3", operator, "3x3", "K.dot", view);
        line("in the dark", "06, 3", "K.dot", "3x3", operator, "3x3", "K.dot", dark);
        line("... one rate for all weights", "06, 4", "K.dot", "3x3", operator, "3x3 one rate", "K.dot one rate", dark);
        line("... 1x1 for 3x3", "06, 3", "K.dot", "1x1", operator, "1x1", "K.dot", dark);
        line("new places, in view", "03, 5", "K.dot", "3x3", place, CONV, "input_conv and K.dot", "other4");
    }

    private void networks() throws IOException {
        Results fair = Results.shipped(new Fair());
        asked = Question.NETWORK;
        for (String ours : List.of(CONV + " then Dense", CONV)) {
            line(ours.equals(CONV) ? "1x1 readout: frame 2" : "both with Dense: frame 2", "06, 5", "LSTM", CONV, fair,
                    ours, "LSTM equal arithmetic", "frame2");
            line("... in the dark", "06, 5", "LSTM", CONV, fair, ours, "LSTM equal arithmetic", dark);
            line("... loss, all frames", "06, 5", "LSTM", CONV, fair, ours, "LSTM equal arithmetic", "test_loss");
        }
        line("... in the dark, no hint", "06, 5", "LSTM", CONV, direction, "3x3 up and down", "LSTM up and down", dark);
    }

    private void neighbours() throws IOException {
        String[] beyond = Reach.TASK.dark("frame", Reach.world(1));
        Results paper = Results.shipped(new Paper());
        asked = Question.NEIGHBOURS;
        line("digits up and down", "06, 3", "1x3", "3x1", direction, "3x1 up and down", "1x3 up and down", dark);
        line("... left and right", "06, 3", "3x1", "1x3", direction, "1x3 left and right", "3x1 left and right", dark);
        line("one pixel a frame", "06, 3", "1x1", "3x3", operator, "3x3", "1x1", dark);
        line("... Dense readout", "06, 3", "1x1", "3x3", operator, "3x3 Dense", "1x1 Dense", dark);
        line("... nine pixels", "06, 3", "scattered", "near", operator, "3x3", "3x3 scattered", dark);
        line("... wider kernel", "06, 3", "3x3", "5x5", operator, "5x5", "3x3", dark);
        line("two pixels a frame", "05, 2", "1x3", "1x5", Results.shipped(new Reach()), "1x5 at 2.0", "1x3 at 2.0",
                beyond);
        line("paper, one layer", "09, 4", "1x1", "5x5", paper, "one layer: 5x5 and 5x5", "one layer: 5x5 and 1x1",
                "test_loss");
        line("... two layers", "09, 4", "1x1", "5x5", paper, "two layers: 5x5 and 5x5", "two layers: 5x5 and 1x1",
                "test_loss");
        line("... and input 9x9", "09, 4", "1x1", "5x5", paper, "two layers: 5x5 and 5x5", "two layers: 9x9 and 1x1",
                "test_loss");
    }

    private void readers() {
        asked = Question.READERS;
        score("probe, position", CONV + " 5x5", "position_hc9");
        score("... Dense readout", CONV + " 5x5 then Dense", "position_hc9");
        score("probe, velocity", CONV + " 5x5", "velocity_hc9");
        line("their forecasts", "07, 5", "LSTM", CONV, probes, CONV + " 5x5", LIST, "test_loss");
        line("... Dense readout", "07, 5", "LSTM", CONV, probes, CONV + " 5x5 then Dense", LIST, "test_loss");
        line("readout, known places", "03, 5", "Dense", "1x1", place, CONV, CONV + " then Dense", trainedAt);
        line("readout, new places", "03, 5", "Dense", "1x1", place, CONV, CONV + " then Dense", elsewhere);
    }

    private void rain() throws IOException {
        Results radar = Results.shipped(new Radar());
        asked = Question.RAIN;
        flow("made-up rain", Results.shipped(new Rain()), Rain.MUCH, "csi2");
        for (String event : Radar.EVENTS) {
            String other = Radar.EVENTS.get(1 - Radar.EVENTS.indexOf(event));
            flow("%1$s, trained on %1$s".formatted(event.substring(0, 4)), radar, CONV + " on " + event,
                    event + "_csi2");
            flow("... trained on " + other.substring(0, 4), radar, CONV + " on " + other, event + "_csi2");
        }
    }

    private void line(String question, String where, String left, String right, Results rows, String one, String other,
            String... metrics) {
        lines.add(new Line(asked, Comparison.ofErrors(question, where, rows, one, other, metrics), left, right));
    }

    private void score(String question, String arm, String metric) {
        lines.add(new Line(asked, Comparison.ofScores(question, "07, 5", probes, arm, LIST, metric), "LSTM", CONV));
    }

    /** A network's lead over optical flow, with the interval over sequences. */
    private void flow(String question, Results rows, String arm, String score) {
        String lead = score + "_lead";
        lines.add(new Line(asked, new Comparison(question, "08", arm, 1 - RainTask.mean(rows, arm, score),
                "optical flow", 1 - RainTask.mean(rows, "optical flow", score), RainTask.mean(rows, arm, lead),
                RainTask.low(rows, arm, lead), RainTask.high(rows, arm, lead), rows.of(arm).size()),
                "optical flow", CONV));
    }

    /**
     * The comparisons of one question: differences of errors as shares of the larger error, with 95 % intervals. Two names
     * that all lines have stand below the axis, which all plots have in the same place.
     */
    public ForestPlot plot(Question question) {
        List<Line> those = lines.stream().filter(line -> line.question == question).toList();
        boolean alike = those.stream().map(line -> line.left + line.right).distinct().count() == 1;
        ForestPlot plot = Plots.forest(question.title, "← %s errs less · %s errs less → (share of the larger error)"
                .formatted(alike ? those.getFirst().left : "left", alike ? those.getFirst().right : "right")).whole();
        for (Line line : those) {
            Comparison c = line.comparison;
            plot.line(c.question(), c.share(c.low()), c.share(c.lead()), c.share(c.high()), alike ? "" : line.left,
                    alike ? "" : line.right);
        }
        return plot;
    }

    /** All comparisons in numbers. */
    public Table table() {
        return Table.create("The comparisons in numbers: two errors, and by how much the first is the smaller",
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
